"""Run by an interpreter that has the peers: their values of games given as tables of outcomes.

    python games.py TABLES.npz METHODS BUDGETS SEEDS OUT.npz KEPT

TABLES holds a float64 array (samples, 2^d) a game, coalitions in the order of their bits, lowest
first. OUT gets an array (seeds, samples, d) for each game, method and budget, under
"game/method/budget"; NaN where the method failed or asked about more coalitions than the budget.
KEPT is a folder of answers given before: the same table, method, budget, seed and library version
never give another one, so nothing in it is computed again.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
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


def answered(method: str, table: Any, budget: int, seed: int) -> tuple[Any, str]:
    """Values (samples, d) of one method, and what went wrong."""
    d = int(np.log2(table.shape[1]))
    values, said = np.full((len(table), d), np.nan), ""
    for i, row in enumerate(table):
        game = Counted(row)
        try:
            values[i] = METHODS[method](game, d, budget, seed)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        if len(game.seen) > budget:
            values[i], said = np.nan, f"{len(game.seen)} coalitions"
    return values, said


def library(method: str) -> str:
    """The library whose method it is, with its version."""
    name = "shap" if method.startswith("shap ") else "shapiq"
    return f"{name} {version(name)}"


def main(tables: str, methods: str, budgets: str, seeds: str, out: str, kept: str) -> None:
    found, games = {}, dict(np.load(tables))
    for name, table in games.items():
        digest = hashlib.sha256(np.ascontiguousarray(table).tobytes()).hexdigest()[:16]
        for method in methods.split(","):
            place = Path(kept) / library(method)
            place.mkdir(parents=True, exist_ok=True)
            for budget in map(int, budgets.split(",")):
                if budget >= table.shape[1]:
                    continue
                every = []
                for seed in range(int(seeds)):
                    file = place / f"{digest} {method} {budget} {seed}.npy"
                    if not file.exists():
                        started = time.perf_counter()
                        values, said = answered(method, table, budget, seed)
                        each = (time.perf_counter() - started) / len(table)
                        print(f"{name} {method} {budget}: {each:.3f} s {said}", flush=True)
                        partial = file.with_suffix(f".{os.getpid()}.npy")
                        np.save(partial, values)
                        partial.replace(file)
                    every.append(np.load(file))
                found[f"{name}/{method}/{budget}"] = np.stack(every)
    np.savez_compressed(out, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
