"""What a document that comes from elsewhere may say, before anything is made of it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from shapviz.errors import StoreError, Words, complaint
from shapviz.explanation import Explanation

__all__ = ["check_document"]

PLAIN = "biufc"
FIELDS = {*inspect.signature(Explanation).parameters, "additivity_gap"}
DEEPEST = 40

TIMES = re.compile(r"[<>=|]?[mM]8(\[\d{0,4}[A-Za-z]{1,7}\])?")
TEXT = re.compile(r"O|[<>=|]?U(\d{1,4})")
ZONE = re.compile(r"(?!dateutil)(?!.*\.\.)[A-Za-z][A-Za-z0-9_+\-/:]{0,63}")
NULLABLE = {
    *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)),
    "Float32",
    "Float64",
    "boolean",
}


def check_document(document: Mapping[str, Any], arrays: Mapping[str, Any], most_bytes: int) -> None:
    """Refuse a document that names unknown fields or types, or asks for more memory than it has.

    Parameters
    ----------
    document : mapping
        Field to node, as `codec.pack` makes them.
    arrays : mapping
        Array name to shape, type, file and checksum.
    most_bytes : int

    Raises
    ------
    StoreError
        Naming what was found.
    """
    unknown = sorted(set(document) - FIELDS)
    if unknown or "values" not in document or "sample_names" not in document:
        raise _refused(f"fields {unknown or sorted(document)}")
    total = 0
    for name, entry in arrays.items():
        shape, dtype = entry["shape"], np.dtype(str(entry["dtype"]))
        whole = all(isinstance(size, int) and 0 <= size < 2**48 for size in shape)
        if dtype.kind not in PLAIN or dtype.itemsize > 16 or not whole or len(shape) > 32:
            raise _refused(f"array {name!r} of {dtype}, {shape}")
        total += dtype.itemsize * _product(shape)
    if total > most_bytes:
        raise _refused(f"arrays of {total:,} bytes")
    samples = arrays[document["values"]["at"]]["shape"][0]
    for node in document.values():
        _check(node, samples, most_bytes, 0)


def _check(node: Any, samples: int, most_bytes: int, depth: int) -> None:
    if depth > DEEPEST:
        raise _refused("a document nested too deep")
    if isinstance(node, list):
        for item in node:
            _check(item, samples, most_bytes, depth + 1)
        return
    if not isinstance(node, dict):
        return
    kind = node.get("is")
    rule = _RULES.get(kind) if isinstance(kind, str) else None
    if rule is not None and not rule(node, samples, most_bytes):
        raise _refused(f"a {kind} of {str(node)[:80]}")
    for item in node.values():
        _check(item, samples, most_bytes, depth + 1)


def _product(shape: Any) -> int:
    found = 1
    for size in shape:
        found *= int(size)
    return found


def _objects(node: Mapping[str, Any], samples: int, most_bytes: int) -> bool:
    width = TEXT.fullmatch(str(node["dtype"]))
    cells = _product(node["shape"])
    return width is not None and cells * 4 * int(width.group(1) or 2) <= most_bytes


def _matches(name: str, pattern: re.Pattern[str]) -> Callable[[Mapping[str, Any], int, int], bool]:
    return lambda node, samples, most: pattern.fullmatch(str(node[name])) is not None


_RULES: dict[str, Callable[[Mapping[str, Any], int, int], bool]] = {
    "count": lambda node, samples, most: node["stop"] - node["start"] == samples,
    "objects": _objects,
    "times": _matches("dtype", TIMES),
    "zoned": _matches("zone", ZONE),
    "nullable": lambda node, samples, most: node["dtype"] in NULLABLE,
    "table": lambda node, samples, most: node["columns"]["dtype"] in ("", "O"),
    "text": lambda node, samples, most: node["storage"] in ("python", "pyarrow"),
}
"""What a node of a kind must fulfil, where its words decide types or memory."""


def _refused(got: str) -> StoreError:
    return StoreError(
        complaint(
            "path",
            "hold a document that store.export writes",
            Words(got),
            "Export it again, or ask whoever sent it; nothing of it was stored.",
        )
    )
