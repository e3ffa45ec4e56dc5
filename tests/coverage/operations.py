"""Every public name of keras.ops, and of keras.ops.image where it is found nowhere else."""

from __future__ import annotations

import numpy as np
from keras import ops

from tests.coverage.probe import (
    COMPLEX,
    NO_FLOAT,
    NO_GRAPH,
    RANDOM,
    SUPPORTED,
    Entry,
    Probe,
    entries,
    filled,
    functions,
    halves,
    refused,
    row_wise,
)

ROW = filled((4,), 1)
MATRIX = filled((4, 3), 2)
WIDE = 3 * np.eye(3, dtype="float32") + filled((3, 3), 3)
KERNEL = filled((2, 2, 2, 3), 4)
IMAGE = (4, 4, 2)
COLOUR = (4, 4, 3)
INTEGERS = np.array([0, 1, 0, 2])


def _regular(x):
    """A well-conditioned matrix of each row's nine entries."""
    return ops.reshape(x, (-1, 3, 3)) + 6 * np.eye(3, dtype="float32")


def _definite(x):
    matrix = ops.reshape(x, (-1, 3, 3))
    return ops.matmul(matrix, ops.transpose(matrix, (0, 2, 1))) + np.eye(3, dtype="float32")


ELEMENTWISE = entries(
    SUPPORTED,
    {
        name: getattr(ops, name)
        for name in (
            "abs absolute arcsinh arctan celu copy cos cosh convert_to_tensor deg2rad elu erf erfc "
            "exp exp2 expm1 fabs gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh "
            "i0 leaky_relu log_sigmoid nan_to_num negative rad2deg relu "
            "relu6 selu sigmoid silu sin sinc sinh soft_shrink softplus softsign sparse_plus "
            "sparse_sigmoid square squareplus swish tanh tanh_shrink conj conjugate "
            "real softmax log_softmax sparsemax array glu cbrt rms_normalization"
        ).split()
    },
)
BOUNDED = entries(
    SUPPORTED,
    {name: getattr(ops, name) for name in ("arccos", "arcsin", "arctanh", "erfinv")},
    low=-0.9,
    high=0.9,
)
POSITIVE = entries(
    SUPPORTED,
    {name: getattr(ops, name) for name in "log log10 log1p log2 reciprocal rsqrt sqrt tan".split()},
    low=0.1,
    high=1.4,
)
ARC = entries(SUPPORTED, {"arccosh": ops.arccosh}, low=1.1, high=3.0)
STEPS = entries(
    SUPPORTED,
    {name: getattr(ops, name) for name in "ceil floor round sign trunc".split()}
    | {
        # Its slope is hidden from the gradients it would be compared with.
        "stop_gradient": ops.stop_gradient,
        "heaviside": lambda x: ops.heaviside(x, 0.5),
        "floor_divide": lambda x: ops.floor_divide(x, 0.3),
        "nextafter": lambda x: ops.nextafter(x, 1.0),
        "threshold": lambda x: ops.threshold(x, 0.1, -1.0),
    },
    smooth=False,
)
TWO = entries(
    SUPPORTED,
    {
        name: halves(getattr(ops, name))
        for name in (
            "add hypot logaddexp logaddexp2 maximum minimum fmax fmin multiply subtract"
        ).split()
    }
    | {
        # Off its branch cut, where it jumps.
        "arctan2": halves(lambda a, b: ops.arctan2(a, b + 3)),
        "divide": halves(lambda a, b: ops.divide(a, b + 3)),
        "true_divide": halves(lambda a, b: ops.true_divide(a, b + 3)),
        "divide_no_nan": halves(lambda a, b: ops.divide_no_nan(a, b + 3)),
        "power": halves(lambda a, b: ops.power(a + 3, b)),
        "mod": Probe(lambda x: ops.mod(x, 0.7), smooth=False),
        "fmod": Probe(lambda x: ops.fmod(x, 0.7), smooth=False),
        "ldexp": lambda x: ops.ldexp(x, INTEGERS),
        "cross": Probe(halves(lambda a, b: ops.cross(a, b)), (6,)),
        "dot": lambda x: ops.dot(x, MATRIX),
        # Keras multiplies the operands elementwise as well, in a branch that it never takes.
        "inner": lambda x: ops.reshape(ops.inner(x, ROW), (-1, 1)),
        "outer": row_wise(lambda x: ops.outer(x[:2], x[2:])),
        "vdot": row_wise(lambda x: ops.vdot(x[:2], x[2:])),
        "matmul": Probe(lambda x: ops.matmul(x, ops.transpose(x, (0, 2, 1))), (2, 3)),
        "tensordot": Probe(lambda x: ops.tensordot(x, MATRIX, axes=[[1], [0]]), (4, 2)),
        "einsum": Probe(lambda x: ops.einsum("nij,nkj->nik", x, ops.tanh(x)), (2, 3)),
        "cdist": Probe(lambda x: ops.cdist(x, ops.tanh(x) + 4), (3, 2)),
        "dot_product_attention": Probe(
            lambda x: ops.dot_product_attention(x, 2 * x, ops.tanh(x)), (3, 2, 2)
        ),
        "correlate": row_wise(lambda x: ops.correlate(x, ROW[:2])),
        "psnr": row_wise(lambda x: ops.psnr(x[:2], x[2:], 4.0)),
    },
)
REDUCTIONS = entries(
    SUPPORTED,
    {
        name: (lambda f: lambda x: f(x, axis=1))(getattr(ops, name))
        for name in (
            "amax amin max min mean median sum prod std var logsumexp ptp average norm normalize "
            "nanmax nanmean nanmin nanprod nanstd nansum nanvar cumsum cumprod "
            "nancumsum nancumprod diff sort trapezoid layer_normalization"
        ).split()
    }
    | {
        "quantile": lambda x: ops.quantile(x, 0.4, axis=1),
        "percentile": lambda x: ops.percentile(x, 40, axis=1),
        "moments": lambda x: ops.moments(x, [1]),
        "top_k": lambda x: ops.top_k(x, 2)[0],
        "trace": Probe(lambda x: ops.trace(x, axis1=1, axis2=2), (3, 3)),
        # TensorFlow has no gradient of this to compare with.
        "bincount": Probe(
            lambda x: ops.reshape(
                ops.bincount(ops.zeros_like(x, "int32") + INTEGERS, weights=x, minlength=3), (-1, 3)
            ),
            smooth=False,
        ),
        "segment_max": lambda x: ops.transpose(ops.segment_max(ops.transpose(x), INTEGERS, 3)),
        "segment_min": lambda x: ops.transpose(ops.segment_min(ops.transpose(x), INTEGERS, 3)),
        "segment_prod": lambda x: ops.transpose(ops.segment_prod(ops.transpose(x), INTEGERS, 3)),
        "segment_sum": lambda x: ops.transpose(ops.segment_sum(ops.transpose(x), INTEGERS, 3)),
    },
)
MOVES = entries(
    SUPPORTED,
    {
        "append": lambda x: ops.append(x, x**2, axis=1),
        "array_split": lambda x: ops.array_split(x, 3, axis=1),
        "broadcast_to": lambda x: ops.broadcast_to(x[:, None], (ops.shape(x)[0], 3, 4)),
        "cast": lambda x: ops.cast(x, "float64"),
        "clip": lambda x: ops.clip(x, -0.7, 1.1),
        "concatenate": lambda x: ops.concatenate([x, x**2], 1),
        "depth_to_space": Probe(lambda x: ops.depth_to_space(x, 2), (2, 2, 4)),
        "diag": row_wise(ops.diag),
        "diagflat": row_wise(ops.diagflat),
        "diagonal": Probe(lambda x: ops.diagonal(x, axis1=1, axis2=2), (3, 3)),
        "dsplit": Probe(lambda x: ops.dsplit(x, 2), (2, 2)),
        "dstack": Probe(lambda x: ops.dstack([x, ops.tanh(x)]), (2, 2)),
        "expand_dims": lambda x: ops.expand_dims(x, 1),
        "extract_sequences": Probe(lambda x: ops.extract_sequences(x, 3, 2), (7,)),
        "flip": lambda x: ops.flip(x, axis=1),
        "fliplr": ops.fliplr,
        "flipud": Probe(row_wise(ops.flipud), (3, 2)),
        "fold": Probe(lambda x: ops.fold(x, (3, 3), (2, 2)), (8, 4)),
        "get_item": lambda x: ops.get_item(x, (slice(None), slice(1, 3))),
        "hsplit": lambda x: ops.hsplit(x, 2),
        "hstack": lambda x: ops.hstack([x, ops.tanh(x)]),
        "meshgrid": row_wise(lambda x: ops.meshgrid(x[:2], x[2:])),
        "moveaxis": Probe(lambda x: ops.moveaxis(x, 1, 2), (2, 3)),
        "pad": lambda x: ops.pad(x, [[0, 0], [1, 2]]),
        "ravel": row_wise(ops.ravel),
        "rearrange": Probe(lambda x: ops.rearrange(x, "b h w -> b w h"), (2, 3)),
        "repeat": lambda x: ops.repeat(x, 2, axis=1),
        "reshape": lambda x: ops.reshape(x, (-1, 2, 2)),
        "roll": lambda x: ops.roll(x, 1, axis=1),
        "rot90": Probe(lambda x: ops.rot90(x, axes=(1, 2)), (2, 3)),
        "saturate_cast": lambda x: ops.saturate_cast(x, "float64"),
        "scatter": lambda x: ops.reshape(
            ops.transpose(ops.scatter(INTEGERS[:, None], ops.transpose(x), (3, ops.shape(x)[0]))),
            (-1, 3),
        ),
        "scatter_update": lambda x: ops.transpose(
            ops.scatter_update(ops.transpose(x), np.array([[2], [0]]), ops.transpose(x[:, :2] ** 2))
        ),
        "slice": lambda x: ops.slice(x, (0, 1), (ops.shape(x)[0], 2)),
        # TensorFlow has no gradient of this to compare with.
        "slice_update": Probe(lambda x: ops.slice_update(x, (0, 1), x[:, :2] ** 2), smooth=False),
        "space_to_depth": Probe(lambda x: ops.space_to_depth(x, 2), (4, 4, 1)),
        "split": lambda x: ops.split(x, 2, axis=1),
        "squeeze": Probe(lambda x: ops.squeeze(x, 2), (4, 1)),
        "stack": lambda x: ops.stack([x, ops.tanh(x)], 1),
        "swapaxes": Probe(lambda x: ops.swapaxes(x, 1, 2), (2, 3)),
        "take": lambda x: ops.take(x, [2, 0], axis=1),
        "take_along_axis": row_wise(lambda x: ops.take_along_axis(x, INTEGERS, 0)),
        "tile": lambda x: ops.tile(x, (1, 2)),
        "transpose": Probe(lambda x: ops.transpose(x, (0, 2, 1)), (2, 3)),
        "tril": Probe(ops.tril, (3, 3)),
        "triu": Probe(ops.triu, (3, 3)),
        "unfold": Probe(row_wise(lambda x: ops.unfold(x[None], (2, 2))[0]), (1, 3, 3)),
        "unstack": lambda x: ops.unstack(x, axis=1),
        "vander": row_wise(lambda x: ops.vander(x, 3)),
        "vsplit": Probe(row_wise(lambda x: ops.vsplit(x, 2)), (4, 2)),
        "vstack": Probe(row_wise(lambda x: ops.vstack([x, ops.tanh(x)])), (2, 2)),
        "full": row_wise(lambda x: ops.full((3,), x[0])),
        "full_like": row_wise(lambda x: ops.full_like(x[:3], x[3])),
        "linspace": halves(lambda a, b: ops.linspace(a, b, 3, axis=1)),
        "logspace": halves(lambda a, b: ops.logspace(a / 3, b / 3, 3, axis=1)),
        # Along another axis Keras lines the signs of its ends up wrongly.
        "geomspace": Probe(
            halves(lambda a, b: ops.transpose(ops.geomspace(a, b, 3, axis=0), (1, 0, 2))), low=0.5
        ),
    },
)
WINDOWS = entries(
    SUPPORTED,
    {
        "adaptive_average_pool": lambda x: ops.adaptive_average_pool(x, 2),
        "adaptive_max_pool": lambda x: ops.adaptive_max_pool(x, 2),
        "average_pool": lambda x: ops.average_pool(x, 2),
        "max_pool": lambda x: ops.max_pool(x, 2),
        "conv": lambda x: ops.conv(x, KERNEL),
        "conv_transpose": lambda x: ops.conv_transpose(x, KERNEL.transpose(0, 1, 3, 2)),
        "depthwise_conv": lambda x: ops.depthwise_conv(x, KERNEL[..., :2]),
        "separable_conv": lambda x: ops.separable_conv(x, KERNEL[..., :1], filled((1, 1, 2, 3), 5)),
        "batch_normalization": lambda x: ops.batch_normalization(
            x, filled((2,), 6), 1 + filled((2,), 7, 0.0), -1
        ),
    },
    shape=IMAGE,
)
PICTURES = entries(
    SUPPORTED,
    {
        "image.affine_transform": lambda x: ops.image.affine_transform(
            x, np.array([1, 0.1, 0.3, -0.1, 0.9, 0.2, 0, 0], "float32")
        ),
        "image.crop_images": lambda x: ops.image.crop_images(x, 1, 1, 0, 0),
        "image.extract_patches": lambda x: ops.image.extract_patches(x, (2, 2)),
        "image.extract_patches_3d": Probe(
            lambda x: ops.image.extract_patches_3d(x, (2, 2, 2)), (2, 2, 2, 1)
        ),
        "image.gaussian_blur": ops.image.gaussian_blur,
        "image.hsv_to_rgb": Probe(ops.image.hsv_to_rgb, (2, 2, 3), 0.05, 0.95, smooth=False),
        "image.map_coordinates": row_wise(
            lambda x: ops.image.map_coordinates(x[..., 0], filled((2, 5), 8, 0.0, 3.0), 1)
        ),
        "image.pad_images": lambda x: ops.image.pad_images(x, 1, 0, 1, 0),
        "image.perspective_transform": row_wise(
            lambda x: ops.image.perspective_transform(
                x,
                np.array([[0, 0], [0, 3], [3, 0], [3, 3]], "float32"),
                np.array([[0, 0.2], [0.1, 3], [3, 0.3], [2.9, 2.8]], "float32"),
            )
        ),
        "image.resize": lambda x: ops.image.resize(x, (6, 3)),
        "image.rgb_to_grayscale": ops.image.rgb_to_grayscale,
        "image.rgb_to_hsv": Probe(ops.image.rgb_to_hsv, (2, 2, 3), 0.05, 0.95, smooth=False),
        "image.scale_and_translate": row_wise(
            lambda x: ops.image.scale_and_translate(
                x,
                (5, 5, 3),
                np.array([1.2, 1.1], "float32"),
                np.array([0.1, 0.2], "float32"),
                (0, 1),
                "linear",
            )
        ),
        "image.sobel_edges": ops.image.sobel_edges,
        "image.ssim": Probe(
            lambda x: ops.image.ssim(x[..., :1], x[..., 1:], filter_size=3), IMAGE, 0.0, 1.0
        ),
    },
    shape=COLOUR,
)
LOSSES = entries(
    SUPPORTED,
    {
        "binary_crossentropy": lambda x: ops.binary_crossentropy(
            ops.ones_like(x), x, from_logits=True
        ),
        "categorical_crossentropy": lambda x: ops.categorical_crossentropy(
            ops.zeros_like(x) + np.array([0, 1, 0, 0], "float32"), x, from_logits=True
        ),
        "sparse_categorical_crossentropy": lambda x: ops.sparse_categorical_crossentropy(
            ops.cast(ops.zeros_like(x[:, 0]), "int32"), x, from_logits=True
        ),
        "ctc_loss": Probe(
            lambda x: ops.ctc_loss(
                ops.tile([[1, 2]], (ops.shape(x)[0], 1)),
                x,
                ops.tile([2], (ops.shape(x)[0],)),
                ops.tile([4], (ops.shape(x)[0],)),
            ),
            (4, 3),
        ),
    },
)
CONTROL = entries(
    SUPPORTED,
    {
        # Which branch is taken may depend on shapes; on values it is refused.
        "cond": lambda x: ops.cond(ops.shape(x)[0] > 0, lambda: ops.tanh(x), lambda: x * 2),
        "switch": lambda x: ops.switch(1, [ops.tanh, ops.square], x),
        "fori_loop": lambda x: ops.fori_loop(0, 3, lambda i, s: ops.tanh(s) + x, x),
        "while_loop": lambda x: ops.while_loop(
            lambda i, s: i < 3, lambda i, s: (i + 1, ops.tanh(s) + x), (0, x)
        )[1],
        "scan": lambda x: ops.scan(
            lambda c, row: (ops.tanh(c + row), c * row), ops.zeros_like(x[:, 0]), ops.transpose(x)
        )[0],
        "associative_scan": lambda x: ops.reshape(
            ops.associative_scan(ops.add, x, axis=1), (-1, 4)
        ),
        "map": lambda x: ops.map(ops.tanh, x),
        "vectorized_map": lambda x: ops.vectorized_map(ops.tanh, x),
        "custom_gradient": lambda x: ops.custom_gradient(
            lambda y: (ops.tanh(y), lambda *args, upstream=None: upstream)
        )(x),
        "jvp": lambda x: ops.jvp(ops.tanh, (x,), (x,))[1],
        "select": lambda x: ops.select([x > 0.5, x > -0.5], [x, 2 * x]),
        "where": lambda x: ops.where(x > 0, x, ops.tanh(x)),
    },
    smooth=False,
)
MATRICES = entries(
    SUPPORTED,
    {
        "det": lambda x: ops.det(_regular(x)),
        "inv": lambda x: ops.inv(_regular(x)),
        "solve": lambda x: ops.solve(_regular(x), ops.reshape(x, (-1, 3, 3))),
        "solve_triangular": lambda x: ops.solve_triangular(
            ops.tril(_regular(x)), ops.reshape(x, (-1, 3, 3)), lower=True
        ),
        "slogdet": lambda x: ops.slogdet(_regular(x))[1],
        "logdet": lambda x: ops.logdet(_definite(x)),
    },
    shape=(9,),
)
DECOMPOSED = entries(
    COMPLEX,
    {
        "cholesky": lambda x: ops.cholesky(_definite(x)),
        "cholesky_inverse": lambda x: ops.cholesky_inverse(_definite(x)),
        "eig": lambda x: ops.real(ops.eig(_regular(x))[0]),
        "eigh": lambda x: ops.eigh(_definite(x))[0],
        "lstsq": row_wise(lambda x: ops.lstsq(WIDE, x[:3])),
        "lu_factor": lambda x: ops.map(lambda row: ops.lu_factor(_regular(row)[0])[0], x),
        "pinv": lambda x: ops.pinv(_regular(x)),
        "qr": lambda x: ops.qr(_regular(x)),
        "svd": lambda x: ops.svd(_regular(x))[1],
        "angle": ops.angle,
        "fft": lambda x: ops.fft((x, ops.tanh(x))),
        "fft2": lambda x: ops.fft2((_regular(x), _definite(x))),
        "ifft2": lambda x: ops.ifft2((_regular(x), _definite(x))),
        "imag": lambda x: ops.imag(ops.view_as_complex(ops.reshape(x[:, :8], (-1, 4, 2)))),
        "irfft": lambda x: ops.irfft((x, ops.tanh(x))),
        "istft": Probe(lambda x: ops.istft((x, ops.tanh(x)), 4, 2, 4, length=6), (4, 3)),
        "polar": Probe(halves(lambda a, b: ops.real(ops.polar(a, b))), smooth=False),
        "rfft": ops.rfft,
        "stft": lambda x: ops.stft(x, 4, 2, 4),
        "view_as_complex": lambda x: ops.real(
            ops.view_as_complex(ops.reshape(x[:, :8], (-1, 4, 2)))
        ),
        "view_as_real": lambda x: ops.view_as_real(ops.cast(x, "complex64")),
    },
    shape=(9,),
    smooth=False,
)


