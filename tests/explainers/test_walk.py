"""Deep in several segments: exact sums, both ends of the scale, standard errors, keys."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapviz.errors import InputError, JobCancelled
from shapviz.explainers.deep import DeepExplainer
from shapviz.explainers.deep.walk import _rounds
from shapviz.explainers.deep.walk_design import order_of, segments_of
from shapviz.explainers.deep.walk_errors import standard_errors
from shapviz.explainers.exact import ExactExplainer
from shapviz.explainers.gradient import GradientExplainer
from shapviz.store import Store
from shapviz.store.question import ask
from tests.contracts.explainer import ExplainerContract, keras_model
from tests.oracles import agree, shapley

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
layers = keras.layers


class TestTwoSegments(ExplainerContract):
    explainer_class = DeepExplainer
    call_options = {"segments": 2, "orders": 3}  # noqa: RUF012 (as the contract declares it)
    rel = 2e-6
    exact = False
    shapley = False
    takes_budget = False

    def model(self, kind):
        return keras_model(kind)


class TestAuto(ExplainerContract):
    explainer_class = DeepExplainer
    call_options = {"segments": "auto", "orders": 8}  # noqa: RUF012
    rel = 2e-6
    exact = False
    shapley = False
    takes_budget = False

    def model(self, kind):
        return keras_model(kind)


rng = np.random.default_rng(0)
TABLE = rng.normal(size=(400, 8))


@pytest.fixture(scope="module")
def net():
    """Trained on products, so that it is far from additive."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(24, "relu"),
            layers.Dense(12, "tanh"),
            layers.Dense(3, "softmax"),
        ]
    )
    score = TABLE[:, 0] * TABLE[:, 1] + TABLE[:, 2] * TABLE[:, 3] - TABLE[:, 4]
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    model.fit(TABLE, np.digitize(score, [-0.7, 0.7]), epochs=15, verbose=0)
    return model


@pytest.fixture(scope="module")
def exact(net):
    return shapley(lambda rows: net.predict_on_batch(rows.astype("float32")), SAMPLES, BACKGROUND)


SAMPLES, BACKGROUND = TABLE[:6], TABLE[20:32]


def rms(array):
    return float(np.sqrt(np.mean(np.square(array))))


# Numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("segments", [1, 2, 3, 8, "auto"])
@pytest.mark.parametrize("orders", [2, 5])
def test_every_setting_adds_up(net, segments, orders):
    e = DeepExplainer(net, BACKGROUND)(SAMPLES, segments=segments, orders=orders)
    assert np.abs(e.additivity_gap).max() <= 1e-6


def test_errors_fall_as_segments_and_orders_grow(net, exact):
    explainer = DeepExplainer(net, BACKGROUND)

    def error(segments, orders):
        seeds = range(3 if orders < 16 else 1)
        found = [explainer(SAMPLES, segments=segments, orders=orders, seed=s) for s in seeds]
        return rms([e.values - exact for e in found]) / rms(exact)

    in_one = error(1, 1)
    assert 0.02 < error(8, 32) < 0.6 * error(4, 4) < 0.6 * in_one
    assert error(4, 32) < error(2, 32) < in_one
    assert error(2, 32) < error(2, 1)


def test_a_segment_for_each_feature_is_sampled_shapley(net, exact):
    e = DeepExplainer(net, BACKGROUND)(SAMPLES, segments=8, orders=32)
    z = (e.values - exact) / e.standard_errors
    assert np.abs(z).max() < 5
    assert 0.7 < rms(z) < 1.4


def test_standard_errors_cover_the_limit_at_the_same_segments(net):
    explainer = DeepExplainer(net, BACKGROUND)
    for segments in (2, 4):
        limit = explainer(SAMPLES, segments=segments, orders=128, seed=99).values
        inside = []
        for orders in (2, 4):
            for seed in range(6):
                e = explainer(SAMPLES, segments=segments, orders=orders, seed=seed)
                inside.append(np.abs(e.values - limit) <= 1.96 * e.standard_errors)
        assert 0.90 <= np.mean(inside) <= 0.99


def test_one_order_has_no_standard_errors_and_two_have(net):
    explainer = DeepExplainer(net, BACKGROUND)
    assert explainer(SAMPLES, segments=2, orders=1).standard_errors is None
    assert explainer(SAMPLES, segments=2).standard_errors is not None
    assert explainer(SAMPLES, segments=1, orders=4).standard_errors is None


def test_orders_change_nothing_in_one_segment(net):
    explainer = DeepExplainer(net, BACKGROUND)
    assert agree(
        explainer(SAMPLES, segments=1, orders=4, seed=3).values, explainer(SAMPLES).values, 1e-9
    )


