"""Coalitions appended in blocks: each stage plays what the one before has not, and reads them all.

Knows nothing of models or of how values are read off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from shapviz.explainers.options import Options, checked_tolerance

__all__ = ["TolerantOptions", "Transfer", "growing", "transfer", "within"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GROWTH = 1.5
"""Each budget over the one before. What is evaluated beyond need grows with it, and what is spent
on reading values again falls."""

ROUNDING = 1e-12
"""Standard errors below this part of a sample's prediction and base value are rounding."""


@dataclass(frozen=True)
class TolerantOptions(Options):
    """What a call of a method that can append coalitions takes."""

    tolerance: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "tolerance", checked_tolerance(self.tolerance))


def growing(first: int, most: int) -> list[int]:
    """Budgets from `first` on, each half as large again as the one before, up to `most`.

    Examples
    --------
    >>> growing(100, 300)
    [100, 150, 225, 300]
    """
    budgets = [min(first, most)]
    while budgets[-1] < most:
        budgets.append(min(ceil(GROWTH * budgets[-1]), most))
    return budgets


@dataclass(frozen=True)
class Transfer:
    """Where the coalitions of a stage get their outcomes from.

    Attributes
    ----------
    fresh : int (f,)
        Positions of those that the stage before has not played.
    known, source : int (m − f,)
        Positions of the others, and of the same coalitions in the stage before.
    """

    fresh: Ints
    known: Ints
    source: Ints

    def outcomes(self, before: Floats, played: Floats) -> Floats:
        """Outcomes (n, m, K) of all, from those before and the fresh ones (n, f, K)."""
        n, _, K = played.shape
        every = np.empty((n, len(self.fresh) + len(self.known), K))
        every[:, self.known] = before[:, self.source]
        every[:, self.fresh] = played
        return every


def transfer(before: Bools | None, coalitions: Bools) -> Transfer:
    """What coalitions (m, d) can take over from those of the stage before, if there was one."""
    if before is None:
        nothing = np.empty(0, dtype=np.int64)
        return Transfer(np.arange(len(coalitions)), nothing, nothing)
    at = {key: position for position, key in enumerate(_keys(before))}
    source = np.array([at.get(key, -1) for key in _keys(coalitions)], dtype=np.int64)
    known = np.flatnonzero(source >= 0)
    return Transfer(np.flatnonzero(source < 0), known, source[known])


def _keys(coalitions: Bools) -> Iterator[bytes]:
    return (row.tobytes() for row in np.packbits(coalitions, axis=1))


def within(values: Floats, errors: Floats, scale: Floats, tolerance: float) -> Bools:
    """Which answers (n, K) have standard errors of at most `tolerance` × their values' range.

    Parameters
    ----------
    values, errors : float64 (n, d, K)
    scale : float64 (n, K)
        Size of the numbers that the values were computed from.
    tolerance : float
    """
    spread = values.max(axis=1) - values.min(axis=1)
    return np.asarray(errors.max(axis=1) <= tolerance * spread + ROUNDING * scale)
