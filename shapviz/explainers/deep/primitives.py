"""Nonlinear pieces whose backward pass returns multipliers, Δout/Δin, instead of derivatives.

Each takes Pairs and returns a Pair. They know nothing of graphs, ops or Keras.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shapviz.explainers.deep.pair import (
    Pair,
    Tensor,
    Value,
    baseline_half,
    is_pair,
    sample_half,
)

SMOOTH_STEP = 1e-6
"""Below this |Δx| a smooth function's secant is its midpoint derivative (error of order Δx²)."""

RELATIVE_STEP = 1e-7
"""Below this |Δx|/max|x| the float64 secant would be rounding noise; kinks at zero stay exact."""


def graft(value: Tensor, carrier: Tensor, multiplier: Tensor) -> Tensor:
    """`value`, whose gradient with respect to `carrier` is `multiplier`.

    The added term is zero in value. Unlike a registered custom gradient it leaves nothing behind
    in TensorFlow once the graph is gone.
    """
    import tensorflow as tf

    return tf.stop_gradient(value) + tf.stop_gradient(multiplier) * (
        carrier - tf.stop_gradient(carrier)
    )


def divide(numerator: Tensor, denominator: Tensor, otherwise: Tensor) -> Tensor:
    """The quotient, and `otherwise` where the denominator is zero."""
    import tensorflow as tf

    zero = tf.equal(denominator, 0)
    safe = tf.where(zero, tf.ones_like(denominator), denominator)
    return tf.where(zero, otherwise, numerator / safe)


def relu(pair: Pair) -> Pair:
    """max(x, 0). Its float32 secant is exact: both halves have the same slope or opposite signs."""
    import tensorflow as tf

    x, b = tf.stop_gradient(pair.sample), pair.baseline
    high, low = tf.nn.relu(x), tf.nn.relu(b)
    slope = divide(high - low, x - b, tf.cast(x > 0, x.dtype))
    return Pair(graft(high, pair.sample, slope), low)


def _logistic_slope(x: Tensor, b: Tensor) -> Tensor:
    """(σ(x) − σ(b))/(x − b), as σ(high)·σ(−low)·(1 − exp(−|Δ|))/|Δ|: accurate even when flat."""
    import tensorflow as tf

    high, low = tf.maximum(x, b), tf.minimum(x, b)
    step = high - low
    decay = divide(-tf.math.expm1(-step), step, tf.ones_like(step))
    return tf.sigmoid(high) * tf.sigmoid(-low) * decay


def sigmoid(pair: Pair) -> Pair:
    """The logistic function."""
    import tensorflow as tf

    x, b = tf.stop_gradient(pair.sample), pair.baseline
    return Pair(graft(tf.sigmoid(x), pair.sample, _logistic_slope(x, b)), tf.sigmoid(b))


def tanh(pair: Pair) -> Pair:
    """tanh, as a logistic function of twice the argument."""
    import tensorflow as tf

    x, b = tf.stop_gradient(pair.sample), pair.baseline
    return Pair(graft(tf.tanh(x), pair.sample, 4 * _logistic_slope(2 * x, 2 * b)), tf.tanh(b))


def secant(
    function: Callable[[Tensor], Tensor], x: Tensor, b: Tensor, *, smooth: bool, jumps: bool
) -> Tensor:
    """Δf/Δx in float64, the derivative at the midpoint where Δx is tiny.

    Zero where an end is not finite: what a later op masks must not turn its multipliers to NaN.
    """
    import tensorflow as tf

    wide_x, wide_b = tf.cast(x, tf.float64), tf.cast(b, tf.float64)
    wide_value, wide_low = function(wide_x), function(wide_b)
    step = wide_x - wide_b
    tiny = RELATIVE_STEP * tf.maximum(tf.abs(wide_x), tf.abs(wide_b))
    if smooth:
        tiny = tf.maximum(tiny, SMOOTH_STEP)
    if jumps:
        # The smallest step may cross a jump, and between jumps the change is exactly zero.
        tiny = tf.zeros_like(tiny)
    # Broadcast before differentiating, so that the gradient is elementwise in the output's shape.
    middle = (wide_x + wide_b) / 2 + tf.zeros_like(wide_value)
    with tf.GradientTape() as tape:
        tape.watch(middle)
        at_middle = function(middle)
    derivative = tape.gradient(at_middle, middle, unconnected_gradients="zero")
    near = tf.abs(step) <= tiny
    slope = tf.where(
        near, derivative, (wide_value - wide_low) / tf.where(near, tf.ones_like(step), step)
    )
    return tf.where(tf.math.is_finite(slope), slope, tf.zeros_like(slope))


