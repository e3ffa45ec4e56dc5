"""Which chunks hold what is wanted of an array, and which of their cells go where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapviz.store.layout import Layout

__all__ = ["Piece", "pieces_of"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Piece:
    """What to take from one chunk: rows of it to rows of the answer, features alike."""

    shard: int
    cell: int
    source: tuple[Any, ...]
    target: tuple[Any, ...]


def pieces_of(
    layout: Layout, wanted: slice | Array, feature: tuple[int, ...] | None
) -> list[Piece]:
    """Every chunk that holds something wanted, in the order of the files."""
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
    count = int(np.prod(layout.grid[1:]))
    found = []
    for chunk, source_rows, target_rows in _row_chunks(layout, wanted):
        shard, within = divmod(chunk, layout.grid[0])
        found += [
            Piece(shard, within * count + i, (source_rows, *source), (target_rows, *target))
            for i, source, target in cells
        ]
    return found


def _row_chunks(layout: Layout, wanted: slice | Array) -> Iterator[tuple[int, Any, Any]]:
    """Each chunk of rows that is touched: its number, which of its rows, to which of the answer."""
    step = layout.chunk[0]
    if isinstance(wanted, slice):
        start, stop, _ = wanted.indices(layout.shape[0])
        for chunk in range(start // step, -(-stop // step) if stop > start else 0):
            first, last = max(start, chunk * step), min(stop, (chunk + 1) * step)
            source = slice(first - chunk * step, last - chunk * step)
            yield chunk, source, slice(first - start, last - start)
        return
    chunks = wanted // step
    for chunk in np.unique(chunks):
        target = np.flatnonzero(chunks == chunk)
        yield int(chunk), wanted[target] - chunk * step, target
