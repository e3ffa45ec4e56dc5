"""Elementwise ops: Δf/Δx of one varying operand, two-player Shapley values of two.

A varying boolean is the number 0 or 1, so that logic is arithmetic and a comparison a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shapviz.explainers.deep import primitives
from shapviz.explainers.deep.pair import Pair, Tensor, Value, baseline_half, is_pair, sample_half
from shapviz.explainers.deep.replay import run_op
from shapviz.explainers.deep.rules.makers import Rule, closed, scalar


def _cast(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    import tensorflow as tf

    (pair,) = inputs
    source, target = op.inputs[0].dtype, op.get_attr("DstT")

    def step(function: Any) -> list[Value]:
        return [primitives.elementwise(function, pair, smooth=False, jumps=True)]

    if target.is_bool and not source.is_bool:
        return step(lambda x: tf.cast(tf.not_equal(x, 0), x.dtype))
    if target.is_integer and source.is_floating:
        return step(lambda x: tf.sign(x) * tf.floor(tf.abs(x)))
    if target.is_bool or target.is_integer:
        return [pair]
    return [Pair(tf.cast(pair.sample, target), tf.cast(pair.baseline, target))]


def _numbers(inputs: Sequence[Value]) -> list[Value]:
    """Booleans as numbers of one float type."""
    import tensorflow as tf

    dtype = next(value.sample.dtype for value in inputs if is_pair(value))
    return [value if is_pair(value) else tf.cast(value, dtype) for value in inputs]


def _not(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    return [Pair(1 - inputs[0].sample, 1 - inputs[0].baseline)]


def _both(left: Value, right: Value) -> Pair:
    import tensorflow as tf

    return primitives.bilinear(tf.multiply, left, right)


def _and(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    return [_both(*_numbers(inputs))]


def _or(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    left, right = _numbers(inputs)
    both = _both(left, right)
    return [Pair(*(half(left) + half(right) - half(both) for half in (sample_half, baseline_half)))]


def _select(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    import tensorflow as tf

    condition, chosen, otherwise = inputs
    if op.type == "Select":
        # The older op lines its condition up with the first axis, not with the last.
        missing = len(op.inputs[1].shape) - len(op.inputs[0].shape)

        def lined_up(half: Tensor) -> Tensor:
            for _ in range(missing):
                half = tf.expand_dims(half, -1)
            return half

        condition = (
            Pair(lined_up(condition.sample), lined_up(condition.baseline))
            if is_pair(condition)
            else lined_up(condition)
        )
    if not op.outputs[0].dtype.is_floating and (is_pair(chosen) or is_pair(otherwise)):
        chosen, otherwise = _numbers([chosen, otherwise])
    elif not op.outputs[0].dtype.is_floating and is_pair(condition):
        dtype = condition.sample.dtype
        chosen, otherwise = tf.cast(chosen, dtype), tf.cast(otherwise, dtype)
    return [primitives.select(condition, chosen, otherwise)]


def _clip(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    import tensorflow as tf

    value, low, high = inputs
    for function, bound in ((tf.minimum, high), (tf.maximum, low)):
        value = _of_two(function, value, bound)
    return [value]


def _of_two(function: Any, left: Value, right: Value, *, jumps: bool = False) -> Value:
    """An elementwise function of two operands, with kinks, either or both varying."""
    import tensorflow as tf

    how = {"smooth": False, "jumps": jumps}
    if is_pair(left) and is_pair(right):
        return primitives.two_player(function, left, right, **how)
    if is_pair(left):
        return primitives.elementwise(lambda x: function(x, tf.cast(right, x.dtype)), left, **how)
    if is_pair(right):
        return primitives.elementwise(lambda x: function(tf.cast(left, x.dtype), x), right, **how)
    return function(left, right)


def _modulus(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    import tensorflow as tf

    real, imaginary = (
        Pair(function(inputs[0].sample), function(inputs[0].baseline))
        for function in (tf.math.real, tf.math.imag)
    )
    function = (
        (lambda x, y: tf.sqrt(x * x + y * y))
        if op.type == "ComplexAbs"
        else (lambda x, y: tf.math.atan2(y, x))
    )
    return [primitives.two_player(function, real, imaginary)]


def _one_hot(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    """Of integers carried as floats: each place of the answer is a step function of them."""
    import tensorflow as tf

    index, depth, on, off = inputs
    axis = op.get_attr("axis")
    places = Pair(*(tf.expand_dims(half, axis) for half in (index.sample, index.baseline)))
    rank = len(op.outputs[0].shape)
    shape = [depth if i == axis % rank else 1 for i in range(rank)]

    def function(x: Tensor) -> Tensor:
        each = tf.reshape(tf.cast(tf.range(depth), x.dtype), shape)
        return tf.where(tf.equal(x, each), tf.cast(on, x.dtype), tf.cast(off, x.dtype))

    return [primitives.elementwise(function, places, smooth=False, jumps=True)]


def _remainder(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    """The sign of its dividend; TensorFlow has no slope for it where a dividend does not move."""
    import tensorflow as tf

    def function(x: Tensor, y: Tensor) -> Tensor:
        sloped = x - y * tf.stop_gradient(tf.sign(x / y) * tf.floor(tf.abs(x / y)))
        return sloped + tf.stop_gradient(run_op(op, [x, y])[0] - sloped)

    left, right = inputs
    return [_of_two(function, left, right, jumps=True)]


def _bucketize(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    import tensorflow as tf

    def function(x: Tensor) -> Tensor:
        return tf.cast(run_op(op, [x])[0], x.dtype)

    return [primitives.elementwise(function, inputs[0], smooth=False, jumps=True)]


SMOOTH = scalar()
KINKED = scalar(smooth=False)
STEP = scalar(jumps=True)

RULES: dict[str, Rule] = {
    "Relu": closed(primitives.relu),
    "Tanh": closed(primitives.tanh),
    "Sigmoid": closed(primitives.sigmoid),
    **dict.fromkeys(
        (
            "Exp",
            "Expm1",
            "Log",
            "Log1p",
            "Softplus",
            "Softsign",
            "Erf",
            "Erfc",
            "Erfinv",
            "Ndtri",
            "Square",
            "Sqrt",
            "Rsqrt",
            "Reciprocal",
            "Inv",
            "Pow",
            "Sin",
            "Cos",
            "Tan",
            "Sinh",
            "Cosh",
            "Asin",
            "Acos",
            "Atan",
            "Asinh",
            "Acosh",
            "Atanh",
            "Atan2",
            "Lgamma",
            "Digamma",
            "BesselI0",
            "BesselI0e",
            "BesselI1",
            "BesselI1e",
            "BesselJ0",
            "BesselJ1",
            "BesselK0",
            "BesselK1",
            "Dawsn",
            "Expint",
            "FresnelCos",
            "FresnelSin",
            "Spence",
            "Xlogy",
            "Xlog1py",
            "Xdivy",
            "Zeta",
            "Polygamma",
            "Igamma",
            "Igammac",
        ),
        SMOOTH,
    ),
    **dict.fromkeys(
        ("Relu6", "LeakyRelu", "Elu", "Selu", "Abs", "Maximum", "Minimum", "NextAfter"), KINKED
    ),
    **dict.fromkeys(
        (
            "Sign",
            "Floor",
            "Ceil",
            "Round",
            "Rint",
            "FloorMod",
            "FloorDiv",
            "TruncateDiv",
            "Less",
            "LessEqual",
            "Greater",
            "GreaterEqual",
            "Equal",
            "NotEqual",
            "IsNan",
            "IsInf",
            "IsFinite",
        ),
        STEP,
    ),
    "Cast": Rule(_cast, kind="linear"),
    "ClipByValue": Rule(_clip, kind="secant"),
    "Select": Rule(_select, kind="choice"),
    "SelectV2": Rule(_select, kind="choice"),
    "LogicalNot": Rule(_not, kind="linear"),
    "LogicalAnd": Rule(_and, kind="product"),
    "LogicalOr": Rule(_or, kind="product"),
    "OneHot": Rule(_one_hot, (0,), kind="step"),
    **dict.fromkeys(("Mod", "TruncateMod"), Rule(_remainder, kind="step")),
    "Betainc": replace(SMOOTH, operands=(2,), accepts=lambda op: None),
    "Bucketize": Rule(_bucketize, kind="step"),
    "ComplexAbs": Rule(_modulus, kind="secant"),
    "Angle": Rule(_modulus, kind="secant"),
}
