"""GradientExplainer: the contract, its limit, its standard errors, any budget, the design."""

from __future__ import annotations

import threading
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapviz.errors import InputError, JobCancelled
from shapviz.explainers.gradient import GradientExplainer
from shapviz.explainers.gradient_design import leading, make_design
from shapviz.explainers.gradient_errors import Tally, neighbours, project, variances
from tests.contracts.explainer import ExplainerContract, keras_model
from tests.oracles import agree

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
layers = keras.layers


class TestGradient(ExplainerContract):
    explainer_class = GradientExplainer
    call_options: ClassVar = {"budget": 200}
    rel = 2e-6
    exact = False
    shapley = False

    def model(self, kind):
        return keras_model(kind)


rng = np.random.default_rng(0)
DIGITS, TABLE = rng.uniform(size=(80, 6, 6, 1)), rng.normal(size=(80, 10))


def trained(net, rows):
    """The net after a few epochs on a task with interactions, so that it is not near linear."""
    flat = rows.reshape(len(rows), -1)
    target = (flat[:, 0] * flat[:, 1] + flat[:, 2] > flat[:, 3] * flat[:, 4]).astype(int)
    net.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    net.fit(rows, target, epochs=15, verbose=0)
    return net


@pytest.fixture(scope="module")
def nets():
    keras.utils.set_random_seed(0)
    mlp = keras.Sequential(
        [
            keras.Input((10,)),
            layers.Dense(32, "relu"),
            layers.Dense(16, "tanh"),
            layers.Dense(2, "softmax"),
        ]
    )
    cnn = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(16, "relu"),
            layers.Dense(2, "softmax"),
        ]
    )
    return {"mlp": (trained(mlp, TABLE), TABLE), "cnn": (trained(cnn, DIGITS), DIGITS)}


def long_run(net, samples, background, points=400):
    """Expected gradients (n, p, K) by the midpoint rule with many points, in plain TensorFlow."""
    values = []
    alpha = (np.arange(points) + 0.5) / points
    for x in samples:
        step = (x - background)[:, None]
        met = background[:, None] + alpha.reshape(1, -1, *[1] * x.ndim) * step
        rows = tf.constant(met.reshape(-1, *x.shape), tf.float32)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(rows)
            out = net(rows, training=False)
            single = [out[:, k] for k in range(out.shape[1])]
        slopes = [tape.gradient(part, rows).numpy().reshape(met.shape) for part in single]
        values.append([(slope * step).mean((0, 1)).ravel() for slope in slopes])
    return np.moveaxis(np.array(values), 1, -1)


def covered(explanation, limit):
    values = explanation.flat()
    errors = explanation.standard_errors.reshape(limit.shape)
    return np.abs(values.values.reshape(limit.shape) - limit) <= 1.96 * errors


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_standard_errors_cover_the_limit(nets, name):
    net, rows = nets[name]
    samples, background = rows[50:58], rows[:50]
    limit = long_run(net, samples, background)
    explainer = GradientExplainer(net, background)
    hits = [covered(explainer(samples, budget=100, seed=seed), limit) for seed in range(20)]
    assert 0.90 <= np.mean(hits) <= 0.99


@pytest.mark.slow
def test_standard_errors_cover_with_many_points_a_row(nets):
    net, rows = nets["cnn"]
    samples, background = rows[50:58], rows[:50]
    limit = long_run(net, samples, background, points=2000)
    explainer = GradientExplainer(net, background)
    hits = [covered(explainer(samples, budget=1000, seed=seed), limit) for seed in range(10)]
    assert 0.90 <= np.mean(hits) <= 0.99


def test_more_evaluations_come_nearer(nets):
    net, rows = nets["mlp"]
    samples, background = rows[50:56], rows[:50]
    limit = long_run(net, samples, background)
    explainer = GradientExplainer(net, background)
    errors = [
        np.sqrt(
            np.mean([(explainer(samples, budget=n, seed=s).values - limit) ** 2 for s in range(3)])
        )
        for n in (30, 100, 1000)
    ]
    assert errors[0] > 2 * errors[1] > 8 * errors[2]


@pytest.mark.parametrize("budget", [1, 7, 49, 50, 60, 137])
def test_any_budget_adds_up(nets, budget):
    net, rows = nets["mlp"]
    e = GradientExplainer(net, rows[:50])(rows[50:54], budget=budget)
    assert np.abs(e.additivity_gap).max() <= 1e-9
    assert e.provenance["budget"] == budget
    assert (e.standard_errors is None) == (budget < 8)
    assert np.abs(e.raw_additivity_gap).max() > 1e-6


