"""Values to plain arrays and JSON, and back: tables, text, categories, dates and missing values.

No pickle: what cannot be written as numbers or JSON is refused by name. Array names are made from
positions and never from a user's text, so that no column name can become a path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from shapviz.errors import StoreError, complaint
from shapviz.store.cells import (
    from_bytes,
    from_json,
    is_scalar,
    refused,
    to_bytes,
    to_json,
)

__all__ = ["Node", "Reader", "pack", "unpack"]

Node = dict[str, Any]
"""JSON that says how a value is put together; ``{"is": kind, …}``."""

Reader = Callable[[str], np.ndarray[Any, Any]]
"""Array name to array."""

Arrays = dict[str, np.ndarray[Any, Any]]


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


def unpack(node: Node, read: Reader) -> Any:
    """Return the value that `pack` took apart.

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


# Arrays ---------------------------------------------------------------------------------------


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
        arrays[at] = to_bytes(cells)
        dtype = "O" if kind in "OT" else array.dtype.str
        return {"is": "objects", "at": at, "shape": list(array.shape), "dtype": dtype}
    raise refused(said or at, array)


def _unpack_times(node: Node, read: Reader) -> Any:
    return read(node["at"]).view(node["dtype"])


def _unpack_objects(node: Node, read: Reader) -> Any:
    cells = [from_json(cell) for cell in from_bytes(read(node["at"]))]
    filled = np.empty(len(cells), dtype=object)
    filled[:] = cells
    shaped = filled.reshape(node["shape"])
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
        arrays[at] = to_bytes(cells)
        nan = "nan" if dtype.na_value is not pd.NA else "NA"
        return {"is": "text", "at": at, "missing": nan, "storage": str(dtype.storage)}
    if hasattr(column, "_mask") and isinstance(getattr(dtype, "numpy_dtype", None), np.dtype):
        arrays[f"{at} missing"] = np.asarray(pd.isna(column))
        filled = column.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
        arrays[at] = np.asarray(filled)
        return {"is": "nullable", "at": at, "dtype": dtype.name}
    raise refused(said or at, column)


def _unpack_categories(node: Node, read: Reader) -> Any:
    dtype = pd.CategoricalDtype(_unpack_index(node["categories"], read), node["ordered"])
    return pd.Categorical.from_codes(read(node["at"]), dtype=dtype)


def _unpack_zoned(node: Node, read: Reader) -> Any:
    moments = pd.DatetimeIndex(unpack(node["moments"], read))
    return moments.tz_localize("UTC").tz_convert(node["zone"]).as_unit(node["unit"]).array


def _unpack_text(node: Node, read: Reader) -> Any:
    dtype = pd.StringDtype(
        storage=node["storage"], na_value=np.nan if node["missing"] == "nan" else pd.NA
    )
    return pd.array(from_bytes(read(node["at"])), dtype=dtype)


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
        return pd.RangeIndex(start, stop, step, name=name)
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
