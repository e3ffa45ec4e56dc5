"""Computing a question in parts, each staged and marked done, so that a crash loses one at most."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from typing import Any

from shapviz.errors import JobCancelled, complaint
from shapviz.store.arrays import ArrayFiles
from shapviz.store.catalogue import Catalogue, Row
from shapviz.store.codec import unpack
from shapviz.store.question import Asked, Explains
from shapviz.store.staging import read_part, stage_part, staged_location
from shapviz.types import Cancel, Progress

__all__ = [
    "compute_parts",
    "merged_provenance",
    "next_ranges",
    "read_part",
    "staged_location",
    "whole_provenance",
]

FIRST_SAMPLES = 8
TIMED_SAMPLES = 32
PART_SECONDS = 2.0
PROGRESS_SECONDS = 0.5

SUMMED = (
    "model_rows",
    "backward_rows",
    "seconds",
    "passes",
    "samples_by_design",
    "samples_by_budget",
    "answers_by_estimator",
    "answers_by_segments",
    "answers_by_orders",
    "beyond_tolerance",
)
"""Provenance that adds up over parts: costs, and counts of samples by kind."""


def next_ranges(
    done: Sequence[tuple[int, int]], seconds: float | None, samples: int
) -> list[tuple[int, int]]:
    """Return the row ranges to fix next, given those fixed and how long the last one took.

    The first part is small: it pays for compiling. The second is timed. The third call cuts all
    that is left into equal parts of about two seconds, at least one row each.

    Examples
    --------
    >>> next_ranges([], None, 100)
    [(0, 8)]
    >>> next_ranges([(0, 8), (8, 40)], 1.28, 140)
    [(40, 90), (90, 140)]
    """
    start = done[-1][1] if done else 0
    left = samples - start
    if left <= 0:
        return []
    if not done or seconds is None:
        return [(start, min(samples, start + FIRST_SAMPLES))]
    size = done[-1][1] - done[-1][0]
    fitting = max(1, int(PART_SECONDS * size / max(seconds, 1e-6)))
    if len(done) == 1:
        return [(start, min(samples, start + min(TIMED_SAMPLES, fitting)))]
    count = -(-left // fitting)
    cuts = [start + left * i // count for i in range(count + 1)]
    return list(itertools.pairwise(cuts))


def compute_parts(
    asked: Asked,
    explainer: Explains,
    files: ArrayFiles,
    catalogue: Catalogue,
    progress: Progress | None,
    cancel: Cancel | None,
) -> list[Row]:
    """Compute whatever parts are not done yet, and return them all, staged.

    Raises
    ------
    JobCancelled
        `cancel` was set; parts that are done are kept.
    """
    key, samples = asked.key, len(asked)
    fitting = getattr(explainer, "for_samples", None)
    explainer = explainer if fitting is None else fitting(asked.rows)
    while True:
        rows = catalogue.parts(key)
        todo = [row for row in rows if row["state"] != "done"]
        if not todo:
            fixed = [(row["start"], row["stop"]) for row in rows]
            ranges = next_ranges(fixed, rows[-1]["seconds"] if rows else None, samples)
            if not ranges:
                return rows
            catalogue.plan(key, len(rows), ranges)
            continue
        for row in todo:
            _stop_if_cancelled(cancel, row["start"], samples)
            _compute(row, asked, explainer, files, catalogue, progress, cancel)


def whole_provenance(
    parts: Sequence[Row], rows_digest: str | None, about: Mapping[str, str]
) -> dict[str, Any]:
    """Return the provenance of an explanation from that of its staged parts.

    Parameters
    ----------
    parts : sequence of dict
        Rows of the catalogue, done.
    rows_digest : str or None
        Of all rows that were explained.
    about : mapping
        Words for the provenance.
    """
    # Plain numbers and text: no array lies behind a provenance.
    told = [unpack(part["document"]["provenance"], _no_arrays) for part in parts]
    merged = merged_provenance(told)
    digests = {**dict(merged.get("digests", {})), "data": rows_digest}
    return {**merged, "digests": digests, **about}


def _no_arrays(name: str) -> Any:
    raise KeyError(name)


def _compute(
    row: Row,
    asked: Asked,
    explainer: Explains,
    files: ArrayFiles,
    catalogue: Catalogue,
    progress: Progress | None,
    cancel: Cancel | None,
) -> None:
    start, stop, samples = row["start"], row["stop"], len(asked)
    before = catalogue.row(asked.key)
    done = before["done"] if before else 0
    last = time.monotonic()

    def relay(rows_done: int, rows_total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if rows_total <= 0 or now - last < PROGRESS_SECONDS:
            return
        last = now
        running = (stop - start) * min(1.0, rows_done / rows_total)
        catalogue.update(asked.key, running=running)
        if progress is not None:
            progress(int(done + running), samples)

    X, call = asked.part(start, stop)
    started = time.perf_counter()
    piece = explainer(X, **call, progress=relay, cancel=cancel)
    seconds = time.perf_counter() - started
    staged = stage_part(files, asked.key, row["index"], piece)
    catalogue.part_done(asked.key, row["index"], **staged, seconds=seconds)
    if progress is not None:
        progress(done + stop - start, samples)


def merged_provenance(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one provenance for all parts.

    Costs are summed. What all parts agree on is kept; of numbers that differ (such as the largest
    residual) the largest is kept. Anything else that differs is listed by part.

    Examples
    --------
    >>> merged_provenance([{"seconds": 1.0, "seed": 0}, {"seconds": 2.0, "seed": 0}])
    {'seconds': 3.0, 'seed': 0}
    """
    merged: dict[str, Any] = {}
    differing: dict[str, list[Any]] = {}
    values: list[Any]
    for name in dict.fromkeys(name for part in parts for name in part):
        values = [part.get(name) for part in parts]
        if name in SUMMED:
            merged[name] = _total(values)
        elif all(value == values[0] for value in values):
            merged[name] = values[0]
        elif name == "digests":
            merged[name] = {k: v for k, v in (values[0] or {}).items() if k != "data"}
        elif all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
            merged[name] = max(values)
        else:
            differing[name] = values
    return {**merged, "by_part": differing} if differing else merged


def _total(values: Sequence[Any]) -> Any:
    """The sum of numbers, or of mappings entry by entry; a part that says nothing adds nothing."""
    said = [value for value in values if value is not None]
    if all(isinstance(value, Mapping) for value in said):
        names = dict.fromkeys(name for value in said for name in value)
        return {name: _total([value.get(name) for value in said]) for name in names}
    return sum(said)


def _stop_if_cancelled(cancel: Cancel | None, done: int, samples: int) -> None:
    if cancel is not None and cancel.is_set():
        raise JobCancelled(
            complaint(
                "cancel",
                "stay unset for the explanation to finish",
                f"a stop asked for after {done} of {samples} samples",
                "Ask again to go on from there.",
            )
        )
