"""The maximum over the last axis, by two rules: along the straight path, or all to one winner.

As in `primitives`, the backward pass returns multipliers; both rules add up exactly.
"""

from __future__ import annotations

from collections.abc import Callable

from shapviz.explainers.deep.pair import Pair, Tensor
from shapviz.explainers.deep.paths import legendre
from shapviz.explainers.deep.primitives import divide

Maximum = Callable[[Pair], Pair]
"""A pair (…, m) → its maximum (…)."""

NARROW = 9
"""Elements of a maximum that are all compared with each other."""

CANDIDATES = 16
"""Interior points of the path at which a wide maximum looks for its winners."""


def _winning_shares(x: Tensor, b: Tensor) -> Tensor:
    """For each line b + α(x − b) of the last axis, the part of 0 ≤ α ≤ 1 where it is highest.

    The parts are where the upper envelope of the lines follows each of them, so Σ share·Δ is the
    change of the maximum exactly. Of equal lines the first has it all.
    """
    import tensorflow as tf

    step = x - b
    lead = b[..., :, None] - b[..., None, :]
    slope = step[..., None, :] - step[..., :, None]
    crossing = divide(lead, slope, tf.zeros_like(lead))
    index = tf.range(tf.shape(x)[-1])
    behind = tf.logical_or(lead < 0, tf.logical_and(tf.equal(lead, 0), index[:, None] > index))
    never = tf.logical_and(tf.equal(slope, 0), behind)
    one, zero = tf.ones_like(lead), tf.zeros_like(lead)
    stop = tf.where(slope > 0, crossing, tf.where(never, -one, one))
    start = tf.where(slope < 0, crossing, zero)
    last, first = tf.reduce_min(stop, -1), tf.reduce_max(start, -1)
    return tf.maximum(tf.minimum(last, 1) - tf.maximum(first, 0), 0)


def along_path(pair: Pair) -> Pair:
    """The maximum over the last axis, by the straight path of its elements.

    Narrow axes (up to `NARROW`) are compared in full. Wide ones among the winners at both ends and
    at `CANDIDATES` points between: the sum is exact either way.
    """
    import tensorflow as tf

    x, b = tf.stop_gradient(pair.sample), pair.baseline
    high, low = tf.reduce_max(x, -1), tf.reduce_max(b, -1)
    if x.shape[-1] is not None and x.shape[-1] <= NARROW:
        share = _winning_shares(x, b)
    else:
        points = [0.0, *legendre(CANDIDATES)[0], 1.0]
        winners = tf.stack([tf.argmax(b + point * (x - b), -1) for point in points], -1)
        rank = len(x.shape) - 1
        lines = (tf.gather(half, winners, batch_dims=rank, axis=rank) for half in (x, b))
        parts = tf.unstack(_winning_shares(*lines), axis=-1)
        share = tf.add_n(
            [
                part[..., None] * tf.one_hot(index, tf.shape(x)[-1], dtype=x.dtype)
                for part, index in zip(parts, tf.unstack(winners, axis=-1), strict=True)
            ]
        )
    carrier = tf.reduce_sum(tf.stop_gradient(share) * (pair.sample - x), -1)
    return Pair(high + carrier, low)


def to_winner(pair: Pair) -> Pair:
    """The maximum over the last axis, its whole change put on the winner at the higher end.

    Of equal elements the first wins. No multiplier is below 0 or above 1: the winner of the higher
    end changes by at least as much as the maximum.
    """
    import tensorflow as tf

    x, b = tf.stop_gradient(pair.sample), pair.baseline
    high, low = tf.reduce_max(x, -1), tf.reduce_max(b, -1)
    winner = tf.argmax(tf.where((high >= low)[..., None], x, b), -1)
    chosen = tf.one_hot(winner, tf.shape(x)[-1], dtype=x.dtype)
    step = tf.reduce_sum(chosen * (x - b), -1)
    slope = divide(high - low, step, tf.ones_like(step))
    carrier = slope * tf.reduce_sum(chosen * (pair.sample - x), -1)
    return Pair(high + carrier, low)