def elementwise(
    function: Callable[[Tensor], Tensor], pair: Pair, *, smooth: bool = True, jumps: bool = False
) -> Pair:
    """A function of one varying operand, by its secant Δf/Δx taken in float64.

    Parameters
    ----------
    function : callable
        Elementwise, for float32 and float64; constant operands may broadcast.
    pair : Pair
    smooth : bool, default True
        False for functions with kinks, where only a zero or relatively tiny Δx may fall back on
        the derivative at the midpoint.
    jumps : bool, default False
        True for step functions, where only a zero Δx may.

    Returns
    -------
    Pair
        In the dtype of `function` on the input's own dtype.
    """
    import tensorflow as tf

    x, b = tf.stop_gradient(pair.sample), pair.baseline
    value, low = function(x), function(b)
    slope = tf.cast(secant(function, x, b, smooth=smooth, jumps=jumps), value.dtype)
    return Pair(graft(value, pair.sample, slope), low)


def two_player(
    function: Callable[[Tensor, Tensor], Tensor],
    left: Pair,
    right: Pair,
    *,
    smooth: bool = True,
    jumps: bool = False,
) -> Pair:
    """An elementwise function of two varying operands, by their exact two-player Shapley values.

    Each operand's multiplier is the mean of its secants with the other at either end.
    """
    import tensorflow as tf

    x, y = tf.stop_gradient(left.sample), tf.stop_gradient(right.sample)
    a, b = left.baseline, right.baseline
    value, low = function(x, y), function(a, b)

    def mean_secant(of: Callable[[Tensor, Tensor], Tensor], pair: Pair, ends: Any) -> Tensor:
        def at(end: Tensor) -> Tensor:
            return secant(
                lambda varying: of(varying, tf.cast(end, varying.dtype)),
                tf.stop_gradient(pair.sample),
                pair.baseline,
                smooth=smooth,
                jumps=jumps,
            )

        first, second = ends
        return tf.cast((at(first) + at(second)) / 2, value.dtype)

    out = graft(value, left.sample, mean_secant(function, left, (b, y)))
    flipped = mean_secant(lambda second, first: function(first, second), right, (a, x))
    out += flipped * (right.sample - y)
    return Pair(out, low)


def select(condition: Value, chosen: Value, otherwise: Value) -> Pair:
    """Elementwise choice; a varying condition is a pair of numbers 0 and 1 and a player too.

    The two players are the condition and the pair of branches. Where an end of the branch not
    taken is not finite, the condition has the whole change.
    """
    import tensorflow as tf

    if not is_pair(condition):
        halves = [
            tf.where(condition, half(chosen), half(otherwise))
            for half in (sample_half, baseline_half)
        ]
        return Pair(*halves)
    on, was_on = tf.stop_gradient(condition.sample) > 0.5, condition.baseline > 0.5
    x, y = tf.stop_gradient(sample_half(chosen)), tf.stop_gradient(sample_half(otherwise))
    a, b = baseline_half(chosen), baseline_half(otherwise)
    high, low = tf.where(on, x, y), tf.where(was_on, a, b)
    zero, one = tf.zeros_like(high), tf.ones_like(high)
    changes = tf.not_equal(on, was_on)
    crossed = tf.where(on, x - y + a - b, y - x + b - a) / 2
    shared = tf.math.is_finite(crossed)
    moved = tf.where(changes, tf.where(shared, crossed, high - low), zero)
    # An infinity that a later op masks must stay what it is.
    moved = tf.where(tf.math.is_finite(moved), moved, zero)
    # Both halves of an operand that no half of the condition takes have no part in it.
    half_taken = tf.where(tf.logical_and(changes, shared), one / 2, zero)
    first = tf.where(tf.logical_and(on, was_on), one, half_taken)
    second = tf.where(tf.logical_or(on, was_on), half_taken, one)
    sign = tf.where(on, one, -one)
    out = high + moved * sign * tf.cast(
        condition.sample - tf.stop_gradient(condition.sample), high.dtype
    )
    for pair, part, half in ((chosen, first, x), (otherwise, second, y)):
        if is_pair(pair):
            out += part * tf.where(tf.math.is_finite(half), pair.sample - half, zero)
    return Pair(out, low)


def bilinear(function: Callable[[Tensor, Tensor], Tensor], left: Value, right: Value) -> Pair:
    """A function linear in each operand; with both varying, the exact two-player Shapley value.

    The gradient of either operand is the ordinary one with the other operand at its midpoint.
    """
    import tensorflow as tf

    low = function(baseline_half(left), baseline_half(right))
    if not (is_pair(left) and is_pair(right)):
        return Pair(function(sample_half(left), sample_half(right)), low)
    mid_left = tf.stop_gradient((left.sample + left.baseline) / 2)
    mid_right = tf.stop_gradient((right.sample + right.baseline) / 2)
    value = tf.stop_gradient(function(left.sample, right.sample))
    carrier = function(left.sample, mid_right) + function(mid_left, right.sample)
    return Pair(value + (carrier - tf.stop_gradient(carrier)), low)
