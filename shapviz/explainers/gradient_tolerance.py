"""More evaluations until the standard errors are small: for each sample and output by itself.

Knows nothing of gradients or models: it asks for estimates at a budget, and keeps those it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.explainers.call import Estimate

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

At = Callable[[Ints, list[int], int], Estimate]
"""(positions of samples, outputs, budget) → their estimate."""

WORK = ("model_rows", "backward_rows")
"""Entries of provenance that add up over budgets."""


def doubled(least: int, most: int) -> list[int]:
    """Budgets from `least` on, each twice the one before, up to `most`."""
    budgets = [min(least, most)]
    while budgets[-1] < most:
        budgets.append(min(2 * budgets[-1], most))
    return budgets


def until(at: At, n: int, outputs: Sequence[int], budgets: list[int], tolerance: float) -> Estimate:
    """Each sample's and output's values at the first budget that is within the tolerance.

    Every budget starts anew: twice the points on an even grid do more than twice the draws, and
    what has stopped because its errors looked small is not looked at again.

    Parameters
    ----------
    at : callable
        Gives the estimate for some of the n samples and of the outputs at a budget.
    n : int
    outputs : sequence of int
    budgets : list of int
        Growing.
    tolerance : float
        Largest standard error, as a part of the range of the sample's values.

    Returns
    -------
    Estimate
        Its provenance counts the answers that took each budget (``answers_by_budget``) and those
        that the last one left ``beyond_tolerance``.
    """
    chosen = np.asarray(outputs)
    kept = at(np.arange(n), [int(output) for output in chosen], budgets[0])
    left = beyond(kept, tolerance, np.ones(kept.predictions.shape, dtype=bool))
    used = np.full(left.shape, budgets[0])
    work = {name: kept.provenance[name] for name in WORK}
    for budget in budgets[1:]:
        if not left.any():
            break
        i, m = np.flatnonzero(left.any(1)), np.flatnonzero(left.any(0))
        now = at(i, [int(output) for output in chosen[m]], budget)
        work = {name: total + now.provenance[name] for name, total in work.items()}
        kept = replaced(kept, now, i, m, left)
        used[left] = budget
        left = beyond(kept, tolerance, left)
    counts = {str(budget): int(np.sum(used == budget)) for budget in np.unique(used)}
    return replace(
        kept,
        provenance={
            **kept.provenance,
            **work,
            "budget": int(used.max()),
            "answers_by_budget": counts,
            "beyond_tolerance": int(left.sum()),
        },
    )


def beyond(estimate: Estimate, tolerance: float, left: Flags) -> Flags:
    """Which of those left (n, K) have standard errors beyond the tolerance, or none at all."""
    if estimate.standard_errors is None:
        return left
    spread = estimate.values.max(axis=1) - estimate.values.min(axis=1)
    return np.asarray(left & (estimate.standard_errors.max(axis=1) > tolerance * spread))


def replaced(kept: Estimate, now: Estimate, rows: Ints, outputs: Ints, left: Flags) -> Estimate:
    """`kept` with what `now` found for these rows and outputs where they were `left` (n, K)."""

    def put(name: str) -> Any:
        old, new = getattr(kept, name), getattr(now, name)
        if new is None:
            return old
        whole = np.zeros(left.shape[:1] + new.shape[1:-1] + left.shape[1:])
        whole[np.ix_(rows, *(np.arange(size) for size in new.shape[1:-1]), outputs)] = new
        where = left if whole.ndim == 2 else left[:, None, :]
        return np.where(where, whole, 0.0 if old is None else old)

    names = ("values", "standard_errors", "raw_additivity_gap")
    return replace(kept, **{name: put(name) for name in names})
