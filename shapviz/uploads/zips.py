"""Zip files looked at before anything is unpacked: their directory alone, in plain Python.

What the directory promises is what may be unpacked: Python's reader stops at a member's promised
size and compares its checksum.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shapviz.errors import UploadError, Words, complaint

__all__ = ["IMAGES_ZIP", "ZipLimits", "check_whole", "checked_zip", "member_names"]

END, END_64, LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
NESTED_HEADS = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf", b"Rar!")
"""How archives and compressed files begin."""

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)
"""What Python's reader raises for a broken zip."""

BLOCK = 2**22
NESTED_AT_MOST = 2**28
DEFLATE_AT_MOST = 1032
"""No member of a deflated zip can expand further."""


@dataclass(frozen=True)
class ZipLimits:
    """What a zip may hold.

    Attributes
    ----------
    members : int
    total : int
        Bytes of all members once unpacked.
    ratio : float
        Unpacked to packed, of all members together, above `small` bytes.
    small : int
        Bytes unpacked below which the ratio does not matter.
    nested : tuple of str
        Endings of members that may be zips themselves, checked by the same rules with none
        nested any further.
    """

    members: int = 10_000
    total: int = 2**31
    ratio: float = 100.0
    small: int = 2**22
    nested: tuple[str, ...] = ()


IMAGES_ZIP = ZipLimits(members=100_000, total=4 * 2**30)
"""Of a zip of images, which is looked at twice: by the policy, and where it is read."""


@contextmanager
def checked_zip(
    source: Path | IO[bytes], limits: ZipLimits, what: str
) -> Iterator[zipfile.ZipFile]:
    """Open a zip whose directory keeps the rules.

    Parameters
    ----------
    source : Path or file
    limits : ZipLimits
    what : str
        What to call it in a message: the upload's name.

    Raises
    ------
    UploadError
        It is no zip, or a rule is broken; nothing was unpacked.
    """
    with _as_file(source) as stream:
        _check_directory_size(stream, limits, what)
        try:
            archive = zipfile.ZipFile(stream)
        except UNREADABLE as error:
            raise _refused(what, "be a whole zip file", str(error)) from error
        with archive:
            members = archive.infolist()
            _check_members(members, limits, what)
            _check_overlaps(members, stream, what)
            _check_nested(archive, members, limits, what)
            yield archive


def member_names(source: Path) -> list[str]:
    """Names of a zip's members, or none where its directory is too large or broken to read."""
    try:
        with source.open("rb") as stream:
            _check_directory_size(stream, ZipLimits(), source.name)
            with zipfile.ZipFile(stream) as archive:
                return archive.namelist()
    except (UploadError, *UNREADABLE):
        return []


def check_whole(archive: zipfile.ZipFile, what: str) -> None:
    """UploadError for a zip in which a member does not read as its checksum says.

    Libraries that meet one half-way leave it open behind them.
    """
    for member in archive.infolist():
        try:
            with archive.open(member) as stream:
                while stream.read(BLOCK):
                    pass
        except UNREADABLE as error:
            raise _refused(what, "be a whole zip file", f"{_shown(member)}: {error}") from error


@contextmanager
def _as_file(source: Path | IO[bytes]) -> Iterator[IO[bytes]]:
    if isinstance(source, Path):
        with source.open("rb") as stream:
            yield stream
    else:
        yield source


def _refused(what: str, rule: str, got: str, fix: str = "") -> UploadError:
    return UploadError(
        complaint(what, rule, Words(got), fix or "Make the file anew and upload that.")
    )


def _check_directory_size(stream: IO[bytes], limits: ZipLimits, what: str) -> None:
    """UploadError for a directory that would be too large even to list."""
    size = stream.seek(0, os.SEEK_END)
    start = stream.seek(max(0, size - 2**16 - 22))
    tail = stream.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < 22:
        raise _refused(what, "be a whole zip file", "no directory at its end")
    members, length = struct.unpack("<HI", tail[at + 10 : at + 16])
    locator = tail[at - 20 : at] if at >= 20 else b""
    if locator.startswith(LOCATOR_64):
        (where,) = struct.unpack("<Q", locator[8:16])
        stream.seek(min(where, start + at))
        record = stream.read(56)
        if record.startswith(END_64) and len(record) == 56:
            members, length = struct.unpack("<QQ", record[32:48])
    if members > limits.members or length > limits.members * 1000:
        raise _refused(what, f"hold at most {limits.members:,} files", f"{members:,}")


