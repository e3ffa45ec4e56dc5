"""Named arrays below one root, each with checksums of its content; read whole or in part.

Knows shapes, chunks and checksums; knows nothing of explanations, names or states. Finished
arrays are Zarr v3 in shards; staged ones lie together in one file, as they are in memory.
"""

from __future__ import annotations

import hashlib
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shapviz.errors import StoreError, complaint
from shapviz.store.array_writing import CHUNKS, ArrayWriter, checksum, put_json
from shapviz.store.files import Files
from shapviz.store.layout import GROUP, Layout
from shapviz.store.pieces import Piece, pieces_of
from shapviz.store.shards import BrokenShardError, decode, in_threads, slab_digest

__all__ = ["ArrayFiles", "Manifest"]

Array = np.ndarray[Any, Any]
Entry = Mapping[str, Any]
Manifest = dict[str, dict[str, Any]]
"""Array name to what is needed to read and to check it: shape, type, cuts, digests, sizes."""

OPEN_INDEXES = 256
"""Arrays whose chunks one process remembers; a few bytes to a few hundred KB each."""

ALIGNED = 64

FEW = 4
"""Chunks that are decoded here and now; handing them to threads would take longer."""


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

    def read_staged(
        self, location: str, entries: Mapping[str, Entry], what: str
    ) -> dict[str, Array]:
        """Return arrays that `stage` wrote into one file: read at once, each checked.

        Raises
        ------
        StoreError
            As `read`.
        """
        found: dict[str, Array] = {}
        content = memoryview(b"")
        for i, (name, entry) in enumerate(entries.items()):

            def one(first: bool = i == 0, entry: Entry = entry) -> Array:
                nonlocal content
                if first:
                    content = memoryview(self.get_bytes(location))
                start = entry["offset"]
                return _staged(content[start : start + entry["bytes"]], entry)

            found[name] = self._guarded(name, what, one)
        return found

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
            at: tuple[Any, ...] = (slice(None), *feature)
            return self.read(location, name, expected, what)[at]
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
            return _staged(raw, expected)
        return _checked(self._by_zarr(location, name).reshape(tuple(expected["shape"])), expected)

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
        if out is None:
            rows = range(*wanted.indices(layout.shape[0])) if isinstance(wanted, slice) else wanted
            count = len(rows)
            out = np.empty((count, *rest), layout.dtype)
        by_shard: dict[int, list[Piece]] = {}
        for piece in pieces_of(layout, wanted, feature):
            by_shard.setdefault(piece.shard, []).append(piece)
        index = self._chunks(place, entry, layout)
        for shard, pieces in by_shard.items():
            told = index[shard][[piece.cell for piece in pieces]]
            spans = [(int(at), int(at + size)) for at, size, _ in told]
            chunks = self.get_ranges(f"{place}/{layout.file_of(shard)}", spans)

            def put(some: list[tuple[Piece, memoryview, int]]) -> None:
                for piece, chunk, written in some:
                    out[piece.target] = decode(chunk, layout, written)[piece.source]

            work = list(zip(pieces, chunks, told[:, 2].tolist(), strict=True))
            if len(work) < FEW:
                put(work)
            else:
                # A handful of heaps: handing over every chunk would cost more than decoding it.
                list(in_threads(put, [work[i::FEW] for i in range(FEW)]))
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


def _staged(raw: memoryview, entry: Entry) -> Array:
    return _checked(np.frombuffer(raw, dtype=entry["dtype"]).reshape(entry["shape"]), entry)


def _checked(array: Array, entry: Entry) -> Array:
    found = checksum(array)
    if found != entry["sha256"]:
        raise BrokenShardError(f"checksum {found[:12]}…")
    return array


def _layout(entry: Entry) -> Layout:
    shape = tuple(entry["shape"]) or (1,)
    little = np.dtype(entry["dtype"]).newbyteorder("<").str
    return Layout(shape, little, tuple(entry["chunk"]), tuple(entry["shard"]))


def _damaged(name: str, what: str, got: str) -> StoreError:
    return StoreError(
        complaint(
            name,
            f"read back as it was written ({what})",
            got,
            "The files were changed or damaged. Delete this explanation and compute it again.",
        )
    )
