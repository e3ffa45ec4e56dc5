"""Pairwise interaction values: exact, estimated from the same evaluations, and the libraries'."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeRegressor

import shapviz
from shapviz.errors import EstimationError, InputError
from shapviz.explainers.exact import ExactExplainer
from shapviz.explainers.kernel import KernelExplainer
from shapviz.explainers.permutation import PermutationExplainer
from shapviz.explainers.tree import TreeExplainer
from shapviz.models import xgboost_model
from tests.contracts.explainer import BACKGROUND, X, numpy_model
from tests.explainers.boosters import (
    ROWS,
    SCORE,
    THREE,
    TWO,
    catboosted,
    lightgbm_fitted,
    xgboosted,
)
from tests.oracles import agree, interactions

draw = np.random.default_rng(0)
TEN = draw.normal(size=(40, 10))
TEN[:, 1] = TEN[:, 0]
WEIGHTS = draw.normal(size=(7, 5)) / 2


def net(rows):
    """Ten features, of which the first two are one in two halves, and the last two do nothing."""
    hidden = np.tanh(np.column_stack([rows[:, 0] + rows[:, 1], rows[:, 2:8]]) @ WEIGHTS)
    return np.stack([hidden.prod(axis=1) * 9 + hidden.sum(axis=1), hidden[:, 0] ** 2], axis=1)


def off_diagonal(array):
    return array[:, ~np.eye(array.shape[1], dtype=bool)]


def miss(found, exact):
    """Error off the diagonal, relative to what is there."""
    wrong = off_diagonal(found) - off_diagonal(exact)
    return float(np.sqrt((wrong**2).sum() / (off_diagonal(exact) ** 2).sum()))


@pytest.mark.parametrize("kind", ["linear", "interacting", "two outputs", "one feature"])
def test_exact_is_brute_force(kind):
    rows, background = (X[:, :1], BACKGROUND[:, :1]) if kind == "one feature" else (X, BACKGROUND)
    weights = np.linspace(1, 2, len(background))
    explainer = ExactExplainer(numpy_model(kind), shapviz.Background(background, weights=weights))
    e = explainer(rows, interactions=True)
    expected = interactions(numpy_model(kind), rows, background, weights / weights.sum())
    assert agree(e.interactions.reshape(expected.shape), expected, 1e-9)
    assert agree(e.interactions.sum(axis=2), e.values, 1e-12)
    assert explainer(rows).interactions is None


def test_linear_models_have_main_effects_alone():
    e = ExactExplainer(numpy_model("linear"), BACKGROUND)(X, interactions=True)
    assert agree(e.interactions, e.values[:, :, None] * np.eye(X.shape[1]), 1e-9)


def test_constant_features_interact_with_nothing():
    rows, background = X.copy(), BACKGROUND.copy()
    rows[:, 2] = background[:, 2] = 1.5
    model = numpy_model("interacting")
    expected = interactions(model, rows, background)[..., 0]
    for explainer in (ExactExplainer, KernelExplainer):
        e = explainer(model, background)(rows, interactions=True)
        assert agree(e.interactions, expected, 1e-9)
        assert not e.interactions[:, 2].any()


def quadratic(outcomes, pairs):
    """Plain least squares of order two on the same pairs: the interaction values' halves."""
    signs = np.where(pairs, 1.0, -1.0)
    chosen = list(combinations(range(pairs.shape[1]), 2))
    terms = np.column_stack([np.ones(len(signs)), *(signs[:, i] * signs[:, j] for i, j in chosen)])
    found = np.linalg.lstsq(terms, outcomes, rcond=None)[0]
    halves = np.zeros((pairs.shape[1], pairs.shape[1]))
    for (i, j), coefficient in zip(chosen, found[1:], strict=True):
        halves[i, j] = halves[j, i] = 2 * coefficient
    return halves


def test_kernel_is_near_from_the_same_evaluations():
    exact = ExactExplainer(net, TEN[:10])(TEN[30:33], interactions=True)
    explainer = KernelExplainer(net, TEN[:10])
    e, plain = (
        explainer(TEN[30:33], budget=300, interactions=True),
        explainer(TEN[30:33], budget=300),
    )
    assert e.provenance["model_rows"] == plain.provenance["model_rows"]
    assert agree(e.values, plain.values, 1e-12)
    assert miss(e.interactions, exact.interactions) <= 0.12
    assert agree(e.interactions.sum(axis=2), e.values, 1e-12)
    assert agree(e.interactions, np.swapaxes(e.interactions, 1, 2), 1e-12)
    scale = np.abs(off_diagonal(exact.interactions)).max()
    found = e.interactions
    assert np.abs(off_diagonal(found)[:, 8 * 9 :]).max() <= 0.01 * scale
    assert np.abs(found[:, 0, 2:] - found[:, 1, 2:]).max() <= 0.12 * scale
    one = explainer(TEN[32:33], budget=300, interactions=True, outputs=[1])
    assert agree(one.interactions[..., 0], e.interactions[2:, ..., 1], 1e-6)


