"""DeepExplainer: the contract, exact sums, softmax against exact values, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest

from shapviz.errors import InputError, JobCancelled, UnsupportedOpError
from shapviz.explainers.deep import DeepExplainer
from tests.contracts.explainer import ExplainerContract, keras_model
from tests.oracles import agree, shapley

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
layers = keras.layers


class TestDeep(ExplainerContract):
    explainer_class = DeepExplainer
    rel = 2e-6
    shapley = False
    takes_budget = False

    def model(self, kind):
        return keras_model(kind)


def relative_gap(explanation) -> float:
    """Largest |gap| over largest |prediction − base|, per output, the worst of them."""
    gap = np.abs(explanation.additivity_gap).max(0)
    return float(np.max(gap / np.abs(explanation.predictions - explanation.base_values).max(0)))


def table_net(activation: str, last: str | None, outputs: int = 1):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((10,)),
            layers.Dense(32, activation),
            layers.Dropout(0.5),
            layers.Dense(16, activation),
            layers.Dense(outputs, last),
        ]
    )


def digit_net():
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Conv2D(8, 3, activation="silu"),
            layers.Flatten(),
            layers.Dense(16, "relu"),
            layers.Dense(10, "softmax"),
        ]
    )
    net.layers[1].set_weights([w + 0.3 for w in net.layers[1].get_weights()])
    return net


rng = np.random.default_rng(0)
TABLE, IMAGES = rng.normal(size=(60, 10)), rng.uniform(size=(24, 8, 8, 1))


@pytest.mark.parametrize(
    ("last", "link"), [(None, "identity"), ("sigmoid", "identity"), ("sigmoid", "logit")]
)
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_a_table_net_adds_up(activation, last, link):
    e = DeepExplainer(table_net(activation, last), TABLE[:20], link=link)(TABLE[20:])
    assert relative_gap(e) <= 1e-6
    assert e.standard_errors is None
    assert e.provenance["estimand"] == "deep(1)"
    assert e.provenance["base"] == "mean_of_link"


@pytest.mark.parametrize("link", ["identity", "logit"])
def test_an_image_net_adds_up(link):
    e = DeepExplainer(digit_net(), IMAGES[:8], link=link)(IMAGES[8:])
    assert e.values.shape == (16, 8, 8, 1, 10)
    assert relative_gap(e) <= 1e-5
    assert 0 <= e.provenance["largest_residual"] <= 1e-3


def test_the_logit_link_is_the_net_without_its_last_activation():
    net = table_net("relu", "sigmoid")
    bare = keras.models.clone_model(net)
    bare.layers[-1].activation = keras.activations.linear
    bare.set_weights(net.get_weights())
    linked = DeepExplainer(net, TABLE[:20], link="logit")(TABLE[20:])
    assert agree(linked.values, DeepExplainer(bare, TABLE[:20])(TABLE[20:]).values, 1e-6)
    assert linked.units == "log-odds"


def test_the_logit_link_stays_finite_where_probabilities_are_rounded_to_one():
    net = table_net("relu", "sigmoid")
    kernel, bias = net.layers[-1].get_weights()
    net.layers[-1].set_weights([1000 * kernel, bias])
    assert net.predict(TABLE, verbose=0).max() == 1.0
    e = DeepExplainer(net, TABLE[:20], link="logit")(TABLE[20:])
    assert np.isfinite(e.values).all()
    assert relative_gap(e) <= 1e-6


def test_the_logit_link_of_a_softmax_is_one_class_against_the_rest():
    net = table_net("tanh", "softmax", 3)
    e = DeepExplainer(net, TABLE[:5], link="logit")(TABLE[20:25])
    p = net.predict(TABLE[20:25], verbose=0).astype(float)
    assert agree(e.predictions, np.log(p / (1 - p)), 1e-5)


def test_weights_of_background_rows_count():
    from shapviz.background import Background

    net = table_net("relu", "softmax", 3)
    twice = np.concatenate([TABLE[:3], TABLE[:1]])
    weighted = Background(TABLE[:3], weights=[2.0, 1.0, 1.0])
    e, expected = (DeepExplainer(net, b)(TABLE[20:30]) for b in (weighted, twice))
    assert agree(e.values, expected.values, 1e-6)
    assert agree(e.base_values, expected.base_values, 1e-6)


def test_weights_are_read_anew():
    net = table_net("relu", None)
    explainer = DeepExplainer(net, TABLE[:5])
    before = explainer(TABLE[20:22]).values
    net.layers[-1].set_weights([2 * w for w in net.layers[-1].get_weights()])
    assert agree(explainer(TABLE[20:22]).values, 2 * before, 1e-6)


def test_the_fused_step_gives_the_same_numbers(monkeypatch):
    from shapviz.explainers.deep import cost

    net = table_net("relu", "softmax", 3)
    plain = DeepExplainer(net, TABLE[:7])(TABLE[20:31])
    monkeypatch.setattr(cost, "WORTH_COMPILING", 0.0)
    monkeypatch.setattr(cost, "CALL_WORK", 60000.0)
    cut = cost.plan(DeepExplainer(net, TABLE[:7]).graph, 11, 7, 3)
    assert cut.fused
    assert 11 % cut.samples or 7 % cut.baselines, "nothing is padded: the test shows too little"
    fused = DeepExplainer(net, TABLE[:7])(TABLE[20:31])
    assert agree(fused.values, plain.values, 1e-6)


def test_softmax_is_nearer_to_shapley_values_than_its_parts():
    keras.utils.set_random_seed(4)
    inputs = keras.Input((10,))
    logits = layers.Dense(3)(layers.Dense(20, "relu")(inputs))
    whole = keras.Model(inputs, layers.Softmax()(logits))
    parts = keras.Model(
        inputs,
        layers.Lambda(lambda z: tf.exp(z) / tf.reduce_sum(tf.exp(z), -1, keepdims=True))(logits),
    )
    whole.set_weights([2 * w for w in whole.get_weights()])
    parts.set_weights(whole.get_weights())
    x, background = TABLE[:4], TABLE[20:30]
    exact = shapley(lambda rows: whole.predict_on_batch(rows.astype("float32")), x, background)

    def error(net):
        off = DeepExplainer(net, background)(x).values - exact
        return np.sqrt(np.mean(off**2) / np.mean(exact**2))

    assert error(whole) < 0.4
    assert error(parts) > 3 * error(whole)


def test_an_irrelevant_input_far_from_zero_gets_little():
    """Two normal inputs, mean 100, standard deviation 50; the class is whether x0 ≥ 100."""
    keras.utils.set_random_seed(0)
    draws = np.random.default_rng(0).normal(100, 50, (600, 2))
    net = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Rescaling(1 / 50, offset=-2),
            layers.Dense(16, "relu"),
            layers.Dense(2, "softmax"),
        ]
    )
    net.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    net.fit(draws, (draws[:, 0] >= 100).astype(int), epochs=15, batch_size=64, verbose=0)
    values = DeepExplainer(net, draws[:50])(draws[100:300]).values[..., 1]
    assert np.corrcoef(values[:, 0], draws[100:300, 0])[0, 1] > 0.8
    assert np.abs(values[:, 1]).mean() < 0.15 * np.abs(values[:, 0]).mean()


# What is refused, before anything is computed ------------------------------------------------


def test_an_op_without_a_rule_is_refused_by_name():
    across = layers.Lambda(lambda x: tf.nn.lrn(x[:, None, None, :])[:, 0, 0, :], name="across")
    net = keras.Sequential([keras.Input((10,)), across, layers.Dense(1)])
    with pytest.raises(UnsupportedOpError, match=r"LRN.*across.*GradientExplainer"):
        DeepExplainer(net, TABLE[:5])


def test_an_index_that_depends_on_the_input_is_refused():
    pick = layers.Lambda(lambda x: tf.gather(x, tf.cast(x[0, :2], tf.int32), axis=1))
    net = keras.Sequential([keras.Input((10,)), pick, layers.Dense(1)])
    with pytest.raises(UnsupportedOpError, match="GatherV2"):
        DeepExplainer(net, TABLE[:5])


def test_other_models_are_refused():
    with pytest.raises(InputError, match=r"Keras model.*KernelExplainer"):
        DeepExplainer(lambda X: X.sum(axis=1), TABLE)


def test_another_link_is_refused():
    from shapviz.links import Link

    with pytest.raises(InputError, match="'identity' or 'logit'"):
        DeepExplainer(table_net("relu", None), TABLE, link=Link("log", np.log, np.exp))


def test_another_backend_is_refused(monkeypatch):
    net = table_net("relu", None)
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(InputError, match="the jax backend"):
        DeepExplainer(net, TABLE)


def test_nothing_of_tensorflow_is_left_changed():
    from tensorflow.python.framework import ops

    before = set(ops.gradient_registry.list())
    DeepExplainer(table_net("relu", "softmax", 3), TABLE[:2])(TABLE[2:4])
    assert set(ops.gradient_registry.list()) == before


# Progress, cancel, cost ----------------------------------------------------------------------


def test_cancel_is_heard_between_batches(monkeypatch):
    from shapviz.explainers.deep import cost

    monkeypatch.setattr(cost, "CALL_WORK", 1.0)
    stop, seen = threading.Event(), []

    def progress(done, total):
        seen.append(done)
        if len(seen) == 4:
            stop.set()

    with pytest.raises(JobCancelled):
        DeepExplainer(table_net("relu", None), TABLE[:5])(
            TABLE[20:], progress=progress, cancel=stop
        )
    assert len(seen) <= 5


def test_one_trace_serves_every_call():
    explainer = DeepExplainer(table_net("relu", "softmax", 3), TABLE[:5])
    for rows, outputs in ((3, None), (1, [2]), (17, [0, 1])):
        explainer(TABLE[20 : 20 + rows], outputs=outputs)
    assert list(explainer._steps) == [None]
    assert explainer._steps[None].experimental_get_tracing_count() == 1


def test_importing_it_loads_no_tensorflow():
    code = "import sys, shapviz.explainers.deep; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
