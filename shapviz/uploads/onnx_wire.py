"""ONNX files read as plain protocol-buffer fields: enough to find what tensors promise to hold.

No library parses the file here: the fields are walked in Python. Field
numbers are those of onnx.proto (ModelProto, GraphProto, NodeProto, TensorProto).
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path

from shapviz.errors import UploadError, Words, complaint

__all__ = ["check_onnx", "is_onnx"]

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
EXTERNAL = 1
GRAPH, OPSETS = 7, 8

MESSAGES: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "function": {7: "node"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
"""Message → field → the message in it, of those that lead to tensors."""

PAYLOADS = (4, 5, 6, 7, 9, 10, 11)
"""Fields of a tensor that hold its numbers or texts."""

DIMS, LOCATION, OUTSIDE, NAME = 1, 14, 13, 8
DEEPEST = 32
MOST_FIELDS = 20_000_000


@dataclass(frozen=True)
class Field:
    """One field: its number, wire type, value where it is a number, bytes where it is bytes."""

    number: int
    wire: int
    value: int
    content: memoryview


def check_onnx(path: Path, name: str) -> None:
    """UploadError for an ONNX file with data outside it or tensors larger than what is in it.

    Parameters
    ----------
    path : Path
    name : str
        What to call it in the message.
    """
    try:
        _walk(_mapped(path), name)
    except ValueError as error:
        raise UploadError(
            complaint(name, "be a whole ONNX file", Words(str(error)), "Export it again.")
        ) from error


def is_onnx(path: Path) -> bool:
    """Whether a file's top fields are those of an ONNX model with a graph."""
    if path.stat().st_size < 8:
        return False
    view = _mapped(path)
    seen = set()
    try:
        for count, field in enumerate(_fields(view)):
            if field.number > 100 or count > 100_000:
                return False
            seen.add((field.number, field.wire))
    except ValueError:
        # Cut short: told by how it begins, so that the check can say what is wrong with it.
        return re.match(rb"\x08[\x01-\x20]\x12[\x01-\x7f]", bytes(view[:4])) is not None
    return (1, VARINT) in seen and ((GRAPH, BYTES) in seen or (OPSETS, BYTES) in seen)


def _mapped(path: Path) -> memoryview:
    # Closed when the last slice of it is gone.
    with path.open("rb") as stream:
        return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def _walk(whole: memoryview, name: str) -> None:
    """Go through all messages that lead to tensors; ValueError for bytes that are no fields."""
    waiting: list[tuple[str, memoryview, int]] = [("model", whole, 0)]
    left = MOST_FIELDS
    while waiting:
        message, view, depth = waiting.pop()
        if depth > DEEPEST:
            raise ValueError(f"graphs nested more than {DEEPEST} deep")
        if message == "tensor":
            _check_tensor(view, name)
            continue
        inner = MESSAGES[message]
        for field in _fields(view):
            left -= 1
            if left < 0:
                raise ValueError("more fields than any model has")
            if field.wire == BYTES and field.number in inner:
                waiting.append((inner[field.number], field.content, depth + 1))


def _check_tensor(view: memoryview, name: str) -> None:
    dims: list[int] = []
    held, outside, called = 0, False, ""
    for field in _fields(view):
        if field.number == DIMS:
            packed = field.wire == BYTES
            dims += list(_varints(field.content)) if packed else [field.value]
        elif field.number in PAYLOADS:
            held += len(field.content) + 1 if field.wire == BYTES else 8
        elif field.number == NAME and field.wire == BYTES:
            called = bytes(field.content[:80]).decode("utf-8", "replace")
        outside = outside or field.number == OUTSIDE
        outside = outside or (field.number == LOCATION and field.value == EXTERNAL)
    if outside:
        raise UploadError(
            complaint(
                name,
                "hold all its numbers itself",
                Words(f"tensor {called!r}, whose data lie in another file"),
                "Save it as one file: onnx.save(model, path, save_as_external_data=False).",
            )
        )
    if any(dim < 0 or dim >= 2**63 for dim in dims):
        raise ValueError(f"tensor {called!r} has a negative size")
    # Text and four-bit numbers: no element takes less than half a byte, or one byte of text.
    if prod(dims) > 2 * held:
        raise UploadError(
            complaint(
                name,
                "hold all the numbers its tensors promise",
                Words(f"tensor {called!r} of {prod(dims):,} numbers in {held:,} bytes"),
                "Export it again.",
            )
        )


def _fields(view: memoryview) -> Iterator[Field]:
    """The fields of one message; ValueError where the bytes are none."""
    at, end = 0, len(view)
    nothing = view[:0]
    while at < end:
        key, at = _varint(view, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise ValueError(f"no field at byte {at}")
        value, content = 0, nothing
        if wire == VARINT:
            value, at = _varint(view, at)
        elif wire == BYTES:
            length, at = _varint(view, at)
            if length > end - at:
                raise ValueError("it ends in the middle of a field")
            content, at = view[at : at + length], at + length
        elif wire in (FIXED64, FIXED32):
            at += 8 if wire == FIXED64 else 4
            if at > end:
                raise ValueError("it ends in the middle of a field")
        else:
            raise ValueError(f"no field of wire type {wire}")
        yield Field(number, wire, value, content)


def _varints(view: memoryview) -> Iterator[int]:
    at = 0
    while at < len(view):
        value, at = _varint(view, at)
        yield value


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(view):
            raise ValueError("it ends in the middle of a number")
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number of more than ten bytes")
