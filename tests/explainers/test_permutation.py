"""Permutation: exact for pairs of features, honest about the rest."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

from shapviz.errors import InputError
from shapviz.explainers.exact import ExactExplainer
from shapviz.explainers.permutation import PermutationExplainer
from tests.contracts.explainer import ExplainerContract
from tests.oracles import agree

ROWS = load_diabetes().data * 20


class TestPermutation(ExplainerContract):
    """The default budget covers all coalitions of four features."""

    explainer_class = PermutationExplainer


class TestPermutationSampled(ExplainerContract):
    explainer_class = PermutationExplainer
    call_options: ClassVar = {"budget": 14}
    exact = False
    shapley = False


def pairs_only(rows):
    """Interactions up to order two, and curves."""
    return (
        np.sin(rows[:, 0])
        + rows[:, 1] * rows[:, 2]
        + np.tanh(rows[:, 3] * rows[:, 4]) * 3
        + np.abs(rows[:, 5] - rows[:, 9])
        + rows[:, 6] ** 2
    )


def steps(rows):
    """A small forest: sums of boxes over three features each."""
    draws = np.random.default_rng(5)
    total = np.zeros(len(rows))
    for _ in range(25):
        box = draws.choice(10, 3, replace=False)
        total += draws.normal() * (rows[:, box] > draws.normal(size=3)).all(axis=1)
    return total


def product(rows):
    return np.tanh(rows[:, :4]).prod(axis=1) * 4 + np.sin(rows[:, 4:8].sum(axis=1)) + rows[:, 9]


def smooth(rows):
    weights = np.random.default_rng(0).normal(size=(10, 12)) / 2
    return np.tanh(rows @ weights) @ np.linspace(-1, 1, 12)


@pytest.mark.parametrize("budget", [20, 40, 200, None])
def test_interactions_up_to_order_two_are_exact(budget):
    exact = ExactExplainer(pairs_only, ROWS[:100])(ROWS[100:103])
    e = PermutationExplainer(pairs_only, ROWS[:100])(ROWS[100:103], budget=budget)
    assert agree(e.values, exact.values, 1e-9)
    if e.standard_errors is not None:
        assert e.standard_errors.max() <= 1e-9 * np.abs(exact.values).max()


@pytest.mark.parametrize("model", [steps, product, smooth])
def test_values_lie_within_four_standard_errors(model):
    exact = ExactExplainer(model, ROWS[:20])(ROWS[100:160])
    inside, narrow = [], []
    for seed in range(3):
        e = PermutationExplainer(model, ROWS[:20])(ROWS[100:160], seed=seed)
        error = np.abs(e.values - exact.values)
        slack = 1e-12 * np.abs(exact.values).max()
        inside.append(error <= 4 * e.standard_errors + slack)
        narrow.append(error <= 1.96 * e.standard_errors + slack)
        assert e.standard_errors.mean() < 0.2 * np.abs(exact.values).max()
    assert np.mean(inside) >= 0.99
    assert np.mean(narrow) >= 0.9


def test_budgets_count_coalitions():
    seen = []

    def counted(rows):
        seen.append(len(rows))
        return product(rows)

    for budget, most in ((11, 11), (19, 11), (20, 20), (38, 38), (60, 56)):
        e = PermutationExplainer(counted, ROWS[:5])(ROWS[100:101], budget=budget)
        assert e.provenance["budget"] == budget
        # Everything but the full coalition meets all five background rows; that one is asked twice.
        assert e.provenance["model_rows"] <= 5 * (most - 1) + 2


@pytest.mark.parametrize("budget", [11, 19])
def test_one_permutation_has_no_standard_errors(budget):
    e = PermutationExplainer(product, ROWS[:5])(ROWS[100:103], budget=budget)
    assert e.standard_errors is None
    assert np.abs(e.additivity_gap).max() <= 1e-12 * np.abs(e.predictions).max()


def test_one_pair_has_none_and_two_have():
    explainer = PermutationExplainer(product, ROWS[:5])
    assert explainer(ROWS[100:103], budget=37).standard_errors is None
    assert (explainer(ROWS[100:103], budget=38).standard_errors > 0).all()


def test_too_small_a_budget_is_refused():
    with pytest.raises(InputError, match=r"at least 11, one permutation.*got 10. Use 20 or more"):
        PermutationExplainer(product, ROWS[:5])(ROWS[100:103], budget=10)
