"""Shapley values by constrained weighted least squares over a design's complementary pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from shapviz.coalitions import Design
from shapviz.explainers.permutation import widened

__all__ = ["Regression", "regression"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Regression:
    """One factorisation that serves every sample and output.

    A pair says g(z) = (v(z) − v(z̄))/2, and additive values predict ½ Σ φᵢ tᵢ with t = ±1. The
    even part of the game drops out: Shapley values do not depend on it.

    Attributes
    ----------
    signs : float64 (P, d)
        t of each pair.
    solver : float64 (d, P)
        From pair outcomes to the values' deviations from their mean.
    shares : float64 (P,)
        Share of the existing pairs of this size that was drawn.
    """

    signs: Floats
    solver: Floats
    shares: Floats

    def values(self, odd: Floats, total: Floats) -> Floats:
        """Values (d, c) that sum to the totals (c,), from the odd part (P, c)."""
        d = self.signs.shape[1]
        # What each pair would say if all values were equal: the part that the constraint fixes.
        shared = self.signs.sum(axis=1) / (2 * d)
        found: Floats = self.solver @ (odd - shared[:, None] * total) + total / d
        return found

    def predict(self, values: Floats, signs: Floats) -> Floats:
        """The odd part (Q, c) that values (d, c) predict at other pairs (Q, d)."""
        predicted: Floats = 0.5 * (signs @ values)
        return predicted

    def errors(self, odd: Floats, values: Floats) -> Floats | None:
        """Standard errors (d, c) from the residuals; None where no pair is left to judge by."""
        P, d = self.signs.shape
        degrees = P - (d - 1)
        if degrees < 1:
            return None
        residual = odd - self.predict(values, self.signs)
        pooled = (residual**2).sum(axis=0) / degrees
        leverage = 0.5 * np.einsum("pd,dp->p", self.signs, self.solver)
        # A pair that pulls the fit hides its own error; the pooled variance stands in for it.
        own = residual**2 + leverage[:, None] * pooled
        variance = (self.solver**2 * (1.0 - self.shares)) @ own
        errors: Floats = widened(degrees) * np.sqrt(np.maximum(variance, 0.0))
        return errors


def regression(design: Design) -> Regression:
    """The regression over a design whose pairs leave no value open."""
    signs = np.where(design.pairs, 1.0, -1.0)
    d = signs.shape[1]
    weighted = 0.5 * signs * design.weights[:, None]
    normal = 0.5 * weighted.T @ signs
    # Deviations sum to zero, so this changes no solution, and it makes the matrix definite.
    normal += np.trace(normal) / d**2
    factor = cho_factor(normal, lower=True)
    ones = cho_solve(factor, np.ones(d))
    free: Floats = cho_solve(factor, weighted.T)
    solver = free - np.outer(ones, free.sum(axis=0) / ones.sum())
    return Regression(signs, solver, design.shares)
