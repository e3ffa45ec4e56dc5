"""Values to plain arrays and JSON, and back: tables, text, categories, dates and missing values.

No pickle: what cannot be written as numbers or JSON is refused by name. Array names are made from
positions and never from a user's text, so that no column name can become a path.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from shapviz.errors import StoreError, complaint
from shapviz.explanation_fields import default_names
from shapviz.store.cells import (
    from_bytes,
    from_json,
    is_scalar,
    refused,
    to_bytes,
    to_json,
)

__all__ = [
    "Node",
    "Reader",
    "RowReader",
    "Sliced",
    "Wanted",
    "pack",
    "pack_entries",
    "pack_names",
    "position_of",
    "unpack",
]

Node = dict[str, Any]
"""JSON that says how a value is put together; ``{"is": kind, …}``."""

Reader = Callable[[str], np.ndarray[Any, Any]]
"""Array name to array."""

Wanted = slice | np.ndarray[Any, Any]
"""From one row to before another, or positions in any order."""


class RowReader(Protocol):
    """Reads rows of an array by name, and whole arrays."""

    def __call__(self, name: str) -> np.ndarray[Any, Any]:
        """Return a whole array."""
        ...

    def rows(self, name: str, wanted: Wanted) -> np.ndarray[Any, Any]:
        """Return some rows of an array."""
        ...


Arrays = dict[str, np.ndarray[Any, Any]]

BLOCK_CELLS = 32_768
"""Cells of text or mixed kind that are read together."""


def pack(value: object, at: str, arrays: Arrays) -> Node:
    """Return the JSON node of a value; its arrays are added to `arrays`.

    Parameters
    ----------
    value : object
        None, a scalar, a NumPy array, a pandas table, column or index, or a list, tuple or
        mapping (with text keys) of those.
    at : str
        Name of the value, the start of its arrays' names.
    arrays : dict
        Filled with name to array; numbers only.

    Returns
    -------
    dict
        JSON-able; `unpack` turns it back.

    Raises
    ------
    StoreError
        Something is neither numbers, text, dates nor missing; the message says where.
    """
    if isinstance(value, pd.DataFrame):
        return {
            "is": "table",
            "columns": _labels(value.columns, at),
            "cells": [
                _pack_column(value.iloc[:, j].array, f"{at}/{j}", arrays, f"{at}[{name!r}]")
                for j, name in enumerate(value.columns)
            ],
            "index": _pack_index(value.index, f"{at}/index", arrays),
        }
    if isinstance(value, pd.Series):
        return {
            "is": "series",
            "name": to_json(value.name, at),
            "cells": _pack_column(value.array, f"{at}/cells", arrays),
            "index": _pack_index(value.index, f"{at}/index", arrays),
        }
    if isinstance(value, pd.Index):
        return {"is": "index", "index": _pack_index(value, at, arrays)}
    if isinstance(value, np.ndarray):
        return _pack_array(value, at, arrays)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise refused(at, value)
        return {
            "is": "mapping",
            "items": [[k, pack(v, f"{at}/{i}", arrays)] for i, (k, v) in enumerate(value.items())],
        }
    if isinstance(value, list | tuple):
        kind = "tuple" if isinstance(value, tuple) else "list"
        if all(is_scalar(item) for item in value):
            return {"is": f"plain {kind}", "items": [to_json(item, at) for item in value]}
        items = [pack(item, f"{at}/{i}", arrays) for i, item in enumerate(value)]
        return {"is": kind, "items": items}
    return {"is": "scalar", "value": to_json(value, at)}


def pack_names(names: Sequence[str], at: str, arrays: Arrays) -> Node:
    """Return the JSON node of one name a row; names that only count take no room.

    A million names belong in an array, not in the catalogue.
    """
    start = names[0] if len(names) else ""
    if start.isascii() and start.isdigit() and len(start) < 18 and str(int(start)) == start:
        first = int(start)
        if all(name == str(i) for i, name in enumerate(names, first)):
            return {"is": "count", "start": first, "stop": first + len(names)}
    return pack(np.array(names, dtype=object), at, arrays)


def position_of(node: Node, read: Reader, name: str) -> int | None:
    """Return the first row that has this name in what `pack_names` took apart; None if none has."""
    if node["is"] == "count":
        is_number = name.isascii() and name.isdigit() and str(int(name)) == name
        at = int(name) - node["start"] if is_number else -1
        return at if 0 <= at < node["stop"] - node["start"] else None
    found = np.flatnonzero(np.asarray(unpack(node, read)) == name)
    return int(found[0]) if len(found) else None


def pack_entries(
    names: Sequence[str], units: Sequence[str], shape: tuple[int, ...]
) -> dict[str, Node]:
    """Return the JSON nodes of a name and a unit an entry of samples of this shape.

    Names that only count, and units that are empty, take no room: a photograph has a million.
    """
    counting = tuple(names) == default_names(shape)
    return {
        "feature_names": {"is": "positions", "shape": list(shape)}
        if counting
        else pack(tuple(names), "feature_names", {}),
        "feature_units": pack(tuple(units), "feature_units", {})
        if any(units)
        else {"is": "blank", "count": len(units)},
    }


def unpack(node: Node, read: Reader) -> Any:
    """Return the value that `pack` took apart.

    Give `Sliced` as `read` for some rows of a value that has rows.

    Parameters
    ----------
    node : dict
        What `pack` returned, perhaps after a round through JSON.
    read : callable
        Array name to array.

    Raises
    ------
    StoreError
        The node is of a kind that this version does not know.
    """
    kind = node["is"]
    if kind not in _UNPACK:
        raise StoreError(
            complaint(
                "store",
                f"hold values of a kind known to this version ({', '.join(sorted(_UNPACK))})",
                kind,
                "It was probably written by a newer shapviz: update this one.",
            )
        )
    return _UNPACK[kind](node, read)


class Sliced:
    """A reader of some rows alone: `unpack(node, Sliced(read, slice(3, 4)))`.

    Parameters
    ----------
    read : RowReader
    wanted : slice or int array
        With both ends, or positions.
    """

    def __init__(self, read: RowReader, wanted: Wanted) -> None:
        self.read = read
        self.wanted = wanted

    def __call__(self, name: str) -> np.ndarray[Any, Any]:
        """Return these rows of an array."""
        return self.read.rows(name, self.wanted)

    @property
    def positions(self) -> np.ndarray[Any, Any]:
        """The rows, one by one."""
        if isinstance(self.wanted, slice):
            return np.arange(self.wanted.start, self.wanted.stop)
        return self.wanted


# Arrays ---------------------------------------------------------------------------------------


def _pack_cells(cells: Sequence[Any], per_row: int, at: str, arrays: Arrays) -> Node:
    """Text in blocks of whole rows, so that a row is read without all others."""
    block = max(1, BLOCK_CELLS // max(1, per_row))
    step = block * per_row
    if len(cells) <= step:
        arrays[at] = to_bytes(cells)
        return {"at": at}
    blocks = [to_bytes(cells[i : i + step]) for i in range(0, len(cells), step)]
    arrays[at] = np.concatenate(blocks)
    starts = f"{at} starts"
    arrays[starts] = np.cumsum([0, *map(len, blocks)])
    return {"at": at, "starts": starts, "block": block}


def _unpack_cells(node: Node, read: Reader, per_row: int = 1) -> list[Any]:
    """The cells of all rows, or of those that a `Sliced` reader wants."""
    if not isinstance(read, Sliced):
        content = read(node["at"])
        if "starts" not in node:
            return from_bytes(content)
        ends = itertools.pairwise(read(node["starts"]))
        return [cell for a, b in ends for cell in from_bytes(content[a:b])]
    positions = read.positions
    if "starts" not in node:
        blocks, block = (
            {0: from_bytes(read.read(node["at"]))},
            max(1, int(positions.max(initial=0)) + 1),
        )
    else:
        starts, block = read.read(node["starts"]), node["block"]
        blocks = {
            int(i): from_bytes(
                read.read.rows(node["at"], slice(int(starts[i]), int(starts[i + 1])))
            )
            for i in np.unique(positions // block)
        }
    found = []
    for position in positions:
        i, within = divmod(int(position), block)
        found += blocks[i][within * per_row : (within + 1) * per_row]
    return found


def _pack_array(array: np.ndarray[Any, Any], at: str, arrays: Arrays, said: str = "") -> Node:
    kind = array.dtype.kind
    if kind in "biufc" and array.dtype.itemsize <= 16 and array.dtype != np.longdouble:
        arrays[at] = array
        return {"is": "array", "at": at}
    if kind in "mM":
        arrays[at] = array.view(np.int64)
        return {"is": "times", "at": at, "dtype": array.dtype.str}
    if kind in "OUT":
        cells = [to_json(cell, said or at) for cell in array.ravel()]
        dtype = "O" if kind in "OT" else array.dtype.str
        per_row = int(np.prod(array.shape[1:])) if array.ndim else 1
        stored = _pack_cells(cells, per_row, at, arrays)
        return {"is": "objects", **stored, "shape": list(array.shape), "dtype": dtype}
    raise refused(said or at, array)


def _unpack_times(node: Node, read: Reader) -> Any:
    return read(node["at"]).view(node["dtype"])


def _unpack_objects(node: Node, read: Reader) -> Any:
    shape = node["shape"]
    per_row = int(np.prod(shape[1:])) if shape else 1
    cells = [from_json(cell) for cell in _unpack_cells(node, read, per_row)]
    filled = np.empty(len(cells), dtype=object)
    filled[:] = cells
    rows = [len(read.positions)] if isinstance(read, Sliced) else shape[:1]
    shaped = filled.reshape([*rows, *shape[1:]])
    return shaped if node["dtype"] == "O" else shaped.astype(node["dtype"])


# Columns --------------------------------------------------------------------------------------


def _pack_column(column: Any, at: str, arrays: Arrays, said: str = "") -> Node:
    """A pandas array: NumPy, categorical, text, with a time zone, or nullable."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype) or isinstance(column, pd.arrays.NumpyExtensionArray):
        return _pack_array(np.asarray(column), at, arrays, said)
    if isinstance(dtype, pd.CategoricalDtype):
        arrays[at] = np.asarray(column.codes)
        categories = _pack_index(dtype.categories, f"{at} categories", arrays)
        return {
            "is": "categories",
            "at": at,
            "ordered": bool(dtype.ordered),
            "categories": categories,
        }
    if isinstance(dtype, pd.DatetimeTZDtype):
        naive = np.asarray(column.tz_convert("UTC").tz_localize(None))
        moments = _pack_array(naive, at, arrays)
        return {"is": "zoned", "moments": moments, "zone": str(dtype.tz), "unit": dtype.unit}
    if isinstance(dtype, pd.StringDtype):
        missing = np.asarray(pd.isna(column))
        cells = [None if gone else str(cell) for cell, gone in zip(column, missing, strict=True)]
        nan = "nan" if dtype.na_value is not pd.NA else "NA"
        stored = _pack_cells(cells, 1, at, arrays)
        return {"is": "text", **stored, "missing": nan, "storage": str(dtype.storage)}
    if hasattr(column, "_mask") and isinstance(getattr(dtype, "numpy_dtype", None), np.dtype):
        arrays[f"{at} missing"] = np.asarray(pd.isna(column))
        filled = column.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
        arrays[at] = np.asarray(filled)
        return {"is": "nullable", "at": at, "dtype": dtype.name}
    raise refused(said or at, column)


