"""NumPy's .npy files by their header alone: what they promise, and that no object is in them."""

from __future__ import annotations

import ast
import os
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from shapviz.errors import UploadError, Words, complaint
from shapviz.uploads.limits import DataLimits

__all__ = ["NpyHeader", "check_npy", "npy_header"]

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 10_000
PLAIN = "biufU"


@dataclass(frozen=True)
class NpyHeader:
    """What a .npy file promises."""

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    offset: int


def npy_header(path: Path, name: str) -> NpyHeader:
    """Return a .npy file's header, once its length is that of the file.

    Raises
    ------
    UploadError
        It is damaged, holds Python objects, or promises another number of bytes than it has.
    """
    with path.open("rb") as stream:
        head = stream.read(LONGEST_HEADER + 12)
    try:
        major = head[6]
        size, start = (
            (struct.unpack("<H", head[8:10])[0], 10)
            if major == 1
            else (struct.unpack("<I", head[8:12])[0], 12)
        )
        if not head.startswith(MAGIC) or major not in (1, 2, 3) or size > LONGEST_HEADER:
            raise ValueError("no header of NumPy's")
        found = ast.literal_eval(head[start : start + size].decode("latin-1").strip())
        descr, shape = found["descr"], tuple(found["shape"])
        if not isinstance(descr, str):
            raise ValueError("a structured type")
        dtype = np.dtype(descr)
        if not all(type(each) is int and each >= 0 for each in shape):
            raise ValueError(f"shape {shape}")
    except (ValueError, TypeError, KeyError, SyntaxError, IndexError, struct.error) as error:
        raise _refused(name, "be a whole .npy file", f"{error}"[:120]) from error
    except (MemoryError, RecursionError) as error:
        raise _refused(name, "be a whole .npy file", "a header of nested brackets") from error
    if dtype.hasobject or dtype.kind not in PLAIN:
        fix = "Convert it to numbers: np.save('data.npy', array.astype(float))."
        got = "Python objects, which are pickled" if dtype.hasobject else f"type {dtype}"
        raise _refused(name, "hold numbers or text", got, fix)
    promised = prod(shape) * dtype.itemsize
    held = os.stat(path).st_size - start - size
    if promised != held:
        got = f"shape {shape} of {promised:,} bytes in {held:,}"
        raise _refused(name, "hold the numbers it promises", got[:200])
    return NpyHeader(dtype, shape, start + size)


def check_npy(path: Path, name: str, limits: DataLimits) -> NpyHeader:
    """Return the header of an array that is a set of samples within the limits.

    Raises
    ------
    UploadError
        As `npy_header`, or it has one axis, no rows, or too many rows or numbers.
    """
    header = npy_header(path, name)
    shape = header.shape
    if len(shape) < 2 or prod(shape) == 0:
        fix = "Save one row a sample: np.save('data.npy', array.reshape(len(array), -1))."
        raise _refused(name, "have samples as rows and at least one feature", f"{shape}", fix)
    if shape[0] > limits.rows or prod(shape) > limits.cells:
        rule = f"have at most {limits.rows:,} rows and {limits.cells:,} numbers"
        raise _refused(name, rule, f"shape {shape}", "Upload a part of it.")
    return header


def _refused(name: str, rule: str, got: str, fix: str = "") -> UploadError:
    return UploadError(
        complaint(name, rule, Words(got), fix or "Save it anew: np.save('data.npy', array).")
    )
