"""Standard errors of walks, from the spread between the orders of each background row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]

POOLED = 2.0
"""Degrees of freedom lent to each feature from the mean over the sample's features."""

NORMAL_95 = 1.959964


def standard_errors(
    spread: Floats, fourth: Floats, varied: NDArray[np.bool_], degrees: int, orders: int
) -> Floats:
    """Standard errors (n, p, K) of means over orders and background rows.

    Parameters
    ----------
    spread : float64 (n, p, K)
        Sum over background rows of weight² × squared deviations from the row's mean.
    fourth : float64 (n, p, K)
        Sum of the squares of its terms: how few rows the spread comes from.
    varied : bool (n, p)
        Whether a feature differs from any background row; the others' errors are exactly 0.
    degrees, orders : int
        Degrees of freedom of each row, and orders met.
    """
    rows = np.divide(spread**2, fourth, out=np.ones_like(spread), where=fourth > 0)
    own = degrees * rows
    count = np.maximum(varied.sum(axis=1), 1)[:, None, None]
    pooled = spread.sum(axis=1, keepdims=True) / count
    variance = (own * spread + POOLED * pooled) / (own + POOLED) / degrees / orders
    wide = stdtrit(own + POOLED, 0.975) / NORMAL_95
    return np.where(varied[..., None], wide * np.sqrt(variance), 0.0)
