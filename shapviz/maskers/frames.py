"""Samples in a DataFrame: columns of any type, which masked rows keep exactly."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import InputError, Words, complaint
from shapviz.maskers.base import ALL_ROWS

__all__ = ["FrameLayout"]

NUMERIC_KINDS = "biuf"
POINTER_BYTES = 8


class FrameLayout:
    """A background table; every column is a player.

    Parameters
    ----------
    rows : DataFrame
        The background. Column labels may be anything, once each.
    """

    def __init__(self, rows: pd.DataFrame) -> None:
        repeated = [str(name) for name, count in Counter(rows.columns).items() if count > 1]
        if repeated:
            raise InputError(
                complaint(
                    "background",
                    "have distinct column names",
                    Words(f"{repeated[0]!r} more than once"),
                    "Rename the columns.",
                )
            )
        self._rows = rows.reset_index(drop=True)
        self._columns = [self._rows[name] for name in self._rows.columns]
        self._constant = np.array([_is_constant(column) for column in self._columns])
        kinds = {column.dtype for column in self._columns}
        only = next(iter(kinds))
        # One block is mixed as one array, many times faster than column by column.
        uniform = len(kinds) == 1 and isinstance(only, np.dtype)
        self._block = self._rows.to_numpy() if uniform else None

    @property
    def row_bytes(self) -> int:
        """Memory of one row."""
        return sum(max(getattr(c.dtype, "itemsize", 0), POINTER_BYTES) for c in self._columns)

    @property
    def dense(self) -> NDArray[Any] | None:
        """The table as one array when every column is numeric, else None."""
        numeric = all(
            isinstance(column.dtype, np.dtype) and column.dtype.kind in NUMERIC_KINDS
            for column in self._columns
        )
        return self._rows.to_numpy() if numeric else None

    def check(self, X: Any) -> pd.DataFrame:
        """Return the samples with the background's columns, in its order and of its types."""
        table = self._as_frame(X)
        if len(table) == 0:
            raise InputError(complaint("X", "hold at least one sample", table, "Pass some rows."))
        kept = {
            name: _as_column(table[name], column)
            for name, column in zip(self._rows.columns, self._columns, strict=True)
        }
        return pd.DataFrame(kept, index=table.index, columns=self._rows.columns)

    def _as_frame(self, X: Any) -> pd.DataFrame:
        columns = self._rows.columns
        if isinstance(X, pd.DataFrame):
            extra = [name for name in X.columns if name not in columns]
            missing = [name for name in columns if name not in X.columns]
            for problem, names in (("lacks", missing), ("also has", extra)):
                if names:
                    raise InputError(
                        complaint(
                            "X",
                            "have the background's columns",
                            Words(f"a table that {problem} {_listed(names)}"),
                            "Rename, add or drop columns so that both have the same.",
                        )
                    )
            if not X.columns.is_unique:
                raise InputError(
                    complaint("X", "have distinct column names", X, "Rename the columns.")
                )
            return X
        array = np.asarray(X.toarray() if hasattr(X, "toarray") else X)
        if array.ndim != 2 or array.shape[1] != len(columns):
            raise InputError(
                complaint(
                    "X",
                    f"have the background's {len(columns)} columns",
                    array if array.ndim else X,
                    "Pass a DataFrame with the same columns.",
                )
            )
        if array.dtype.kind not in NUMERIC_KINDS:
            raise InputError(
                complaint(
                    "X",
                    "be a DataFrame, as the background is",
                    array,
                    "Pass pandas.DataFrame(X, columns=…) with the background's column types.",
                )
            )
        return pd.DataFrame(array, columns=columns)

    def varying(self, x: pd.DataFrame) -> NDArray[np.bool_]:
        """Return flags over columns, False where x equals every background row."""
        same = [
            bool(constant) and _same_cell(x[column.name].iloc[0], column.iloc[0])
            for constant, column in zip(self._constant, self._columns, strict=True)
        ]
        return ~np.array(same, dtype=bool)

    def rows(
        self, x: pd.DataFrame, coalitions: NDArray[np.bool_], part: slice = ALL_ROWS
    ) -> pd.DataFrame:
        """Return masked rows (m·b, d), coalition by coalition."""
        names = self._rows.columns
        if self._block is not None:
            samples = x.to_numpy(dtype=self._block.dtype)[:, None, :]
            mixed = np.where(coalitions[:, None, :], samples, self._block[part][None])
            return pd.DataFrame(mixed.reshape(-1, len(names)), columns=names, copy=False)
        cells = {
            name: _mix(x[name], column.iloc[part], coalitions[:, j])
            for j, (name, column) in enumerate(zip(names, self._columns, strict=True))
        }
        return pd.DataFrame(cells, columns=names, copy=False)


def _mix(x: pd.Series, column: pd.Series, kept: NDArray[np.bool_]) -> Any:
    """One column of the masked rows, (m·b,), in the background's own dtype."""
    b, m = len(column), len(kept)
    sample = np.broadcast_to(np.arange(len(x)), m)
    # One pool of values, then positions in it: extension types survive, nothing is compared.
    where = np.where(kept[:, None], b + sample[:, None], np.arange(b)[None]).reshape(-1)
    if isinstance(column.dtype, np.dtype):
        pooled = np.concatenate([column.to_numpy(), x.to_numpy(dtype=column.dtype)])
        # With its dtype stated, or text kept as objects would be inferred to be another type.
        return pd.Series(pooled[where], dtype=column.dtype, copy=False)
    pool = type(column.array)._concat_same_type([column.array, x.array])
    return pool.take(where)


def _as_column(x: pd.Series, column: pd.Series) -> pd.Series:
    """The sample's column in the background's dtype, or InputError where values would change."""
    if x.dtype == column.dtype:
        return x
    stranger = _stranger(x, column)
    # A number that becomes text, or text that becomes a number, is not the value the model knows.
    if not stranger and _is_text(x) == _is_text(column):
        try:
            converted = x.astype(column.dtype)
            if _all_same(x, converted.astype(x.dtype)) and x.isna().equals(converted.isna()):
                return converted
        except (TypeError, ValueError, OverflowError):
            # The complaint below says what this would have said, with the column's name.
            pass
    raise InputError(
        complaint(
            "X",
            f"have column {str(column.name)!r} of the background's type, {column.dtype}",
            Words(f"{x.dtype}{stranger}"),
            "Convert the column as it was for training, in X and in the background.",
        )
    )


def _is_text(column: pd.Series) -> bool:
    """Whether values are labels; the categories decide for a categorical column."""
    dtype = column.dtype
    inner = dtype.categories.dtype if isinstance(dtype, pd.CategoricalDtype) else dtype
    return not pd.api.types.is_numeric_dtype(inner)


def _stranger(x: pd.Series, column: pd.Series) -> str:
    """Names a value outside a categorical background column's categories, if there is one."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return ""
    unknown = x[~x.isna() & ~x.isin(column.dtype.categories)]
    return f" with the unknown category {unknown.iloc[0]!r}" if len(unknown) else ""


def _all_same(a: pd.Series, b: pd.Series) -> bool:
    return bool(((a == b) | (a.isna() & b.isna())).fillna(False).all())


def _same_cell(a: Any, b: Any) -> bool:
    missing = pd.isna(a), pd.isna(b)
    return missing == (True, True) or (missing == (False, False) and bool(a == b))


def _is_constant(column: pd.Series) -> bool:
    return int(column.nunique(dropna=False)) == 1


def _listed(names: list[Any]) -> str:
    shown = ", ".join(repr(str(name)) for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
