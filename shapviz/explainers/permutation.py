"""Shapley values from antithetic permutations: walk an order forwards and backwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from shapviz.coalitions import antithetic_permutations, prefixes
from shapviz.errors import InputError, complaint
from shapviz.explainers.appending import TolerantOptions
from shapviz.explainers.base import Call
from shapviz.explainers.coalitional import CoalitionExplainer, Plan, Reading
from shapviz.explainers.exact import enumeration
from shapviz.explainers.options import Options

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

__all__ = [
    "PermutationExplainer",
    "averaged",
    "ends",
    "enough_budget",
    "one_permutation",
    "path",
    "widened",
]

DEFAULT_PAIRS = 10
"""Antithetic pairs when no budget is given."""

FIRST_PAIRS = 4
"""Antithetic pairs before a tolerance is first looked at."""

POOLED = 2.0
"""Degrees of freedom lent to each feature's variance from the mean over the sample's features:
few pairs can agree by luck, and a variance of zero would claim certainty."""

NORMAL_95 = 1.959964


def widened(degrees: float) -> float:
    """Factor that lets ±1.96 standard errors cover 95% at few degrees of freedom (Student's t)."""
    return float(stdtrit(degrees, 0.975)) / NORMAL_95


def enough_budget(budget: int | None, d: int) -> None:
    """InputError when a budget does not cover one permutation of d players."""
    if budget is not None and budget < d + 1:
        raise InputError(
            complaint(
                "budget",
                f"be at least {d + 1}, one permutation of the {d} features",
                budget,
                f"Use {2 * d} or more for an antithetic permutation, or leave it out.",
            )
        )


def one_permutation(d: int, rng: np.random.Generator) -> Plan:
    """The plan for budgets below an antithetic pair: one order, no standard errors."""
    order = rng.permutation(d).astype(np.int64)
    coalitions = np.concatenate([ends(d), prefixes(order)])
    way = path(np.arange(2, d + 1, dtype=np.int64))

    def read(outcomes: Floats) -> Reading:
        values = np.empty((outcomes.shape[0], d, outcomes.shape[2]))
        values[:, order] = np.diff(outcomes[:, way], axis=1)
        return Reading(values, None)

    return Plan(coalitions, read, "one permutation")


def ends(d: int) -> Bools:
    """The empty and the full coalition."""
    ends = np.zeros((2, d), dtype=bool)
    ends[1] = True
    return ends


def path(between: Ints) -> Ints:
    """Positions of the coalitions met on the way from empty to full."""
    return np.concatenate([[0], between, [1]]).astype(np.int64)


def averaged(estimates: Iterable[Floats]) -> Reading:
    """The mean of independent estimates (n, d, K), with its standard errors from two on."""
    rest = iter(estimates)
    # Shifted by the first estimate, or a small spread around a large value would cancel.
    shift, count = next(rest), 1
    total, squares = np.zeros_like(shift), np.zeros_like(shift)
    for estimate in rest:
        off = estimate - shift
        total += off
        squares += off**2
        count += 1
    mean = total / count
    if count < 2:
        return Reading(mean + shift, None)
    spread = np.maximum(squares - count * mean**2, 0.0)
    pooled = spread.mean(axis=1, keepdims=True) / (count - 1)
    degrees = count - 1 + POOLED
    variance = (spread + POOLED * pooled) / degrees
    return Reading(mean + shift, widened(degrees) * np.sqrt(variance / count))


def antithetic_plan(d: int, pairs: int, rng: np.random.Generator) -> Plan:
    """The plan of `pairs` orders of d ≥ 2 players, each walked both ways."""
    orders = antithetic_permutations(d, pairs, rng)
    walks = np.concatenate([prefixes(order) for order in orders])
    coalitions = np.concatenate([ends(d), walks, ~walks])
    steps = np.arange(len(walks)).reshape(pairs, d - 1) + 2

    def read(outcomes: Floats) -> Reading:
        n, _, K = outcomes.shape

        def estimates() -> Iterator[Floats]:
            for order, forth in zip(orders, steps, strict=True):
                back = forth[::-1] + len(walks)
                estimate = np.empty((n, d, K))
                estimate[:, order] = np.diff(outcomes[:, path(forth)], axis=1)
                estimate[:, order[::-1]] += np.diff(outcomes[:, path(back)], axis=1)
                yield estimate / 2.0

        return averaged(estimates())

    return Plan(coalitions, read, "antithetic permutations")


class PermutationExplainer(CoalitionExplainer):
    """Shapley values averaged over antithetic permutations of the features.

    Features join in a random order and then in the reverse one; a feature's value is its mean
    marginal contribution. Absent features take the background rows' values, one row after the
    other. Exact for games with interactions of up to two features, whatever the budget (from 2d
    on). Costs at most budget × background rows for each sample.

    Parameters
    ----------
    model, background, link, feature_names, feature_units, output_names, units, model_id
        As for every explainer, see `BaseExplainer`.

    Notes
    -----
    `budget` counts coalitions, the empty and the full one included: 2 + 2(d−1) × pairs, by
    default 10 pairs. Where it reaches 2^d all coalitions are played and the values are exact.
    From d+1 to 2d−1 one permutation is walked one way. All samples share the same orders. A call
    takes ``tolerance=`` as `KernelExplainer` does: orders are added from 4 pairs on, and `budget`
    is then the most.

    Standard errors come from the spread between pairs, from two pairs on. With J pairs each
    feature's variance is averaged with the mean over the sample's features, weights J−1 and 2,
    and widened by Student's t at J+1 degrees of freedom, because few pairs can agree by luck.
    Features equal to every background row get exactly 0, with standard error 0.

    References
    ----------
    Castro, Gómez & Tejada (2009), Polynomial calculation of the Shapley value based on sampling,
    Computers & Operations Research. Mitchell et al. (2022), Sampling permutations for Shapley
    value estimation, JMLR.

    Examples
    --------
    >>> import numpy as np
    >>> explainer = PermutationExplainer(lambda X: X[:, 0] * X[:, 1], np.zeros((1, 2)))
    >>> explainer(np.array([[2.0, 3.0]])).values
    array([[3., 3.]])
    """

    name: ClassVar[str] = "permutation"
    options: ClassVar[type[Options]] = TolerantOptions

    def _check_call(self, X: Any, call: Call) -> None:
        enough_budget(call.budget, self.masker.n_players)

    def _plan(self, d: int, budget: int, call: Call) -> Plan:
        if 2**d <= budget:
            return enumeration(d)
        rng = np.random.default_rng([call.seed, d])
        pairs = _pairs(d, budget)
        return antithetic_plan(d, pairs, rng) if pairs else one_permutation(d, rng)

    def _coalitions(self, d: int, budget: int) -> int:
        if 2**d <= budget or d < 2:
            return max(2**d, 2)
        pairs = _pairs(d, budget)
        return 2 + 2 * (d - 1) * pairs if pairs else d + 1

    def _default_budget(self, d: int) -> int:
        return 2 + 2 * max(d - 1, 0) * DEFAULT_PAIRS

    def _first_budget(self, d: int) -> int:
        return 2 + 2 * (d - 1) * FIRST_PAIRS


def _pairs(d: int, budget: int) -> int:
    """Antithetic pairs that a budget covers."""
    return (budget - 2) // (2 * (d - 1))
