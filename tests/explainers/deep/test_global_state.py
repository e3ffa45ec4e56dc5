"""No explanation, failed or not, changes what TensorFlow does elsewhere in the process."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import DeepExplainer, GradientExplainer
from shapviz.errors import UnsupportedOpError
from shapviz.explainers.deep.rules import RULES

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
layers = keras.layers

rng = np.random.default_rng(0)
ROWS = rng.normal(size=(16, 4, 2)).astype("float32")
ANSWERS = rng.normal(size=(16, 1)).astype("float32")


def net():
    """A recurrent net with a maximum and a product: rules of several kinds."""
    keras.utils.set_random_seed(3)
    x = keras.Input((4, 2))
    h = layers.GRU(3)(layers.Conv1D(4, 2, activation="relu")(x))
    gated = layers.Multiply()([h, layers.Dense(3, "sigmoid")(h)])
    model = keras.Model(x, layers.Dense(1)(gated))
    model.compile("sgd", "mse")
    return model


def left_behind(tmp_path, model):
    """What a tape, fit and a saved file give: slopes, weights, predictions once reloaded."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(tf.nn.relu(model(ROWS)) * tf.tanh(model(ROWS))))
    slopes = [slope.numpy() for slope in tape.gradient(loss, model.trainable_variables)]
    model.fit(ROWS, ANSWERS, epochs=2, batch_size=8, shuffle=False, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    return [*slopes, *model.get_weights(), loaded.predict(ROWS, verbose=0)]


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What is left behind where nothing has been explained."""
    return left_behind(tmp_path_factory.mktemp("untouched"), net())


def same(found, expected):
    return all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def settings():
    return (
        tf.executing_eagerly(),
        tf.config.functions_run_eagerly(),
        tf.config.optimizer.get_jit(),
        tf.config.optimizer.get_experimental_options(),
        keras.config.floatx(),
        keras.config.dtype_policy().name,
        keras.config.image_data_format(),
        tf.get_logger().level,
    )


@pytest.mark.parametrize("explainer", [DeepExplainer, GradientExplainer])
def test_after_an_explanation(explainer, tmp_path, expected):
    model, before = net(), settings()
    weights = model.get_weights()
    explainer(model, ROWS[:3])(ROWS[3:6])
    assert settings() == before
    assert same(model.get_weights(), weights)
    assert same(left_behind(tmp_path, model), expected)


def test_after_a_refusal(tmp_path, expected, monkeypatch):
    model, before = net(), settings()
    with monkeypatch.context() as without:
        without.delitem(RULES, "Relu")
        with pytest.raises(UnsupportedOpError, match="There is no rule for Relu"):
            DeepExplainer(model, ROWS[:3])
    assert settings() == before
    assert same(left_behind(tmp_path, model), expected)


def test_after_a_rule_that_fails_midway(tmp_path, expected, monkeypatch):
    def fail(op, inputs, notes):
        raise RuntimeError("midway")

    model, before = net(), settings()
    with monkeypatch.context() as broken:
        broken.setitem(RULES, "Relu", type(RULES["Relu"])(fail))
        with pytest.raises(RuntimeError, match="midway"):
            DeepExplainer(model, ROWS[:3])(ROWS[3:6])
    assert settings() == before
    assert same(left_behind(tmp_path, model), expected)


def test_a_changed_gradient_would_be_seen(tmp_path, expected):
    """The comparison fails where the model does anything else."""
    model = net()
    model.layers[1].activation = keras.activations.tanh
    assert not same(left_behind(tmp_path, model), expected)
