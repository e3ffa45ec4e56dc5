"""Exact: brute force's values, and a refusal where there are too many players."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

import shapviz
from shapviz.errors import InputError, ModelError
from shapviz.explainers.exact import ExactExplainer, enumeration
from tests.contracts.explainer import BACKGROUND, ExplainerContract, X, numpy_model
from tests.oracles import agree, brute_force, outcome_table, shapley


class TestExact(ExplainerContract):
    explainer_class = ExactExplainer
    takes_budget = False


def wavy(rows):
    """Interactions of every order, two outputs."""
    rows = np.asarray(rows)
    return np.stack(
        [
            np.tanh(rows * 5).prod(axis=1) + np.sin(rows.sum(axis=1) * 7),
            np.exp(rows[:, 0] * 9) * rows[:, -1] + 100.0,
        ],
        axis=1,
    )


def test_diabetes_is_brute_force_to_1e_9():
    rows = load_diabetes().data
    e = ExactExplainer(wavy, rows[:100])(rows[100:102])
    assert agree(e.values, shapley(wavy, rows[100:102], rows[:100]), 1e-9)
    assert (e.standard_errors == 0).all()


def test_a_large_offset_costs_no_digits():
    rows = load_diabetes().data
    shifted = ExactExplainer(lambda r: wavy(r) + 1e6, rows[:20])(rows[100:101])
    assert agree(shifted.values, ExactExplainer(wavy, rows[:20])(rows[100:101]).values, 1e-7)


@pytest.mark.parametrize("d", range(1, 9))
def test_the_read_out_is_brute_force(d):
    table = np.random.default_rng(d).normal(size=(2**d, 3))
    plan = enumeration(d)
    codes = plan.coalitions @ (1 << np.arange(d))
    reading = plan.read(table[codes][None])
    values, errors = reading.values, reading.errors
    assert agree(values[0], brute_force(table), 1e-12)
    assert not errors.any()


def test_weights_and_link_are_those_of_the_game():
    weights = np.linspace(1, 2, 8)
    background = shapviz.Background(BACKGROUND, weights=weights)

    def chance(rows):
        return 1 / (1 + np.exp(-numpy_model("interacting")(rows)))

    def log_odds(p):
        return np.log(p / (1 - p))

    e = ExactExplainer(chance, background, link="logit")(X)
    expected = shapley(chance, X, BACKGROUND, weights / weights.sum(), log_odds)[..., 0]
    assert agree(e.values, expected, 1e-9)
    assert e.units == "log-odds"
    assert agree(e.base_values[0], log_odds(weights @ chance(BACKGROUND) / weights.sum()), 1e-12)


def test_image_shapes_come_back():
    rows = np.random.default_rng(0).normal(size=(5, 2, 2, 1))

    def model(r):
        return np.tanh(r.reshape(len(r), -1)).prod(axis=1)

    e = ExactExplainer(model, rows[:3])(rows[3:])
    assert e.values.shape == (2, 2, 2, 1)
    flat = shapley(model, rows[3:].reshape(2, 4), rows[:3].reshape(3, 4))[..., 0]
    assert agree(e.values.reshape(2, 4), flat, 1e-9)


def test_only_varying_features_count_towards_the_most():
    rows = np.ones((2, 30))
    rows[1, :3] = 5.0
    e = ExactExplainer(lambda r: r.prod(axis=1), rows[:1])(rows[1:])
    assert agree(e.values[0, :3], np.full(3, 124 / 3), 1e-12)
    assert (e.values[0, 3:] == 0).all()


def test_too_many_players_are_refused_before_computing():
    def model(rows):
        assert len(rows) <= 2
        return rows.sum(axis=1)

    with pytest.raises(InputError, match=r"at most 16 features.*17 of them.*KernelExplainer"):
        ExactExplainer(model, np.zeros((1, 17)))(np.ones((1, 17)))
    with pytest.raises(InputError, match="`max_players` must be a whole number of at least 1"):
        ExactExplainer(model, np.zeros((1, 17)), max_players=0)


def test_a_nan_among_masked_rows_names_the_sample():
    def model(rows):
        # Finite at every sample and background row, NaN at one mixture of them.
        return np.where((rows[:, 0] == 3.0) & (rows[:, 1] == 0.0), np.nan, rows.sum(axis=1))

    rows = np.array([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(ModelError, match="sample 1 with some features hidden"):
        ExactExplainer(model, np.zeros((1, 2)))(rows)


def test_a_model_that_changes_its_mind_is_refused():
    noise = np.random.default_rng(0)
    with pytest.raises(ModelError, match="same answer to the same rows"):
        ExactExplainer(lambda r: noise.normal(size=len(r)), BACKGROUND)(X)


def test_a_ranking_of_outputs_is_each_samples_own():
    explainer = ExactExplainer(numpy_model("two outputs"), BACKGROUND)
    whole, first = explainer(X), explainer(X, outputs="top1")
    order = whole.predictions.argmax(1)
    assert agree(first.values[..., 0], whole.values[np.arange(6), :, order], 1e-9)
    assert first.output_names[:, 0].tolist() == [f"output {k}" for k in order]


def test_outcome_table_and_game_agree_on_the_empty_coalition():
    table = outcome_table(wavy, X[0], BACKGROUND)
    assert agree(ExactExplainer(wavy, BACKGROUND).expected_value, table[0], 1e-12)