def _answering(function):
    """What an integer or boolean answer gives once it is made a float again."""
    return lambda x: ops.cast(function(x), "float32")


WITHOUT_FLOATS = entries(
    NO_FLOAT,
    {
        name: _answering((lambda f: lambda x: f(x, axis=1))(getattr(ops, name)))
        for name in "all any argmax argmin argsort count_nonzero nanargmax nanargmin".split()
    }
    | {
        name: _answering(getattr(ops, name))
        for name in "isfinite isinf isnan isneginf isposinf isreal signbit".split()
    }
    | {
        name: _answering(halves(getattr(ops, name)))
        for name in ("equal greater greater_equal isclose less less_equal not_equal").split()
    }
    | {
        name: _answering(halves((lambda f: lambda a, b: f(a > 0, b > 0))(getattr(ops, name))))
        for name in "logical_and logical_or logical_xor".split()
    }
    | {
        name: _answering(
            halves(
                (lambda f: lambda a, b: f(ops.cast(a, "int32"), ops.cast(b, "int32") + 1))(
                    getattr(ops, name)
                )
            )
        )
        for name in (
            "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift "
            "left_shift right_shift"
        ).split()
    }
    | {
        name: _answering(
            row_wise(
                (lambda f: lambda x: f(ops.cast(x[:2] * 9, "int32"), ops.cast(x[2:] * 9, "int32")))(
                    getattr(ops, name)
                )
            )
        )
        for name in ("gcd", "lcm")
    }
    | {
        "argpartition": _answering(lambda x: ops.argpartition(x, 1, axis=1)),
        "bitwise_invert": _answering(lambda x: ops.bitwise_invert(ops.cast(x, "int32"))),
        "bitwise_not": _answering(lambda x: ops.bitwise_not(ops.cast(x, "int32"))),
        "logical_not": _answering(lambda x: ops.logical_not(x > 0)),
        "digitize": _answering(lambda x: ops.digitize(x, np.array([-1.0, 0.0, 1.0]))),
        "searchsorted": _answering(row_wise(lambda x: ops.searchsorted(ROW * 0 + 0.5, x))),
        "in_top_k": _answering(
            lambda x: ops.in_top_k(ops.cast(ops.zeros_like(x[:, 0]), "int32"), x, 2)
        ),
        "one_hot": lambda x: ops.one_hot(ops.cast(ops.abs(x), "int32"), 3),
        "multi_hot": lambda x: ops.multi_hot(ops.cast(ops.abs(4 * x), "int32"), 8),
        "matrix_rank": Probe(_answering(lambda x: ops.matrix_rank(_regular(x))[:, None]), (9,)),
        "empty_like": lambda x: ops.empty_like(x),
        "ones_like": ops.ones_like,
        "zeros_like": ops.zeros_like,
        "histogram": _answering(row_wise(lambda x: ops.histogram(x, 3, (-2.0, 2.0))[0])),
        "allclose": _answering(row_wise(lambda x: ops.allclose(x[:2], x[2:])[None])),
        "nonzero": _answering(lambda x: x + ops.cast(ops.size(ops.nonzero(x > 0)[0]), "float32")),
        "unique": lambda x: ops.map(lambda row: ops.unique(ops.round(row), size=4), x),
        "unravel_index": _answering(
            lambda x: ops.unravel_index(ops.argmax(x, 1), (2, 2))[0][:, None]
        ),
        "ctc_decode": Probe(
            _answering(lambda x: ops.ctc_decode(x, ops.tile([4], (ops.shape(x)[0],)), "greedy")[1]),
            (4, 3),
        ),
        "view": lambda x: ops.cast(ops.view(x, "int32"), "float32"),
        **dict.fromkeys(
            (
                "arange bartlett blackman empty eye hamming hanning identity kaiser ones tri zeros"
            ).split(),
            "takes no tensor",
        ),
        **dict.fromkeys(
            "convert_to_numpy dtype is_tensor ndim shape size".split(),
            "returns no tensor in a graph",
        ),
        **dict.fromkeys("image linalg nn numpy".split(), "is a module"),
    },
    smooth=False,
)

