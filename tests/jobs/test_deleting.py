"""Jobs that somebody wants forgotten: waiting, at work, complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapviz import jobs
from shapviz.errors import JobError
from shapviz.jobs.cluster import Cluster
from shapviz.store import Store
from tests.jobs import fakes
from tests.jobs.working import until, work, working


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def state(store: Store, job: str) -> str:
    found = jobs.find(store, job)
    assert found is not None
    return found.state


def test_a_job_that_nobody_began_is_gone_at_once(store: Store) -> None:
    job = jobs.submit(store, fakes.spec(fakes.QUICK, "never begun"))
    jobs.delete(store, job)
    assert state(store, job) == "deleted"
    assert store.list() == []
    with pytest.raises(JobError, match="be in the queue"):
        jobs.delete(store, "nobody-knows")


def test_what_a_complete_job_made_goes_with_it(store: Store, cluster: Cluster) -> None:
    kept = jobs.submit(store, fakes.spec(fakes.QUICK, "kept"))
    work(store, cluster)
    spec = fakes.spec(fakes.QUICK, "deleted", call={"seed": 1})
    job = jobs.submit(store, spec)
    work(store, cluster)
    key = jobs.find(store, job).key
    jobs.delete(store, job)
    assert state(store, job) == "deleting"
    work(store, cluster)
    assert state(store, job) == "deleted"
    assert [record.key for record in store.list()] == [jobs.find(store, kept).key]
    assert key != jobs.find(store, kept).key
    # Asked again it is made again.
    assert jobs.submit(store, spec) == job
    work(store, cluster)
    assert store.record(key).state == "complete"


def test_a_job_at_work_is_stopped_and_its_parts_go(store: Store, cluster: Cluster) -> None:
    job = jobs.submit(store, fakes.spec(fakes.LONG, "stopped"))
    with working(store, cluster):
        until(lambda: jobs.find(store, job).done)
        jobs.delete(store, job)
        until(lambda: state(store, job) == "deleted")
    assert store.list() == []
