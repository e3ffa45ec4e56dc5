"""The store on a local folder and on another file system, and its promises under violence."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapviz.errors import StoreError
from shapviz.explainers.exact import ExactExplainer
from shapviz.explanation import Explanation
from shapviz.interop import from_values
from shapviz.store import Store
from shapviz.store.computing import merged_provenance, next_ranges
from shapviz.store.parcel import from_parcel, to_parcel
from tests.contracts.store import StoreContract
from tests.store.fakes import FakeExplainer, rich_explanation, table

ROOT = Path(__file__).parents[2]


class TestLocal(StoreContract):
    def open_store(self, tmp_path: Any) -> Store:
        return Store(tmp_path / "new" / "store")


class TestMemoryFileSystem(StoreContract):
    def open_store(self, tmp_path: Any) -> Store:
        return Store(f"memory://{tmp_path.name}", f"sqlite:///{tmp_path}/catalogue.sqlite")


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_no_gap_is_told_of_values_without_predictions(tmp_path: Path) -> None:
    store = Store(tmp_path)
    known = Explanation(values=[[1.0]], base_values=0.0, predictions=[1.5])
    unknown = from_values(np.ones((1, 1)), base_values=0.0)
    gaps = {e: store.record(store.put(e, name=str(i))).gap for i, e in enumerate((known, unknown))}
    assert gaps == {known: 0.5, unknown: None}


def test_interactions_come_back_and_leave_other_documents_as_they_were(tmp_path: Path) -> None:
    def model(rows: Any) -> Any:
        return np.asarray(rows)[:, :2].prod(axis=1) + np.asarray(rows)[:, 2]

    X = np.random.default_rng(0).normal(size=(20, 3))
    explainer = ExactExplainer(model, X[:4], model_id="product")
    store = Store(tmp_path)
    # In two parts or more, put together again.
    made = store.explain(explainer, X, name="pairs", interactions=True)
    pairs = next(record for record in store.list() if record.name == "pairs")
    assert store.get(pairs.key).equals(made)
    np.testing.assert_array_equal(made.interactions, explainer(X, interactions=True).interactions)
    plain, arrays = to_parcel(made.replace(interactions=None))
    assert "interactions" not in plain
    assert "interactions" not in arrays
    assert from_parcel(plain, arrays.__getitem__).interactions is None


KILLED = """
import sys
from shapviz.store import Store
from tests.store.fakes import FakeExplainer, die_at, table
Store(sys.argv[1]).explain(FakeExplainer(at_row=die_at(int(sys.argv[2]))), table(100), name="k")
"""


@pytest.mark.parametrize("row", [3, 20, 70])
def test_killed_while_computing_then_resumed_equals_uninterrupted(tmp_path: Path, row: int) -> None:
    assert python(KILLED, tmp_path, row).wait(60) == -9
    store = Store(tmp_path)
    (record,) = store.list()
    assert record.state == "computing"
    assert record.done <= row
    with pytest.raises(StoreError, match=f"{record.done} of 100 samples done"):
        store.get(record.key)
    store.sweep()
    assert store.record(record.key).state == "queued"
    explainer, X = FakeExplainer(), table(100)
    resumed = store.explain(explainer, X, name="k")
    assert explainer.rows_explained == 100 - record.done
    plain = Store(tmp_path / "other").explain(FakeExplainer(), X, name="k")
    assert resumed.equals(plain)


KILLED_IN_COMMIT = """
import os, sys
from shapviz.store import Store, commit
from shapviz.store.arrays import ArrayFiles
from tests.store.fakes import FakeExplainer, table
put = ArrayFiles.put_bytes
def die(self, location, *content, **how):
    put(self, location, *content, **how)
    if location.startswith(sys.argv[2]) and not location.endswith(".json"):
        os.kill(os.getpid(), 9)
