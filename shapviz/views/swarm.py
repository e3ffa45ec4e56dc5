"""Where a beeswarm's points stand above and below their row."""

from __future__ import annotations

import numpy as np

from shapviz.types import FloatArray

__all__ = ["offsets"]

BINS = 160
"""Bins over the axis: 0.7 of a 5 px marker over 560 px."""
STEP = 0.7
"""Distance of stacked points, in marker widths."""
TALLEST = 6.2
"""Height of a full stack in marker widths: 84% of a 37 px row of 5 px markers."""


def offsets(x: FloatArray, order: FloatArray, limits: tuple[float, float]) -> FloatArray:
    """Return how far each point is from its row's middle, in marker widths.

    Points are binned along the axis and stacked around the middle, low feature values at the
    bottom; a stack that is too tall is squeezed.

    Parameters
    ----------
    x : float array of shape (m,)
        Positions along the axis.
    order : float array of shape (m,)
        What to sort a stack by; NaN goes on top.
    limits : (float, float)
        Ends of the axis.
    """
    low, high = limits
    span = high - low
    bins = np.zeros(x.size, dtype=np.int64)
    if span > 0:
        bins = np.minimum(((x - low) / span * BINS).astype(np.int64), BINS - 1)
    sequence = np.lexsort((order, bins))
    sizes = np.bincount(bins, minlength=BINS)
    firsts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    rank = np.empty(x.size, dtype=np.float64)
    rank[sequence] = np.arange(x.size) - firsts[bins[sequence]]
    height = sizes[bins] - 1.0
    step = np.minimum(STEP, TALLEST / np.maximum(height, 1.0))
    return (rank - height / 2) * step
