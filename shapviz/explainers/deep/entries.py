"""Values that cannot be differentiated (whole numbers, text, truth values), and where they enter.

Such a tensor is carried at the sample and at the baseline, with a `share` for each of its entries:
a float whose gradient, taken of the output, is what that entry contributes. Where a float tensor
is first made of it (an embedding, a one-hot row, a cast) the difference between both ends is tied
to the share, so that autodiff sums contributions back onto the position they came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapviz.explainers.deep.pair import Pair, Tensor, Value
from shapviz.explainers.deep.primitives import divide, graft
from shapviz.explainers.deep.trace import Graph


@dataclass(frozen=True, eq=False)
class Discrete(Pair):
    """A tensor at both ends that is not differentiated itself.

    Attributes
    ----------
    share : float64 tensor, of the same shape
        On the straight way it is how far the sample has been reached, else one.
    straight : bool
        Whether floats made of it are points on the straight way (Gradient) or Pairs (Deep).
    """

    share: Tensor
    straight: bool


@dataclass(frozen=True, eq=False)
class Ragged:
    """Parts of ragged rows, samples above baselines in one tensor; each row is one entry's.

    Attributes
    ----------
    stacked : tensor
        For 2n rows. Both ends run together, so that they are padded to one length.
    share : float64 (n,)
    straight : bool
    """

    stacked: Tensor
    share: Tensor
    straight: bool


@dataclass(frozen=True)
class Mark:
    """How a tensor varies with an input that is not differentiated, before anything runs.

    Attributes
    ----------
    straight : bool
        As in `Discrete`.
    ragged : bool
        Whether it will be carried as `Ragged`.
    """

    straight: bool
    ragged: bool = False

    @property
    def entered(self) -> bool:
        """What a float tensor made of it counts as: varying in pairs or, to Gradient, plain."""
        return not self.straight


@dataclass(frozen=True, eq=False)
class Entry:
    """The model's input as the interpreter takes it, and what its contributions are read off.

    Attributes
    ----------
    argument : Value
    source : tensor
        Differentiate the output with respect to it …
    difference : tensor
        … and multiply by this: contributions, shaped like the rows.
    """

    argument: Value
    source: Tensor
    difference: Tensor


def pair_entry(graph: Graph, high: Tensor, low: Tensor) -> Entry:
    """Samples and baselines of equal number as a pair of halves; watch its source."""
    import tensorflow as tf

    if graph.dtype.is_floating:
        return Entry(Pair(high, low), high, high - low)
    share = tf.ones(tf.shape(high), tf.float64)
    share.set_shape(high.shape)
    return Entry(Discrete(high, low, share, False), share, tf.ones_like(share))


def straight_entry(high: Tensor, low: Tensor, share: Tensor) -> Entry:
    """Points a part `share` of the way from baselines to samples; watch its source."""
    import tensorflow as tf

    return Entry(Discrete(high, low, share, True), share, tf.ones_like(share))


def entered(high: Tensor, low: Tensor, share: Tensor, straight: bool) -> Value:
    """A float tensor made of discrete ones; the share broadcasts to it.

    Tables kept in half precision are widened: their differences would lose their digits.
    """
    import tensorflow as tf

    if high.dtype.size < tf.float32.size:
        high, low = tf.cast(high, tf.float32), tf.cast(low, tf.float32)
    part = tf.cast(share, high.dtype)
    if straight:
        return low + part * (high - low)
    return Pair(graft(high, part, high - low), low)


def counted(high: Tensor, low: Tensor, moved: Tensor, straight: bool) -> Value:
    """Counts at both ends as floats, made of `moved`: each entry's own part, times its share."""
    import tensorflow as tf

    dtype = high.dtype if high.dtype.is_floating else tf.float32
    high, low, moved = (tf.cast(tensor, dtype) for tensor in (high, low, moved))
    return low + moved if straight else Pair(graft(high, moved, tf.ones_like(high)), low)


def emerged(high: Tensor, low: Tensor, share: Tensor, straight: bool) -> Value:
    """What an op made of discrete tensors: entered where it is of floats, else discrete still."""
    import tensorflow as tf

    if high.dtype.is_floating:
        return entered(high, low, share, straight)
    full = share + tf.zeros(tf.shape(high), share.dtype)
    full.set_shape(high.shape)
    return Discrete(high, low, full, straight)


def discretised(pair: Pair) -> Discrete:
    """A float pair on its way into an op whose answer is not a float.

    What is made of it is credited to it: the share's own gradient is one over the difference.
    """
    import tensorflow as tf

    if isinstance(pair, Discrete):
        return pair
    step = tf.stop_gradient(pair.sample) - pair.baseline
    inverse = divide(tf.ones_like(step), step, tf.zeros_like(step))
    one = graft(tf.ones_like(step), pair.sample, inverse)
    return Discrete(tf.stop_gradient(pair.sample), pair.baseline, tf.cast(one, tf.float64), False)


def changed(value: Discrete) -> Tensor:
    """1.0 where sample and baseline differ, else 0.0."""
    import tensorflow as tf

    return tf.cast(tf.not_equal(value.sample, value.baseline), tf.float64)


def weighted_share(parts: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Mean of shares by their weights; the plain mean where all weights are zero."""
    import tensorflow as tf

    total = sum(weight for weight, _ in parts)
    plain = sum(share for _, share in parts) / len(parts) + tf.zeros_like(total)
    return divide(sum(weight * share for weight, share in parts), total, plain)


def at_last(value: Value) -> Value:
    """Floats that still waited for their first use, entered; anything else as it is."""
    if isinstance(value, Discrete) and value.sample.dtype.is_floating:
        return entered(value.sample, value.baseline, value.share, value.straight)
    return value


def is_discrete(value: Any) -> bool:
    """Whether the value is carried by the rules of this room's discrete half."""
    return isinstance(value, Discrete | Ragged)


def as_numbers(value: Any) -> Value:
    """Whole numbers or truth values as floats, for loops, which carry floats.

    On the straight way, where the loop itself runs as it is, the nearer end is taken.
    """
    import tensorflow as tf

    if value.straight:
        return tf.where(value.share >= 0.5, value.sample, value.baseline)
    high, low = (tf.cast(half, tf.float32) for half in (value.sample, value.baseline))
    return entered(high, low, value.share, straight=False)
