"""The coordinator: hands parts of jobs to workers and is the only one to say what came of them.

Takes jobs from the queue, holds the store's lock while there is work, marks parts done, compacts
and commits. Loads no model. Killed, it goes on after the last finished part when started again.
"""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from shapviz.errors import JobCancelled, ShapvizError, StoreError, complaint
from shapviz.jobs.adopting import adopt
from shapviz.jobs.cluster import Cluster, new_attempt
from shapviz.jobs.previewing import FRESH_SECONDS, finished, preview_id
from shapviz.jobs.running import AHEAD, DEATHS, PREPARE, PROBE, Flight, Run
from shapviz.jobs.spec import DEMOS_OWNER, JobSpec
from shapviz.jobs.turns import in_turn
from shapviz.store import Store
from shapviz.store.compacting import compact
from shapviz.store.journal import replaced
from shapviz.store.queue import ACTIVE, PREVIEW
from shapviz.store.staging import DamagedPartError

__all__ = ["Coordinator"]

LOOK_SECONDS = 0.15
"""Between two looks at the queue: how long a cancel may go unseen."""

DEAF_SECONDS = 3.0
"""How long a worker may go on after it was told to stop; batches are shorter by far, but a machine
that does much else beside makes them longer."""

TOLD_SECONDS = 0.5
"""Between two words on progress to the catalogue."""

WORKERS_SECONDS = 1.0
CALM = 2
"""Looks are so many times as far apart while there is no work."""

FINISH_SECONDS = 8.0
"""How long a commit is waited for when the coordinator is stopped."""

IDLE_SECONDS = 2.0
"""The store's lock is let go of when nobody asked for anything for so long."""

SMALL = ("index", "start", "stop", "state", "seconds", "message")

LOSSES = {"KilledWorker", "CommClosedError", "CancelledError"}
"""Names of what Dask raises when work was lost with a process, not by what it found."""

DIED = (
    f"The worker died {DEATHS} times while it worked on this: out of memory, or the model's own "
    "code ended it."
)

