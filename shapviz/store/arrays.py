"""Groups of Zarr arrays under one root, each with the checksum of its content.

Knows shapes, chunks and checksums; knows nothing of explanations, names or states.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import zarr
from zarr.abc.store import Store as ZarrStore
from zarr.codecs import ZstdCodec
from zarr.storage import FsspecStore, LocalStore

from shapviz.errors import StoreError, complaint

__all__ = ["ArrayFiles", "checksum", "chunks_and_shards"]

Array = np.ndarray[Any, Any]
Manifest = dict[str, dict[str, Any]]
"""Array name to ``{"sha256": …, "shape": […], "dtype": …}``."""

CHUNK_SAMPLES = 25_000
SHARD_SAMPLES = 250_000
# A shard is put together in memory before it is written.
SHARD_BYTES = 512 * 2**20


def checksum(array: Array) -> str:
    """Return the SHA-256 of an array's type, shape and content (64 hexadecimal characters)."""
    hasher = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    contiguous = np.ascontiguousarray(array)
    hasher.update(contiguous.reshape(-1).view(np.uint8).data)
    return hasher.hexdigest()


def chunks_and_shards(
    shape: tuple[int, ...], itemsize: int, feature_axes: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the inner chunk and the shard of an array.

    A chunk holds about 25,000 samples of one feature, all outputs; a shard about 250,000 samples
    of everything, or the whole array when that is smaller.

    Parameters
    ----------
    shape : tuple of int
        (samples, *features, *rest).
    itemsize : int
        Bytes of one number.
    feature_axes : int
        How many axes after the first are features, read one at a time.

    Returns
    -------
    chunk, shard : tuples of int
        The shard is a whole number of chunks along every axis.
    """
    samples = max(1, shape[0])
    rest = tuple(max(1, size) for size in shape[1:])
    rows = min(samples, CHUNK_SAMPLES)
    chunk = (rows, *(1 for _ in rest[:feature_axes]), *rest[feature_axes:])
    per_sample = itemsize * int(np.prod(rest, dtype=np.int64))
    most = max(1, min(SHARD_SAMPLES, SHARD_BYTES // per_sample) // rows)
    return chunk, (min(most, -(-samples // rows)) * rows, *rest)


class ArrayFiles:
    """Groups of arrays by location, under a local folder or any fsspec URL.

    Parameters
    ----------
    root : str
        Folder or fsspec URL; made when missing.
    """

    def __init__(self, root: str) -> None:
        self.fs, self.path = fsspec.core.url_to_fs(root)
        self.root = root
        self.is_local = "file" in (
            self.fs.protocol if isinstance(self.fs.protocol, tuple) else (self.fs.protocol,)
        )
        self.fs.makedirs(self.path, exist_ok=True)

    def write(
        self, location: str, arrays: Mapping[str, Array], feature_axes: Mapping[str, int]
    ) -> Manifest:
        """Write a group of arrays and return their checksums.

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
            Name to checksum, shape and type.
        """
        group = zarr.open_group(store=self._zarr(location), mode="w")
        manifest: Manifest = {}
        for name, array in arrays.items():
            # Zero-dimensional and empty arrays have no rows to cut: one chunk of their own.
            stored = array.reshape(1) if array.ndim == 0 else array
            chunk, shard = chunks_and_shards(
                stored.shape, stored.dtype.itemsize, feature_axes.get(name, 0)
            )
            target = group.create_array(
                name,
                shape=stored.shape,
                dtype=stored.dtype,
                chunks=chunk,
                shards=None if shard == chunk else shard,
                compressors=ZstdCodec(level=1, checksum=True),
                fill_value=0,
            )
            if stored.size:
                target[...] = stored
            manifest[name] = {
                "sha256": checksum(array),
                "shape": list(array.shape),
                "dtype": array.dtype.str,
            }
        return manifest

    def read(self, location: str, name: str, expected: Mapping[str, Any], what: str) -> Array:
        """Return one array after comparing it with its checksum.

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
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)
                node = zarr.open_array(store=self._zarr(location), path=name, mode="r")
                array = np.asarray(node[...])
        except Exception as error:
            # Broken bytes surface as whatever the codec, the JSON reader or the disk raises.
            raise _damaged(name, what, f"{type(error).__name__}: {error}") from error
        array = array.reshape(tuple(expected["shape"]))
        found = checksum(array)
        if found != expected["sha256"]:
            raise _damaged(name, what, f"checksum {found[:12]}…")
        return array

    def remove(self, location: str) -> None:
        """Remove a group and everything below it; nothing happens when it is not there."""
        path = f"{self.path}/{location}"
        if self.fs.exists(path):
            self.fs.rm(path, recursive=True)

    def exists(self, location: str) -> bool:
        """Return whether there is a file or a folder below the root."""
        return bool(self.fs.exists(f"{self.path}/{location}"))

    def local_folder(self, location: str) -> Path | None:
        """Return a folder below a local root, made when missing; None for a root elsewhere."""
        if not self.is_local:
            return None
        folder = Path(self.path) / location
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def move_in(self, path: Path, location: str) -> None:
        """Put a local file or folder below the root, whole or not at all.

        On a local root it is renamed, so `path` must be on the same file system: see
        `local_folder`.
        """
        target = Path(self.path) / location
        if not self.is_local:
            self.fs.put(str(path), f"{self.path}/{location}", recursive=path.is_dir())
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.replace(target)
        except OSError:
            # A folder does not replace a folder: another process brought the same one.
            if not target.is_dir():
                raise

    def fetch(self, location: str, path: Path) -> None:
        """Copy a file or folder below the root to a local path."""
        place = f"{self.path}/{location}"
        self.fs.get(place, str(path), recursive=bool(self.fs.isdir(place)))

    def children(self, location: str) -> list[str]:
        """Names right below a location, sorted; empty when it is not there."""
        path = f"{self.path}/{location}"
        if not self.fs.exists(path):
            return []
        found = self.fs.ls(path, detail=False)
        return sorted(str(name).rstrip("/").rsplit("/", 1)[-1] for name in found)

    def _zarr(self, location: str) -> ZarrStore:
        if self.is_local:
            return LocalStore(Path(self.path) / location)
        return FsspecStore.from_url(f"{self.root.rstrip('/')}/{location}")


def _damaged(name: str, what: str, got: str) -> StoreError:
    return StoreError(
        complaint(
            name,
            f"read back as it was written ({what})",
            got,
            "The files were changed or damaged. Delete this explanation and compute it again.",
        )
    )
