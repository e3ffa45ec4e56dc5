"""What a job is doing, what it took and what can be done with it, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from shapviz.jobs import Job
from shapviz.labels import count, date, number, several
from shapviz.store.queue import ACTIVE
from shapviz.ui.progress import advance, duration

__all__ = ["ACTIONS", "Action", "actions", "facts_line", "headline", "rung", "share", "told"]

STATES = {
    "queued": "Waiting",
    "preparing": "Getting ready",
    "computing": "Running",
    "cancelling": "Stopping",
    "cancelled": "Cancelled",
    "failed": "Failed",
    "complete": "Complete",
}


@dataclass(frozen=True)
class Action:
    """Something to do with a job: its title and its symbol."""

    title: str
    icon: str


ACTIONS = {
    "open": Action("Open it", "arrow_forward"),
    "watch": Action("Watch", "visibility"),
    "resume": Action("Resume", "play_arrow"),
    "again": Action("Run again", "replay"),
    "more": Action("All rows", "playlist_add"),
    "finer": Action("Four times the budget", "more_time"),
    "closer": Action("Half the standard error", "more_time"),
    "change": Action("Edit a copy", "edit"),
    "cancel": Action("Cancel", "close"),
    "delete": Action("Delete", "delete"),
}

BY_STATE = {
    **dict.fromkeys(("queued", "preparing", "computing"), ("watch", "cancel", "change")),
    "cancelling": ("watch",),
    "cancelled": ("resume", "change", "delete"),
    "failed": ("again", "watch", "change", "delete"),
    "complete": ("open", "again", "more", "finer", "closer", "change", "delete"),
}
"""State → what can be done, the most wanted first."""

STEPS = 1.25
MOST_DRAWN = 20_000
FIRST_DRAWN = 8


def actions(job: Job, *, all_rows: bool) -> list[str]:
    """Return the names of what can be done with a job.

    Parameters
    ----------
    job : Job
    all_rows : bool
        Whether it already has every row of its data.
    """
    call = job.spec.call
    missing = {"more": all_rows, "finer": "budget" not in call, "closer": "tolerance" not in call}
    without = {name for name, is_missing in missing.items() if is_missing}
    return [name for name in BY_STATE.get(job.state, ()) if name not in without]


def share(job: Job) -> float:
    """Return which part is done, from 0 to 1."""
    return min(1.0, job.done / job.samples) if job.samples else 0.0


def headline(job: Job) -> str:
    """Return the title of a job's card."""
    name = f"“{job.name}”"
    if job.state == "complete":
        return f"{name} is explained"
    if job.state == "failed":
        return f"{name} stopped" if job.done else f"{name} could not be explained"
    if job.state == "cancelled":
        return f"{name} was cancelled"
    return f"Stopping {name}" if job.state == "cancelling" else f"Explaining {name}"


def told(job: Job) -> str:
    """Return what a job is doing or how it ended, in one or two sentences."""
    noun = job.spec.about.get("sample_noun", "sample")
    kept = _kept(job, noun)
    if job.state == "complete":
        whole = several(job.samples, noun)
        if is_from_store(job):
            return f"From the store: these {whole} had been explained before. No model was asked."
        took = seconds(job)
        return f"{whole} explained{f' in {duration(took)}' if took else ''}."
    if job.state == "failed":
        return f"{job.message or 'It stopped without a reason.'} {kept}".strip()
    if job.state == "cancelled":
        return kept or "Nothing had been explained yet."
    if job.state == "cancelling":
        return "The work stops within a second; what is finished is kept."
    if job.state == "queued":
        return job.message or "It waits for its turn."
    return advance(job.done, job.samples, noun, job.rate, job.eta, job.message)


def is_from_store(job: Job) -> bool:
    """Whether the answer was there before it was asked for."""
    return job.state == "complete" and job.message.startswith("From the store")


def _kept(job: Job, noun: str) -> str:
    if not job.done:
        return ""
    is_one = job.done == 1
    return (
        f"{count(job.done)} of {several(job.samples, noun)} {'is' if is_one else 'are'} "
        "finished and kept."
    )


def seconds(job: Job) -> float | None:
    """Return how long it took, waiting left out; None when it has not begun or ended."""
    if job.started is None or job.ended is None:
        return None
    return max(0.0, job.ended - job.started)


def facts_line(job: Job) -> str:
    """Return a job's line in the history: state, rows, when, how long.

    Long names of models and data stay out: the name says it.
    """
    noun = job.spec.about.get("sample_noun", "sample")
    state = STATES.get(job.state, job.state)
    if job.state in ("computing", "cancelled", "failed") and job.samples and job.done:
        state = f"{state} at {min(99, int(100 * share(job)))}%"
    took = seconds(job) if job.state == "complete" else None
    parts = [
        state,
        several(job.samples, noun) if job.samples else "",
        _budget(job),
        date(datetime.fromtimestamp(job.created, UTC).astimezone()),
        f"took {duration(took)}" if took else "",
    ]
    return " · ".join(part for part in parts if part)


def _budget(job: Job) -> str:
    budget, tolerance = job.spec.call.get("budget"), job.spec.call.get("tolerance")
    if budget is not None:
        return f"budget {count(int(budget))}"
    return f"tolerance {number(float(tolerance), 1)}" if tolerance is not None else ""


def rung(done: int) -> int:
    """Return how many rows to draw of those that have landed: grows by steps, then no more.

    So a chart changes often at first, seldom later, and never costs more than a few thousand rows.

    Examples
    --------
    >>> [rung(n) for n in (3, 9, 12, 1000, 1100, 10**6)]
    [0, 8, 10, 867, 1084, 20000]
    """
    if done < FIRST_DRAWN:
        return 0
    step = float(FIRST_DRAWN)
    while step * STEPS <= min(done, MOST_DRAWN):
        step *= STEPS
    return MOST_DRAWN if done >= MOST_DRAWN else int(step)


def is_pending(job: Job) -> bool:
    """Whether it will change by itself."""
    return job.state in ACTIVE
