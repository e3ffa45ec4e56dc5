"""Waiting for a job: tell how far it is, stop it when told to, say where its answer is."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shapviz.cli.care import Care
from shapviz.cli.following import Screen, duration
from shapviz.cli.terminal import one_line
from shapviz.errors import JobError, complaint
from shapviz.labels import count

if TYPE_CHECKING:
    from shapviz.jobs import Job, JobSpec
    from shapviz.store import Store

__all__ = ["INTERRUPTED", "OWNER", "answered", "interruptible", "kept"]

OWNER = "command line"
"""Whose turn it is among those who wait."""

LOOK_SECONDS = 0.2
AGAIN_SECONDS = 2.0
"""Between two tries to work on the queue where another process does."""

FINISHED = ("done", "compacted")
"""States of a part whose rows are kept."""

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C (or SIGTERM, or a closed terminal) sets; the second ends."""
    event = threading.Event()

    def told_to_stop(number: int, _frame: object) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    wanted = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    before = {each: signal.signal(each, told_to_stop) for each in wanted if each is not None}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def answered(
    store: Store, spec: JobSpec, care: Care, interrupted: threading.Event, screen: Screen
) -> int:
    """Ask, tell how far it is, and return the exit status."""
    from shapviz import jobs

    before = jobs.find(store, spec.id)
    # Whoever finds a job at work that a killed command of this user left goes on with it.
    mine = before is None or not before.active or before.owner == OWNER
    started = time.monotonic()
    job = _wait(store, jobs.submit(store, spec), care, interrupted, screen, mine=mine)
    if job.state == "complete":
        how = "From the store" if job.message else "Done"
        screen.say(f"{how} in {duration(time.monotonic() - started)}. {one_line(job.why)}".strip())
        _say_where(job, spec, screen)
        return 0
    if interrupted.is_set():
        if mine:
            screen.say(f"{kept(store, job)} The same command goes on from here.")
        else:
            screen.say("Another process goes on with it; `shapviz list` says how far it is.")
        return INTERRUPTED
    more = " What is finished is kept; the same command tries what is missing." * bool(job.done)
    raise JobError(f"“{one_line(job.name)}” {job.state}: {one_line(job.message)}{more}")


def _wait(
    store: Store,
    job_id: str,
    care: Care,
    interrupted: threading.Event,
    screen: Screen,
    *,
    mine: bool,
) -> Job:
    """Return the job as soon as nobody works on it any more, or this command shall not wait."""
    from shapviz import jobs

    asked_to_stop = False
    tried = time.monotonic()
    while True:
        job = jobs.find(store, job_id)
        if job is None:
            raise JobError(
                complaint("job", "stay in the queue", "removed", "Run the same command again.")
            )
        screen.show(job)
        if not job.active or (interrupted.is_set() and not mine):
            return job
        if care.error is not None:
            jobs.cancel(store, job_id)
            raise care.error
        if interrupted.is_set() and not asked_to_stop:
            asked_to_stop = True
            jobs.cancel(store, job_id)
            screen.say("Stopping; finished parts are kept.")
        elif not care.works and time.monotonic() - tried > AGAIN_SECONDS:
            tried = time.monotonic()
            care.begin()
        if asked_to_stop:
            # The event is set: waiting for it would not wait.
            time.sleep(LOOK_SECONDS)
        else:
            interrupted.wait(LOOK_SECONDS)


def kept(store: Store, job: Job) -> str:
    """How many rows stay, those of parts in work not among them: whoever reads it counts on it."""
    parts = store.catalogue.parts(job.key) if job.key else []
    rows = sum(part["stop"] - part["start"] for part in parts if part["state"] in FINISHED)
    if not rows:
        return "Stopped before any part was finished."
    return f"Stopped; {count(rows)} of {count(job.samples)} rows are kept."


def _say_where(job: Job, spec: JobSpec, screen: Screen) -> None:
    if job.name != spec.name:
        screen.say(f"It was asked before, under the name “{one_line(job.name)}”.")
    screen.say(f"Key:  {job.key}")
    screen.say(f"Name: {one_line(job.name)}")
    screen.say(f"Look: shapviz show {job.key}, or shapviz serve")
