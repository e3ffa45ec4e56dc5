"""Content hashes of arrays and tables: the same content, the same digest, on any machine."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pandas as pd

from shapviz.errors import InputError, complaint

__all__ = ["digest", "digest_of_json"]


def _feed(hasher: Any, array: np.ndarray[Any, Any]) -> None:
    hasher.update(f"{array.dtype.str}{array.shape}".encode())
    if array.dtype.kind in "OUT":
        # The type's name keeps 1, 1.0, "1" and True apart.
        cells = [(type(cell).__name__, str(cell)) for cell in array.ravel()]
        hasher.update(json.dumps(cells, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    else:
        hasher.update(np.ascontiguousarray(array).tobytes())


def digest(content: object) -> str:
    """Return the SHA-256 of an array's or table's content, dtype and labels.

    Parameters
    ----------
    content : array_like, DataFrame or Series
        Numeric, string, categorical or object content.

    Returns
    -------
    str
        64 hexadecimal characters.

    Raises
    ------
    InputError
        If it is neither an array nor a table.

    Examples
    --------
    >>> digest(np.zeros(3)) == digest(np.zeros(3)), digest(np.zeros(3)) == digest(np.ones(3))
    (True, False)
    """
    hasher = hashlib.sha256()
    if isinstance(content, pd.Series):
        content = content.to_frame()
    if isinstance(content, pd.DataFrame):
        hasher.update(json.dumps([str(name) for name in content.columns]).encode())
        for name in content.columns:
            column = content[name]
            hasher.update(str(column.dtype).encode())
            _feed(hasher, np.asarray(column))
        return hasher.hexdigest()
    try:
        array = np.asarray(content)
    except ValueError as error:
        raise InputError(
            complaint("content", "be a rectangular array or a table", content, "Check its rows.")
        ) from error
    _feed(hasher, array)
    return hasher.hexdigest()


def digest_of_json(value: object) -> str:
    """Return the SHA-256 of a JSON value, whatever the order of its keys.

    Parameters
    ----------
    value : object
        Anything `json.dumps` takes.

    Returns
    -------
    str
        64 hexadecimal characters.

    Examples
    --------
    >>> digest_of_json({"a": 1, "b": 2}) == digest_of_json({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
