"""SHAP values written for other tools: CSV and Parquet tables, arrays for `shap.Explanation`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from shapviz.errors import InputError, Words, complaint
from shapviz.explanation import Explanation
from shapviz.interop.replacing import replacing
from shapviz.interop.spreadsheets import as_text

__all__ = ["shap_line", "write_csv", "write_parquet", "write_shap"]

CELLS = 2_000_000
"""Cells of a table that are text at one time: about 100 MB."""


def write_csv(explanation: Explanation, path: str | os.PathLike[str]) -> int:
    """Write `Explanation.to_frame` as UTF-8 text with commas, for `read_values` and spreadsheets.

    Names that a spreadsheet would run as formulas get a ``'`` in front; numbers are written so
    that they read back equal.

    Parameters
    ----------
    explanation : Explanation
    path : path
        Replaced when it is there, in one moment.

    Returns
    -------
    int
        How many names got a ``'``.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    columns = explanation.base_values.size // max(len(explanation), 1)
    width = (int(np.prod(explanation.feature_shape)) + 3) * max(columns, 1)
    step = max(1, CELLS // width)
    guarded: set[str] = set()
    with replacing(path) as file:
        for start in range(0, max(len(explanation), 1), step):
            table = _guarded(explanation[start : start + step].to_frame(), guarded)
            table.to_csv(file, header=start == 0, encoding="utf-8", lineterminator="\n")
    return len(guarded)


def write_parquet(explanation: Explanation, path: str | os.PathLike[str]) -> None:
    """Write `Explanation.to_frame` as Parquet, sample and output names as columns.

    Parameters
    ----------
    explanation : Explanation
    path : path
        Replaced when it is there, in one moment.

    Raises
    ------
    InputError
        The file cannot be written, or two columns have the same name.
    """
    table = explanation.to_frame()
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
