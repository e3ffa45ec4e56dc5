"""Where expected gradients are taken: which background rows, and where on the way to the sample.

Pure NumPy. One design serves every sample and output; it depends on the background's weights, the
budget and the seed alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
"""Multiples of it, taken modulo 1, fill the unit interval more evenly than draws do."""


@dataclass(frozen=True)
class Stratum:
    """Background rows that are each met at the same number of points.

    Attributes
    ----------
    rows : int (r,)
        Positions in the background, sorted by their grid's offset.
    points : float64 (r, c)
        0 ≤ α < 1, an evenly spaced grid shifted by a row's own offset; 0 is the baseline.
    weights : float64 (r,)
        What the mean over a row's points weighs.
    """

    rows: Ints
    points: Floats
    weights: Floats


@dataclass(frozen=True)
class Design:
    """All strata, and the part of the background's rows that were left out.

    Attributes
    ----------
    strata : tuple of Stratum
        Their weights sum to one over all strata.
    left_out : float
        1 − (rows met / rows), 0 when every background row is met.
    """

    strata: tuple[Stratum, ...]
    left_out: float

    @property
    def evaluations(self) -> int:
        """Gradient evaluations per sample and output."""
        return sum(stratum.points.size for stratum in self.strata)

    @property
    def points_per_row(self) -> float:
        """Evaluations for each row that is met, in the mean."""
        return self.evaluations / sum(len(stratum.rows) for stratum in self.strata)


def _counts(weights: Floats, total: int, rng: np.random.Generator) -> Ints:
    """`total` draws spread over rows: the floor or the ceiling of total × weight for each."""
    order = rng.permutation(len(weights))
    # Rounded, so that whole expectations stay whole: 200 draws over 100 equal rows are 2 each.
    edges = np.round(np.cumsum(weights[order]) * total, 6)
    edges[-1] = total
    reached = np.floor(edges + rng.uniform()).astype(np.int64)
    counts = np.zeros(len(weights), dtype=np.int64)
    counts[order] = np.diff(reached, prepend=0)
    return counts


def leading(outputs: Floats, weights: Floats) -> Floats:
    """One number (b,) for each row's outputs (b, K): their first principal component.

    Rounded, so that rows whose outputs another machine rounds otherwise keep their order.
    """
    centred = outputs - weights @ outputs
    _, size, directions = np.linalg.svd(centred, full_matrices=False)
    if size[0] == 0:
        return np.zeros(len(outputs))
    first = directions[0] * np.sign(directions[0][np.argmax(np.abs(directions[0]))])
    return np.asarray(np.round(centred @ first / size[0], 6), dtype=np.float64)


def make_design(weights: Floats, budget: int, seed: int, likeness: Floats | None = None) -> Design:
    """Spread `budget` gradient evaluations over background rows and points between.

    Parameters
    ----------
    weights : float64 (b,)
        Background weights, summing to one.
    budget : int
        At least 1. From b on, every row is met once and the rest goes by weight; below, rows are
        drawn systematically by weight.
    seed : int
    likeness : float64 (b,), optional
        Rows of similar numbers have similar integrands, and are given points that fill each
        other's gaps. None: any rows.

    Returns
    -------
    Design
    """
    rng = np.random.default_rng(seed)
    b = len(weights)
    if budget >= b:
        counts = 1 + _counts(weights, budget - b, rng)
        shares = weights
    else:
        counts = _counts(weights, budget, rng)
        shares = counts / counts.sum()
    order = rng.permutation(b)
    if likeness is not None:
        order = order[np.argsort(likeness[order], kind="stable")]
    offsets = np.empty(b)
    offsets[order] = (rng.uniform() + GOLDEN * np.arange(b)) % 1.0
    strata = []
    for count in np.unique(counts[counts > 0]):
        rows = np.flatnonzero(counts == count)
        rows = rows[np.argsort(offsets[rows])]
        points = (np.arange(count) + offsets[rows, None]) / count
        strata.append(Stratum(rows, points, shares[rows]))
    return Design(tuple(strata), 1.0 - np.count_nonzero(counts) / b)
