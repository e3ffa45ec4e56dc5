"""Local linear trend with its 95% band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapviz.types import FloatArray

__all__ = ["Trend", "level_means", "local_linear"]

SPAN = 0.35
POINTS = 60
MOST = 20_000
"""Above this many samples the trend is fitted to a seeded sample of this size."""


@dataclass(frozen=True, eq=False)
class Trend:
    """A line with its band, all of shape (points,)."""

    x: FloatArray
    y: FloatArray
    low: FloatArray
    high: FloatArray


def local_linear(x: FloatArray, y: FloatArray, *, seed: int = 0) -> Trend | None:
    """Return the local linear trend of y on x, between the 1st and 99th percentile of x.

    At each of 60 points a straight line is fitted to the nearest 35% of the samples, with tricube
    weights; the band is 1.96 heteroscedasticity-robust standard errors either side. None where
    there are fewer than 8 samples or x hardly varies.

    Parameters
    ----------
    x, y : float array of shape (n,)
        Without NaN.
    seed : int
        Of the sample taken from more than 20,000.

    References
    ----------
    Cleveland (1979), Robust locally weighted regression, JASA 74(368).
    """
    if x.size > MOST:
        kept = np.random.default_rng(seed).choice(x.size, MOST, replace=False)
        x, y = x[kept], y[kept]
    if x.size < 8:
        return None
    order = np.argsort(x, kind="stable")
    x, y = x[order].astype(np.float64), y[order].astype(np.float64)
    first, last = np.percentile(x, [1, 99])
    if not last > first:
        return None
    grid = np.linspace(first, last, POINTS)
    k = max(8, int(np.ceil(SPAN * x.size)))
    fitted, spread = np.empty(POINTS), np.empty(POINTS)
    for g, at in enumerate(grid):
        window = _nearest(x, at, k)
        fitted[g], spread[g] = _fit_at(x[window], y[window], at)
    return Trend(grid, fitted, fitted - 1.96 * spread, fitted + 1.96 * spread)


def _nearest(x: FloatArray, at: float, k: int) -> slice:
    """Return the window of the k sorted values nearest to `at`."""
    k = min(k, x.size)
    start = max(0, min(int(np.searchsorted(x, at)) - k // 2, x.size - k))
    while start + k < x.size and x[start + k] - at < at - x[start]:
        start += 1
    while start > 0 and at - x[start - 1] < x[start + k - 1] - at:
        start -= 1
    return slice(start, start + k)


def _fit_at(x: FloatArray, y: FloatArray, at: float) -> tuple[float, float]:
    """Return a weighted line's value at `at` and its standard error."""
    far = max(abs(float(x[0]) - at), abs(float(x[-1]) - at))
    if far == 0:
        return float(y.mean()), float(y.std() / np.sqrt(y.size))
    scaled = (x - at) / far
    weight = (1 - np.minimum(np.abs(scaled), 1) ** 3) ** 3 + 1e-9
    total = weight.sum()
    centre = float(weight @ scaled / total)
    moved = scaled - centre
    curve = float(weight @ np.square(moved))
    # A linear smoother: the value is `rows @ y`, so its variance is Σ rows² residual².
    rows = weight / total
    slope = 0.0
    if curve > 1e-12 * total:
        rows = rows - centre * weight * moved / curve
        slope = float(weight @ (moved * y) / curve)
    value = float(rows @ y)
    residual = y - (value + slope * scaled)
    return value, float(np.sqrt(np.sum(np.square(rows * residual))))


def level_means(x: FloatArray, y: FloatArray) -> Trend:
    """Return the mean of y at each different x, with 1.96 standard errors of the mean."""
    levels, inverse, sizes = np.unique(x, return_inverse=True, return_counts=True)
    mean = np.bincount(inverse, weights=y) / sizes
    square = np.bincount(inverse, weights=np.square(y - mean[inverse])) / sizes
    spread = 1.96 * np.sqrt(square / np.maximum(sizes - 1, 1))
    return Trend(levels, mean, mean - spread, mean + spread)
