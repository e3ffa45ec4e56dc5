"""The table of rules for tensors that cannot be differentiated: how each op moves their shares.

Four kinds: `MOVES` put entries elsewhere and do the same to shares; `EACH` works entry by entry;
`SUMS` and `ALL_OF` merge entries, whose shares are averaged by what each of them changed; the rest
is where floats are made: lookups, one-hot rows, counts, selections. Text that is split makes rows
of unequal length, which no longer tell positions: they are carried whole, for a single column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shapviz.explainers.deep import primitives
from shapviz.explainers.deep.entries import (
    Discrete,
    changed,
    counted,
    discretised,
    emerged,
    entered,
    weighted_share,
)
from shapviz.explainers.deep.pair import (
    Pair,
    Tensor,
    Value,
    baseline_half,
    sample_half,
)
from shapviz.explainers.deep.replay import run_op

Apply = Callable[[Any, list[Value]], list[Value]]


@dataclass(frozen=True)
class DiscreteRule:
    """How an op acts on discrete tensors.

    Attributes
    ----------
    apply : callable (op, inputs) → outputs
    operands : tuple of int or None
        Positions of the inputs that may be discrete; None means all.
    accepts : callable op → str or None
        What about this op the rule cannot handle, or None.
    outputs : tuple of int or None
        Positions of the outputs that vary; None means all.
    """

    apply: Apply
    operands: tuple[int, ...] | None = None
    accepts: Callable[[Any], str | None] = lambda op: None
    outputs: tuple[int, ...] | None = None


def _ends(op: Any, inputs: Sequence[Value]) -> tuple[list[Tensor], list[Tensor]]:
    """The op at the samples and at the baselines."""
    high = run_op(op, [sample_half(value) for value in inputs])
    low = run_op(op, [baseline_half(value) for value in inputs])
    for half in (high, low):
        for tensor, traced in zip(half, op.outputs, strict=True):
            tensor.set_shape(traced.shape)
    return high, low


def _straight(inputs: Sequence[Value]) -> bool:
    return any(isinstance(value, Discrete) and value.straight for value in inputs)


def _shares_of(value: Value) -> Tensor:
    """What moves along with a tensor: its share, zeros for one that does not vary."""
    import tensorflow as tf

    if isinstance(value, Pair):
        return discretised(value).share
    return tf.zeros(tf.shape(value), tf.float64)


def _move(*places: int) -> DiscreteRule:
    """An op that puts entries elsewhere; all inputs hold entries if no places are given."""

    def apply(op: Any, inputs: list[Value]) -> list[Value]:
        high, low = _ends(op, inputs)
        data = [i % len(inputs) for i in places] or list(range(len(inputs)))
        shares = run_op(
            op, [_shares_of(value) if i in data else value for i, value in enumerate(inputs)]
        )
        straight = _straight(inputs)
        return [Discrete(*parts, straight) for parts in zip(high, low, shares, strict=True)]

    return DiscreteRule(apply, places or None)


def _concat(op: Any, inputs: list[Value]) -> list[Value]:
    """All but the last input, which is the axis."""
    high, low = _ends(op, inputs)
    shares = run_op(op, [*map(_shares_of, inputs[:-1]), inputs[-1]])
    return [Discrete(high[0], low[0], shares[0], _straight(inputs))]


def _pad(op: Any, inputs: list[Value]) -> list[Value]:
    """Padded entries are constants, whose share matters to nobody."""
    import tensorflow as tf

    high, low = _ends(op, inputs)
    share = tf.pad(_shares_of(inputs[0]), inputs[1])
    return [Discrete(high[0], low[0], share, _straight(inputs))]


def _share_of_all(inputs: Sequence[Value]) -> Tensor:
    """Of what is made entry by entry of several: shares averaged by what each of them changed."""
    parts = [discretised(value) for value in inputs if isinstance(value, Pair)]
    if len(parts) == 1:
        return parts[0].share
    return weighted_share([(changed(part), part.share) for part in parts])


def _each(op: Any, inputs: list[Value]) -> list[Value]:
    high, low = _ends(op, inputs)
    share = _share_of_all(inputs)
    if op.type == "Cast":
        # Floats that are whole numbers yet: encodings cast them back.
        return [Discrete(high[0], low[0], share, _straight(inputs))]
    return [emerged(high[0], low[0], share, _straight(inputs))]


def _sum(op: Any, inputs: list[Value]) -> list[Value]:
    """Linear in whole numbers: shares by each entry's own signed part."""
    import tensorflow as tf

    high, low = _ends(op, inputs)
    value = discretised(inputs[0])
    step = tf.cast(value.sample, tf.float64) - tf.cast(value.baseline, tf.float64)
    weighted = run_op(op, [step * value.share, *inputs[1:]])[0]
    total = run_op(op, [step, *inputs[1:]])[0]
    share = primitives.divide(weighted, total, tf.zeros_like(total))
    return [emerged(high[0], low[0], share, value.straight)]


