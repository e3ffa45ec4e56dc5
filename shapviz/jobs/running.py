"""One job while it is worked on: its parts, what is in work, how fast it goes."""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shapviz.jobs.spec import JobSpec
from shapviz.store.computing import next_ranges
from shapviz.store.queue import PREVIEW

__all__ = ["AHEAD", "DEATHS", "PREPARE", "PROBE", "Flight", "Run", "cuts"]

PREPARE = -1
"""Stands for the prepare task where a part's index is asked for."""

PROBE = -2
"""Stands for the probe of a preview."""

DEATHS = 2
"""Workers that may die of one part before it is set aside."""

HOPELESS = 3
"""Parts that may fail before any has succeeded; then the whole job has failed."""

AHEAD = 2
"""Parts on one worker at a time: the next one begins without waiting for the coordinator."""


def cuts(start: int, stop: int, count: int) -> list[tuple[int, int]]:
    """Return rows in parts as equal as can be, at least one row each.

    Examples
    --------
    >>> cuts(0, 10, 3)
    [(0, 3), (3, 6), (6, 10)]
    """
    rows = stop - start
    count = max(1, min(count, rows))
    return list(itertools.pairwise(start + rows * i // count for i in range(count + 1)))


@dataclass
class Flight:
    """One piece of work on its way.

    Attributes
    ----------
    run : Run
    index : int
        Of the part, or `PREPARE`.
    worker : str
    future : object
        Dask's handle.
    begun : float
        When the worker said that it began; 0 until then.
    share : float
        Of its rows, done.
    """

    run: Run
    index: int
    worker: str
    future: Any = None
    begun: float = 0.0
    share: float = 0.0


@dataclass
class Run:
    """What the coordinator remembers of a job.

    Attributes
    ----------
    id : str
    spec : JobSpec
    row : dict
        Of the queue, as it was when taken up.
    prepared : dict or None
        What the prepare task found.
    parts : list of dict
        Rows of the catalogue's parts table, small columns only.
    loading : float
        Seconds that a worker needs before it can begin.
    warm : set of str
        Workers that have it loaded.
    count : int
        Parts that a preview counted on; 0 for none.
    behind : Run or None
        Another job that is answering the same question.
    """

    id: str
    spec: JobSpec
    row: Mapping[str, Any]
    prepared: dict[str, Any] | None = None
    parts: list[dict[str, Any]] = field(default_factory=list)
    deaths: Counter[int] = field(default_factory=Counter)
    flights: dict[str, Flight] = field(default_factory=dict)
    warm: set[str] = field(default_factory=set)
    loading: float = 0.0
    count: int = 0
    behind: Run | None = None
    stopping: str = ""
    stopped: float = 0.0
    finishing: bool = False
    started: float = 0.0
    started_done: int = 0
    told: float = 0.0

    @property
    def owner(self) -> str:
        """Who asks."""
        return str(self.row["owner"])

    @property
    def preview(self) -> bool:
        """Whether it only asks what a job would cost."""
        return bool(self.row["kind"] == PREVIEW)

    @property
    def model(self) -> str:
        """What has to be loaded, as text: equal for jobs on one model."""
        return json.dumps({**self.spec.model, "recipe": None}, sort_keys=True)

    @property
    def key(self) -> str:
        """The explanation it becomes; only when prepared."""
        return str(self._found["key"])

    @property
    def samples(self) -> int:
        """Rows in all."""
        return int(self._found["described"]["samples"])

    @property
    def done(self) -> int:
        """Rows of finished parts."""
        return sum(part["stop"] - part["start"] for part in self._in("done"))

    @property
    def running(self) -> float:
        """Rows done of parts in work."""
        shares = ((self.parts[f.index], f.share) for f in self.flights.values() if f.index >= 0)
        return sum((part["stop"] - part["start"]) * share for part, share in shares)

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Parts that were set aside, with their reasons."""
        return self._in("failed")

    @property
    def hopeless(self) -> bool:
        """Whether nothing but failures came so far, and enough of them."""
        return not self._in("done") and len(self.failures) >= HOPELESS

    @property
    def ended(self) -> bool:
        """Whether nothing is left to hand out or to wait for."""
        return self.prepared is not None and not self.flights and not self._todo() and not self.more

    @property
    def more(self) -> list[tuple[int, int]]:
        """Ranges to fix now: none while earlier ones are in work."""
        if self.prepared is None or self.hopeless or self._todo() or self.flights:
            return []
        fixed = [(part["start"], part["stop"]) for part in self.parts]
        if self.spec.ranges is not None:
            return [] if fixed else [(int(a), int(b)) for a, b in self.spec.ranges]
        if not fixed and self._found["ranges"]:
            return [(int(a), int(b)) for a, b in self._found["ranges"]]
        if not fixed and self.count:
            return cuts(0, self.samples, self.count)
        timed = [part["seconds"] for part in self._in("done") if part["seconds"] is not None]
        return next_ranges(fixed, timed[-1] if timed else None, self.samples)

    def next_part(self) -> int | None:
        """Return the index of a part to hand out, or None."""
        todo = self._todo()
        return todo[0] if todo and not self.hopeless else None

    def seconds_left(self) -> float | None:
        """Return how long one worker would need for the rest; None when not known."""
        done = [part for part in self._in("done") if part["seconds"]]
        rows = sum(part["stop"] - part["start"] for part in done[-8:])
        if not rows:
            return None
        a_row = sum(part["seconds"] for part in done[-8:]) / rows
        return (self.samples - self.done - self.running) * a_row

    def progress(self, now: float | None = None) -> dict[str, Any]:
        """Return the queue's columns that say how far it is."""
        now = time.time() if now is None else now
        done = self.done + self.running
        gained, elapsed = done - self.started_done, now - self.started
        rate = gained / elapsed if self.started and elapsed > 0 and gained > 0 else None
        eta = None if rate is None else max(0.0, self.samples - done) / rate
        return {"done": int(done), "samples": self.samples, "rate": rate, "eta": eta}

    @property
    def _found(self) -> dict[str, Any]:
        if self.prepared is None:
            raise LookupError("not prepared yet")
        return self.prepared

    def _in(self, state: str) -> list[dict[str, Any]]:
        return [part for part in self.parts if part["state"] == state]

    def _todo(self) -> Sequence[int]:
        flying = {flight.index for flight in self.flights.values()}
        return [
            part["index"]
            for part in self.parts
            if part["state"] == "planned" and part["index"] not in flying
        ]