def test_more_segments_than_features_are_as_many(net):
    explainer = DeepExplainer(net, BACKGROUND)
    many, eight = (explainer(SAMPLES, segments=count) for count in (20, 8))
    assert agree(many.values, eight.values, 1e-9)
    assert many.provenance["segments"] == 8
    assert many.provenance["estimand"] == "deep(8)"


def test_seeds_give_other_orders(net):
    explainer = DeepExplainer(net, BACKGROUND)
    first, second = (explainer(SAMPLES, segments=2, seed=s).values for s in (0, 1))
    assert not agree(first, second, 1e-3)


def test_weights_of_background_rows_count(net):
    from shapviz.background import Background

    weighted = Background(BACKGROUND[:3], weights=[2.0, 1.0, 1.0])
    twice = np.concatenate([BACKGROUND[:3], BACKGROUND[:1]])
    e, same = (DeepExplainer(net, b)(SAMPLES, segments=8, orders=64) for b in (weighted, twice))
    gap = np.abs(e.values - same.values)
    assert (gap <= 5 * np.hypot(e.standard_errors, same.standard_errors)).all()
    assert agree(e.base_values, same.base_values, 1e-6)


def test_images_and_recurrent_nets_add_up():
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(2, "softmax"),
        ]
    )
    rows = rng.uniform(size=(9, 6, 6, 1))
    e = DeepExplainer(net, rows[:6])(rows[6:], segments=3)
    assert e.values.shape == (3, 6, 6, 1, 2)
    assert np.abs(e.additivity_gap).max() <= 1e-5


# The design ----------------------------------------------------------------------------------


@given(
    data=st.data(),
    d=st.integers(1, 12),
    segments=st.integers(1, 12),
    seed=st.integers(0, 50),
)
@settings(max_examples=80, deadline=None)
def test_segments_hold_equally_many_changing_features(data, d, segments, seed):
    varies = np.array(data.draw(st.lists(st.booleans(), min_size=d, max_size=d)))[None, None]
    order = order_of(d, 0, 0, seed)[None]
    found = segments_of(varies, order, segments)
    assert found.min() >= 0
    assert found.max() < segments
    sizes = np.bincount(found[varies], minlength=segments)
    assert sizes.max() - sizes.min() <= 1
    along = found[0, 0][order[0]][varies[0, 0][order[0]]]
    assert (np.diff(along) >= 0).all()


def test_orders_are_their_own_stream():
    assert (order_of(9, 2, 1, 0) == order_of(9, 2, 1, 0)).all()
    others = [order_of(9, *place) for place in ((3, 1, 0), (2, 2, 0), (2, 1, 1))]
    assert all((order != order_of(9, 2, 1, 0)).any() for order in others)


@pytest.mark.parametrize("orders", [1, 2, 3, 5, 7, 64])
def test_rounds_use_all_orders_and_never_end_on_one(orders):
    assert list(_rounds(orders, growing=False)) == [orders]
    rounds = list(_rounds(orders, growing=True))
    assert sum(rounds) == orders
    assert orders == 1 or min(rounds) > 1


def test_standard_errors_of_known_spreads():
    draws = np.random.default_rng(0).normal(size=(4000, 20, 5))
    off = draws - draws.mean(-1, keepdims=True)
    squares = (off**2).sum(-1) / 20**2
    spread, fourth = (part.sum(1).reshape(1, -1, 1) for part in (squares, squares**2))
    varied = np.ones((1, 4000), bool)
    varied[0, :10] = False
    errors = standard_errors(spread, fourth, varied, 4, 5)[0, :, 0]
    assert (errors[:10] == 0).all()
    # Twenty rows of five orders each, unit variance.
    assert abs(errors[10:].mean() / 0.1 - 1) < 0.05


# Growing -------------------------------------------------------------------------------------


def test_a_tolerance_adds_orders_until_it_is_met(net):
    e = DeepExplainer(net, BACKGROUND)(SAMPLES, segments=2, tolerance=0.06)
    assert (e.standard_errors.max(1) <= 0.06 * np.ptp(e.values, axis=1) + 1e-12).all()
    assert e.provenance["beyond_tolerance"] == 0
    assert sum(e.provenance["answers_by_orders"].values()) == 18
    assert e.provenance["orders"] > 2
    assert e.provenance["estimand"] == "deep(2)"


def test_what_is_not_reached_is_said(net):
    e = DeepExplainer(net, BACKGROUND)(SAMPLES, segments=2, tolerance=1e-5, orders=3)
    assert e.provenance["beyond_tolerance"] == 18
    assert e.provenance["orders"] == 3


def test_auto_comes_nearer_than_one_segment(net, exact):
    explainer = DeepExplainer(net, BACKGROUND)
    e, in_one = explainer(SAMPLES, segments="auto", tolerance=0.05), explainer(SAMPLES)
    spread = np.ptp(exact, axis=1)[:, None, :]

    def within(values):
        return np.mean(np.abs(values - exact) <= 0.05 * spread)

    assert within(e.values) > max(0.8, within(in_one.values))
    assert rms(e.values - exact) < 0.5 * rms(in_one.values - exact)
    assert e.provenance["estimand"] == "deep(auto)"
    assert sum(e.provenance["answers_by_segments"].values()) == 18


