"""Cells that are no numbers where others are: named by column, row and value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shapviz.cli.terminal import one_line
from shapviz.errors import InputError, Words, complaint

__all__ = ["check_numbers", "odd_cell"]


def odd_cell(rows: Any, features: Iterable[str] | None, *, mixed: bool = False) -> str:
    """Return the first cell that is no number, in words; empty where there is none.

    Parameters
    ----------
    rows : DataFrame or array
        An array has no such cells.
    features : iterable of str or None
        Columns that the model is given; None for all.
    mixed : bool
        Whether to look only at columns where most cells are numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> odd_cell(pd.DataFrame({"age": ["31", "old", "40"]}), None)
    "'old' in row 1 of the column “age”"
    """
    from shapviz.jobs.columns import is_number

    if not hasattr(rows, "columns"):
        return ""
    for name in rows.columns if features is None else features:
        column = rows[name]
        if is_number(str(column.dtype)):
            continue
        odd = _no_numbers(column)
        some = odd.any() and (not mixed or odd.sum() < column.notna().sum() / 2)
        if some:
            at = int(odd.to_numpy().argmax())
            return (
                f"{str(column.iloc[at])[:60]!r} in row {at:,} of the column “{one_line(str(name))}”"
            )
    return ""


def check_numbers(option: str, rows: Any, features: Iterable[str]) -> None:
    """InputError for a cell that is no number, for a model that takes nothing else."""
    found = odd_cell(rows, features)
    if found:
        fix = "Mend the file, or leave out that row or column; the first row is row 0."
        raise InputError(complaint(option, "hold numbers for this model", Words(found), fix))


def _no_numbers(column: Any) -> Any:
    import pandas as pd

    numbers = pd.to_numeric(column.astype(object), errors="coerce")
    return column.notna() & numbers.isna()
