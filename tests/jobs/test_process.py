"""The coordinator as a process: it stops cleanly, and a second one is turned away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from shapviz import jobs
from shapviz.jobs.statuses import BUSY
from shapviz.store import Store
from tests.jobs import fakes
from tests.jobs.working import until

ROOT = Path(__file__).parents[2]


def process(store: Store) -> subprocess.Popen[str]:
    """A coordinator of its own, whose one worker knows the fake demos."""
    command = [sys.executable, "-m", "tests.jobs.head", "--store", store.url, "--no-demos"]
    return subprocess.Popen(
        [*command, "--preload", "tests.jobs.fakes"],
        cwd=ROOT,
        env={**os.environ, "SHAPVIZ_WORKERS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_sigterm_stops_it_cleanly_and_a_second_one_is_turned_away(tmp_path: Path) -> None:
    store = Store(tmp_path)
    job = jobs.submit(store, fakes.spec(fakes.LONG))
    first = process(store)
    until(lambda: jobs.find(store, job).done)
    second = process(store)
    _, complaint = second.communicate(timeout=30)
    assert second.returncode == BUSY
    assert f"Process {first.pid} already works" in complaint
    first.send_signal(signal.SIGTERM)
    said, errors = first.communicate(timeout=30)
    assert (first.returncode, errors) == (0, "")
    assert said.endswith("Stopped; finished parts are kept.\n")
    found = jobs.find(store, job)
    assert found.state == "queued"
    assert found.message == f"Stopped; {found.done} of 4000 samples are kept."
    # Whoever has the lock now may write.
    with store.lock:
        pass
