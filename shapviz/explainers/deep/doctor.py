"""What each explainer will do with a Keras model, op by op, told before anything is computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shapviz.errors import InputError, ModelError, ShapvizError, UnsupportedOpError, complaint
from shapviz.explainers.deep.discrete import Flag
from shapviz.explainers.deep.interpreter import flow_through, input_flag
from shapviz.explainers.deep.packed import packing
from shapviz.explainers.deep.rules import RULES, VALUE_FREE
from shapviz.explainers.deep.rules.control import bodies
from shapviz.explainers.deep.trace import Body, Graph, trace
from shapviz.models.inputs import layout_of

__all__ = ["Diagnosis", "OpUse", "diagnose", "ops_met"]

UNKNOWN_EXTENT = 8
"""Stands in for a size that the model leaves open, so that it can be traced."""

SLOPE, FLAT, UNDIFFERENTIABLE = "slope", "no slope: counts as constant", "refused: no gradient"
STEPS_ON = "shares kept on their positions"


@dataclass(frozen=True)
class OpUse:
    """How often one kind of op meets the input, where, and what becomes of it.

    Attributes
    ----------
    op : str
        TensorFlow's name of it.
    count : int
    layers : tuple of str
        Layers it is in, in order.
    deep, gradient : str
        What the explainer does with it.
    refusal : str or None
        Deep's message if no rule covers it.
    """

    op: str
    count: int
    layers: tuple[str, ...]
    deep: str
    gradient: str
    refusal: str | None = None


@dataclass(frozen=True)
class Diagnosis:
    """What the explainers make of a model.

    Attributes
    ----------
    name : str
    uses : tuple of OpUse
        Ops that meet the input; the ones refused first, then the most frequent.
    constant : int
        Ops that do not depend on the input, which are run as they are.
    refusals : dict
        Explainer ("deep", "gradient", "kernel") → why it refuses the model; None if it does not.
    """

    name: str
    uses: tuple[OpUse, ...]
    constant: int
    refusals: dict[str, str | None]


@dataclass(frozen=True)
class _Met:
    """One op on the way from the input to the output."""

    op: Any
    layer: str
    varies: bool
    discrete: bool
    refusal: str | None


def diagnose(model: Any) -> Diagnosis:
    """Say what each explainer will do with this model; nothing is computed but its graph.

    Parameters
    ----------
    model : keras.Model
        On TensorFlow.

    Raises
    ------
    InputError
        Not a Keras model, or not on TensorFlow, or one that has never been called.
    """
    inputs = _inputs(model)
    refusals: dict[str, str | None] = {"deep": None, "gradient": None, "kernel": None}
    layout = layout_of(model)
    packed = None if layout is None else packing(layout.of_size(UNKNOWN_EXTENT))
    try:
        shape = inputs[0][1] if packed is None else (packed.layout.width,)
        graph = trace(model, shape, "identity", packed=packed)
        body = graph.body
        flags: list[Flag] = [input_flag(graph), *[False] * len(graph.captures)]
    except ShapvizError as error:
        refusals["deep"] = refusals["gradient"] = str(error)
        body, flags = _plain(model, inputs)
    met = list(_walk(body, flags, _layer_names(model), model.name))
    uses = _uses(met)
    for use in uses:
        refusals["deep"] = refusals["deep"] or use.refusal
        if use.gradient == UNDIFFERENTIABLE and refusals["gradient"] is None:
            refusals["gradient"] = complaint(
                "model",
                "be made of ops that TensorFlow can differentiate",
                f"{use.op} in {use.layers[0]}",
                "Use KernelExplainer, which needs no gradients.",
            )
    constant = sum(not each.varies for each in met)
    return Diagnosis(str(model.name), uses, constant, refusals)


def ops_met(graph: Graph) -> set[str]:
    """Kinds of op on the way from the input of a traced graph to its output."""
    flags: list[Flag] = [input_flag(graph), *[False] * len(graph.captures)]
    return {each.op.type for each in _walk(graph.body, flags, set(), "") if each.varies}


def _inputs(model: Any) -> list[tuple[Any, tuple[int, ...]]]:
    """Dtype and row shape of each input."""
    import keras

    if not isinstance(model, keras.Model):
        raise InputError(
            complaint("model", "be a Keras model", model, "Use KernelExplainer for other models.")
        )
    if keras.config.backend() != "tensorflow":
        raise InputError(
            complaint(
                "model",
                "run on Keras' TensorFlow backend",
                keras.config.backend(),
                "Use KernelExplainer, which takes any model.",
            )
        )
    found = keras.tree.flatten(getattr(model, "inputs", None) or [])
    if not found:
        raise InputError(
            complaint(
                "model",
                "know the shape of its inputs",
                type(model).__name__,
                "Build it with keras.Input, or call it on some rows and use the explainer itself.",
            )
        )
    return [
        (each.dtype, tuple(extent or UNKNOWN_EXTENT for extent in each.shape[1:])) for each in found
    ]


def _plain(model: Any, inputs: Sequence[tuple[Any, tuple[int, ...]]]) -> tuple[Body, list[Flag]]:
    """The graph of a model that Deep and Gradient do not take, to list its ops all the same."""
    import keras
    import tensorflow as tf

    from shapviz.explainers.deep.trace import needed

    def answer(*rows: Any) -> Any:
        return model(keras.tree.pack_sequence_as(model.input, rows), training=False)

    specs = [tf.TensorSpec((None, *shape), dtype) for dtype, shape in inputs]
    try:
        graph = tf.function(answer, autograph=False).get_concrete_function(*specs).graph
    except Exception as error:
        raise ModelError(
            complaint(
                "model",
                f"be callable on rows of shapes {[shape for _, shape in inputs]}",
                f"{type(error).__name__}: {error}",
                "Check that it predicts.",
            )
        ) from error
    body = Body(tuple(graph.inputs), tuple(graph.outputs), needed(graph.outputs, graph))
    flags: list[Flag] = [i < len(specs) for i in range(len(graph.inputs))]
    return body, flags


def _layer_names(model: Any) -> set[str]:
    """Names of the layers of the model and of the models within; not of what layers are made of."""
    import keras

    names: set[str] = set()
    for layer in model.layers:
        names |= _layer_names(layer) if isinstance(layer, keras.Model) else {layer.name}
    return names


def _layer(op: Any, names: set[str], around: str) -> str:
    """The layer that an op's name tells of; Keras numbers the scopes of repeated calls."""
    for scope in op.name.split("/")[:-1]:
        if scope in names:
            return str(scope)
        if scope.rpartition("_")[0] in names:
            return str(scope.rpartition("_")[0])
    return around


