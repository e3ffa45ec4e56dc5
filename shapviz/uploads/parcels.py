"""Tables on their way from the child: numbers and text as plain arrays, nothing to interpret.

Columns of one type lie together in one .npy; all texts lie end to end in one array of bytes. The
reader checks every header and every offset before it believes a number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shapviz.errors import UploadError, Words, complaint
from shapviz.uploads.arrays import read_npy
from shapviz.uploads.limits import DataLimits
from shapviz.uploads.texts import check_names

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_parcel", "write_parcel"]

NUMBERS = ("int64", "uint64", "float64", "float32", "bool", "datetime64[us]")
DATES = "datetime64[us]"
TEXT = "text"
FILES = {kind: f"{kind.partition('[')[0]}.npy" for kind in NUMBERS}
LARGEST = 2**34
BYTES, OFFSETS, MISSING = "bytes.npy", "offsets.npy", "missing.npy"


def write_parcel(columns: Mapping[str, Any], folder: Path) -> list[list[str]]:
    """Write columns into a folder and return their names and kinds, in order.

    Parameters
    ----------
    columns : dict of str to array or pyarrow LargeStringArray
        One type of `NUMBERS` each, or texts; all of one length.
    folder : Path
    """
    kinds: dict[str, str] = {}
    texts = []
    grouped: dict[str, list[Any]] = {}
    for name, column in columns.items():
        if isinstance(column, np.ndarray):
            kinds[name] = str(column.dtype)
            # NumPy's files hold dates, but as numbers they need no second look.
            plain = column.view(np.int64) if kinds[name] == DATES else column
            grouped.setdefault(kinds[name], []).append(plain)
        else:
            kinds[name] = TEXT
            texts.append(column)
    for kind, arrays in grouped.items():
        np.save(folder / FILES[kind], np.stack(arrays), allow_pickle=False)
    if texts:
        _write_texts(texts, folder)
    return [[name, kind] for name, kind in kinds.items()]


def _write_texts(texts: list[Any], folder: Path) -> None:
    import pyarrow as pa

    whole = pa.concat_arrays(texts)
    missing = np.asarray(whole.is_null().to_numpy(zero_copy_only=False))
    whole = whole.fill_null("")
    _, offsets, content = whole.buffers()
    # Concatenated, so it begins at the first byte.
    bounds = np.frombuffer(offsets, np.int64)[: len(whole) + 1]
    held = b"" if content is None else content
    np.save(folder / BYTES, np.frombuffer(held, np.uint8)[: bounds[-1]], allow_pickle=False)
    np.save(folder / OFFSETS, bounds, allow_pickle=False)
    np.save(folder / MISSING, missing, allow_pickle=False)


def read_parcel(told: Any, folder: Path, name: str, limits: DataLimits) -> pd.DataFrame:
    """Return the table in a folder, every part of it checked.

    Parameters
    ----------
    told : object
        What the child says: ``[[column, kind], …]``.
    folder : Path
    name : str
        What to call the upload in messages.
    limits : DataLimits

    Raises
    ------
    UploadError
        Anything is not as agreed.
    """
    # The child writes without it, and starts sooner.
    import pandas as pd

    columns = _agreed(told, name, limits)
    read: dict[str, Any] = {}
    for kind in {kind for _, kind in columns}:
        count = sum(each == kind for _, each in columns)
        found = _texts(folder, count, name) if kind == TEXT else _numbers(folder, kind, name)
        if len(found) != count:
            raise _broken(name, f"{len(found)} columns of {kind}")
        read[kind] = iter(found)
    series = {column: next(read[kind]) for column, kind in columns}
    lengths = {len(each) for each in series.values()}
    if len(lengths) != 1 or max(lengths) > limits.rows:
        raise _broken(name, f"columns of {sorted(lengths)[:3]} rows")
    return pd.DataFrame(series)


def _agreed(told: Any, name: str, limits: DataLimits) -> list[tuple[str, str]]:
    pairs = told if isinstance(told, list) else []
    plain = [
        (pair[0], pair[1])
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(e, str) for e in pair)
    ]
    known = all(kind in (*NUMBERS, TEXT) for _, kind in plain)
    if not plain or len(plain) != len(pairs) or len(plain) > limits.columns or not known:
        raise _broken(name, json.dumps(told)[:80])
    check_names([column for column, _ in plain], name, limits)
    return plain


def _load(path: Path, dtype: str, axes: int, name: str) -> Any:
    found = read_npy(path, name, LARGEST)
    if found.dtype != np.dtype(dtype) or found.ndim != axes:
        raise _broken(name, f"{path.name} of {found.dtype}, {found.shape}")
    return found


def _numbers(folder: Path, kind: str, name: str) -> list[Any]:
    held = "int64" if kind == DATES else kind
    found = _load(folder / FILES[kind], held, 2, name)
    return list(found.view(DATES) if kind == DATES else found)


def _texts(folder: Path, count: int, name: str) -> list[Any]:
    import pyarrow as pa

    content = _load(folder / BYTES, "uint8", 1, name)
    offsets = _load(folder / OFFSETS, "int64", 1, name)
    missing = _load(folder / MISSING, "bool", 1, name)
    cells = len(missing)
    # What Arrow's own check may not do on its way, done first: in order, and inside.
    ordered = len(offsets) == cells + 1 and offsets[0] == 0 and bool((np.diff(offsets) >= 0).all())
    if not ordered or offsets[-1] != len(content) or cells % count:
        raise _broken(name, "text that does not fit together")
    present = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    buffers = [present, pa.py_buffer(offsets), pa.py_buffer(content)]
    whole = pa.Array.from_buffers(pa.large_string(), cells, buffers)
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid as error:
        raise _broken(name, "text that is no UTF-8") from error
    rows = cells // count
    return [whole.slice(i * rows, rows).to_pandas() for i in range(count)]


def _broken(name: str, got: str) -> UploadError:
    return UploadError(
        complaint(name, "come back whole from the child", Words(got), "Do not trust this file.")
    )