Say = Callable[[str], None]


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
        self._store = store
        self._catalogue = store.catalogue
        self._queue = store.catalogue.queue
        self._cluster = cluster
        self._say = say
        self._address = address or store.address
        self._runs: dict[str, Run] = {}
        self._flights: dict[str, Flight] = {}
        self._workers: list[str] = []
        self._served: dict[str, float] = {}
        self._finishers: list[threading.Thread] = []
        self._models: dict[str, set[str]] = {}
        self._looked = self._counted = 0.0
        self._busy = time.monotonic()
        self._locked = False
        # Whether there may be something to hand out that there was not before.
        self._changed = True

    # The loop ---------------------------------------------------------------------------------

    def run(self, ended: Callable[[], bool], *, until_idle: bool = False) -> None:
        """Work until `ended()`; or, for a single errand, until nothing is left to do."""
        try:
            while not ended():
                self.step()
                if until_idle and not self._runs and not self._queue.rows(None, states=ACTIVE):
                    return
        finally:
            self.close()

    def step(self) -> None:
        """Hear what happened, look at the queue, hand out what is next."""
        self._hear()
        now = time.monotonic()
        # Nobody waits for a cancel while nothing is in work.
        calm = 1 if self._runs else CALM
        if now - self._looked >= calm * LOOK_SECONDS:
            self._looked = now
            self._look()
        if now - self._counted >= calm * WORKERS_SECONDS:
            self._counted = now
            self._count_workers()
        if self._changed:
            self._changed = False
            self._hand_out()
        self._tell()

    def close(self) -> None:
        """Stop what is in work; finished parts are kept, and the jobs stay in the queue."""
        if self._flights:
            self._cluster.stop(list(self._flights))
        for thread in self._finishers:
            # Cut off it would be done again; waited for, it is done.
            thread.join(FINISH_SECONDS)
        while not self._cluster.told.empty():
            event = self._cluster.told.get_nowait()
            if event[0] == "finished":
                self._finished(*event[1:])
        for run in self._runs.values():
            if not run.finishing:
                self._stopped(run, run.stopping or "queued")
        self._runs.clear()
        self._flights.clear()
        self._unlock()

    # The queue --------------------------------------------------------------------------------

    def _look(self) -> None:
        states = self._queue.states(ACTIVE)
        fresh = [row for job in states if job not in self._runs if (row := self._queue.row(job))]
        for row in fresh:
            if row["kind"] == PREVIEW:
                self._take_up(row)
        jobs = [job for job in states if job not in self._runs or not self._runs[job].preview]
        if jobs:
            self._busy = time.monotonic()
        elif self._locked and not self._runs and time.monotonic() - self._busy > IDLE_SECONDS:
            self._unlock()
        if jobs and not self._lock(fresh):
            return
        for row in fresh:
            if row["state"] == "cancelling":
                self._queue.change(row["id"], state="cancelled", ended=time.time())
            elif row["state"] == "deleting":
                self._delete(row)
            elif row["id"] not in self._runs:
                self._take_up(row)
        for run in list(self._runs.values()):
            if run.id not in states:
                # Deleted meanwhile.
                self._stop(run, "deleted")
            elif states[run.id] == "cancelling":
                self._stop(run, "cancelled")
                self._end_deaf(run)
            elif states[run.id] == "deleting":
                self._stop(run, "deleted")

    def _delete(self, row: dict[str, Any]) -> None:
        """Remove what a job made; nobody is at work on it."""
        if row["key"] is not None and self._catalogue.row(row["key"]) is not None:
            self._store.delete(row["key"])
        self._queue.change(row["id"], state="deleted", message="")

    def _take_up(self, row: dict[str, Any]) -> None:
        self._runs[row["id"]] = Run(row["id"], JobSpec.from_json(row["spec"]), row)
        self._changed = True

    def _lock(self, rows: Sequence[dict[str, Any]]) -> bool:
        if self._locked:
            return True
        try:
            self._store.lock.__enter__()
        except StoreError as error:
            # Where several machines share a store, another's coordinator is no news.
            shared = self._store.address[1] is not None
            for row in () if shared else rows:
                if row["message"] != str(error):
                    self._queue.change(row["id"], only=("queued",), message=str(error))
            return False
        self._locked = self._changed = True
        adopt(self._store)
        self._store.sweep()
        old = time.time() - FRESH_SECONDS
        self._queue.remove(
            row["id"] for row in self._queue.rows(PREVIEW) if (row["ended"] or time.time()) < old
        )
        for row in rows:
            self._queue.change(row["id"], only=("queued",), message="")
        return True

    def _unlock(self) -> None:
        if self._locked:
            self._locked = False
            self._store.lock.__exit__(None, None, None)

    # Workers ----------------------------------------------------------------------------------

    def _count_workers(self) -> None:
        if not self._cluster.connected:
            self._lost_everything()
            if not self._cluster.rejoin():
                return
        before, self._workers = self._workers, self._cluster.workers()
        self._changed |= self._workers != before
        there = set(self._workers)
        self._models = {worker: self._models.get(worker, set()) for worker in there}
        for worker in {flight.worker for flight in self._flights.values()} - there:
            self._lost(worker, blame=True)

    def _lost_everything(self) -> None:
        self._workers = []
        for worker in {flight.worker for flight in self._flights.values()}:
            self._lost(worker, blame=False)

    def _lost(self, worker: str, *, blame: bool) -> None:
        """A worker is gone: its parts are to be done again, the one it was at with a mark."""
        # Nothing more to an address that nobody answers at.
        self._workers = [each for each in self._workers if each != worker]
        there = [(name, f) for name, f in self._flights.items() if f.worker == worker]
        if not there:
            return
        # What it began last; if it did not come to say so, what it was sent first.
        begun = [flight for _, flight in there if flight.begun]
        guilty = max(begun, key=lambda flight: flight.begun) if begun else there[0][1]
        for name, flight in there:
            self._land(name)
            flight.run.warm.discard(worker)
        if blame:
            guilty.run.deaths[guilty.index] += 1
            if guilty.run.deaths[guilty.index] >= DEATHS and not guilty.run.stopping:
                self._set_aside(guilty.run, guilty.index, DIED)
        for run in {id(flight.run): flight.run for _, flight in there}.values():
            self._after(run)

    # Handing out ------------------------------------------------------------------------------

    def _hand_out(self) -> None:
        self._probe()
        if not self._locked:
            return
        for depth in range(1, AHEAD + 1):
            for worker in self._workers:
                load = sum(flight.worker == worker for flight in self._flights.values())
                if load < depth:
                    self._give(worker, idle=load == 0)

    def _probe(self) -> None:
        """Previews go before everything: somebody waits at a page for each."""
        from shapviz.jobs.probe import probe

        for run in [r for r in self._runs.values() if r.preview and not r.flights]:
            busy = {f.worker for f in self._flights.values() if f.index == PROBE}
            free = [worker for worker in self._workers if worker not in busy]
            if not free:
                return
            load = Counter(flight.worker for flight in self._flights.values())
            worker = min(free, key=lambda w: (run.model not in self._models.get(w, ()), load[w]))
            self._queue.change(run.id, only=("queued", "preparing"), state="preparing")
            todo = {"ranges": self._left(run)}
            self._fly(Flight(run, PROBE, worker), probe, self._address, run.spec.to_json(), todo)

    def _left(self, run: Run) -> list[tuple[int, int]] | None:
        """What is left of a job that was cut into all its parts before; None otherwise."""
        job = self._queue.row(run.spec.id)
        parts = self._catalogue.parts(job["key"]) if job is not None and job["key"] else []
        if not parts or job is None or parts[-1]["stop"] < job["samples"]:
            return None
        left = [(part["start"], part["stop"]) for part in parts if part["state"] != "done"]
        return left or None

    def _give(self, worker: str, *, idle: bool) -> None:
        flying = [flight.run.owner for flight in self._flights.values()]
        own, later = self._models.get(worker, set()), self._elsewhere(worker)

        def sooner(run: Run) -> bool:
            # What costs no loading is looked at at once: it may be answered in the store.
            return run.prepared is None and run.model in own and run.owner != DEMOS_OWNER

        for run in in_turn(self._open(), flying, self._served, sooner, later):
            if run.prepared is None:
                # Loading holds up what the worker is at, so only somebody else's turn is worth it.
                turn = run.owner not in flying and run.owner != DEMOS_OWNER
                if (idle or turn or sooner(run)) and self._may_prepare(run):
                    self._prepare(run, worker)
                    return
                continue
            if not self._worth(run, worker):
                continue
            self._plan(run)
            index = run.next_part()
            if index is not None:
                self._send(run, index, worker)
                return

    def _open(self) -> list[Run]:
        """Jobs that have something to hand out, in the order of the queue."""
        for run in self._runs.values():
            if run.behind is not None and run.behind.id not in self._runs:
                run.behind = None
        return [
            run
            for run in self._runs.values()
            if not (run.stopping or run.finishing or run.behind is not None or run.preview)
        ]

    def _elsewhere(self, worker: str) -> Callable[[Run], bool]:
        """Whether other workers have a job's model loaded and this one does not."""
        own = self._models.get(worker, set())
        others = set().union(*(m for each, m in self._models.items() if each != worker))
        return lambda run: run.model not in own and run.model in others

    def _may_prepare(self, run: Run) -> bool:
        """Whether nobody loads, or is about to load, the same model right now."""
        if run.flights:
            return False
        return not any(
            flight.index == PREPARE and flight.run.model == run.model
            for flight in self._flights.values()
        )

    def _worth(self, run: Run, worker: str) -> bool:
        """Whether a worker that would have to load the model first is of any help."""
        has_model = worker in run.warm or run.model in self._models.get(worker, ())
        if has_model or not any(each in run.warm for each in self._workers):
            return True
        left = run.seconds_left()
        return left is not None and left > 2 * run.loading

    def _prepare(self, run: Run, worker: str) -> None:
        from shapviz.jobs.tasks import prepare

        told = "Training the model" if run.row["demo"] else "Loading the model and the data"
        changed = self._queue.change(
            run.id, only=("queued", "preparing", "computing"), state="preparing", message=told
        )
        if not changed:
            return
        flight = Flight(run, PREPARE, worker)
        self._fly(flight, prepare, self._address, run.spec.to_json())

    def _plan(self, run: Run) -> None:
        ranges = run.more
        if not ranges:
            return
        self._catalogue.plan(run.key, len(run.parts), ranges)
        run.parts += [
            {"index": len(run.parts) + i, "start": a, "stop": b, "state": "planned"}
            | {"seconds": None, "message": ""}
            for i, (a, b) in enumerate(ranges)
        ]

    def _send(self, run: Run, index: int, worker: str) -> None:
        from shapviz.jobs.tasks import explain_part, relabel

        found = run.prepared or {}
        attempt = new_attempt()
        flight = Flight(run, index, worker)
        spec, at = run.spec.to_json(), (run.key, index)
        if found.get("source") is not None:
            self._fly(flight, relabel, self._address, spec, *at, found["source"], name=attempt)
            return
        part = run.parts[index]
        asked = (found["question"], bool(found["known"]), part["start"], part["stop"])
        self._fly(flight, explain_part, self._address, spec, *at, *asked, name=attempt)

    def _fly(
        self, flight: Flight, function: Callable[..., Any], *arguments: Any, name: str = ""
    ) -> None:
        attempt = name or new_attempt()
        self._served[flight.run.owner] = time.monotonic()
        self._models.setdefault(flight.worker, set()).add(flight.run.model)
        self._flights[attempt] = flight.run.flights[attempt] = flight
        flight.future = self._cluster.submit(
            function, attempt, *arguments, worker=flight.worker, first=flight.index == PROBE
        )

    # Hearing ----------------------------------------------------------------------------------

    def _hear(self) -> None:
        """Take in what happened; waits a moment when nothing did."""
        try:
            event = self._cluster.told.get(timeout=LOOK_SECONDS * (1 if self._runs else CALM))
        except queue.Empty:
            return
        while True:
            self._take_in(*event)
            try:
                event = self._cluster.told.get_nowait()
            except queue.Empty:
                return

    def _take_in(self, what: str, *details: Any) -> None:
        if what == "event":
            flight = self._flights.get(str(details[0]["attempt"]))
            if flight is not None:
                flight.begun = flight.begun or time.monotonic()
                flight.share = float(details[0].get("share", flight.share))
            return
        self._changed = True
        if what == "done":
            self._done(*details)
        elif what == "failed":
            self._failed(*details)
        elif what == "finished":
            self._finished(*details)

    def _land(self, attempt: str) -> Flight | None:
        flight = self._flights.pop(attempt, None)
        self._changed = True
        if flight is not None:
            flight.run.flights.pop(attempt, None)
            if flight.future is not None:
                # Let go of: Dask forgets the result.
                flight.future.release()
        return flight

    def _done(self, attempt: str, result: dict[str, Any]) -> None:
        flight = self._land(attempt)
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
            part = run.parts[flight.index]
            part.update(state="done", seconds=result["seconds"])
            columns = ("location", "document", "manifest", "checksum", "seconds")
            changes = {name: result[name] for name in columns}
            self._catalogue.part_done(run.key, flight.index, message="", **changes)
        self._after(run)

    def _failed(self, attempt: str, error: BaseException) -> None:
        flight = self._land(attempt)
        if flight is None:
            return
        run = flight.run
        if isinstance(error, JobCancelled) or run.stopping:
            self._after(run)
            return
        kinds = {each.__name__ for each in type(error).__mro__}
        if kinds & LOSSES:
            # Back for a moment, so that all that was lost with it lands together.
            self._flights = {attempt: flight, **self._flights}
            run.flights[attempt] = flight
            self._lost(flight.worker, blame="KilledWorker" in kinds)
            return
        reason = str(error) or type(error).__name__
        if not isinstance(error, ShapvizError):
            traceback.print_exception(error)
        self._set_aside(run, flight.index, reason)
        self._after(run)

    def _set_aside(self, run: Run, index: int, reason: str) -> None:
        """A part, or the job where it was being prepared, has failed."""
        if index in (PREPARE, PROBE):
            self._end(run, "failed", reason)
            return
        run.parts[index].update(state="failed", message=reason)
        self._catalogue.part_failed(run.key, index, reason)

    def _probed(self, run: Run, found: dict[str, Any]) -> None:
        row = self._catalogue.row(found["key"])
        stored = row is not None and row["state"] == "complete"
        if not stored and found["values_key"] is not None:
            stored = self._catalogue.find("values_key", found["values_key"]) is not None
        cold = sum(run.model not in self._models.get(worker, ()) for worker in self._workers)
        answer = finished(found, workers=len(self._workers), cold=cold, stored=stored)
        self._queue.change(run.id, answer=answer, why=found["why"], samples=found["samples"])
        self._end(run, "complete", "")

    # States of a job --------------------------------------------------------------------------

    def _prepared(self, run: Run, found: dict[str, Any]) -> None:
        key = found["key"]
        other = next((r for r in self._runs.values() if _collide(r, run, found)), None)
        if other is not None:
            # Asked twice in different words, or about to take the other's place: looked at again
            # when the other has ended.
            told = "The same question is being answered for another job."
            self._queue.change(run.id, only=("preparing",), state="queued", message=told)
            run.behind = other
            return
        run.prepared = found
        run.loading = found["seconds"]
        row = self._catalogue.row(key)
        facts = {"key": key, "why": found["why"], "samples": found["described"]["samples"]}
        self._queue.change(run.id, **facts)
        if row is not None and row["state"] == "complete":
            if run.row["demo"] and row["demo"] != run.row["demo"]:
                self._catalogue.update(key, demo=run.row["demo"])
            self._end(run, "complete", "From the store.")
            return
        same = found["values_key"] and self._catalogue.find("values_key", found["values_key"])
        if same:
            found["source"] = same["key"]
        self._begin(run, row)
        fresh = {"state": "computing", "message": "", "started": time.time()}
        self._queue.change(run.id, only=("preparing",), **fresh)

    def _begin(self, run: Run, row: dict[str, Any] | None) -> None:
        """Open the explanation's row, or go on with the one that stopped."""
        found, now = run.prepared or {}, time.time()
        if row is None:
            self._catalogue.insert(
                {
                    **found["described"],
                    "key": run.key,
                    "name": run.spec.name,
                    "demo": run.row["demo"],
                    "state": "computing",
                    "location": "",
                    "started": now,
                }
            )
        run.parts = [{name: p[name] for name in SMALL} for p in self._catalogue.parts(run.key)]
        for part in run.parts:
            if part["state"] not in ("done", "planned"):
                part.update(state="planned", message="")
                self._catalogue.part_undone(run.key, part["index"])
        run.started, run.started_done = now, run.done
        counted = self._queue.row(preview_id(run.spec))
        if counted is not None and counted["state"] == "complete":
            run.count = int(counted["answer"]["parts"])
        self._catalogue.update(
            run.key,
            state="computing",
            message="",
            running=0.0,
            started=now,
            started_done=run.done,
            done=run.done,
        )
        if found.get("source") is not None and not run.parts:
            self._catalogue.plan(run.key, 0, [(0, run.samples)])
            whole = {"index": 0, "start": 0, "stop": run.samples, "state": "planned"}
            run.parts = [{**whole, "seconds": None, "message": ""}]

    def _after(self, run: Run) -> None:
        """Whatever follows from the last news of a job."""
        if run.id not in self._runs or run.finishing or run.preview:
            return
        if run.stopping:
            if not run.flights:
                self._stopped(run, run.stopping)
                self._runs.pop(run.id)
            return
        if not run.ended and not (run.hopeless and not run.flights):
            return
        if run.failures:
            self._end(run, "failed", _what_failed(run))
            return
        run.finishing = True
        thread = threading.Thread(target=self._finish, args=(run,), daemon=True)
        self._finishers = [*(each for each in self._finishers if each.is_alive()), thread]
        thread.start()

    def _finish(self, run: Run) -> None:
        """In a thread: compact and commit; the loop goes on meanwhile."""
        try:
            row = self._catalogue.row(run.key)
            if row is None:
                fix = "Ask again."
                raise StoreError(complaint("key", "stay until its end", run.key, fix))
            about = run.spec.about
            compact(self._store.files, self._catalogue, row, about, also=run.row["old_key"])
        except Exception as error:
            if not isinstance(error, ShapvizError):
                traceback.print_exc()
            self._cluster.told.put(("finished", run.id, error))
        else:
            self._cluster.told.put(("finished", run.id, None))

    def _finished(self, job: str, error: Exception | None) -> None:
        run = self._runs[job]
        run.finishing = False
        if isinstance(error, DamagedPartError):
            # Damaged since it was marked: computed again, once; a second failure is told.
            run.deaths[error.index] += 1
            if run.deaths[error.index] >= DEATHS:
                self._set_aside(run, error.index, str(error))
            else:
                run.parts[error.index].update(state="planned", message="")
                self._catalogue.part_undone(run.key, error.index)
            self._after(run)
            return
        if error is not None:
            self._end(run, "failed", str(error) or type(error).__name__)
            return
        self._queue.change(job, old_key=None)
        lost = (run.prepared or {})["lost"]
        self._end(run, "complete", replaced(run.spec.name, lost) if lost else "")
        seconds = time.time() - run.started
        self._say(f"{run.spec.name}: {run.samples} samples explained in {seconds:.1f} s")

    def _end(self, run: Run, state: str, message: str) -> None:
        self._runs.pop(run.id, None)
        self._changed = True
        changes: dict[str, Any] = {"state": state, "message": message, "ended": time.time()}
        if run.prepared is not None:
            changes |= {"rate": None, "eta": None, "samples": run.samples}
            changes["done"] = run.samples if state == "complete" else run.done
        if run.failures:
            names = ("start", "stop", "message")
            changes["answer"] = {"failed": [{n: part[n] for n in names} for part in run.failures]}
        self._queue.change(run.id, only=ACTIVE, **changes)
        if state == "failed" and not run.preview:
            self._say(f"{run.spec.name}: failed. {message}")
            if run.prepared is not None:
                self._catalogue.update(run.key, state="failed", message=message, running=0.0)

    def _stop(self, run: Run, state: str) -> None:
        """Stop a job's parts; its end is told when the last of them has stopped."""
        if run.stopping or run.finishing:
            return
        run.stopping, run.stopped = state, time.monotonic()
        if run.flights:
            for flight in run.flights.values():
                if not flight.begun and flight.future is not None:
                    flight.future.cancel()
            self._cluster.stop(list(run.flights))
        for attempt, flight in list(run.flights.items()):
            # Loading cannot be interrupted; what comes of it does not matter.
            if flight.index == PREPARE:
                self._land(attempt)
        self._after(run)

    def _end_deaf(self, run: Run) -> None:
        """End workers of this machine that are still at it: a batch of theirs takes too long."""
        if not run.stopping or time.monotonic() - run.stopped < DEAF_SECONDS:
            return
        for worker in {f.worker for f in run.flights.values() if f.begun}:
            if self._cluster.kill(worker):
                self._lost(worker, blame=False)

    def _stopped(self, run: Run, state: str) -> None:
        kept, done = "", {}
        if run.prepared is not None:
            done = {"done": run.done}
            kept = f"Stopped; {run.done} of {run.samples} samples are kept."
            row = self._catalogue.row(run.key)
            if row is not None and row["state"] != "complete":
                self._catalogue.update(run.key, state=state, message=kept, running=0.0)
        changes: dict[str, Any] = {"rate": None, "eta": None, "message": kept, **done}
        if state != "queued":
            changes["ended"] = time.time()
        if state != "deleted":
            self._queue.change(run.id, only=ACTIVE, state=state, **changes)

    def _tell(self) -> None:
        """Progress, to the catalogue: seldom, and only of what moves."""
        now = time.monotonic()
        for run in self._runs.values():
            if run.prepared is None or run.finishing or now - run.told < TOLD_SECONDS:
                continue
            run.told = now
            self._catalogue.update(run.key, running=run.running)
            self._queue.change(run.id, only=("computing",), **run.progress())


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
    more = f" {len(failures) - 1} more parts failed." if len(failures) > 1 else ""
    kept = f" {run.done} of {run.samples} samples are kept." if run.done else ""
    return f"{rows.capitalize()}: {first['message']}{more}{kept}"
