"""Linear and affine ops and moves of data: the same on both halves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapviz.explainers.deep import projection
from shapviz.explainers.deep.pair import Pair, Tensor, Value, baseline_half, sample_half
from shapviz.explainers.deep.rules.makers import Rule, first_output, halves, handed_on, linear


def _no_training(op: Any) -> str | None:
    return "it runs in training mode" if op.get_attr("is_training") else None


def _list(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    """An op on a TensorList. Booleans and integers that vary are in it as floats."""
    import tensorflow as tf

    carried = op.get_attr("element_dtype")
    changes = {} if carried.is_floating or carried.is_complex else {"element_dtype": tf.float32}
    return halves(op, inputs, notes, **changes)


def _binned(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    """Weights summed by the number beside them; TensorFlow has no gradient for it."""
    import tensorflow as tf

    ids, size, weights = inputs

    def total(half: Tensor) -> Tensor:
        return tf.einsum("...j,...js->...s", half, tf.one_hot(ids, size, dtype=half.dtype))

    return [Pair(total(sample_half(weights)), total(baseline_half(weights)))]


def _updated(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    """A block put into a tensor, held within it as XLA does."""
    import tensorflow as tf

    whole, block, start = inputs
    room = tf.shape(sample_half(whole)) - tf.shape(sample_half(block))
    before = tf.clip_by_value(tf.cast(start, tf.int32), 0, room)
    margins = tf.stack([before, room - before], -1)
    taken = tf.pad(tf.ones_like(sample_half(block), tf.bool), margins)

    def put(half: Any) -> Tensor:
        return tf.where(taken, tf.pad(half(block), margins), half(whole))

    return [Pair(put(sample_half), put(baseline_half))]


def _by_weight(op: Any) -> str | None:
    return "it only says which numbers occur" if op.get_attr("binary_output") else None


DATA = linear(0)
LIST = Rule(_list, kind="linear")

RULES: dict[str, Rule] = {
    **dict.fromkeys(
        (
            "Identity",
            "IdentityN",
            "StopGradient",
            "PreventGradient",
            "Snapshot",
            "CheckNumerics",
            "EnsureShape",
            "OptimizationBarrier",
        ),
        handed_on(),
    ),
    **dict.fromkeys(
        ("Add", "AddV2", "Sub", "AddN", "BiasAdd", "BiasAddV1", "Neg", "Pack"), linear()
    ),
    **dict.fromkeys(
        (
            "Reshape",
            "Transpose",
            "ConjugateTranspose",
            "Squeeze",
            "ExpandDims",
            "Slice",
            "StridedSlice",
            "Pad",
            "MirrorPad",
            "Sum",
            "Mean",
            "Cumsum",
            "Tile",
            "BroadcastTo",
            "Gather",
            "GatherV2",
            "GatherNd",
            "SplitV",
            "Unpack",
            "Reverse",
            "ReverseV2",
            "ReverseSequence",
            "Roll",
            "SpaceToBatch",
            "SpaceToBatchND",
            "BatchToSpace",
            "BatchToSpaceND",
            "SpaceToDepth",
            "DepthToSpace",
            "AvgPool",
            "AvgPool3D",
            "ResizeBilinear",
            "ResizeNearestNeighbor",
            "ResizeBicubic",
            "ScaleAndTranslate",
            "CropAndResize",
            "ExtractImagePatches",
            "ExtractVolumePatches",
            "SegmentSum",
            "SegmentMean",
            "UnsortedSegmentSum",
            "SparseSegmentSum",
            "SparseSegmentMean",
            "DynamicPartition",
            "Diag",
            "DiagPart",
            "MatrixDiag",
            "MatrixDiagV2",
            "MatrixDiagPart",
            "MatrixDiagPartV2",
            "MatrixDiagPartV3",
            "MatrixBandPart",
            "Real",
            "Imag",
            "Conj",
            "FFT",
            "FFT2D",
            "FFT3D",
            "IFFT",
            "IFFT2D",
            "IFFT3D",
            "RFFT",
            "RFFT2D",
            "IRFFT",
            "IRFFT2D",
        ),
        DATA,
    ),
    **dict.fromkeys(("ConcatV2", "Complex", "DynamicStitch"), linear()),
    **dict.fromkeys(
        ("ImageProjectiveTransformV2", "ImageProjectiveTransformV3"),
        Rule(projection.projective, (0,), kind="linear"),
    ),
    "XlaDynamicUpdateSlice": Rule(_updated, (0, 1), kind="linear"),
    "DenseBincount": Rule(_binned, (2,), accepts=_by_weight, kind="linear"),
    "MatrixDiagV3": linear(0, 4),
    "MatrixSetDiag": linear(0, 1),
    "MatrixSetDiagV2": linear(0, 1),
    "MatrixSetDiagV3": linear(0, 1),
    "PadV2": linear(0, 2),
    "Fill": linear(1),
    "Split": linear(1),
    "Concat": linear(),
    "ScatterNd": linear(1),
    **dict.fromkeys(
        ("TensorScatterUpdate", "TensorScatterAdd", "TensorScatterSub", "ScatterNdNonAliasingAdd"),
        linear(0, 2),
    ),
    "TensorStridedSliceUpdate": linear(0, 4),
    "SparseTensorDenseMatMul": linear(1, 3),
    # Only the first output is a function of the input; the rest repeat the moving statistics.
    "FusedBatchNormV3": first_output(Rule(halves, (0,), accepts=_no_training, kind="linear")),
    # Lists of tensors, as loops keep them: a list that varies is a pair of lists.
    **dict.fromkeys(("TensorListSetItem", "TensorListPushBack", "TensorListResize"), linear()),
    "TensorListFromTensor": DATA,
    "TensorListScatterV2": DATA,
    "TensorListScatterIntoExistingList": linear(0, 1),
    "TensorListSplit": DATA,
    "TensorListGetItem": LIST,
    "TensorListGather": LIST,
    "TensorListStack": LIST,
    "TensorListPopBack": LIST,
    "TensorListConcatV2": first_output(LIST),
}
