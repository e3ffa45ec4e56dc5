"""Workers that somebody else started: joined by address, lost and found again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

from shapviz import jobs
from shapviz.errors import JobError, StoreError
from shapviz.jobs import coordinator
from shapviz.jobs.cluster import ONE_THREAD, Cluster
from shapviz.store import Store
from tests.jobs import fakes
from tests.jobs.test_serving import free_port
from tests.jobs.working import until, work, working

ROOT = Path(__file__).parents[2]
RANGES = [[start, start + 60] for start in range(0, 720, 60)]
ASKED = fakes.spec(fakes.COUNTING, ranges=RANGES)


def test_the_same_key_and_values_on_a_cluster_by_address(tmp_path: Path, cluster: Cluster) -> None:
    found = []
    with Cluster(1, cluster.scheduler) as joined:
        for place, workers in (("here", cluster), ("there", joined)):
            store = Store(tmp_path / place)
            job = jobs.submit(store, ASKED)
            work(store, workers)
            key = jobs.find(store, job).key
            found.append((key, store.get(key)))
    (one, here), (other, there) = found
    assert one == other
    np.testing.assert_array_equal(here.values, there.values)
    # Leaving is not ending: the workers are somebody else's.
    assert len(cluster.workers()) == 2


def test_an_address_that_nobody_answers_at_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from shapviz.jobs import cluster

    monkeypatch.setattr(cluster, "JOIN_SECONDS", 0.5)
    with pytest.raises(JobError, match="`SHAPVIZ_SCHEDULER` must be the address of a running"):
        Cluster(1, f"tcp://127.0.0.1:{free_port()}").__enter__()


@contextmanager
def scheduler_and_workers(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler and two workers, as an administrator would start them."""
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT)}
    address = f"tcp://127.0.0.1:{port}"
    here = ["--host", "127.0.0.1", "--no-dashboard"]
    taught = ["--preload", "tests.jobs.fakes", "--death-timeout", "60"]
    worker = ["worker", address, "--nthreads", "1", *here, *taught]
    commands = [["scheduler", "--port", str(port), *here], worker, worker]
    with ExitStack() as stack:
        running = []
        for command in commands:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *command],
                cwd=ROOT,
                env=environment,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
            running.append(process)
        until(lambda: listens(port))
        yield running[0]


def listens(port: int) -> bool:
    """Whether somebody answers there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.slow
def test_a_scheduler_that_is_killed_and_started_again(tmp_path: Path, cluster: Cluster) -> None:
    truth = Store(tmp_path / "truth")
    job = jobs.submit(truth, ASKED)
    work(truth, cluster)
    store, port = Store(tmp_path / "store"), free_port()
    with ExitStack() as stack:
        first = stack.enter_context(scheduler_and_workers(port))
        joined = stack.enter_context(Cluster(1, f"tcp://127.0.0.1:{port}"))
        jobs.submit(store, ASKED)
        with working(store, joined):
            until(lambda: jobs.find(store, job).done > 60)
            first.kill()
            with scheduler_and_workers(port):
                until(lambda: not jobs.find(store, job).active, 240)
    found = jobs.find(store, job)
    assert (found.state, found.message) == ("complete", "")
    np.testing.assert_array_equal(
        store.get(found.key).values, truth.get(jobs.find(truth, job).key).values
    )


def test_a_lost_lock_leaves_the_jobs_to_whoever_takes_it(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is in the air is let go of, nothing is written, and the lock is asked for again."""
    whole = Store(tmp_path / "whole")
    work_of = {whole: jobs.submit(whole, ASKED)}
    work(whole, cluster)
    store = Store(tmp_path / "lost")
    work_of[store] = jobs.submit(store, ASKED)
    taken, lost = [], []

    def renew() -> None:
        if not lost and jobs.find(store, work_of[store]).done:
            lost.append(jobs.find(store, work_of[store]).done)
            raise StoreError("`store` must be written by one process at a time; got another.")

    take = store.lock._take
    monkeypatch.setattr(store.lock, "_take", lambda: taken.append(len(lost)) or take())
    monkeypatch.setattr(store.lock, "renew", renew)
    monkeypatch.setattr(coordinator, "WORKERS_SECONDS", 0.02)
    work(store, cluster)
    assert 0 < lost[0] < 720
    assert taken == [0, 1]
    here, there = (each.get(jobs.find(each, job).key).values for each, job in work_of.items())
    np.testing.assert_array_equal(here, there)
