"""How SHAP values and data are spread, feature by feature: histograms, quantiles, a beeswarm's
raster. Pure arrays in, pure arrays out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BINS", "QUANTILES", "Distributions", "distributions"]

BINS = 64
QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Distributions:
    """Of p features and K outputs (1 where there is no output axis), over m samples.

    Attributes
    ----------
    value_low, value_high : float64 (p, K)
        Ends of the SHAP values' bins, of equal width between them.
    value_counts : int64 (p, K, 64)
        Samples in each bin: the histogram, and the density of a beeswarm.
    value_quantiles : float64 (p, K, 9)
        At `QUANTILES`.
    colour : float32 (p, K, 64)
        Mean rank of the feature's data in each bin, 0 lowest to 1 highest; NaN for an empty bin,
        and everywhere where data are not numbers.
    data_low, data_high : float64 (p,)
        Ends of the data's bins; NaN where they are not numbers.
    data_counts : int64 (p, 64)
    data_missing : int64 (p,)
        Samples without a number.
    data_quantiles : float64 (p, 9)
    """

    value_low: NDArray[np.float64]
    value_high: NDArray[np.float64]
    value_counts: NDArray[np.int64]
    value_quantiles: NDArray[np.float64]
    colour: NDArray[np.float32]
    data_low: NDArray[np.float64]
    data_high: NDArray[np.float64]
    data_counts: NDArray[np.int64]
    data_missing: NDArray[np.int64]
    data_quantiles: NDArray[np.float64]


def distributions(values: Floats, data: NDArray[Any] | None) -> Distributions:
    """Return how values and data are spread.

    Parameters
    ----------
    values : float array of shape (m, p, K)
        SHAP values.
    data : array of shape (m, p), or None
        What the model saw, where it is numbers; missing ones are NaN.

    Returns
    -------
    Distributions

    Examples
    --------
    >>> found = distributions(np.array([[[0.0]], [[1.0]], [[1.0]]]), None)
    >>> found.value_counts[0, 0, [0, -1]].tolist()
    [1, 2]
    """
    m, p, k = values.shape
    cells = np.ascontiguousarray(values.reshape(m, p * k).T, dtype=np.float64)
    bins, low, high = _binned(cells)
    counts = _counted(bins, np.ones_like(cells))
    if data is None:
        missing = np.full(p, m, dtype=np.int64)
        nothing = np.full(p, np.nan)
        return Distributions(
            value_low=low.reshape(p, k),
            value_high=high.reshape(p, k),
            value_counts=counts.astype(np.int64).reshape(p, k, BINS),
            value_quantiles=np.quantile(cells, QUANTILES, axis=1).T.reshape(p, k, -1),
            colour=np.full((p, k, BINS), np.nan, dtype=np.float32),
            data_low=nothing,
            data_high=nothing,
            data_counts=np.zeros((p, BINS), dtype=np.int64),
            data_missing=missing,
            data_quantiles=np.full((p, len(QUANTILES)), np.nan),
        )
    columns = np.ascontiguousarray(data.reshape(m, p).T, dtype=np.float64)
    known = np.isfinite(columns)
    ranks = np.repeat(_ranks(columns), k, axis=0)
    weights = np.repeat(known, k, axis=0).astype(np.float64)
    weighed = _counted(bins, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        colour = _counted(bins, np.where(weights > 0, ranks, 0.0)) / weighed
    empty = ~known.any(axis=1)
    filled = np.where(known, columns, np.nan)
    filled[empty] = 0.0
    data_bins, data_low, data_high = _binned(filled)
    quantiles = np.nanquantile(filled, QUANTILES, axis=1).T
    for array in (data_low, data_high, quantiles):
        array[empty] = np.nan
    return Distributions(
        value_low=low.reshape(p, k),
        value_high=high.reshape(p, k),
        value_counts=counts.astype(np.int64).reshape(p, k, BINS),
        value_quantiles=np.quantile(cells, QUANTILES, axis=1).T.reshape(p, k, -1),
        colour=colour.astype(np.float32).reshape(p, k, BINS),
        data_low=data_low,
        data_high=data_high,
        data_counts=_counted(data_bins, known.astype(np.float64)).astype(np.int64),
        data_missing=(~known).sum(axis=1).astype(np.int64),
        data_quantiles=quantiles,
    )


def _binned(
    rows: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Each row's bins between its own ends; a missing number falls into the first."""
    low, high = np.nanmin(rows, axis=1), np.nanmax(rows, axis=1)
    width = np.where(high > low, high - low, 1.0)
    places = (rows - low[:, None]) / width[:, None] * BINS
    return np.clip(np.nan_to_num(places), 0, BINS - 1).astype(np.int64), low, high


def _counted(bins: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of weights by bin, one row each, in one pass over all rows."""
    rows = len(bins)
    flat = (np.arange(rows)[:, None] * BINS + bins).ravel()
    sums: NDArray[Any] = np.bincount(flat, weights.ravel(), minlength=rows * BINS)
    return sums.reshape(rows, BINS)


def _ranks(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of a row's numbers that are below each of them, ties at their middle, 0 to 1."""
    found = np.zeros_like(columns)
    for i, column in enumerate(columns):
        known = np.isfinite(column)
        kinds, which, counts = np.unique(column[known], return_inverse=True, return_counts=True)
        if len(kinds) < 2:
            found[i] = 0.5
            continue
        middle = np.cumsum(counts) - (counts + 1) / 2
        lowest, highest = middle[0], middle[-1]
        found[i, known] = ((middle - lowest) / (highest - lowest))[which]
    return found