ArrayFiles.put_bytes = die
Store(sys.argv[1]).explain(FakeExplainer(), table(100), name="k")
"""


@pytest.mark.parametrize("place", ["staged", "arrays"])
def test_killed_between_writing_and_marking(tmp_path: Path, place: str) -> None:
    assert python(KILLED_IN_COMMIT, tmp_path, place).wait(60) == -9
    store = Store(tmp_path)
    (record,) = store.list()
    assert record.state == "computing"
    with pytest.raises(StoreError, match="complete"):
        store.get(record.key)
    assert store._files.children("arrays" if place == "arrays" else f"staged/{record.key}") != []
    removed = store.sweep()
    assert len(removed) == 1
    assert removed[0].startswith(place)
    explainer, X = FakeExplainer(), table(100)
    told = store.explain(explainer, X, name="k")
    assert explainer.rows_explained == (0 if place == "arrays" else 100)
    np.testing.assert_array_equal(told.values, X)


READER = """
import json, sys, time
import numpy as np
from shapviz.errors import StoreError
from shapviz.store import Store
from tests.store.fakes import table
store, X, seen, end = Store(sys.argv[1]), table(200), [], time.time() + 40
print("ready", flush=True)
while time.time() < end:
    for record in store.list():
        try:
            explanation = store.get(record.key)
        except StoreError as error:
            assert "computing" in str(error), error
            seen.append(record.done)
            continue
        assert np.array_equal(explanation.values, X), "a wrong value was read"
        print(json.dumps(seen))
        sys.exit()
    time.sleep(0.01)
sys.exit("never complete")
"""


def test_a_reader_sees_all_or_nothing_and_progress_meanwhile(tmp_path: Path) -> None:
    Store(tmp_path)
    reader = python(READER, tmp_path)
    store = Store(tmp_path)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    store.explain(FakeExplainer(seconds_per_row=0.01), table(200), name="slow")
    out, err = reader.communicate(timeout=60)
    assert reader.returncode == 0, err
    seen = json.loads(out)
    assert seen == sorted(seen)
    assert len(set(seen)) >= 3
    assert seen[-1] <= 200


HOLDER = """
import sys, time
from shapviz.store import Store
with Store(sys.argv[1]).lock:
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_writing_process_is_told_who_writes(tmp_path: Path) -> None:
    holder = python(HOLDER, tmp_path)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        store = Store(tmp_path)
        for write in (
            lambda: store.put(rich_explanation(), name="a"),
            lambda: store.explain(FakeExplainer(), table(5), name="a"),
            lambda: store.sweep(),
        ):
            with pytest.raises(StoreError, match=f"process {holder.pid} is writing"):
                write()
        assert store.list() == []
    finally:
        holder.kill()
        holder.wait()
    store.put(rich_explanation(), name="a")


