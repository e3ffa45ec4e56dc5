"""Kernel SHAP: Shapley values by constrained weighted least squares over sampled coalitions."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from shapviz.coalitions import Design, paired_design
from shapviz.explainers.base import Call
from shapviz.explainers.coalitional import CoalitionExplainer, Plan
from shapviz.explainers.exact import enumeration
from shapviz.explainers.permutation import enough_budget, one_permutation, widened

Floats = NDArray[np.float64]

__all__ = ["KernelExplainer"]

EXTRA = 2048
"""Coalitions beyond two a feature in the default budget, as users of shap know it."""


def regression_plan(design: Design) -> Plan:
    """The plan that fits one weighted regression to the design's pairs, for all samples at once.

    A pair says g(z) = (v(z) − v(z̄))/2, and additive values predict ½ Σ φᵢ tᵢ with t = ±1. The
    even part of the game drops out: Shapley values do not depend on it.
    """
    P, d = design.pairs.shape
    signs = np.where(design.pairs, 1.0, -1.0)
    solver = _solver(design, signs)
    # What each pair would say if all values were equal: the part that the constraint fixes.
    shared = signs.sum(axis=1) / (2 * d)
    leverage = 0.5 * np.einsum("pd,dp->p", signs, solver)
    squared = solver**2 * (1.0 - design.shares)
    degrees = P - (d - 1)

    def read(outcomes: Floats) -> tuple[Floats, Floats | None]:
        n, _, K = outcomes.shape
        delta = (outcomes[:, 1] - outcomes[:, 0]).reshape(-1)
        odd = (outcomes[:, 2 : 2 + P] - outcomes[:, 2 + P :]) / 2.0
        # One matrix product for all samples and outputs: (P, n·K).
        target = odd.transpose(1, 0, 2).reshape(P, n * K) - shared[:, None] * delta
        deviation = solver @ target
        values = deviation + delta / d
        if degrees < 1:
            return _back(values, n, K), None
        residual = target - 0.5 * (signs @ deviation)
        pooled = (residual**2).sum(axis=0) / degrees
        # A pair that pulls the fit hides its own error; the pooled variance stands in for it.
        variance = squared @ (residual**2 + leverage[:, None] * pooled)
        errors = widened(degrees) * np.sqrt(np.maximum(variance, 0.0))
        return _back(values, n, K), _back(errors, n, K)

    return Plan(design.coalitions, read, "paired leverage sampling")


def _solver(design: Design, signs: Floats) -> Floats:
    """The matrix (d, P) from pair outcomes to deviations of the values from their mean."""
    d = signs.shape[1]
    weighted = 0.5 * signs * design.weights[:, None]
    normal = 0.5 * weighted.T @ signs
    # Deviations sum to zero, so this changes no solution, and it makes the matrix definite.
    normal += np.trace(normal) / d**2
    factor = cho_factor(normal, lower=True)
    ones = cho_solve(factor, np.ones(d))
    free: Floats = cho_solve(factor, weighted.T)
    return free - np.outer(ones, free.sum(axis=0) / ones.sum())


def _back(flat: Floats, n: int, K: int) -> Floats:
    """(d, n·K) as (n, d, K)."""
    return flat.reshape(-1, n, K).transpose(1, 0, 2)


class KernelExplainer(CoalitionExplainer):
    """Shapley values of any model, estimated from a few thousand coalitions.

    Coalitions come in complementary pairs, drawn by leverage and shared by all samples; one
    factorisation gives the values of every sample and output, which sum to prediction minus base
    value. Absent features take the background rows' values, one row after the other. Costs at
    most budget × background rows for each sample. All features are kept.

    Parameters
    ----------
    model, background, link, feature_names, feature_units, output_names, units, model_id
        As for every explainer, see `BaseExplainer`.

    Notes
    -----
    `budget` counts coalitions, the empty and the full one included; default
    min(2^d, 2d + 2048). Where it reaches 2^d for the d features that differ from the background,
    all are played and the values are exact, with standard errors 0. Fewer than d+1 is refused;
    from d+1 to 2d−1 one permutation is walked, and at 2d one antithetic permutation, both
    without standard errors, because nothing is left over to judge them by.

    Standard errors come from the residuals of the pairs: each counts with its squared residual
    plus its leverage times the pooled residual variance, is scaled by the share of pairs of its
    size that was not drawn, and the whole is widened by Student's t at the residual degrees of
    freedom. ``benchmarks/kernel_coverage.py`` measures the coverage of 95% intervals.

    Features equal to every background row are no players: exactly 0, standard error 0. For a
    budget, d counts them still, so that whether it is enough does not depend on the sample.

    References
    ----------
    Lundberg & Lee (2017), A unified approach to interpreting model predictions, NeurIPS. Covert &
    Lee (2021), Improving KernelSHAP, AISTATS. Musco & Witter (2025), Provably accurate Shapley
    value estimation via leverage score sampling, ICLR.

    Examples
    --------
    >>> import numpy as np
    >>> explainer = KernelExplainer(lambda X: X[:, 0] * X[:, 1], np.zeros((1, 2)))
    >>> explainer(np.array([[2.0, 3.0]])).values
    array([[3., 3.]])
    """

    name: ClassVar[str] = "kernel"

    def _check_call(self, X: Any, call: Call) -> None:
        enough_budget(call.budget, self.masker.n_players)

    def _plan(self, d: int, budget: int, seed: int) -> Plan:
        if 2**d <= budget:
            return enumeration(d)
        rng = np.random.default_rng([seed, d])
        if budget < 2 * d:
            return one_permutation(d, rng)
        return regression_plan(paired_design(d, budget, rng))

    def _coalitions(self, d: int, budget: int) -> int:
        if 2**d <= budget:
            return max(2**d, 2)
        return d + 1 if budget < 2 * d else 2 + 2 * ((budget - 2) // 2)

    def _default_budget(self, d: int) -> int:
        return min(2**d, 2 * d + EXTRA)
