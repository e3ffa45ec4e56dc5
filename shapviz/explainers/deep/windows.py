"""Maxima over axes and pooling windows, brought to the one primitive: a maximum over an axis."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product as grid
from typing import Any

import numpy as np

from shapviz.explainers.deep import paths
from shapviz.explainers.deep.pair import Pair, Tensor, Value


def _last(tensor: Tensor, axes: Sequence[int]) -> Tensor:
    """The tensor with these axes moved to the end and merged into one."""
    import tensorflow as tf

    rank = len(tensor.shape)
    kept = [axis for axis in range(rank) if axis not in axes]
    moved = tf.transpose(tensor, [*kept, *axes])
    shape = tf.shape(moved)[: len(kept)]
    known = [tensor.shape[axis] for axis in axes]
    width = -1 if None in known else int(np.prod(known))
    merged = tf.reshape(moved, tf.concat([shape, [width]], 0))
    return tf.ensure_shape(merged, [*[tensor.shape[a] for a in kept], None if width < 0 else width])


def _axes(op: Any) -> list[int]:
    import tensorflow as tf

    rank = len(op.inputs[0].shape)
    return sorted({int(axis) % rank for axis in np.ravel(tf.get_static_value(op.inputs[1]))})


def unusual_axes(op: Any) -> str | None:
    """Why this maximum over axes cannot be taken apart, or None."""
    import tensorflow as tf

    if op.inputs[0].shape.rank is None or tf.get_static_value(op.inputs[1]) is None:
        return "its axes are not known before it runs"
    if 0 in _axes(op):
        return "it runs over samples"
    return None


def reduce_max(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    """``Max`` over constant axes, with or without keeping them."""
    import tensorflow as tf

    pair = inputs[0]
    axes = _axes(op)
    top = paths.maximum(Pair(_last(pair.sample, axes), _last(pair.baseline, axes)))
    if not op.get_attr("keep_dims"):
        return [top]

    def restored(half: Tensor) -> Tensor:
        for axis in axes:
            half = tf.expand_dims(half, axis)
        return half

    return [Pair(restored(top.sample), restored(top.baseline))]


def unusual_layout(op: Any) -> str | None:
    """Why this pooling op cannot be cut into windows, or None."""
    layout = op.get_attr("data_format").decode()
    if not layout.endswith("C"):
        return f"its layout is {layout}, not channels last"
    if op.get_attr("ksize")[0] != 1 or op.get_attr("ksize")[-1] != 1:
        return "it pools over samples or channels"
    if op.get_attr("padding") == b"EXPLICIT":
        return "its padding is explicit"
    if not op.inputs[0].shape[1:-1].is_fully_defined():
        return "the size of what it pools is not known before it runs"
    return None


def _windows(tensor: Tensor, size: list[int], stride: list[int], same: bool) -> Tensor:
    """Every pooling window of a (n, *space, channels) tensor, as a last axis."""
    import tensorflow as tf

    space = tensor.shape[1:-1]
    if not same and size == stride and all(s % k == 0 for s, k in zip(space, size, strict=True)):
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
    return tf.stack(slices, -1)


def _tiles(tensor: Tensor, size: list[int]) -> Tensor:
    """Windows that tile the space, by reshaping alone: far cheaper to differentiate."""
    import tensorflow as tf

    space = tensor.shape[1:-1]
    shape: list[Any] = [tf.shape(tensor)[0]]
    for extent, width in zip(space, size, strict=True):
        shape += [extent // width, width]
    split = tf.reshape(tensor, [*shape, tensor.shape[-1]])
    return _last(split, [2 * (i + 1) for i in range(len(size))])


def max_pool(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    """``MaxPool`` and ``MaxPool3D``, channels last."""
    size = [int(k) for k in op.get_attr("ksize")][1:-1]
    stride = [int(k) for k in op.get_attr("strides")][1:-1]
    same = op.get_attr("padding") == b"SAME"
    (pair,) = inputs
    cut = (_windows(half, size, stride, same) for half in (pair.sample, pair.baseline))
    return [paths.maximum(Pair(*cut))]