def _all_of(op: Any, inputs: list[Value]) -> list[Value]:
    """Any, all, the largest: shares equally among the entries that changed."""
    import tensorflow as tf

    high, low = _ends(op, inputs)
    value = discretised(inputs[0])
    keep = op.type not in ("ArgMax", "ArgMin") and op.get_attr("keep_dims")
    weight = changed(value)
    total = tf.reduce_sum(weight, inputs[1], keepdims=keep)
    weighted = tf.reduce_sum(weight * value.share, inputs[1], keepdims=keep)
    share = primitives.divide(weighted, total, tf.zeros_like(total))
    return [emerged(high[0], low[0], share, value.straight)]


def _lookup(op: Any, inputs: list[Value]) -> list[Value]:
    """Rows of a table by discrete positions, or discrete entries picked by constant positions.

    A table of floats that varies as well is the other of two players: each has what it changes on
    average over both ends of the other.
    """
    import tensorflow as tf

    table, places = inputs[0], inputs[1]
    if not isinstance(places, Discrete):
        return _move(0).apply(op, inputs)
    if isinstance(table, Pair):
        middle = tf.stop_gradient(table.sample) / 2 + table.baseline / 2
        moved: Any = _lookup(op, [middle, *inputs[1:]])[0]
        of_table = [
            run_op(op, [table.sample, half, *inputs[2:]])[0]
            for half in (places.sample, places.baseline)
        ]
        carrier = moved.sample + sum(of_table) / 2
        (low,) = run_op(op, [table.baseline, places.baseline, *inputs[2:]])
        value = tf.stop_gradient(of_table[0])
        return [Pair(value + (carrier - tf.stop_gradient(carrier)), low)]
    high, low = _ends(op, inputs)
    axis = int(tf.get_static_value(inputs[2])) if len(inputs) > 2 else 0
    rank = high[0].shape.rank - places.share.shape.rank + 1
    axis %= rank
    index = (None,) * axis + (slice(None),) * places.share.shape.rank
    share = places.share[index + (None,) * (rank - 1 - axis)]
    return [emerged(high[0], low[0], share, places.straight)]


def _lookup_accepts(op: Any) -> str | None:
    import tensorflow as tf

    if op.get_attr("batch_dims"):
        return "it looks up with batch dimensions"
    if len(op.inputs) > 2 and tf.get_static_value(op.inputs[2]) is None:
        return "its axis is not a constant"
    return None


def _cross(op: Any, inputs: list[Value]) -> list[Value]:
    """Columns crossed to one: where each row holds its number never varies, only the numbers do."""
    import tensorflow as tf

    high, low = _ends(op, inputs)
    share = tf.reshape(_share_of_all(inputs), [-1])
    return [high[0], Discrete(high[1], low[1], share, _straight(inputs)), high[2]]


def _cross_accepts(op: Any) -> str | None:
    if all(tensor.shape.rank == 2 and tensor.shape[1] == 1 for tensor in op.inputs):
        return None
    return "it crosses columns of several entries"


def _dense(op: Any, inputs: list[Value]) -> list[Value]:
    import tensorflow as tf

    high, low = _ends(op, inputs)
    places, shape, values, _ = inputs
    share = run_op(op, [places, shape, _shares_of(values), tf.zeros([], tf.float64)])[0]
    share.set_shape(op.outputs[0].shape)
    return [Discrete(high[0], low[0], share, _straight(inputs))]


def _one_hot(op: Any, inputs: list[Value]) -> list[Value]:
    import tensorflow as tf

    high, low = _ends(op, inputs)
    index: Any = inputs[0]
    share = tf.expand_dims(index.share, op.get_attr("axis"))
    return [emerged(high[0], low[0], share, index.straight)]


def _count(op: Any, inputs: list[Value]) -> list[Value]:
    """How often each number occurs in a row: a place's share goes where it counts."""
    import tensorflow as tf

    ids: Any = inputs[0]
    size = sample_half(inputs[1])
    rest = [size, *inputs[2:]]
    high, low = (run_op(op, [half, *rest])[0] for half in (ids.sample, ids.baseline))
    width, rows = tf.cast(size, tf.int32), tf.shape(ids.sample)[0]

    def spread(half: Tensor, amount: Tensor) -> Tensor:
        column = tf.minimum(tf.cast(half, tf.int32), width)
        row = tf.broadcast_to(tf.range(rows)[:, None], tf.shape(column))
        table = tf.scatter_nd(tf.stack([row, column], -1), amount, [rows, width + 1])
        return table[:, :-1]

    weighted = spread(ids.sample, ids.share) - spread(ids.baseline, ids.share)
    if not op.get_attr("binary_output"):
        # Linear in what each place counts, also where one comes and another goes.
        return [counted(high, low, weighted, ids.straight)]
    one = tf.ones_like(ids.share)
    total = spread(ids.sample, one) - spread(ids.baseline, one)
    share = primitives.divide(weighted, total, tf.zeros_like(total))
    return [emerged(high, low, share, ids.straight)]


