"""More rules in one line each: what recurrent nets, transformers and raw ops emit."""

from __future__ import annotations

import numpy as np
import pytest

from tests.explainers.deep.check_rule import check_compiled, check_rule

tf = pytest.importorskip("tensorflow")
rng = np.random.default_rng(2)


def weights(*shape):
    """Weights that take the dtype of what they meet."""
    values = rng.normal(size=shape)
    return lambda x: tf.constant(values, x.dtype)


W, V, KERNEL = weights(4, 4), weights(4, 4), weights(3, 2, 3)


def halves(x):
    """Two tensors that both vary."""
    return x @ W(x), tf.tanh(x @ V(x))


def positive(x):
    """A well-conditioned positive definite matrix made of a row of four."""
    root = tf.reshape(x, [-1, 2, 2])
    return tf.matmul(root, root, transpose_b=True) + tf.eye(2, dtype=x.dtype)


KINKED = {
    "sign": lambda x: tf.sign(x) + x,
    "floor": lambda x: tf.floor(x) * 0.1 + x,
    "round": lambda x: tf.round(x) * 0.1 + x,
    "modulo": lambda x: tf.math.floormod(x, 0.7) + x,
    "hard shrink": lambda x: tf.where(tf.abs(x) > 0.5, x, tf.zeros_like(x)),
    "threshold": lambda x: x * tf.cast(x > 0.3, x.dtype),
    "clip by value": lambda x: tf.raw_ops.ClipByValue(
        t=x, clip_value_min=tf.cast(-1, x.dtype), clip_value_max=tf.cast(2, x.dtype)
    ),
    "whole numbers": lambda x: tf.cast(tf.cast(x * 3, tf.int32) * 2 + 1, x.dtype) + x,
    "comparison of two": lambda x: tf.cast(halves(x)[0] > halves(x)[1], x.dtype) + x,
    "choice by what varies": lambda x: tf.where(x @ W(x) > 0, x, x @ V(x)),
    "logic": lambda x: tf.cast(
        tf.logical_or(tf.logical_and(x > 0, x @ W(x) > 0), tf.logical_not(x < 1)), x.dtype
    ),
    "any, all": lambda x: (
        tf.cast(tf.reduce_any(x > 1, 1, keepdims=True), x.dtype)
        + tf.cast(tf.reduce_all(x > -2, 1, keepdims=True), x.dtype)
        + x
    ),
    "maximum of two": lambda x: tf.maximum(*halves(x)),
    "minimum over an axis": lambda x: tf.reduce_min(x @ W(x), 1, keepdims=True),
    "top two": lambda x: tf.math.top_k(x @ W(x), 2).values,
    "sort": lambda x: tf.sort(x @ W(x)),
    "arg-max": lambda x: tf.cast(tf.argmax(x @ W(x), 1), x.dtype)[:, None] + x,
    "one-hot of what varies": lambda x: tf.one_hot(tf.argmax(x, 1), 4, dtype=x.dtype) + x,
    "segment maximum": lambda x: tf.transpose(
        tf.math.unsorted_segment_max(tf.transpose(x @ W(x)), [0, 1, 0, 1], 2)
    ),
    "median of three": lambda x: tf.sort(x[:, :3])[:, 1:2],
}
SMOOTH = {
    "power of two": lambda x: tf.pow(tf.nn.softplus(x @ W(x)), tf.tanh(x)),
    "angle of two": lambda x: tf.math.atan2(x @ W(x), 4 + tf.tanh(x)),
    "x log y": lambda x: tf.math.xlogy(x, 1 + tf.nn.softplus(x @ W(x))),
    "error function's inverse": lambda x: tf.math.erfinv(tf.tanh(x / 4)),
    "log gamma": lambda x: tf.math.lgamma(1 + tf.nn.softplus(x)),
    "arc sine": lambda x: tf.asin(x / 4),
    "arc hyperbolic cosine": lambda x: tf.acosh(2 + x * x),
    "einsum": lambda x: tf.einsum("ni,nj->nij", *halves(x)),
    "cumulative sum": lambda x: tf.cumsum(x, 1, exclusive=True, reverse=True),
    "gather, roll": lambda x: tf.roll(tf.gather(x, [3, 0, 1], axis=1), 1, 1),
    "scatter": lambda x: tf.transpose(
        tf.tensor_scatter_nd_add(tf.transpose(x), [[1], [3]], tf.transpose(x)[:2])
    ),
    "softmax, masked": lambda x: tf.nn.softmax(
        tf.where([True, False, True, True], x, tf.constant(-np.inf, x.dtype))
    ),
    "log-sum-exp": lambda x: tf.reduce_logsumexp(x @ W(x), 1, keepdims=True),
    "layer norm": lambda x: (
        (x - tf.reduce_mean(x, 1, keepdims=True))
        * tf.math.rsqrt(tf.math.reduce_variance(x, 1, keepdims=True) + 0.1)
    ),
    "unit norm": lambda x: tf.math.l2_normalize(x, 1),
    "product over an axis": lambda x: tf.reduce_prod(x, 1, keepdims=True),
    "cumulative product": lambda x: tf.math.cumprod(x, 1),
    "determinant": lambda x: tf.linalg.det(positive(x))[:, None],
    "inverse": lambda x: tf.linalg.inv(positive(x)),
    "Cholesky": lambda x: tf.linalg.cholesky(positive(x)),
    "solve": lambda x: tf.linalg.solve(positive(x), tf.reshape(x, [-1, 2, 2])),
    "Fourier transform": lambda x: tf.math.real(
        tf.signal.rfft(x) * tf.cast(tf.complex(1.0, 0.5), tf.signal.rfft(x).dtype)
    ),
    "spectrum": lambda x: tf.abs(tf.signal.rfft(x + 5)[:, 1:2]),
    "branch": lambda x: tf.cond(tf.shape(x)[1] > 3, lambda: tf.tanh(x), lambda: x),
    "choice of branches": lambda x: tf.switch_case(
        tf.shape(x)[1] - 3, [lambda: x, lambda: x * tf.sigmoid(x)]
    ),
    "loop": lambda x: tf.while_loop(
        lambda i, y: i < 3, lambda i, y: (i + 1, tf.tanh(y @ W(x)) * x), (0, x)
    )[1],
    "loop over a list": lambda x: tf.transpose(
        tf.map_fn(lambda c: c * tf.sigmoid(c), tf.transpose(x))
    ),
    "scan": lambda x: tf.transpose(tf.scan(lambda a, c: a * tf.sigmoid(c), tf.transpose(x))),
}
NO_LIMIT = ("product over an axis",)
WHOLE = {
    "pool, dilated conv": lambda x: tf.nn.conv1d(x, KERNEL(x), 1, "SAME", dilations=2),
    "average pool": lambda x: tf.nn.avg_pool1d(x, 3, 2, "SAME"),
    "max pool": lambda x: tf.nn.max_pool1d(x, 3, 2, "SAME"),
    "resize": lambda x: tf.image.resize(x[:, :, None], [4, 2]),
    "patches": lambda x: tf.image.extract_patches(
        x[:, :, None], [1, 2, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID"
    ),
}


@pytest.mark.parametrize("name", KINKED)
def test_kinked(name):
    check_rule(KINKED[name], limit=False)


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth(name):
    check_rule(SMOOTH[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", KINKED | SMOOTH)
def test_compiled_in_double_precision(name):
    check_compiled((KINKED | SMOOTH)[name], limit=name in SMOOTH)


@pytest.mark.parametrize("name", WHOLE)
def test_sequences(name):
    check_rule(WHOLE[name], (6, 2), dtypes=("float32",), limit="max" not in name)


def test_a_loop_whose_turns_depend_on_the_input_is_refused():
    from shapviz.errors import UnsupportedOpError

    with pytest.raises(UnsupportedOpError, match="how often it turns"):
        check_rule(
            lambda x: tf.while_loop(lambda y: tf.reduce_sum(y) < 9, lambda y: [y + 1], [x])[0]
        )
