"""Rows that were explained before: taken from the store, so that only the others are computed.

A sample's values never depend on its neighbours; that is what makes this right.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapviz.errors import StoreError
from shapviz.explanation import Explanation, concat
from shapviz.jobs.loading import Ready, Recent
from shapviz.store import Store
from shapviz.store.question import ABOUT, LABELS, Asked
from shapviz.store.row_digests import KnownRows, row_digests
from shapviz.types import Cancel, Progress

__all__ = ["Known", "cut", "explained", "known_of", "remember"]

PART_SECONDS = 2.0

ROW_SECONDS = 1e-4
"""What a known row costs: reading and writing it."""

MOST_ROWS = 100_000
"""In one part of known rows."""

FREE = ("model_rows", "backward_rows", "seconds", "passes")
"""Provenance that is nothing for rows that were not computed."""

KEPT = 4


@dataclass(frozen=True, eq=False)
class Known:
    """Which of a job's rows are in the store.

    Attributes
    ----------
    rows : KnownRows
    constants : mapping
        Names and units as the job's explainer has them.
    seconds : float
        What a row took when it was explained; 0 where nobody said.
    """

    rows: KnownRows
    constants: Mapping[str, Any]
    seconds: float

    @property
    def count(self) -> int:
        """How many rows are known."""
        return int((self.rows.source >= 0).sum())


_known = Recent(KEPT)


def remember(store: Store, asked: Asked, job: str, digests: Any) -> Known | None:
    """Look for rows of a question in the store, and keep what was found for this job's parts."""
    if asked.alike is None:
        return None
    rows = store.known_rows(asked.alike, digests)
    found = Known(rows, asked.constants, _seconds(store, rows.keys))
    _known.put((store.url, job), found)
    return found


def known_of(store: Store, found: Ready) -> Known | None:
    """Return which rows of a job are in the store, looked for once on each worker."""

    def look() -> Known | None:
        asked = found.asked()
        return remember(store, asked, found.spec.id, row_digests(asked.rows))

    known: Known | None = _known.get((store.url, found.spec.id), look)
    return known


def _seconds(store: Store, keys: Sequence[str]) -> float:
    """Seconds a row of the first explanation that says."""
    for key in keys:
        record = store.record(key)
        if record.seconds and record.model_rows:
            return record.seconds / max(1, record.samples)
    return 0.0


def cut(known: Known) -> list[tuple[int, int]]:
    """Return ranges of about two seconds each, given what is known and what the others take."""
    missing = known.rows.source < 0
    each = max(known.seconds, ROW_SECONDS)
    costs = np.cumsum(np.where(missing, each, PART_SECONDS / MOST_ROWS))
    count = max(1, int(np.ceil(costs[-1] / PART_SECONDS)))
    inner = np.searchsorted(costs, costs[-1] * np.arange(1, count) / count) + 1
    edges = np.unique([0, *inner, len(missing)])
    return [(int(a), int(b)) for a, b in itertools.pairwise(edges)]


def explained(
    found: Ready,
    store: Store,
    rows: tuple[int, int],
    known: Known | None,
    progress: Progress | None,
    cancel: Cancel | None,
) -> tuple[Explanation, float]:
    """Explain rows, those that are known from the store, and return the seconds of the explainer.

    Parameters
    ----------
    found : Ready
    store : Store
    rows : (int, int)
        The range.
    known : Known or None
    progress, cancel
        As an explainer takes them.
    """
    start, stop = rows
    source = None if known is None else known.rows.source[start:stop]
    taken: list[tuple[Any, Explanation]] = []
    if known is not None and source is not None and (source >= 0).any():
        try:
            taken = _taken(found, store, start, source, known)
        except StoreError:
            # Deleted or damaged meanwhile: then these rows are computed like any other.
            taken = []
    have = np.zeros(stop - start, dtype=bool)
    for positions, _ in taken:
        have[positions] = True
    missing = np.flatnonzero(~have)
    if not taken:
        X, call = found.part(start, stop)
    elif missing.size:
        X, call = found.picked(start + missing)
    else:
        return _in_order(taken, {}), 0.0
    began = time.perf_counter()
    piece = found.explainer(X, **call, progress=progress, cancel=cancel)
    seconds = time.perf_counter() - began
    if not taken:
        return piece, seconds
    return _in_order([(missing, piece), *taken], piece.provenance), seconds


def _taken(
    found: Ready, store: Store, start: int, source: Any, known: Known
) -> list[tuple[Any, Explanation]]:
    """Positions within the part, and the stored values of their rows under this job's labels."""
    taken = []
    for which in np.unique(source[source >= 0]):
        positions = np.flatnonzero(source == which)
        there = known.rows.position[start + positions]
        stored = store.take(known.rows.keys[which], there)
        _, call = found.picked(start + positions)
        provenance = {name: v for name, v in stored.provenance.items() if name not in ABOUT}
        free = {name: 0 for name in FREE if name in provenance}
        fields = {name: call.get(name) for name in LABELS}
        relabelled = stored.replace(**fields, **known.constants, provenance={**provenance, **free})
        taken.append((positions, relabelled))
    return taken


def _in_order(
    pieces: Sequence[tuple[Any, Explanation]], provenance: Mapping[str, Any]
) -> Explanation:
    whole = concat([piece for _, piece in pieces])
    order = np.argsort(np.concatenate([positions for positions, _ in pieces]), kind="stable")
    said = dict(provenance or pieces[0][1].provenance)
    return whole[order].replace(provenance=said)