def _unpack_categories(node: Node, read: Reader) -> Any:
    # Every row's cell points into all categories.
    whole = read.read if isinstance(read, Sliced) else read
    dtype = pd.CategoricalDtype(_unpack_index(node["categories"], whole), node["ordered"])
    return pd.Categorical.from_codes(read(node["at"]), dtype=dtype)


def _unpack_zoned(node: Node, read: Reader) -> Any:
    moments = pd.DatetimeIndex(unpack(node["moments"], read))
    return moments.tz_localize("UTC").tz_convert(node["zone"]).as_unit(node["unit"]).array


def _unpack_text(node: Node, read: Reader) -> Any:
    dtype = pd.StringDtype(
        storage=node["storage"], na_value=np.nan if node["missing"] == "nan" else pd.NA
    )
    return pd.array(_unpack_cells(node, read), dtype=dtype)


def _unpack_count(node: Node, read: Reader) -> Any:
    start, stop = node["start"], node["stop"]
    if isinstance(read, Sliced):
        return [str(start + int(i)) for i in read.positions]
    return [str(i) for i in range(start, stop)]


def _unpack_nullable(node: Node, read: Reader) -> Any:
    column = pd.array(read(node["at"]), dtype=node["dtype"])
    column[read(f"{node['at']} missing")] = pd.NA
    return column


