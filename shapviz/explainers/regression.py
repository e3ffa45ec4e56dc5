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

FEW = 2.5
"""How much of what pairs of one size share still counts as error, over the root of their number."""


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
    sizes : float64 (sizes, P)
        1 where a pair is of a size; the middle one, whose halves are alike, is left out.
    """

    signs: Floats
    solver: Floats
    shares: Floats
    sizes: Floats

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
        squared = self._squared(residual)
        pooled = squared.sum(axis=0) / degrees
        leverage = 0.5 * np.einsum("pd,dp->p", self.signs, self.solver)
        # A pair that pulls the fit hides its own error; the pooled variance stands in for it.
        own = squared + leverage[:, None] * pooled
        variance = (self.solver**2 * (1.0 - self.shares)) @ own
        errors: Floats = widened(degrees) * np.sqrt(np.maximum(variance, 0.0))
        return errors

    def _squared(self, residual: Floats) -> Floats:
        """Squared residuals (P, c), most of what they share within a size taken out.

        What only a coalition's size decides changes no value where players are dealt equally often
        within a size; they are, but only to within one, which matters where the pairs are few.
        """
        counts = self.sizes.sum(axis=1)
        means = (self.sizes @ residual) / counts[:, None]
        # The mean took a part of each residual with it; of one pair alone it took all.
        usual = np.where(counts > 1, counts / np.maximum(counts - 1, 1), 0.0) @ self.sizes
        apart = (residual - self.sizes.T @ means) ** 2 * usual[:, None]
        dealt = (np.maximum(1 - FEW * counts**-0.5, 0.0) @ self.sizes)[:, None]
        squared: Floats = dealt * apart + (1 - dealt) * residual**2
        return squared


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
    some = np.unique(design.strata[2 * design.strata < design.d])
    sizes = (design.strata == some[:, None]).astype(np.float64)
    return Regression(signs, solver, design.shares, sizes)
