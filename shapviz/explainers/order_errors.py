"""Standard errors of means over orders that balance each other. Calls no model.

Orders that balance each other agree in the mean better than their spread says: what two merges
do together to a player's contribution cancels exactly, if they have different columns. How much is
left follows under a prior in which the effect of a set of merges has variance q^(size of the set).
Single merges are left out of that: they are far stronger, and cancel between an order and its
reverse. q is read off from columns that no single merge has, where only sets of three and more
show.
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

STRENGTHS = np.geomspace(1e-3, 1.0, 49)
"""Values of q tried; in between is interpolated."""

UNKNOWN = 0.2
"""q where every column has a single merge."""


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
    shares = [_shares(tuple(drawn.columns[:h].tolist()), J) for h in levels.tolist()]
    kept, seen, odd = (np.stack([share[k] for share in shares]) for k in range(3))
    free = np.stack([~np.isin(np.arange(J), drawn.columns[:h]) for h in levels.tolist()])[which]
    strength = np.full(own[:, 0].shape, UNKNOWN)
    if free.any():
        by_column = np.einsum("jk,jndo->kndo", hadamard(J) / J, half_gap) ** 2
        measured = np.einsum("kndo,dk->no", by_column, free.astype(np.float64))
        counts, some = np.bincount(which), free.any(axis=1)
        counted = np.where(np.isin(np.arange(len(levels)), which[some]), counts, 0)
        expected = (counted @ odd) / (counted @ seen)
        there = own[:, some].sum(axis=1) * (J - 1) / J
        ratio = np.divide(measured, there, out=np.ones_like(there), where=there > 0)
        strength = np.interp(ratio, np.maximum.accumulate(expected), STRENGTHS)
    left = np.empty_like(spread)
    for level in range(len(levels)):
        share = np.divide(
            kept[level], seen[level], out=np.zeros_like(STRENGTHS), where=seen[level] > 0
        )
        # Large sets fall off more slowly than a power of what small ones show: √q has a say too.
        mine = sum(np.interp(each, STRENGTHS, share) for each in (strength, np.sqrt(strength))) / 2
        left[:, which == level] = mine[:, None, :]
    # Over a full set of balanced orders the sets that cancel make the spread, J/(J−1) times.
    errors: Floats = widened(J - 1 + POOLED) * np.sqrt(spread * left * (J - 1) / J)
    return errors


@lru_cache(maxsize=256)
def _shares(columns: tuple[int, ...], J: int) -> tuple[Floats, Floats, Floats]:
    """For each q, the variance of even sets of merges whose effects stay, of even ones that
    cancel, and of odd ones in columns that no single merge has.

    A set's column is the product of its merges' columns, and a Hadamard transform of Π(1 + q·entry)
    sorts all sets by it; of q and −q half the sum are the even sets. All relative to (1 + q)^h.
    """
    matrix, h = hadamard(J), len(columns)
    entries = matrix[:, list(columns)]
    q = STRENGTHS[:, None]
    plus, minus = (
        ((1.0 + sign * q[..., None] * entries) / (1.0 + q)[..., None]).prod(axis=-1) @ matrix / J
        for sign in (1.0, -1.0)
    )
    even, odd = (plus + minus) / 2, (plus - minus) / 2
    stay = even[:, 0] - (1.0 + STRENGTHS) ** -float(h)
    cancel = even[:, 1:].sum(axis=1)
    alone = odd[:, np.setdiff1d(np.arange(J), columns)].sum(axis=1)
    return np.maximum(stay, 0.0), np.maximum(cancel, 0.0), np.maximum(alone, 0.0)
