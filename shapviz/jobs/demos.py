"""The demos as jobs: whose turn comes last, whose recipe says whether they are made anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapviz.jobs.asking import new_row
from shapviz.jobs.spec import DEMOS_OWNER, JobSpec
from shapviz.samples import Demo, DemoJob, job_slug
from shapviz.store import Store

__all__ = ["demo_row", "in_order", "queue_demos"]

LAST = 1000
"""Ranks of demos begin here: behind whatever people ask for."""

Row = dict[str, Any]


def in_order(demos: Sequence[Demo]) -> list[tuple[Demo, DemoJob]]:
    """Return all jobs of all demos, the ones that open soonest first."""
    return sorted(((d, j) for d in demos for j in d.jobs), key=lambda work: work[1].rank)


def demo_row(demo: Demo, job: DemoJob, rank: int) -> Row:
    """Return the queue's row of a demo's job."""
    spec = JobSpec(
        model={"kind": "demo", "demo": demo.name, "recipe": demo.recipe(job)},
        data={"kind": "demo"},
        background={"kind": "demo"},
        explainer=job.explainer,
        call=dict(job.call),
        name=job.name,
        about=demo.about,
        owner=DEMOS_OWNER,
    )
    facts = {"slug": job_slug(demo, job), "demo": demo.name, "samples": demo.samples}
    return new_row(spec, rank=LAST + rank, **facts)


def queue_demos(store: Store, demos: Sequence[Demo]) -> None:
    """Make the queue hold exactly these demos' jobs, keeping what is known of the same recipe.

    What is complete stays, and what somebody deleted or cancelled; the rest is to be done. A job
    of another recipe takes the place of the old one, whose explanation is shown until then.
    """
    queue = store.catalogue.queue
    known = {row["slug"]: row for row in queue.rows() if row["slug"] is not None}
    wanted = [demo_row(*pair, rank) for rank, pair in enumerate(in_order(demos))]
    queue.remove({row["id"] for row in known.values()} - {row["id"] for row in wanted})
    for row in wanted:
        old = known.get(row["slug"])
        if old is None or old["id"] != row["id"]:
            queue.add({**row, "old_key": old and (old["key"] or old["old_key"])})
            continue
        queue.change(row["id"], rank=row["rank"])
        if old["state"] == "failed" or (old["state"] == "complete" and not _made(store, old)):
            queue.change(row["id"], state="queued", message="")


def _made(store: Store, row: Row) -> bool:
    made = None if row["key"] is None else store.catalogue.row(row["key"])
    return made is not None and made["state"] == "complete"
