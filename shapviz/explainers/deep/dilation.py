"""Convolutions; dilated ones as dense ones on interleaved parts of their input, small as products.

A dilated convolution's gradient does not exist on every CPU build of TensorFlow, and that of a
convolution of few channels is slow on all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product as grid
from math import prod
from typing import Any

from shapviz.explainers.deep import primitives
from shapviz.explainers.deep.pair import Tensor, Value
from shapviz.explainers.deep.replay import run_op

SMALL = 32
"""Entries of a window (height × width × channels) up to which it is laid out for a product."""


def _dilations(op: Any) -> list[int]:
    return [int(d) for d in op.get_attr("dilations")]


def _interleaved(op: Any, x: Tensor, kernel: Tensor) -> Tensor:
    """The convolution on each of the parts that a dilation keeps apart. Channels last."""
    import tensorflow as tf

    dilation = _dilations(op)[1:-1]
    extent = [int(k) for k in kernel.shape[: len(dilation)]]
    margins = [[0, 0]] * len(dilation)
    if op.get_attr("padding") == b"SAME":
        total = [(k - 1) * d for k, d in zip(extent, dilation, strict=True)]
        margins = [[m // 2, m - m // 2] for m in total]
    if op.get_attr("padding") == b"EXPLICIT":
        explicit = [int(m) for m in op.get_attr("explicit_paddings")]
        margins = [explicit[i : i + 2] for i in range(2, len(explicit) - 2, 2)]
    x = tf.pad(x, [[0, 0], *margins, [0, 0]])
    # What fills up the last part belongs to no full window of it; the crops take it off again.
    spare = [
        (-(size if size is not None else tf.shape(x)[i + 1])) % d
        for i, (size, d) in enumerate(zip(x.shape[1:-1], dilation, strict=True))
    ]
    parts = tf.space_to_batch(x, dilation, [[0, s] for s in spare])
    done = (
        run_op(
            op,
            [parts, kernel],
            dilations=[1] * len(_dilations(op)),
            padding="VALID",
            explicit_paddings=[],
        )
        if "explicit_paddings" in op.node_def.attr
        else run_op(op, [parts, kernel], dilations=[1] * len(_dilations(op)), padding="VALID")
    )
    return tf.batch_to_space(done[0], dilation, [[0, s] for s in spare])


def _is_small(op: Any) -> bool:
    """Whether this is a plain convolution whose windows are worth laying out."""
    image, kernel = (tensor.shape for tensor in op.inputs)
    return bool(
        op.type == "Conv2D"
        and op.get_attr("data_format") == b"NHWC"
        and op.get_attr("padding") in (b"SAME", b"VALID")
        and max(_dilations(op)) == 1
        and image[1:].is_fully_defined()
        and kernel.is_fully_defined()
        and image[-1] == kernel[2]
        and prod(kernel[:2]) > 1
        and prod(kernel[:3]) <= SMALL
    )


def _as_product(op: Any, x: Tensor, kernel: Tensor) -> Tensor:
    """The convolution as a matrix product with the windows of its input."""
    import tensorflow as tf

    size, stride = [int(k) for k in kernel.shape[:2]], op.get_attr("strides")[1:3]
    counts = [int(extent) for extent in op.outputs[0].shape[1:3]]
    if op.get_attr("padding") == b"SAME":
        missing = [
            max((c - 1) * t + k - int(extent), 0)
            for c, t, k, extent in zip(counts, stride, size, x.shape[1:3], strict=True)
        ]
        x = tf.pad(x, [[0, 0], *([m // 2, m - m // 2] for m in missing), [0, 0]])
    starts = grid(*(range(k) for k in size))
    (down, across), (rows, columns) = stride, counts
    parts = [
        x[:, i : i + (rows - 1) * down + 1 : down, j : j + (columns - 1) * across + 1 : across]
        for i, j in starts
    ]
    windows = tf.reshape(tf.concat(parts, -1), [-1, prod(kernel.shape[:3])])
    flat = tf.matmul(windows, tf.reshape(kernel, [-1, kernel.shape[-1]]))
    return tf.reshape(flat, [tf.shape(x)[0], rows, columns, kernel.shape[-1]])


def convolution(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    """``Conv2D``, ``Conv3D`` and depthwise ones, linear in the image and in the kernel."""
    strides = {int(s) for s in op.get_attr("strides")}
    channels_last = op.get_attr("data_format").decode().endswith("C")
    known = op.inputs[1].shape.is_fully_defined()
    small = _is_small(op)
    taken_apart = max(_dilations(op)) > 1 and strides == {1} and channels_last and known

    def function(x: Tensor, kernel: Tensor) -> Tensor:
        if small:
            return _as_product(op, x, kernel)
        return _interleaved(op, x, kernel) if taken_apart else run_op(op, [x, kernel])[0]

    return [primitives.bilinear(function, inputs[0], inputs[1])]