REFUSED_TODAY: dict[str, str] = {"ctc_loss": "While"}
"""Name → the op that no rule covers yet."""

PROBES = functions(
    ELEMENTWISE
    | BOUNDED
    | POSITIVE
    | ARC
    | STEPS
    | TWO
    | REDUCTIONS
    | MOVES
    | WINDOWS
    | PICTURES
    | LOSSES
    | CONTROL
    | MATRICES
    | DECOMPOSED
    | WITHOUT_FLOATS
    | entries(
        RANDOM,
        {
            "image.elastic_transform": Probe(
                row_wise(lambda x: ops.image.elastic_transform(x, 2.0, 1.0, seed=1)), COLOUR
            )
        },
    )
    | entries(
        NO_GRAPH,
        {
            "corrcoef": Probe(row_wise(ops.corrcoef), (2, 4)),
            "isin": lambda x: ops.isin(x, ROW),
            "vectorize": lambda x: ops.vectorize(ops.tanh)(x),
            "kron": lambda x: ops.kron(x, ROW[None]),
            "nanmedian": lambda x: ops.nanmedian(x, axis=1),
            "nanpercentile": lambda x: ops.nanpercentile(x, 40, axis=1),
            "nanquantile": lambda x: ops.nanquantile(x, 0.4, axis=1),
        },
    )
)

TABLE: dict[str, Entry] = refused(PROBES, REFUSED_TODAY)
