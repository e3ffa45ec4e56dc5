"""Keras models as predictors, and their compiled expansion of coalitions."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from shapviz.errors import InputError, ModelError
from shapviz.models import ExpandingPredictor, as_predictor
from shapviz.models.keras_model import TensorFlowPredictor

keras = pytest.importorskip("keras")
L = keras.layers
RNG = np.random.default_rng(0)


def mlp(outputs=1, activation=None, d=4, name=None):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((d,)), L.Dense(8, activation="tanh"), L.Dense(outputs, activation=activation)],
        name=name,
    )
    return model


@keras.saving.register_keras_serializable("shapviz_tests")
class Scaled(keras.Model):
    def __init__(self, factor=2.0, **rest):
        super().__init__(**rest)
        self.factor = factor
        self.dense = L.Dense(2)

    def call(self, x):
        return self.factor * self.dense(x)


def scaled(factor):
    keras.utils.set_random_seed(2)
    model = Scaled(factor)
    model(np.zeros((1, 3), "float32"))
    return model


X = RNG.normal(size=(6, 4))


def test_sequential_says_everything_beforehand():
    predictor = as_predictor(mlp(3, "softmax"))
    assert isinstance(predictor, ExpandingPredictor)
    assert predictor.kind == "keras"
    assert (predictor.n_outputs, predictor.single_output) == (3, False)
    assert predictor.feature_shape == (4,)
    assert predictor.units == "probability"
    answers = predictor(X)
    assert answers.dtype == np.float64
    np.testing.assert_allclose(answers, predictor.model.predict(X, verbose=0), rtol=1e-5)


@pytest.mark.parametrize(
    ("last", "units"),
    [
        (lambda t: L.Dense(1, activation="sigmoid")(t), "probability"),
        (lambda t: L.Activation("softmax")(t), "probability"),
        (lambda t: L.Softmax()(t), "probability"),
        (lambda t: mlp(1, "sigmoid", d=4)(t), "probability"),
        (lambda t: L.Dense(1)(t), ""),
        (lambda t: L.Rescaling(2.0)(L.Dense(1, activation="sigmoid")(t)), ""),
    ],
)
def test_units_come_from_the_final_activation(last, units):
    x = keras.Input((4,))
    assert as_predictor(keras.Model(x, last(x))).units == units


def test_subclassed_models_are_learnt_when_asked():
    predictor = as_predictor(scaled(2.0))
    assert (predictor.n_outputs, predictor.feature_shape) == (None, None)
    rows = RNG.normal(size=(5, 3)).astype("float32")
    np.testing.assert_allclose(predictor(rows), predictor.model(rows), rtol=1e-5)
    assert (predictor.n_outputs, predictor.single_output) == (2, False)


def test_an_output_of_rank_one_is_a_single_output():
    x = keras.Input((4,))
    predictor = as_predictor(keras.Model(x, keras.ops.sum(x, axis=1)))
    assert predictor.single_output is True
    np.testing.assert_allclose(predictor(X)[:, 0], X.sum(axis=1), rtol=1e-5)


def test_dropout_is_off():
    model = keras.Sequential([keras.Input((4,)), L.Dropout(0.9), L.Dense(1)])
    predictor = as_predictor(model)
    np.testing.assert_array_equal(predictor(X), predictor(X))
    np.testing.assert_allclose(predictor(X), model.predict(X, verbose=0), rtol=1e-5)


@pytest.mark.parametrize("shape", [(4,), (3, 4), (5, 5, 2)])
def test_expand_equals_asking_about_every_mixed_row(shape):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input(shape), L.Flatten(), L.Dense(3, activation="tanh")])
    predictor = as_predictor(model)
    x, rows = RNG.normal(size=(7, *shape)), RNG.normal(size=(5, *shape))
    kept = RNG.random((7, int(np.prod(shape)))) < 0.5
    weights = RNG.dirichlet(np.ones(5))
    wide = kept.reshape(7, 1, *shape)
    mixed = np.where(wide, x[:, None], rows[None]).reshape(-1, *shape)
    expected = np.einsum("qbk,b->qk", predictor(mixed).reshape(7, 5, 3), weights)
    found = predictor.expand(x, rows, kept, weights)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())


def test_expand_takes_frames_and_leaves_nan_to_the_caller():
    predictor = as_predictor(mlp())
    frame = pd.DataFrame(X)
    ones = np.ones((6, 4), dtype=bool)
    weights = np.full(6, 1 / 6)
    np.testing.assert_array_equal(
        predictor.expand(frame, frame, ones, weights), predictor.expand(X, X, ones, weights)
    )
    broken = X.copy()
    broken[2, 1] = np.nan
    found = predictor.expand(broken, X, ones, weights)
    assert np.flatnonzero(np.isnan(found[:, 0])).tolist() == [2]
    # A missing value in an absent feature must not leak through the arithmetic of mixing.
    assert np.isfinite(predictor.expand(broken, X, ~ones, weights)).all()


def test_one_trace_serves_every_batch_size():
    traces = []

    class Counted(L.Layer):
        def call(self, x):
            traces.append(1)
            return x

    model = keras.Sequential([keras.Input((4,)), Counted(), L.Dense(1)])
    predictor = as_predictor(model)
    del traces[:]
    for n in (1, 2, 6):
        predictor(X[:n])
        predictor.expand(X[:n], X, np.ones((n, 4), dtype=bool), np.full(6, 1 / 6))
    assert len(traces) == 2


def test_answers_do_not_depend_on_the_batch():
    predictor = as_predictor(mlp(2))
    alone = np.concatenate([predictor(X[i : i + 1]) for i in range(6)])
    np.testing.assert_array_equal(alone, predictor(X))


def test_text_for_numbers_is_refused():
    with pytest.raises(InputError, match="be numbers, as the model takes float32"):
        as_predictor(mlp())(np.array([["a", "b", "c", "d"]]))


def test_fractions_for_whole_numbers_are_refused_not_cut():
    x = keras.Input((2,), dtype="int32")
    model = keras.Model(x, L.Flatten()(L.Embedding(5, 1)(x)))
    predictor = as_predictor(model)
    np.testing.assert_array_equal(predictor(np.array([[1.0, 2.0]])), predictor([[1, 2]]))
    with pytest.raises(InputError, match="hold whole numbers, as the model takes int32"):
        predictor(np.array([[1.0, 2.5]]))


def test_wrong_width_is_refused():
    with pytest.raises(InputError, match=r"have the shape the model takes, \(n, 4\)"):
        as_predictor(mlp())(X[:, :3])


def test_unbuilt_is_refused():
    with pytest.raises(ModelError, match="be built, so that it has weights"):
        as_predictor(keras.Sequential([L.Dense(1)]))


def test_outputs_of_higher_rank_are_refused():
    a = keras.Input((3, 2))
    with pytest.raises(ModelError, match=r"outputs of shape \(None, 3, 1\)"):
        as_predictor(keras.Model(a, L.Dense(1)(a)))


class Pair(keras.Model):
    def call(self, x):
        return x, x


def test_outputs_of_a_subclassed_model_stand_side_by_side():
    model = Pair()
    model(np.zeros((1, 2), "float32"))
    predictor = as_predictor(model)
    assert predictor(X[:, :2]).shape == (6, 4)
    assert predictor.single_output is False


def test_digests_follow_configuration_and_weights():
    model = mlp()
    digest = as_predictor(model).digest
    assert len(digest) == 64
    assert as_predictor(mlp()).digest == digest, "automatic names must not count"
    assert as_predictor(mlp(activation="tanh")).digest != digest
    predictor = as_predictor(model)
    kernel = model.layers[0].kernel.numpy()
    kernel[0, 0] += 1e-3
    model.layers[0].kernel.assign(kernel)
    assert predictor.digest != digest, "a digest speaks of the weights as they are now"


def test_digests_of_functional_models_ignore_names_only():
    def build(swap, prefix):
        keras.utils.set_random_seed(4)
        x = keras.Input((3,), name=f"{prefix}in")
        a, b = L.Dense(2, name=f"{prefix}a")(x), L.Dense(2, name=f"{prefix}b")(x)
        pair = [b, a] if swap else [a, b]
        return as_predictor(keras.Model(x, L.Subtract(name=f"{prefix}c")(pair))).digest

    assert build(False, "p") == build(False, "q")
    assert build(False, "p") != build(True, "p")


@pytest.mark.parametrize("shown", [True, False])
def test_single_operations_are_counted_and_do_not_count(shown, tmp_path):
    """A mask's comparison, or one of `keras.ops`, is named after how many there were before."""

    def build():
        keras.utils.set_random_seed(4)
        x = keras.Input((5,), dtype="int64")
        y = L.LSTM(3)(L.Embedding(7, 2, mask_zero=True)(x))
        return keras.Model(x, keras.ops.square(y) if shown else y)

    digest = as_predictor(build()).digest
    assert as_predictor(build()).digest == digest
    model = build()
    model.save(tmp_path / "model.keras")
    assert as_predictor(keras.saving.load_model(tmp_path / "model.keras")).digest == digest


