"""Importance: mean absolute SHAP value, with an interval for which samples happened to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shapviz.explanation import Explanation

__all__ = ["Importance", "ImportanceSums", "importance"]

REPLICATES = 1_000
MOST_BLOCKS = 1_000
# Weights of the replicates times block means, in one matrix product of at most this many cells.
CELLS = 4_000_000
# Of more means than this, entries of large pictures, intervals come from their spread alone.
MOST_RESAMPLED = 50_000
# Rows summed at once, in double precision.
ROWS = 16_384


@dataclass(frozen=True)
class Importance:
    """Mean absolute SHAP value of each feature, with its bootstrap interval.

    Shapes follow the explanation: ``(p,)`` for one output, ``(p, outputs)`` for several, where p
    counts a sample's entries in C order.

    Attributes
    ----------
    mean_abs : float64
        Mean over samples of |SHAP value|, in the explanation's units.
    low, high : float64
        Ends of the 95% bootstrap interval over samples; equal to `mean_abs` for one sample. Of
        more than 50,000 means 1.96 standard errors to either side, not below 0.
    order : int64
        Feature positions, most important first; ties keep the features' order.
    """

    mean_abs: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    order: NDArray[np.int64]

    def top(self, k: int = 5) -> NDArray[np.int64]:
        """Return positions of the k features with the largest importance, outputs summed."""
        total = self.mean_abs.reshape(len(self.mean_abs), -1).sum(axis=1)
        return np.argsort(-total, kind="stable")[:k]

    def total(self) -> NDArray[np.float64]:
        """Return importance summed over outputs, shape (p,)."""
        summed: NDArray[np.float64] = self.mean_abs.reshape(len(self.mean_abs), -1).sum(axis=1)
        return summed


def importance(explanation: Explanation, seed: int = 0) -> Importance:
    """Return mean |SHAP value| per feature and output, with 95% intervals over samples.

    The interval says how much the mean would move had other samples of the same kind been
    explained; it knows nothing of the estimates' standard errors. No model is called.

    Parameters
    ----------
    explanation : Explanation
        Of n samples.
    seed : int, default 0
        Of the bootstrap.

    Returns
    -------
    Importance

    Notes
    -----
    Percentile bootstrap with 1,000 replicates. Above 1,000 samples, samples are dealt at random
    into 1,000 blocks of equal size and blocks are resampled: the mean's spread is the same to a
    few per cent, and the cost is one pass over the values.

    References
    ----------
    Efron (1979), Bootstrap methods: another look at the jackknife, Annals of Statistics 7(1).
    Kleiner et al. (2014), A scalable bootstrap for massive data, JRSS B 76(4).

    Examples
    --------
    >>> e = Explanation(values=[[1.0, -3.0], [-1.0, 1.0]], base_values=0.0)
    >>> importance(e).mean_abs, importance(e).order
    (array([1., 2.]), array([1, 0]))
    """
    # Flat where there are several inputs; not copied.
    values = explanation.fields()["values"]
    tail = values.shape[-1:] if explanation.has_outputs else ()
    sums = ImportanceSums(len(explanation), int(np.prod(explanation.feature_shape)), tail, seed)
    sums.add(0, values)
    return sums.result()


class ImportanceSums:
    """Importance of values that come a range of rows at a time, as `importance` gives it.

    Parameters
    ----------
    n : int
        Samples in all.
    p : int
        Entries of a sample.
    tail : tuple of int
        ``()``, or ``(outputs,)``.
    seed : int, default 0
        Of the bootstrap.
    """

    def __init__(self, n: int, p: int, tail: tuple[int, ...], seed: int = 0) -> None:
        self._shape = (p, *tail)
        self._rng = np.random.default_rng(seed)
        self._blocks = min(n, MOST_BLOCKS)
        single = self._blocks == n
        self._dealt = np.arange(n) if single else self._rng.permutation(n) % self._blocks
        self._sums = np.zeros((self._blocks, int(np.prod(self._shape))))

    def add(self, start: int, values: NDArray[Any]) -> None:
        """Take the values of some rows, from row `start` on, shape (rows, *features, *tail)."""
        sizes = values.reshape(len(values), -1)
        for first in range(0, len(sizes), ROWS):
            block = np.abs(sizes[first : first + ROWS]).astype(np.float64)
            dealt = self._dealt[start + first :][: len(block)]
            # One row a block of samples, one column a sample: where each is summed.
            ones = np.ones(len(block))
            which = sparse.csr_matrix(
                (ones, (dealt, np.arange(len(block)))), shape=(self._blocks, len(block))
            )
            self._sums += which @ block

    def result(self) -> Importance:
        """Return the importance of everything that was added."""
        counts = np.bincount(self._dealt, minlength=self._blocks).astype(np.float64)
        mean = self._sums.sum(axis=0) / counts.sum()
        if mean.size > MOST_RESAMPLED:
            low, high = _by_spread(self._sums, counts, mean)
        else:
            low, high = _interval(self._sums, counts, self._rng)
        # Resampling rounds: the interval holds its own mean whatever the last bit says.
        low, high = np.minimum(low, mean), np.maximum(high, mean)
        shaped = mean.reshape(self._shape)
        order = np.argsort(-shaped, axis=0, kind="stable")
        return Importance(shaped, low.reshape(self._shape), high.reshape(self._shape), order)


def _by_spread(
    sums: NDArray[np.float64], counts: NDArray[np.float64], mean: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95% interval of column means from how far blocks of rows with these sums lie apart."""
    blocks = len(sums)
    residuals = sums - counts[:, None] * mean
    error = np.sqrt((residuals**2).sum(axis=0) * blocks / max(blocks - 1, 1)) / counts.sum()
    return np.maximum(mean - 1.96 * error, 0.0), mean + 1.96 * error


def _interval(
    sums: NDArray[np.float64], counts: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95% percentile interval of column means, resampling blocks of rows with these sums."""
    blocks, cells = sums.shape
    drawn = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=REPLICATES).astype(np.float64)
    weight = drawn @ counts
    low, high = np.empty(cells), np.empty(cells)
    step = max(1, CELLS // REPLICATES)
    for start in range(0, cells, step):
        block = slice(start, start + step)
        means = (drawn @ sums[:, block]) / weight[:, None]
        low[block], high[block] = np.quantile(means, [0.025, 0.975], axis=0)
    return low, high
