"""All summaries of an explanation, from rows that come a range at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.explanation import Explanation
from shapviz.summaries.distributions import Distributions, distributions
from shapviz.summaries.importance import Importance, ImportanceSums

__all__ = ["DRAWN", "Extremes", "Summary", "SummarySums", "drawn_rows", "summary"]

DRAWN = 20_000
"""Rows that distributions are made of, where there are more."""

ROWS = 16_384
"""Rows looked through at once, few enough to stay in a processor's caches."""

SHOWN = 5_000
"""Rows that are kept beside them, whole, for pictures with a dot a sample."""

MOST_DESCRIBED = 20_000
"""Distributions are kept of up to this many entries of a sample, outputs counted."""

MOST_PAIRS = 4_000_000
"""Interaction scores are kept up to this many cells."""


@dataclass(frozen=True, eq=False)
class Extremes:
    """Smallest and largest SHAP value of each feature, over all samples, and whose they are.

    Attributes
    ----------
    low, high : float64 (p, K)
    low_at, high_at : int64 (p, K)
        Positions of the samples; the first of equals.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    low_at: NDArray[np.int64]
    high_at: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Summary:
    """What can be said of an explanation without reading it.

    Attributes
    ----------
    samples : int
        Rows of the explanation.
    importance : Importance
        Over all of them.
    extremes : Extremes
        Over all of them.
    distributions : Distributions or None
        Of the rows at `drawn`; None of samples with more than 20,000 entries, outputs counted.
    drawn : int64 array
        Positions, ascending: all, or 20,000 drawn with a seed.
    shown : int64 array
        Positions, ascending: all, or 5,000 of those drawn.
    interactions : float64 (p, p, K) or None
        Mean absolute interaction values over all samples, half a pair at (i, j) and half at
        (j, i); None without interaction values, or for more than 2,000 features.
    sample : Explanation or None
        The samples at `shown`; None where the explanation itself has no more.
    """

    samples: int
    importance: Importance
    extremes: Extremes
    distributions: Distributions | None
    drawn: NDArray[np.int64]
    shown: NDArray[np.int64]
    interactions: NDArray[np.float64] | None = None
    sample: Explanation | None = None


def drawn_rows(n: int, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which rows distributions are made of, and which are kept whole.

    Parameters
    ----------
    n : int
        Rows in all.
    seed : int, default 0
    """
    rng = np.random.default_rng(seed)
    drawn = np.arange(n) if n <= DRAWN else np.sort(rng.choice(n, DRAWN, replace=False))
    shown = drawn if n <= SHOWN else np.sort(rng.choice(drawn, SHOWN, replace=False))
    return drawn.astype(np.int64), shown.astype(np.int64)


class SummarySums:
    """Sums up rows as they come.

    Parameters
    ----------
    n : int
        Samples in all.
    p : int
        Entries of a sample.
    tail : tuple of int
        ``()``, or ``(outputs,)``.
    seed : int, default 0
    """

    def __init__(self, n: int, p: int, tail: tuple[int, ...], seed: int = 0) -> None:
        self._n, self._p, self._k = n, p, int(np.prod(tail))
        self._importance = ImportanceSums(n, p, tail, seed)
        self.drawn, self.shown = drawn_rows(n, seed)
        self._described = p * self._k <= MOST_DESCRIBED
        rows = len(self.drawn) if self._described else 0
        self._values = np.zeros((rows, p, self._k))
        self._data: NDArray[np.float64] | None = None
        self._low = np.full(p * self._k, np.inf)
        self._high = np.full(p * self._k, -np.inf)
        self._low_at = np.zeros(p * self._k, dtype=np.int64)
        self._high_at = np.zeros(p * self._k, dtype=np.int64)
        self._pairs: NDArray[np.float64] | None = None

    def _rows_of(self, start: int, rows: int) -> tuple[slice, NDArray[np.int64]]:
        """Which of the drawn rows lie in a range, and where in it."""
        first, last = np.searchsorted(self.drawn, [start, start + rows])
        return slice(int(first), int(last)), self.drawn[first:last] - start

    def add_values(self, start: int, values: NDArray[Any]) -> None:
        """Take SHAP values of rows from `start` on, shape (rows, *features, *tail)."""
        self._importance.add(start, values)
        cells = values.reshape(len(values), self._p, self._k)
        if self._described:
            target, source = self._rows_of(start, len(cells))
            self._values[target] = cells[source]
        flat = cells.reshape(len(cells), -1)
        for first in range(0, len(flat), ROWS):
            block = flat[first : first + ROWS]
            self._widen(block, start + first, self._low, self._low_at, 1)
            self._widen(block, start + first, self._high, self._high_at, -1)

    def _widen(
        self,
        block: NDArray[Any],
        start: int,
        known: NDArray[np.float64],
        at: NDArray[np.int64],
        sign: int,
    ) -> None:
        """Move an end that a block of rows goes beyond; where exactly is asked of few columns."""
        ends = block.min(axis=0) if sign > 0 else block.max(axis=0)
        beyond = np.flatnonzero(sign * ends < sign * known)
        if len(beyond):
            known[beyond] = ends[beyond]
            at[beyond] = start + (sign * block[:, beyond]).argmin(axis=0)

    def add_data(self, start: int, data: NDArray[Any]) -> None:
        """Take numeric data of rows from `start` on, shape (rows, *features)."""
        if not self._described:
            return
        if self._data is None:
            self._data = np.full((len(self.drawn), self._p), np.nan)
        target, source = self._rows_of(start, len(data))
        self._data[target] = data[source].reshape(len(source), self._p)

    def add_interactions(self, start: int, pairs: NDArray[Any]) -> None:
        """Take interaction values of rows, shape (rows, p, p, *tail)."""
        if self._p**2 * self._k > MOST_PAIRS:
            return
        if self._pairs is None:
            self._pairs = np.zeros((self._p, self._p, self._k))
        sizes = np.abs(pairs).sum(axis=0, dtype=np.float64)
        self._pairs += sizes.reshape(self._pairs.shape)

    def result(self) -> Summary:
        """Return the summary of everything that was added."""
        ends: tuple[Any, ...] = (self._low, self._high, self._low_at, self._high_at)
        return Summary(
            samples=self._n,
            importance=self._importance.result(),
            extremes=Extremes(*(end.reshape(self._p, self._k) for end in ends)),
            distributions=distributions(self._values, self._data) if self._described else None,
            drawn=self.drawn,
            shown=self.shown,
            interactions=None if self._pairs is None else self._pairs / self._n,
        )


def summary(explanation: Explanation, seed: int = 0) -> Summary:
    """Return all summaries of an explanation in memory; no model is called.

    Parameters
    ----------
    explanation : Explanation
    seed : int, default 0
        Of the bootstrap and of the rows that are drawn.
    """
    fields = explanation.fields()
    tail = fields["values"].shape[-1:] if explanation.has_outputs else ()
    p = int(np.prod(explanation.feature_shape))
    sums = SummarySums(len(explanation), p, tail, seed)
    sums.add_values(0, fields["values"])
    if fields["data"] is not None and is_numeric(fields["data"].dtype):
        sums.add_data(0, fields["data"])
    if fields["interactions"] is not None:
        sums.add_interactions(0, fields["interactions"])
    return sums.result()


def is_numeric(dtype: np.dtype[Any]) -> bool:
    """Return whether data of a type have an order to colour by."""
    return dtype.kind in "biuf"
