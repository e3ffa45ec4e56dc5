"""Explaining from an inner layer, one step of many, ranked outputs and models of any size."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz.errors import InputError, ModelError
from shapviz.explainers.deep import DeepExplainer
from shapviz.explainers.gradient import GradientExplainer
from shapviz.explainers.kernel import KernelExplainer
from tests.oracles import agree

keras = pytest.importorskip("keras")
layers = keras.layers

rng = np.random.default_rng(5)
X = rng.normal(size=(12, 6)).astype("float32")
BOTH = [DeepExplainer, GradientExplainer]


def table_net(outputs=4):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(5, "tanh", name="hidden"),
            layers.Dense(4, "tanh"),
            layers.Dense(outputs, "softmax"),
        ]
    )


def relative_gap(e) -> float:
    gap = e.additivity_gap if e.raw_additivity_gap is None else e.raw_additivity_gap
    return float(np.abs(gap).max() / np.abs(e.predictions - e.base_values).max())


@pytest.mark.parametrize("explainer", BOTH)
def test_an_inner_layer_is_explained(explainer):
    net = table_net()
    hidden = keras.Model(net.inputs, net.get_layer("hidden").output).predict(X, verbose=0)
    for pair in ((net.get_layer("hidden").output, net.outputs[0]), (net.get_layer("hidden"), net)):
        e = explainer(pair, hidden[:5])(hidden[5:])
        assert e.values.shape == (7, 5, 4)
        assert agree(e.predictions, net.predict(X[5:], verbose=0), 1e-5)
        assert relative_gap(e) <= (1e-5 if explainer is DeepExplainer else 0.02)


def test_the_embedding_of_tokens_sums_to_the_tokens():
    keras.utils.set_random_seed(0)
    ids = rng.integers(0, 10, (9, 6))
    net = keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            layers.Embedding(10, 4, name="words"),
            layers.Conv1D(3, 2, activation="relu"),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    inner = net.get_layer("words")
    embedded = keras.Model(net.inputs, inner.output).predict(ids, verbose=0)
    e = DeepExplainer((inner.output, net.outputs[0]), embedded[:4])(embedded[4:])
    assert agree(e.values.sum(-1), DeepExplainer(net, ids[:4])(ids[4:]).values, 1e-5)


def test_a_pair_that_leaves_the_way_open_is_refused():
    inputs = keras.Input((6,))
    hidden = layers.Dense(3)(inputs)
    net = keras.Model(inputs, layers.Dense(1)(layers.Concatenate()([hidden, inputs])))
    with pytest.raises(ModelError, match="depends on the inner tensor alone"):
        DeepExplainer((hidden, net.outputs[0]), np.zeros((2, 3)))


def stepped():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input((5, 3)), layers.Conv1D(4, 2, padding="causal"), layers.Dense(2, "tanh")]
    )


@pytest.mark.parametrize("explainer", BOTH)
def test_one_step_of_many_is_explained(explainer):
    series = rng.normal(size=(8, 5, 3)).astype("float32")
    e = explainer(stepped(), series[:3], output_step=2)(series[3:])
    assert agree(e.predictions, stepped().predict(series[3:], verbose=0)[:, 2], 1e-5)
    assert (e.values[:, 3:] == 0).all()
    assert relative_gap(e) <= (1e-5 if explainer is DeepExplainer else 0.02)


def test_many_steps_are_refused():
    series = np.zeros((3, 5, 3))
    with pytest.raises(ModelError, match="pick the time step"):
        DeepExplainer(stepped(), series)
    with pytest.raises(InputError, match="`output_step` must be from 0 to 4"):
        DeepExplainer(stepped(), series, output_step=5)
    with pytest.raises(
        InputError, match=r"`output_step` must be given for .*\(n, steps, outputs\)"
    ):
        DeepExplainer(table_net(), X, output_step=0)


@pytest.mark.parametrize("pack", [lambda t: [t], lambda t: {"answer": t}])
def test_a_single_output_in_a_list_or_dict_is_taken(pack):
    net = table_net()
    packed = keras.Model(net.inputs, pack(net.outputs[0]))
    e = DeepExplainer(packed, X[:5])(X[5:])
    assert agree(e.values, DeepExplainer(net, X[:5])(X[5:]).values, 1e-6)


# Ranked outputs ------------------------------------------------------------------------------


@pytest.mark.parametrize("explainer", [*BOTH, KernelExplainer])
def test_each_sample_has_its_own_top_outputs(explainer):
    net = table_net()
    made = explainer(net, X[:5], output_names=list("abcd"))
    whole, e = made(X[5:]), made(X[5:], outputs="top2")
    order = np.argsort(-whole.predictions, axis=1)[:, :2]
    assert e.values.shape == (7, 6, 2)
    assert np.array_equal(e.output_names, np.array(list("abcd"))[order])
    assert len({tuple(row) for row in order}) > 1
    assert agree(e.predictions, np.take_along_axis(whole.predictions, order, 1), 1e-6)
    assert agree(e.values, np.take_along_axis(whole.values, order[:, None], 2), 1e-5)
    if whole.standard_errors is not None:
        errors = np.take_along_axis(whole.standard_errors, order[:, None], 2)
        assert agree(e.standard_errors, errors, 1e-3)


def test_ranked_outputs_are_another_question():
    made = DeepExplainer(table_net(), X[:5])
    assert made.question(outputs="top2") != made.question()
    assert made.question(outputs="top2")["outputs"] == ["top2"]


@pytest.mark.parametrize("count", [0, 5])
def test_a_ranking_of_more_outputs_than_there_are_is_refused(count):
    with pytest.raises(InputError, match="rank from 1 to 4 outputs"):
        DeepExplainer(table_net(), X[:5])(X[5:], outputs=f"top{count}")


# Any size ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [6, 9])
def test_models_of_unknown_size_take_the_backgrounds(size):
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.Input((None, None, 2)),
            layers.Conv2D(3, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    )
    images = rng.normal(size=(6, size, size, 2))
    for explainer in BOTH:
        e = explainer(net, images[:2])(images[2:])
        assert e.values.shape == (4, size, size, 2, 2)
        assert relative_gap(e) <= (1e-4 if explainer is DeepExplainer else 0.05)


def test_tokens_of_unknown_length_take_the_backgrounds():
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(10, 3),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1),
        ]
    )
    ids = rng.integers(0, 10, (6, 8))
    assert relative_gap(DeepExplainer(net, ids[:2])(ids[2:])) <= 1e-5
