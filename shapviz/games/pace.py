"""How many rows to send to a model next, from how long the last ones took."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["Pace", "cut_pairs", "cut_rows"]

TARGET_SECONDS = 0.2
"""Aim of one batch: far enough below 0.3 s that a slower moment stays under it."""

FIRST_ROWS = 32
"""The first batch, before anything is known of the model's speed: 10 ms a row would still do."""

FASTEST_GROWTH = 8
"""A batch is at most so many times the one before: short timings are mostly overhead."""


class Pace:
    """Rows to send next: within a memory bound, and about `TARGET_SECONDS` of work.

    Parameters
    ----------
    max_rows : int
        The memory bound.

    Attributes
    ----------
    rows : int
        The next batch; at least 1.
    """

    def __init__(self, max_rows: int) -> None:
        self._max_rows = max(1, max_rows)
        self.rows = min(FIRST_ROWS, self._max_rows)

    def observe(self, rows: int, seconds: float) -> None:
        """Take in that a batch of `rows` took `seconds`."""
        if 2 * rows < self.rows and seconds < TARGET_SECONDS:
            # The end of a piece of work: mostly overhead, it says nothing about full batches.
            return
        wished = min(rows * TARGET_SECONDS / max(seconds, 1e-6), rows * FASTEST_GROWTH)
        self.rows = int(min(self._max_rows, max(1.0, wished)))


def cut_rows(n: int, pace: Pace) -> Iterator[tuple[slice, int]]:
    """Yield slices over n rows with their sizes, each as large as the pace then allows."""
    start = 0
    while start < n:
        stop = min(n, start + pace.rows)
        yield slice(start, stop), stop - start
        start = stop


def cut_pairs(
    t: int, b: int, pace: Pace, run: int = 1
) -> Iterator[tuple[tuple[slice, slice], int]]:
    """Yield slices over t pairs and over their b background rows, with their sizes in rows.

    A slice holds whole runs of `run` pairs, or lies in one. The background is cut only where one
    pair alone would be too large a batch.
    """
    start = 0
    while start < t:
        if pace.rows >= b:
            left = run - start % run
            size = pace.rows // b
            stop = start + (size // run * run if size >= run == left else min(size, left))
            stop = min(t, stop)
            yield (slice(start, stop), slice(0, b)), (stop - start) * b
        else:
            stop, low = start + 1, 0
            while low < b:
                high = min(b, low + pace.rows)
                yield (slice(start, stop), slice(low, high)), high - low
                low = high
        start = stop