def test_the_logit_link_explains_log_odds(nets):
    net, rows = nets["mlp"]
    e = GradientExplainer(net, rows[:50], link="logit")(rows[50:54])
    p = net.predict(rows[50:54], verbose=0).astype(float)
    assert agree(e.predictions, np.log(p / p[:, ::-1]), 1e-5)


def test_smoothing_gives_other_values_and_no_standard_errors(nets):
    net, rows = nets["mlp"]
    plain = GradientExplainer(net, rows[:50])(rows[50:54])
    smooth = GradientExplainer(net, rows[:50], local_smoothing=0.5)
    e, again = smooth(rows[50:54]), smooth(rows[50:54])
    assert e.standard_errors is None
    assert agree(again.values, e.values, 1e-6)
    assert not agree(e.values, plain.values, 0.05)
    assert np.abs(e.additivity_gap).max() <= 1e-9
    # What smoothing changes is no sampling error: it stays, and the raw gap shows it.
    more = smooth(rows[50:54], budget=3200).raw_additivity_gap
    assert np.abs(more).max() > 0.01
    assert np.abs(more - e.raw_additivity_gap).max() < np.abs(more).max()


def test_a_negative_smoothing_is_refused(nets):
    with pytest.raises(InputError, match="`local_smoothing` must be a number of at least 0"):
        GradientExplainer(nets["mlp"][0], TABLE, local_smoothing=-1.0)


def test_a_recurrent_net_is_explained():
    keras.utils.set_random_seed(0)
    net = keras.Sequential([keras.Input((4, 2)), layers.LSTM(3), layers.Dense(2)])
    rows = rng.normal(size=(12, 4, 2))
    e = GradientExplainer(net, rows[:8])(rows[8:], budget=800)
    assert e.values.shape == (4, 4, 2, 2)
    scale = np.abs(e.predictions - e.base_values).max()
    assert np.abs(e.raw_additivity_gap).max() <= 1e-2 * scale


def test_cancel_is_heard_between_batches(nets, monkeypatch):
    from shapviz.explainers import gradient

    monkeypatch.setattr(gradient, "CALL_WORK", 1.0)
    stop, seen = threading.Event(), []

    def progress(done, total):
        seen.append(done)
        if len(seen) == 4:
            stop.set()

    net, rows = nets["mlp"]
    with pytest.raises(JobCancelled):
        GradientExplainer(net, rows[:50])(rows[50:], progress=progress, cancel=stop)
    assert len(seen) <= 5


def test_batches_change_nothing(nets, monkeypatch):
    from shapviz.explainers import gradient

    net, rows = nets["mlp"]
    whole = GradientExplainer(net, rows[:50])(rows[50:54])
    monkeypatch.setattr(gradient, "CALL_WORK", 200_000.0)
    explainer = GradientExplainer(net, rows[:50])
    parts = explainer(rows[50:54])
    raw = [e.predictions - e.base_values - e.raw_additivity_gap for e in (parts, whole)]
    assert agree(*raw, 1e-6)
    # Fewer neighbours are compared, so the gap is shared slightly otherwise, but never by company.
    assert agree(parts.values, whole.values, 0.02)
    assert agree(explainer(rows[51:52], outputs=[1]).values, parts.values[1:2, :, 1:], 1e-6)


def test_a_tolerance_doubles_the_budget_until_it_is_met(nets):
    net, rows = nets["mlp"]
    explainer = GradientExplainer(net, rows[:50])
    e = explainer(rows[50:58], tolerance=0.005)
    spread = np.ptp(e.values, axis=1)
    assert (e.standard_errors.max(1) <= 0.005 * spread + 1e-12).all()
    assert e.provenance["beyond_tolerance"] == 0
    used = e.provenance["answers_by_budget"]
    assert sum(used.values()) == 16
    assert len(used) > 1, "all stopped at once: the test shows too little"
    assert max(map(int, used)) == e.provenance["budget"] > 200
    assert np.abs(e.additivity_gap).max() <= 1e-9
    alone = explainer(rows[53:54], tolerance=0.005, outputs=[1])
    assert agree(alone.values, e.values[3:4, :, 1:], 2e-6)


