"""How an array is cut into chunks and shards, and the Zarr v3 metadata that says so.

Pure: shapes in, shapes and JSON out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

__all__ = ["GROUP", "LEVEL", "Layout", "layout_of"]

ROW_BYTES = 6 * 2**20
"""Reading one sample decodes at most about this much, for arrays that are also read by feature."""

CHUNK_BYTES = 2**16
"""Features share a chunk where one alone would have less than this."""

WHOLE_BYTES = 2**20
"""Chunk of arrays that are never read by feature."""

LEAST_ROWS, MOST_ROWS = 64, 2**15
SHARD_SAMPLES = 2**18
SHARD_BYTES = 2**28
"""A shard is put together in memory before it is written."""
LEAST_SHARD_BYTES = 2**24

LEVEL = -1
"""Of Zstandard: finds repeats, and does not stop to code digits that are noise."""

GROUP = {"zarr_format": 3, "node_type": "group", "attributes": {}}

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """Shape, type and cuts of a stored array.

    Attributes
    ----------
    shape : tuple of int
        At least one axis.
    dtype : str
        NumPy's, little-endian.
    chunk, shard : tuples of int
        The shard is a whole number of chunks along every axis, and whole but for samples.
    """

    shape: Shape
    dtype: str
    chunk: Shape
    shard: Shape

    @cached_property
    def grid(self) -> Shape:
        """Chunks of a shard along every axis."""
        return tuple(s // c for s, c in zip(self.shard, self.chunk, strict=True))

    @property
    def is_sharded(self) -> bool:
        """Whether a file holds several chunks and an index of them."""
        return self.chunk != self.shard

    @property
    def shards(self) -> int:
        """How many shards there are; none of an empty array."""
        if 0 in self.shape:
            return 0
        return -(-self.shape[0] // self.shard[0])

    def rows_of(self, shard: int) -> tuple[int, int]:
        """First row of a shard and the one after its last."""
        return shard * self.shard[0], min(self.shape[0], (shard + 1) * self.shard[0])

    def file_of(self, shard: int) -> str:
        """Where a shard lies below its array."""
        return "/".join(["c", str(shard), *("0" for _ in self.shape[1:])])

    def metadata(self) -> dict[str, Any]:
        """Return the array's ``zarr.json``."""
        dtype = np.dtype(self.dtype)
        numbers = [
            {"name": "bytes", "configuration": {"endian": "little"}},
            {"name": "zstd", "configuration": {"level": LEVEL, "checksum": True}},
        ]
        sharding = {
            "chunk_shape": list(self.chunk),
            "codecs": numbers,
            "index_codecs": [
                {"name": "bytes", "configuration": {"endian": "little"}},
                {"name": "crc32c"},
            ],
            "index_location": "end",
        }
        sharded = [{"name": "sharding_indexed", "configuration": sharding}]
        empty: Any = {"b": False, "c": [0.0, 0.0], "f": 0.0}.get(dtype.kind, 0)
        return {
            "zarr_format": 3,
            "node_type": "array",
            "shape": list(self.shape),
            "data_type": dtype.name,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(self.shard)}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": empty,
            "codecs": sharded if self.is_sharded else numbers,
            "attributes": {},
        }


def layout_of(shape: Shape, dtype: np.dtype[Any], feature_axes: int) -> Layout:
    """Return how to cut an array so that a sample, a feature and all of it are quick to read.

    Parameters
    ----------
    shape : tuple of int
        (samples, *features, *rest).
    dtype : dtype
    feature_axes : int
        How many axes after the first are features, read one at a time; 0 where none are.

    Notes
    -----
    Reading one sample decodes whole chunks of samples, whatever features share them; reading one
    feature decodes whole chunks of features. So samples in a chunk are bounded by the bytes of all
    features, and features share a chunk only where it would be too small to be worth a read.
    """
    shape = shape or (1,)
    samples = max(1, shape[0])
    rest = tuple(max(1, size) for size in shape[1:])
    per_sample = dtype.itemsize * int(np.prod(rest, dtype=np.int64))
    if feature_axes:
        rows = min(MOST_ROWS, max(LEAST_ROWS, _power(ROW_BYTES // per_sample)))
    else:
        rows = _power(WHOLE_BYTES // per_sample)
    rows = min(samples, rows)
    tail = dtype.itemsize * int(np.prod(rest[feature_axes:], dtype=np.int64))
    features = _block(rest[:feature_axes], -(-CHUNK_BYTES // (rows * tail)))
    most = max(min(SHARD_SAMPLES, SHARD_BYTES // per_sample), LEAST_SHARD_BYTES // per_sample)
    shard_rows = min(max(1, most // rows), -(-samples // rows)) * rows
    return Layout(
        tuple(int(size) for size in shape),
        dtype.newbyteorder("<").str,
        (rows, *features, *rest[feature_axes:]),
        (shard_rows, *rest),
    )


def _power(limit: int) -> int:
    """The largest power of two that is at most `limit`, at least 1."""
    return 1 << max(0, limit.bit_length() - 1)


def _block(sizes: Shape, wanted: int) -> Shape:
    """About `wanted` neighbouring entries, last axis first, each axis cut without a rest."""
    block = []
    for size in reversed(sizes):
        near = size if 2 * wanted >= size else max(1, wanted)
        fitting = next(k for k in range(near, 0, -1) if size % k == 0)
        block.append(fitting)
        wanted = wanted // size if fitting == size else 1
    return tuple(reversed(block))
