"""What a rule is, and the makers that nearly every rule comes from.

A rule says how an op acts on values that vary with the input. A maker's arguments name the places
of the operands that may vary; what does not vary is passed through as it is.

Booleans and integers that vary are carried as floats, so that their share of a change can be
handed on: a comparison is a step function, with a secant like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shapviz.explainers.deep import paths, primitives
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

EXACT = "exact"
STRAIGHT = "straight path"
PROJECTED = "straight path, residual projected"
LOCAL = "local integrated gradients, residual projected"


def _at_most_two(op: Any) -> str | None:
    return "it has more than two operands" if len(op.inputs) > 2 else None


def _everything(op: Any, varying: Sequence[bool]) -> list[bool]:
    return [True] * len(op.outputs)


@dataclass(frozen=True)
class Rule:
    """How one kind of op is replayed on pairs.

    Attributes
    ----------
    apply : callable
        See `Apply`.
    operands : tuple of int or None
        Positions of the inputs that may vary; negative ones count from the end, None means all.
    accepts : callable op → str or None
        What about this op's attributes the rule cannot handle, or None.
    varies : callable (op, flags of inputs) → flags of outputs
        Which outputs vary; the others are handed on as they are at the sample.
    kind, exactness : str
        Words for docs/op-rules.md.
    """

    apply: Apply
    operands: tuple[int, ...] | None = None
    accepts: Callable[[Any], str | None] = lambda op: None
    varies: Callable[[Any, Sequence[bool]], list[bool]] = _everything
    kind: str = "composition"
    exactness: str = EXACT

    def objection(self, op: Any, varying: Sequence[bool]) -> str | None:
        """Why this op, with these inputs varying, is outside the rule; None when it is inside."""
        if self.operands is not None:
            allowed = {i % len(varying) for i in self.operands if i < len(varying)}
            stray = [i for i, varies in enumerate(varying) if varies and i not in allowed]
            if stray:
                return f"its input {stray[0]} depends on the model's input"
        return self.accepts(op)


def halves(op: Any, inputs: Sequence[Value], notes: list[Tensor], **changes: Any) -> list[Value]:
    """The op on both halves alike, with some attributes changed."""
    high = run_op(op, [sample_half(value) for value in inputs], **changes)
    low = run_op(op, [baseline_half(value) for value in inputs], **changes)
    return [Pair(x, b) for x, b in zip(high, low, strict=True)]


def linear(*operands: int) -> Rule:
    """An op that is linear (or affine) in the operands at these places, all places if none."""
    return Rule(halves, operands or None, kind="linear")


def first_output(rule: Rule) -> Rule:
    """The rule, for an op whose other outputs do not depend on what varies."""

    def varies(op: Any, varying: Sequence[bool]) -> list[bool]:
        return [True] + [False] * (len(op.outputs) - 1)

    return replace(rule, varies=varies)


def handed_on() -> Rule:
    """An op that is the identity: handed on, not replayed.

    A replayed StopGradient would stop the multipliers as well.
    """

    def varies(op: Any, varying: Sequence[bool]) -> list[bool]:
        return list(varying)[: len(op.outputs)]

    return Rule(
        lambda op, inputs, notes: list(inputs)[: len(op.outputs)], varies=varies, kind="identity"
    )


def as_float(value: Tensor, like: Tensor) -> Tensor:
    """The value, in the float type of `like` if it is an integer or a boolean."""
    import tensorflow as tf

    return value if value.dtype.is_floating else tf.cast(value, like.dtype)


def scalar(*, smooth: bool = True, jumps: bool = False) -> Rule:
    """An elementwise op of one or two varying operands; the others may broadcast."""

    def apply(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
        import tensorflow as tf

        places = [i for i, value in enumerate(inputs) if is_pair(value)]

        def function(*varying: Tensor) -> Tensor:
            replaced = [
                varying[places.index(i)] if i in places else tf.cast(value, varying[0].dtype)
                for i, value in enumerate(inputs)
            ]
            return as_float(run_op(op, replaced)[0], varying[0])

        pairs = [inputs[i] for i in places]
        how = primitives.elementwise if len(pairs) == 1 else primitives.two_player
        return [how(function, *pairs, smooth=smooth and not jumps, jumps=jumps)]

    return Rule(apply, accepts=_at_most_two, kind="step" if jumps else "secant")


def closed(primitive: Callable[[Pair], Pair]) -> Rule:
    """An elementwise op of one operand whose secant has a closed form."""
    return Rule(lambda op, inputs, notes: [primitive(inputs[0])], kind="secant")


def product(left: int = 0, right: int = 1) -> Rule:
    """An op that is linear in each of two operands, given whatever else it takes."""

    def apply(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
        def function(first: Tensor, second: Tensor) -> Tensor:
            replaced = list(inputs)
            replaced[left], replaced[right] = first, second
            return run_op(op, replaced)[0]

        if len(inputs) == 1:
            return halves(op, inputs, notes)
        return [primitives.bilinear(function, inputs[left], inputs[right])]

    return Rule(apply, (left, right), kind="product")


def path(primitive: Callable[[Pair], tuple[Pair, Tensor]]) -> Rule:
    """An op over the last axis, by the straight path of its operand."""

    def apply(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
        pair, residual = primitive(inputs[0])
        notes.append(residual)
        return [pair]

    return Rule(apply, kind="path", exactness=PROJECTED)


def quadrature(
    core: int, *operands: int, by: Callable[[Sequence[Tensor]], list[Tensor]] | None = None
) -> Rule:
    """A smooth op without a closed form, by local integrated gradients on its varying operands.

    Parameters
    ----------
    core : int
        How many of the last axes the op mixes; the ones before are independent of each other.
    *operands : int
        Places that may vary, all if none.
    by : callable, optional
        The same in ops that can be differentiated, where the op itself cannot.
    """

    def apply(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
        import tensorflow as tf

        # Singular vectors that nobody asked for are empty.
        empty = [0 in (tensor.shape if tensor.shape.rank else ()) for tensor in op.outputs]

        def function(arguments: Sequence[Tensor]) -> list[Tensor]:
            like = next(value for value in arguments if value.dtype.is_floating)
            outputs = zip(by(arguments) if by else run_op(op, arguments), empty, strict=True)
            return [as_float(out, like) for out, left_out in outputs if not left_out]

        found, residual = paths.quadrature(function, inputs, paths.over_last(core))
        notes.append(residual)
        pairs = iter(found)
        return [
            tf.zeros(tensor.shape, tensor.dtype) if left_out else next(pairs)
            for tensor, left_out in zip(op.outputs, empty, strict=True)
        ]

    return Rule(apply, operands or None, kind="quadrature", exactness=LOCAL)
