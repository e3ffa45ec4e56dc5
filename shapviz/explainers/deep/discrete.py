"""Following what cannot be differentiated through the graph: beforehand by marks, then by values.

`flow` and `apply` are the two faces of one decision; the table they go by is in `discrete_rules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from shapviz.explainers.deep.discrete_rules import DISCRETE, MOVES
from shapviz.explainers.deep.entries import (
    Discrete,
    Mark,
    Ragged,
    at_last,
    discretised,
    emerged,
)
from shapviz.explainers.deep.pair import Tensor, Value, is_pair, sample_half
from shapviz.explainers.deep.replay import run_op
from shapviz.explainers.deep.trace import Body

Flag = bool | Mark

FROM_FLOATS = frozenset(
    [
        "Bucketize",
        "IsNan",
        "IsInf",
        "IsFinite",
        "Equal",
        "NotEqual",
        "Less",
        "LessEqual",
        "Greater",
        "GreaterEqual",
    ]
)
"""Ops whose answer is discrete though their inputs may be floats."""

EVENING = frozenset({"RaggedTensorToTensor", "RaggedBincount"})
"""Ops that make rows of one length out of ragged ones."""

SHAPES = frozenset({"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike"})


PICKS = ("GatherV2", "ResourceGather", "LookupTableFindV2", "DenseBincount")
"""Ops with places, keys or classes among their inputs."""


def picks(op: Any, varies: Sequence[bool]) -> bool:
    """Whether the op looks something up by numbers that vary."""
    return op.type in PICKS and any(
        flag and not tensor.dtype.is_floating
        for tensor, flag in zip(op.inputs, varies, strict=True)
    )


def cuts(op: Any) -> bool:
    """Whether the op turns floats into whole numbers, which may then pick something."""
    return op.outputs[0].dtype.is_integer and (
        op.type == "Bucketize" or (op.type == "Cast" and op.inputs[0].dtype.is_floating)
    )


def makes_discrete(op: Any) -> bool:
    """Whether the op turns floats into numbers that cannot be differentiated."""
    floats_out = any(tensor.dtype.is_floating for tensor in op.outputs)
    return (op.type in FROM_FLOATS or op.type == "Cast") and not floats_out


def discretises_at_once(body: Body) -> bool:
    """Whether entries of the first input are cut into bins or compared as they are."""
    marked = {body.inputs[0].name}
    for op in body.ops:
        if not any(tensor.name in marked for tensor in op.inputs):
            continue
        if op.type in MOVES:
            marked.update(tensor.name for tensor in op.outputs)
        elif makes_discrete(op):
            return True
    return False


def _lone(tensor: Tensor) -> bool:
    """Whether each row of the tensor is a single entry."""
    shape = tensor.shape
    return bool(shape.rank) and shape[0] is None and prod(size or 0 for size in shape[1:]) == 1


def flow(op: Any, flags: Sequence[Flag]) -> list[Flag] | str:
    """How the op's outputs vary where an input is discrete; words for why it cannot be told.

    Parameters
    ----------
    op : tf.Operation
    flags : sequence of bool and Mark
        One for each input.
    """
    marks = [flag for flag in flags if isinstance(flag, Mark)]
    mark = Mark(any(m.straight for m in marks))
    marked = [t for t, flag in zip(op.inputs, flags, strict=True) if isinstance(flag, Mark)]
    if any(m.ragged for m in marks):
        floats_out = any(tensor.dtype.is_floating for tensor in op.outputs)
        if op.type in EVENING:
            return [mark.entered if floats_out else mark]
        if floats_out:
            return "rows of unequal length no longer tell positions"
        return [Mark(mark.straight, ragged=True)] * len(op.outputs)
    if op.type in SHAPES:
        return [False] * len(op.outputs)
    if op.type in MOVES:
        return [mark] * len(op.outputs)
    if op.type in DISCRETE:
        rule = DISCRETE[op.type]
        stray = [
            i
            for i, flag in enumerate(flags)
            if rule.operands is not None and i not in rule.operands and flag
        ]
        why = f"its input {stray[0]} depends on the model's input" if stray else rule.accepts(op)
        if why is None and op.type == "GatherV2" and flags[0] and flags[1]:
            # Every row must look up its own places, and in floats.
            own = op.inputs[1].shape.rank and op.inputs[1].shape[0] is None
            if isinstance(flags[0], Mark) or not own:
                why = "both the table and the place depend on the model's input"
        if why is not None:
            return why
        if op.type == "DenseBincount" and not op.get_attr("binary_output"):
            return [mark.entered]
        lazy = op.type == "Cast"
        return [
            (mark.entered if tensor.dtype.is_floating and not lazy else mark)
            if rule.outputs is None or place in rule.outputs
            else False
            for place, tensor in enumerate(op.outputs)
        ]
    if all(map(_lone, marked)) and not any(tensor.dtype.is_floating for tensor in marked):
        return [Mark(mark.straight, ragged=True)] * len(op.outputs)
    return "it cannot be told which position of the input its result comes from"


def apply(op: Any, inputs: list[Value]) -> list[Value]:
    """The op on discrete tensors, as `flow` has allowed it."""
    if any(isinstance(value, Ragged) for value in inputs) or (
        op.type not in DISCRETE
        and op.type not in SHAPES
        and any(isinstance(v, Discrete) and not v.sample.dtype.is_floating for v in inputs)
    ):
        return _unequal(op, inputs)
    if op.type in SHAPES:
        return run_op(op, [sample_half(value) for value in inputs])
    inputs = [_whole(value, t) for value, t in zip(inputs, op.inputs, strict=True)]
    return DISCRETE[op.type].apply(op, inputs)


def _whole(value: Value, traced: Tensor) -> Value:
    """A pair of numbers that stand for whole ones, as those."""
    import tensorflow as tf

    if not is_pair(value) or isinstance(value, Discrete) or traced.dtype == value.sample.dtype:
        return value
    found = discretised(value)
    high, low = (tf.cast(half, traced.dtype) for half in (found.sample, found.baseline))
    return Discrete(high, low, found.share, found.straight)


def _waits(op: Any, varies: bool) -> bool:
    """Whether floats made of whole numbers go through this op as what they were made of."""
    return (op.type in MOVES and not varies) or makes_discrete(op)


def settled_flags(op: Any, flags: Sequence[Flag]) -> list[Flag]:
    """Flags where floats that still wait for their first use have met it in this op."""
    if not any(isinstance(flag, Mark) for flag in flags) or _waits(op, True in flags):
        return list(flags)
    return [
        flag.entered
        if isinstance(flag, Mark) and tensor.dtype.is_floating and not flag.ragged
        else flag
        for tensor, flag in zip(op.inputs, flags, strict=True)
    ]


def settled(op: Any, inputs: list[Value]) -> list[Value]:
    """As `settled_flags`, for values."""
    pairs = any(is_pair(value) and not isinstance(value, Discrete) for value in inputs)
    if not any(isinstance(value, Discrete) for value in inputs) or _waits(op, pairs):
        return inputs
    return [at_last(value) for value in inputs]


def _unequal(op: Any, inputs: list[Value]) -> list[Value]:
    """The op on ragged rows, samples and baselines stacked."""
    import tensorflow as tf

    stacked, share, straight = [], None, False
    for value in inputs:
        if isinstance(value, Discrete):
            share, straight = tf.reshape(value.share, [-1]), value.straight
            value = tf.concat([value.sample, value.baseline], 0)
        elif isinstance(value, Ragged):
            share, straight = value.share, value.straight
            value = value.stacked
        stacked.append(value)
    outputs = run_op(op, stacked)
    for output, traced in zip(outputs, op.outputs, strict=True):
        output.set_shape(traced.shape)
    if op.type not in EVENING:
        return [Ragged(output, share, straight) for output in outputs]
    high, low = tf.split(outputs[0], 2, axis=0)
    wide = tf.reshape(share, [-1] + [1] * (high.shape.rank - 1))
    return [emerged(high, low, wide, straight)]
