"""Arrays going out: shard by shard, each with its digest; nothing of them is read here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from shapviz.errors import StoreError, complaint
from shapviz.store.files import Files
from shapviz.store.layout import layout_of
from shapviz.store.shards import encode, in_background, in_threads, slab_digest

__all__ = ["CHUNKS", "ArrayWriter", "checksum", "content_checksum", "content_entry", "put_json"]

Array = np.ndarray[Any, Any]
Entry = Mapping[str, Any]

CHUNKS = "chunks.index"
"""File beside an array's shards: offset, length and checksum of every chunk.

A shard's own index could not tell two shards apart; this one's digest is in the catalogue, so that
one row is as safe as all."""


def checksum(array: Array) -> str:
    """Return the SHA-256 of an array's type, shape and content (64 hexadecimal characters)."""
    hasher = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    contiguous = np.ascontiguousarray(array)
    hasher.update(contiguous.reshape(-1).view(np.uint8).data)
    return hasher.hexdigest()


def content_checksum(entry: Entry) -> str:
    """Return a digest of a written array's content from the digests of its shards."""
    said = [entry[name] for name in ("shape", "dtype", "shard", "digests")]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def content_entry(
    shape: tuple[int, ...], dtype: np.dtype[Any], feature_axes: int, array: Array
) -> dict[str, Any]:
    """Return what `content_checksum` needs of an array, as writing it would say; writes nothing."""
    layout = layout_of(shape, dtype, feature_axes)
    stored = array.reshape(layout.shape)

    def found(shard: int) -> str:
        start, stop = layout.rows_of(shard)
        return slab_digest(np.asarray(stored[start:stop], dtype=layout.dtype))

    digests = list(in_threads(found, range(layout.shards)))
    return {
        "shape": list(shape),
        "dtype": dtype.str,
        "shard": list(layout.shard),
        "digests": digests,
    }


class ArrayWriter:
    """Writes one array shard by shard, from rows as they come.

    Parameters
    ----------
    files : Files
    place : str
        Of the array below the root; must be new.
    shape, dtype, feature_axes
        As `layout_of` takes them.
    """

    def __init__(
        self, files: Files, place: str, shape: tuple[int, ...], dtype: Any, feature_axes: int
    ) -> None:
        self.layout = layout_of(shape, np.dtype(dtype), feature_axes)
        self._files, self._place, self._shape = files, place, shape
        self._dtype = np.dtype(dtype)
        self._held: Array | None = None
        self._rows = 0
        self._written: list[tuple[str, Array]] = []
        put_json(files, f"{place}/zarr.json", self.layout.metadata())

    def append(self, rows: Array) -> None:
        """Take further rows; a shard is written once it is full."""
        layout = self.layout
        while len(rows):
            start, stop = layout.rows_of(len(self._written))
            fitting = min(len(rows), stop - start - self._rows)
            if self._held is None and fitting == stop - start:
                # A whole shard needs no room of its own.
                self._put(rows[:fitting])
            else:
                if self._held is None:
                    self._held = np.empty((stop - start, *layout.shape[1:]), layout.dtype)
                self._held[self._rows : self._rows + fitting] = rows[:fitting]
                self._rows += fitting
                if self._rows == stop - start:
                    self._put(self._held)
                    self._held, self._rows = None, 0
            rows = rows[fitting:]

    def _put(self, rows: Array) -> None:
        rows = np.asarray(rows, dtype=self.layout.dtype)
        place = f"{self._place}/{self.layout.file_of(len(self._written))}"
        digest = in_background(slab_digest, rows)
        content, chunks = encode(rows, self.layout)
        self._files.put_bytes(place, *content, durable=True)
        self._written.append((digest.result(), chunks))

    def close(self) -> dict[str, Any]:
        """Return the array's entry of the manifest.

        Raises
        ------
        StoreError
            Fewer rows came than the shape says.
        """
        if self._rows or len(self._written) != self.layout.shards:
            rule = f"get all of the {self.layout.shape[0]} rows announced"
            raise StoreError(complaint(self._place, rule, self._rows, "Write it again."))
        chunks = np.stack([told for _, told in self._written]) if self._written else np.zeros(0)
        index = chunks.tobytes()
        self._files.put_bytes(f"{self._place}/{CHUNKS}", index, durable=True)
        return {
            "shape": list(self._shape),
            "dtype": self._dtype.str,
            "chunk": list(self.layout.chunk),
            "shard": list(self.layout.shard),
            "digests": [digest for digest, _ in self._written],
            "chunks": hashlib.sha256(index).hexdigest(),
        }


def put_json(files: Files, location: str, content: Any) -> None:
    """Write JSON as a file."""
    files.put_bytes(location, json.dumps(content).encode())
