"""The maximum over axes, by two rules: along the straight path, or all to the winner.

As in `primitives`, the backward pass returns multipliers; both rules add up exactly. Few elements
are compared one by one, in the layout they come in, which is cheap to differentiate; many are
moved to one last axis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from shapviz.explainers.deep.pair import Pair, Tensor
from shapviz.explainers.deep.paths import legendre
from shapviz.explainers.deep.primitives import divide

Maximum = Callable[[Pair, Sequence[int]], Pair]
"""A pair and the axes → its maximum, without these axes."""

NARROW = 9
"""Elements of a maximum that are all compared with each other."""

CANDIDATES = 16
"""Interior points of the path at which a wide maximum looks for its winners."""


def at_end(tensor: Tensor, axes: Sequence[int]) -> Tensor:
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


def _elements(tensor: Tensor, axes: Sequence[int]) -> list[Tensor]:
    """Slices of the tensor at each place of these axes, the last axis running fastest."""
    import tensorflow as tf

    parts = [tensor]
    for gone, axis in enumerate(axes):
        parts = [piece for part in parts for piece in tf.unstack(part, axis=axis - gone)]
    return parts


def _put_back(parts: Sequence[Tensor], axes: Sequence[int], extents: Sequence[int]) -> Tensor:
    """The inverse of `_elements`."""
    import tensorflow as tf

    parts = list(parts)
    for gone, axis in reversed(list(enumerate(axes))):
        size = extents[gone]
        parts = [tf.stack(parts[i : i + size], axis - gone) for i in range(0, len(parts), size)]
    return parts[0]


def _shared(
    pair: Pair,
    axes: Sequence[int],
    few: Callable[[list[Tensor], list[Tensor]], list[Tensor]],
    many: Callable[[Tensor, Tensor], Tensor],
) -> Pair:
    """The maximum with each element's multiplier from `few` or from `many`.

    Parameters
    ----------
    pair : Pair
    axes : sequence of int
        Ascending, not negative.
    few : callable
        The elements at the sample and at the baseline → their multipliers.
    many : callable
        Both halves (…, m) → multipliers (…, m).
    """
    import tensorflow as tf

    extents = [pair.sample.shape[axis] for axis in axes]
    narrow = None not in extents and prod(extents) <= NARROW
    if not narrow:
        pair = Pair(at_end(pair.sample, axes), at_end(pair.baseline, axes))
        axes = [len(pair.sample.shape) - 1]
    x, b = tf.stop_gradient(pair.sample), pair.baseline
    if narrow:
        share = _put_back(few(_elements(x, axes), _elements(b, axes)), axes, extents)
    else:
        share = many(x, b)
    carrier = tf.stop_gradient(share) * (pair.sample - x)
    # One axis at a time: the gradient of three at once, of pooled volumes, is more than
    # TensorFlow can broadcast.
    for axis in sorted(axes, reverse=True):
        carrier = tf.reduce_sum(carrier, axis)
    return Pair(tf.reduce_max(x, axes) + carrier, tf.reduce_max(b, axes))


def along_path(pair: Pair, axes: Sequence[int]) -> Pair:
    """The maximum over the axes, by the straight path of its elements.

    An element's multiplier is the part of the way from baseline to sample on which it is the
    highest. Up to `NARROW` elements are all compared; more, among the winners at both ends and
    at `CANDIDATES` points between: the sum is exact either way.
    """
    return _shared(pair, axes, _leads, _leads_of_candidates)


def _leads(x: Sequence[Tensor], b: Sequence[Tensor]) -> list[Tensor]:
    """For each line b + α(x − b), the part of 0 ≤ α ≤ 1 where it is the highest.

    The parts are where the upper envelope of the lines follows each of them, so Σ part·Δ is the
    change of the maximum exactly. Of equal lines the first has it all.
    """
    import tensorflow as tf

    zero, one = tf.zeros_like(x[0]), tf.ones_like(x[0])
    start, stop = [zero] * len(x), [one] * len(x)
    steps = [high - low for high, low in zip(x, b, strict=True)]
    for j in range(len(x)):
        for i in range(j):
            lead, closing = b[i] - b[j], steps[j] - steps[i]
            # Parallel lines meet beyond the way's end if the first is ahead, else before it.
            crossing = divide(lead, closing, tf.where(lead >= 0, 2 * one, -one))
            overtaken = closing >= 0
            stop[i] = tf.minimum(stop[i], tf.where(overtaken, crossing, one))
            start[j] = tf.maximum(start[j], tf.where(overtaken, crossing, zero))
            start[i] = tf.maximum(start[i], tf.where(overtaken, zero, crossing))
            stop[j] = tf.minimum(stop[j], tf.where(overtaken, one, crossing))
    return [tf.maximum(last - first, zero) for first, last in zip(start, stop, strict=True)]


def _leads_in_matrix(x: Tensor, b: Tensor) -> Tensor:
    """`_leads` of the last axis, all pairs at once."""
    import tensorflow as tf

    step = x - b
    lead = b[..., :, None] - b[..., None, :]
    closing = step[..., None, :] - step[..., :, None]
    index = tf.range(tf.shape(x)[-1])
    ahead = tf.logical_or(lead > 0, tf.logical_and(tf.equal(lead, 0), index[:, None] <= index))
    one, zero = tf.ones_like(lead), tf.zeros_like(lead)
    crossing = divide(lead, closing, tf.where(ahead, 2 * one, -one))
    stop = tf.reduce_min(tf.where(closing >= 0, crossing, one), -1)
    start = tf.reduce_max(tf.where(closing < 0, crossing, zero), -1)
    return tf.maximum(tf.minimum(stop, 1) - start, 0)


def _leads_of_candidates(x: Tensor, b: Tensor) -> Tensor:
    """`_leads` of the last axis among the winners at some points of the way."""
    import tensorflow as tf

    points = [0.0, *legendre(CANDIDATES)[0], 1.0]
    winners = tf.stack([tf.argmax(b + point * (x - b), -1) for point in points], -1)
    rank = len(x.shape) - 1
    lines = (tf.gather(half, winners, batch_dims=rank, axis=rank) for half in (x, b))
    parts = tf.unstack(_leads_in_matrix(*lines), axis=-1)
    return tf.add_n(
        [
            part[..., None] * tf.one_hot(index, tf.shape(x)[-1], dtype=x.dtype)
            for part, index in zip(parts, tf.unstack(winners, axis=-1), strict=True)
        ]
    )


def to_winner(pair: Pair, axes: Sequence[int]) -> Pair:
    """The maximum over the axes, its whole change put on the winner at the higher end.

    Of equal elements the first wins. No multiplier is below 0 or above 1: the winner of the higher
    end changes by at least as much as the maximum.
    """
    return _shared(pair, axes, _winner, _winner_of_many)


def _winner(x: Sequence[Tensor], b: Sequence[Tensor]) -> list[Tensor]:
    import tensorflow as tf

    def highest(half: Sequence[Tensor]) -> Tensor:
        top = half[0]
        for each in half[1:]:
            top = tf.maximum(top, each)
        return top

    high, low = highest(x), highest(b)
    rises = high >= low
    top, open_ = tf.where(rises, high, low), tf.ones_like(rises)
    multipliers = []
    for sample, baseline in zip(x, b, strict=True):
        wins = tf.logical_and(open_, tf.equal(tf.where(rises, sample, baseline), top))
        open_ = tf.logical_and(open_, tf.logical_not(wins))
        slope = divide(high - low, sample - baseline, tf.ones_like(high))
        multipliers.append(tf.where(wins, slope, tf.zeros_like(slope)))
    return multipliers


def _winner_of_many(x: Tensor, b: Tensor) -> Tensor:
    import tensorflow as tf

    high, low = tf.reduce_max(x, -1), tf.reduce_max(b, -1)
    winner = tf.argmax(tf.where((high >= low)[..., None], x, b), -1)
    chosen = tf.one_hot(winner, tf.shape(x)[-1], dtype=x.dtype)
    step = tf.reduce_sum(chosen * (x - b), -1)
    return chosen * divide(high - low, step, tf.ones_like(step))[..., None]