def test_auto_stops_at_once_where_nothing_changes():
    e = DeepExplainer(keras_model("linear"), BACKGROUND[:, :4])(SAMPLES[:, :4], segments="auto")
    assert e.provenance["segments"] == 2
    assert e.provenance["orders"] == 2


# Calls ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"segments": 0}, "`segments` must be a whole number of at least 1"),
        ({"segments": 2.5}, "`segments` must be a whole number"),
        ({"segments": "many"}, "`segments` must be a whole number"),
        ({"segments": 2, "orders": 0}, "`orders` must be a whole number of at least 1"),
        ({"segments": 2, "orders": 1, "tolerance": 0.1}, "`orders` must .* at least 2"),
        ({"segments": 2, "tolerance": 0}, "`tolerance` must be a number above 0"),
        ({"tolerance": 0.1}, "`tolerance` must come with segments"),
        ({"segmants": 2}, "`segmants` must be an option of the deep explainer.*segments, orders"),
    ],
)
def test_wrong_options_are_refused(net, call, message):
    with pytest.raises(InputError, match=message):
        DeepExplainer(net, BACKGROUND)(SAMPLES, **call)


def test_methods_without_options_refuse_them():
    with pytest.raises(InputError, match="`segments` must be an option of the exact explainer"):
        ExactExplainer(lambda X: X.sum(1), np.zeros((1, 2)))(np.ones((1, 2)), segments=2)


def test_the_question_holds_what_changes_the_numbers(net):
    explainer = DeepExplainer(net, BACKGROUND)
    plain = explainer.question()
    assert explainer.question(segments=1, orders=4) == plain
    asked = [
        explainer.question(segments=2),
        explainer.question(segments=3),
        explainer.question(segments=2, orders=4),
        explainer.question(segments=2, tolerance=0.1),
        explainer.question(segments="auto"),
    ]
    assert all(question != plain for question in asked)
    assert asked[0]["parameters"] == {"segments": 2}
    assert len({str(question) for question in asked}) == 5
    gradient = GradientExplainer(net, BACKGROUND)
    assert gradient.question(tolerance=0.1) != gradient.question()


def test_the_store_tells_segments_apart(net, tmp_path):
    explainer = DeepExplainer(net, BACKGROUND)
    store = Store(tmp_path)
    first = store.explain(explainer, SAMPLES, name="one")
    refined = store.explain(explainer, SAMPLES, name="two", segments=2)
    assert not agree(refined.values, first.values, 1e-3)
    calls = [{}, {"segments": 1, "orders": 3}, {"segments": 2}, {"segments": 2, "orders": 3}]
    plain, same, two, three = (ask(explainer, SAMPLES, call, None, "walked").key for call in calls)
    assert plain == same
    assert len({plain, two, three}) == 3


def test_provenance_says_segments_orders_and_passes(net):
    p = DeepExplainer(net, BACKGROUND)(SAMPLES, segments=2, orders=3).provenance
    assert (p["segments"], p["orders"], p["passes"]) == (2, 3, 6 * 12 * 2 * 2 * 3)
    assert p["estimand"] == "deep(2)"
    assert p["parameters"] == {"segments": 2, "orders": 3}
    assert DeepExplainer(net, BACKGROUND)(SAMPLES).provenance["segments"] == 1


# Memory, cancel ------------------------------------------------------------------------------


@pytest.mark.parametrize("fused", [False, True])
def test_batches_change_nothing(net, monkeypatch, fused):
    from shapviz.explainers.deep import cost

    whole = DeepExplainer(net, BACKGROUND)(SAMPLES, segments=3)
    monkeypatch.setattr(cost, "CALL_WORK", 400_000.0)
    if fused:
        monkeypatch.setattr(cost, "WORTH_COMPILING", 0.0)
    explainer = DeepExplainer(net, BACKGROUND)
    parts = explainer(SAMPLES, segments=3)
    assert agree(parts.values, whole.values, 1e-6)
    assert agree(parts.standard_errors, whole.standard_errors, 1e-4)
    assert list(explainer._walk_steps) != [None] if fused else list(explainer._walk_steps) == [None]


def test_cancel_is_heard_between_batches(net, monkeypatch):
    from shapviz.explainers.deep import cost

    monkeypatch.setattr(cost, "CALL_WORK", 1.0)
    stop, seen = threading.Event(), []

    def progress(done, total):
        seen.append(done)
        if len(seen) == 4:
            stop.set()

    with pytest.raises(JobCancelled):
        DeepExplainer(net, BACKGROUND)(SAMPLES, segments=2, progress=progress, cancel=stop)
    assert len(seen) <= 5
