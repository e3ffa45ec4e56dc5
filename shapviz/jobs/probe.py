"""What a job will cost, found out on a worker: rows counted, seconds timed, memory looked at."""

from __future__ import annotations

import copy
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapviz.errors import JobCancelled
from shapviz.explainers.base import BaseExplainer, take
from shapviz.explainers.coalitional import PlanExplainer
from shapviz.jobs import contained
from shapviz.jobs.known import cut, remember
from shapviz.jobs.loading import Address, Ready, ready, store_at
from shapviz.jobs.running import cuts
from shapviz.jobs.spec import JobSpec
from shapviz.maskers import OwnPlayers
from shapviz.store import Store
from shapviz.store.row_digests import row_digests
from shapviz.store.staging import stage_part
from shapviz.types import IntArray

__all__ = ["Pace", "probe", "rows_of"]

ENOUGH_SECONDS = 0.3
"""A timed call as long as this says how long a sample takes."""

PROBE_SECONDS = 1.5
"""Calls are not made larger once so much has been spent."""

LONGEST_SECONDS = 3.0
"""Where one sample alone takes longer, its share until then must do."""

PART_SECONDS = 2.0

GROWTH = 8
"""A call has at most so many times the samples of the one before."""

KINDS = 8
"""Sets of players that are counted one by one; of more, each number of players is counted once."""

LOOKED_THROUGH = 50_000
"""Samples whose players are looked for one at a time."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Pace:
    """How long a call takes: `each` seconds a sample, and `fixed` whatever their number."""

    fixed: float
    each: float


class _Alarm:
    """Set when the time is over; a cancel token."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def is_set(self) -> bool:
        """Return True once the time is over."""
        return time.monotonic() >= self._end


class _Silent:
    """A predictor that answers at once, always the same: for counting what would be asked."""

    def __init__(self, predictor: Any, outputs: int) -> None:
        self._predictor = predictor
        self._outputs = outputs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._predictor, name)

    def answers(self, rows: Any) -> Any:
        """Return one half for every row and output: a value that every link takes."""
        return np.full((len(rows), self._outputs), 0.5)

    __call__ = answers


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
        "memory_bytes": _peak_bytes() + 3 * row_bytes * largest,
        "loading": found.loading,
    }


