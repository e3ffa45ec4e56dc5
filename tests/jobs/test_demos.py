"""The demos as jobs: everything queued at once, one failure alone, nothing made twice."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from shapviz.jobs.cluster import Cluster
from shapviz.jobs.demos import in_order, queue_demos
from shapviz.samples import DEMOS, DemoJob
from shapviz.store import Store
from tests.jobs import fakes
from tests.jobs.working import work


def loads(store: Store) -> list[str]:
    """Names of the models that were loaded, in order."""
    log = store.folder / "models" / "loads"
    return log.read_text().split() if log.exists() else []


def made(store: Store, cluster: Cluster, *demos: Any) -> list[str]:
    queue_demos(store, demos)
    return work(store, cluster)


def test_every_demo_is_made_and_the_failure_of_one_is_told(
    tmp_path: Path, cluster: Cluster, capsys: Any
) -> None:
    store = Store(tmp_path)
    queue_demos(store, [fakes.BROKEN, fakes.QUICK])
    assert [(r.name, r.state) for r in store.list()] == [
        ("Broken, Exact", "queued"),
        ("Quick, Exact", "queued"),
        ("Quick, Kernel", "queued"),
    ]
    assert "Broken, Exact: failed. the data are gone" in work(store, cluster)
    assert "Traceback" in capsys.readouterr().err
    by_name = {record.name: record for record in store.list()}
    assert by_name["Broken, Exact"].state == "failed"
    assert by_name["Broken, Exact"].message == "the data are gone"
    for name in ("Quick, Exact", "Quick, Kernel"):
        record = by_name[name]
        assert (record.state, record.demo, record.data) == ("complete", "quick", "40 rows")
        explanation = store.get(record.key)
        assert explanation.provenance["sample_noun"] == "row"
        assert explanation.metadata["split"].value_counts().to_dict() == {"train": 30, "test": 10}
    assert store.record("quick-exact").state == "complete"
    # At most once on each of the two workers.
    loaded = loads(store)
    assert 1 <= loaded.count("quick") <= 2
    before = {r.key: r.created for r in store.list()}
    assert made(store, cluster, fakes.QUICK) == []
    assert loads(store) == loaded
    assert {r.key: r.created for r in store.list()} == {
        key: when for key, when in before.items() if key != "broken-exact"
    }


def test_another_recipe_takes_the_place_of_the_old(tmp_path: Path, cluster: Cluster) -> None:
    store = Store(tmp_path)
    made(store, cluster, fakes.QUICK)
    old = store.record("quick-exact").key
    jobs = (DemoJob("exact", "Quick, Exact", 1, {"seed": 7}), fakes.QUICK.jobs[1])
    changed = dataclasses.replace(fakes.QUICK, jobs=jobs)
    queue_demos(store, [changed])
    assert old in {record.key for record in store.list()}
    work(store, cluster)
    assert {record.name for record in store.list()} == {"Quick, Exact", "Quick, Kernel"}
    assert store.record("quick-exact").key != old
    assert {record.state for record in store.list()} == {"complete"}


def test_a_deleted_demo_stays_deleted(tmp_path: Path, cluster: Cluster) -> None:
    store = Store(tmp_path)
    made(store, cluster, fakes.QUICK)
    store.delete(store.record("quick-exact").key)
    made(store, cluster, fakes.QUICK)
    assert [record.name for record in store.list()] == ["Quick, Kernel"]


def test_the_quickest_demo_comes_first_and_more_segments_come_last() -> None:
    work = in_order(DEMOS)
    assert (work[0][0].name, work[0][1].explainer) == ("diabetes", "deep")
    assert len({job.rank for _, job in work}) == len(work)
    finer = ["segments" in job.call for _, job in work]
    assert finer == sorted(finer)
    assert any(finer)
    # Each demo opens before any is explained a second time.
    assert {demo.name for demo, _ in work[: len(DEMOS)]} == {demo.name for demo in DEMOS}
