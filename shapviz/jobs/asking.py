"""Asking for an explanation and for what became of it: rows of the queue, nothing else.

What a page and a command import: neither Dask nor a model.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapviz.errors import JobError, complaint
from shapviz.jobs.spec import DEMOS_OWNER, JobSpec
from shapviz.store.queue import ACTIVE, EXPLAIN, WAITING

if TYPE_CHECKING:
    from shapviz.store.reading import StoreReader

__all__ = ["Job", "cancel", "delete", "every", "find", "new_row", "resume", "submit"]

STOPPED = ("cancelled", "failed", "deleted")
"""States from which a job goes on when asked to."""

DELETING = {"state": "deleting", "message": "Deleting"}


@dataclass(frozen=True)
class Job:
    """One row of the queue.

    Attributes
    ----------
    id : str
        Of its spec.
    spec : JobSpec
    owner, name : str
        Of whoever asked first.
    state : str
        "queued", "preparing", "computing", "cancelling", "cancelled", "failed", "complete",
        "deleting" or "deleted".
    message : str
        What it is doing, or why it stopped.
    why : str
        Why this explainer was picked; empty until prepared.
    key : str or None
        The explanation in the store, once known: readable when complete, its finished parts
        before.
    done, samples : int
        Rows finished, the parts in work included, and in all; 0 until prepared.
    rate, eta : float or None
        Rows a second, seconds left.
    answer : dict or None
        What was found out on the way, such as parts that failed.
    created, started, ended : float or None
        Seconds since 1970, UTC.
    """

    id: str
    spec: JobSpec
    owner: str
    name: str
    state: str
    message: str
    why: str
    key: str | None
    done: int
    samples: int
    rate: float | None
    eta: float | None
    answer: Mapping[str, Any] | None
    created: float
    started: float | None
    ended: float | None

    @property
    def active(self) -> bool:
        """Whether it waits or is being worked on."""
        return self.state in ACTIVE


def submit(store: StoreReader, spec: JobSpec) -> str:
    """Ask for an explanation and return the job's id; what was asked before is found.

    A job that is complete stays so: its explanation is there. One that was cancelled, has failed
    or whose explanation was deleted goes on.

    Parameters
    ----------
    store : Store
    spec : JobSpec

    Returns
    -------
    str
        For `find`, `cancel` and `resume`.
    """
    if not store.catalogue.queue.add(new_row(spec)):
        known = store.catalogue.queue.row(spec.id)
        gone = known is not None and known["state"] == "complete" and not _made(store, known)
        if gone or (known is not None and known["state"] in STOPPED):
            _go_on(store, spec.id, (*STOPPED, "complete") if gone else STOPPED)
    return spec.id


def cancel(store: StoreReader, job: str) -> bool:
    """Ask a job to stop, and return whether it was still to be stopped; finished parts stay.

    Raises
    ------
    JobError
        There is no such job.
    """
    _wanted(store, job)
    # One that nobody has begun is stopped here and now.
    queue = store.catalogue.queue
    told = {"message": "Cancelled before it began.", "ended": time.time()}
    if queue.change(job, only=("queued",), state="cancelled", **told):
        return True
    return queue.change(job, only=WAITING, state="cancelling", message="Stopping")


def resume(store: StoreReader, job: str) -> bool:
    """Let a cancelled or failed job go on after its last finished part; False when it is not one.

    Raises
    ------
    JobError
        There is no such job.
    """
    _wanted(store, job)
    return _go_on(store, job, STOPPED)


def delete(store: StoreReader, job: str) -> None:
    """Ask for a job to be forgotten, and what it made to be removed from the store.

    Raises
    ------
    JobError
        There is no such job.
    """
    _wanted(store, job)
    queue = store.catalogue.queue
    row = queue.row(job)
    # What has nothing in the store and nobody at work is gone here and now.
    if row is not None and row["key"] is None and row["state"] in ("queued", *STOPPED):
        queue.change(job, only=("queued", *STOPPED), state="deleted", message="")
    elif row is not None and row["state"] != "deleted":
        queue.change(job, only=(*ACTIVE, *STOPPED, "complete"), **DELETING)


def find(store: StoreReader, job: str) -> Job | None:
    """Return what became of a job, or None when there is no such."""
    row = store.catalogue.queue.row(job)
    return None if row is None else _as_job(row)


def every(store: StoreReader) -> list[Job]:
    """Return all jobs in the order of work."""
    return [_as_job(row) for row in store.catalogue.queue.rows()]


def new_row(spec: JobSpec, **more: Any) -> dict[str, Any]:
    """Return the row of a job that was just asked for."""
    about = spec.about
    return {
        "id": spec.id,
        "kind": EXPLAIN,
        "spec": spec.to_json(),
        "owner": spec.owner,
        # Demos last wherever rows are read in order.
        "rank": 1000 if spec.owner == DEMOS_OWNER else 0,
        "name": spec.name,
        "explainer": spec.explainer,
        "model": str(about.get("model_name", "")),
        "data": str(about.get("data_name", "")),
        "sample_noun": str(about.get("sample_noun", "sample")),
        "state": "queued",
        **more,
    }


def _as_job(row: dict[str, Any]) -> Job:
    names = Job.__dataclass_fields__
    return Job(**{**{name: row[name] for name in names}, "spec": JobSpec.from_json(row["spec"])})


def _wanted(store: StoreReader, job: str) -> None:
    if store.catalogue.queue.row(job) is None:
        fix = "Take the id that submit returned."
        raise JobError(complaint("job", "be in the queue of this store", job, fix))


def _made(store: StoreReader, row: Mapping[str, Any]) -> bool:
    made = None if row["key"] is None else store.catalogue.row(row["key"])
    return made is not None and made["state"] == "complete"


def _go_on(store: StoreReader, job: str, states: tuple[str, ...]) -> bool:
    fresh = {"state": "queued", "message": "", "ended": None, "answer": None}
    return store.catalogue.queue.change(job, only=states, **fresh)
