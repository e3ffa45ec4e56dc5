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

__all__ = ["Split", "compile_expand", "split_of"]

CHUNK = 2**14
"""Mixed rows that a processor takes through a split model at a time, about."""

SIDE_BY_SIDE = 4
"""Such parts under way at once."""


@dataclass(frozen=True)
class Split:
    """A model as its first dense layer and what follows.

    The layer is linear in what a coalition mixes, W(z⊙x + (1−z)⊙b) = (z⊙x)W + ((1−z)⊙b)W, so the
    background's half serves all samples and the sample's half all background rows.

    Attributes
    ----------
    dense : keras.layers.Dense
    rest : keras.Model
        From the layer's output on.
    """

    dense: Any
    rest: Any


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
    plain = dense.quantization_mode is None and dense.compute_dtype == dense.variable_dtype == dtype
    if not plain or len(tensor.shape) != 2 or any(tensor is each for each in outputs):
        return None
    return Split(dense, keras.Model(tensor, outputs))


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
    # A graphics card takes all at once; a processor works side by side on what its caches hold.
    at_once = split is None or bool(tf.config.list_physical_devices("GPU"))
    signature = [
        tf.TensorSpec((None, d), dtype),
        tf.TensorSpec((None, d), dtype),
        tf.TensorSpec((None, d), tf.bool),
        tf.TensorSpec((None,), tf.float64),
    ]

    def means_of(x: Any, background: Any, coalitions: Any, weights: Any) -> Any:
        answers = tf.cast(answers_of(x, background, coalitions), tf.float64)
        means = tf.reshape(answers, (tf.shape(x)[0], tf.shape(background)[0], -1))
        return tf.reduce_sum(means * weights[:, None], axis=1)

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator, unused-ignore]
    def expand(x: Any, background: Any, coalitions: Any, weights: Any) -> Any:
        if at_once:
            return means_of(x, background, coalitions, weights)
        u = tf.shape(coalitions)[0]
        each = tf.shape(x)[0] // u
        # At least two coalitions go together: a lone row would be rounded otherwise.
        steps = tf.maximum(u // tf.maximum(CHUNK // (each * tf.shape(background)[0]), 2), 1)

        def step(i: Any, found: Any) -> Any:
            start, stop = i * u // steps, (i + 1) * u // steps
            part = x[start * each : stop * each]
            return i + 1, found.write(
                i, means_of(part, background, coalitions[start:stop], weights)
            )

        empty = tf.TensorArray(tf.float64, steps, infer_shape=False)
        _, found = tf.while_loop(
            lambda i, _: i < steps, step, (0, empty), parallel_iterations=SIDE_BY_SIDE
        )
        return found.concat()

    return expand  # type: ignore[no-any-return, unused-ignore]


def _whole(model: Any, features: tuple[int, ...]) -> Callable[..., Any]:
    """Answers (q·b, K) of any model: every mixed row is made."""
    import tensorflow as tf

    def answers(x: Any, background: Any, coalitions: Any) -> Any:
        q, b = tf.shape(x)[0], tf.shape(background)[0]
        kept = tf.repeat(coalitions, q // tf.shape(coalitions)[0], axis=0)
        mixed = tf.where(kept[:, None], x[:, None], background[None])
        return table(model(tf.reshape(mixed, (q * b, *features)), training=False))

    return answers


def _halves(split: Split) -> Callable[..., Any]:
    """Answers (q·b, K) of a model whose first layer sees both halves apart."""
    import tensorflow as tf

    dense = split.dense

    def answers(x: Any, background: Any, coalitions: Any) -> Any:
        q, b, u = (tf.shape(each)[0] for each in (x, background, coalitions))
        d, width = x.shape[1], dense.units
        kernel, nothing = tf.convert_to_tensor(dense.kernel), tf.zeros((), x.dtype)
        hidden = tf.where(coalitions[:, None], nothing, background[None])
        shown = tf.where(coalitions[:, None], tf.reshape(x, (u, q // u, d)), nothing)
        behind = tf.reshape(hidden, (u * b, d)) @ kernel
        before = tf.reshape(shown, (q, d)) @ kernel
        if dense.use_bias:
            before += dense.bias
        both = tf.reshape(behind, (u, 1, b, width)) + tf.reshape(before, (u, q // u, 1, width))
        first = tf.reshape(both, (q * b, width))
        if dense.activation is not None:
            first = dense.activation(first)
        return table(split.rest(first, training=False))

    return answers
