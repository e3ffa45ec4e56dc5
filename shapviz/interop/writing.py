"""SHAP values written for other tools: CSV and Parquet tables, arrays for `shap.Explanation`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from shapviz.errors import InputError, Words, complaint
from shapviz.explanation import Explanation
from shapviz.interop.replacing import replacing
from shapviz.interop.spreadsheets import as_text

__all__ = ["WORDS", "shap_line", "write_csv", "write_parquet", "write_shap"]

WORDS = ": text"
"""How the column of a feature's words is called, after the feature's name."""

CELLS = 2_000_000
"""Cells of a table that are text at one time: about 100 MB."""


def write_csv(
    explanation: Explanation, path: str | os.PathLike[str], *, words: Sequence[int] = ()
) -> int:
    """Write `Explanation.to_frame` as UTF-8 text with commas, for `read_values` and spreadsheets.

    Names and words that a spreadsheet would run as formulas get a ``'`` in front; numbers are
    written so that they read back equal.

    Parameters
    ----------
    explanation : Explanation
    path : path
        Replaced when it is there, in one moment.
    words : sequence of int, optional
        Positions of features, all axes as one, that are called by their place and hold a word of
        each sample: a column "…: text" with the words follows for each.

    Returns
    -------
    int
        How many names and words got a ``'``.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    columns = explanation.base_values.size // max(len(explanation), 1)
    width = (int(np.prod(explanation.feature_shape)) + len(words) + 3) * max(columns, 1)
    step = max(1, CELLS // width)
    guarded: set[str] = set()
    with replacing(path) as file:
        for start in range(0, max(len(explanation), 1), step):
            table = _guarded(_table(explanation[start : start + step], words), guarded)
            table.to_csv(file, header=start == 0, encoding="utf-8", lineterminator="\n")
    return len(guarded)


def write_parquet(
    explanation: Explanation, path: str | os.PathLike[str], *, words: Sequence[int] = ()
) -> None:
    """Write `Explanation.to_frame` as Parquet, sample and output names as columns.

    Parameters
    ----------
    explanation : Explanation
    path : path
        Replaced when it is there, in one moment.
    words : sequence of int, optional
        As `write_csv`.

    Raises
    ------
    InputError
        The file cannot be written, or two columns have the same name.
    """
    table = _table(explanation, words)
    columns = Counter([*map(str, table.index.names), *map(str, table.columns)])
    twice = [name for name, often in columns.items() if often > 1]
    if twice:
        raise InputError(
            complaint(
                "feature_names",
                "be all different in a Parquet file, and none named as a column of results",
                Words(f"{twice[0]!r} more than once"),
                "Rename it with explanation.replace(feature_names=…), or write CSV.",
            )
        )
    with replacing(path, binary=True) as file:
        table.reset_index().to_parquet(file, index=False)


def write_shap(explanation: Explanation, path: str | os.PathLike[str]) -> None:
    """Write the arrays of a shap.Explanation as .npz, without pickle: shap need not be installed.

    `shap_line` is how it is read. Names are arrays of text; what is neither numbers nor
    text becomes text. Predictions, units, truth and provenance stay behind, as in
    `Explanation.to_shap`.

    Parameters
    ----------
    explanation : Explanation
    path : path
        Replaced when it is there, in one moment.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    fields = explanation.fields()
    one_axis = len(explanation.feature_shape) == 1
    arrays = {
        "values": fields["values"],
        "base_values": fields["base_values"],
        "data": fields["data"],
        "display_data": fields["display_data"],
        "error_std": fields["standard_errors"],
        "instance_names": fields["sample_names"],
        "feature_names": fields["feature_names"] if one_axis else None,
        "output_names": fields["output_names"] if explanation.has_outputs else None,
    }
    plain = {name: _plain(array) for name, array in arrays.items() if array is not None}
    with replacing(path, binary=True) as file:
        np.savez_compressed(file, allow_pickle=False, **plain)


def shap_line(path: str | os.PathLike[str]) -> str:
    """Return the line of Python that makes a shap.Explanation of a file of `write_shap`."""
    # shap takes names as lists only.
    return (
        "shap.Explanation(**{k: v.tolist() if k.endswith('names') else v "
        f"for k, v in numpy.load({os.fspath(path)!r}).items()}})"
    )


def _table(explanation: Explanation, words: Sequence[int]) -> pd.DataFrame:
    """The table of results, and behind it the words of features that are places."""
    table = explanation.to_frame()
    flat = explanation.flat()
    shown = flat.data if flat.display_data is None else flat.display_data
    if not len(words) or shown is None:
        return table
    cells = np.asarray(shown)[:, list(words)].astype(object)
    told = [["" if cell is None else str(cell).strip() for cell in row] for row in cells.tolist()]
    names = [f"{flat.feature_names[k]}{WORDS}" for k in words]
    beside = pd.DataFrame(told, columns=names, dtype=object)
    # One row an output: each sample's words stand in all of its rows.
    beside = beside.loc[beside.index.repeat(len(table) // max(len(flat), 1))]
    return pd.concat([table, beside.set_index(table.index)], axis=1)


def _plain(array: Any) -> Any:
    """An array that needs no pickle."""
    cells = np.asarray(array)
    return cells.astype(str) if cells.dtype.kind in "OMm" else cells


def _guarded(table: pd.DataFrame, found: set[str]) -> pd.DataFrame:
    """The table with its names safe for spreadsheets; `found` collects those that were not."""

    def guard(text: str) -> str:
        safe = str(as_text(text))
        if safe != text:
            found.add(text)
        return safe

    for k, name in enumerate(table.columns):
        if str(name).endswith(WORDS) and pd.api.types.is_object_dtype(table.dtypes.iloc[k]):
            table.isetitem(k, [guard(cell) for cell in table.iloc[:, k]])
    return _renamed(table, guard)


def _renamed(table: pd.DataFrame, rename: Callable[[str], str]) -> pd.DataFrame:
    """The table with every name in its head and its index changed."""
    table.columns = pd.Index([rename(str(name)) for name in table.columns])
    names = [
        [rename(str(name)) for name in table.index.get_level_values(k)]
        for k in range(table.index.nlevels)
    ]
    table.index = pd.MultiIndex.from_arrays(names, names=table.index.names)
    return table
