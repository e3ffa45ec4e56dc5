"""Pictures resampled by a projective map, by gathers.

TensorFlow's own gradient of these ops resamples by the inverse map, which is not their transpose:
multipliers made of it would not add up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shapviz.explainers.deep.pair import Pair, Tensor, Value
from shapviz.explainers.deep.replay import run_op


def _whole(number: Tensor) -> Tensor:
    """Without its fraction, towards zero."""
    import tensorflow as tf

    return tf.sign(number) * tf.floor(tf.abs(number))


def _nearest_whole(number: Tensor) -> Tensor:
    """Halves away from zero."""
    import tensorflow as tf

    return tf.sign(number) * tf.floor(tf.abs(number) + 0.5)


def _reflected(at: Tensor, size: Tensor) -> Tensor:
    import tensorflow as tf

    below = at + 2 * size * _whole(-at / (2 * size))
    below = tf.where(below < -size, below + 2 * size, -below - 1)
    above = at - 2 * size * _whole(at / (2 * size))
    above = tf.where(above >= size, 2 * size - above - 1, above)
    return tf.where(at < 0, below, tf.where(at > size - 1, above, at))


def _wrapped(at: Tensor, size: Tensor) -> Tensor:
    import tensorflow as tf

    span = tf.maximum(size - 1, 1)
    below = at + size * (_whole(-at / span) + 1)
    above = at - size * _whole(at / span)
    return tf.where(at < 0, below, tf.where(at > size - 1, above, at))


BEYOND: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "REFLECT": _reflected,
    "WRAP": _wrapped,
    "NEAREST": lambda at, size: at,
}
"""Fill mode → where a place beyond the picture's edges is read, before it is held within them."""


def _places(op: Any, transforms: Tensor, shape: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
    """Where each pixel (h, w) of the result comes from: y and x, (1 or n, h, w) each."""
    import tensorflow as tf

    y, x = tf.meshgrid(
        *(tf.cast(tf.range(shape[i]), transforms.dtype) for i in (0, 1)), indexing="ij"
    )
    t = [column[:, None, None] for column in tf.unstack(transforms, num=8, axis=1)]
    below = t[6] * x + t[7] * y + 1
    # Where the map has no answer the result is the filling: a place far outside says so.
    far = tf.fill(tf.shape(below), tf.constant(-(2.0**20), transforms.dtype))
    mode = op.get_attr("fill_mode").decode()
    found = []
    for row, extent in ((3, size[0]), (0, size[1])):
        above = t[row] * x + t[row + 1] * y + t[row + 2]
        at = above / tf.where(tf.equal(below, 0), tf.ones_like(below), below)
        if mode in BEYOND:
            at = tf.clip_by_value(BEYOND[mode](at, extent), 0, extent - 1)
        found.append(tf.where(tf.equal(below, 0), far, at))
    return found[0], found[1]


def _resampled(op: Any, images: Tensor, transforms: Tensor, shape: Tensor) -> Tensor:
    """The op's linear part (n, h, w, channels); what comes from outside of the picture is zero."""
    import tensorflow as tf

    n = tf.shape(images)[0]
    size = tf.cast(tf.shape(images)[1:3], transforms.dtype)
    y, x = (
        tf.broadcast_to(at, [n, shape[0], shape[1]]) for at in _places(op, transforms, shape, size)
    )

    def read(row: Tensor, column: Tensor) -> Tensor:
        inside = (row >= 0) & (row < size[0]) & (column >= 0) & (column < size[1])
        held = [
            tf.cast(tf.clip_by_value(at, 0, extent - 1), tf.int32)
            for at, extent in ((row, size[0]), (column, size[1]))
        ]
        value = tf.gather_nd(images, tf.stack(held, -1), batch_dims=1)
        return tf.where(inside[..., None], value, tf.zeros_like(value))

    if op.get_attr("interpolation") == b"NEAREST":
        return read(_nearest_whole(y), _nearest_whole(x))
    top, left = tf.floor(y), tf.floor(x)
    down, right = ((at - low)[..., None] for at, low in ((y, top), (x, left)))
    down, right = tf.cast(down, images.dtype), tf.cast(right, images.dtype)
    upper = (1 - right) * read(top, left) + right * read(top, left + 1)
    lower = (1 - right) * read(top + 1, left) + right * read(top + 1, left + 1)
    return (1 - down) * upper + down * lower


def projective(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    """``ImageProjectiveTransformV2`` and V3: the op's own values, slopes of its linear part."""
    import tensorflow as tf

    pair: Any = inputs[0]
    (high,) = run_op(op, [tf.stop_gradient(pair.sample), *inputs[1:]])
    (low,) = run_op(op, [pair.baseline, *inputs[1:]])
    carrier = _resampled(op, pair.sample, inputs[1], inputs[2])
    return [Pair(high + carrier - tf.stop_gradient(carrier), low)]
