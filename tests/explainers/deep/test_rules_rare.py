"""The remaining rules in one line each, most of them met as raw ops."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import numpy as np
import pytest

from shapviz.errors import UnsupportedOpError
from tests.explainers.deep.check_rule import check_eagerly, graph_of

tf = pytest.importorskip("tensorflow")
raw = tf.raw_ops
COVERAGE = Path(__file__).parents[2] / "coverage"
rng = np.random.default_rng(3)


def weights(*shape):
    """Weights that take the dtype of what they meet."""
    values = rng.normal(size=shape)
    return lambda x: tf.constant(values, x.dtype)


W, V, KERNEL, CUBE = weights(4, 4), weights(4, 4), weights(2, 2, 2, 3), weights(2, 2, 2, 1, 2)
HAIR = weights(2, 2, 2, 2)


def two(x):
    """Two tensors that both vary, of about the same size."""
    return x @ W(x), tf.tanh(x @ V(x))


def apart(x):
    """Two positive tensors that both vary, above one."""
    return 1.5 + tf.square(x @ W(x)) / 9, 1.2 + tf.sigmoid(x @ V(x))


def regular(x):
    """A well-conditioned matrix of a row of four."""
    return tf.reshape(x, [-1, 2, 2]) / 9 + tf.eye(2, dtype=x.dtype)


def symmetric(x):
    return (
        regular(x)
        + tf.linalg.matrix_transpose(regular(x))
        + tf.linalg.diag([0.0, 9.0] + 0 * x[:, :2])
    )


def wave(x):
    """A complex tensor of a row of eight."""
    return tf.complex(x[:, :4], x[:, 4:])


def seen(z):
    """Both parts of a complex tensor."""
    return tf.stack([tf.math.real(z), tf.math.imag(z)], -1)


def columns(x, width=None):
    """The transpose, for ops that pick along the first axis; of this width where it is lost."""
    return tf.ensure_shape(tf.transpose(x), [None, width]) if width else tf.transpose(x)


def of_one(name):
    """A raw op of one operand, whatever that is called."""
    return lambda x: getattr(raw, name)(**{signature_of(name): x})


def signature_of(name):
    return next(iter(inspect.signature(getattr(raw, name)).parameters))


def traced(function, x):
    """A function of tensors like this one, as an attribute of an op."""
    return tf.function(function, autograph=False).get_concrete_function(
        *[tf.TensorSpec(each.shape, each.dtype) for each in x]
    )


def listed(x):
    return raw.TensorListFromTensor(tensor=columns(x), element_shape=tf.constant([-1], tf.int32))


def stacked(handle, x):
    return columns(
        raw.TensorListStack(
            input_handle=handle, element_shape=tf.constant([-1], tf.int32), element_dtype=x.dtype
        ),
        4,
    )


SMOOTH = {
    **{
        name: of_one(name)
        for name in (
            "Asinh Atan Cos Cosh Sinh Erf Dawsn BesselI0 BesselI0e "
            "BesselI1 BesselI1e FresnelCos FresnelSin"
        ).split()
    },
    "Add": lambda x: raw.Add(x=two(x)[0], y=two(x)[1]),
    "AddN": lambda x: tf.add_n([x, *two(x)]),
    "Div": lambda x: raw.Div(x=two(x)[0], y=apart(x)[0]),
    "DivNoNan": lambda x: tf.math.divide_no_nan(two(x)[0], apart(x)[0]),
    "MulNoNan": lambda x: raw.MulNoNan(x=two(x)[0], y=two(x)[1]),
    "Xdivy": lambda x: tf.math.xdivy(two(x)[0], apart(x)[1]),
    "Xlog1py": lambda x: tf.math.xlog1py(two(x)[0], apart(x)[1]),
    "Igamma": lambda x: tf.math.igamma(*apart(x)),
    "Igammac": lambda x: tf.math.igammac(*apart(x)),
    "Polygamma": lambda x: tf.math.polygamma(tf.ones_like(x), apart(x)[0]),
    "Zeta": lambda x: tf.math.zeta(tf.ones_like(x) * 2, apart(x)[0]),
    "Betainc": lambda x: tf.math.betainc(*map(tf.ones_like, apart(x)), tf.sigmoid(x)) ** 2,
    "Cross": lambda x: tf.linalg.cross(two(x)[0][:, :3], two(x)[1][:, :3]),
    "BatchMatMul": lambda x: raw.BatchMatMul(x=regular(x), y=regular(tf.tanh(x))),
    "BatchMatMulV3": lambda x: raw.BatchMatMulV3(x=regular(x), y=regular(x) ** 2, Tout=x.dtype),
    "EuclideanNorm": lambda x: tf.math.reduce_euclidean_norm(x @ W(x), 1, keepdims=True),
    "CumulativeLogsumexp": lambda x: tf.math.cumulative_logsumexp(x, 1, exclusive=False),
    "UnsortedSegmentProd": lambda x: columns(
        tf.math.unsorted_segment_prod(columns(x), [0, 1, 0, 1], 2)
    ),
    "LogMatrixDeterminant": lambda x: tf.linalg.slogdet(regular(x))[1][:, None],
    "Qr": lambda x: tf.linalg.qr(regular(x))[1],
    "Svd": lambda x: tf.linalg.svd(regular(x) @ tf.linalg.diag(tf.constant([1, 5], x.dtype)))[0],
    "SelfAdjointEigV2": lambda x: tf.linalg.eigh(symmetric(x))[0],
    "MatrixTriangularSolve": lambda x: tf.linalg.triangular_solve(regular(x), regular(x**2)),
    "MatrixSolveLs": lambda x: raw.MatrixSolveLs(
        matrix=regular(x), rhs=regular(x**2), l2_regularizer=tf.constant(0.0, tf.float64)
    ),
    "SoftmaxCrossEntropyWithLogits": lambda x: tf.nn.softmax_cross_entropy_with_logits(
        labels=tf.nn.softmax(x @ V(x)), logits=x @ W(x)
    )[:, None],
    "SparseSoftmaxCrossEntropyWithLogits": lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=tf.zeros_like(x[:, 0], tf.int32) + 1, logits=x @ W(x)
    )[:, None],
    "TanhGrad": lambda x: raw.TanhGrad(y=apart(x)[1], dy=two(x)[0]),
    "SigmoidGrad": lambda x: raw.SigmoidGrad(y=apart(x)[1], dy=two(x)[0]),
    "SqrtGrad": lambda x: raw.SqrtGrad(y=apart(x)[1], dy=two(x)[0]),
    "RsqrtGrad": lambda x: raw.RsqrtGrad(y=apart(x)[1], dy=two(x)[0]),
    "ReciprocalGrad": lambda x: raw.ReciprocalGrad(y=apart(x)[1], dy=two(x)[0]),
    "InvGrad": lambda x: raw.InvGrad(y=apart(x)[1], dy=two(x)[0]),
    "MatrixSquareRoot": lambda x: tf.linalg.sqrtm(regular(x)),
    "Angle": lambda x: tf.math.angle(tf.complex(apart(x)[0], two(x)[1])),
    "Case": lambda x: raw.Case(
        branch_index=tf.shape(x)[1] - 3,
        input=[x],
        Tout=[x.dtype],
        branches=[traced(tf.sin, [x]), traced(tf.tanh, [x])],
        output_shapes=[x.shape],
    )[0],
}
"""Also held against the gradient where the difference is tiny."""

WITHIN = {
    **dict.fromkeys(["Acos", "Atanh"], (-0.9, 0.9)),
    "Ndtri": (0.05, 0.95),
    **dict.fromkeys(
        "BesselJ0 BesselJ1 BesselK0 BesselK1 Digamma Expint Inv Spence Tan".split(), (0.2, 1.3)
    ),
}
"""Functions of one operand, and where they are defined and smooth."""

STEPS = {
    **{name: of_one(name) for name in ["Ceil", "Rint"]},
    **{
        name: (lambda op: lambda x: tf.cast(op(x=two(x)[0], y=two(x)[1]), x.dtype))(
            getattr(raw, name)
        )
        for name in ["GreaterEqual", "LessEqual", "FloorDiv"]
    },
    "Equal": lambda x: tf.cast(raw.Equal(x=tf.round(x), y=tf.ones_like(x)), x.dtype),
    "IsInf": lambda x: tf.cast(tf.math.is_inf(x), x.dtype) + x,
    "IsNan": lambda x: tf.cast(tf.math.is_nan(x), x.dtype) + x,
    "NotEqual": lambda x: tf.cast(raw.NotEqual(x=tf.round(x), y=tf.ones_like(x)), x.dtype),
    "NextAfter": lambda x: tf.math.nextafter(x, two(x)[0]),
    "Mod": lambda x: raw.Mod(x=x, y=tf.cast(0.7, x.dtype)),
    "TruncateMod": lambda x: raw.TruncateMod(x=x, y=tf.cast(0.7, x.dtype)),
    "TruncateDiv": lambda x: tf.cast(
        raw.TruncateDiv(x=tf.cast(5 * x, tf.int32), y=tf.constant(3)), x.dtype
    ),
    "Bucketize": lambda x: tf.cast(raw.Bucketize(input=x, boundaries=[-1.0, 0.5]), x.dtype),
    "ArgMin": lambda x: tf.cast(tf.argmin(x @ W(x), 1), x.dtype)[:, None],
    "UnsortedSegmentMin": lambda x: columns(
        tf.math.unsorted_segment_min(columns(x @ W(x)), [0, 1, 0, 1], 2)
    ),
    "a table and places that both vary": lambda x: tf.gather(
        tf.reshape(x @ W(x), [-1]),
        4 * tf.range(tf.shape(x)[0])[:, None] + tf.cast(tf.clip_by_value(x, 0, 3), tf.int32),
    ),
    "Select": lambda x: raw.Select(condition=x[:, 0] > 0, x=x, y=x @ W(x)),
}

COLOURS = {"RGBToHSV": raw.RGBToHSV, "HSVToRGB": raw.HSVToRGB}

LINEAR = {
    "Diag, DiagPart": lambda x: raw.DiagPart(input=raw.Diag(diagonal=x)),
    "Fill": lambda x: tf.map_fn(lambda row: tf.fill([3], row[0] + row[1]), x),
    "BiasAdd": lambda x: tf.nn.bias_add(x, W(x)[0]),
    "BiasAddV1": lambda x: raw.BiasAddV1(value=x, bias=W(x)[0]),
    "BroadcastTo": lambda x: tf.broadcast_to(x[:, None], [tf.shape(x)[0], 3, 4]),
    "CheckNumerics": lambda x: tf.debugging.check_numerics(x, "not finite"),
    "Concat": lambda x: raw.Concat(concat_dim=1, values=[x, x @ W(x)]),
    "DenseBincount": lambda x: tf.ensure_shape(
        tf.math.bincount(
            tf.zeros_like(x, tf.int32) + tf.constant([0, 2, 0, 1]),
            weights=x,
            minlength=3,
            maxlength=3,
            axis=-1,
        ),
        [None, 3],
    ),
    "DynamicPartition": lambda x: columns(
        tf.concat(tf.dynamic_partition(columns(x), [0, 1, 0, 1], 2), 0), 4
    ),
    "DynamicStitch": lambda x: columns(
        tf.dynamic_stitch([[2, 0], [1, 3]], [columns(x)[:2], columns(x)[2:]])
    ),
    "EnsureShape": lambda x: tf.ensure_shape(x, [None, 4]),
    "Gather": lambda x: columns(raw.Gather(params=columns(x), indices=[2, 0])),
    "GatherNd": lambda x: columns(tf.gather_nd(columns(x), [[2], [0]])),
    "PreventGradient": lambda x: raw.PreventGradient(input=x),
    "Reverse": lambda x: raw.Reverse(tensor=x, dims=[False, True]),
    "ReverseV2": lambda x: tf.reverse(x, [1]),
    "ReverseSequence": lambda x: columns(
        tf.reverse_sequence(columns(x)[None], [3], seq_axis=1, batch_axis=0)[0]
    ),
    "ScatterNd": lambda x: columns(tf.scatter_nd([[1], [4]], columns(x)[:2], [5, tf.shape(x)[0]])),
    "ScatterNdNonAliasingAdd": lambda x: columns(
        raw.ScatterNdNonAliasingAdd(input=columns(x), indices=[[1], [2]], updates=columns(x)[:2])
    ),
    "SegmentMean": lambda x: columns(tf.math.segment_mean(columns(x), [0, 0, 1, 1]), 2),
    "SegmentSum": lambda x: columns(tf.math.segment_sum(columns(x), [0, 0, 1, 1]), 2),
    "SparseSegmentMean": lambda x: columns(
        tf.sparse.segment_mean(columns(x), [0, 2, 3], [0, 0, 1]), 2
    ),
    "SparseSegmentSum": lambda x: columns(
        tf.sparse.segment_sum(columns(x), [0, 2, 3], [0, 0, 1]), 2
    ),
    "SparseTensorDenseMatMul": lambda x: columns(
        tf.sparse.sparse_dense_matmul(
            tf.sparse.from_dense(tf.constant([[1, 0, 2, 0], [0, 3, 0, 0]], x.dtype)), columns(x)
        )
    ),
    "Slice": lambda x: raw.Slice(input=x, begin=[0, 1], size=[-1, 2]),
    "Snapshot": lambda x: raw.Snapshot(input=x),
    "SplitV": lambda x: tf.split(x, [1, 3], 1)[1],
    "TensorScatterSub": lambda x: columns(
        tf.tensor_scatter_nd_sub(columns(x), [[1]], columns(x)[:1])
    ),
    "TensorScatterUpdate": lambda x: columns(
        tf.tensor_scatter_nd_update(columns(x), [[1]], columns(x)[:1])
    ),
    "TensorStridedSliceUpdate": lambda x: raw.TensorStridedSliceUpdate(
        input=x,
        begin=[0, 1],
        end=[0, 3],
        strides=[1, 1],
        value=x[:, 2:] * 2,
        begin_mask=1,
        end_mask=1,
    ),
    "Tile": lambda x: tf.tile(x, [1, 2]),
    "Unpack": lambda x: tf.stack(tf.unstack(x, axis=1)[1:], 1),
    "UnsortedSegmentSum": lambda x: columns(
        tf.math.unsorted_segment_sum(columns(x), [0, 1, 0, 1], 2)
    ),
    "PadV2": lambda x: raw.PadV2(
        input=x, paddings=[[0, 0], [1, 0]], constant_values=x[0, 0] * 0 + 2
    ),
    "MirrorPad": lambda x: tf.pad(x, [[0, 0], [1, 2]], "REFLECT"),
    "MatrixBandPart": lambda x: tf.linalg.band_part(regular(x), 0, -1),
    "MatrixDiag": lambda x: raw.MatrixDiag(diagonal=x),
    "MatrixDiagV2": lambda x: raw.MatrixDiagV2(
        diagonal=x, k=0, num_rows=4, num_cols=4, padding_value=tf.cast(0, x.dtype)
    ),
    "MatrixDiagV3": lambda x: tf.linalg.diag(x),
    "MatrixDiagPart": lambda x: raw.MatrixDiagPart(input=regular(x)),
    "MatrixDiagPartV2": lambda x: raw.MatrixDiagPartV2(
        input=regular(x), k=0, padding_value=tf.cast(0, x.dtype)
    ),
    "MatrixDiagPartV3": lambda x: tf.linalg.diag_part(regular(x)),
    "MatrixSetDiag": lambda x: raw.MatrixSetDiag(input=regular(x), diagonal=x[:, 2:]),
    "MatrixSetDiagV2": lambda x: raw.MatrixSetDiagV2(input=regular(x), diagonal=x[:, 2:], k=0),
    "MatrixSetDiagV3": lambda x: tf.linalg.set_diag(regular(x), x[:, 2:]),
    "If": lambda x: raw.If(
        cond=tf.shape(x)[1] > 3,
        input=[x],
        Tout=[x.dtype],
        then_branch=traced(lambda y: 2 * y, [x]),
        else_branch=traced(lambda y: -y, [x]),
        output_shapes=[x.shape],
    )[0],
    "While": lambda x: raw.While(
        input=[tf.constant(0), x],
        cond=traced(lambda i, y: i < 3, [tf.constant(0), x]),
        body=traced(lambda i, y: (i + 1, 2 * y), [tf.constant(0), x]),
    )[1],
    "StatefulPartitionedCall": lambda x: tf.ensure_shape(
        raw.StatefulPartitionedCall(args=[x], Tout=[x.dtype], f=traced(lambda y: 2 * y, [x]))[0],
        x.shape,
    ),
}
"""Of rows of four."""

WAVES = {
    "Complex, Real, Imag": lambda x: seen(wave(x)),
    "Conj": lambda x: seen(tf.math.conj(wave(x)) * tf.cast(1j, wave(x).dtype)),
    "ConjugateTranspose": lambda x: seen(
        raw.ConjugateTranspose(x=tf.reshape(wave(x), [-1, 2, 2]), perm=[0, 2, 1])
    ),
    **{
        name: (lambda op: lambda x: seen(op(input=wave(x))))(getattr(raw, name))
        for name in ("FFT", "IFFT")
    },
    **{
        name: (lambda op: lambda x: seen(op(input=tf.reshape(wave(x), [-1, 2, 2]))))(
            getattr(raw, name)
        )
        for name in ("FFT2D", "IFFT2D")
    },
    **{
        name: (lambda op: lambda x: seen(op(input=tf.reshape(wave(x), [-1, 2, 2, 1]))))(
            getattr(raw, name)
        )
        for name in ("FFT3D", "IFFT3D")
    },
    "RFFT2D": lambda x: seen(tf.signal.rfft2d(tf.reshape(x, [-1, 2, 4]))),
    "IRFFT": lambda x: tf.signal.irfft(wave(x)),
    "IRFFT2D": lambda x: tf.signal.irfft2d(tf.reshape(wave(x), [-1, 2, 2])),
}
"""Of rows of eight."""

PICTURES = {
    "BatchToSpace": lambda x: raw.BatchToSpace(
        input=columns_to_batch(x), crops=[[0, 0], [0, 0]], block_size=2
    ),
    "SpaceToBatchND, BatchToSpaceND": lambda x: tf.batch_to_space(
        tf.square(2.0) * tf.space_to_batch(x, [2, 2], [[0, 0], [0, 0]]), [2, 2], [[0, 0], [0, 1]]
    ),
    "SpaceToBatch": lambda x: raw.BatchToSpace(
        input=raw.SpaceToBatch(input=x, paddings=[[0, 0], [0, 0]], block_size=2),
        crops=[[0, 1], [0, 0]],
        block_size=2,
    ),
    "SpaceToDepth": lambda x: tf.nn.space_to_depth(x, 2),
    "DepthToSpace": lambda x: tf.nn.depth_to_space(tf.tile(x, [1, 1, 1, 2]), 2),
    "ResizeBicubic": lambda x: raw.ResizeBicubic(images=x, size=[3, 5]),
    "ResizeNearestNeighbor": lambda x: raw.ResizeNearestNeighbor(images=x, size=[3, 5]),
    "ScaleAndTranslate": lambda x: raw.ScaleAndTranslate(
        images=x, size=[3, 3], scale=[0.8, 0.9], translation=[0.1, 0.2]
    ),
    "CropAndResize": lambda x: raw.CropAndResize(
        image=x,
        boxes=tf.tile([[0.1, 0.2, 0.9, 0.8]], [tf.shape(x)[0], 1]),
        box_ind=tf.range(tf.shape(x)[0]),
        crop_size=[3, 3],
    ),
    "Conv2DBackpropInput": lambda x: tf.nn.conv2d_transpose(
        x, tf.transpose(KERNEL(x), [0, 1, 3, 2]), [tf.shape(x)[0], 8, 8, 3], 2
    ),
    "DepthwiseConv2dNativeBackpropInput": lambda x: tf.nn.depthwise_conv2d_backprop_input(
        [tf.shape(x)[0], 4, 4, 2], KERNEL(x)[..., :1], x, [1] * 4, "SAME"
    ),
    "FusedBatchNormV3": lambda x: raw.FusedBatchNormV3(
        x=x,
        scale=[1.0, 2.0],
        offset=[0.1, 0.2],
        mean=[0.0, 0.3],
        variance=[1.0, 0.5],
        is_training=False,
    )[0],
}
"""Of pictures 4 × 4 × 2, in float32."""

VOLUMES = {
    "AvgPool3D": lambda x: tf.nn.avg_pool3d(x, 2, 2, "VALID"),
    "Conv3D": lambda x: tf.nn.conv3d(x, CUBE(x), [1] * 5, "SAME"),
    "Conv3DBackpropInputV2": lambda x: tf.nn.conv3d_transpose(
        x, tf.transpose(CUBE(x), [0, 1, 2, 4, 3]), [tf.shape(x)[0], 4, 4, 4, 2], 2
    ),
    "MaxPool3D": lambda x: tf.nn.max_pool3d(x, 2, 2, "VALID"),
    "ExtractVolumePatches": lambda x: tf.extract_volume_patches(
        x, [1, 2, 2, 2, 1], [1] * 5, "VALID"
    ),
}
"""Of volumes 2 × 2 × 2 × 1, in float32."""

NO_LIMIT = ("DenseBincount", "PreventGradient", "Snapshot", "While", "StatefulPartitionedCall")
"""These have no gradient of TensorFlow's to be held against."""

