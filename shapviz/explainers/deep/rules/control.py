"""Calls, branches and loops: entered by recursion, their bodies replayed like the model itself.

A loop becomes a loop over doubled variables: the ones that vary as (sample, baseline), counters
and the like as they are. Reverse mode goes through it like through any loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shapviz.explainers.deep.pair import (
    Pair,
    Tensor,
    Value,
    is_pair,
    sample_half,
)
from shapviz.explainers.deep.rules.makers import EXACT
from shapviz.explainers.deep.trace import Body, needed

MOST_TURNS = 10_000
"""A larger constant given to a loop is no count of its turns."""


@dataclass(frozen=True)
class Again:
    """The interpreter, handed to the rules that enter other bodies."""

    flow: Callable[[Body, Sequence[Any]], list[Any]]
    replay: Callable[[Body, Sequence[Value], list[Tensor]], list[Value]]


@dataclass(frozen=True)
class Control:
    """How an op with bodies of its own is replayed.

    Attributes
    ----------
    flow : callable (op, flags of inputs, Again) → flags of outputs, or why it is refused
    apply : callable (op, inputs, notes, Again) → outputs
    kind, exactness : str
        Words for docs/op-rules.md.
    """

    flow: Callable[[Any, Sequence[Any], Again], list[Any] | str]
    apply: Callable[[Any, Sequence[Value], list[Tensor], Again], list[Value]]
    kind: str = "control"
    exactness: str = EXACT


def function_body(op: Any, function: Any) -> Body:
    """The body of a function that this op names in an attribute."""
    graph = op.graph._get_function(function.name).graph
    return Body(tuple(graph.inputs), tuple(graph.outputs), needed(graph.outputs, graph))


def bodies(op: Any) -> list[Body]:
    """Every body that a call, branch or loop may enter; empty for other ops, and if unreadable."""
    functions = _FUNCTIONS.get(op.type, lambda _: ())(op)
    return [function_body(op, function) for function in functions] if _readable(op) else []


def _readable(op: Any) -> bool:
    """Whether the op's bodies are graphs: TensorFlow's own CTC loss has mere definitions."""
    functions = _FUNCTIONS.get(op.type, lambda _: ())(op)
    return all(hasattr(op.graph._get_function(each.name), "graph") for each in functions)


_FUNCTIONS: dict[str, Callable[[Any], Sequence[Any]]] = {
    **dict.fromkeys(("PartitionedCall", "StatefulPartitionedCall"), lambda op: (op.get_attr("f"),)),
    # Case counts its branches from zero; the first branch of If is the one for a true condition.
    **dict.fromkeys(
        ("If", "StatelessIf"),
        lambda op: (op.get_attr("then_branch"), op.get_attr("else_branch")),
    ),
    **dict.fromkeys(("Case", "StatelessCase"), lambda op: op.get_attr("branches")),
    **dict.fromkeys(
        ("While", "StatelessWhile"), lambda op: (op.get_attr("body"), op.get_attr("cond"))
    ),
}


def turns(op: Any) -> int:
    """How often the op's body runs: for a loop the largest constant it is given, else once."""
    import tensorflow as tf

    if op.type not in ("While", "StatelessWhile"):
        return 1
    constants = [
        tf.get_static_value(tensor)
        for tensor in op.inputs
        if tensor.dtype.is_integer and tensor.shape.rank == 0
    ]
    return max([1, *(int(c) for c in constants if c is not None and c <= MOST_TURNS)])


def _doubled(value: Value) -> Pair:
    """The value as a pair of floats, whatever it was."""
    import tensorflow as tf

    if isinstance(value, Pair):
        return value
    if value.dtype.is_integer or value.dtype.is_bool:
        value = tf.cast(value, tf.float32)
    return Pair(value, value)


def _flat(values: Sequence[Value], varying: Sequence[bool]) -> list[Tensor]:
    """Tensors of values, two for each that varies."""
    flat: list[Tensor] = []
    for value, varies in zip(values, varying, strict=True):
        if varies:
            pair = _doubled(value)
            flat += [pair.sample, pair.baseline]
        else:
            flat.append(sample_half(value))
    return flat


def _values(flat: Sequence[Tensor], varying: Sequence[bool]) -> list[Value]:
    """The inverse of `_flat`."""
    rest = iter(flat)
    return [Pair(next(rest), next(rest)) if varies else next(rest) for varies in varying]


def _largest(notes: Sequence[Tensor], so_far: Tensor) -> Tensor:
    import tensorflow as tf

    for note in notes:
        so_far = tf.maximum(so_far, tf.stop_gradient(tf.cast(note, so_far.dtype)))
    return so_far


# Calls


def _call_flow(op: Any, varying: Sequence[Any], again: Again) -> list[Any] | str:
    return again.flow(bodies(op)[0], varying)


