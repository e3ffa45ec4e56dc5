"""A first dense layer taken apart answers as the whole model does."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from shapviz.explainers.kernel import KernelExplainer  # noqa: E402 (Keras may be missing)
from shapviz.models import as_predictor, keras_expand  # noqa: E402

L = keras.layers


def functional(shape):
    """A net whose input goes into a Dense layer alone."""
    keras.utils.set_random_seed(1)
    given = keras.Input(shape)
    inner = L.Flatten()(given) if len(shape) > 1 else given
    hidden = L.Dense(9, "gelu")(inner)
    return keras.Model(given, L.Dense(2, "softmax")(L.Concatenate()([hidden, L.Dense(3)(hidden)])))


def skipping():
    """A net whose input goes past its Dense layer, too."""
    given = keras.Input((6,))
    return keras.Model(given, L.Dense(1)(L.Concatenate()([L.Dense(4, "relu")(given), given])))


SPLIT = {
    "sequential": lambda: keras.Sequential(
        [keras.Input((6,)), L.Dense(8, "relu", use_bias=False), L.Dense(1)]
    ),
    "functional": lambda: functional((6,)),
    "flattened": lambda: functional((2, 3)),
    "sigmoid": lambda: keras.Sequential(
        [keras.Input((6,)), L.Dense(8, "relu"), L.Dense(4), L.Dense(1, "sigmoid")]
    ),
    "two layers": lambda: keras.Sequential(
        [keras.Input((6,)), L.Dense(8, "relu"), L.Dense(2, "tanh", use_bias=False)]
    ),
}

WHOLE = {
    "past the layer": skipping,
    "nothing after it": lambda: keras.Sequential([keras.Input((6,)), L.Dense(2)]),
    "positions": lambda: keras.Sequential(
        [keras.Input((3, 2)), L.Dense(4), L.Flatten(), L.Dense(1)]
    ),
    "half precision": lambda: keras.Sequential(
        [keras.Input((6,)), L.Dense(4, dtype="mixed_float16"), L.Dense(1)]
    ),
    "another layer first": lambda: keras.Sequential(
        [keras.Input((6,)), L.LayerNormalization(), L.Dense(4), L.Dense(1)]
    ),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_other_models_stay_whole(kind):
    assert keras_expand.split_of(WHOLE[kind](), "float32") is None


def test_a_function_that_is_slow_in_its_layer_is_taken_out():
    splits = {kind: keras_expand.split_of(make(), "float32") for kind, make in SPLIT.items()}
    assert [kind for kind, split in splits.items() if split.last is not None] == [
        "sigmoid",
        "two layers",
    ]
    assert splits["two layers"].rest is None


@pytest.mark.parametrize("chunk", [2, 5, 16, 2**14])
def test_parts_may_be_cut_anywhere(chunk, monkeypatch):
    draw = np.random.default_rng(3)
    model = SPLIT["sigmoid"]()
    whole = as_predictor(model)
    monkeypatch.setattr(keras_expand, "CHUNK", chunk)
    parts = as_predictor(model)
    for each, u, b in ((7, 3, 2), (1, 5, 4), (6, 2, 1), (1, 7, 1), (9, 1, 3)):
        x, background = draw.normal(size=(each * u, 6)), draw.normal(size=(b, 6))
        asked = x, background, draw.random((u, 6)) < 0.5, np.full(b, 1 / b)
        with monkeypatch.context() as wide:
            wide.setattr(keras_expand, "CHUNK", 2**14)
            expected = whole.expand(*asked)
        assert np.abs(parts.expand(*asked) - expected).max() <= 1e-6 * np.abs(expected).max()


@pytest.mark.parametrize("kind", SPLIT)
def test_halves_add_up_to_the_whole(kind, monkeypatch):
    model = SPLIT[kind]()
    assert keras_expand.split_of(model, "float32") is not None
    draw = np.random.default_rng(0)
    x, background = (draw.normal(size=(n, *model.input_shape[1:])) for n in (15, 4))
    coalitions, weights = draw.random((5, 6)) < 0.5, np.array([0.4, 0.3, 0.2, 0.1])
    halves = as_predictor(model).expand(x, background, coalitions, weights)
    kept = np.repeat(coalitions, 3, axis=0)
    mixed = np.where(kept[:, None], x.reshape(15, 1, 6), background.reshape(1, 4, 6))
    asked = model(mixed.reshape(60, *model.input_shape[1:]).astype("float32")).numpy()
    expected = np.einsum("qbk,b->qk", asked.reshape(15, 4, -1), weights)
    assert np.abs(halves - expected).max() <= 1e-6 * np.abs(expected).max()
    monkeypatch.setattr(keras_expand, "split_of", lambda *_: None)
    whole = as_predictor(model).expand(x, background, coalitions, weights)
    assert np.abs(halves - whole).max() <= 1e-6 * np.abs(whole).max()


def test_training_further_changes_the_answers():
    model = SPLIT["sequential"]()
    explainer = KernelExplainer(model, np.zeros((2, 6), "float32"))
    rows = np.ones((3, 6), "float32")
    first = explainer(rows).values
    model.layers[0].kernel.assign(2 * model.layers[0].kernel)
    assert np.abs(explainer(rows).values - 2 * first).max() <= 1e-5 * np.abs(first).max()


def test_samples_together_and_alone_agree():
    draw = np.random.default_rng(2)
    rows = draw.normal(size=(30, 6)).astype("float32")
    explainer = KernelExplainer(functional((6,)), rows[:20])
    together = explainer(rows[20:], budget=40, estimator="wls").values
    alone = explainer(rows[23:24], budget=40, estimator="wls").values
    assert np.abs(together[3] - alone[0]).max() <= 1e-6 * np.abs(together).max()