def test_a_tolerance_gives_up_at_the_budget_and_says_so(nets):
    net, rows = nets["mlp"]
    e = GradientExplainer(net, rows[:50])(rows[50:54], tolerance=1e-6, budget=300)
    assert e.provenance["beyond_tolerance"] == 8
    assert e.provenance["answers_by_budget"] == {"300": 8}
    plain = GradientExplainer(net, rows[:50])(rows[50:54], budget=300)
    assert agree(e.values, plain.values, 1e-6)


@pytest.mark.parametrize("tolerance", [0, -1.0, True, "small", np.nan])
def test_a_wrong_tolerance_is_refused(nets, tolerance):
    with pytest.raises(InputError, match="`tolerance` must be a number above 0"):
        GradientExplainer(nets["mlp"][0], TABLE)(TABLE[:1], tolerance=tolerance)


# The design ----------------------------------------------------------------------------------


@given(b=st.integers(1, 40), budget=st.integers(1, 300), seed=st.integers(0, 99), data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_design_uses_its_budget_and_every_row_it_can(b, budget, seed, data):
    raw = np.array(data.draw(st.lists(st.floats(0.1, 5), min_size=b, max_size=b)))
    weights = raw / raw.sum()
    design = make_design(weights, budget, seed)
    assert design.evaluations == budget
    assert np.isclose(sum(stratum.weights.sum() for stratum in design.strata), 1.0)
    met = np.concatenate([stratum.rows for stratum in design.strata])
    assert len(set(met)) == len(met)
    assert (len(met) == b) == (design.left_out == 0)
    if budget >= b:
        assert len(met) == b
    for stratum in design.strata:
        assert ((stratum.points >= 0) & (stratum.points < 1)).all()


def test_equal_rows_are_met_equally_often():
    (stratum,) = make_design(np.full(100, 0.01), 200, 0).strata
    assert stratum.points.shape == (100, 2)
    assert {s.points.shape[1] for s in make_design(np.full(7, 1 / 7), 24, 1).strata} == {3, 4}


def test_points_cover_the_way_evenly():
    points = np.sort(make_design(np.full(50, 0.02), 100, 3).strata[0].points.ravel())
    assert np.abs(points - (np.arange(100) + 0.5) / 100).max() < 0.02
    drawn = np.sort(np.random.default_rng(3).uniform(size=100))
    assert np.abs(drawn - (np.arange(100) + 0.5) / 100).max() > 0.02


def test_rows_alike_fill_each_others_gaps():
    outputs = np.random.default_rng(0).normal(size=(40, 1)) * [2.0, -1.0]
    weights = np.full(40, 1 / 40)
    likeness = leading(outputs, weights)
    assert (np.argsort(likeness) == np.argsort(outputs[:, 0])).all()
    (stratum,) = make_design(weights, 80, 0, likeness).strata
    start = np.empty(40)
    start[stratum.rows] = 2 * stratum.points[:, 0]
    apart = np.abs(np.diff(start[np.argsort(likeness)]))
    assert np.minimum(apart, 1 - apart).min() > 0.38
    assert (leading(np.ones((5, 3)), np.full(5, 0.2)) == 0).all()


def test_neighbours_ignore_what_changes_smoothly_and_see_what_jumps():
    weights, noise = np.full(200, 1 / 200), np.random.default_rng(0).normal(size=200)
    trend = np.linspace(0, 5, 200)
    expected = 1 / 200
    assert abs(neighbours(noise, weights) - expected) < 0.3 * expected
    assert neighbours(trend, weights) < 0.01 * expected


def test_bends_are_trusted_more_with_more_points():
    tally = Tally.empty(1, 1, 2)
    tally.within += 0.01
    tally.jumps += [1.0, 0.001]
    tally.sum_within += 1.0
    tally.error_within += 1.0
    few, some, many = (variances(tally, points)[0, 0] for points in (2, 16, 400))
    assert agree(few, [0.01 ** (1 / 3), 0.01], 1e-12)
    assert agree(some, [0.01 ** (1 / 6), 0.01], 1e-12)
    assert some[0] < many[0] < 1.0


def test_projection_puts_the_gap_where_the_variance_is():
    values, variance = project(
        np.array([[[1.0, 2.0, 3.0]]]), np.array([[0.4]]), np.array([[[0.0, 1.0, 3.0]]])
    )
    assert agree(values[0, 0], [1.0, 2.1, 3.3], 1e-12)
    assert agree(variance[0, 0], [0.0, 0.75, 0.75], 1e-12)
