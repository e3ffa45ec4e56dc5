"""Maxima over axes and pooling windows, brought to the one primitive: a maximum over an axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product as grid
from typing import Any

import numpy as np

from shapviz.explainers.deep import paths
from shapviz.explainers.deep.maxima import Maximum, along_path, at_end
from shapviz.explainers.deep.pair import Pair, Tensor, Value
from shapviz.explainers.deep.replay import run_op


def _axes(op: Any) -> list[int]:
    import tensorflow as tf

    rank = len(op.inputs[0].shape)
    return sorted({int(axis) % rank for axis in np.ravel(tf.get_static_value(op.inputs[1]))})


def unusual_axes(op: Any) -> str | None:
    """Why this maximum over axes cannot be taken apart, or None."""
    import tensorflow as tf

    if op.inputs[0].shape.rank is None or tf.get_static_value(op.inputs[1]) is None:
        return "its axes are not known before it runs"
    if 0 in _axes(op) and op.inputs[0].shape[0] is None:
        return "it runs over samples"
    return None


def _restored(pair: Pair, axes: Sequence[int]) -> Pair:
    """The pair with reduced axes put back, of extent one."""
    import tensorflow as tf

    halves = [pair.sample, pair.baseline]
    for axis in axes:
        halves = [tf.expand_dims(half, axis) for half in halves]
    return Pair(*halves)


def _opposite(pair: Pair) -> Pair:
    return Pair(-pair.sample, -pair.baseline)


def reduce_extreme(
    op: Any, inputs: Sequence[Value], notes: list[Tensor], maximum: Maximum = along_path
) -> list[Value]:
    """``Max`` and ``Min`` over constant axes; ``Any`` and ``All`` of booleans as 0 and 1."""
    axes = _axes(op)
    pair = inputs[0]
    if op.type in ("Max", "Any"):
        top = maximum(pair, axes)
    else:
        top = _opposite(maximum(_opposite(pair), axes))
    return [_restored(top, axes) if op.get_attr("keep_dims") else top]


def _along_last(op: Any) -> Callable[[Tensor], Tensor]:
    """What this op does, along the last axis."""
    import tensorflow as tf

    def which(function: Any) -> Callable[[Tensor], Tensor]:
        return lambda x: tf.cast(function(x, -1), x.dtype)

    def scan(function: Any) -> Callable[[Tensor], Tensor]:
        options = {name: op.get_attr(name) for name in ("exclusive", "reverse")}
        return lambda x: function(x, -1, **options)

    makers: dict[str, Callable[[], Callable[[Tensor], Tensor]]] = {
        "Prod": lambda: lambda x: tf.reduce_prod(x, -1),
        "EuclideanNorm": lambda: lambda x: tf.sqrt(tf.reduce_sum(x * x, -1)),
        "ArgMax": lambda: which(tf.argmax),
        "ArgMin": lambda: which(tf.argmin),
        "Cumprod": lambda: scan(tf.math.cumprod),
        "CumulativeLogsumexp": lambda: scan(tf.math.cumulative_logsumexp),
    }
    return makers[op.type]()


def along_axes(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    """A reduction or a scan over constant axes, by its straight path."""
    import tensorflow as tf

    axes = _axes(op)
    function = _along_last(op)
    merged = Pair(*(at_end(half, axes) for half in (inputs[0].sample, inputs[0].baseline)))
    (pair,), residual = paths.quadrature(
        lambda operands: [function(operands[0])], [merged], paths.over_last(1)
    )
    notes.append(residual)
    if op.type in ("Cumprod", "CumulativeLogsumexp"):
        rank = len(pair.sample.shape)
        order = list(range(rank - 1))
        order.insert(axes[0], rank - 1)
        return [Pair(tf.transpose(pair.sample, order), tf.transpose(pair.baseline, order))]
    keep = "keep_dims" in op.node_def.attr and op.get_attr("keep_dims")
    return [_restored(pair, axes) if keep else pair]


def by_segment(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    """``UnsortedSegmentMax`` and the like; a segment's residual goes to its own members."""
    import tensorflow as tf

    _, ids, count = inputs

    def total(tensor: Tensor, out: Tensor) -> Tensor:
        return tf.math.unsorted_segment_sum(tensor, ids, count)

    def function(operands: Sequence[Tensor]) -> list[Tensor]:
        data = operands[0]
        if len(data.shape) == len(op.inputs[0].shape):
            return run_op(op, operands)
        each = [run_op(op, [part, ids, count])[0] for part in tf.unstack(data)]
        return [tf.stack(each)]

    pairs, residual = paths.quadrature(function, inputs, total)
    notes.append(residual)
    return list(pairs)


