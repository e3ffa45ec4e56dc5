"""One cell of a table or of mixed data, as JSON and back: text, moments, what is missing."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from shapviz.errors import StoreError, complaint

__all__ = ["from_bytes", "from_json", "is_scalar", "refused", "to_bytes", "to_json"]

_PLAIN = (str, bool, int, float, type(None))


def is_scalar(value: object) -> bool:
    """Return whether a value is one cell rather than a container."""
    return isinstance(value, (*_PLAIN, np.generic)) and not isinstance(value, np.void)


def to_json(value: object, at: str) -> Any:
    """Return a cell as JSON; what JSON lacks becomes ``{tag: text}``.

    Raises
    ------
    StoreError
        It is neither a number, text, a moment nor missing; `at` says where it stands.
    """
    if type(value) is str:
        return value
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, str | bool | int | None):
        return value
    for kind, (tag, write, _) in _TAGGED.items():
        if isinstance(value, kind):
            return {tag: write(value)}
    raise refused(at, value)


def from_json(value: Any) -> Any:
    """Return the cell that `to_json` wrote."""
    if not isinstance(value, dict):
        return value
    ((tag, text),) = value.items()
    return _BY_TAG[tag](text)


def _moment(name: str) -> np.dtype[Any]:
    """A type of moments or spans; anything else was not written by `to_json`."""
    dtype = np.dtype(name)
    if dtype.kind not in "mM":
        raise ValueError(f"a moment of type {name!r}")
    return dtype


def _missing(value: object) -> str:
    return "NaT" if value is pd.NaT else "NA"


# Order matters: NaT is a datetime, a Timestamp is one too, and a datetime is a date.
_TAGGED: dict[type, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]] = {
    type(pd.NA): ("missing", _missing, {"NaT": pd.NaT, "NA": pd.NA}.__getitem__),
    type(pd.NaT): ("missing", _missing, {"NaT": pd.NaT, "NA": pd.NA}.__getitem__),
    pd.Timestamp: (
        "timestamp",
        lambda t: [t.isoformat(), t.unit],
        lambda t: pd.Timestamp(t[0]).as_unit(t[1]),
    ),
    pd.Timedelta: (
        "timedelta",
        lambda t: [t.isoformat(), t.unit],
        lambda t: pd.Timedelta(t[0]).as_unit(t[1]),
    ),
    np.datetime64: (
        "datetime64",
        lambda t: [str(t), t.dtype.str],
        lambda t: np.datetime64(t[0]).astype(_moment(t[1]))[()],
    ),
    np.timedelta64: (
        "timedelta64",
        lambda t: [int(t.view(np.int64)), t.dtype.str],
        lambda t: np.int64(t[0]).view(_moment(t[1])),
    ),
    datetime: ("datetime", datetime.isoformat, datetime.fromisoformat),
    date: ("date", date.isoformat, date.fromisoformat),
    time: ("time", time.isoformat, time.fromisoformat),
    timedelta: (
        "duration",
        lambda t: [t.days, t.seconds, t.microseconds],
        lambda t: timedelta(*t),
    ),
    Decimal: ("decimal", str, Decimal),
    bytes: (
        "bytes",
        lambda b: base64.b64encode(b).decode("ascii"),
        lambda text: base64.b64decode(text.encode("ascii")),
    ),
}
_BY_TAG: dict[str, Callable[[Any], Any]] = {
    **{tag: read for tag, _, read in _TAGGED.values()},
    "float": float,
}


def to_bytes(cells: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Return cells of JSON as bytes, UTF-8."""
    # Lone surrogates occur in file names and scraped text; they must survive.
    text = json.dumps(list(cells), ensure_ascii=False, allow_nan=False)
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)


def from_bytes(array: np.ndarray[Any, Any]) -> list[Any]:
    """Return the cells that `to_bytes` wrote, still as JSON."""
    cells: list[Any] = json.loads(array.tobytes().decode("utf-8", "surrogatepass"))
    return cells


def refused(at: str, value: object) -> StoreError:
    """Return the error for what cannot be stored."""
    return StoreError(
        complaint(
            at,
            "hold numbers, text, categories, dates or missing values to be stored",
            value,
            "Convert that column first, for example to text; pickled objects are never stored.",
        )
    )
