"""Kernel: exact where it can be, calibrated where it samples, small in memory."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.neural_network import MLPRegressor

from shapviz.coalitions import paired_design
from shapviz.errors import InputError
from shapviz.explainers.estimators import paired_plan
from shapviz.explainers.exact import ExactExplainer
from shapviz.explainers.kernel import KernelExplainer
from tests.contracts.explainer import ExplainerContract
from tests.explainers.test_permutation import pairs_only, product, smooth, steps
from tests.oracles import agree, shapley

ROWS = load_diabetes().data * 20


class TestKernel(ExplainerContract):
    """The default budget covers all coalitions of four features."""

    explainer_class = KernelExplainer


class TestKernelSampled(ExplainerContract):
    explainer_class = KernelExplainer
    call_options: ClassVar = {"budget": 12}
    exact = False
    shapley = False


@pytest.mark.parametrize("budget", [1024, 2000, None])
def test_diabetes_is_brute_force_from_two_to_the_ten_on(budget):
    e = KernelExplainer(product, ROWS[:100])(ROWS[100:102], budget=budget)
    assert agree(e.values, shapley(product, ROWS[100:102], ROWS[:100])[..., 0], 1e-9)
    assert (e.standard_errors == 0).all()


def test_one_short_of_everything_is_nearly_exact():
    e = KernelExplainer(product, ROWS[:20])(ROWS[100:110], budget=1022, estimator="wls")
    exact = ExactExplainer(product, ROWS[:20])(ROWS[100:110])
    assert agree(e.values, exact.values, 2e-2)
    assert (e.standard_errors > 0).all()


@pytest.mark.parametrize("d", [1, 2, 3])
def test_few_players_work(d):
    model = lambda rows: np.exp(rows.sum(axis=1))  # noqa: E731 (named by its use)
    rows = ROWS[:6, :d]
    e = KernelExplainer(model, rows[:3])(rows[3:])
    assert agree(e.values, shapley(model, rows[3:], rows[:3])[..., 0], 1e-9)


@pytest.mark.parametrize("budget", [20, 31, 40, 128, 500])
def test_sums_and_linear_games_are_exact_at_any_budget(budget):
    weights = np.linspace(-3, 4, 10)
    e = KernelExplainer(lambda r: r @ weights + 50, ROWS[:10])(ROWS[100:105], budget=budget)
    assert agree(e.values, weights * (ROWS[100:105] - ROWS[:10].mean(axis=0)), 1e-9)
    assert np.abs(e.additivity_gap).max() <= 1e-12 * np.abs(e.predictions).max()


@cache
def exact_values(model):
    """Of 50 samples against 10 background rows."""
    return ExactExplainer(model, ROWS[:10])(ROWS[100:150]).values


@pytest.mark.parametrize("budget", [64, 128, 256, 512])
def test_intervals_cover_the_exact_values(budget):
    """95% intervals over 3 models × 50 samples × 4 seeds × 10 features."""
    for model in (smooth, steps, product):
        exact = exact_values(model)
        inside, four = [], []
        for seed in range(4):
            e = KernelExplainer(model, ROWS[:10])(
                ROWS[100:150], budget=budget, seed=seed, estimator="wls"
            )
            error = np.abs(e.values - exact)
            slack = 1e-12 * np.abs(exact).max()
            inside.append(error <= 1.96 * e.standard_errors + slack)
            four.append(error <= 4 * e.standard_errors + slack)
        assert 0.9 <= np.mean(inside) <= 0.99, model.__name__
        assert np.mean(four) >= 0.99, model.__name__


def test_more_budget_means_less_error_and_smaller_standard_errors():
    exact = ExactExplainer(product, ROWS[:20])(ROWS[100:130]).values
    errors, claimed = [], []
    for budget in (64, 256, 900):
        e = KernelExplainer(product, ROWS[:20])(ROWS[100:130], budget=budget, estimator="wls")
        errors.append(np.sqrt(np.mean((e.values - exact) ** 2)))
        claimed.append(np.sqrt(np.mean(e.standard_errors**2)))
    assert errors[0] > 1.5 * errors[1] > 2 * errors[2]
    assert claimed[0] > 1.5 * claimed[1] > 2 * claimed[2]


def test_pairs_leave_even_interactions_out():
    """Interactions of two features are even in a pair: their values are exact at 2d."""
    exact = ExactExplainer(pairs_only, ROWS[:20])(ROWS[100:105])
    e = KernelExplainer(pairs_only, ROWS[:20])(ROWS[100:105], budget=20)
    assert agree(e.values, exact.values, 1e-9)
    assert e.standard_errors is None


@pytest.mark.parametrize(
    ("budget", "estimated"), [(11, False), (20, False), (21, False), (22, True)]
)
def test_standard_errors_need_pairs_left_over(budget, estimated):
    e = KernelExplainer(product, ROWS[:10])(ROWS[100:103], budget=budget)
    assert (e.standard_errors is not None) == estimated


def test_too_small_a_budget_is_refused_naming_both_limits():
    with pytest.raises(InputError, match=r"at least 11, one permutation.*got 10. Use 20 or more"):
        KernelExplainer(product, ROWS[:5])(ROWS[100:103], budget=10)


def test_constant_features_are_no_players():
    rows = np.zeros((12, 40))
    rows[:, :10] = ROWS[:12]
    few = KernelExplainer(product, ROWS[:10])(ROWS[10:12])
    many = KernelExplainer(lambda r: product(r[:, :10]), rows[:10])(rows[10:12])
    assert agree(many.values[:, :10], few.values, 1e-12)
    assert (many.values[:, 10:] == 0).all()
    assert (many.standard_errors == 0).all()


def test_outputs_share_the_design():
    both = KernelExplainer(lambda r: np.stack([product(r), smooth(r)], axis=1), ROWS[:10])
    e = both(ROWS[100:104], budget=200, estimator="wls")
    alone = KernelExplainer(smooth, ROWS[:10])(ROWS[100:104], budget=200, estimator="wls")
    assert agree(e.values[..., 1], alone.values, 1e-9)
    assert agree(e.standard_errors[..., 1], alone.standard_errors, 1e-6)


def test_the_read_out_is_constrained_weighted_least_squares():
    """Against a dense solution of the same problem, by the KKT equations."""
    d = 9
    design = paired_design(d, 120, np.random.default_rng(1))
    outcomes = np.random.default_rng(2).normal(size=(2, len(design.coalitions), 1))
    values = paired_plan(design, "wls").read(outcomes).values
    z = design.coalitions[2:].astype(float)
    w = np.tile(design.weights, 2)
    for i in range(2):
        v = outcomes[i, :, 0]
        kkt = np.block(
            [[2 * z.T @ (w[:, None] * z), np.ones((d, 1))], [np.ones((1, d)), np.zeros((1, 1))]]
        )
        right = np.append(2 * z.T @ (w * (v[2:] - v[0])), v[1] - v[0])
        assert agree(values[i, :, 0], np.linalg.solve(kkt, right)[:d], 1e-9)


@pytest.mark.slow
def test_intervals_cover_diabetes_by_three_models():
    """Budget 256, background 100, 100 samples: 90 to 99% of the exact values."""
    rows, target = load_diabetes(return_X_y=True)
    rows, target = rows * 20, (target - target.mean()) / target.std()
    network = MLPRegressor(hidden_layer_sizes=(32, 16), max_iter=1000, random_state=0)
    forest = RandomForestRegressor(5, max_depth=6, random_state=0)
    covered = []
    for model in (network.fit(rows, target).predict, forest.fit(rows, target).predict, product):
        exact = ExactExplainer(model, rows[:100])(rows[100:200]).values
        for seed in range(3):
            e = KernelExplainer(model, rows[:100])(
                rows[100:200], budget=256, seed=seed, estimator="wls"
            )
            covered.append(np.mean(np.abs(e.values - exact) <= 1.96 * e.standard_errors))
    assert 0.9 <= np.mean(covered) <= 0.99
    assert min(np.mean(covered[i : i + 3]) for i in (0, 3, 6)) >= 0.88


MEMORY = """
import numpy as np
import pandas as pd
from shapviz.explainers.kernel import KernelExplainer
from shapviz.peak_memory import peak_memory
r = np.random.default_rng(0)
W, V = r.normal(size=(784, 4)) / 28, r.normal(size=(4, 2))
rows = r.random((101, 784))
e = KernelExplainer(lambda x: np.tanh(x @ W) @ V, rows[:100])(rows[100:])
assert e.values.shape == (1, 784, 2), e.values.shape
assert (e.standard_errors > 0).all()
assert e.provenance["budget"] == 2 * 784 + 2048
print(peak_memory())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count memory")
def test_784_features_stay_under_1_5_gb():
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 1.5e9


def test_text_columns_are_players_like_any_other():
    codes = {"low": 0.0, "mid": 1.0, "high": 4.0}

    def coded(frame):
        return np.column_stack([frame["level"].map(codes).astype(float), frame["x"], frame["y"]])

    def model(rows):
        return (rows[:, 0] + 1) * rows[:, 1] * np.exp(rows[:, 2])

    frame = pd.DataFrame(
        {
            "level": ["low", "mid", "high", "mid", "low", "high"],
            "x": ROWS[:6, 0],
            "y": ROWS[:6, 1],
        }
    )
    e = KernelExplainer(lambda f: model(coded(f)), frame[:4])(frame[4:])
    expected = shapley(model, coded(frame[4:]), coded(frame[:4]))[..., 0]
    assert agree(e.values, expected, 1e-9)
    assert e.feature_names == ("level", "x", "y")
    assert e.data[1, 0] == "high"
    assert e.sample_names == ("4", "5")
