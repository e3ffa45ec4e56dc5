"""Which other feature changes a feature's SHAP values most: a heuristic with its score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapviz.types import FloatArray, IntArray
from shapviz.views.one_output import OneOutput

__all__ = ["Partner", "strongest_partner"]

CORRELATED = 0.6
"""Features that correlate more than this with the shown one only repeat it as a colour."""
LEAST = 0.05
"""Below this score nothing is claimed to interact."""
MOST = 5_000
CELLS = 4_000_000
"""Numbers that are looked at at once."""
BINS = 10
NEGLIGIBLE = 1e-6


@dataclass(frozen=True)
class Partner:
    """A feature and the share of the spread at equal x that goes with it (0 to 1)."""

    feature: int
    score: float


def strongest_partner(one: OneOutput, j: int, *, seed: int = 0) -> Partner | None:
    """Return the feature that interacts most with feature j, or None where none does.

    In an additive model samples with the same x have the same SHAP value. So: cut x into ten bins
    of equal size, take a straight line in x out of the SHAP values and of every other feature
    within each bin, and score a feature by the share of the values' remaining squares that goes
    with it linearly, less what chance would give. Numeric features that correlate with x by more
    than 0.6 (absolute Pearson) are skipped; a score below 0.05 claims nothing.

    Parameters
    ----------
    one : OneOutput
    j : int
        The shown feature.
    seed : int, default 0
        Of the sample taken from more than 5,000 samples.
    """
    rows = np.arange(one.n)
    if one.n > MOST:
        rows = np.sort(np.random.default_rng(seed).choice(one.n, MOST, replace=False))
    x = one.column(j).order[rows]
    rows = rows[~np.isnan(x)]
    x = x[~np.isnan(x)]
    if rows.size < 20 or x.max() == x.min():
        return None
    y = one.values[rows, j].astype(np.float64)
    best = Partner(-1, -1.0)
    # An image has a hundred thousand features: a block of them after the other.
    step = max(CELLS // rows.size, 1)
    for start in range(0, one.d, step):
        others, columns = _numbers(one, rows, range(start, min(start + step, one.d)), j)
        found = _best(x, y, others, columns)
        if found is not None and found.score > best.score:
            best = found
    return best if best.score >= LEAST else None


def _numbers(
    one: OneOutput, rows: IntArray, features: range, j: int
) -> tuple[IntArray, FloatArray]:
    """Those of some features that are numbers throughout and differ, (rows, some); j is none."""
    shown = one.shown
    if shown is not None and shown.dtype.kind in "fiub" and one.regional is None and not one.words:
        columns = shown[rows, features.start : features.stop].astype(np.float64)
        columns[~np.isfinite(columns)] = np.nan
        others = np.array(features)
    else:
        each = {k: one.column(k) for k in features}
        others = np.array([k for k, column in each.items() if not column.is_category], dtype=int)
        columns = (
            np.stack([each[k].numbers[rows] for k in others], axis=1)
            if len(others)
            else (np.zeros((rows.size, 0)))
        )
    if not len(others):
        return others, columns
    kept = ~np.isnan(columns).any(axis=0) & (columns.max(axis=0) > columns.min(axis=0))
    kept &= others != j
    return others[kept], columns[:, kept]


def _best(x: FloatArray, y: FloatArray, others: IntArray, columns: FloatArray) -> Partner | None:
    if not len(others):
        return None
    z = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    standard_x = (x - x.mean()) / x.std()
    allowed = np.abs(standard_x @ z / x.size) <= CORRELATED
    if not allowed.any():
        return None
    scores = np.where(allowed, _scores(x, y, z), -1.0)
    at = int(np.argmax(scores))
    return Partner(int(others[at]), float(scores[at]))


def _scores(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    """Return each column's score; x, y of shape (m,), z of shape (m, columns)."""
    bins = _bins(x)
    explained, total, chance = np.zeros(z.shape[1]), 0.0, 0.0
    for b in np.unique(bins):
        inside = bins == b
        size = int(inside.sum())
        if size < 5:
            continue
        rest = _without_line(x[inside], y[inside, None])[:, 0]
        turned = _without_line(x[inside], z[inside])
        squares = np.square(turned).sum(axis=0)
        ours = float(rest @ rest)
        with np.errstate(divide="ignore", invalid="ignore"):
            gained = np.where(squares > 1e-12 * size, np.square(rest @ turned) / squares, 0.0)
        explained += gained
        total += ours
        chance += ours / max(size - 2, 1)
    if total <= NEGLIGIBLE * float(np.square(y - y.mean()).sum()) or total <= chance:
        return np.zeros(z.shape[1])
    return np.maximum((explained - chance) / (total - chance), 0.0)


def _bins(x: FloatArray) -> IntArray:
    levels, inverse = np.unique(x, return_inverse=True)
    if levels.size <= BINS:
        return np.asarray(inverse)
    edges = np.quantile(x, np.linspace(0, 1, BINS + 1)[1:-1])
    return np.searchsorted(edges, x, side="right")


def _without_line(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return y less its mean and its straight line in x, column by column."""
    moved = x - x.mean()
    rest = y - y.mean(axis=0)
    squares = float(moved @ moved)
    if squares <= 0:
        return rest
    return np.asarray(rest - np.outer(moved, moved @ rest / squares))
