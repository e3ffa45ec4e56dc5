"""Keras models of several inputs and outputs through every explainer, the store and the figures."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import figures
from shapviz.background import Background
from shapviz.errors import InputError
from shapviz.explainers import (
    DeepExplainer,
    ExactExplainer,
    Explainer,
    GradientExplainer,
    KernelExplainer,
)
from shapviz.explainers.deep.doctor import diagnose
from shapviz.store import Store
from tests.oracles import agree, shapley

keras = pytest.importorskip("keras")
layers = keras.layers
rng = np.random.default_rng(3)


def bilinear():
    """f(a, b) = 2 (a · b) + 3 Σ a: its Shapley values are half of each product's change."""
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    total = keras.ops.sum(a, axis=1, keepdims=True)
    return keras.Model([a, b], 2 * layers.Dot(1)([a, b]) + 3 * total)


def two(n):
    return {"a": rng.normal(size=(n, 2)), "b": rng.normal(size=(n, 2))}


def flat(rows):
    return np.concatenate([rows["a"], rows["b"]], axis=1)


def test_values_of_two_inputs_are_the_shapley_values():
    X, background = two(3), two(4)
    exact = shapley(
        lambda r: 2 * (r[:, :2] * r[:, 2:]).sum(1) + 3 * r[:, :2].sum(1), flat(X), flat(background)
    )[..., 0]
    for kind, most in (
        (DeepExplainer, 1e-5),
        (ExactExplainer, 1e-5),
        (KernelExplainer, 1e-5),
        (GradientExplainer, 0.02),
    ):
        e = kind(bilinear(), background)(X)
        assert {name: part.shape for name, part in e.values.items()} == {"a": (3, 2), "b": (3, 2)}
        assert agree(e.flat().values, exact, most), kind
        assert e.feature_names == ("a: feature 0", "a: feature 1", "b: feature 0", "b: feature 1")
    weighted = Background(flat(background), [1, 1, 1, 1])
    assert agree(DeepExplainer(bilinear(), weighted)(X).flat().values, exact, 1e-5)
    walked = DeepExplainer(bilinear(), background)(X, segments=4, orders=1)
    assert agree(walked.predictions, walked.base_values + walked.flat().values.sum(1), 1e-5)


class Shelf(keras.Model):
    def __init__(self):
        super().__init__()
        self.words = layers.Embedding(9, 2)
        self.price = layers.Dense(1)
        self.kind = layers.Dense(2)

    def call(self, rows):
        x = keras.ops.tanh(keras.ops.sum(self.words(rows["ids"]), 1))
        x = keras.ops.concatenate([x * rows["size"], rows["size"]], 1)
        return {"price": self.price(x), "kind": self.kind(x)}


def on_shelf(n):
    return {"ids": rng.integers(0, 9, (n, 3)), "size": rng.normal(size=(n, 1))}


@pytest.fixture(scope="module")
def shelf():
    keras.utils.set_random_seed(0)
    model = Shelf()
    model(on_shelf(2))
    return model


def test_a_subclassed_models_inputs_are_those_of_the_background(shelf):
    X, background = on_shelf(3), on_shelf(4)
    e = Explainer(shelf, background)(X)
    assert e.provenance["explainer"] == "deep"
    assert e.output_names == ("kind 0", "kind 1", "price")
    assert {name: part.shape for name, part in e.values.items()} == {
        "ids": (3, 3, 3),
        "size": (3, 1, 3),
    }
    change = e.predictions - e.base_values
    assert np.abs(e.additivity_gap).max() <= 1e-5 * np.abs(change).max()
    assert agree(sum(e.input_shares.values()), change, 1e-5)
    np.testing.assert_array_equal(e.data["ids"], X["ids"])
    kernel = KernelExplainer(shelf, background)(X, budget=16)
    assert agree(kernel.predictions, e.predictions, 1e-5)
    assert np.corrcoef(kernel.flat().values.ravel(), e.flat().values.ravel())[0, 1] > 0.95


def test_smoothing_moves_the_floats_and_leaves_the_ids(shelf):
    X, background = on_shelf(2), on_shelf(3)
    plain = GradientExplainer(shelf, background)(X, outputs="price")
    smooth = GradientExplainer(shelf, background, local_smoothing=0.3)(X, outputs="price")
    assert np.abs(plain.raw_additivity_gap).max() <= 0.03 * np.abs(plain.values["size"]).max()
    assert not agree(smooth.values["ids"], plain.values["ids"], 1e-3)
    assert agree(smooth.values["ids"], plain.values["ids"], 0.5)


