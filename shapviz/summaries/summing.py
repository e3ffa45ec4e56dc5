"""All summaries of an explanation, from rows that come a range at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.explanation import Explanation
from shapviz.summaries.importance import Importance, ImportanceSums

__all__ = ["Summary", "SummarySums", "shown_rows", "summary"]

ROWS = 16_384
"""Rows looked through at once, few enough to stay in a processor's caches."""

SHOWN = 5_000
"""Rows that are kept beside the sums, whole, for pictures with a dot a sample."""

MOST_PAIRS = 4_000_000
"""Interaction scores are kept up to this many cells."""


@dataclass(frozen=True, eq=False)
class Summary:
    """What can be said of an explanation without reading it.

    Attributes
    ----------
    samples : int
        Rows of the explanation.
    importance : Importance
        Over all of them.
    largest : float64 (p, K)
        Largest |SHAP value| of each feature over all of them.
    shown : int64 array
        Positions, ascending: all, or 5,000 drawn with a seed.
    interactions : float64 (p, p, K) or None
        Mean absolute interaction values over all samples, half a pair at (i, j) and half at
        (j, i); None without interaction values, or for more than 2,000 features.
    sample : Explanation or None
        The samples at `shown`; None where the explanation itself has no more.
    """

    samples: int
    importance: Importance
    largest: NDArray[np.float64]
    shown: NDArray[np.int64]
    interactions: NDArray[np.float64] | None = None
    sample: Explanation | None = None


def shown_rows(n: int, seed: int = 0) -> NDArray[np.int64]:
    """Return which rows are kept whole, ascending.

    Parameters
    ----------
    n : int
        Rows in all.
    seed : int, default 0
    """
    if n <= SHOWN:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, SHOWN, replace=False)).astype(np.int64)


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
        self.shown = shown_rows(n, seed)
        self._largest = np.zeros(p * self._k)
        self._pairs: NDArray[np.float64] | None = None

    def add_values(self, start: int, values: NDArray[Any]) -> None:
        """Take SHAP values of rows from `start` on, shape (rows, *features, *tail)."""
        self._importance.add(start, values)
        flat = values.reshape(len(values), -1)
        for first in range(0, len(flat), ROWS):
            sizes = np.abs(flat[first : first + ROWS])
            np.maximum(self._largest, sizes.max(axis=0), out=self._largest)

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
        return Summary(
            samples=self._n,
            importance=self._importance.result(),
            largest=self._largest.reshape(self._p, self._k),
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
    if fields["interactions"] is not None:
        sums.add_interactions(0, fields["interactions"])
    return sums.result()