def _walk(body: Body, flags: Sequence[Flag], names: set[str], around: str) -> Iterator[_Met]:
    """Every op of the body and of the bodies it enters, with what the interpreter says of it."""
    from shapviz.explainers.deep.entries import Mark

    varies = {tensor.name: flag for tensor, flag in zip(body.inputs, flags, strict=True)}
    for op in body.ops:
        if op.outputs and op.outputs[0].name in varies:
            continue
        inputs = [varies[tensor.name] for tensor in op.inputs]
        layer, refusal = _layer(op, names, around), None
        after: Sequence[Flag]
        try:
            after = flow_through(op, inputs)
        except UnsupportedOpError as error:
            after, refusal = [_may_vary(out) for out in op.outputs], str(error)
        varies.update({tensor.name: flag for tensor, flag in zip(op.outputs, after, strict=True)})
        inner: list[_Met] = []
        for within in bodies(op):
            entering = _entering(op, inputs, after, len(within.inputs))
            inner += _walk(within, entering, names, layer)
        if any(each.refusal for each in inner):
            # The op within says it better.
            refusal = None
        discrete = any(isinstance(flag, Mark) for flag in (*inputs, *after))
        yield _Met(op, layer, any(map(bool, inputs)), discrete, refusal)
        yield from inner


def _may_vary(tensor: Any) -> bool:
    """Whether the tensor is numbers or a list of them, no counter and no weight's handle."""
    return bool(tensor.dtype.is_floating or tensor.dtype.name == "variant")


def _entering(op: Any, inputs: Sequence[Flag], after: Sequence[Flag], count: int) -> list[Flag]:
    """Which of a body's inputs vary: a branch leaves the condition out, a loop turns again."""
    if "While" in op.type:
        return list(after)
    return list(inputs[len(inputs) - count :])


def _uses(met: Sequence[_Met]) -> tuple[OpUse, ...]:
    """Ops that meet the input, by kind and by what becomes of them."""
    counts: Counter[tuple[str, str, str]] = Counter()
    layers: dict[tuple[str, str, str], dict[str, None]] = {}
    refusals: dict[tuple[str, str, str], str | None] = {}
    for each in met:
        if not each.varies:
            continue
        key = each.op.type, _deep(each), _gradient(each)
        counts[key] += 1
        layers.setdefault(key, {})[each.layer] = None
        refusals.setdefault(key, each.refusal)
    uses = [
        OpUse(key[0], count, tuple(layers[key]), key[1], key[2], refusals[key])
        for key, count in counts.items()
    ]
    return tuple(sorted(uses, key=lambda use: (use.refusal is None, -use.count, use.op)))


def _deep(each: _Met) -> str:
    if each.refusal is not None:
        return "refused"
    if each.discrete:
        return STEPS_ON
    if each.op.type in VALUE_FREE:
        return "shape only"
    rule = RULES.get(each.op.type)
    return STEPS_ON if rule is None else f"{rule.kind}, {rule.exactness}"


def _gradient(each: _Met) -> str:
    """Whether TensorFlow has a gradient for the op."""
    from tensorflow.python.framework.ops import get_gradient_function

    if each.discrete:
        return STEPS_ON
    if each.op.type in VALUE_FREE or not any(out.dtype.is_floating for out in each.op.outputs):
        return FLAT
    try:
        return FLAT if get_gradient_function(each.op) is None else SLOPE
    except LookupError:
        return UNDIFFERENTIABLE
