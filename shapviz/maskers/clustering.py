"""A hierarchy of columns by how they move together in the background. Calls no model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist, squareform

from shapviz.background import Background
from shapviz.errors import InputError, Words, complaint
from shapviz.hierarchy import Hierarchy
from shapviz.hierarchy_makers import grid, halves

__all__ = ["by_correlation", "by_metric", "default_tree"]

Floats = NDArray[np.float64]


def by_correlation(background: Background) -> Hierarchy:
    """Return the tree that joins the background's most correlated columns first.

    Distance 1 − |Spearman's rank correlation|, weighted as the background is, average linkage.
    Missing values rank below all others, ordered categories by their order, and text and other
    categories by their alphabet, of which only the first two of a column mean anything. Columns
    that hold one value only are correlated with nothing: they are joined with each other by
    halving, and last with the rest.

    Parameters
    ----------
    background : Background
        Rows of a table, or any rows whose entries are players.

    Returns
    -------
    Hierarchy
        Heights are the distances.

    Raises
    ------
    InputError
        A column holds values that cannot be put in an order.
    """
    ranks = _ranks(background)
    centred = ranks - background.weights @ ranks
    spread = np.sqrt(background.weights @ centred**2)
    d = len(spread)
    # Ranks are halves of whole numbers: what varies at all does so by far more than rounding.
    varies = spread > 1e-9 * len(ranks)
    moving, still = np.flatnonzero(varies).tolist(), np.flatnonzero(~varies).tolist()
    merges: list[tuple[int, int]] = []
    heights: list[float] = []
    tops: list[int] = []
    if len(moving) > 1:
        unit = centred[:, moving] / spread[moving]
        alike = np.abs(unit.T @ (background.weights[:, None] * unit))
        # A digit beyond rounding, so that equal correlations tie on any machine.
        distances = np.round(np.clip(1.0 - alike, 0.0, 1.0), 12)
        np.fill_diagonal(distances, 0.0)
        joins = linkage(squareform(distances, checks=False), method="average")
        places = [*moving, *range(d, d + len(joins))]
        merges = [(places[int(a)], places[int(b)]) for a, b in joins[:, :2]]
        heights = joins[:, 2].tolist()
    if moving:
        tops.append(d + len(merges) - 1 if merges else moving[0])
    if still:
        tops.append(halves(still, merges, d))
    if len(tops) == 2:
        merges.append((tops[0], tops[1]))
    heights += [1.0] * (len(merges) - len(heights))
    return Hierarchy(tuple(merges), tuple(heights))


def by_metric(background: Background, metric: str) -> Hierarchy:
    """Return the tree of columns by their distance as vectors over the background's rows.

    Columns are numbers, each scaled to mean 0 and standard deviation 1; average linkage.

    Parameters
    ----------
    background : Background
        Of numbers; its weights are not used.
    metric : str
        One of ``scipy.spatial.distance.pdist``: "euclidean", "cosine", "correlation" …

    Raises
    ------
    InputError
        An unknown metric, columns that are no numbers or not finite, or distances that are not.
    """
    fix = "Use clustering='spearman', a linkage matrix or nested lists of names."
    rows = background.rows
    try:
        table = np.asarray(rows, dtype=np.float64).reshape(len(rows), -1)
    except (TypeError, ValueError) as error:
        raise InputError(
            complaint("background", "hold numbers, to be clustered by a metric", rows, fix)
        ) from error
    if table.shape[1] == 1:
        return Hierarchy(())
    spread = table.std(axis=0)
    scaled = (table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    try:
        distances = pdist(scaled.T, metric)  # type: ignore[arg-type, call-overload, unused-ignore]
    except ValueError as error:
        rule = "be 'spearman', a metric that scipy knows, a linkage matrix or nested lists"
        raise InputError(complaint("clustering", rule, metric, fix)) from error
    if not np.isfinite(distances).all():
        rule = "have finite distances between columns"
        got = Words(f"{metric} of a column that is constant or not finite")
        raise InputError(complaint("background", rule, got, fix))
    joins = linkage(np.round(distances, 12), method="average")
    pairs = tuple((int(a), int(b)) for a, b in joins[:, :2])
    return Hierarchy(pairs, tuple(joins[:, 2].tolist()))


def default_tree(background: Background) -> Hierarchy:
    """Return columns by correlation; entries of several axes by where they are."""
    shape = background.feature_shape
    return grid(shape) if len(shape) > 1 else by_correlation(background)


def _ranks(background: Background) -> Floats:
    """Ranks (b, d) of each column's values, ties sharing their mean rank."""
    rows = background.rows
    table = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows.reshape(len(rows), -1))
    columns = [_codes(table.iloc[:, j]) for j in range(table.shape[1])]
    coded = pd.DataFrame(dict(enumerate(columns)))
    ranks: Floats = coded.rank(na_option="top").to_numpy(np.float64)
    return ranks


def _codes(column: Any) -> Any:
    """A column's values as numbers in their order; missing ones NaN."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy(np.float64)
        return np.where(codes < 0, np.nan, codes)
    if pd.api.types.is_numeric_dtype(column.dtype) and column.dtype.kind != "c":
        return column.to_numpy(np.float64, na_value=np.nan)
    try:
        places = {value: i for i, value in enumerate(sorted(column.dropna().unique()))}
    except TypeError as error:
        raise InputError(
            complaint(
                "background",
                "have columns whose values can be put in an order, to be clustered",
                Words(f"column {str(column.name)!r} of mixed types"),
                "Give the hierarchy: hierarchy=[['a', 'b'], 'c'] or a linkage matrix.",
            )
        ) from error
    return column.map(places).to_numpy(np.float64, na_value=np.nan)
