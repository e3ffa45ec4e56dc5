"""The background: weighted rows that stand in for a feature's absence."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from shapviz.digests import digest, digest_of_json
from shapviz.errors import InputError, complaint
from shapviz.types import FloatArray

__all__ = ["Background", "as_background", "kmeans", "sample"]

Rows = np.ndarray[Any, Any] | pd.DataFrame


@dataclass(frozen=True, eq=False, repr=False)
class Background:
    """Rows that stand in for absent features, each with a weight.

    Parameters
    ----------
    rows : array_like of shape (b, *features) or DataFrame of shape (b, features)
        At least one row. Copied; arrays are made read-only. Sparse matrices become dense.
    weights : array_like of shape (b,), optional
        Non-negative, not all zero; scaled to sum to one. Default: equal.
    feature_names : sequence of str, optional
        Default: the table's column names, or none.

    Raises
    ------
    InputError
        For no rows, rows of no feature, or weights that break their rule.

    Examples
    --------
    >>> Background(np.zeros((4, 2))).weights
    array([0.25, 0.25, 0.25, 0.25])
    """

    rows: Rows
    weights: FloatArray = field(default=None)  # type: ignore[arg-type]
    feature_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        rows = _as_rows(self.rows)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "weights", _as_weights(self.weights, len(rows)))
        names = self.feature_names
        if names is None and isinstance(rows, pd.DataFrame):
            names = tuple(str(name) for name in rows.columns)
        object.__setattr__(self, "feature_names", None if names is None else tuple(names))

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        shape = " × ".join(map(str, self.feature_shape))
        weighted = "" if np.ptp(self.weights) == 0 else ", weighted"
        return f"Background({len(self)} rows, {shape} features{weighted})"

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """Shape of one row."""
        return tuple(self.rows.shape[1:])

    @cached_property
    def digest(self) -> str:
        """SHA-256 of rows and weights."""
        return digest_of_json([digest(self.rows), digest(self.weights)])


def _as_rows(rows: object) -> Rows:
    if isinstance(rows, pd.DataFrame):
        table = rows.copy()
        _check_rows(table)
        return table
    dense = rows.toarray() if hasattr(rows, "toarray") else rows  # type: ignore[attr-defined]
    array = np.array(dense)
    if array.ndim == 1 and array.size:
        raise InputError(
            complaint(
                "background",
                "have one row per background sample, shape (b, *features)",
                array,
                "Pass background.reshape(1, -1) for one row, or reshape(-1, 1) for one feature.",
            )
        )
    _check_rows(array)
    array.setflags(write=False)
    return array


def _check_rows(rows: Rows) -> None:
    if rows.ndim < 2 or rows.shape[0] == 0 or 0 in rows.shape[1:]:
        raise InputError(
            complaint(
                "background",
                "have at least one row and one feature",
                rows,
                "Pass some training rows, for example shapviz.sample(X_train, 100).",
            )
        )


def _as_weights(weights: object, n: int) -> FloatArray:
    if weights is None:
        array = np.full(n, 1.0 / n)
    else:
        array = np.array(weights, dtype=np.float64)
        if (
            array.shape != (n,)
            or not np.isfinite(array).all()
            or (array < 0).any()
            or not array.sum() > 0
        ):
            raise InputError(
                complaint(
                    "weights",
                    f"be {n} finite numbers of at least 0, not all 0, one per background row",
                    array if array.ndim else weights,
                    "Leave it out for equal weights.",
                )
            )
        array = array / array.sum()
    array.setflags(write=False)
    return array


def as_background(x: object) -> Background:
    """Return `x` as a `Background`, with equal weights unless it is one already.

    Parameters
    ----------
    x : Background, array_like of shape (b, *features), DataFrame or sparse matrix

    Returns
    -------
    Background

    Raises
    ------
    InputError
        As `Background` does.
    """
    return x if isinstance(x, Background) else Background(x)  # type: ignore[arg-type]


def sample(X: object, n: int, seed: int = 0) -> Background:
    """Return `n` rows of `X` drawn without replacement, as a background.

    Parameters
    ----------
    X : array_like of shape (rows, *features) or DataFrame
    n : int
        Rows to draw; all of them, in their order, when `X` has no more.
    seed : int, default 0

    Returns
    -------
    Background
        With equal weights.

    Raises
    ------
    InputError
        For `n` below 1 or an empty `X`.

    Examples
    --------
    >>> sample(np.arange(20.0).reshape(10, 2), 4)
    Background(4 rows, 2 features)
    """
    rows = _as_rows(X)
    _check_count("n", n)
    if n >= len(rows):
        return Background(rows)
    chosen = np.sort(np.random.default_rng(seed).choice(len(rows), size=n, replace=False))
    return Background(rows.iloc[chosen] if isinstance(rows, pd.DataFrame) else rows[chosen])


def kmeans(X: object, k: int, seed: int = 0) -> Background:
    """Return a background of `k` typical rows, weighted by how many rows each stands for.

    Every value in a typical row is one that occurs in `X`: each cluster centre's entries are
    moved to the nearest observed value of their feature, so that integer and indicator columns
    stay what they are.

    Parameters
    ----------
    X : array_like of shape (rows, features) or numeric DataFrame
        Without missing values.
    k : int
        Clusters; no more than there are distinct rows.
    seed : int, default 0

    Returns
    -------
    Background
        Weights are the clusters' shares.

    Raises
    ------
    InputError
        For `k` below 1, more clusters than distinct rows, or content that is not finite numbers.

    References
    ----------
    Lloyd (1982), Least squares quantization in PCM, IEEE Trans. Information Theory.
    """
    from sklearn.cluster import KMeans

    rows = _as_rows(X)
    _check_count("k", k)
    try:
        matrix = np.asarray(rows, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            complaint(
                "X", "hold numbers only", rows, "Use shapviz.sample for tables with text columns."
            )
        ) from error
    if matrix.ndim != 2 or not np.isfinite(matrix).all():
        raise InputError(
            complaint(
                "X",
                "be a table of finite numbers",
                rows,
                "Use shapviz.sample for images, sequences or missing values.",
            )
        )
    distinct = len(np.unique(matrix, axis=0))
    if k > distinct:
        raise InputError(
            complaint("k", f"be at most {distinct}, the number of distinct rows", k, "Lower it.")
        )
    fitted = KMeans(n_clusters=k, n_init=10, random_state=seed).fit(matrix)
    centres = fitted.cluster_centers_.copy()
    for j in range(matrix.shape[1]):
        observed = np.unique(matrix[:, j])
        nearest = np.abs(observed[None, :] - centres[:, j : j + 1]).argmin(axis=1)
        centres[:, j] = observed[nearest]
    weights = np.bincount(fitted.labels_, minlength=k).astype(np.float64)
    if isinstance(rows, pd.DataFrame):
        table = pd.DataFrame(centres, columns=rows.columns).astype(rows.dtypes.to_dict())
        return Background(table, weights)
    return Background(centres.astype(rows.dtype), weights)


def _check_count(name: str, n: object) -> None:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise InputError(
            complaint(name, "be a whole number of at least 1", n, "100 is a common choice.")
        )
