"""The table of rules: one line an op. What is not in it is refused before anything is computed.

A rule says how an op acts on values that vary with the input. Three makers cover nearly all:
`linear` (both halves alike), `scalar` (elementwise, by its secant) and `product` (bilinear).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shapviz.explainers.deep import paths, primitives, windows
from shapviz.explainers.deep.pair import (
    Pair,
    Tensor,
    Value,
    baseline_half,
    is_pair,
    sample_half,
)
from shapviz.explainers.deep.replay import run_op

Apply = Callable[[Any, Sequence[Value], list[Tensor]], list[Value]]
"""(op, inputs, notes) → outputs; a rule with a quadrature appends its residual to `notes`."""


@dataclass(frozen=True)
class Rule:
    """How one kind of op is replayed on pairs.

    Attributes
    ----------
    apply : callable
        See `Apply`.
    operands : tuple of int or None
        Positions of the inputs that may vary; negative ones count from the end, None means all.
    only_one : bool
        Whether at most one input may vary.
    accepts : callable op → str or None
        What about this op's attributes the rule cannot handle, or None.
    """

    apply: Apply
    operands: tuple[int, ...] | None = None
    only_one: bool = False
    accepts: Callable[[Any], str | None] = lambda op: None

    def objection(self, op: Any, varying: Sequence[bool]) -> str | None:
        """Why this op, with these inputs varying, is outside the rule; None when it is inside."""
        places = [i for i, varies in enumerate(varying) if varies]
        if self.operands is not None:
            allowed = {i % len(varying) for i in self.operands}
            stray = [i for i in places if i not in allowed]
            if stray:
                return f"its input {stray[0]} depends on the model's input"
        if self.only_one and len(places) > 1:
            return "several of its inputs depend on the model's input"
        return self.accepts(op)


def _halves(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    high = run_op(op, [sample_half(value) for value in inputs])
    low = run_op(op, [baseline_half(value) for value in inputs])
    return [Pair(x, b) for x, b in zip(high, low, strict=True)]


def linear(*operands: int) -> Rule:
    """An op that is linear (or affine) in the operands at these places, all places if none."""
    return Rule(_halves, operands or None)


def _same(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    return list(inputs)


def scalar(*, smooth: bool = True) -> Rule:
    """An elementwise op with one varying operand; the others may broadcast."""

    def apply(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
        import tensorflow as tf

        place = next(i for i, value in enumerate(inputs) if is_pair(value))

        def function(varying: Tensor) -> Tensor:
            replaced = [
                varying if i == place else tf.cast(value, varying.dtype)
                for i, value in enumerate(inputs)
            ]
            return run_op(op, replaced)[0]

        return [primitives.elementwise(function, inputs[place], smooth=smooth)]

    return Rule(apply, only_one=True)


def closed(primitive: Callable[[Pair], Pair]) -> Rule:
    """An elementwise op of one operand whose secant has a closed form."""
    return Rule(lambda op, inputs, notes: [primitive(inputs[0])])


def product(left: int = 0, right: int = 1) -> Rule:
    """An op that is linear in each of two operands, given whatever else it takes."""

    def apply(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
        def function(first: Tensor, second: Tensor) -> Tensor:
            replaced = list(inputs)
            replaced[left], replaced[right] = first, second
            return run_op(op, replaced)[0]

        return [primitives.bilinear(function, inputs[left], inputs[right])]

    return Rule(apply, (left, right))


def path(primitive: Callable[[Pair], tuple[Pair, Tensor]]) -> Rule:
    """An op over the last axis, by the straight path of its operand."""

    def apply(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
        pair, residual = primitive(inputs[0])
        notes.append(residual)
        return [pair]

    return Rule(apply)


def _quotient(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    import tensorflow as tf

    above, below = inputs
    if not is_pair(below):
        return _halves(op, inputs, notes)
    inverse = primitives.elementwise(tf.math.reciprocal, below)
    return [primitives.bilinear(tf.multiply, above, inverse)]


def _squared_difference(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    import tensorflow as tf

    left, right = inputs
    apart = Pair(sample_half(left) - sample_half(right), baseline_half(left) - baseline_half(right))
    return [primitives.elementwise(tf.square, apart)]


def _no_training(op: Any) -> str | None:
    return "it runs in training mode" if op.get_attr("is_training") else None


def _normalise(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    # Only the first output is a function of the input; the rest repeat the moving statistics.
    both = _halves(op, inputs, notes)
    return [both[0], *(sample_half(value) for value in both[1:])]


LINEAR = linear()
DATA = linear(0)
PRODUCT = product()
SMOOTH = scalar()
KINKED = scalar(smooth=False)

RULES: dict[str, Rule] = {
    # Sums and moves: the same on both halves.
    **dict.fromkeys(
        (
            "Identity",
            "IdentityN",
            "StopGradient",
            "PreventGradient",
            "Snapshot",
            "CheckNumerics",
            "EnsureShape",
        ),
        # Handed on, not replayed: a replayed StopGradient would stop the multipliers as well.
        Rule(_same),
    ),
    **dict.fromkeys(("Add", "AddV2", "Sub", "AddN", "BiasAdd", "Neg", "Pack"), LINEAR),
    **dict.fromkeys(
        (
            "Reshape",
            "Transpose",
            "Squeeze",
            "ExpandDims",
            "Slice",
            "StridedSlice",
            "Pad",
            "MirrorPad",
            "Sum",
            "Mean",
            "Cast",
            "Tile",
            "BroadcastTo",
            "GatherV2",
            "GatherNd",
            "SplitV",
            "Unpack",
            "ReverseV2",
            "SpaceToBatchND",
            "BatchToSpaceND",
            "SpaceToDepth",
            "DepthToSpace",
            "AvgPool",
            "AvgPool3D",
            "ResizeBilinear",
            "ResizeNearestNeighbor",
            "ResizeBicubic",
            "MatrixDiagPartV3",
        ),
        DATA,
    ),
    "ConcatV2": Rule(_halves),
    "PadV2": linear(0, 2),
    "Split": linear(1),
    "FusedBatchNormV3": Rule(_normalise, (0,), accepts=_no_training),
    # Products: linear in each operand.
    **dict.fromkeys(
        (
            "Mul",
            "MatMul",
            "BatchMatMul",
            "BatchMatMulV2",
            "BatchMatMulV3",
            "Conv2D",
            "Conv3D",
            "DepthwiseConv2dNative",
        ),
        PRODUCT,
    ),
    "Conv2DBackpropInput": product(1, 2),
    "Conv3DBackpropInputV2": product(1, 2),
    **dict.fromkeys(("RealDiv", "Div"), Rule(_quotient)),
    "SquaredDifference": Rule(_squared_difference),
    # Elementwise, one operand varying.
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
            "Atan",
            "Asinh",
        ),
        SMOOTH,
    ),
    **dict.fromkeys(("Relu6", "LeakyRelu", "Elu", "Selu", "Abs", "Maximum", "Minimum"), KINKED),
    # Several operands at once, by their straight path.
    "Softmax": path(paths.softmax),
    "LogSoftmax": path(paths.log_softmax),
    "Max": Rule(windows.reduce_max, (0,), accepts=windows.unusual_axes),
    "MaxPool": Rule(windows.max_pool, (0,), accepts=windows.unusual_layout),
    "MaxPool3D": Rule(windows.max_pool, (0,), accepts=windows.unusual_layout),
}
"""Op type → rule."""

VALUE_FREE = frozenset({"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike"})
"""Ops whose outputs depend on their inputs' shapes alone, so that nothing passes through them."""
