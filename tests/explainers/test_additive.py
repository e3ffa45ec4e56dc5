"""Additive: one feature at a time, exact without interactions, and refused with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from shapviz.background import Background
from shapviz.errors import EstimationError, InputError
from shapviz.explainers.additive import AdditiveExplainer
from shapviz.maskers import Tabular
from tests.contracts.explainer import BACKGROUND, ExplainerContract, X, numpy_model
from tests.oracles import agree, shapley

CURVES = np.array([[1.0, -2.0], [1.0, -2.0], [0.5, 3.0], [0.0, 0.0]])
ROWS = np.random.default_rng(2).normal(size=(40, 5))
WEIGHTED = Background(ROWS[:6], np.random.default_rng(1).uniform(size=6))


def curves(rows):
    """Two outputs; features 0 and 1 are interchangeable, and feature 3 does nothing."""
    return np.tanh(np.asarray(rows, float)) @ CURVES + [0.5, -1.0]


class TestAdditive(ExplainerContract):
    explainer_class = AdditiveExplainer
    takes_budget = False

    def model(self, kind):
        if kind == "interacting":
            return lambda rows: curves(rows)[:, 0]
        return curves if kind == "two outputs" else numpy_model(kind)

    def reference(self, kind):
        return self.model(kind)


def score(rows):
    return np.sin(rows[:, 0]) + rows[:, 1] ** 2 - np.abs(rows[:, 2]) + rows[:, 4]


def test_values_are_those_of_brute_force_with_weights():
    e = AdditiveExplainer(score, WEIGHTED)(ROWS[10:14])
    expected = shapley(score, ROWS[10:14], WEIGHTED.rows, WEIGHTED.weights)[..., 0]
    assert agree(e.values, expected, 1e-9)
    assert e.provenance["not_additive"] < 1e-12


def test_rows_are_the_background_s_and_the_samples_times_features_and_one():
    sent = []

    def counted(rows):
        sent.append(len(rows))
        return score(rows)

    explainer = AdditiveExplainer(counted, ROWS[:6])
    explainer(ROWS[10:14])
    sent.clear()
    e = explainer(ROWS[10:14])
    assert e.provenance["model_rows"] <= (6 + 4) * (5 + 1)
    # The template's own questions: two rows twice, samples and background once.
    assert sum(sent) == e.provenance["model_rows"] + 4 + 4 + 4


def test_an_additive_classifier_is_explained_in_log_odds():
    def probability(rows):
        return expit(score(rows))

    e = AdditiveExplainer(probability, WEIGHTED, link="logit")(ROWS[10:14])
    assert agree(e.values, AdditiveExplainer(score, WEIGHTED)(ROWS[10:14]).values, 1e-9)
    assert (e.units, e.provenance["base"]) == ("log-odds", "mean_of_link")
    with pytest.raises(EstimationError, match=r'additive classifier, link="logit"'):
        AdditiveExplainer(probability, WEIGHTED)(ROWS[10:14])


def test_tables_with_text_are_explained_too():
    frame = pd.DataFrame({"size": ROWS[:, 0], "kind": np.where(ROWS[:, 1] > 0, "x", "y")})

    def f(rows):
        return rows["size"].to_numpy() ** 2 + rows["kind"].map({"x": 1.0, "y": -2.0}).to_numpy()

    e = AdditiveExplainer(f, frame[:8])(frame[10:12])
    level = np.where(frame["kind"] == "x", 1.0, -2.0)
    assert agree(e.values[:, 1], level[10:12] - level[:8].mean(), 1e-9)


@pytest.mark.parametrize("size", [1e-3, 1.0])
def test_interactions_are_refused_with_their_size(size):
    def f(rows):
        return score(rows) + size * rows[:, 0] * rows[:, 3]

    with pytest.raises(EstimationError, match=r"effects that miss by [\d.e-]+ of its range"):
        AdditiveExplainer(f, WEIGHTED)(ROWS[10:14])


def test_the_measure_is_of_the_range_and_names_the_row():
    def f(rows):
        return rows[:, 0] * rows[:, 1]

    corner = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(EstimationError, match=r"miss by 1 of its range \(sample 1, output 0\)"):
        AdditiveExplainer(f, corner)(np.array([[0.0, 1.0], [1.0, 1.0]]))


def test_interactions_between_equal_answers_are_seen():
    def either(rows):
        return (rows[:, 0] != rows[:, 1]).astype(float)

    with pytest.raises(EstimationError, match=r"miss by 2 of its range"):
        AdditiveExplainer(either, np.zeros((1, 2)))(np.ones((1, 2)))


def test_another_masker_is_refused():
    class Mine:
        def __getattr__(self, name):
            return getattr(Tabular(BACKGROUND), name)

    with pytest.raises(InputError, match="`background` must be rows for the additive"):
        AdditiveExplainer(score, Mine())(X)
