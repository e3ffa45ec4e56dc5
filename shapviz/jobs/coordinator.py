"""The coordinator: hands parts of jobs to workers and is the only one to say what came of them.

The loop: it hears what happened, looks at the queue, counts the workers and has the next parts
handed out. Loads no model. Killed, it goes on after the last finished part when started again.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import Any

from shapviz.jobs.board import Board
from shapviz.jobs.cluster import Cluster
from shapviz.jobs.committing import Committing
from shapviz.jobs.flights import Flights
from shapviz.jobs.handing import Handing
from shapviz.jobs.holding import Holding
from shapviz.jobs.ledger import Ledger
from shapviz.jobs.outcomes import Outcomes, Say
from shapviz.jobs.running import Run
from shapviz.jobs.spec import JobSpec
from shapviz.store import Store
from shapviz.store.queue import ACTIVE, PREVIEW

__all__ = ["Coordinator"]

LOOK_SECONDS = 0.15
"""Between two looks at the queue: how long a cancel may go unseen."""

TOLD_SECONDS = 0.5
"""Between two words on progress to the catalogue."""

WORKERS_SECONDS = 1.0
CALM = 2
"""Looks are so many times as far apart while there is no work."""


class Coordinator:
    """Works on the queue of one store with the workers of one cluster.

    Parameters
    ----------
    store : Store
    cluster : Cluster
        Entered.
    say : callable
        Told one line an event.
    address : (str, str or None), optional
        How workers reach the store; default its own URL.
    """

    def __init__(
        self,
        store: Store,
        cluster: Cluster,
        say: Say,
        address: tuple[str, str | None] | None = None,
    ) -> None:
        self._queue = store.catalogue.queue
        self._cluster = cluster
        self._board = board = Board()
        self._flights = flights = Flights(cluster, board)
        self._ledger = ledger = Ledger(store)
        self._holding = Holding(store)
        self._committing = Committing(store, cluster.told.put)
        self._handing = Handing(board, flights, ledger, address or store.address)
        self._outcomes = Outcomes(board, flights, ledger, self._committing, say)
        self._looked = self._counted = 0.0

    def run(self, ended: Callable[[], bool], *, until_idle: bool = False) -> None:
        """Work until `ended()`; or, for a single errand, until nothing is left to do."""
        try:
            while not ended():
                self.step()
                idle = until_idle and not self._board.runs
                if idle and not self._queue.rows(None, states=ACTIVE):
                    return
        finally:
            self.close()

    def step(self) -> None:
        """Hear what happened, look at the queue, hand out what is next."""
        self._hear()
        now, pace = time.monotonic(), self._pace
        if now - self._looked >= pace * LOOK_SECONDS:
            self._looked = now
            self._look()
        if now - self._counted >= pace * WORKERS_SECONDS:
            self._counted = now
            self._count_workers()
            if not self._holding.keep():
                self._outcomes.leave()
        if self._board.changed:
            self._board.changed = False
            self._handing.previews()
            if self._holding.held:
                self._handing.parts()
        self._tell()

    def close(self) -> None:
        """Stop what is in work; finished parts are kept, and the jobs stay in the queue."""
        self._flights.stop_all()
        self._committing.wait()
        while not self._cluster.told.empty():
            event = self._cluster.told.get_nowait()
            if event[0] == "finished":
                self._outcomes.finished(*event[1:])
        self._outcomes.close()
        self._holding.let_go()

    @property
    def _pace(self) -> int:
        """Nobody waits for a cancel while nothing is in work."""
        return 1 if self._board.runs else CALM

    def _look(self) -> None:
        """Take up what is new in the queue, and stop what somebody no longer wants."""
        runs = self._board.runs
        states = self._queue.states(ACTIVE)
        fresh = [row for job in states if job not in runs if (row := self._queue.row(job))]
        for row in fresh:
            if row["kind"] == PREVIEW:
                self._take_up(row)
        # Previews write nothing that needs the lock.
        if any(job not in runs or not runs[job].preview for job in states):
            held = self._holding.held
            if not self._holding.take(fresh):
                return
            self._board.changed |= not held
        elif not runs:
            self._holding.rest()
        for row in fresh:
            if row["state"] == "cancelling":
                self._ledger.cancelled(row)
            elif row["state"] == "deleting":
                self._ledger.deleted(row)
            elif row["id"] not in runs:
                self._take_up(row)
        for run in list(runs.values()):
            if states.get(run.id) == "cancelling":
                self._outcomes.stop(run, "cancelled")
                self._outcomes.end_deaf(run)
            elif states.get(run.id, "deleting") == "deleting":
                # The row may be gone already.
                self._outcomes.stop(run, "deleted")

    def _take_up(self, row: dict[str, Any]) -> None:
        self._board.add(Run(row["id"], JobSpec.from_json(row["spec"]), row))

    def _count_workers(self) -> None:
        if not self._cluster.connected:
            self._board.workers = []
            for worker in self._board.at_work:
                self._outcomes.lost(worker, blame=False)
            if not self._cluster.rejoin():
                return
        self._board.staff(self._cluster.workers())
        for worker in self._board.at_work - set(self._board.workers):
            self._outcomes.lost(worker, blame=True)

    def _hear(self) -> None:
        """Take in what happened; waits a moment when nothing did."""
        try:
            event = self._cluster.told.get(timeout=self._pace * LOOK_SECONDS)
        except queue.Empty:
            return
        while True:
            self._take_in(*event)
            try:
                event = self._cluster.told.get_nowait()
            except queue.Empty:
                return

    def _take_in(self, what: str, *details: Any) -> None:
        # Progress alone leaves nothing new to hand out.
        self._board.changed |= what != "event"
        heard: dict[str, Callable[..., None]] = {
            "event": self._outcomes.event,
            "done": self._outcomes.done,
            "failed": self._outcomes.failed,
            "finished": self._outcomes.finished,
        }
        heard[what](*details)

    def _tell(self) -> None:
        """Progress, to the catalogue: seldom, and only of what moves."""
        now = time.monotonic()
        for run in self._board.runs.values():
            if run.prepared is None or run.finishing or now - run.told < TOLD_SECONDS:
                continue
            run.told = now
            self._ledger.progress(run)
