"""What a job will cost, found out on a worker: seconds timed, memory looked at, rows counted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapviz.errors import JobCancelled
from shapviz.explainers.coalitional import PlanExplainer
from shapviz.jobs import contained
from shapviz.jobs.counting import rows_of
from shapviz.jobs.known import cut, remember
from shapviz.jobs.loading import Address, Ready, ready, store_at
from shapviz.jobs.running import cuts
from shapviz.jobs.spec import JobSpec
from shapviz.peak_memory import peak_memory
from shapviz.store import Store
from shapviz.store.row_digests import row_digests
from shapviz.store.staging import stage_part

__all__ = ["Pace", "probe"]

ENOUGH_SECONDS = 0.3
"""A timed call as long as this says how long a sample takes."""

PROBE_SECONDS = 1.5
"""Calls are not made larger once so much has been spent."""

LONGEST_SECONDS = 3.0
"""Where one sample alone takes longer, its share until then must do."""

ASKED = 0.9
"""A call that has asked so much is not cut short."""

PART_SECONDS = 2.0

GROWTH = 8
"""A call has at most so many times the samples of the one before."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Pace:
    """How long a call takes: `each` seconds a sample, and `fixed` whatever their number."""

    fixed: float
    each: float


class _Alarm:
    """Set when the time is over and much is left to ask; progress and cancel token of a call."""

    def __init__(self, seconds: float | None) -> None:
        self._end = np.inf if seconds is None else time.monotonic() + seconds
        self.share = 0.0

    def progress(self, done: int, total: int) -> None:
        """Take in how much of what is to be asked was asked."""
        self.share = done / max(total, 1)

    def is_set(self) -> bool:
        """Return True once the time is over."""
        return self.share < ASKED and time.monotonic() >= self._end


def probe(_attempt: str, address: Address, spec: Json, todo: Json) -> Json:
    """Return what a job would cost on one worker.

    Parameters
    ----------
    address : (str, str or None)
        The store.
    spec : dict
        A `JobSpec` as JSON.
    todo : dict
        ``ranges``: what is left of a job that has begun, or None.

    Returns
    -------
    dict
        ``key``, ``values_key``, ``samples``, ``explainer``, ``why``, ``rows``, ``exact``,
        ``parts``, ``pace`` ([fixed, each]), ``staging`` (seconds a part), ``row_bytes``,
        ``memory_bytes`` (peak of this worker, a part included), ``loading`` (seconds).
    """
    asked_spec, store = JobSpec.from_json(spec), store_at(address)
    if contained.is_contained(store, asked_spec):
        return contained.probe(store, asked_spec, todo)
    return probe_here(address, spec, todo)


def probe_here(address: Sequence[Any], spec: Json, todo: Json) -> Json:
    """Find it out in this process: a worker, or the child of one."""
    place, asked_spec = (address[0], address[1]), JobSpec.from_json(spec)
    found, store = ready(place, asked_spec), store_at(place)
    asked = found.asked()
    known = remember(store, asked, asked_spec.id, row_digests(asked.rows))
    missing = np.ones(len(asked), dtype=bool) if known is None else known.rows.source < 0
    pace, piece = _timed(found, len(asked))
    staging, row_bytes = _staged(store, piece) if piece is not None else (0.0, 0)
    given = todo.get("ranges") or asked_spec.ranges
    if given is None and known is not None and known.count:
        given = cut(known)
    ranges = _ranges(given, len(asked), pace)
    wanted = np.concatenate([np.arange(a, b)[missing[a:b]] for a, b in ranges])
    sizes = [int(missing[a:b].sum()) for a, b in ranges]
    rows, exact = rows_of(found, wanted, sizes, piece) if len(wanted) else (0, True)
    largest = max(stop - start for start, stop in ranges)
    return {
        "key": asked.key,
        "values_key": asked.values_key,
        "samples": len(asked),
        "explainer": found.explainer.name,
        "why": found.explainer.why or "",
        "rows": rows,
        "exact": exact,
        "parts": len(ranges),
        "todo": len(wanted),
        "pace": [pace.fixed, pace.each],
        "staging": staging,
        "row_bytes": row_bytes,
        # Values, their packed form and what is written of them are there at the same time.
        "memory_bytes": peak_memory() + 3 * row_bytes * largest,
        "loading": found.loading,
    }


def _ranges(given: Any, samples: int, pace: Pace) -> list[tuple[int, int]]:
    if given is not None:
        return [(int(a), int(b)) for a, b in given]
    fitting = max(1, int(max(PART_SECONDS - pace.fixed, 0.5) / max(pace.each, 1e-9)))
    return cuts(0, samples, -(-samples // fitting))


def _timed(found: Ready, samples: int) -> tuple[Pace, Any]:
    """How long calls take, and the largest explanation made on the way."""
    first = LONGEST_SECONDS if isinstance(found.explainer, PlanExplainer) else None
    seconds, piece = _call(found, 1, first)
    if piece is None:
        return Pace(0.0, seconds), None
    if seconds > ENOUGH_SECONDS:
        # Once more: the first call may have been compiled.
        seconds = min(seconds, _call(found, 1, None)[0])
    timings = [(1, seconds)]
    if seconds > PROBE_SECONDS:
        return _fitted(timings), piece
    began = time.monotonic()
    while timings[-1][0] < samples and (left := began + PROBE_SECONDS - time.monotonic()) > 0:
        if len(timings) > 1 and _fitted(timings).each * timings[-1][0] >= ENOUGH_SECONDS:
            break
        last, seconds = timings[-1]
        # As many as there is time for, so that it need not be cut short: progress counts what the
        # model was asked, and reading the answers may take longer than that.
        fitting = max(2, min(GROWTH, int(left / max(seconds, 1e-9))))
        size = min(samples, fitting * last)
        seconds, larger = _call(found, size, LONGEST_SECONDS)
        timings.append((size, seconds))
        if larger is None:
            break
        piece = larger
        if seconds < left / 2:
            # The first call of a size may have been compiled for it.
            again, _ = _call(found, size, None)
            timings[-1] = (size, min(seconds, again))
    return _fitted(timings), piece


def _fitted(timings: Sequence[tuple[int, float]]) -> Pace:
    """A straight line through the largest call and the one before, never with a negative end."""
    (n, t), *before = reversed(timings)
    for m, s in before:
        if s < t:
            each = (t - s) / (n - m)
            return Pace(max(0.0, t - n * each), each)
    return Pace(0.0, t / n)


def _call(found: Ready, size: int, limit: float | None) -> tuple[float, Any]:
    """Explain the first rows: how long that takes, and what came out.

    Where the limit cut it short nothing came out, and the share that was done says how long. Not
    cut any more once nearly all was asked: what is left then is not the model's.
    """
    rows, call = found.part(0, size)
    alarm = _Alarm(limit)
    began = time.perf_counter()
    try:
        piece = found.explainer(rows, **call, progress=alarm.progress, cancel=alarm)
    except JobCancelled:
        return (time.perf_counter() - began) / max(alarm.share, 1e-3), None
    return time.perf_counter() - began, piece


def _staged(store: Store, piece: Any) -> tuple[float, int]:
    """Seconds to stage a small part, and bytes of a row."""
    files = store.files
    place = f"probe-{time.monotonic_ns()}"
    began = time.perf_counter()
    try:
        staged = stage_part(files, place, 0, piece)
    finally:
        files.remove(f"staged/{place}")
    seconds = time.perf_counter() - began
    size = sum(entry["bytes"] for entry in staged["manifest"].values())
    return seconds, size // max(1, len(piece))
