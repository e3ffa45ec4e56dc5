"""The coordinator as a process of its own, workers included.

``python -m shapviz.jobs.process --store URL``. One for a store: a second one waits until the
first has ended, or says so and ends.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from shapviz.errors import ShapvizError, StoreError
from shapviz.jobs.statuses import BUSY
from shapviz.priority import step_back
from shapviz.settings import Settings

__all__ = ["main"]

WAIT_SECONDS = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Work on a store's queue until stopped, and return an exit status."""
    asked = _parser().parse_args(arguments)
    ended = threading.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: ended.set())
    say = partial(_write, sys.stdout)
    step_back(say)
    try:
        settings = Settings()
        return _work(asked, settings, ended, say)
    except ShapvizError as error:
        _write(sys.stderr, str(error))
        return 1


def _work(asked: argparse.Namespace, settings: Settings, ended: threading.Event, say: Say) -> int:
    from shapviz.store import Store
    from shapviz.store.lock import writer_lock

    url = asked.store or settings.store
    store = Store(url if "://" in url else Path(url).absolute())
    alone = writer_lock(store.folder / "coordinator.lock")
    while True:
        try:
            alone.__enter__()
            break
        except StoreError:
            if not asked.wait:
                holder = alone.holder()
                _write(sys.stderr, f"Process {holder} already works on the queue of {store.url}.")
                return BUSY
            if ended.wait(WAIT_SECONDS):
                return 0
    # Only now what is slow to import: a second one that waits stays small.
    from shapviz.jobs.cluster import Cluster, default_workers
    from shapviz.jobs.coordinator import Coordinator
    from shapviz.jobs.demos import queue_demos
    from shapviz.samples import DEMOS

    try:
        if asked.demos:
            queue_demos(store, DEMOS)
        workers = settings.workers or default_workers()
        with Cluster(workers, settings.scheduler, preload=asked.preload) as cluster:
            Coordinator(store, cluster, say).run(ended.is_set)
    finally:
        alone.__exit__(None, None, None)
    say("Stopped; finished parts are kept.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shapviz.jobs.process", description=__doc__)
    parser.add_argument("--store", help="folder or fsspec URL; default $SHAPVIZ_STORE or .store")
    parser.add_argument("--no-demos", dest="demos", action="store_false", help="make no demos")
    parser.add_argument("--wait", action="store_true", help="wait where another one is at work")
    parser.add_argument(
        "--preload", action="append", default=[], help="module that every worker imports first"
    )
    return parser


def _write(stream: TextIO, line: str) -> None:
    # At once: whoever started this process reads along.
    stream.write(f"{line}\n")
    stream.flush()


Say = partial[None]

if __name__ == "__main__":
    sys.exit(main())
