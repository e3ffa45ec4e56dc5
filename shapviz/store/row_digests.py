"""Sixteen bytes a row: the same row, the same digest, whatever stands beside it.

A sample's values never depend on its neighbours, so a row explained once need not be explained
again in another table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["KnownRows", "known_rows", "row_digests"]

Array = np.ndarray[Any, Any]
WIDTH = 16


@dataclass(frozen=True, eq=False)
class KnownRows:
    """Where rows that were explained before have their values.

    Attributes
    ----------
    keys : tuple of str
        Complete explanations of the same question and call.
    source : int array of shape (n,)
        Which of `keys` holds a row; -1 for none.
    position : int array of shape (n,)
        The row's position there; 0 where there is none.
    """

    keys: tuple[str, ...]
    source: Array
    position: Array

    @property
    def missing(self) -> Array:
        """Positions of the rows that nobody explained yet."""
        return np.flatnonzero(self.source < 0)


def row_digests(rows: Any) -> Array:
    """Return a digest of every row: of its numbers, their type, and a table's column names.

    Parameters
    ----------
    rows : array of shape (n, *features) or DataFrame

    Returns
    -------
    uint8 array of shape (n, 16)
        BLAKE2b.
    """
    if isinstance(rows, pd.DataFrame):
        columns = [_cells(np.asarray(rows.iloc[:, j])) for j in range(rows.shape[1])]
        kinds = [str(dtype) for dtype in rows.dtypes]
        header = repr([[str(name) for name in rows.columns], kinds])
        content = np.concatenate(columns, axis=1)
    else:
        array = np.asarray(rows)
        header = repr([array.dtype.str, array.shape[1:]])
        content = _cells(array.reshape(len(array), -1))
    begun = hashlib.blake2b(header.encode("utf-8", "surrogatepass"), digest_size=WIDTH)
    plain = memoryview(np.ascontiguousarray(content).data).cast("B")
    step = content.shape[1]
    found = bytearray()
    for start in range(0, len(content) * step, step):
        hasher = begun.copy()
        hasher.update(plain[start : start + step])
        found += hasher.digest()
    return np.frombuffer(bytes(found), dtype=np.uint8).reshape(len(content), WIDTH)


def _cells(array: Array) -> Array:
    """Rows of bytes, (n, width): numbers as they are, anything else by a digest of each cell."""
    n = len(array)
    if array.dtype.kind not in "OUT":
        return np.ascontiguousarray(array).reshape(n, -1).view(np.uint8).reshape(n, -1)
    known: dict[tuple[str, str], bytes] = {}

    def one(cell: Any) -> bytes:
        # The type's name keeps 1, 1.0, "1" and True apart.
        said = (type(cell).__name__, str(cell))
        if said not in known:
            text = repr(said).encode("utf-8", "surrogatepass")
            known[said] = hashlib.blake2b(text, digest_size=WIDTH).digest()
        return known[said]

    packed = b"".join(one(cell) for cell in array.ravel())
    return np.frombuffer(packed, dtype=np.uint8).reshape(n, -1)


def known_rows(
    wanted: Array, stored: Sequence[str], digests_of: Callable[[str], Array | None]
) -> KnownRows:
    """Return where each wanted row's values lie among stored explanations.

    Parameters
    ----------
    wanted : uint8 array of shape (n, 16)
    stored : sequence of str
        Keys to look through, the first that has a row wins.
    digests_of : callable
        Key to the digests of its rows, or None where it has none.
    """
    n = len(wanted)
    source, position = np.full(n, -1, dtype=np.int32), np.zeros(n, dtype=np.int64)
    asked = _words(wanted)
    keys: list[str] = []
    for key in stored:
        left = np.flatnonzero(source < 0)
        if not len(left):
            break
        digests = digests_of(key)
        if digests is None or not len(digests):
            continue
        held = _words(digests)
        order = np.argsort(held[:, 0], kind="stable")
        near = np.searchsorted(held[order, 0], asked[left, 0])
        at = order[np.minimum(near, len(order) - 1)]
        same = (held[at] == asked[left]).all(axis=1)
        source[left[same]], position[left[same]] = len(keys), at[same]
        keys.append(key)
    return KnownRows(tuple(keys), source, position)


def _words(digests: Array) -> Array:
    return np.ascontiguousarray(digests).view("<u8").reshape(-1, 2)
