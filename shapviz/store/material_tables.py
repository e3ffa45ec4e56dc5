"""Tables and arrays as files that any tool reads: Parquet and .npy, nothing pickled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shapviz.digests import digest, digest_of_json
from shapviz.errors import InputError, StoreError, complaint
from shapviz.types import Array

__all__ = [
    "as_content",
    "content_digest",
    "described",
    "ending",
    "head",
    "missing",
    "read",
    "write",
]

Content = pd.DataFrame | Array
"""What is kept: a table or a plain array."""

PLAIN = "biufcSU"
"""Kinds of NumPy type that a .npy file holds without pickle, as numbers or text."""


def as_content(content: object) -> Content:
    """Return a table as it is and anything else as an array of rows.

    Raises
    ------
    InputError
        It has no rows, no axis of features, or objects that are neither numbers nor text.
    """
    if isinstance(content, pd.Series):
        content = content.to_frame()
    if not isinstance(content, pd.DataFrame):
        array = content.toarray() if hasattr(content, "toarray") else np.asarray(content)
        if array.dtype.kind not in PLAIN:
            raise InputError(
                complaint(
                    "table",
                    "hold numbers or text when it is an array",
                    array,
                    "Pass mixed columns as a DataFrame.",
                )
            )
        content = array
    if content.ndim < 2 or len(content) == 0 or content.size == 0:
        rule = "have at least one row and a feature axis"
        raise InputError(complaint("table", rule, content, "Pass samples as rows."))
    return content


def content_digest(content: Content) -> str:
    """Return a digest of cells, types, labels and categories: what a reader would get."""
    if isinstance(content, np.ndarray):
        return digest(content)
    kinds = [_kind(content.dtypes.iloc[j]) for j in range(content.shape[1])]
    index = [str(content.index.name), digest(np.asarray(content.index))]
    cells = [digest(np.asarray(content.iloc[:, j])) for j in range(content.shape[1])]
    return digest_of_json([[str(name) for name in content.columns], kinds, index, cells])


def _kind(dtype: Any) -> list[Any]:
    if isinstance(dtype, pd.CategoricalDtype):
        return ["category", [str(each) for each in dtype.categories], bool(dtype.ordered)]
    return [str(dtype)]


def described(content: Content) -> dict[str, Any]:
    """Return the catalogue's columns that the content says of itself."""
    if isinstance(content, np.ndarray):
        types = {"columns": None, "dtypes": [content.dtype.str]}
        return {"kind": "array", "rows": len(content), "shape": list(content.shape), **types}
    return {
        "kind": "table",
        "rows": len(content),
        "shape": list(content.shape),
        "columns": [str(name) for name in content.columns],
        "dtypes": [str(dtype) for dtype in content.dtypes],
    }


def ending(kind: str) -> str:
    """Return the file's ending of a kind of content."""
    return {"table": "parquet", "array": "npy"}[kind]


def write(content: Content, path: Path) -> None:
    """Write a table or an array, and read it back: the same or nothing.

    Raises
    ------
    StoreError
        Parquet cannot hold a column as it is; the message names what it said.
    """
    if isinstance(content, np.ndarray):
        np.save(path, content, allow_pickle=False)
        return
    try:
        content.to_parquet(path, engine="pyarrow")
        same = content_digest(read(path)) == content_digest(content)
    except (ValueError, TypeError, NotImplementedError) as error:
        # Arrow's own errors are ValueErrors and TypeErrors; its words name the column.
        raise _unfit(content, " ".join(str(error).split())[:200]) from error
    if not same:
        raise _unfit(content, "some column comes back with other cells or another type")


def _unfit(content: pd.DataFrame, reason: str) -> StoreError:
    return StoreError(
        complaint(
            "table",
            "have columns of one type each that Parquet can hold",
            content,
            f"{reason}. Convert that column, for example to text.",
        )
    )


def read(path: Path) -> Content:
    """Return the content of a file; an array is mapped from the disk, not loaded."""
    if path.suffix == ".npy":
        mapped: Array = np.load(path, mmap_mode="r", allow_pickle=False)
        return mapped
    return pd.read_parquet(path, engine="pyarrow")


def head(path: Path, rows: int) -> Content:
    """Return the first rows of a file, reading little more than those."""
    if path.suffix == ".npy":
        return np.array(np.load(path, mmap_mode="r", allow_pickle=False)[:rows])
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        first = next(file.iter_batches(batch_size=rows))
        return first.to_pandas()


def missing(path: Path) -> dict[str, int]:
    """Return how many cells of a table's columns are empty, of those where any is.

    What the file says of itself is read, not its cells; an array says nothing.
    """
    if path.suffix == ".npy":
        return {}
    from pyarrow.parquet import ParquetFile

    found: dict[str, int] = {}
    with ParquetFile(path) as file:
        about = file.metadata
        for group in range(about.num_row_groups):
            for j in range(about.num_columns):
                column = about.row_group(group).column(j)
                told = column.statistics
                if told is not None and told.has_null_count and told.null_count:
                    name = column.path_in_schema
                    found[name] = found.get(name, 0) + told.null_count
    return found