def _call(op: Any, inputs: Sequence[Value], notes: list[Tensor], again: Again) -> list[Value]:
    return again.replay(bodies(op)[0], inputs, notes)


# Branches


def _branch_flow(op: Any, varying: Sequence[Any], again: Again) -> list[Any] | str:
    if varying[0]:
        return "which branch it takes depends on the model's input"
    return _branch_varies(op, varying[1:], again)


def _branch_varies(op: Any, varying: Sequence[Any], again: Again) -> list[Any]:
    flows = [again.flow(body, varying) for body in bodies(op)]
    return [any(flags) for flags in zip(*flows, strict=True)]


def _branch(op: Any, inputs: Sequence[Value], notes: list[Tensor], again: Again) -> list[Value]:
    import tensorflow as tf

    which, *arguments = inputs
    varying = _branch_varies(op, [is_pair(value) for value in arguments], again)

    def run(body: Body) -> Callable[[], list[Tensor]]:
        def branch() -> list[Tensor]:
            inner: list[Tensor] = []
            outputs = again.replay(body, arguments, inner)
            return [_largest(inner, tf.zeros((), tf.float64)), *_flat(outputs, varying)]

        return branch

    branches = [run(body) for body in bodies(op)]
    if op.type in ("If", "StatelessIf"):
        residual, *flat = tf.cond(tf.cast(which, tf.bool), *branches)
    else:
        residual, *flat = tf.switch_case(which, branches)
    notes.append(residual)
    return _values(flat, varying)


# Loops


def _loop_varies(op: Any, varying: Sequence[Any], again: Again) -> list[Any]:
    """Which loop variables vary: the fixpoint over turns of the body."""
    body, _ = bodies(op)
    flags = list(varying)
    while True:
        after = [a or b for a, b in zip(flags, again.flow(body, flags), strict=True)]
        if after == flags:
            return flags
        flags = after


def _loop_flow(op: Any, varying: Sequence[Any], again: Again) -> list[Any] | str:
    if not _readable(op):
        return "its body is of TensorFlow's older kind, which cannot be entered"
    flags = _loop_varies(op, varying, again)
    if again.flow(bodies(op)[1], flags)[0]:
        return "how often it turns depends on the model's input"
    return flags


def _held(values: Sequence[Value]) -> list[Value]:
    """The values with autodiff kept from all but the sample halves, which it would only slow."""
    import tensorflow as tf

    def hold(tensor: Tensor) -> Tensor:
        return tf.stop_gradient(tensor) if tensor.dtype.is_floating else tensor

    return [Pair(v.sample, hold(v.baseline)) if is_pair(v) else hold(v) for v in values]


def _loop(op: Any, inputs: Sequence[Value], notes: list[Tensor], again: Again) -> list[Value]:
    import tensorflow as tf

    body, condition = bodies(op)
    varying = _loop_varies(op, [is_pair(value) for value in inputs], again)
    moving = [i for i, t in enumerate(body.outputs) if t.name != body.inputs[i].name]
    flags = [varying[i] for i in moving]
    held = _held(inputs)

    def arguments(flat: Sequence[Tensor]) -> list[Value]:
        """All of the body's arguments; what it hands on unchanged stays outside of the loop."""
        current = list(held)
        for i, value in zip(moving, _held(_values(flat, flags)), strict=True):
            current[i] = value
        return current

    def turns(residual: Tensor, *flat: Tensor) -> Tensor:
        return sample_half(again.replay(condition, arguments(flat), [])[0])

    def turn(residual: Tensor, *flat: Tensor) -> list[Tensor]:
        inner: list[Tensor] = []
        outputs = again.replay(body, arguments(flat), inner)
        return [_largest(inner, residual), *_flat([outputs[i] for i in moving], flags)]

    shapes = [
        body.inputs[i].shape
        for i, varies in zip(moving, flags, strict=True)
        for _ in range(1 + varies)
    ]
    residual, *flat = tf.while_loop(
        turns,
        turn,
        [tf.zeros((), tf.float64), *_flat([inputs[i] for i in moving], flags)],
        shape_invariants=[tf.TensorShape([]), *shapes],
        parallel_iterations=op.get_attr("parallel_iterations"),
    )
    notes.append(residual)
    outputs = list(inputs)
    for i, value in zip(moving, _values(flat, flags), strict=True):
        outputs[i] = value
    return outputs


CALL = Control(_call_flow, _call)
BRANCH = Control(_branch_flow, _branch)
LOOP = Control(_loop_flow, _loop)

RULES: dict[str, Control] = {
    **dict.fromkeys(("PartitionedCall", "StatefulPartitionedCall"), CALL),
    **dict.fromkeys(("If", "StatelessIf", "Case", "StatelessCase"), BRANCH),
    **dict.fromkeys(("While", "StatelessWhile"), LOOP),
}