def test_kernel_is_nearer_than_least_squares():
    from shapviz.coalitions import enumerate_all, paired_design
    from shapviz.explainers.estimators import paired_plan
    from shapviz.explainers.exact import enumeration

    everything = enumerate_all(10)
    background = TEN[:5]
    mixed = np.where(everything[:, None], TEN[33], background[None]).reshape(-1, 10)
    table = net(mixed)[:, 0].reshape(len(everything), -1).mean(axis=1)
    codes = enumeration(10).coalitions @ (1 << np.arange(10))
    exact = enumeration(10).pairs(table[codes][None, :, None])[..., 0] / 2
    design = paired_design(10, 300, np.random.default_rng(0))
    played = table[design.coalitions @ (1 << np.arange(10))]
    found = paired_plan(design, "auto").pairs(played[None, :, None])[..., 0] / 2
    P = len(design.pairs)
    squares = quadratic((played[2 : 2 + P] + played[2 + P :]) / 2, design.pairs)
    assert miss(found, exact) <= 0.5 * miss(squares[None], exact)


def test_an_additive_game_has_no_interactions():
    e = KernelExplainer(lambda rows: rows @ np.arange(10.0), TEN[:5])(
        TEN[30:32], budget=100, interactions=True
    )
    assert np.abs(off_diagonal(e.interactions)).max() <= 1e-9 * np.abs(e.values).max()


def test_each_sample_s_own_outputs_bring_their_interactions():
    explainer = ExactExplainer(numpy_model("two outputs"), BACKGROUND)
    whole, first = explainer(X, interactions=True), explainer(X, outputs="top1", interactions=True)
    order = whole.predictions.argmax(1)
    expected = whole.interactions[np.arange(len(X)), :, :, order]
    assert agree(first.interactions[..., 0], expected, 1e-9)


def test_interactions_are_part_of_the_question():
    explainer = KernelExplainer(numpy_model("interacting"), BACKGROUND, model_id="net")
    assert explainer.question(interactions=True) != explainer.question()
    assert explainer.question(interactions=False) == explainer.question()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"interactions": 1}, "`interactions` must be True or False; got 1"),
        ({"estimator": "wls"}, "False with estimator='wls'.*Use estimator='auto'"),
        ({"budget": 39}, "`budget` must be at least 40 for interactions, 4 coalitions a feature"),
    ],
)
def test_calls_that_cannot_have_interactions_are_refused(call, words):
    with pytest.raises(InputError, match=words):
        KernelExplainer(net, TEN[:5])(TEN[30:31], **{"interactions": True, **call})


def test_too_many_features_and_pictures_are_refused():
    def first(rows):
        return np.asarray(rows).reshape(len(rows), -1)[:, 0]

    wide = np.zeros((1, 101))
    with pytest.raises(
        InputError, match=r"at most 100 features.*101 of them, which is 5,050 pairs"
    ):
        KernelExplainer(first, wide)(wide + 1, interactions=True)
    picture = np.zeros((1, 2, 2))
    for kind in (ExactExplainer, KernelExplainer):
        with pytest.raises(
            InputError, match=r"several axes; got True for samples of shape \(2, 2\)"
        ):
            kind(first, picture)(picture + 1, interactions=True)
    with pytest.raises(InputError, match="`interactions` must be an option of the permutation"):
        PermutationExplainer(net, TEN[:5])(TEN[30:31], interactions=True)


@pytest.mark.parametrize("boosted", [xgboosted, catboosted])
@pytest.mark.parametrize("target", [TWO, THREE, SCORE], ids=["two", "three", "score"])
def test_boosters_have_their_library_s_interactions(boosted, target):
    e = TreeExplainer(boosted(target), ROWS[:6])(ROWS[20:24], interactions=True)
    three = target is THREE
    assert e.interactions.shape == ((4, 4, 4, 3) if three else (4, 4, 4))
    assert agree(e.interactions.sum(axis=2), e.values, 1e-12)
    assert np.abs(off_diagonal(e.interactions)).max() > 0.01 * np.abs(e.values).max()
    assert e.provenance["estimand"] == "tree_path_dependent"


@pytest.mark.parametrize("boosted", [xgboosted, catboosted])
def test_half_of_a_product_stands_on_either_side(boosted):
    corners = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]] * 20)
    target = np.where(corners.prod(axis=1) > 0, 1, 0)
    # One row more in a corner, without which no first split would gain anything.
    rows, target = np.vstack([corners, corners[:1]]), np.append(target, 1)
    model = boosted(target, rows)
    e = TreeExplainer(model, rows)(corners[:1], interactions=True)
    table = np.zeros((4, 1))
    margins = TreeExplainer(model, rows)(corners[:4]).predictions
    table[3], table[0] = margins[0], margins.mean()
    table[1], table[2] = margins[[0, 1]].mean(), margins[[0, 2]].mean()
    assert agree(e.interactions[0, 0, 1], (table[3] - table[1] - table[2] + table[0])[0] / 2, 0.05)


def test_other_trees_are_refused_and_sums_that_miss_are_said(monkeypatch):
    for model in (lightgbm_fitted(TWO), DecisionTreeRegressor(max_depth=2).fit(ROWS, TWO)):
        with pytest.raises(
            InputError, match=r"other than XGBoost's and CatBoost's.*ExactExplainer"
        ):
            TreeExplainer(model, ROWS[:6])(ROWS[20:24], interactions=True)
    honest = xgboost_model.XGBoostPredictor.interactions
    monkeypatch.setattr(
        xgboost_model.XGBoostPredictor, "interactions", lambda self, rows: 1.01 * honest(self, rows)
    )
    with pytest.raises(
        EstimationError, match=r"by xgboost with interactions that add up.*SHAP values"
    ):
        TreeExplainer(xgboosted(TWO), ROWS[:6])(ROWS[20:24], interactions=True)
