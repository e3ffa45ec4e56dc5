"""A feature's column as numbers or categories, whatever it came as. No SHAP values here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shapviz.types import FloatArray, IntArray

__all__ = ["Column", "column_of"]

DISCRETE = 12
"""Up to this many different numbers, a column is drawn with jitter."""


@dataclass(frozen=True, eq=False)
class Column:
    """One feature over all samples.

    Attributes
    ----------
    numbers : float array of shape (n,)
        Finite numbers; NaN where missing, infinite or not a number.
    codes : int array of shape (n,)
        Category positions, −1 where missing; all −1 for a numeric column.
    categories : tuple of str
        Empty for a numeric column.
    known : bool
        False when no data came with the explanation.
    """

    numbers: FloatArray
    codes: IntArray
    categories: tuple[str, ...]
    known: bool

    @property
    def is_category(self) -> bool:
        """Whether the column holds categories rather than numbers."""
        return bool(self.categories)

    @property
    def missing(self) -> Any:
        """Where there is neither a number nor a category, shape (n,)."""
        return self.codes < 0 if self.is_category else np.isnan(self.numbers)

    @property
    def order(self) -> FloatArray:
        """Something to sort by: the numbers, or the category codes, NaN where missing."""
        if not self.is_category:
            return self.numbers
        return np.where(self.codes < 0, np.nan, self.codes.astype(float))

    def limits(self, low: float = 5.0, high: float = 95.0) -> tuple[float, float] | None:
        """Return two percentiles of the numbers, or None without any; the same when constant."""
        finite = self.numbers[~np.isnan(self.numbers)]
        if not finite.size:
            return None
        first, last = np.percentile(finite, [low, high])
        return float(first), float(last)

    def levels(self) -> FloatArray:
        """Return the different numbers, sorted."""
        return np.unique(self.numbers[~np.isnan(self.numbers)])


def _numeric(numbers: FloatArray) -> Column:
    finite = np.where(np.isfinite(numbers), numbers, np.nan)
    return Column(finite, np.full(finite.shape, -1), (), known=True)


def _text(value: object) -> str:
    # Half characters, as from broken file names: neither UTF-8 nor pandas' texts can hold them.
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def column_of(values: Sequence[Any] | np.ndarray[Any, Any] | None, n: int) -> Column:
    """Return a column from raw values of any kind.

    Numbers stay numbers, also when they arrive as objects; anything else becomes categories in
    sorted order. Missing and infinite values are NaN.
    """
    if values is None:
        return Column(np.full(n, np.nan), np.full(n, -1), (), known=False)
    array = np.asarray(values)
    if array.dtype.kind in "fiub":
        return _numeric(array.astype(np.float64))
    series = pd.Series(list(array), dtype=object)
    present = series.notna()
    if present.any() and not any(isinstance(v, str | bytes) for v in series[present]):
        numbers = pd.to_numeric(series, errors="coerce")
        if numbers[present].notna().all():
            return _numeric(numbers.to_numpy(dtype=np.float64, na_value=np.nan))
    if not present.any():
        return _numeric(np.full(n, np.nan))
    codes, names = pd.factorize(series.where(present).map(_text, na_action="ignore"), sort=True)
    return Column(
        np.full(n, np.nan), np.asarray(codes), tuple(str(name) for name in names), known=True
    )