LISTS = {
    "TensorListPushBack, TensorListPopBack": lambda x: columns(
        raw.TensorListPopBack(
            input_handle=raw.TensorListPushBack(input_handle=listed(x), tensor=x[:, 1] * 2),
            element_shape=tf.constant([-1], tf.int32),
            element_dtype=x.dtype,
        )[1][None]
    ),
    "TensorListGather": lambda x: columns(
        raw.TensorListGather(
            input_handle=listed(x),
            indices=[3, 1],
            element_shape=tf.constant([-1], tf.int32),
            element_dtype=x.dtype,
        )
    ),
    "TensorListScatterV2": lambda x: stacked(
        raw.TensorListScatterV2(
            tensor=columns(x),
            indices=[1, 0, 3, 2],
            element_shape=tf.constant([-1], tf.int32),
            num_elements=4,
        ),
        x,
    ),
    "TensorListScatterIntoExistingList": lambda x: stacked(
        raw.TensorListScatterIntoExistingList(
            input_handle=listed(x), tensor=columns(2 * x)[:2], indices=[3, 1]
        ),
        x,
    ),
    "TensorListSplit, TensorListConcatV2": lambda x: columns(
        raw.TensorListConcatV2(
            input_handle=raw.TensorListSplit(
                tensor=columns(x),
                element_shape=tf.constant([-1, -1], tf.int32),
                lengths=tf.constant([1, 3], tf.int64),
            ),
            element_dtype=x.dtype,
            element_shape=tf.constant([-1, -1], tf.int32),
            leading_dims=tf.constant([], tf.int64),
        )[0],
        4,
    ),
    "TensorListResize": lambda x: columns(
        raw.TensorListGather(
            input_handle=raw.TensorListResize(input_handle=listed(x), size=5),
            indices=[3, 1],
            element_shape=tf.constant([-1], tf.int32),
            element_dtype=x.dtype,
        )
    ),
}


