"""Named arrays below one root, each with checksums of its content; read whole or in part.

Knows shapes, chunks and checksums; knows nothing of explanations, names or states. Finished
arrays are Zarr v3 in shards; staged ones lie together in one file, as they are in memory.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shapviz.errors import StoreError, complaint
from shapviz.store.files import Files
from shapviz.store.layout import GROUP, Layout, layout_of
from shapviz.store.shards import (
    BrokenShardError,
    decode,
    encode,
    in_threads,
    slab_digest,
)

__all__ = ["ArrayFiles", "ArrayWriter", "Manifest", "checksum", "content_checksum", "content_entry"]

Array = np.ndarray[Any, Any]
Entry = Mapping[str, Any]
Manifest = dict[str, dict[str, Any]]
"""Array name to what is needed to read and to check it: shape, type, cuts, digests, sizes."""

CHUNKS = "chunks.index"
"""File beside an array's shards: offset, length and checksum of every chunk.

A shard's own index could not tell two shards apart; this one's digest is in the catalogue, so that
one row is as safe as all."""

OPEN_INDEXES = 256
"""Arrays whose chunks one process remembers; a few bytes to a few hundred KB each."""

ALIGNED = 64

FEW = 4
"""Chunks that are decoded here and now; handing them to threads would take longer."""


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
        content, chunks = encode(rows, self.layout)
        self._files.put_bytes(place, *content, durable=True)
        self._written.append((slab_digest(rows), chunks))

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


@dataclass(frozen=True)
class _Piece:
    """What to take from one chunk: rows of it to rows of the answer, features alike."""

    shard: int
    cell: int
    source: tuple[Any, ...]
    target: tuple[Any, ...]


class ArrayFiles(Files):
    """Groups of arrays by location, under a local folder or any fsspec URL."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self._indexes: OrderedDict[str, Array] = OrderedDict()

    # Writing

    def begin(self, location: str, names: Sequence[str] = ()) -> None:
        """Make a group, and those that lie between it and its arrays."""
        below = {
            "/".join(name.split("/")[:i]) for name in names for i in range(1, name.count("/") + 1)
        }
        for folder in ("", *sorted(below)):
            put_json(self, f"{location}/{folder}/zarr.json".replace("//", "/"), GROUP)

    def writer(
        self, location: str, name: str, shape: tuple[int, ...], dtype: Any, feature_axes: int = 0
    ) -> ArrayWriter:
        """Return a writer of one array of a group that was begun."""
        return ArrayWriter(self, f"{location}/{name}", shape, dtype, feature_axes)

    def write(
        self, location: str, arrays: Mapping[str, Array], feature_axes: Mapping[str, int]
    ) -> Manifest:
        """Write a group of arrays and return its manifest.

        Parameters
        ----------
        location : str
            Path below the root; must be new.
        arrays : mapping of name to array
        feature_axes : mapping
            For arrays that are read one feature at a time, how many axes are features.

        Returns
        -------
        dict
            Name to what `read` needs.
        """
        self.begin(location, list(arrays))
        manifest: Manifest = {}
        for name, array in arrays.items():
            axes = feature_axes.get(name, 0)
            writer = self.writer(location, name, array.shape, array.dtype, axes)
            writer.append(array.reshape(writer.layout.shape))
            manifest[name] = writer.close()
        return manifest

    def stage(self, location: str, arrays: Mapping[str, Array]) -> Manifest:
        """Write arrays into one file, raw, for reading soon and whole; return its manifest."""
        manifest: Manifest = {}
        pieces: list[bytes | memoryview] = []
        offset = 0
        for name, array in arrays.items():
            # Not ascontiguousarray, which gives an array without axes one.
            plain = np.asarray(array, order="C")
            padding = -plain.nbytes % ALIGNED
            pieces += [plain.reshape(-1).view(np.uint8).data, b"\0" * padding]
            manifest[name] = {
                "sha256": checksum(array),
                "shape": list(array.shape),
                "dtype": array.dtype.str,
                "offset": offset,
                "bytes": plain.nbytes,
            }
            offset += plain.nbytes + padding
        self.put_bytes(location, *pieces)
        return manifest

    # Reading

    def read(self, location: str, name: str, expected: Entry, what: str) -> Array:
        """Return one array after comparing it with its checksums.

        Parameters
        ----------
        location, name : str
            Where it was written.
        expected : mapping
            Its entry in the manifest.
        what : str
            Which explanation it belongs to, for the message.

        Raises
        ------
        StoreError
            It is missing, unreadable, or not what was written; the message names it.
        """
        return self._guarded(name, what, lambda: self._whole(location, name, expected))

    def rows(
        self, location: str, name: str, expected: Entry, what: str, wanted: slice | Array
    ) -> Array:
        """Return some rows of an array, each chunk compared with the checksum in its frame.

        Parameters
        ----------
        wanted : slice or int array
            From one row to before another, or positions in any order.

        Raises
        ------
        StoreError
            As `read`.
        """
        if "digests" not in expected or not _layout(expected).shards:
            return self.read(location, name, expected, what)[wanted]
        return self._guarded(
            name, what, lambda: self._gather(f"{location}/{name}", expected, wanted, None)
        )

    def column(
        self, location: str, name: str, expected: Entry, what: str, feature: tuple[int, ...]
    ) -> Array:
        """Return one feature of every row, shape (n, *rest), checked as `rows` does."""
        if "digests" not in expected or not _layout(expected).shards:
            return self.read(location, name, expected, what)[(slice(None), *feature)]
        return self._guarded(
            name,
            what,
            lambda: self._gather(f"{location}/{name}", expected, slice(None), feature),
        )

    def check(
        self,
        location: str,
        name: str,
        expected: Entry,
        what: str,
        tell: Callable[[int], None] | None = None,
    ) -> None:
        """Compare an array with its checksums, a shard at a time.

        Parameters
        ----------
        tell : callable, optional
            Told bytes as they are done.

        Raises
        ------
        StoreError
            As `read`.
        """
        whole = int(np.prod(expected["shape"])) * np.dtype(expected["dtype"]).itemsize
        if "digests" not in expected or not _layout(expected).shards:
            self.read(location, name, expected, what)
            if tell is not None:
                tell(whole)
            return
        layout = _layout(expected)
        for shard, digest in enumerate(expected["digests"]):
            start, stop = layout.rows_of(shard)

            def rows(wanted: slice = slice(start, stop), digest: str = digest) -> Array:
                found = self._gather(f"{location}/{name}", expected, wanted, None)
                if slab_digest(found.astype(layout.dtype, copy=False)) != digest:
                    raise BrokenShardError("another checksum")
                return found

            self._guarded(name, what, rows)
            if tell is not None:
                tell(whole * (stop - start) // layout.shape[0])

    def _guarded(self, name: str, what: str, read: Callable[[], Array]) -> Array:
        try:
            return read()
        except Exception as error:
            # Broken bytes surface as whatever the codec, the JSON reader or the disk raises.
            raise _damaged(name, what, f"{type(error).__name__}: {error}") from error

    def _whole(self, location: str, name: str, expected: Entry) -> Array:
        if "digests" in expected:
            return self._checked_shards(f"{location}/{name}", expected)
        if "offset" in expected:
            start = expected["offset"]
            (raw,) = self.get_ranges(location, [(start, start + expected["bytes"])])
            array = np.frombuffer(raw, dtype=expected["dtype"]).reshape(expected["shape"])
        else:
            array = self._by_zarr(location, name).reshape(tuple(expected["shape"]))
        found = checksum(array)
        if found != expected["sha256"]:
            raise BrokenShardError(f"checksum {found[:12]}…")
        return array

    def _by_zarr(self, location: str, name: str) -> Array:
        """An array of a store made before shards were written here."""
        import zarr
        from zarr.storage import FsspecStore, LocalStore

        if self.is_local:
            store: Any = LocalStore(Path(self.path) / location)
        else:
            store = FsspecStore.from_url(f"{self.root.rstrip('/')}/{location}")
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            return np.asarray(zarr.open_array(store=store, path=name, mode="r")[...])

    def _checked_shards(self, place: str, entry: Entry) -> Array:
        layout = _layout(entry)
        array = np.empty(layout.shape, layout.dtype)
        if layout.shards:
            self._gather(place, entry, slice(None), None, out=array)

        def found(shard: int) -> str:
            start, stop = layout.rows_of(shard)
            return slab_digest(array[start:stop])

        for shard, digest in enumerate(in_threads(found, range(layout.shards))):
            if digest != entry["digests"][shard]:
                raise BrokenShardError(f"checksum {digest[:12]}… of shard {shard}")
        return array.reshape(tuple(entry["shape"])).astype(entry["dtype"], copy=False)

    def _gather(
        self,
        place: str,
        entry: Entry,
        wanted: slice | Array,
        feature: tuple[int, ...] | None,
        out: Array | None = None,
    ) -> Array:
        layout = _layout(entry)
        rest = layout.shape[1:] if feature is None else layout.shape[1 + len(feature) :]
        rows = np.arange(layout.shape[0])[wanted] if isinstance(wanted, slice) else wanted
        if out is None:
            out = np.empty((len(rows), *rest), layout.dtype)
        by_shard: dict[int, list[_Piece]] = {}
        for piece in _pieces(layout, wanted, rows, feature):
            by_shard.setdefault(piece.shard, []).append(piece)
        index = self._chunks(place, entry, layout)
        for shard, pieces in by_shard.items():
            told = index[shard][[piece.cell for piece in pieces]]
            spans = [(int(at), int(at + size)) for at, size, _ in told]
            chunks = self.get_ranges(f"{place}/{layout.file_of(shard)}", spans)

            def put(which: tuple[_Piece, memoryview, int]) -> None:
                piece, chunk, checksum = which
                out[piece.target] = decode(chunk, layout, checksum)[piece.source]

            work = list(zip(pieces, chunks, told[:, 2].tolist(), strict=True))
            if len(work) < FEW:
                for each in work:
                    put(each)
            else:
                list(in_threads(put, work))
        return out.astype(entry["dtype"], copy=False)

    def _chunks(self, place: str, entry: Entry, layout: Layout) -> Array:
        """Offset, length and checksum of every chunk, (shards, chunks, 3)."""
        known = self._indexes.get(place)
        if known is None:
            index = self.get_bytes(f"{place}/{CHUNKS}")
            if hashlib.sha256(index).hexdigest() != entry["chunks"]:
                raise BrokenShardError("the index of its chunks is not the one that was written")
            known = np.frombuffer(index, dtype="<u8").reshape(layout.shards, -1, 3)
            self._indexes[place] = known
            while len(self._indexes) > OPEN_INDEXES:
                self._indexes.popitem(last=False)
        return known


def _pieces(
    layout: Layout, wanted: slice | Array, rows: Array, feature: tuple[int, ...] | None
) -> list[_Piece]:
    """Every chunk that holds something wanted, in the order of the files."""
    step, per_shard = layout.chunk[0], layout.grid[0]
    cells: list[tuple[int, tuple[Any, ...], tuple[Any, ...]]] = []
    for i, cell in enumerate(np.ndindex(*layout.grid[1:])):
        source: list[Any] = []
        target: list[Any] = []
        for axis, at in enumerate(cell):
            size = layout.chunk[1 + axis]
            if feature is not None and axis < len(feature):
                if feature[axis] // size != at:
                    break
                source.append(feature[axis] % size)
            else:
                source.append(slice(None))
                target.append(slice(at * size, (at + 1) * size))
        else:
            cells.append((i, tuple(source), tuple(target)))
    found = []
    chunks = rows // step
    consecutive = isinstance(wanted, slice) and wanted.step in (None, 1)
    for chunk in np.unique(chunks):
        if consecutive:
            at = np.searchsorted(chunks, [chunk, chunk + 1])
            first, last = rows[at[0]], rows[at[1] - 1]
            source_rows: Any = slice(int(first - chunk * step), int(last - chunk * step + 1))
            target_rows: Any = slice(int(at[0]), int(at[1]))
        else:
            target_rows = np.flatnonzero(chunks == chunk)
            source_rows = rows[target_rows] - chunk * step
        shard, within = divmod(int(chunk), per_shard)
        count = int(np.prod(layout.grid[1:]))
        found += [
            _Piece(shard, within * count + i, (source_rows, *source), (target_rows, *target))
            for i, source, target in cells
        ]
    return found


def _layout(entry: Entry) -> Layout:
    shape = tuple(entry["shape"]) or (1,)
    little = np.dtype(entry["dtype"]).newbyteorder("<").str
    return Layout(shape, little, tuple(entry["chunk"]), tuple(entry["shard"]))


def put_json(files: Files, location: str, content: Any) -> None:
    """Write JSON as a file."""
    files.put_bytes(location, json.dumps(content).encode())


def _damaged(name: str, what: str, got: str) -> StoreError:
    return StoreError(
        complaint(
            name,
            f"read back as it was written ({what})",
            got,
            "The files were changed or damaged. Delete this explanation and compute it again.",
        )
    )
