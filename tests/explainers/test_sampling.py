"""Sampling: unbiased, and within its standard errors."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from shapviz.errors import InputError
from shapviz.explainers.exact import ExactExplainer
from shapviz.explainers.permutation import PermutationExplainer
from shapviz.explainers.sampling import SamplingExplainer
from tests.contracts.explainer import ExplainerContract
from tests.explainers.test_permutation import ROWS, pairs_only, product, smooth, steps
from tests.oracles import agree


class TestSampling(ExplainerContract):
    explainer_class = SamplingExplainer


class TestSamplingSampled(ExplainerContract):
    explainer_class = SamplingExplainer
    call_options: ClassVar = {"budget": 14}
    exact = False
    shapley = False


@pytest.mark.parametrize("model", [steps, product, smooth, pairs_only])
def test_values_lie_within_four_standard_errors(model):
    exact = ExactExplainer(model, ROWS[:10])(ROWS[100:130])
    inside, narrow, values = [], [], []
    for seed in range(4):
        e = SamplingExplainer(model, ROWS[:10])(ROWS[100:130], seed=seed)
        error = np.abs(e.values - exact.values)
        slack = 1e-12 * np.abs(exact.values).max()
        inside.append(error <= 4 * e.standard_errors + slack)
        narrow.append(error <= 1.96 * e.standard_errors + slack)
        values.append(e.values)
        assert e.standard_errors.mean() < 0.2 * np.abs(exact.values).max()
        assert np.abs(e.additivity_gap).max() <= 1e-12 * np.abs(exact.predictions).max()
    assert np.mean(inside) >= 0.99
    assert np.mean(narrow) >= 0.9
    assert not agree(values[0], values[1], 1e-6)


def test_pairs_of_orders_are_nearer_where_interactions_are_of_two():
    exact = ExactExplainer(pairs_only, ROWS[:10])(ROWS[100:103]).values
    alone = SamplingExplainer(pairs_only, ROWS[:10])(ROWS[100:103], budget=56).values
    pairs = PermutationExplainer(pairs_only, ROWS[:10])(ROWS[100:103], budget=56).values
    assert np.abs(pairs - exact).max() < 1e-9 < np.abs(alone - exact).max()


def test_values_are_linear_in_the_game_for_one_seed():
    def values(model):
        return SamplingExplainer(model, ROWS[:5])(ROWS[100:103], budget=40, seed=2).values

    both = values(lambda rows: 3 * product(rows) - smooth(rows))
    assert agree(both, 3 * values(product) - values(smooth), 1e-9)


def test_budgets_count_coalitions():
    explainer = SamplingExplainer(product, ROWS[:5])
    for budget, orders in ((11, 1), (19, 1), (20, 2), (60, 6)):
        e = explainer(ROWS[100:101], budget=budget)
        assert e.provenance["model_rows"] <= 5 * (1 + 9 * orders) + 2
        assert (e.standard_errors is None) == (orders == 1)
    with pytest.raises(InputError, match=r"at least 11, one permutation"):
        explainer(ROWS[100:101], budget=10)
