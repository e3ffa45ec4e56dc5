"""Samples in an array of numbers or text of any rank: how they are checked, compared and mixed."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import InputError, complaint
from shapviz.maskers.base import ALL_ROWS

__all__ = ["ArrayLayout", "is_text", "numeric_array", "text_array"]

NUMERIC_KINDS = "biuf"


def numeric_array(name: str, values: Any) -> NDArray[Any]:
    """Return `values` as an array of real numbers, sparse ones made dense; else InputError."""
    rule = "hold numbers"
    fix = "Pass a DataFrame for text and category columns, its background too; or maskers.Text."
    dense = values.toarray() if hasattr(values, "toarray") else values
    try:
        array = np.asarray(dense)
    except ValueError as error:
        raise InputError(
            complaint(name, "be a rectangular array", values, "Check its rows.")
        ) from error
    if array.dtype.kind not in NUMERIC_KINDS:
        raise InputError(complaint(name, rule, array, fix))
    return array


def is_text(values: Any) -> bool:
    """Whether `values` is an array of text alone."""
    if isinstance(values, pd.DataFrame) or not hasattr(values, "dtype"):
        return False
    if values.dtype.kind == "O":
        return values.size > 0 and all(isinstance(cell, str | bytes) for cell in values.flat)
    return values.dtype.kind in "UST"


def text_array(name: str, values: Any) -> NDArray[Any]:
    """Return `values` as an array of text, of any lengths; InputError for anything else."""
    array = values.to_numpy() if isinstance(values, pd.DataFrame) else np.asarray(values)
    if not is_text(array):
        raise InputError(
            complaint(
                name, "hold text, as the background does", values, "Write missing entries as ''."
            )
        )
    return array.astype(object)


def packed_array(name: str, values: Any) -> NDArray[Any]:
    """Return rows of several inputs side by side, of numbers or of numbers beside text."""
    array = np.asarray(values)
    if array.ndim != 2 or array.dtype.kind not in NUMERIC_KINDS + "O":
        raise InputError(
            complaint(
                name,
                "hold several inputs side by side, shape (n, p)",
                values,
                "Pass a mapping of input names to arrays.",
            )
        )
    return array


def not_finite(rows: Any) -> str:
    """Return where numbers are missing or infinite first; empty where none is.

    Examples
    --------
    >>> not_finite(np.array([[1.0, 2.0], [3.0, np.nan]]))
    'nan in sample 1, at (1)'
    """
    if not isinstance(rows, np.ndarray) or rows.dtype.kind != "f":
        return ""
    # The sum is finite for nearly all rows and needs no array of flags.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(rows.sum()):
            return ""
    bad = np.argwhere(~np.isfinite(rows))
    if not len(bad):
        return ""
    sample, *at = bad[0].tolist()
    place = f", at ({', '.join(map(str, at))})" if at else ""
    return f"{rows[tuple(bad[0])]} in sample {sample}{place}"


class ArrayLayout:
    """Rows of shape (b, *features); every entry of a row is a player.

    Parameters
    ----------
    rows : array of shape (b, *features)
        The background.
    names : sequence of str or None
        Column names, when the caller gave them: a DataFrame of samples is put in their order.
    packed : bool, default False
        Whether a row is several inputs side by side, where numbers may stand beside text.
    """

    def __init__(self, rows: Any, names: Sequence[str] | None, packed: bool = False) -> None:
        plain = text_array if is_text(rows) else numeric_array
        self._read = packed_array if packed else plain
        self._rows = self._read("background", rows)
        self._names = names
        self._shape = self._rows.shape[1:]
        self._flat = self._rows.reshape(len(self._rows), -1)
        self._constant = _same(self._flat, self._flat[:1]).all(axis=0)

    @property
    def row_bytes(self) -> int:
        """Memory of one row; float64 samples may widen a narrower background."""
        return 8 * prod(self._shape)

    @property
    def dense(self) -> NDArray[Any]:
        """The background itself."""
        return self._rows

    def check(self, X: Any) -> NDArray[Any]:
        """Return the samples as an array of the background's feature shape."""
        if isinstance(X, pd.DataFrame):
            X = self._in_order(X)
        array = self._read("X", X)
        if array.ndim == 0 or array.shape[1:] != self._shape:
            wanted = ", ".join(map(str, self._shape))
            one = array.shape == self._shape
            raise InputError(
                complaint(
                    "X",
                    f"have the background's features, shape (n, {wanted})",
                    array if array.ndim else X,
                    "Pass X[None] to explain one sample."
                    if one
                    else "Give both the same features.",
                )
            )
        if len(array) == 0:
            raise InputError(complaint("X", "hold at least one sample", array, "Pass some rows."))
        return array

    def _in_order(self, X: pd.DataFrame) -> pd.DataFrame:
        if self._names is None:
            return X
        columns = [str(name) for name in X.columns]
        if sorted(columns) != sorted(self._names):
            raise InputError(
                complaint(
                    "X",
                    f"have the columns {', '.join(map(repr, self._names))}",
                    X,
                    "Rename its columns, or pass an array in the background's order.",
                )
            )
        return X.iloc[:, [columns.index(name) for name in self._names]]

    def varying(self, x: NDArray[Any]) -> NDArray[np.bool_]:
        """Return flags over entries, False where x equals every background row."""
        return ~(self._constant & _same(np.reshape(x, -1), self._flat[0]))

    def rows(
        self, x: NDArray[Any], coalitions: NDArray[np.bool_], part: slice = ALL_ROWS
    ) -> NDArray[Any]:
        """Return masked rows (m·b, *features), coalition by coalition."""
        samples = np.reshape(x, (-1, 1, coalitions.shape[1]))
        mixed = np.where(coalitions[:, None, :], samples, self._flat[part][None])
        return mixed.reshape(-1, *self._shape)


def _same(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
    """Elementwise equality in which NaN equals NaN."""
    return np.asarray((a == b) | ((a != a) & (b != b)))