def test_two_outputs_are_those_of_a_pair_each():
    keras.utils.set_random_seed(1)
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    x = layers.Dense(4, "tanh")(layers.Concatenate()([a, b]))
    outputs = [layers.Dense(1, "sigmoid", name="yes")(x), layers.Dense(2, "softmax", name="of")(x)]
    net = keras.Model([a, b], outputs)
    X, background = ([rng.normal(size=(n, 3)), rng.normal(size=(n, 2))] for n in (2, 3))
    e = DeepExplainer(net, background, link="logit")(X)
    assert e.output_names == ("yes", "of 0", "of 1")
    assert (e.units, as_units(net)) == ("log-odds", "probability")
    alone = DeepExplainer((net.inputs, net.outputs[0]), background, link="logit")(X)
    assert agree(e.flat().values[..., 0], alone.flat().values, 1e-5)


def as_units(net):
    return KernelExplainer(net, [np.zeros((1, 3)), np.zeros((1, 2))]).units


# Kept and shown ------------------------------------------------------------------------------


def wide():
    keras.utils.set_random_seed(2)
    colour = keras.Input((1,), dtype="string", name="colour")
    size = keras.Input((2,), name="size")
    coded = layers.StringLookup(vocabulary=["red", "blue"], output_mode="one_hot")(colour)
    x = layers.Dense(4, "tanh")(layers.Concatenate()([coded, size]))
    return keras.Model({"colour": colour, "size": size}, layers.Dense(1)(x))


def coloured(n):
    return {"colour": rng.choice(["red", "blue"], (n, 1)), "size": rng.normal(size=(n, 2))}


def test_text_and_numbers_are_stored_shown_and_asked_once(tmp_path):
    X, background = coloured(12), coloured(4)
    explainer, store = ExactExplainer(wide(), background), Store(tmp_path)
    shown = {"colour": np.array([[f"a {c}"] for c in X["colour"][:, 0]]), "size": X["size"] * 10}
    e = store.explain(explainer, X, name="coats", display_data=shown)
    again = store.get(store.list()[0].key)
    assert e.equals(again)
    assert dict(again.inputs) == {"colour": (1,), "size": (2,)}
    np.testing.assert_array_equal(again.data["colour"], X["colour"])
    np.testing.assert_array_equal(again.display_data["size"].astype(float), X["size"] * 10)
    whole = explainer(X)
    np.testing.assert_allclose(again.flat().values, whole.flat().values, rtol=1e-6)
    store.explain(explainer, X, name="coats", display_data=shown)
    assert len(store.list()) == 1
    assert figures.waterfall(again, sample=3).data
    assert figures.beeswarm(again).data
    assert figures.bar(again).data
    assert figures.force(again, sample=3).data
    assert figures.dependence(again, feature="size: feature 0").data


def test_the_doctor_takes_several_inputs():
    found = diagnose(wide())
    assert found.refusals == {"deep": None, "gradient": None, "kernel": None}
    assert "LookupTableFindV2" in [use.op for use in found.uses]


# Refused -------------------------------------------------------------------------------------


def test_rows_that_do_not_fit_are_refused_before_anything_is_asked():
    explainer = KernelExplainer(bilinear(), two(3))
    with pytest.raises(InputError, match="`X` must hold the input 'b'"):
        explainer({"a": np.zeros((1, 2))})
    with pytest.raises(InputError, match=r"`X\['b'\]` must have a row for each sample"):
        explainer({"a": np.zeros((2, 2)), "b": np.zeros((1, 2))})
    with pytest.raises(InputError, match=r"`background\['a'\]` must have shape \(n, 2\)"):
        KernelExplainer(bilinear(), {"a": np.zeros((1, 3)), "b": np.zeros((1, 2))})
    with pytest.raises(InputError, match=r"hold the 4 entries .* got rows of shape \(2,\)"):
        KernelExplainer(bilinear(), Background(np.zeros((3, 2))))
    with pytest.raises(InputError, match="`display_data` must hold the input 'b'"):
        explainer(two(1), display_data={"a": np.zeros((1, 2))})


def test_fixed_padding_is_for_one_input():
    with pytest.raises(InputError, match="be 'free' for a model with several inputs"):
        DeepExplainer(bilinear(), two(2), padding="fixed", padding_id=0)
