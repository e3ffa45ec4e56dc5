"""Killed at any moment: no reader is misled, what was done stays, the end is the same bit for bit.

Three moments here, twenty at random under `make test-all`.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from shapviz import jobs
from shapviz.errors import StoreError
from shapviz.jobs.adopting import adopt
from shapviz.jobs.cluster import Cluster
from shapviz.store import Store
from tests.jobs import fakes
from tests.jobs.head import SLOW
from tests.jobs.working import until, work

ROOT = Path(__file__).parents[2]
WORKERS = 2
RANGES = [[start, start + 30] for start in range(0, 720, 30)]
LOG = "SHAPVIZ_TEST_LOG"
ASKED = fakes.spec(fakes.COUNTING, ranges=RANGES)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Any:
    """The explanation of a run that nobody interrupted."""
    store = Store(tmp_path_factory.mktemp("truth"))
    job = jobs.submit(store, ASKED)
    work(store, cluster)
    return store.get(jobs.find(store, job).key)


def begun(store: Store) -> Counter[int]:
    """How often each part was begun by those who were killed, by its first row."""
    log = store.folder / "asked"
    lines = log.read_text().split() if log.exists() else []
    # The first two rows of a part are asked about twice.
    return Counter({int(row): lines.count(row) // 2 for row in set(lines)})


def done(store: Store) -> dict[int, str]:
    """Where the parts that are marked done lie, by index."""
    found = {}
    for row in store.catalogue.rows():
        parts = store.catalogue.parts(row["key"])
        found |= {p["index"]: p["location"] for p in parts if p["state"] in ("done", "compacted")}
    return found


def start(store: Store, kind: str) -> subprocess.Popen[bytes]:
    """A coordinator with two workers, or a dashboard with both."""
    environment = {
        **os.environ,
        "SHAPVIZ_WORKERS": str(WORKERS),
        "DASK_DISTRIBUTED__WORKER__PRELOAD": '["tests.jobs.fakes"]',
        "PYTHONPATH": str(ROOT),
        LOG: str(store.folder / "asked"),
    }
    command = [sys.executable, "-m", "tests.jobs.head", "--store", store.url, "--no-demos"]
    if kind == "writer":
        environment[SLOW] = "1"
    elif kind == "dashboard":
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        command[2:3] = ["shapviz", "serve", "--port", port]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def family(process: subprocess.Popen[bytes], wanted: str) -> list[psutil.Process]:
    """Processes below this one whose command line holds some text."""
    found = []
    for child in psutil.Process(process.pid).children(recursive=True):
        try:
            if wanted in " ".join(child.cmdline()):
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


@contextmanager
def readers(store: Store, truth: Any) -> Iterator[list[str]]:
    """Somebody who looks at what is there, all the time, and compares it."""
    ended, wrong, looked = threading.Event(), [], []

    def look() -> None:
        reading = Store(store.url)
        while not ended.wait(0.02):
            for record in reading.list():
                try:
                    found = reading.partial(record.key)
                except StoreError as error:
                    if "be stored in" not in str(error):
                        wrong.append(str(error))
                    continue
                if found is None:
                    continue
                ranges = found.provenance.get("rows") or [[0, len(truth)]]
                rows = np.concatenate([np.arange(*each) for each in ranges])
                looked.append(len(rows))
                if not np.array_equal(found.values, truth.values[rows]):
                    wrong.append(f"rows {ranges} are not what they should be")

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield wrong
    finally:
        ended.set()
        thread.join()


def killed(kind: str, after: float, tmp_path: Path, cluster: Cluster, truth: Any) -> None:
    """Kill something some seconds after the work began, go on elsewhere, and compare."""
    store = Store(tmp_path)
    job = jobs.submit(store, ASKED)
    process = start(store, kind)
    with readers(store, truth) as wrong:
        try:
            until(lambda: jobs.find(store, job).state in ("computing", "complete"))
            if kind == "writer":
                until(lambda: any(store.files.children("arrays")))
            time.sleep(after)
            victim = {
                "worker": lambda: random.choice(family(process, "spawn_main")),
                "dashboard": lambda: family(process, "streamlit")[0],
            }.get(kind, lambda: psutil.Process(process.pid))()
            kept = done(store)
            victim.kill()
            if kind == "worker":
                until(lambda: jobs.find(store, job).state == "complete")
                process.send_signal(signal.SIGTERM)
            process.wait(120)
        finally:
            # Whatever is left of it ends by itself, its head being gone.
            process.kill()
            process.wait()
        until(lambda: not holds(store))
        adopt(store)
        began, finished = begun(store), {30 * index for index in done(store)}
        work(store, cluster)
    found = jobs.find(store, job)
    assert (found.state, found.message) == ("complete", "")
    whole = store.get(found.key)
    np.testing.assert_array_equal(whole.values, truth.values)
    np.testing.assert_array_equal(whole.base_values, truth.base_values)
    assert wrong == []
    assert set(kept.items()) <= set(done(store).items())
    # What was begun in vain: by a worker that was killed, or by all when their head was.
    again = [part for part, times in began.items() if times > 1 or part not in finished]
    assert len(again) <= (1 if kind == "worker" else WORKERS)


def holds(store: Store) -> bool:
    """Whether somebody still holds the store's lock."""
    try:
        with store.lock:
            return False
    except StoreError:
        return True


@pytest.mark.parametrize(
    ("kind", "after"), [("worker", 0.7), ("coordinator", 0.9), ("writer", 0.15)]
)
def test_killed_once(kind: str, after: float, tmp_path: Path, cluster: Cluster, truth: Any) -> None:
    killed(kind, after, tmp_path, cluster, truth)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_killed_at_random(seed: int, tmp_path: Path, cluster: Cluster, truth: Any) -> None:
    random.seed(seed)
    kind = ("worker", "coordinator", "writer", "dashboard")[seed % 4]
    longest = 0.6 if kind == "writer" else 4.0
    killed(kind, random.uniform(0.0, longest), tmp_path, cluster, truth)