def columns_to_batch(x):
    return tf.concat([x, 2 * x, 3 * x, 4 * x], 0)


REFUSED = {
    "ResizeArea": lambda x: raw.ResizeArea(images=tf.reshape(x, [-1, 2, 2, 1]), size=[1, 1]),
    "RFFT3D": lambda x: tf.abs(tf.signal.rfft3d(tf.reshape(x, [-1, 1, 2, 2]))),
    "MatrixLogarithm": lambda x: tf.abs(tf.linalg.logm(tf.cast(regular(x), tf.complex128))),
}
"""Differentiable ops that TensorFlow has no gradient for."""


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_gradient_is_refused_by_name(name):
    with pytest.raises(UnsupportedOpError, match=f"There is no rule for {name}"):
        graph_of(REFUSED[name], (4,), "float32")


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth(name):
    check_eagerly(SMOOTH[name])


@pytest.mark.parametrize("name", WITHIN)
def test_of_one(name):
    low, high = WITHIN[name]
    check_eagerly(of_one(name), low=low, high=high)


@pytest.mark.parametrize("name", STEPS)
def test_steps(name):
    check_eagerly(STEPS[name], limit=False)


@pytest.mark.parametrize("name", LINEAR | LISTS)
def test_linear(name):
    check_eagerly((LINEAR | LISTS)[name], limit=name not in NO_LIMIT)