def test_digests_of_subclassed_models_follow_constants():
    assert as_predictor(scaled(2.0)).digest == as_predictor(scaled(2.0)).digest
    assert as_predictor(scaled(2.0)).digest != as_predictor(scaled(3.0)).digest


def test_digests_follow_attributes_set_later():
    model = scaled(2.0)
    before = as_predictor(model).digest
    model.compile(loss="mse")
    model.fit(np.zeros((2, 3)), np.zeros((2, 2)), epochs=0, verbose=0)
    assert as_predictor(model).digest == before, "compiling changes no answer"
    model.table = np.arange(3.0)
    with_table = as_predictor(model).digest
    model.table = np.arange(3.0) + 1
    assert len({before, with_table, as_predictor(model).digest}) == 3


def test_a_saved_model_keeps_its_digest(tmp_path):
    model = mlp(2, "softmax")
    model.compile(loss="mse")
    path = tmp_path / "model.keras"
    digest = as_predictor(model).digest
    model.save(path)
    assert as_predictor(keras.saving.load_model(path)).digest == digest


def test_row_bytes_see_the_widest_layer():
    x = keras.Input((8, 8, 1))
    y = L.Conv2D(16, 3, padding="same")(x)
    predictor = as_predictor(keras.Model(x, L.GlobalMaxPooling2D()(y)))
    assert isinstance(predictor, TensorFlowPredictor)
    assert predictor.row_bytes == 8 * 8 * 8 * 16


def test_keras_is_not_loaded_for_other_models():
    code = (
        "import sys, shapviz.models as m, shapviz.games, numpy as np;"
        "m.as_predictor(lambda x: x.sum(1))(np.ones((2, 2)));"
        "sys.exit('keras' in sys.modules or 'tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_model_on_another_backend_is_asked_without_expansion(monkeypatch):
    # The other backends are not installed here; the path they take is.
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    predictor = as_predictor(mlp(2))
    monkeypatch.undo()
    assert predictor.kind == "keras"
    assert not isinstance(predictor, ExpandingPredictor)
    np.testing.assert_allclose(predictor(X), as_predictor(predictor.model)(X), rtol=1e-5)