def _check_members(members: list[zipfile.ZipInfo], limits: ZipLimits, what: str) -> None:
    if len(members) > limits.members:
        raise _refused(what, f"hold at most {limits.members:,} files", f"{len(members):,}")
    seen: set[str] = set()
    for member in members:
        wrong = _wrong_with(member)
        if wrong:
            raise _refused(what, "hold plain files inside its own folder", f"{wrong}")
        name = os.path.normpath(member.filename).casefold()
        if name in seen:
            raise _refused(what, "hold each file once", f"{_shown(member)} twice")
        seen.add(name)
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if unpacked > limits.total:
        raise _refused(
            what, f"unpack to at most {limits.total:,} bytes", f"{unpacked:,} bytes (a zip bomb?)"
        )
    if unpacked > limits.small and unpacked > limits.ratio * packed:
        raise _refused(
            what,
            f"unpack to at most {limits.ratio:g} times its size",
            f"{unpacked:,} bytes out of {packed:,} (a zip bomb?)",
        )


def _shown(member: zipfile.ZipInfo) -> str:
    return repr(member.filename[:80])


def _wrong_with(member: zipfile.ZipInfo) -> str:
    """What is wrong with a member's name or kind, as words; empty where nothing is."""
    name = member.filename
    # ZipInfo cuts a name at a NUL, others may not.
    original = member.orig_filename
    mode = member.external_attr >> 16
    steps = name.replace("\\", "/").split("/")
    kind = stat.S_IFMT(mode)
    checks = (
        (not name or len(name) > 1000, "a name of no or too many characters"),
        (
            any(ord(c) < 32 or ord(c) == 127 for c in original),
            f"control characters in {_shown(member)}",
        ),
        ("\\" in original, f"{_shown(member)}, a name with a backslash"),
        (name.startswith(("/", "~")) or ":" in steps[0], f"{_shown(member)}, an absolute name"),
        (".." in steps, f"{_shown(member)}, which leaves its folder"),
        (stat.S_ISLNK(mode), f"{_shown(member)}, a link"),
        (kind not in (0, stat.S_IFREG, stat.S_IFDIR), f"{_shown(member)}, no plain file"),
        (bool(member.flag_bits & ENCRYPTED), f"{_shown(member)}, which needs a password"),
        (member.compress_type not in PLAIN_METHODS, f"{_shown(member)}, packed in a rare way"),
        (
            member.file_size > DEFLATE_AT_MOST * member.compress_size + 64,
            f"{_shown(member)}, which promises more than it can hold",
        ),
        (
            member.compress_type == zipfile.ZIP_STORED and member.file_size != member.compress_size,
            f"{_shown(member)}, of two sizes",
        ),
    )
    return next((words for broken, words in checks if broken), "")


def _check_overlaps(members: list[zipfile.ZipInfo], stream: IO[bytes], what: str) -> None:
    """UploadError where two members share bytes: how a small file holds the same bomb often."""
    size = stream.seek(0, os.SEEK_END)
    end = 0
    for member in sorted(members, key=lambda each: each.header_offset):
        start = member.header_offset
        if start < end or start + 30 + member.compress_size > size:
            raise _refused(what, "keep its files apart", f"{_shown(member)} inside another")
        end = start + 30 + member.compress_size


def _check_nested(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], limits: ZipLimits, what: str
) -> None:
    for member in members:
        if member.is_dir() or not member.file_size:
            continue
        try:
            with archive.open(member) as stream:
                head = stream.read(8)
        except UNREADABLE as error:
            raise _refused(what, "be a whole zip file", f"{_shown(member)}: {error}") from error
        if not head.startswith(NESTED_HEADS):
            continue
        allowed = member.file_size <= NESTED_AT_MOST and limits.nested
        if not allowed or not member.filename.endswith(limits.nested):
            raise _refused(
                what,
                "hold no archive inside it",
                _shown(member),
                "Unpack it and put its files in directly.",
            )
        inner = ZipLimits(limits.members, limits.total, limits.ratio, limits.small)
        with checked_zip(io.BytesIO(archive.read(member)), inner, what):
            pass
