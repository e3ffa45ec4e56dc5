"""What makes values Shapley values, over drawn games, shapes, dtypes, missing values and names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shapviz.coalitions import paired_design
from shapviz.explainers.estimators import paired_plan
from shapviz.explainers.exact import ExactExplainer
from shapviz.explainers.kernel import KernelExplainer
from shapviz.explainers.partition import PartitionExplainer
from shapviz.explainers.permutation import PermutationExplainer
from shapviz.explainers.sampling import SamplingExplainer
from shapviz.games.pace import Pace
from tests.oracles import agree

SAMPLED = (KernelExplainer, PermutationExplainer, SamplingExplainer)
few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def drawn_model(seed, d):
    """A smooth function of d features with interactions, and a jump."""
    r = np.random.default_rng(seed)
    W, w = r.normal(size=(d, 3)), r.normal(size=d)

    def model(rows):
        Z = np.nan_to_num(np.asarray(rows, dtype=float).reshape(len(rows), -1), nan=0.3)
        return 50 + np.tanh(Z @ W).prod(axis=1) + Z @ w + (Z[:, 0] > 0) * Z[:, -1]

    return model


@pytest.mark.parametrize("make", SAMPLED)
@given(data=st.data())
@few
def test_values_add_up_whatever_the_rows(make, data):
    seed, d = data.draw(st.integers(0, 999)), data.draw(st.integers(1, 7))
    n, b = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))
    dtype = data.draw(st.sampled_from(["float64", "float32", "int32", "bool"]))
    names = data.draw(st.lists(st.text(max_size=8), min_size=d, max_size=d, unique=True))
    rows = (3 * np.random.default_rng(seed).normal(size=(n + b, d))).astype(dtype)
    if rows.dtype.kind == "f":
        rows[np.random.default_rng(seed + 1).random(rows.shape) < 0.2] = np.nan
    budget = data.draw(st.one_of(st.none(), st.integers(d + 1, 60)))
    call = {"budget": budget, "seed": seed}
    if data.draw(st.booleans()):
        call["tolerance"] = data.draw(st.floats(0.01, 1.0))
    if make is KernelExplainer:
        call["estimator"] = data.draw(st.sampled_from(["wls", "auto"]))
    e = make(drawn_model(seed, d), rows[:b], feature_names=names)(rows[b:], **call)
    assert e.values.shape == (n, d)
    assert e.feature_names == tuple(names)
    scale = np.abs(e.predictions).max() + np.abs(e.values).max()
    assert np.abs(e.additivity_gap).max() <= 1e-9 * scale
    frame = make(drawn_model(seed, d), pd.DataFrame(rows[:b], columns=names))
    assert agree(frame(pd.DataFrame(rows[b:], columns=names), **call).values, e.values, 1e-9)


@given(st.integers(0, 999), st.integers(2, 6))
@few
def test_where_all_is_played_alike_features_share_and_idle_ones_get_nothing(seed, d):
    """Features 0 and 1 are interchangeable, the last is not looked at."""
    r = np.random.default_rng(seed)
    rows = r.normal(size=(6, d + 1))
    rows[:, 1] = rows[:, 0]
    inner = drawn_model(seed, d)

    def model(Z):
        pair = np.sort(Z[:, :2], axis=1)
        return inner(np.concatenate([pair, Z[:, 2:-1]], axis=1))

    e = KernelExplainer(model, rows[:4])(rows[4:])
    size = np.abs(e.values).max()
    assert np.abs(e.values[:, 0] - e.values[:, 1]).max() <= 1e-9 * size
    assert np.abs(e.values[:, -1]).max() <= 1e-9 * size
    assert (e.standard_errors == 0).all()


@pytest.mark.parametrize("make", SAMPLED)
def test_sampled_alike_features_and_idle_ones_lie_within_their_errors(make):
    rows = np.random.default_rng(1).normal(size=(12, 9))
    rows[:, 1] = rows[:, 0]

    def model(Z):
        return np.tanh(Z[:, 0] * Z[:, 2] * Z[:, 3]) + np.tanh(Z[:, 1] * Z[:, 2] * Z[:, 3])

    e = make(model, rows[:8])(rows[8:], budget=200)
    slack = 1e-9 * np.abs(e.values).max()
    both = np.hypot(e.standard_errors[:, 0], e.standard_errors[:, 1])
    assert (np.abs(e.values[:, 0] - e.values[:, 1]) <= 4 * both + slack).all()
    assert (np.abs(e.values[:, 4:]) <= 4 * e.standard_errors[:, 4:] + slack).all()


@given(st.integers(3, 9), st.integers(0, 200), st.integers(0, 999), st.floats(-5, 5))
@few
def test_a_fixed_design_is_linear_in_the_game(d, more, seed, factor):
    r = np.random.default_rng(seed)
    plan = paired_plan(paired_design(d, min(2 * d + more, 2**d), r), "wls")
    read, (one, other) = plan.read, r.normal(size=(2, 1, len(plan.coalitions), 1))
    apart = read(one).values + factor * read(other).values
    assert agree(read(one + factor * other).values, apart, 1e-9)


FIXED = [
    (KernelExplainer, {"budget": 40, "estimator": "wls"}),
    (PermutationExplainer, {"budget": 40}),
    (SamplingExplainer, {"budget": 40}),
    (PartitionExplainer, {"budget": 40}),
    (ExactExplainer, {}),
]


@pytest.mark.parametrize(("make", "call"), FIXED)
def test_one_seed_s_values_are_linear_in_the_model(make, call):
    rows = np.random.default_rng(5).normal(size=(8, 7))
    one, other = drawn_model(1, 7), drawn_model(2, 7)

    def both(Z):
        return one(Z) - 3 * other(Z)

    def values(model):
        return make(model, rows[:5])(rows[5:], seed=4, **call).values

    assert agree(values(both), values(one) - 3 * values(other), 1e-9)


@pytest.mark.parametrize(
    ("make", "call"), [*FIXED, (KernelExplainer, {"budget": 60, "estimator": "auto"})]
)
def test_batches_and_parts_change_no_number(make, call, monkeypatch):
    rows = np.random.default_rng(6).normal(size=(9, 7))
    explainer = make(drawn_model(3, 7), rows[:4])
    whole = explainer(rows[4:], **call).values
    assert agree(explainer(rows[6:8], **call).values, whole[2:4], 1e-6)
    # Single rows: every pair, and every pair's background, is cut.
    monkeypatch.setattr(Pace, "observe", lambda pace, rows, seconds: setattr(pace, "rows", 1))
    assert agree(explainer(rows[4:], **call).values, whole, 1e-6)
