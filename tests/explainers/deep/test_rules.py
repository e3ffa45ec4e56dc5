"""Each rule in one line, and the checker caught failing."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz.explainers.deep import rules
from shapviz.explainers.deep.pair import Pair
from tests.explainers.deep.check_rule import check_compiled, check_rule

tf = pytest.importorskip("tensorflow")
rng = np.random.default_rng(1)


def weights(*shape):
    """Weights that take the dtype of what they meet."""
    values = rng.normal(size=shape)
    return lambda x: tf.constant(values, x.dtype)


ELEMENTWISE = {
    "relu": tf.nn.relu,
    "relu6": lambda x: tf.nn.relu6(3 * x),
    "leaky relu": tf.nn.leaky_relu,
    "elu": tf.nn.elu,
    "selu": tf.nn.selu,
    "sigmoid": tf.sigmoid,
    "sigmoid, saturated": lambda x: tf.sigmoid(30 * x),
    "tanh": tf.tanh,
    "softplus": tf.nn.softplus,
    "softsign": tf.nn.softsign,
    "silu": tf.nn.silu,
    "gelu": tf.nn.gelu,
    "gelu, approximate": lambda x: tf.nn.gelu(x, approximate=True),
    "mish": lambda x: x * tf.tanh(tf.nn.softplus(x)),
    "hard sigmoid": lambda x: tf.nn.relu6(x + 3) / 6,
    "exp": tf.exp,
    "expm1": tf.math.expm1,
    "square": tf.square,
    "cube": lambda x: x**3,
    "abs": tf.abs,
    "sine": tf.sin,
    "clip": lambda x: tf.clip_by_value(x, -1.0, 1.5),
    "squared difference": lambda x: tf.math.squared_difference(x, 1.0),
}
POSITIVE = {
    "log": tf.math.log,
    "log1p": tf.math.log1p,
    "sqrt": tf.sqrt,
    "rsqrt": tf.math.rsqrt,
    "reciprocal": tf.math.reciprocal,
    "constant over x": lambda x: 2.0 / x,
}
W, V = weights(4, 3), weights(4, 3)
KERNEL, POINTWISE = weights(3, 3, 2, 4), weights(3, 3, 2, 1)
MIXING = {
    "dense": lambda x: x @ W(x) + 1.0,
    "product": lambda x: (x @ W(x)) * tf.tanh(x @ V(x)),
    "quotient": lambda x: (x @ W(x)) / (2.0 + tf.sigmoid(x @ V(x))),
    "matmul of two": lambda x: (x @ W(x))[:, None] @ tf.tanh(x @ V(x))[:, :, None],
    "softmax": lambda x: tf.nn.softmax(x @ W(x)),
    "softmax, confident": lambda x: tf.nn.softmax(20 * x),
    "softmax, many": lambda x: tf.nn.softmax(tf.concat([x * i for i in range(1, 12)], -1)),
    "log softmax": lambda x: tf.nn.log_softmax(x @ W(x)),
    "mean, sum, concat": lambda x: tf.concat(
        [tf.reduce_mean(x, 1, keepdims=True), tf.reduce_sum(x, 1, keepdims=True), x], 1
    ),
    "moves": lambda x: tf.pad(
        tf.transpose(tf.reshape(x, [-1, 2, 2]), [0, 2, 1]), [[0, 0], [1, 0], [0, 2]]
    ),
    "stack, split": lambda x: tf.split(tf.stack([x, 2 * x], 1), 2, axis=2)[1],
    "broadcast up": lambda x: tf.nn.silu(x[:, None] + tf.constant([[0.0], [1.0]], x.dtype)),
    "called function": lambda x: tf.function(tf.nn.silu, autograph=False)(x) + x,
    "stop gradient": lambda x: tf.tanh(tf.stop_gradient(x)) + x,
}
IMAGES = {
    "conv": lambda x: tf.nn.relu(tf.nn.conv2d(x, KERNEL(x), 1, "SAME")),
    "conv, strided": lambda x: tf.nn.conv2d(x, KERNEL(x), 2, "SAME"),
    "strided, dilated": lambda x: tf.nn.conv2d(x, KERNEL(x), 1, "VALID", dilations=2),
    "depthwise": lambda x: tf.nn.depthwise_conv2d(x, POINTWISE(x), [1] * 4, "SAME"),
    "average pool": lambda x: tf.nn.avg_pool2d(x, 2, 2, "VALID"),
    "max pool, tiles": lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"),
    "max pool, overlapping": lambda x: tf.nn.max_pool2d(x, 3, 2, "SAME"),
    "max pool, cut off": lambda x: tf.nn.max_pool2d(x, 4, 4, "VALID"),
    "max over space": lambda x: tf.reduce_max(x, [1, 2]),
    "max, kept": lambda x: tf.reduce_max(x, 3, keepdims=True),
    "global average": lambda x: tf.reduce_mean(x, [1, 2]),
}
# A replayed StopGradient hides its slope from the gradient it is compared with.
NO_LIMIT = ("stop gradient", "softmax, confident")


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise(name):
    check_rule(ELEMENTWISE[name])


@pytest.mark.parametrize("name", POSITIVE)
def test_elementwise_of_positive(name):
    check_rule(POSITIVE[name], low=0.2)


@pytest.mark.parametrize("name", MIXING)
def test_mixing(name):
    check_rule(MIXING[name], limit=name not in NO_LIMIT)


@pytest.mark.slow
@pytest.mark.parametrize("name", ELEMENTWISE | POSITIVE | MIXING)
def test_compiled_in_double_precision(name):
    low = 0.2 if name in POSITIVE else -3.0
    function = (ELEMENTWISE | POSITIVE | MIXING)[name]
    check_compiled(function, low=low, limit=name not in NO_LIMIT)


@pytest.mark.parametrize("name", IMAGES)
def test_images(name):
    check_rule(IMAGES[name], (6, 5, 2), dtypes=("float32",), limit="max" not in name)


def test_a_volume():
    kernel = weights(2, 2, 2, 1, 2)
    single = ("float32",)
    check_rule(lambda x: tf.nn.conv3d(x, kernel(x), [1] * 5, "SAME"), (3, 4, 2, 1), dtypes=single)
    check_rule(
        lambda x: tf.nn.max_pool3d(x, 2, 2, "SAME"), (3, 4, 2, 1), dtypes=single, limit=False
    )


def test_conservation_is_caught_failing(monkeypatch):
    """A rule that keeps the plain derivative does not add up."""

    def plain(op, inputs, notes):
        (pair,) = inputs
        return [Pair(tf.tanh(pair.sample), tf.tanh(pair.baseline))]

    monkeypatch.setitem(rules.RULES, "Tanh", rules.Rule(plain))
    with pytest.raises(AssertionError, match="the sum misses by"):
        check_rule(tf.tanh)


def test_the_limit_is_caught_failing(monkeypatch):
    """A secant without its limit is zero where nothing changes, though it adds up."""

    def no_limit(op, inputs, notes):
        (pair,) = inputs
        x, b = tf.stop_gradient(pair.sample), pair.baseline
        high, low = tf.tanh(x), tf.tanh(b)
        slope = tf.math.divide_no_nan(high - low, x - b)
        return [Pair(high + slope * (pair.sample - x), low)]

    monkeypatch.setitem(rules.RULES, "Tanh", rules.Rule(no_limit))
    with pytest.raises(AssertionError, match="off the gradient"):
        check_rule(tf.tanh)


def test_a_function_that_ignores_its_input_is_caught():
    with pytest.raises(AssertionError, match="does not depend"):
        check_rule(lambda x: tf.zeros_like(x))