def test_threads_of_one_process_take_turns(tmp_path: Path) -> None:
    store = Store(tmp_path)
    explainers = [FakeExplainer(weight=w) for w in (1.0, 2.0, 3.0, 1.0)]
    threads = [
        threading.Thread(target=store.explain, args=(e, table(20)), kwargs={"name": "t"})
        for e in explainers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(record.state for record in store.list()) == ["complete"] * 3
    assert sum(e.rows_explained for e in explainers) == 60


def damage(store: Store, key: str, array: str) -> None:
    """Flip bits in the middle of the largest file of an array."""
    row = store.catalogue.row(key)
    assert row is not None
    folder = store.folder / row["location"] / array
    chunk = max((f for f in folder.rglob("*") if f.is_file()), key=lambda f: f.stat().st_size)
    content = bytearray(chunk.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8] = bytes(b ^ 0xFF for b in content[middle : middle + 8])
    chunk.write_bytes(content)


def test_a_damaged_chunk_is_found_and_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    key = store.put(rich_explanation(200), name="a")
    other = store.put(rich_explanation(20), name="b")
    damage(store, key, "values")
    problems = dict(store.verify())
    assert problems[other] is None
    assert problems[key] is not None
    assert problems[key].startswith("`values` must read back")
    with pytest.raises(StoreError, match="`values` must read back as it was written"):
        store.get(key)


def test_a_missing_chunk_is_not_read_as_zeros(tmp_path: Path) -> None:
    store = Store(tmp_path)
    key = store.put(rich_explanation(), name="a")
    row = store.catalogue.row(key)
    assert row is not None
    for chunk in (tmp_path / row["location"] / "predictions" / "c").rglob("*"):
        if chunk.is_file():
            chunk.unlink()
    with pytest.raises(StoreError, match="`predictions` must read back"):
        store.get(key)


def test_a_damaged_staged_part_is_computed_again(tmp_path: Path) -> None:
    assert python(KILLED, tmp_path, 70).wait(60) == -9
    store = Store(tmp_path)
    (record,) = store.list()
    part = tmp_path / "staged" / record.key / "0"
    part.write_bytes(b"nonsense" * (part.stat().st_size // 8))
    explainer, X = FakeExplainer(), table(100)
    told = store.explain(explainer, X, name="k")
    assert explainer.rows_explained == 100 - record.done + 8
    np.testing.assert_array_equal(told.values, X)


def test_nothing_in_the_store_is_pickled(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put(rich_explanation(), name="a")
    codecs = json.dumps(
        [json.loads(f.read_text()) for f in tmp_path.rglob("zarr.json")], ensure_ascii=False
    )
    assert "pickle" not in codecs
    assert "object" not in codecs


def test_a_store_elsewhere_needs_a_catalogue() -> None:
    with pytest.raises(StoreError, match="`catalogue` must be the SQLAlchemy URL"):
        Store("memory://nowhere")


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("text")
    for place in (file, file / "below"):
        with pytest.raises(StoreError, match="`store` must be a folder that can be made"):
            Store(place)
    (tmp_path / "catalogue.sqlite").write_text("no database, but long enough to look at")
    with pytest.raises(StoreError, match="`catalogue` must be an SQLite file"):
        Store(tmp_path)


def test_a_replaced_demo_is_not_made_again(tmp_path: Path) -> None:
    store, explainer, X = Store(tmp_path), FakeExplainer(), table(5)
    store.explain(explainer, X, name="a", demo="d")
    old, new = (store.key_of(explainer, X, name="a", **call) for call in ({}, {"truth": X[:, 0]}))
    job = {"id": "1", "slug": "d-fake", "spec": {}, "name": "a", "demo": "d", "explainer": "fake"}
    store.catalogue.queue.add({**job, "key": old, "state": "complete"})
    store.explain(explainer, X, name="a", truth=X[:, 0])
    assert [row["key"] for row in store.catalogue.queue.rows()] == [new]
    assert store.record("d-fake").key == new


def test_another_schema_is_refused(tmp_path: Path) -> None:
    from shapviz.store.tables import schema

    store = Store(tmp_path)
    with store.catalogue.engine.begin() as connection:
        connection.execute(schema.update().values(version=99))
    with pytest.raises(StoreError, match="catalogue of schema 3; got 99"):
        Store(tmp_path)


def test_ranges_cover_every_row_once() -> None:
    for samples in (1, 7, 8, 9, 100, 12_345):
        for seconds in (1e-9, 0.1, 5.0, 1000.0):
            fixed: list[tuple[int, int]] = []
            while ranges := next_ranges(fixed, seconds if fixed else None, samples):
                fixed += ranges
            assert [a for a, _ in fixed] == [0, *(b for _, b in fixed[:-1])]
            assert fixed[-1][1] == samples
            assert all(b > a for a, b in fixed)


def test_parts_are_about_two_seconds() -> None:
    ranges = next_ranges([(0, 8), (8, 40)], 0.32, 10_040)
    assert {b - a for a, b in ranges} == {200}


def test_merged_provenance_hides_no_difference() -> None:
    merged = merged_provenance(
        [
            {
                "seconds": 1.0,
                "samples_by_design": {"a": 2},
                "worst": 0.1,
                "why": "a",
                "seed": 3,
                "digests": {"data": "x", "m": 1},
            },
            {
                "seconds": 2.5,
                "samples_by_design": {"a": 1, "b": 4},
                "worst": 0.4,
                "why": "b",
                "seed": 3,
                "digests": {"data": "y", "m": 1},
            },
        ]
    )
    assert merged == {
        "seconds": 3.5,
        "samples_by_design": {"a": 3, "b": 4},
        "worst": 0.4,
        "seed": 3,
        "digests": {"m": 1},
        "by_part": {"why": ["a", "b"]},
    }


def test_a_hundred_thousand_samples_write_and_read_in_seconds(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(100_000, 20))
    explanation = Explanation(
        values=values, base_values=0.0, data=values * 2, standard_errors=np.abs(values)
    )
    store = Store(tmp_path)
    started = time.perf_counter()
    key = store.put(explanation, name="large")
    written = time.perf_counter()
    back = store.get(key)
    read = time.perf_counter()
    assert back.equals(explanation)
    assert written - started < 20
    assert read - written < 10
    files = [f for f in tmp_path.rglob("*") if f.is_file() and "/c/" in f.as_posix()]
    assert len(files) < 20
