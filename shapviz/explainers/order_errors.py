"""Standard errors of means over orders that balance each other. Calls no model.

Orders that balance each other agree in the mean better than their spread says: what two merges
do together to a player cancels exactly. How much is left is worked out under a prior: the effect
of a set of merges on a player's contribution has variance w^(size of the set), and w is read off
from how far walking backwards differs from walking forwards, which only odd sets decide.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from shapviz.explainers.orders import Orders, hadamard
from shapviz.explainers.permutation import POOLED, widened

__all__ = ["balanced_errors"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STRENGTHS = np.geomspace(1e-5, 1.0, 49)
"""Values of w tried; in between is interpolated."""

TAIL = 2.0
"""Factor on w for what is left: effects of larger sets fall off more slowly than a power, so that
without it 95% intervals of a digits network held only 79% of the values at 8 orders."""


def balanced_errors(both: Floats, half_gap: Floats, drawn: Orders, depths: Ints) -> Floats:
    """Return standard errors (n, d, K) of the mean over J ≥ 4 balanced orders.

    Parameters
    ----------
    both : float64 (J, n, d, K)
        Each order's contributions, forwards and backwards averaged.
    half_gap : float64 (J, n, d, K)
        Half the difference between forwards and backwards.
    drawn : Orders
    depths : int (d,)
        Merges above each player.
    """
    J = len(both)
    own = both.var(axis=0, ddof=1)
    # What is left is not what the spread shows, only of its kind: half is the sample's mean.
    spread = (own + own.mean(axis=1, keepdims=True)) / 2
    levels, which = np.unique(depths, return_inverse=True)
    tables = [_table(int(h), tuple(drawn.columns[:h].tolist()), J) for h in levels]
    kept, seen, odd = (np.stack([table[k] for table in tables]) for k in range(3))
    counts = np.bincount(which)[:, None]
    even_over_odd = (counts * seen).sum(axis=0) / (counts * odd).sum(axis=0)
    backwards = (half_gap**2).mean(axis=(0, 2))
    found = own.mean(axis=1) * (J - 1) / J
    ratio = np.divide(found, backwards, out=np.full_like(found, np.inf), where=backwards > 0)
    # Rising with w but for rounding; beyond either end the end is taken.
    strength = TAIL * np.interp(ratio, np.maximum.accumulate(even_over_odd), STRENGTHS)
    left = np.empty_like(spread)
    for level in range(len(levels)):
        share = np.divide(
            kept[level], seen[level], out=np.zeros_like(STRENGTHS), where=seen[level] > 0
        )
        mine = np.interp(strength, STRENGTHS, share)
        left[:, which == level] = mine[:, None, :]
    # Over a full set of balanced orders the sets that cancel make the spread, J/(J−1) times.
    errors: Floats = widened(J - 1 + POOLED) * np.sqrt(spread * left * (J - 1) / J)
    return errors


@lru_cache(maxsize=256)
def _table(h: int, columns: tuple[int, ...], size: int) -> tuple[Floats, Floats, Floats]:
    """For each w, the variance of even sets of h merges whose effects do not cancel, of even ones
    that do, and of odd sets.

    A set's effects stay where its columns multiply to ones; the mean over all columns of
    Π(1 + w·entry) counts exactly those. All relative to (1 + w)^h.
    """
    entries, w = hadamard(size)[:, list(columns)], STRENGTHS
    ratios = [1.0 + sign * w[:, None, None] * entries for sign in (1.0, -1.0)]
    stay = sum((each / (1.0 + w)[:, None, None]).prod(axis=-1).mean(axis=-1) for each in ratios) / 2
    mirrored = ((1.0 - w) / (1.0 + w)) ** h
    even, odd, empty = (1.0 + mirrored) / 2, (1.0 - mirrored) / 2, (1.0 + w) ** -float(h)
    return np.maximum(stay - empty, 0.0), np.maximum(even - stay, 0.0), odd