def _count_accepts(op: Any) -> str | None:
    if op.inputs[0].shape.rank != 2:
        return "it counts over rows"
    if op.inputs[2].shape.rank != 1 or op.inputs[2].shape[0] != 0:
        return "it counts by weights"
    return None


def _select(op: Any, inputs: list[Value]) -> list[Value]:
    """A choice by a discrete condition between floats: two players more, by their midpoints."""
    import tensorflow as tf

    condition, left, right = inputs
    if not isinstance(condition, Discrete) or not op.outputs[0].dtype.is_floating:
        return _each(op, inputs)
    if op.type == "Select":
        missing = op.inputs[1].shape.rank - op.inputs[0].shape.rank
        grow = (..., *(None,) * missing)
        condition = Discrete(
            condition.sample[grow],
            condition.baseline[grow],
            condition.share[grow],
            condition.straight,
        )
    left_dtype = sample_half(left).dtype
    if condition.straight:
        same = tf.equal(condition.sample, condition.baseline)
        part = tf.cast(condition.share, left_dtype)
        upper = tf.where(condition.sample, left, right)
        lower = tf.where(condition.baseline, left, right)
        # Where nothing is chosen anew, infinities on the other side must not be multiplied.
        way = tf.where(same, tf.zeros_like(upper), upper - lower)
        return [tf.where(same, upper, lower + part * way)]
    on, was_on = (tf.cast(half, left_dtype) for half in (condition.sample, condition.baseline))
    chosen = entered(on, was_on, condition.share, straight=False)
    return [primitives.select(chosen, left, right)]


MOVES: dict[str, DiscreteRule] = {
    **dict.fromkeys(
        (
            "Identity",
            "StopGradient",
            "Reshape",
            "Transpose",
            "Squeeze",
            "ExpandDims",
            "Slice",
            "StridedSlice",
            "Tile",
            "BroadcastTo",
            "ReverseV2",
            "GatherNd",
            "SplitV",
            "Unpack",
            "EnsureShape",
            "Roll",
        ),
        _move(0),
    ),
    "Split": _move(1),
    "Pack": _move(),
    "ConcatV2": DiscreteRule(_concat),
    "Pad": DiscreteRule(_pad, (0,)),
    "PadV2": DiscreteRule(_pad, (0,)),
}

EACH = (
    "Cast",
    "Equal",
    "NotEqual",
    "Less",
    "LessEqual",
    "Greater",
    "GreaterEqual",
    "LogicalAnd",
    "LogicalOr",
    "LogicalNot",
    "LogicalXor",
    "AddV2",
    "Add",
    "Sub",
    "Mul",
    "Neg",
    "Abs",
    "Sign",
    "FloorDiv",
    "TruncateDiv",
    "FloorMod",
    "Mod",
    "Maximum",
    "Minimum",
    "Square",
    "BitwiseAnd",
    "BitwiseOr",
    "BitwiseXor",
    "LeftShift",
    "RightShift",
    "Bucketize",
    "AsString",
    "StringLower",
    "StringUpper",
    "StringStrip",
    "StringLength",
    "StringJoin",
    "StringToNumber",
    "StaticRegexReplace",
    "RegexReplace",
    "StaticRegexFullMatch",
    "Substr",
    "StringToHashBucket",
    "StringToHashBucketFast",
    "StringToHashBucketStrong",
    "IsNan",
    "IsInf",
    "IsFinite",
    "RealDiv",
)
"""Ops that work entry by entry."""

DISCRETE: dict[str, DiscreteRule] = {
    **MOVES,
    **dict.fromkeys(EACH, DiscreteRule(_each)),
    "LookupTableFindV2": DiscreteRule(_each, (1,)),
    **dict.fromkeys(("Sum", "Cumsum"), DiscreteRule(_sum, (0,))),
    **dict.fromkeys(
        ("Any", "All", "Max", "Min", "Prod", "ArgMax", "ArgMin"), DiscreteRule(_all_of, (0,))
    ),
    "SparseCross": DiscreteRule(_cross, accepts=_cross_accepts, outputs=(1,)),
    "SparseToDense": DiscreteRule(_dense, (2,)),
    **dict.fromkeys(("GatherV2", "ResourceGather"), DiscreteRule(_lookup, (0, 1), _lookup_accepts)),
    "OneHot": DiscreteRule(_one_hot, (0,)),
    "DenseBincount": DiscreteRule(_count, (0, 1), _count_accepts),
    **dict.fromkeys(("Select", "SelectV2"), DiscreteRule(_select)),
}
"""Op type → how it acts on discrete tensors."""
