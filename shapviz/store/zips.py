"""An explanation as one zip file: a document, arrays as .npy, a checksum for each.

A zip that comes in is treated as hostile: what it claims is compared with what it has before
anything is made of it, nothing is unpickled, and nothing is written where its names say.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from shapviz.errors import InputError, StoreError, Words, complaint
from shapviz.explanation import Explanation
from shapviz.store.documents import check_document
from shapviz.store.parcel import from_parcel

__all__ = ["FORMAT", "VERSION", "read_zip", "write_zip"]

FORMAT, VERSION = "shapviz explanation", 1
DOCUMENT = "explanation.json"
MEMBER = re.compile(r"arrays/\d{1,5}\.npy")

MOST_BYTES = 16 * 2**30
MOST_DOCUMENT = 64 * 2**20
MOST_MEMBERS = 10_000
MOST_RATIO = 250
"""A zip's members may grow by this much; arrays are stored as they are, and grow by nothing."""

BLOCK_ROWS = 2**18
ERRORS = (
    KeyError,
    TypeError,
    ValueError,
    IndexError,
    AttributeError,
    OverflowError,
    ArithmeticError,
    RecursionError,
    MemoryError,
    EOFError,
    NotImplementedError,
    zipfile.BadZipFile,
)
"""What reading nonsense can raise; told as one error."""

Rows = Callable[[str, int, int], np.ndarray[Any, Any]]


def write_zip(
    path: Path,
    about: Mapping[str, Any],
    document: Mapping[str, Any],
    shapes: Mapping[str, tuple[tuple[int, ...], str]],
    rows: Rows,
) -> None:
    """Write an explanation, a range of rows at a time; the file appears whole or not at all.

    Parameters
    ----------
    path : Path
    about : mapping
        JSON: its name and what was asked.
    document : mapping
        How it is put together.
    shapes : mapping
        Array name to shape and type.
    rows : callable
        (name, start, stop) to rows of an array.
    """
    partial = path.with_name(f".{path.name}.partial")
    arrays = {}
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED, allowZip64=True) as zipped:
            for i, (name, (shape, dtype)) in enumerate(shapes.items()):
                file = f"arrays/{i}.npy"
                hasher = hashlib.sha256()
                with zipped.open(file, "w", force_zip64=True) as stream:
                    header = {"descr": dtype, "fortran_order": False, "shape": shape}
                    np.lib.format.write_array_header_1_0(stream, header)  # type: ignore[arg-type]
                    for piece in _pieces(name, shape, rows):
                        plain = np.ascontiguousarray(piece).reshape(-1).view(np.uint8).data
                        hasher.update(plain)
                        stream.write(plain)
                arrays[name] = {
                    "file": file,
                    "shape": list(shape),
                    "dtype": dtype,
                    "sha256": hasher.hexdigest(),
                }
            told = {"format": FORMAT, "version": VERSION, **about}
            content = json.dumps({**told, "document": document, "arrays": arrays})
            zipped.writestr(DOCUMENT, content, zipfile.ZIP_DEFLATED)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _pieces(name: str, shape: tuple[int, ...], rows: Rows) -> Iterator[np.ndarray[Any, Any]]:
    count = shape[0] if shape else 1
    for start in range(0, count, BLOCK_ROWS):
        yield rows(name, start, min(count, start + BLOCK_ROWS))


def read_zip(
    path: str | os.PathLike[str], most_bytes: int = MOST_BYTES
) -> tuple[Explanation, dict[str, Any]]:
    """Return the explanation in a zip, checked like a new one, and what is said about it.

    Parameters
    ----------
    path : str or path
    most_bytes : int, default 16 GiB
        That its content may take.

    Raises
    ------
    StoreError
        It is no such zip, is damaged, claims what it does not have, or has a member that no
        export has; the message says which.
    """
    try:
        with zipfile.ZipFile(path) as zipped:
            _check_members(zipped, most_bytes)
            told = json.loads(_bytes(zipped, DOCUMENT, MOST_DOCUMENT))
            _check_told(told)
            check_document(told["document"], told["arrays"], most_bytes)

            def read(name: str) -> np.ndarray[Any, Any]:
                return _array(zipped, name, told["arrays"][name])

            explanation = from_parcel(told["document"], read)
    except StoreError:
        raise
    except OSError as error:
        raise _refused(f"{error.strerror or error}") from error
    except InputError as error:
        raise _refused(str(error)) from error
    except ERRORS as error:
        raise _refused(f"{type(error).__name__}: {error}") from error
    about = {name: told[name] for name in told if name not in ("document", "arrays")}
    return explanation, about


def _check_members(zipped: zipfile.ZipFile, most_bytes: int) -> None:
    members = zipped.infolist()
    names = [member.filename for member in members]
    if len(names) > MOST_MEMBERS or len(set(names)) != len(names):
        raise _refused(f"{len(names)} members, {len(set(names))} of them named apart")
    if DOCUMENT not in names:
        raise _refused(f"no {DOCUMENT} in it")
    if sum(member.file_size for member in members) > most_bytes:
        raise _refused(f"more than {most_bytes:,} bytes once unpacked")
    for member in members:
        name = member.filename
        kind = stat.S_IFMT(member.external_attr >> 16)
        if name != DOCUMENT and not MEMBER.fullmatch(name):
            raise _refused(f"a member named {name!r}")
        if kind not in (0, stat.S_IFREG) or member.flag_bits & 1:
            raise _refused(f"a link, a device or an encrypted member: {name}")
        if member.file_size > MOST_RATIO * max(1, member.compress_size):
            raise _refused(f"{name}, which unpacks to more than {MOST_RATIO} times its size")


def _check_told(told: Any) -> None:
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise _refused("a document of another kind")
    if told.get("version") != VERSION:
        raise _refused(f"version {told.get('version')!r}, of a newer shapviz")
    if not isinstance(told.get("name"), str) or not isinstance(told.get("arrays"), dict):
        raise _refused("a document without name or arrays")
    if not isinstance(told.get("document"), dict):
        raise _refused("a document that says nothing")


def _bytes(zipped: zipfile.ZipFile, name: str, most: int) -> bytes:
    with zipped.open(name) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise _refused(f"{name} of more than {most:,} bytes")
    return content


def _array(zipped: zipfile.ZipFile, name: str, entry: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
    with zipped.open(entry["file"]) as stream:
        _check_header(stream, shape, dtype)
        array = np.empty(shape, dtype)
        plain = array.reshape(-1).view(np.uint8)
        _fill(stream, plain)
    found = hashlib.sha256(plain.data).hexdigest()
    if found != entry["sha256"]:
        raise _refused(f"{name} with checksum {found[:12]}…")
    return array


def _check_header(stream: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if np.lib.format.read_magic(stream) != (1, 0):
        raise _refused("an array in another version of .npy")
    said = np.lib.format.read_array_header_1_0(stream, max_header_size=4096)
    if said != (shape, False, dtype):
        raise _refused("an array of another shape or type than its document says")


def _fill(stream: IO[bytes], plain: np.ndarray[Any, Any]) -> None:
    view, at = memoryview(plain.data), 0
    while at < len(view):
        block = stream.read(min(2**24, len(view) - at))
        if not block:
            raise _refused("an array that ends too early")
        view[at : at + len(block)] = block
        at += len(block)
    if stream.read(1):
        raise _refused("an array with more in its file than it says")


def _refused(got: str) -> StoreError:
    return StoreError(
        complaint(
            "path",
            "be a zip made by store.export",
            Words(" ".join(got.split())[:300]),
            "Export it again, or ask whoever sent it; nothing of it was stored.",
        )
    )
