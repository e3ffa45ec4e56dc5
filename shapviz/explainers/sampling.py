"""Shapley values from independent random permutations, each walked one way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from shapviz.coalitions import prefixes
from shapviz.explainers.appending import TolerantOptions
from shapviz.explainers.base import Call
from shapviz.explainers.coalitional import CoalitionExplainer, Plan, Reading
from shapviz.explainers.exact import enumeration
from shapviz.explainers.options import Options
from shapviz.explainers.permutation import averaged, ends, enough_budget, path

Floats = NDArray[np.float64]

__all__ = ["SamplingExplainer"]

DEFAULT_ORDERS = 20
"""Permutations when no budget is given: as many walks as Permutation's ten pairs."""

FIRST_ORDERS = 8
"""Permutations before a tolerance is first looked at."""


def independent_plan(d: int, count: int, rng: np.random.Generator) -> Plan:
    """The plan of `count` orders of d ≥ 2 players, drawn independently, each walked forwards."""
    orders = np.stack([rng.permutation(d).astype(np.int64) for _ in range(count)])
    coalitions = np.concatenate([ends(d), *(prefixes(order) for order in orders)])
    steps = np.arange(count * (d - 1), dtype=np.int64).reshape(count, d - 1) + 2

    def read(outcomes: Floats) -> Reading:
        def estimates() -> Iterator[Floats]:
            for order, between in zip(orders, steps, strict=True):
                estimate = np.empty((outcomes.shape[0], d, outcomes.shape[2]))
                estimate[:, order] = np.diff(outcomes[:, path(between)], axis=1)
                yield estimate

        return averaged(estimates())

    return Plan(coalitions, read, "independent permutations")


class SamplingExplainer(CoalitionExplainer):
    """Shapley values averaged over independent random permutations of the features.

    Features join one after the other in a random order; a feature's value is its mean marginal
    contribution over the orders. Absent features take the background rows' values, all rows one
    after the other. The plainest of the estimators, and an unbiased one whatever the game; at the
    same budget Permutation, whose orders come in pairs, is nearer in most games, and Kernel nearer
    still. Costs at most budget × background rows for each sample.

    Parameters
    ----------
    model, background, link, feature_names, feature_units, output_names, units, model_id
        As for every explainer, see `BaseExplainer`.

    Raises
    ------
    InputError
        When called with a `budget` below d + 1, one permutation.

    Notes
    -----
    `budget` counts coalitions, the empty and the full one included: 2 + (d−1) for each permutation
    after that, by default 20 permutations. Where it reaches 2^d all coalitions are played and the
    values are exact. All samples share the same orders. Every order's contributions add up to
    f(x) − base, so the values do. A call takes ``tolerance=`` as `KernelExplainer` does, from 8
    permutations on, and `budget` is then the most.

    Standard errors come from the spread between orders, from two on, as Permutation's do: each
    feature's variance is averaged with the mean over the sample's features, weights T−1 and 2 for
    T orders, and widened by Student's t. Features equal to every background row get exactly 0.

    References
    ----------
    Štrumbelj & Kononenko (2014), Explaining prediction models and individual predictions with
    feature contributions, Knowledge and Information Systems 41. Castro, Gómez & Tejada (2009),
    Polynomial calculation of the Shapley value based on sampling, Computers & Operations Research.

    Examples
    --------
    >>> import numpy as np
    >>> explainer = SamplingExplainer(lambda X: X[:, 0] * X[:, 1], np.zeros((1, 2)))
    >>> explainer(np.array([[2.0, 3.0]])).values
    array([[3., 3.]])
    """

    name: ClassVar[str] = "sampling"
    options: ClassVar[type[Options]] = TolerantOptions

    def _check_call(self, X: Any, call: Call) -> None:
        enough_budget(call.budget, self.masker.n_players)

    def _plan(self, d: int, budget: int, call: Call) -> Plan:
        if 2**d <= budget or d < 2:
            return enumeration(d)
        return independent_plan(d, _orders(d, budget), np.random.default_rng([call.seed, d]))

    def _coalitions(self, d: int, budget: int) -> int:
        if 2**d <= budget or d < 2:
            return max(2**d, 2)
        return 2 + (d - 1) * _orders(d, budget)

    def _default_budget(self, d: int) -> int:
        return 2 + max(d - 1, 0) * DEFAULT_ORDERS

    def _first_budget(self, d: int) -> int:
        return 2 + (d - 1) * FIRST_ORDERS


def _orders(d: int, budget: int) -> int:
    """Permutations that a budget covers."""
    return (budget - 2) // (d - 1)
