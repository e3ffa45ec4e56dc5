"""Tables written for spreadsheets: text that would be taken for a formula stays text."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import pandas as pd

__all__ = ["as_text", "write_csv"]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that spreadsheets calculate; the wide forms count for some of them."""


def as_text(cell: Any) -> Any:
    """Return a cell as it is, with an apostrophe before text that a spreadsheet would calculate.

    Examples
    --------
    >>> as_text("=1+1"), as_text("age"), as_text(-2.5)
    ("'=1+1", 'age', -2.5)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def write_csv(table: pd.DataFrame, path: str | Path | IO[str], *, index: bool = False) -> None:
    """Write a table as CSV (UTF-8) that a spreadsheet opens without calculating anything in it.

    Cells, column names and, where it is written, the index are escaped by `as_text`; numbers stay
    numbers.

    Parameters
    ----------
    table : DataFrame
    path : str, Path or open text file
    index : bool, default False
        Whether to write the index.
    """
    plain = pd.api.types
    safe = table.copy(deep=False)
    for place, kind in enumerate(table.dtypes):
        if plain.is_numeric_dtype(kind) or plain.is_datetime64_any_dtype(kind):
            continue
        column = table.iloc[:, place].astype(object).map(as_text, na_action="ignore")
        safe.isetitem(place, column.array)
    safe.columns = pd.Index([as_text(name) for name in table.columns])
    if index:
        name = as_text(table.index.name)
        safe.index = pd.Index([as_text(label) for label in table.index], name=name)
    safe.to_csv(path, index=index, lineterminator="\n")