def unusual_layout(op: Any) -> str | None:
    """Why this pooling op cannot be cut into windows, or None."""
    ends = (0, -1) if _channels_last(op) else (0, 1)
    if any(op.get_attr("ksize")[end] != 1 for end in ends):
        return "it pools over samples or channels"
    if op.get_attr("padding") == b"EXPLICIT":
        return "its padding is explicit"
    if not op.inputs[0].shape[1:].is_fully_defined():
        return "the size of what it pools is not known before it runs"
    return None


def _channels_last(op: Any) -> bool:
    return bool(op.get_attr("data_format").decode().endswith("C"))


def _windows(
    tensor: Tensor, size: list[int], stride: list[int], same: bool
) -> tuple[Tensor, list[int]]:
    """Every pooling window of a (n, *space, channels) tensor, and the axes that windows lie on."""
    import tensorflow as tf

    space = tensor.shape[1:-1]
    if not same and size == stride:
        return _tiles(tensor, size)
    if same:
        margins = [
            max((-(-s // t) - 1) * t + k - s, 0)
            for s, k, t in zip(space, size, stride, strict=True)
        ]
        padding = [[0, 0], *([m // 2, m - m // 2] for m in margins), [0, 0]]
        tensor = tf.pad(tensor, padding, constant_values=tensor.dtype.min / 4)
        space = tensor.shape[1:-1]
    counts = [(s - k) // t + 1 for s, k, t in zip(space, size, stride, strict=True)]
    slices = []
    for offset in grid(*(range(k) for k in size)):
        cut = tuple(
            slice(o, o + (c - 1) * t + 1, t) for o, c, t in zip(offset, counts, stride, strict=True)
        )
        slices.append(tensor[(slice(None), *cut, slice(None))])
    return tf.stack(slices, -1), [len(tensor.shape)]


def _tiles(tensor: Tensor, size: list[int]) -> tuple[Tensor, list[int]]:
    """Windows that tile the space, by reshaping alone: far cheaper to differentiate."""
    import tensorflow as tf

    counts = [extent // width for extent, width in zip(tensor.shape[1:-1], size, strict=True)]
    covered = [slice(0, count * width) for count, width in zip(counts, size, strict=True)]
    shape: list[Any] = [tf.shape(tensor)[0]]
    for count, width in zip(counts, size, strict=True):
        shape += [count, width]
    tiled = tf.reshape(tensor[(slice(None), *covered)], [*shape, tensor.shape[-1]])
    return tiled, [2 * (i + 1) for i in range(len(size))]


def max_pool(
    op: Any, inputs: Sequence[Value], notes: list[Tensor], maximum: Maximum = along_path
) -> list[Value]:
    """``MaxPool`` and ``MaxPool3D``, in either layout."""
    import tensorflow as tf

    (pair,) = inputs
    last = _channels_last(op)
    rank = len(pair.sample.shape)
    space = slice(1, -1) if last else slice(2, None)
    size = [int(k) for k in op.get_attr("ksize")][space]
    stride = [int(k) for k in op.get_attr("strides")][space]
    same = op.get_attr("padding") == b"SAME"
    halves = [pair.sample, pair.baseline]
    if not last:
        halves = [tf.transpose(half, [0, *range(2, rank), 1]) for half in halves]
    (high, axes), (low, _) = (_windows(half, size, stride, same) for half in halves)
    top = maximum(Pair(high, low), axes)
    if last:
        return [top]
    order = [0, rank - 1, *range(1, rank - 1)]
    return [Pair(tf.transpose(top.sample, order), tf.transpose(top.baseline, order))]