# Tables ---------------------------------------------------------------------------------------


def _labels(labels: Any, at: str) -> Node:
    if isinstance(labels, pd.MultiIndex):
        raise refused(at, labels)
    return {
        "names": [to_json(name, at) for name in labels],
        "of": to_json(labels.name, at),
        "dtype": "O" if labels.dtype == object else "",
    }


def _pack_index(index: Any, at: str, arrays: Arrays) -> Node:
    if isinstance(index, pd.MultiIndex):
        raise refused(at, index)
    name = to_json(index.name, at)
    if isinstance(index, pd.RangeIndex):
        steps = [int(index.start), int(index.stop), int(index.step)]
        return {"is": "range", "steps": steps, "name": name}
    return {"is": "labels", "cells": _pack_column(index.array, at, arrays), "name": name}


def _unpack_index(node: Node, read: Reader) -> pd.Index:
    name = from_json(node["name"])
    if node["is"] == "range":
        start, stop, step = node["steps"]
        whole = pd.RangeIndex(start, stop, step, name=name)
        return whole[read.positions] if isinstance(read, Sliced) else whole
    cells = unpack(node["cells"], read)
    dtype = object if _of_objects(cells) else None
    index: pd.Index[Any] = pd.Index(cells, name=name, dtype=dtype)
    return index


