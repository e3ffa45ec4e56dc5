"""The worker: everything queued at once, one failure alone, nothing made twice, stops when told."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from shapviz.jobs.statuses import BUSY
from shapviz.jobs.worker import in_order, make_demos
from shapviz.samples import DEMOS, DemoJob
from shapviz.store import Store
from tests.jobs import fakes

ROOT = Path(__file__).parents[2]


def run(store: Store, *demos: Any, cancel: Any = None) -> tuple[list[str], Any]:
    said: list[str] = []
    failed = make_demos(store, cancel or threading.Event(), said.append, demos)
    return said, failed


def test_every_demo_is_made_and_the_failure_of_one_is_told(tmp_path: Path, capsys: Any) -> None:
    store = Store(tmp_path)
    said, failed = run(store, fakes.BROKEN, fakes.QUICK)
    assert failed == ["Broken, Exact"]
    assert said[0] == "Broken, Exact: failed. the data are gone"
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


def test_all_are_listed_as_queued_before_the_first_is_made(tmp_path: Path) -> None:
    store = Store(tmp_path)
    seen: list[list[tuple[str, str]]] = []

    def load(_folder: Path) -> Any:
        seen.append([(r.name, r.state) for r in store.list()])
        return fakes.load_quick(_folder)

    run(store, dataclasses.replace(fakes.QUICK, load=load), fakes.SLOW)
    assert seen == [
        [("Quick, Exact", "computing"), ("Slow, Exact", "queued"), ("Quick, Kernel", "queued")]
    ]
    assert store.record("quick-exact").state == "complete"


def test_a_second_start_loads_nothing(tmp_path: Path) -> None:
    run(Store(tmp_path), fakes.QUICK)
    before = {r.key: r.created for r in Store(tmp_path).list()}
    fakes.LOADS.clear()
    said, failed = run(Store(tmp_path), fakes.QUICK)
    assert (fakes.LOADS, said, failed) == ([], [], [])
    assert {r.key: r.created for r in Store(tmp_path).list()} == before


def test_another_recipe_takes_the_place_of_the_old(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run(store, fakes.SLOW)
    (old,) = store.list()
    job = DemoJob("exact", "Slow, Exact", 2, {"seed": 7})
    run(store, dataclasses.replace(fakes.SLOW, jobs=(job,)))
    (new,) = store.list()
    assert new.key != old.key
    assert new.state == "complete"


def test_a_deleted_demo_stays_deleted(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run(store, fakes.QUICK)
    (key,) = [record.key for record in store.list() if record.name == "Quick, Exact"]
    store.delete(key)
    run(store, fakes.QUICK)
    assert [record.name for record in store.list()] == ["Quick, Kernel"]


def test_a_cancelled_worker_goes_on_later(tmp_path: Path) -> None:
    store = Store(tmp_path)

    class OnceSomethingIsDone:
        def is_set(self) -> bool:
            return any(record.done for record in store.list())

    said, failed = run(store, fakes.SLOW, cancel=OnceSomethingIsDone())
    assert (said, failed) == ([], [])
    (record,) = store.list()
    assert record.state == "queued"
    assert 0 < record.done < fakes.ROWS
    run(store, fakes.SLOW)
    (record,) = store.list()
    assert (record.state, record.done) == ("complete", fakes.ROWS)


WORKER = """
import sys
from shapviz.jobs.worker import main
from tests.jobs.fakes import SLOW, QUICK
sys.exit(main(["--store", sys.argv[1]], (SLOW, QUICK)))
"""


def worker(store: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(store)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(condition: Any, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def test_sigterm_stops_it_cleanly_and_a_second_one_is_turned_away(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = worker(tmp_path)
    until(lambda: any(r.state == "computing" and r.done for r in store.list()))
    second = worker(tmp_path)
    _, complaint = second.communicate(timeout=30)
    assert second.returncode == BUSY
    assert f"process {first.pid} is writing" in complaint
    first.send_signal(signal.SIGTERM)
    said, errors = first.communicate(timeout=30)
    assert (first.returncode, errors) == (0, "")
    assert said.endswith("Stopped; finished parts are kept.\n")
    assert {record.state for record in store.list()} <= {"complete", "queued"}


def test_the_quickest_demo_comes_first_and_more_segments_come_last() -> None:
    work = in_order(DEMOS)
    assert (work[0][0].name, work[0][1].explainer) == ("diabetes", "deep")
    assert len({job.rank for _, job in work}) == len(work)
    finer = ["segments" in job.call for _, job in work]
    assert finer == [False] * 8 + [True] * 7
    assert {demo.name for demo, _ in work[:4]} == {demo.name for demo in DEMOS}


@pytest.mark.parametrize("wanted", ["tensorflow", "keras", "streamlit", "plotly"])
def test_a_worker_with_nothing_to_do_loads_nothing_heavy(wanted: str, tmp_path: Path) -> None:
    code = (
        "import sys, threading\n"
        "from shapviz.jobs.worker import make_demos\n"
        "from shapviz.store import Store\n"
        "make_demos(Store(sys.argv[1]), threading.Event(), print, ())\n"
        "sys.exit(sys.argv[2] in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path), wanted], cwd=ROOT)
    assert done.returncode == 0
