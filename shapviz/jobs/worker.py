"""The worker: makes the demos beside the dashboard, one writer, at lower priority.

``python -m shapviz.jobs.worker --store URL``. Ends when all is made. Stopped (SIGTERM, Ctrl-C) or
killed, it goes on after the last finished part when started again; what is complete is recognised
without loading a model.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TextIO

from shapviz.errors import InputError, JobCancelled, StoreError
from shapviz.jobs.statuses import BUSY
from shapviz.samples import DEMOS, Demo, DemoJob, Loaded, build_job, job_slug
from shapviz.settings import Settings
from shapviz.store import Store
from shapviz.types import Cancel

__all__ = ["in_order", "main", "make_demos"]

NICENESS = 10
"""The page comes first where they share a processor."""

Work = tuple[Demo, DemoJob]
Say = Callable[[str], None]


def in_order(demos: Sequence[Demo]) -> list[Work]:
    """Return all jobs of all demos, the ones that open soonest first."""
    return sorted(((d, j) for d in demos for j in d.jobs), key=lambda work: work[1].rank)


def make_demos(store: Store, cancel: Cancel, say: Say, demos: Sequence[Demo] = DEMOS) -> list[str]:
    """Make every demo explanation that is not there; the failure of one does not stop the rest.

    Parameters
    ----------
    store : Store
        Its lock is held from start to end.
    cancel : object with ``is_set()``
        Ends the work between batches; finished parts are kept.
    say : callable
        Told one line an event.
    demos : sequence of Demo

    Returns
    -------
    list of str
        Names of the jobs that failed.

    Raises
    ------
    StoreError
        Another process is writing to this store.
    """
    with store.lock:
        store.sweep()
        work = in_order(demos)
        store.catalogue.queue(_row(position, *pair) for position, pair in enumerate(work))
        state = {job["slug"]: job for job in store.catalogue.jobs()}
        loaded: dict[str, Loaded] = {}
        failed = []
        for demo, job in work:
            if cancel.is_set():
                break
            known = state[job_slug(demo, job)]
            if known["state"] == "deleted" or _is_there(store, known["key"]):
                continue
            try:
                _make(demo, job, loaded, store, cancel, say)
            except JobCancelled:
                break
            except Exception as error:
                # Any failure is this demo's alone: told on its card, and in full to the log.
                traceback.print_exc()
                failed.append(job.name)
                reason = str(error) or type(error).__name__
                store.catalogue.update_job(job_slug(demo, job), state="failed", message=reason)
                say(f"{job.name}: failed. {reason}")
        return failed


def _is_there(store: Store, key: str | None) -> bool:
    row = None if key is None else store.catalogue.row(key)
    return row is not None and row["state"] == "complete"


def _make(
    demo: Demo,
    job: DemoJob,
    loaded: dict[str, Loaded],
    store: Store,
    cancel: Cancel,
    say: Say,
) -> None:
    slug = job_slug(demo, job)
    started = time.perf_counter()
    store.catalogue.update_job(slug, state="computing", message="Training the model")
    if demo.name not in loaded:
        loaded[demo.name] = demo.load(store.folder / "models")
    explanation = build_job(
        demo,
        job,
        loaded[demo.name],
        store,
        cancel=cancel,
        told_key=lambda key: store.catalogue.update_job(slug, key=key),
    )
    (made,) = [row for row in store.catalogue.jobs() if row["slug"] == slug]
    old = made["old_key"]
    if old not in (None, made["key"]) and store.catalogue.row(old) is not None:
        store.delete(old)
    store.catalogue.update_job(slug, state="complete", message="", old_key=None)
    seconds = time.perf_counter() - started
    say(f"{job.name}: {len(explanation)} samples explained in {seconds:.1f} s")


def _row(position: int, demo: Demo, job: DemoJob) -> dict[str, object]:
    return {
        "slug": job_slug(demo, job),
        "recipe": demo.recipe(job),
        "position": position,
        "name": job.name,
        "demo": demo.name,
        "explainer": job.explainer,
        "model": demo.model_name,
        "data": demo.data_name,
        "samples": demo.samples,
        "sample_noun": demo.sample_noun,
    }


def main(arguments: Sequence[str] | None = None, demos: Sequence[Demo] = DEMOS) -> int:
    """Run the worker until all demos are made, and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m shapviz.jobs.worker", description=__doc__)
    parser.add_argument("--store", help="folder or fsspec URL; default $SHAPVIZ_STORE or .store")
    store_url = parser.parse_args(arguments).store
    # Before TensorFlow is loaded: its start-up notes are no news.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    cancel = threading.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: cancel.set())

    try:
        store = Store(store_url or Settings().store)
    except (InputError, StoreError) as error:
        _write(sys.stderr, str(error))
        return 1
    say = partial(_write, sys.stdout)
    with ExitStack() as stack:
        try:
            stack.enter_context(store.lock)
        except StoreError as error:
            _write(sys.stderr, str(error))
            return BUSY
        failed = make_demos(store, cancel, say, demos)
    if cancel.is_set():
        say("Stopped; finished parts are kept.")
    elif not failed:
        say("All demos are ready.")
    return 0


def _write(stream: TextIO, line: str) -> None:
    # At once: whoever started this process reads along.
    stream.write(f"{line}\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
