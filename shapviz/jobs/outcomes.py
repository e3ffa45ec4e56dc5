"""What follows from what happened: a part is done, failed or lost; a job ends, or has to stop."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any

from shapviz.errors import JobCancelled, ShapvizError
from shapviz.jobs.board import Board
from shapviz.jobs.committing import Committing
from shapviz.jobs.flights import Flights
from shapviz.jobs.ledger import Ledger
from shapviz.jobs.previewing import finished
from shapviz.jobs.running import DEATHS, PREPARE, PROBE, Run
from shapviz.labels import several
from shapviz.store.journal import replaced
from shapviz.store.staging import DamagedPartError

__all__ = ["Outcomes", "Say"]

DEAF_SECONDS = 3.0
"""How long a worker may go on after it was told to stop; batches are shorter by far, but a machine
that does much else beside makes them longer."""

LOSSES = {"KilledWorker", "CommClosedError", "CancelledError"}
"""Names of what Dask raises when work was lost with a process, not by what it found."""

DIED = (
    f"The worker died {DEATHS} times while it worked on this: out of memory, or the model's own "
    "code ended it."
)

Say = Callable[[str], None]


class Outcomes:
    """Draws the consequences of what was heard, and has them written down.

    Parameters
    ----------
    board : Board
        Jobs in work, and what is in the air.
    flights : Flights
        By which work is let go of.
    ledger : Ledger
        Where it is written down.
    committing : Committing
        To which a job goes whose parts are all done.
    say : callable
        Told one line an event.
    """

    def __init__(
        self, board: Board, flights: Flights, ledger: Ledger, committing: Committing, say: Say
    ) -> None:
        self._board = board
        self._flights = flights
        self._ledger = ledger
        self._committing = committing
        self._say = say

    # Of one piece of work

    def event(self, told: dict[str, Any]) -> None:
        """A worker says that it began, and how far it is."""
        flight = self._board.flights.get(str(told["attempt"]))
        if flight is not None:
            flight.begun = flight.begun or time.monotonic()
            flight.share = float(told.get("share", flight.share))

    def done(self, attempt: str, result: dict[str, Any]) -> None:
        """A piece of work came to its end."""
        flight = self._flights.land(attempt)
        if flight is None:
            return
        run = flight.run
        run.warm.add(flight.worker)
        if flight.index == PROBE:
            self._probed(run, result)
        elif flight.index == PREPARE:
            if not run.stopping:
                self._prepared(run, result)
        else:
            self._ledger.done(run, flight.index, result)
        self._after(run)

    def failed(self, attempt: str, error: BaseException) -> None:
        """A piece of work ended with an error, or with its worker."""
        flight = self._flights.land(attempt)
        if flight is None:
            return
        run = flight.run
        if isinstance(error, JobCancelled) or run.stopping:
            self._after(run)
            return
        kinds = {each.__name__ for each in type(error).__mro__}
        if kinds & LOSSES:
            # Back for a moment, so that all that was lost with it lands together.
            self._board.put_back(attempt, flight)
            self.lost(flight.worker, blame="KilledWorker" in kinds)
            return
        reason = str(error) or type(error).__name__
        if not isinstance(error, ShapvizError):
            traceback.print_exception(error)
        self._set_aside(run, flight.index, reason)
        self._after(run)

    def lost(self, worker: str, *, blame: bool) -> None:
        """A worker is gone: its parts are to be done again, the one it was at with a mark."""
        loss = self._flights.lose(worker)
        if loss is None:
            return
        if blame:
            run, index = loss.guilty.run, loss.guilty.index
            run.deaths[index] += 1
            if run.deaths[index] >= DEATHS and not run.stopping:
                self._set_aside(run, index, DIED)
        for run in loss.runs:
            self._after(run)

    def _set_aside(self, run: Run, index: int, reason: str) -> None:
        """A part, or the job where it was being prepared, has failed."""
        if index in (PREPARE, PROBE):
            self._end(run, "failed", reason)
        else:
            self._ledger.set_aside(run, index, reason)

    def _probed(self, run: Run, found: dict[str, Any]) -> None:
        workers = self._board.workers
        stored = self._ledger.stored(found["key"], found["values_key"])
        cold = sum(not self._board.has_model(worker, run) for worker in workers)
        answer = finished(found, workers=len(workers), cold=cold, stored=stored)
        self._ledger.answered(run, answer, found)
        self._end(run, "complete", "")

    def _prepared(self, run: Run, found: dict[str, Any]) -> None:
        other = next((r for r in self._board.runs.values() if _collide(r, run, found)), None)
        if other is not None:
            # Asked twice in different words, or about to take the other's place: looked at again
            # when the other has ended.
            self._ledger.waiting(run)
            run.behind = other
            return
        run.prepared = found
        run.loading = found["seconds"]
        row = self._ledger.prepared(run)
        if row is not None and row["state"] == "complete":
            # A job that was at work when its coordinator died made the explanation itself.
            own = run.row["state"] == "computing"
            self._end(run, "complete", "" if own else "From the store.")
            return
        source = self._ledger.same_values(found)
        if source is not None:
            found["source"] = source
        self._ledger.begin(run, row)

    # Of a job

    def _after(self, run: Run) -> None:
        """Whatever follows from the last news of a job."""
        if run.id not in self._board.runs or run.finishing:
            return
        if run.preview:
            # Answered or failed, it has ended already; withdrawn, it must not be looked into again.
            if run.stopping and not run.flights:
                self._end(run, run.stopping, "")
            return
        if run.stopping:
            if not run.flights:
                self._ledger.stopped(run, run.stopping)
                self._board.drop(run)
            return
        if not run.ended and not (run.hopeless and not run.flights):
            return
        if run.failures:
            self._end(run, "failed", _what_failed(run))
            return
        self._committing.begin(run)

    def finished(self, job: str, error: Exception | None) -> None:
        """A job's parts were compacted and committed, or could not be."""
        run = self._board.runs.get(job)
        if run is None:
            # Left to another coordinator while it was being committed.
            return
        run.finishing = False
        if isinstance(error, DamagedPartError):
            # Damaged since it was marked: computed again, once; a second failure is told.
            run.deaths[error.index] += 1
            if run.deaths[error.index] >= DEATHS:
                self._set_aside(run, error.index, str(error))
            else:
                self._ledger.again(run, error.index)
            self._after(run)
            return
        if error is not None:
            self._end(run, "failed", str(error) or type(error).__name__)
            return
        self._ledger.committed(run)
        lost = (run.prepared or {})["lost"]
        self._end(run, "complete", replaced(run.spec.name, lost) if lost else "")
        seconds = time.time() - run.started
        self._say(f"{run.spec.name}: {run.samples} samples explained in {seconds:.1f} s")

    def _end(self, run: Run, state: str, message: str) -> None:
        self._board.drop(run)
        self._ledger.ended(run, state, message)
        if state == "failed" and not run.preview:
            self._say(f"{run.spec.name}: failed. {message}")

    def stop(self, run: Run, state: str) -> None:
        """Stop a job's parts; its end is told when the last of them has stopped."""
        if run.stopping or run.finishing:
            return
        run.stopping, run.stopped = state, time.monotonic()
        self._flights.stop(run)
        self._after(run)

    def end_deaf(self, run: Run) -> None:
        """End workers of this machine that are still at it: a batch of theirs takes too long."""
        if not run.stopping or time.monotonic() - run.stopped < DEAF_SECONDS:
            return
        for worker in {f.worker for f in run.flights.values() if f.begun}:
            if self._flights.kill(worker):
                self.lost(worker, blame=False)

    def leave(self) -> None:
        """Forget what is in work, and write nothing: the jobs are another coordinator's now."""
        self._flights.stop_all()
        self._board.runs.clear()
        self._board.flights.clear()

    def close(self) -> None:
        """Leave jobs as they are: those in work stay in the queue."""
        for run in self._board.runs.values():
            if not run.finishing:
                self._ledger.stopped(run, run.stopping or "queued")
        self._board.runs.clear()
        self._board.flights.clear()


def _collide(other: Run, run: Run, found: dict[str, Any]) -> bool:
    """Whether another job makes the same explanation, or one that this would take the place of."""
    if other is run or other.prepared is None:
        return False
    values = found["values_key"]
    named = other.spec.name == run.spec.name
    replaced = named and values is not None and other.prepared["values_key"] == values
    return other.key == found["key"] or replaced


def _what_failed(run: Run) -> str:
    failures = run.failures
    first = failures[0]
    rows = f"rows {first['start']} to {first['stop'] - 1}"
    more = f" {several(len(failures) - 1, 'more part')} failed." if len(failures) > 1 else ""
    # What is kept is for those to say who show it: they know what samples are called.
    return f"{rows.capitalize()}: {first['message']}{more}"
