"""Parts on their way: one file each, checked when read, gone once they are compacted."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from shapviz.digests import digest_of_json
from shapviz.errors import StoreError, complaint
from shapviz.explanation import Explanation
from shapviz.store.arrays import ArrayFiles
from shapviz.store.catalogue import Row
from shapviz.store.parcel import from_parcel, to_parcel

__all__ = [
    "ROWS",
    "DamagedPartError",
    "check_part",
    "place_of",
    "read_part",
    "read_row_digests",
    "stage_part",
    "stage_row_digests",
    "staged_location",
    "what_part",
]

ROWS = "rows"
"""Name of the file of row digests beside an explanation's staged parts."""

DIGEST_BYTES = 16


class DamagedPartError(StoreError):
    """A staged part is not what was written: compute it again.

    Attributes
    ----------
    index : int
        Of the part.
    """

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


def staged_location(key: str, index: int) -> str:
    """Return where a part's arrays lie until they are compacted."""
    return f"staged/{key}/{index}"


def place_of(part: Row) -> str:
    """Return where the arrays of a part lie, given its row of the catalogue."""
    return str(part["location"] or staged_location(part["explanation"], part["index"]))


def stage_part(
    files: ArrayFiles, key: str, index: int, piece: Explanation, attempt: str = ""
) -> Row:
    """Write a part, in place of what is there, and return what `Catalogue.part_done` needs.

    Parameters
    ----------
    files : ArrayFiles
    key, index
        Of the explanation and the part.
    piece : Explanation
        Of the part's rows.
    attempt : str, optional
        Gives this attempt a place of its own, so that another one that was given up and goes on
        writing somewhere harms nothing.

    Returns
    -------
    dict
        ``location, checksum, document, manifest``: JSON.
    """
    document, arrays = to_parcel(piece)
    location = f"{staged_location(key, index)}{'-' if attempt else ''}{attempt}"
    manifest = files.stage(location, arrays)
    checksum = digest_of_json(manifest)
    return {
        "location": location,
        "checksum": checksum,
        "document": document,
        "manifest": manifest,
    }


def read_part(row: Row, files: ArrayFiles) -> Explanation:
    """Return a staged part, every array compared with its checksum.

    Parameters
    ----------
    row : dict
        Of the catalogue's parts, done.

    Raises
    ------
    DamagedPartError
        An array, or the catalogue's list of them, is not what was written.
    """
    check_part(row)
    location = place_of(row)
    manifest, what = row["manifest"], what_part(row)
    try:
        return from_parcel(
            row["document"], lambda name: files.read(location, name, manifest[name], what)
        )
    except StoreError as error:
        raise DamagedPartError(str(error), row["index"]) from error


def check_part(row: Row) -> None:
    """Compare the catalogue's list of a part's arrays with its checksum.

    Raises
    ------
    DamagedPartError
        They differ.
    """
    found = digest_of_json(row["manifest"])
    if found != row["checksum"]:
        message = complaint(
            what_part(row),
            "have the checksum in the catalogue",
            found[:12],
            "Delete it and compute it again.",
        )
        raise DamagedPartError(message, row["index"])


def what_part(row: Row) -> str:
    """Return a part in words, for messages."""
    return f"explanation {row['explanation']}, part {row['index']}"


def stage_row_digests(files: ArrayFiles, key: str, digests: np.ndarray[Any, Any]) -> None:
    """Keep the digests of all rows of an explanation beside its parts, for its commit.

    Parameters
    ----------
    digests : uint8 array of shape (n, 16)
        As `row_digests` makes them.
    """
    plain = np.ascontiguousarray(digests, dtype=np.uint8).tobytes()
    files.put_bytes(f"staged/{key}/{ROWS}", hashlib.sha256(plain).digest(), plain)


def read_row_digests(files: ArrayFiles, key: str, samples: int) -> np.ndarray[Any, Any] | None:
    """Return what `stage_row_digests` kept; None where it is missing or not what was written.

    Without them rows are merely not found again, so a damaged file is no reason to stop.
    """
    try:
        content = files.get_bytes(f"staged/{key}/{ROWS}")
    except FileNotFoundError:
        return None
    told, plain = content[:32], content[32:]
    if hashlib.sha256(plain).digest() != told or len(plain) != samples * DIGEST_BYTES:
        return None
    return np.frombuffer(plain, dtype=np.uint8).reshape(samples, DIGEST_BYTES)
