"""Working on a queue in the test's own process, and waiting for what should happen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from shapviz.jobs.cluster import Cluster
from shapviz.jobs.coordinator import Coordinator
from shapviz.store import Store


def until(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    """Return what the condition says as soon as that is true."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
    return found


def work(store: Store, cluster: Cluster) -> list[str]:
    """Work until the queue is empty, and return what was said."""
    said: list[str] = []
    Coordinator(store, cluster, said.append).run(lambda: False, until_idle=True)
    return said


@contextmanager
def working(store: Store, cluster: Cluster) -> Iterator[list[str]]:
    """A coordinator at work meanwhile."""
    ended, said = threading.Event(), []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            Coordinator(store, cluster, said.append).run(ended.is_set)
        except BaseException as error:
            errors.append(error)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield said
    finally:
        ended.set()
        thread.join(30)
    assert not thread.is_alive()
    assert not errors
