"""Partition beside shap's PartitionExplainer on the same trees, at equal numbers of coalitions.

    python -m benchmarks.partition [--quick]

Relative squared error to exact Owen values, Σ(estimate − exact)² / Σ exact², over samples, outputs
and seeds; the share of values within their 95% intervals where there are any; seconds a sample.
Exact values come from enumeration, and shap's without a limit of its own must agree with them.
Prints the tables and keeps them in results/partition.txt.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from shapviz import PartitionExplainer
from shapviz.explainers.orders import count_of_all
from shapviz.hierarchy import Hierarchy
from shapviz.hierarchy_makers import grid

RESULTS = Path(__file__).parent / "results" / "partition.txt"
BUDGETS = (16, 32, 64, 128, 256, 512, 1024)
NO_LIMIT = 10**7


@dataclass(frozen=True)
class Case:
    """A game on a tree."""

    name: str
    model: Callable[[Any], Any]
    background: np.ndarray
    samples: np.ndarray
    tree: Hierarchy | None
    """None: clustered by correlation."""


def cases(samples: int) -> Iterator[Case]:
    """The games; background rows and samples are drawn apart from each other."""
    from sklearn.datasets import load_breast_cancer, load_digits
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    X, y = load_digits(return_X_y=True)
    X = X / 16
    net = MLPClassifier((64, 32), max_iter=60, random_state=0).fit(X[:1000], y[:1000])

    def logits(rows: Any) -> Any:
        for weights, bias in zip(net.coefs_[:-1], net.intercepts_[:-1], strict=True):
            rows = np.maximum(rows @ weights + bias, 0)
        return rows @ net.coefs_[-1] + net.intercepts_[-1]

    def probabilities(rows: Any) -> Any:
        odds = logits(rows)
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    # Pixels that are blank everywhere would be no players: noise makes all 64 count.
    noisy = X + 0.02 * np.random.default_rng(0).normal(size=X.shape)
    pixels = noisy[:20], noisy[1000 : 1000 + samples]
    yield Case("digits 8×8, logits, d=64", logits, *pixels, grid((8, 8)))
    yield Case("digits 8×8, probabilities, d=64", probabilities, *pixels, grid((8, 8)))
    B, t = load_breast_cancer(return_X_y=True)
    B = (B - B.mean(0)) / B.std(0)
    trees = GradientBoostingClassifier(n_estimators=60, max_depth=4, random_state=0).fit(B, t)
    table = B[:50], B[100 : 100 + samples]
    yield Case("cancer, boosted trees, d=30", trees.decision_function, *table, None)
    dense = MLPRegressor(hidden_layer_sizes=(32, 16), max_iter=200, random_state=0).fit(B, t)
    yield Case("cancer, MLP, d=30", dense.predict, *table, None)


def shap_values(case: Case, tree: Hierarchy, budget: int) -> np.ndarray:
    """Values (n, d, K) from shap, on the same tree."""
    import shap

    d = tree.d
    joined = [(a, b, 1.0, tree.sizes[d + k]) for k, (a, b) in enumerate(tree.merges)]
    masker = shap.maskers.Partition(
        case.background, max_samples=len(case.background), clustering=np.array(joined, float)
    )
    explainer = shap.PartitionExplainer(case.model, masker)
    values = explainer(case.samples, max_evals=budget, silent=True).values
    return values.reshape(len(case.samples), d, -1)


def off(values: np.ndarray, exact: np.ndarray) -> float:
    """Relative squared error."""
    return float(((values - exact) ** 2).sum() / (exact**2).sum())


def table(case: Case, budgets: tuple[int, ...], seeds: int) -> Iterator[str]:
    """The lines of one game."""
    explainer = PartitionExplainer(case.model, case.background, hierarchy=case.tree)
    tree, n = explainer.hierarchy, len(case.samples)
    every = count_of_all(tree)

    def shaped(values: Any) -> np.ndarray:
        return np.asarray(values).reshape(n, tree.d, -1)

    exact = shaped(explainer(case.samples, budget=every).values)
    yield ""
    yield f"{case.name}: depth {tree.depths.max()}, {every:,} coalitions in all"
    apart = off(shap_values(case, tree, NO_LIMIT), exact)
    yield f"shap without a limit is {apart:.0e} from the exact values"
    yield f"{'coalitions':>10}{'shap':>10}{'ours':>10}{'in 95%':>8}{'shap s':>8}{'ours s':>8}"
    for budget in budgets:
        if budget >= every:
            break
        started = perf_counter()
        theirs = off(shap_values(case, tree, budget), exact)
        between = perf_counter()
        found = [explainer(case.samples, budget=budget, seed=seed) for seed in range(seeds)]
        seconds = (between - started) / n, (perf_counter() - between) / n / seeds
        ours = np.mean([off(shaped(e.values), exact) for e in found])
        inside = "–"
        if found[0].standard_errors is not None:
            within = [
                np.abs(shaped(e.values) - exact) <= 1.96 * shaped(e.standard_errors) + 1e-12
                for e in found
            ]
            inside = f"{np.mean(within):.1%}"
        yield (
            f"{budget:>10}{theirs:>10.1e}{ours:>10.1e}{inside:>8}"
            f"{seconds[0]:>8.3f}{seconds[1]:>8.3f}"
        )


def main() -> None:
    """Print the tables and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two samples, one seed, to 512")
    quick = parser.parse_args().quick
    warnings.filterwarnings("ignore")  # sklearn's and shap's; neither is measured here.
    budgets, seeds, samples = (BUDGETS[2:6], 1, 2) if quick else (BUDGETS, 3, 6)
    lines: list[str] = []
    for case in cases(samples):
        for line in table(case, budgets, seeds):
            print(line, flush=True)
            lines.append(line)
    if not quick:
        RESULTS.write_text("\n".join(lines).strip() + "\n")


if __name__ == "__main__":
    main()
