"""NumPy's .npy files by their header alone: what they promise, and that no object is in them."""

from __future__ import annotations

import ast
import os
import stat
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from shapviz.errors import UploadError, Words, complaint
from shapviz.types import Array
from shapviz.uploads.limits import DataLimits

__all__ = ["NpyHeader", "check_npy", "check_shape", "npy_header", "read_npy"]

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 10_000
PLAIN = "biufU"
DISTRUST = "Do not trust this file."


@dataclass(frozen=True)
class NpyHeader:
    """What a .npy file promises."""

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    offset: int
    fortran: bool


def npy_header(path: Path, name: str) -> NpyHeader:
    """Return a .npy file's header, once its length is that of the file.

    Raises
    ------
    UploadError
        It is damaged, holds Python objects, or promises another number of bytes than it has.
    """
    with path.open("rb") as stream:
        return _header(stream.read(LONGEST_HEADER + 12), os.stat(path).st_size, name)


def read_npy(path: Path, name: str, most: int) -> Array:
    """Return the array in a file that another process may still change: read once, then looked at.

    Parameters
    ----------
    path : Path
        Of a plain file; a link or a pipe in its place is refused.
    name : str
        What to call it in messages.
    most : int
        Bytes it may have.

    Raises
    ------
    UploadError
        As `npy_header`, or it is no plain file, too long, or in Fortran's order.
    """
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _refused(name, "come back whole", f"no {path.name}", DISTRUST) from error
    with open(number, "rb") as stream:
        about = os.fstat(number)
        if not stat.S_ISREG(about.st_mode) or about.st_size > most:
            raise _refused(name, "come back whole", f"{path.name} of another kind", DISTRUST)
        content = stream.read(most + 1)
    header = _header(content[: LONGEST_HEADER + 12], len(content), name)
    if header.fortran:
        raise _refused(name, "come back whole", f"{path.name} in another order", DISTRUST)
    return np.frombuffer(content, header.dtype, offset=header.offset).reshape(header.shape)


def _header(head: bytes, length: int, name: str) -> NpyHeader:
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
        fortran = bool(found["fortran_order"])
    except (ValueError, TypeError, KeyError, SyntaxError, IndexError, struct.error) as error:
        raise _refused(name, "be a whole .npy file", f"{error}"[:120]) from error
    except (MemoryError, RecursionError) as error:
        raise _refused(name, "be a whole .npy file", "a header of nested brackets") from error
    if dtype.hasobject or dtype.kind not in PLAIN:
        fix = "Convert it to numbers: np.save('data.npy', array.astype(float))."
        got = "Python objects, which are pickled" if dtype.hasobject else f"type {dtype}"
        raise _refused(name, "hold numbers or text", got, fix)
    promised = prod(shape) * dtype.itemsize
    held = length - start - size
    if promised != held:
        got = f"shape {shape} of {promised:,} bytes in {held:,}"
        raise _refused(name, "hold the numbers it promises", got[:200])
    return NpyHeader(dtype, shape, start + size, fortran)


def check_npy(path: Path, name: str, limits: DataLimits) -> NpyHeader:
    """Return the header of an array that is a set of samples within the limits.

    Raises
    ------
    UploadError
        As `npy_header`, or it has one axis, no rows, or too many rows or numbers.
    """
    header = npy_header(path, name)
    check_shape(header.shape, name, limits)
    return header


def check_shape(shape: tuple[int, ...], name: str, limits: DataLimits) -> None:
    """UploadError for an array that is no set of samples, or a larger one than the limits."""
    if len(shape) < 2 or prod(shape) == 0:
        fix = "Save one row a sample: np.save('data.npy', array.reshape(len(array), -1))."
        raise _refused(name, "have samples as rows and at least one feature", f"{shape}", fix)
    if shape[0] > limits.rows or prod(shape) > limits.cells:
        rule = f"have at most {limits.rows:,} rows and {limits.cells:,} numbers"
        raise _refused(name, rule, f"shape {shape}", "Upload a part of it.")


def _refused(name: str, rule: str, got: str, fix: str = "") -> UploadError:
    return UploadError(
        complaint(name, rule, Words(got), fix or "Save it anew: np.save('data.npy', array).")
    )