@pytest.mark.parametrize("name", WAVES)
def test_waves(name):
    check_eagerly(WAVES[name], (8,))


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(name):
    check_eagerly(PICTURES[name], (4, 4, 2), dtype="float32")


MAP = [[0.9, 0.4, -1.3, -0.2, 1.1, 0.7, 0.02, -0.01]]


@pytest.mark.parametrize("filling", ["CONSTANT", "REFLECT", "WRAP", "NEAREST"])
@pytest.mark.parametrize("way", ["BILINEAR", "NEAREST"])
def test_pictures_resampled(filling, way):
    """TensorFlow's own gradient is no transpose of these, so that none is held against it."""

    def older(x):
        return raw.ImageProjectiveTransformV2(
            images=x, transforms=MAP, output_shape=[5, 6], interpolation=way, fill_mode=filling
        )

    def newer(x):
        return raw.ImageProjectiveTransformV3(
            images=x,
            transforms=MAP,
            output_shape=[5, 6],
            fill_value=0.5,
            interpolation=way,
            fill_mode=filling,
        )

    for function in (older, newer):
        check_eagerly(function, (4, 4, 2), dtype="float32", limit=False)


@pytest.mark.parametrize("name", COLOURS)
def test_colours(name):
    check_eagerly(
        lambda x: COLOURS[name](images=x),
        (2, 2, 3),
        low=0.1,
        high=0.9,
        dtype="float32",
        limit=False,
    )