def _ranges(given: Any, samples: int, pace: Pace) -> list[tuple[int, int]]:
    if given is not None:
        return [(int(a), int(b)) for a, b in given]
    fitting = max(1, int(max(PART_SECONDS - pace.fixed, 0.5) / max(pace.each, 1e-9)))
    return cuts(0, samples, -(-samples // fitting))


# Time -----------------------------------------------------------------------------------------


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
    began = time.monotonic()
    while timings[-1][0] < samples and (left := began + PROBE_SECONDS - time.monotonic()) > 0:
        if len(timings) > 1 and _fitted(timings).each * timings[-1][0] >= ENOUGH_SECONDS:
            break
        size = min(samples, GROWTH * timings[-1][0])
        seconds, larger = _call(found, size, left)
        timings.append((size, seconds))
        if larger is None:
            break
        piece = larger
        if seconds < left / 2:
            # The first call of a size may have been compiled for it.
            again, _ = _call(found, size, left - seconds)
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

    Where the limit cut it short nothing came out, and the share that was done says how long.
    """
    rows, call = found.part(0, size)
    share = 0.0

    def relay(done: int, total: int) -> None:
        nonlocal share
        share = done / max(total, 1)

    cancel = None if limit is None else _Alarm(limit)
    began = time.perf_counter()
    try:
        piece = found.explainer(rows, **call, progress=relay, cancel=cancel)
    except JobCancelled:
        return (time.perf_counter() - began) / max(share, 1e-3), None
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


# Rows -----------------------------------------------------------------------------------------


def rows_of(found: Ready, wanted: IntArray, sizes: Sequence[int], piece: Any) -> tuple[int, bool]:
    """Return the rows that a job will send to the model, and whether exactly.

    Parameters
    ----------
    found : Ready
    wanted : int array
        Positions of the samples to be computed.
    sizes : sequence of int
        Samples in each call of the explainer.
    piece : Explanation or None
        Of some samples, for methods that send as many for each sample.
    """
    explainer = found.explainer
    exact = found.spec.call.get("tolerance") is None and not _ranked(found.spec.call)
    if isinstance(explainer, PlanExplainer):
        return _planned_rows(found, explainer, wanted, sizes, exact)
    one, two = _sent(explainer, found, 1), _sent(explainer, found, 2)
    if piece is None or len(piece) < 3:
        total = one * sum(size == 1 for size in sizes) + two * sum(sizes) // 2
        return total, exact and max(sizes) <= min(2, len(found.rows))
    each = (int(piece.provenance["model_rows"]) - two) / (len(piece) - 2)
    return round(len(wanted) * each) + _fixed(sizes, one - each, two - 2 * each), exact


def _fixed(sizes: Sequence[int], alone: float, fixed: float) -> int:
    """What calls take whatever their size: one sample alone is asked about twice, as two are."""
    singles = sum(size == 1 for size in sizes)
    return round(singles * alone + (sum(size > 0 for size in sizes) - singles) * fixed)


def _sent(explainer: BaseExplainer, found: Ready, size: int) -> int:
    rows, call = found.part(0, size)
    return int(explainer(rows, **call).provenance["model_rows"])


def _ranked(call: Any) -> bool:
    outputs = call.get("outputs")
    return isinstance(outputs, str) and outputs.startswith("top")


def _planned_rows(
    found: Ready, explainer: PlanExplainer, wanted: IntArray, sizes: Sequence[int], exact: bool
) -> tuple[int, bool]:
    """Rows by who a sample's players are; the model itself is asked about one row."""
    outputs = explainer.predictor.n_outputs
    if outputs is None:
        outputs = explainer.predictor.answers(take(found.rows, slice(0, 1))).shape[1]
    silent = copy.copy(explainer)
    silent.predictor = _Silent(explainer.predictor, int(outputs))  # type: ignore[assignment]
    if isinstance(explainer.masker, OwnPlayers):
        return _own_rows(found, silent, wanted, sizes, exact)
    kinds, complete = _kinds(found, explainer, wanted)
    scale = len(wanted) / sum(count for _, count in kinds)
    total = alone = fixed = 0.0
    for position, count in kinds:
        one, two, three = (_counted(silent, found, [position] * n) for n in (1, 2, 3))
        each = three - two
        total += each * count * scale
        alone, fixed = max(alone, one - each), max(fixed, two - 2 * each)
    return round(total) + _fixed(sizes, alone, fixed), exact and complete


def _own_rows(
    found: Ready, silent: BaseExplainer, wanted: IntArray, sizes: Sequence[int], exact: bool
) -> tuple[int, bool]:
    """Rows where every sample has players of its own: counted one by one while there is time.

    What is left then costs what those counted do on average; they are drawn from everywhere, since
    texts often lie sorted.
    """
    order = np.random.default_rng(0).permutation(wanted)
    one, two, three = (_counted(silent, found, [int(order[0])] * n) for n in (1, 2, 3))
    each = three - two
    counted, total, end = 1, float(each), time.monotonic() + PROBE_SECONDS
    while counted < len(order) and time.monotonic() < end:
        total += _counted(silent, found, [int(order[counted])]) - (one - each)
        counted += 1
    rows = round(total * len(wanted) / counted) + _fixed(sizes, one - each, two - 2 * each)
    return rows, exact and counted == len(wanted)


def _counted(silent: BaseExplainer, found: Ready, positions: list[int]) -> int:
    rows = take(found.rows, np.asarray(positions))
    return int(silent(rows, **found.spec.call).provenance["model_rows"])


def _kinds(
    found: Ready, explainer: BaseExplainer, wanted: IntArray
) -> tuple[list[tuple[int, int]], bool]:
    """Samples by who their players are: the first of each kind and how many there are.

    Whether all samples were looked at, and each kind counted for itself, comes second.
    """
    masker = explainer.masker
    plain = take(masker.background.rows, slice(0, 1))
    settled = np.flatnonzero(~masker.varying(plain))
    if not settled.size:
        # Every player differs within the background: it matters to every sample.
        return [(int(wanted[0]), len(wanted))], True
    complete = True
    if not hasattr(found.rows, "iloc") and masker.n_players == np.prod(masker.feature_shape):
        columns = np.asarray(found.rows).reshape(len(found.rows), -1)[:, settled][wanted]
        own = np.asarray(plain).reshape(-1)[settled]
        flags = ~((columns == own) | ((columns != columns) & (own != own)))
    else:
        if len(wanted) > LOOKED_THROUGH:
            wanted, complete = wanted[:: -(-len(wanted) // LOOKED_THROUGH)], False
        checked = masker.check(explainer.packed(found.rows))
        flags = np.array([masker.varying(take(checked, slice(i, i + 1))) for i in wanted])
    packed = np.packbits(flags, axis=1)
    _, first, counts = np.unique(packed, axis=0, return_index=True, return_counts=True)
    if len(first) > KINDS:
        # As many players, as many coalitions, whoever they are.
        _, first, counts = np.unique(flags.sum(axis=1), return_index=True, return_counts=True)
    return [(int(wanted[i]), int(n)) for i, n in zip(first, counts, strict=True)], complete


def _peak_bytes() -> int:
    """Most memory that this process has held at a time."""
    try:
        import resource
    except ImportError:
        # Windows does not count it.
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
