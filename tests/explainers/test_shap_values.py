"""`shap_values`: shap's arguments, shap's shapes, and shap's numbers where both enumerate."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from shapviz.errors import EstimationError, InputError
from shapviz.explainers.kernel import KernelExplainer
from tests.conftest import missing
from tests.oracles import agree

ROWS = np.random.default_rng(0).normal(size=(14, 7))
X, BACKGROUND = ROWS[:4], ROWS[4:]
WEIGHTS = np.array([3.0, -2.0, 1.0, 0.5, 0.0, 0.0, 0.02])


def game(rows):
    return np.tanh(rows) @ WEIGHTS + 0.8 * rows[:, 0] * rows[:, 1]


def two(rows):
    return np.stack([game(rows), np.exp(rows[:, 3])], axis=1)


@cache
def theirs(l1_reg, nsamples="auto"):
    try:
        import shap
    except ImportError:
        missing("shap is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = shap.KernelExplainer(two, BACKGROUND)
        return peer.shap_values(X, nsamples=nsamples, l1_reg=l1_reg, silent=True)


@pytest.mark.parametrize(
    "l1_reg", [False, 0, "auto", "aic", "bic", "num_features(3)", "num_features(1)", 1e-3]
)
def test_the_same_numbers_as_shap_where_both_play_every_coalition(l1_reg):
    found = KernelExplainer(two, BACKGROUND).shap_values(X, l1_reg=l1_reg)
    assert found.shape == (4, 7, 2)
    assert ((np.abs(found) < 1e-12) == (np.abs(theirs(l1_reg)) < 1e-12)).all()
    assert agree(found, theirs(l1_reg), 1e-7)


@pytest.mark.parametrize("l1_reg", ["auto", "aic", "bic", "num_features(2)", 1e-3])
def test_selected_values_keep_the_sum_and_leave_the_others_at_zero(l1_reg):
    explainer = KernelExplainer(game, BACKGROUND)
    found = explainer.shap_values(X, nsamples=24, l1_reg=l1_reg)
    assert (found == 0).any()
    assert agree(found.sum(axis=1), game(X) - explainer.expected_value, 1e-12)
    if l1_reg == "num_features(2)":
        assert ((found != 0).sum(axis=1) == 2).all()


def test_all_features_are_kept_by_default_and_seeds_are_taken():
    explainer = KernelExplainer(game, BACKGROUND)
    plain = explainer(X, budget=40, seed=3).values
    np.testing.assert_array_equal(explainer.shap_values(X, nsamples=40, seed=3), plain)
    assert agree(explainer.shap_values(X), explainer(X).values, 1e-12)


def test_one_sample_has_no_first_axis_whatever_it_comes_in():
    names = list("abcdefg")
    array = KernelExplainer(two, BACKGROUND)
    whole = array.shap_values(X)
    assert agree(array.shap_values(X[0]), whole[0], 1e-12)
    assert agree(array.shap_values(csr_matrix(X)), whole, 1e-12)
    frame = pd.DataFrame(X, columns=names)
    table = KernelExplainer(lambda t: two(t.to_numpy()), pd.DataFrame(BACKGROUND, columns=names))
    assert agree(table.shap_values(frame), whole, 1e-12)
    assert agree(table.shap_values(frame.iloc[0]), whole[0], 1e-12)


def test_the_call_takes_l1_reg_too_and_says_so():
    explainer = KernelExplainer(game, BACKGROUND)
    e = explainer(X, budget=24, l1_reg="num_features(2)")
    assert e.standard_errors is None
    assert e.provenance["parameters"]["l1_reg"] == "num_features(2)"
    assert e.provenance["answers_by_estimator"] == {"wls after num_features": 4}
    assert np.abs(e.additivity_gap).max() < 1e-12
    assert explainer.question(l1_reg="aic") != explainer.question()


def test_a_bar_is_shown_when_asked_for_and_only_then(capsys):
    explainer = KernelExplainer(game, BACKGROUND)
    explainer.shap_values(X)
    assert capsys.readouterr().out == ""
    explainer.shap_values(X, silent=False, gc_collect=True)
    assert "SHAP values" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"l1_reg": "lasso"}, 'be False, "auto", "aic", "bic", "num_features(k)"'),
        ({"l1_reg": True}, "or a number above 0; got True"),
        ({"l1_reg": -0.1}, "or a number above 0; got -0.1"),
        ({"l1_reg": "num_features(0)"}, "or a number above 0"),
        ({"nsamples": "all"}, '`nsamples` must be "auto" or a whole number'),
        ({"nsamples": 7}, "`nsamples` must be a whole number of at least 8; got 7. Use 14"),
        ({"nsamples": 10, "l1_reg": "aic"}, "be at least 14, two coalitions a feature"),
    ],
)
def test_wrong_arguments_are_named(asked, words):
    with pytest.raises(InputError) as caught:
        KernelExplainer(game, BACKGROUND).shap_values(X, **asked)
    assert words in str(caught.value)


def test_a_selection_that_leaves_nothing_is_refused():
    with pytest.raises(EstimationError, match="got 50, which leaves none to carry"):
        KernelExplainer(game, BACKGROUND).shap_values(X, l1_reg=50.0)
    nothing = KernelExplainer(lambda rows: np.ones(len(rows)), BACKGROUND)
    assert np.abs(nothing.shap_values(X, l1_reg=50.0)).max() < 1e-15
