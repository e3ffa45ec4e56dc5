"""What the queue and the catalogue are told of a job: the coordinator's handwriting.

Writes down what was decided elsewhere; decides nothing, and knows no workers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from shapviz.jobs.previewing import preview_id
from shapviz.jobs.running import Run
from shapviz.store import Store
from shapviz.store.queue import ACTIVE

__all__ = ["Ledger"]

SMALL = ("index", "start", "stop", "state", "seconds", "message")
"""Columns of a part that a job in work remembers."""

DONE = ("location", "document", "manifest", "checksum", "seconds")
"""Columns of a part that are known when it is done."""


class Ledger:
    """The states of jobs, of their parts and of what they make, in one store's catalogue.

    Parameters
    ----------
    store : Store
        Its lock is held wherever an explanation's row is written to.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._catalogue = store.catalogue
        self._queue = store.catalogue.queue

    # A job before its first part

    def cancelled(self, row: Mapping[str, Any]) -> None:
        """A job ends that nobody is at work on."""
        self._queue.change(row["id"], state="cancelled", ended=time.time())

    def deleted(self, row: Mapping[str, Any]) -> None:
        """Remove what a job made; nobody is at work on it."""
        if row["key"] is not None and self._catalogue.row(row["key"]) is not None:
            self._store.delete(row["key"])
        self._queue.change(row["id"], state="deleted", message="")

    def probing(self, run: Run) -> None:
        """A preview is being looked into."""
        self._queue.change(run.id, only=("queued", "preparing"), state="preparing")

    def preparing(self, run: Run) -> bool:
        """A job is being prepared; False where it may not be any more."""
        told = "Training the model" if run.row["demo"] else "Loading the model and the data"
        states = ("queued", "preparing", "computing")
        return bool(self._queue.change(run.id, only=states, state="preparing", message=told))

    def waiting(self, run: Run) -> None:
        """A job waits for another that answers the same question."""
        told = "The same question is being answered for another job."
        self._queue.change(run.id, only=("preparing",), state="queued", message=told)

    def prepared(self, run: Run) -> dict[str, Any] | None:
        """Write down what was found of a job, and return its explanation's row if it has one."""
        found = run.prepared or {}
        facts = {"key": run.key, "why": found["why"], "samples": run.samples}
        row = self._catalogue.row(run.key)
        self._queue.change(run.id, **facts)
        demo = run.row["demo"]
        if row is not None and row["state"] == "complete" and demo and row["demo"] != demo:
            self._catalogue.update(run.key, demo=demo)
        return row

    def same_values(self, found: Mapping[str, Any]) -> str | None:
        """Return the key of a complete explanation that has the very values looked for."""
        if not found["values_key"]:
            return None
        same = self._catalogue.find("values_key", found["values_key"])
        return None if same is None else str(same["key"])

    # Parts

    def begin(self, run: Run, row: Mapping[str, Any] | None) -> None:
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
                self.again(run, part["index"])
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
            self.plan(run, [(0, run.samples)])
        fresh = {"state": "computing", "message": "", "started": time.time()}
        self._queue.change(run.id, only=("preparing",), **fresh)

    def plan(self, run: Run, ranges: list[tuple[int, int]]) -> None:
        """Fix the ranges of further parts."""
        if not ranges:
            return
        self._catalogue.plan(run.key, len(run.parts), ranges)
        run.parts += [
            {"index": len(run.parts) + i, "start": a, "stop": b, "state": "planned"}
            | {"seconds": None, "message": ""}
            for i, (a, b) in enumerate(ranges)
        ]

    def done(self, run: Run, index: int, result: Mapping[str, Any]) -> None:
        """A part is done."""
        run.parts[index].update(state="done", seconds=result["seconds"])
        changes = {name: result[name] for name in DONE}
        self._catalogue.part_done(run.key, index, message="", **changes)

    def again(self, run: Run, index: int) -> None:
        """A part is to be computed once more."""
        run.parts[index].update(state="planned", message="")
        self._catalogue.part_undone(run.key, index)

    def set_aside(self, run: Run, index: int, reason: str) -> None:
        """A part has failed."""
        run.parts[index].update(state="failed", message=reason)
        self._catalogue.part_failed(run.key, index, reason)

    def left(self, run: Run) -> list[tuple[int, int]] | None:
        """What is left of a job that was cut into all its parts before; None otherwise."""
        job = self._queue.row(run.spec.id)
        parts = self._catalogue.parts(job["key"]) if job is not None and job["key"] else []
        if not parts or job is None or parts[-1]["stop"] < job["samples"]:
            return None
        left = [(part["start"], part["stop"]) for part in parts if part["state"] != "done"]
        return left or None

    def progress(self, run: Run) -> None:
        """How far a job is."""
        self._catalogue.update(run.key, running=run.running)
        self._queue.change(run.id, only=("computing",), **run.progress())

    # A job's end

    def answered(self, run: Run, answer: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        """A preview has its answer."""
        self._queue.change(run.id, answer=answer, why=found["why"], samples=found["samples"])

    def stored(self, key: str, values_key: str | None) -> bool:
        """Whether an explanation, or one of the same values, is complete."""
        row = self._catalogue.row(key)
        if row is not None and row["state"] == "complete":
            return True
        return values_key is not None and self._catalogue.find("values_key", values_key) is not None

    def committed(self, run: Run) -> None:
        """What a job took the place of is gone."""
        self._queue.change(run.id, old_key=None)

    def ended(self, run: Run, state: str, message: str) -> None:
        """A job has come to its end, whichever."""
        changes: dict[str, Any] = {"state": state, "message": message, "ended": time.time()}
        if run.prepared is not None:
            changes |= {"rate": None, "eta": None, "samples": run.samples}
            changes["done"] = run.samples if state == "complete" else run.done
        if run.failures:
            names = ("start", "stop", "message")
            changes["answer"] = {"failed": [{n: part[n] for n in names} for part in run.failures]}
        self._queue.change(run.id, only=ACTIVE, **changes)
        if state == "failed" and run.prepared is not None:
            self._catalogue.update(run.key, state="failed", message=message, running=0.0)

    def stopped(self, run: Run, state: str) -> None:
        """A job was stopped on the way; what it finished is kept."""
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
