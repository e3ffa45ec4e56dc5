"""SHAP values kept in CSV and Parquet files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shapviz.errors import InputError, Words, complaint
from shapviz.explanation import Explanation
from shapviz.interop.values import from_values
from shapviz.interop.writing import WORDS

__all__ = ["read_values"]


SAMPLE, OUTPUT, BASE, PREDICTION, GAP = (
    "sample",
    "output",
    "base_value",
    "prediction",
    "additivity_gap",
)
"""Columns that are no features: those of `Explanation.to_frame`."""

ROW_NAMES = ("Unnamed: 0", "__index_level_0__")
"""What a nameless index is called in a file: R's row names, pandas' index."""


def _text(path: str, separator: str) -> pd.DataFrame:
    # Names stay as they are written: 007 is no number.
    names = dict.fromkeys((SAMPLE, OUTPUT, ROW_NAMES[0]), str)
    table = pd.read_csv(path, sep=separator, dtype=names)
    words = _words_of(table)
    if words:
        # "null" is a word, too, and no word is none.
        plain = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False)
        table[words] = plain[words]
    return table


def _words_of(table: pd.DataFrame) -> list[str]:
    """Columns with the words of features that are places, as `write_csv` names them."""
    known = set(map(str, table.columns))
    return [c for c in known if c.endswith(WORDS) and c.removesuffix(WORDS) in known]


READERS: dict[str, Callable[[str], pd.DataFrame]] = {
    ".csv": partial(_text, separator=","),
    ".tsv": partial(_text, separator="\t"),
    ".parquet": pd.read_parquet,
}


def read_values(
    values: Any, data: Any = None, base_values: Any = None, **fields: Any
) -> Explanation:
    """Return an Explanation of SHAP values kept in files.

    Parameters
    ----------
    values : path to a .csv, .tsv or .parquet file, or dict of output name to such a path
        One row a sample, one column a feature. Columns named ``sample``, ``output``,
        ``base_value``, ``prediction`` and ``additivity_gap`` are read as what they are called, so
        that ``explanation.to_frame().to_csv(path)`` can be read again; a nameless first column
        (R's row names) holds sample names. Words that `write_csv` put beside the values of a
        text's tokens are `display_data`.
    data : path or DataFrame, optional
        What the model saw, with a column for each feature; the others become `metadata`. Samples
        in the order of `values`; where both files name them, that is checked.
    base_values : float or array, optional
        As for `from_values`; default the column ``base_value``.
    **fields
        Any other parameter of `Explanation`.

    Raises
    ------
    InputError
        No such file, another kind of file, no base value, outputs with different samples; or as
        `from_values`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> e = Explanation(values=[[1.0, -0.5]], base_values=2.0, feature_names=["age", "bmi"])
    >>> with TemporaryDirectory() as folder:
    ...     e.to_frame().to_csv(f"{folder}/values.csv")
    ...     read_values(f"{folder}/values.csv").values.tolist()
    [[1.0, -0.5]]
    """
    seen = None if data is None else _table("data", data)
    if isinstance(values, Mapping):
        tables = {str(name): _table("values", path) for name, path in values.items()}
    else:
        table = _table("values", values)
        _refuse_reserved(table, seen)
        tables = _by_output(table)
    tables = {name: _named(table) for name, table in tables.items()}
    parts = {
        name: table.drop(columns=[*_words_of(table), *_in(table, (BASE, PREDICTION, GAP))])
        for name, table in tables.items()
    }
    first, features = next(iter(tables.items()), ("", None))
    told = [] if features is None else [f"{c}{WORDS}" for c in parts[first].columns]
    if told and features is not None and set(told) <= set(features.columns):
        fields.setdefault("display_data", features[told].to_numpy(dtype=object))
    for column, field in ((BASE, "base_values"), (PREDICTION, "predictions")):
        if all(column in table for table in tables.values()) and field not in fields:
            fields[field] = _beside_each_other([table[column] for table in tables.values()])
    if base_values is not None:
        fields["base_values"] = base_values
    base = fields.pop("base_values", None)
    shaped: Any = parts if list(parts) != [""] else parts[""]
    return from_values(shaped, None if seen is None else _named(seen), base, **fields)


def _in(table: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in table.columns]


def _beside_each_other(columns: list[pd.Series]) -> Any:
    arrays = [column.to_numpy(dtype=np.float64) for column in columns]
    return arrays[0] if len(arrays) == 1 else np.stack(arrays, axis=-1)


def _table(name: str, path: Any) -> pd.DataFrame:
    """The table in a file, its index a column if it has a name."""
    if isinstance(path, pd.DataFrame):
        return path
    where = str(path)
    stem = where.removesuffix(".gz")
    reader = READERS.get(Path(stem).suffix.lower())
    if reader is None:
        raise InputError(
            complaint(
                name,
                f"be a file ending in {', '.join(READERS)}",
                where,
                "Use shapviz.from_values for arrays and tables.",
            )
        )
    try:
        table = reader(where)
    except FileNotFoundError as error:
        raise InputError(
            complaint(name, "be a file that exists", where, "Check the path.")
        ) from error
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise InputError(
            complaint(
                name,
                "hold a table: a line of column names, then one line a sample",
                Words(f"{Path(where).name} ({str(error).strip()})"),
                "Open it in an editor; save it again as UTF-8 text with commas.",
            )
        ) from error
    _refuse_one_column(name, where, table)
    return table.reset_index() if any(table.index.names) else table


def _refuse_one_column(name: str, where: str, table: pd.DataFrame) -> None:
    """InputError for a table read as one column because something else separates its columns."""
    column = str(table.columns[0]) if len(table.columns) == 1 else ""
    used = next((mark for mark in (";", "\t", "|") if mark in column), None)
    if used is not None:
        raise InputError(
            complaint(
                name,
                "separate its columns with commas (.csv) or tabs (.tsv)",
                Words(f"{Path(where).name}, whose only column is called {column[:60]!r}"),
                f"Read it with pandas.read_csv(path, sep={used!r}) and pass the table to "
                "shapviz.from_values.",
            )
        )


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its samples' names as its index, where the file has any."""
    first = str(table.columns[0])
    if SAMPLE in table.columns:
        return table.set_index(table[SAMPLE].astype(str)).drop(columns=SAMPLE)
    if first in ROW_NAMES:
        return table.set_index(table.iloc[:, 0].astype(str)).iloc[:, 1:]
    return table


def _by_output(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Output name to its rows, in the order they come; one nameless output without the column."""
    if OUTPUT not in table.columns:
        return {"": table}
    groups = table.groupby(OUTPUT, sort=False)
    return {str(name): part.drop(columns=OUTPUT).reset_index(drop=True) for name, part in groups}


def _refuse_reserved(values: pd.DataFrame, data: pd.DataFrame | None) -> None:
    """InputError for a feature whose name means something else in a file of values."""
    reserved = (OUTPUT, BASE, PREDICTION, GAP)
    clash = [] if data is None else [c for c in reserved if c in data and c in values]
    if clash:
        raise InputError(
            complaint(
                "data",
                f"have no feature named as a column of results, {', '.join(map(repr, clash))}",
                Words("one in the values too"),
                "Rename it in both files.",
            )
        )
