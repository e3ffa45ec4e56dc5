"""Shards as bytes, after the Zarr v3 specification: chunks one after another, then their index.

Written and read here rather than through zarr, whose cost per chunk exceeds the work on it; any
Zarr reader opens the result. Knows bytes and arrays, no files.

References
----------
Zarr v3 sharding codec: zarr-specs.readthedocs.io, codecs/sharding-indexed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Any, TypeVar

import google_crc32c
import numpy as np
from numcodecs.zstd import Zstd

from shapviz.store.layout import LEVEL, Layout

__all__ = [
    "BrokenShardError",
    "decode",
    "encode",
    "in_background",
    "in_threads",
    "slab_digest",
]

Array = np.ndarray[Any, Any]
MISSING = 2**64 - 1

A = TypeVar("A")
B = TypeVar("B")


class BrokenShardError(ValueError):
    """Bytes that are no shard of this layout; told to people by whoever knows which file."""


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    # Codec and hash let go of the interpreter; more threads than this wait for memory.
    return ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="shards")


if hasattr(os, "register_at_fork"):
    # A child of fork has the pool without its threads.
    os.register_at_fork(after_in_child=_pool.cache_clear)


def in_threads(work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
    """Return the results of work on each item, in order, from a few shared threads."""
    return _pool().map(work, items)


def in_background(work: Callable[..., B], *arguments: Any) -> Future[B]:
    """Begin work on one of those threads; it must not wait for others of them."""
    return _pool().submit(work, *arguments)


def slab_digest(rows: Array) -> str:
    """Return the SHA-256 of an array's content in C order; type and shape are the manifest's."""
    contiguous = np.ascontiguousarray(rows)
    return hashlib.sha256(contiguous.reshape(-1).view(np.uint8).data).hexdigest()


def encode(rows: Array, layout: Layout) -> tuple[list[bytes], Array]:
    """Return a shard's file in pieces, and where each chunk lies with its checksum.

    Parameters
    ----------
    rows : array of shape (at most shard rows, *rest)
        In the layout's type.
    layout : Layout

    Returns
    -------
    list of bytes
    uint64 array of shape (chunks, 3)
        Offset, length and the frame's checksum; zeros for chunks after the last row.
    """
    step = layout.chunk[0]
    used = -(-len(rows) // step)
    grid = layout.grid

    def one(i: int) -> list[bytes]:
        codec = Zstd(level=LEVEL, checksum=True)
        block = rows[i * step : (i + 1) * step]
        if len(block) < step:
            short = [(0, step - len(block)), *((0, 0) for _ in block.shape[1:])]
            block = np.pad(block, short)
        return [
            codec.encode(np.ascontiguousarray(block[(slice(None), *_slices(layout, cell))]))
            for cell in np.ndindex(*grid[1:])
        ]

    chunks = [chunk for group in in_threads(one, range(used)) for chunk in group]
    count = int(np.prod(grid))
    told = np.zeros((count, 3), dtype="<u8")
    sizes = np.array([len(chunk) for chunk in chunks], dtype="<u8")
    told[: len(chunks), 0] = np.cumsum(sizes) - sizes
    told[: len(chunks), 1] = sizes
    told[: len(chunks), 2] = [_checksum(chunk) for chunk in chunks]
    if not layout.is_sharded:
        return chunks, told
    index = np.full((count, 2), MISSING, dtype="<u8")
    index[: len(chunks)] = told[: len(chunks), :2]
    plain = index.tobytes()
    return [*chunks, plain, google_crc32c.value(plain).to_bytes(4, "little")], told


def _checksum(chunk: bytes | memoryview) -> int:
    """The checksum of a chunk's content that ends its frame."""
    return int.from_bytes(bytes(chunk[-4:]), "little")


def _slices(layout: Layout, cell: tuple[int, ...]) -> tuple[slice, ...]:
    pairs = zip(cell, layout.chunk[1:], strict=True)
    return tuple(slice(i * size, (i + 1) * size) for i, size in pairs)


def decode(chunk: bytes | memoryview, layout: Layout, checksum: int) -> Array:
    """Return a chunk, after it was compared with the checksum that was written down.

    Raises
    ------
    BrokenShardError
        It does not decode, or to something else.
    """
    dtype = np.dtype(layout.dtype)
    plain = np.empty(layout.chunk, dtype=dtype)
    if _frame_size(chunk) != plain.nbytes:
        # Before decoding: a frame that claims more, or does not say, could fill the memory.
        raise BrokenShardError(f"a chunk does not hold the {plain.nbytes} bytes it must")
    if _checksum(chunk) != checksum:
        raise BrokenShardError("a chunk is not the one that was written")
    try:
        # Compares the content with the checksum in the frame.
        Zstd().decode(chunk, plain)
    except (RuntimeError, ValueError, TypeError) as error:
        raise BrokenShardError(f"a chunk does not decode: {error}") from error
    return plain


def _frame_size(frame: bytes | memoryview) -> int | None:
    """Length that a Zstandard frame says it decodes to (RFC 8878, 3.1.1.1); None if it does not."""
    head = bytes(frame[:18])
    if len(head) < 6 or head[:4] != b"\x28\xb5\x2f\xfd":
        return None
    descriptor = head[4]
    flag, single = descriptor >> 6, descriptor >> 5 & 1
    width = (1 if single else 0, 2, 4, 8)[flag]
    if width == 0:
        return None
    start = 5 + (1 - single) + (0, 1, 2, 4)[descriptor & 3]
    size = int.from_bytes(head[start : start + width], "little")
    return size + 256 if width == 2 else size
