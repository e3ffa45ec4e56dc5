"""Ops that are linear in each of two operands, and quotients and squares made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shapviz.explainers.deep import dilation, primitives
from shapviz.explainers.deep.pair import Pair, Tensor, Value, baseline_half, is_pair, sample_half
from shapviz.explainers.deep.rules.makers import Rule, halves, product


def _quotient(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    import tensorflow as tf

    above, below = inputs
    if not is_pair(below):
        return halves(op, inputs, notes)
    function = tf.math.divide_no_nan if op.type == "DivNoNan" else tf.divide
    if op.outputs[0].dtype.is_complex:
        # A complex number over its squared modulus is its conjugate's reciprocal.
        function = tf.divide
    inverse = primitives.elementwise(lambda x: function(tf.ones_like(x), x), below)
    return [primitives.bilinear(tf.multiply, above, inverse)]


def _squared_difference(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    import tensorflow as tf

    left, right = inputs
    apart = Pair(sample_half(left) - sample_half(right), baseline_half(left) - baseline_half(right))
    return [primitives.elementwise(tf.square, apart)]


SLOPES: dict[str, Callable[[Tensor], Tensor]] = {
    "TanhGrad": lambda y: 1 - y * y,
    "SigmoidGrad": lambda y: y * (1 - y),
    "SqrtGrad": lambda y: 0.5 / y,
    "RsqrtGrad": lambda y: -0.5 * y**3,
    "ReciprocalGrad": lambda y: -y * y,
    "InvGrad": lambda y: -y * y,
}
"""Gradients within a model: a function of the answer, times the gradient that comes in."""


def _slope(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    import tensorflow as tf

    function, (answer, upstream) = SLOPES[op.type], inputs
    factor = (
        primitives.elementwise(function, answer) if isinstance(answer, Pair) else function(answer)
    )
    return [primitives.bilinear(tf.multiply, factor, upstream)]


def _real(op: Any) -> str | None:
    return "its numbers are complex" if op.outputs[0].dtype.is_complex else None


CONVOLUTION = Rule(dilation.convolution, (0, 1), kind="product")

RULES: dict[str, Rule] = {
    **dict.fromkeys(
        (
            "Mul",
            "MulNoNan",
            "MatMul",
            "BatchMatMul",
            "BatchMatMulV2",
            "BatchMatMulV3",
            "Einsum",
            "Cross",
        ),
        product(),
    ),
    **dict.fromkeys(SLOPES, Rule(_slope, accepts=_real, kind="product")),
    **dict.fromkeys(("Conv2D", "Conv3D", "DepthwiseConv2dNative"), CONVOLUTION),
    **dict.fromkeys(
        ("Conv2DBackpropInput", "Conv3DBackpropInputV2", "DepthwiseConv2dNativeBackpropInput"),
        product(1, 2),
    ),
    **dict.fromkeys(
        ("RealDiv", "Div", "DivNoNan"), Rule(_quotient, accepts=_real, kind="quotient")
    ),
    "SquaredDifference": Rule(_squared_difference, accepts=_real, kind="secant"),
}