@pytest.mark.parametrize("name", VOLUMES)
def test_volumes(name):
    check_eagerly(VOLUMES[name], (2, 2, 2, 1), dtype="float32")


@pytest.mark.slow
def test_every_rule_has_a_line():
    """Here, in the tables beside this one, or in what the coverage sweep last met."""
    from shapviz.explainers.deep.doctor import ops_met
    from shapviz.explainers.deep.rules import RULES
    from tests.explainers.deep import test_rules, test_rules_more

    tables = {
        (4,): (
            *(test_rules.ELEMENTWISE, test_rules.POSITIVE, test_rules.MIXING),
            *(test_rules_more.KINKED, test_rules_more.SMOOTH),
            *(SMOOTH, STEPS, LINEAR, LISTS, {name: of_one(name) for name in WITHIN}),
        ),
        (6, 2): (test_rules_more.WHOLE,),
        (6, 5, 2): (test_rules.IMAGES,),
        (8,): (WAVES,),
        (4, 4, 2): (PICTURES,),
        (2, 2, 2, 1): (VOLUMES,),
    }
    met = dict.fromkeys(COLOURS)
    met |= dict.fromkeys(json.loads((COVERAGE / "met.json").read_text()))
    for shape, found in tables.items():
        for function in (each for table in found for each in table.values()):
            dtype = "float32" if len(shape) > 2 else "float64"
            met |= dict.fromkeys(ops_met(graph_of(function, shape, dtype)))
    left_over = set(RULES) - set(met) - UNMET
    assert not left_over, sorted(left_over)


UNMET = {"OptimizationBarrier", "ImageProjectiveTransformV2", "ImageProjectiveTransformV3"}
"""The first is no op that Python can make; the others are tested by their fill modes."""
