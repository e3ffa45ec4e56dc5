"""What a job would cost, asked through the queue and answered by a worker that tries it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapviz.errors import JobError, complaint
from shapviz.jobs.asking import new_row
from shapviz.jobs.spec import JobSpec
from shapviz.store.queue import PREVIEW

if TYPE_CHECKING:
    from shapviz.store.reading import StoreReader

__all__ = ["Preview", "ask_preview", "find_preview", "finished", "preview", "preview_id"]

FRESH_SECONDS = 600.0
"""An answer as old as this is asked for anew: the machine may be busier, or freer."""

LOOK_SECONDS = 0.05

COMMIT_BYTES = 100e6
"""Bytes a second at which finished parts become one explanation."""


@dataclass(frozen=True)
class Preview:
    """The cost of a job before it begins.

    Attributes
    ----------
    key : str
        The explanation it would become.
    explainer, why : str
        Registry name, and the sentence that says why it was picked.
    samples : int
        Rows to explain.
    rows : int
        Rows that will be sent to the model: what the explanation's ``model_rows`` will say.
    exact : bool
        Whether `rows` is exact; it cannot be where a tolerance or each sample's own outputs
        decide how much is asked.
    seconds : float
        From start to end with the workers there are, when nobody else works.
    memory_bytes : int
        Most that one worker will hold.
    workers, parts : int
        Over how many processes it is spread, in how many pieces.
    stored : bool
        Whether the answer is in the store already: no model is called then.
    made : float
        When this was found out, seconds since 1970, UTC.
    """

    key: str
    explainer: str
    why: str
    samples: int
    rows: int
    exact: bool
    seconds: float
    memory_bytes: int
    workers: int
    parts: int
    stored: bool
    made: float


def preview_id(spec: JobSpec) -> str:
    """Return the queue's id of the question what a job would cost."""
    return f"preview-{spec.id}"


def ask_preview(store: StoreReader, spec: JobSpec) -> None:
    """Ask what a job would cost; an answer that is still fresh stays."""
    queue = store.catalogue.queue
    if queue.add({**new_row(spec), "id": preview_id(spec), "kind": PREVIEW}):
        return
    known = queue.row(preview_id(spec))
    if known is None or known["state"] in ("queued", "preparing"):
        return
    if known["state"] != "complete" or time.time() - (known["ended"] or 0.0) > FRESH_SECONDS:
        fresh = {"state": "queued", "message": "", "answer": None}
        queue.change(known["id"], only=("complete", "failed", "cancelled"), **fresh)


def find_preview(store: StoreReader, spec: JobSpec) -> Preview | None:
    """Return the answer, or None while there is none.

    Raises
    ------
    JobError
        The question failed: a model cannot be loaded, an explainer refuses.
    """
    row = store.catalogue.queue.row(preview_id(spec))
    if row is None or row["state"] in ("queued", "preparing"):
        return None
    if row["state"] != "complete":
        raise JobError(row["message"])
    return Preview(**{name: row["answer"][name] for name in Preview.__dataclass_fields__})


def preview(store: StoreReader, spec: JobSpec, timeout: float = 60.0) -> Preview:
    """Return what a job would cost; nothing is explained that anybody asked for.

    A worker loads what is needed and explains some rows, for a second or two. The job itself, once
    it is submitted, is cut into the parts that were counted on here.

    Parameters
    ----------
    store : Store
    spec : JobSpec
    timeout : float, default 60
        Seconds to wait; a coordinator must be at work on this store.

    Raises
    ------
    JobError
        The question failed, or nobody answered in time.
    """
    ask_preview(store, spec)
    end = time.monotonic() + timeout
    while (found := find_preview(store, spec)) is None:
        if time.monotonic() > end:
            raise JobError(
                complaint(
                    "preview",
                    f"be answered within {timeout:g} s",
                    spec.name,
                    "See that `shapviz serve` runs on this store, and that its workers are free.",
                )
            )
        time.sleep(LOOK_SECONDS)
    return found


def finished(probed: Mapping[str, Any], *, workers: int, cold: int, stored: bool) -> dict[str, Any]:
    """Return an answer for the queue from what a worker found out.

    Parameters
    ----------
    probed : mapping
        What the probe returned.
    workers : int
        How many there are.
    cold : int
        Of them, those that have yet to load the model.
    stored : bool
        Whether the explanation, or one with the same values, is there.
    """
    fixed, each = probed["pace"]
    work = probed["parts"] * (fixed + probed["staging"]) + probed["todo"] * each
    loading = probed["loading"]
    helped = min(workers, probed["parts"])
    late = min(cold, helped - 1)
    if work > 2 * loading and late:
        spread = (work + late * loading) / helped
    else:
        spread = work / max(1, helped - late)
    # No part is cut in two: the last ones may leave a worker idle.
    longest = work / probed["parts"]
    seconds = max(spread, longest) + probed["row_bytes"] * probed["samples"] / COMMIT_BYTES
    names = ("key", "explainer", "why", "samples", "rows", "exact", "memory_bytes", "parts")
    found = {name: probed[name] for name in names}
    free = {"rows": 0, "exact": True, "seconds": 0.0} if stored else {}
    about = {"seconds": seconds, "workers": workers, "stored": stored, "made": time.time()}
    return {**found, **about, **free}
