"""Run by an interpreter that has the peers: their values of games given as tables of outcomes.

    python games.py TABLES.npz METHODS BUDGETS SEEDS OUT.npz

TABLES holds a float64 array (samples, 2^d) a game, coalitions in the order of their bits, lowest
first. OUT gets an array (seeds, samples, d) for each game, method and budget, under
"game/method/budget"; NaN where the method failed or asked about more coalitions than the budget.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

warnings.simplefilter("ignore")


class Counted:
    """A table as a function of coalitions that remembers how many different ones it was asked."""

    def __init__(self, table: Any) -> None:
        self.table, self.bits = table, 1 << np.arange(int(np.log2(len(table))))
        self.seen: set[int] = set()

    def __call__(self, coalitions: Any) -> Any:
        codes = np.asarray(coalitions, dtype=bool) @ self.bits
        self.seen.update(codes.tolist())
        return self.table[codes]


def of_shapiq(name: str, **options: Any) -> Callable[..., Any]:
    def values(game: Counted, d: int, budget: int, seed: int) -> Any:
        import shapiq.approximator as approximators

        method = getattr(approximators, name)(d, random_state=seed, **options)
        empty = float(game(np.zeros((1, d)))[0])
        found = method.approximate(budget, lambda Z: game(Z) - empty)
        return np.array([found[(i,)] for i in range(d)])

    return values


def shap_kernel(game: Counted, d: int, budget: int, seed: int) -> Any:
    import shap

    np.random.seed(seed)  # noqa: NPY002 (shap draws from the global state)
    explainer = shap.KernelExplainer(game, np.zeros((1, d)))
    # shap does not count the empty and the full coalition.
    return explainer.shap_values(np.ones((1, d)), nsamples=budget - 2, l1_reg=False, silent=True)[0]


def shap_permutation(game: Counted, d: int, budget: int, seed: int) -> Any:
    import shap

    explainer = shap.PermutationExplainer(game, np.zeros((1, d)), seed=seed)
    return explainer(np.ones((1, d)), max_evals=budget, silent=True).values[0]


METHODS: dict[str, Callable[..., Any]] = {
    "shap Kernel": shap_kernel,
    "shap Permutation": shap_permutation,
    "LeverageSHAP": of_shapiq("LeverageSHAP"),
    "OddSHAP": of_shapiq("OddSHAP"),
    "PolySHAP": of_shapiq("PolySHAP", max_order=2, pairing_trick=True),
    "RegressionMSR": of_shapiq("RegressionMSR", index="SV"),
}


def main(tables: str, methods: str, budgets: str, seeds: str, out: str) -> None:
    kept, games = {}, dict(np.load(tables))
    for name, table in games.items():
        d = int(np.log2(table.shape[1]))
        for method in methods.split(","):
            for budget in map(int, budgets.split(",")):
                if budget >= 2**d:
                    continue
                values = np.full((int(seeds), len(table), d), np.nan)
                said, started = "", time.perf_counter()
                for seed in range(int(seeds)):
                    for i, row in enumerate(table):
                        game = Counted(row)
                        try:
                            values[seed, i] = METHODS[method](game, d, budget, seed)
                        except Exception as error:
                            said = f"{type(error).__name__}: {error}"
                        if len(game.seen) > budget:
                            values[seed, i] = np.nan
                            said = f"{len(game.seen)} coalitions"
                each = (time.perf_counter() - started) / values[..., 0].size
                print(f"{name} {method} {budget}: {each:.3f} s {said}", flush=True)
                kept[f"{name}/{method}/{budget}"] = values
    np.savez_compressed(out, **kept)


if __name__ == "__main__":
    main(*sys.argv[1:])