def _unpack_table(node: Node, read: Reader) -> pd.DataFrame:
    index = _unpack_index(node["index"], read)
    columns = {j: _series(cell, read, index) for j, cell in enumerate(node["cells"])}
    table = pd.DataFrame(columns, index=index)
    labels = node["columns"]
    table.columns = pd.Index(
        [from_json(name) for name in labels["names"]],
        name=from_json(labels["of"]),
        dtype=labels["dtype"] or None,
    )
    return table


def _unpack_series(node: Node, read: Reader) -> pd.Series[Any]:
    column = _series(node["cells"], read, _unpack_index(node["index"], read))
    column.name = from_json(node["name"])
    return column


def _of_objects(cells: Any) -> bool:
    """Whether pandas must be told not to guess a type."""
    return isinstance(cells, np.ndarray) and cells.dtype.kind == "O"


def _series(node: Node, read: Reader, index: pd.Index) -> pd.Series[Any]:
    cells = unpack(node, read)
    dtype = object if _of_objects(cells) else None
    return pd.Series(cells, index=index, dtype=dtype)


_UNPACK: dict[str, Callable[[Node, Reader], Any]] = {
    "count": _unpack_count,
    "positions": lambda node, read: default_names(tuple(node["shape"])),
    "blank": lambda node, read: ("",) * node["count"],
    "array": lambda node, read: read(node["at"]),
    "times": _unpack_times,
    "objects": _unpack_objects,
    "categories": _unpack_categories,
    "zoned": _unpack_zoned,
    "text": _unpack_text,
    "nullable": _unpack_nullable,
    "table": _unpack_table,
    "series": _unpack_series,
    "index": lambda node, read: _unpack_index(node["index"], read),
    "mapping": lambda node, read: {key: unpack(item, read) for key, item in node["items"]},
    "plain list": lambda node, read: [from_json(item) for item in node["items"]],
    "plain tuple": lambda node, read: tuple(from_json(item) for item in node["items"]),
    "list": lambda node, read: [unpack(item, read) for item in node["items"]],
    "tuple": lambda node, read: tuple(unpack(item, read) for item in node["items"]),
    "scalar": lambda node, read: from_json(node["value"]),
}
