"""A model that mixes the rows of a batch is refused: its values would depend on the batch."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import DeepExplainer, GradientExplainer
from shapviz.errors import ModelError, UnsupportedOpError

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

rows = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")

MIXING = {
    "mean": lambda x: x - tf.reduce_mean(x, 0),
    "sum": lambda x: x + tf.reduce_sum(x, 0),
    "reversed": lambda x: tf.reverse(x, [0]),
    "rolled": lambda x: tf.roll(x, 1, 0),
    "cumulative": lambda x: tf.cumsum(x, 0),
    "transposed": lambda x: x + tf.matmul(tf.matmul(x, x, transpose_b=True), x),
}


def model_of(function):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Lambda(function)(inputs)))


@pytest.mark.parametrize("name", MIXING)
def test_mixed_rows_are_refused(name):
    explainer = DeepExplainer(model_of(MIXING[name]), rows[:4])
    with pytest.raises(ModelError, match="answer each row by itself"):
        explainer(rows[4:])


def test_gradient_refuses_them_too():
    with pytest.raises(ModelError, match="an answer that changes by"):
        GradientExplainer(model_of(MIXING["mean"]), rows[:4])(rows[4:], budget=8)


def test_a_maximum_over_rows_is_refused_before_anything_runs():
    with pytest.raises(UnsupportedOpError, match="runs over samples"):
        DeepExplainer(model_of(lambda x: x - tf.reduce_max(x)), rows)


def test_rows_moved_and_moved_back_are_explained():
    model = model_of(lambda x: tf.transpose(tf.cumsum(tf.transpose(x), 0)))
    explanation = DeepExplainer(model, rows[:4])(rows[4:])
    assert np.abs(explanation.additivity_gap).max() < 1e-5
