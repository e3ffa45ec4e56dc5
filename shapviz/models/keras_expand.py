"""Coalitions mixed and answered inside one compiled function; a first dense layer taken apart.

TensorFlow is imported only once a model is at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

from shapviz.models import keras_facts as facts
from shapviz.models.keras_outputs import table

__all__ = ["Split", "compile_expand", "goes_in_parts", "split_of"]

CHUNK = 2**14
"""Mixed rows that a processor takes through a split model at a time, about."""

CHUNK_BYTES = 2**23
"""What the widest tensors of such a part may hold, about."""

SIDE_BY_SIDE = 4
"""Such parts under way at once."""

SLOW_FUSED = ("sigmoid", "tanh")
"""Functions that TensorFlow runs within the dense layer before them, on all the columns its kernel
has room for: with one output that costs several times the function alone."""


@dataclass(frozen=True)
class Split:
    """A model as its first dense layer and what follows.

    The layer is linear in what a coalition mixes, W(z⊙x + (1−z)⊙b) = (z⊙x)W + ((1−z)⊙b)W, so the
    background's half serves all samples and the sample's half all background rows.

    Attributes
    ----------
    dense : keras.layers.Dense
    rest : keras.Model or None
        From the layer's output on, up to `last` where there is one; None where that is nothing.
    last : keras.layers.Dense or None
        A dense layer at the end, whose function (of `SLOW_FUSED`) is better taken by itself.
    """

    dense: Any
    rest: Any
    last: Any = None


def split_of(model: Any, dtype: str) -> Split | None:
    """The split of a model whose input goes into a plain Dense layer and nowhere else.

    A Flatten before it is taken along. None for other models, and for a layer that computes in
    another type than the input's.
    """
    import keras

    inputs, outputs = facts.inputs(model), facts.outputs(model)
    if inputs is None or outputs is None or len(inputs) != 1:
        return None
    found = _only_reader(model, inputs[0])
    if found is not None and type(found[0]) is keras.layers.Flatten:
        flat = found[0].data_format == "channels_last"
        found = _only_reader(model, found[1]) if flat else None
    if found is None or type(found[0]) is not keras.layers.Dense:
        return None
    dense, tensor = found
    if not _is_plain(dense, tensor, dtype) or any(tensor is each for each in outputs):
        return None
    history = outputs[0]._keras_history
    last = history.operation
    if len(outputs) > 1 or type(last) is not keras.layers.Dense:
        return Split(dense, keras.Model(tensor, outputs))
    before = last._inbound_nodes[history.node_index].input_tensors[0]
    slow = any(last.activation is getattr(keras.activations, name) for name in SLOW_FUSED)
    if not slow or not _is_plain(last, before, dtype):
        return Split(dense, keras.Model(tensor, outputs))
    return Split(dense, None if before is tensor else keras.Model(tensor, before), last)


def goes_in_parts(model: Any, dtype: str) -> bool:
    """Whether mixed rows are held some `CHUNK` at a time, however many are asked about."""
    import tensorflow as tf

    # A graphics card takes all at once; a processor works side by side on what its caches hold.
    return not tf.config.list_physical_devices("GPU") and split_of(model, dtype) is not None


def _is_plain(dense: Any, tensor: Any, dtype: str) -> bool:
    """Whether a dense layer multiplies matrices in this type, going by a tensor it meets."""
    types = dense.compute_dtype == dense.variable_dtype == dtype
    return dense.quantization_mode is None and types and len(tensor.shape) == 2


def _only_reader(model: Any, tensor: Any) -> tuple[Any, Any] | None:
    """The one layer that a tensor goes into, and what it returns; None where it is not alone."""
    readers = [
        (layer, node.output_tensors[0])
        for layer in model.layers
        for node in getattr(layer, "_inbound_nodes", [])
        if any(each is tensor for each in node.input_tensors)
    ]
    return readers[0] if len(readers) == 1 else None


def compile_expand(model: Any, dtype: str, features: tuple[int, ...]) -> Callable[..., Any]:
    """The compiled function (x, background, coalitions, weights) → mean answers (q, K).

    For x (q, d) and coalitions (u, d), q a multiple of u: each coalition is of the next q/u rows.
    """
    import tensorflow as tf

    d = prod(features)
    split = split_of(model, dtype)
    answers_of = _whole(model, features) if split is None else _halves(split)
    in_parts = goes_in_parts(model, dtype)
    widest = max(prod(shape) for shape in facts.tensor_shapes(model))
    chunk = max(2, min(CHUNK, CHUNK_BYTES // (8 * widest)))
    signature = [
        tf.TensorSpec((None, d), dtype),
        tf.TensorSpec((None, d), dtype),
        tf.TensorSpec((None, d), tf.bool),
        tf.TensorSpec((None,), tf.float64),
    ]

    def means_of(x: Any, background: Any, coalitions: Any, weights: Any) -> Any:
        answers = tf.cast(answers_of(x, background, coalitions), tf.float64)
        return tf.reduce_sum(answers * weights[:, None], axis=1)

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator, unused-ignore]
    def expand(x: Any, background: Any, coalitions: Any, weights: Any) -> Any:
        if not in_parts:
            return means_of(x, background, coalitions, weights)
        u, b = tf.shape(coalitions)[0], tf.shape(background)[0]
        each = tf.shape(x)[0] // u
        samples = tf.reshape(x, (u, each, d))
        groups = tf.maximum(u // tf.maximum(chunk // (each * b), 1), 1)
        # Samples are cut where one coalition's are too many; never down to a lone one.
        cuts = tf.where(groups == u, tf.minimum(each * b // chunk, each // 2), 1)
        cuts = tf.maximum(cuts, 1)

        def step(i: Any, found: Any) -> Any:
            group, cut = i // cuts, i % cuts
            some = slice(group * u // groups, (group + 1) * u // groups)
            part = samples[some, cut * each // cuts : (cut + 1) * each // cuts]
            means = means_of(tf.reshape(part, (-1, d)), background, coalitions[some], weights)
            return i + 1, found.write(i, means)

        steps = groups * cuts
        empty = tf.TensorArray(tf.float64, steps, infer_shape=False)
        _, found = tf.while_loop(
            lambda i, _: i < steps, step, (0, empty), parallel_iterations=SIDE_BY_SIDE
        )
        return found.concat()

    return expand  # type: ignore[no-any-return, unused-ignore]


def _whole(model: Any, features: tuple[int, ...]) -> Callable[..., Any]:
    """Answers (q, b, K) of any model: every mixed row is made."""
    import tensorflow as tf

    def answers(x: Any, background: Any, coalitions: Any) -> Any:
        q, b = tf.shape(x)[0], tf.shape(background)[0]
        kept = tf.repeat(coalitions, q // tf.shape(coalitions)[0], axis=0)
        mixed = tf.where(kept[:, None], x[:, None], background[None])
        found = table(model(tf.reshape(mixed, (q * b, *features)), training=False))
        return tf.reshape(found, (q, b, -1))

    return answers


def _halves(split: Split) -> Callable[..., Any]:
    """Answers (q, b, K) of a model whose first layer sees both halves apart."""
    import tensorflow as tf

    dense, rest, last = split.dense, split.rest, split.last

    def product(rows: Any, kernel: Any) -> Any:
        # A lone row would be rounded otherwise than among others.
        return (tf.concat([rows, rows[:1]], axis=0) @ kernel)[:-1]

    def answers(x: Any, background: Any, coalitions: Any) -> Any:
        q, b, u = (tf.shape(each)[0] for each in (x, background, coalitions))
        d, width = x.shape[1], dense.units
        kernel, nothing = tf.convert_to_tensor(dense.kernel), tf.zeros((), x.dtype)
        hidden = tf.where(coalitions[:, None], nothing, background[None])
        shown = tf.where(coalitions[:, None], tf.reshape(x, (u, q // u, d)), nothing)
        behind = product(tf.reshape(hidden, (u * b, d)), kernel)
        before = product(tf.reshape(shown, (q, d)), kernel)
        if dense.use_bias:
            before += dense.bias
        both = tf.reshape(behind, (u, 1, b, width)) + tf.reshape(before, (u, q // u, 1, width))
        found = tf.reshape(both, (q * b, width))
        if dense.activation is not None:
            found = dense.activation(found)
        if rest is not None:
            found = rest(found, training=False)
        if last is None:
            return tf.reshape(table(found), (q, b, -1))
        found = found @ tf.convert_to_tensor(last.kernel)
        if last.use_bias:
            found += last.bias
        # The other shape keeps the function out of the multiplication.
        return last.activation(tf.reshape(found, (q, b, last.units)))

    return answers
