"""Jobs from asking to answer on a real cluster: the library's, stopped, resumed, poisoned."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
import xgboost

from shapviz import jobs
from shapviz.errors import InputError, JobError
from shapviz.jobs import JobSpec
from shapviz.jobs.cluster import Cluster
from shapviz.jobs.previewing import preview_id
from shapviz.store import Store
from shapviz.ui import explain_words
from tests.jobs import fakes
from tests.jobs.working import until, work, working

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_a_job_answers_as_the_library_does(store: Store, cluster: Cluster, tmp_path: Path) -> None:
    """One key, one answer: asked by a job and by `Store.explain`."""
    from shapviz.explainers.exact import ExactExplainer

    job = jobs.submit(store, fakes.spec(fakes.QUICK, "by hand"))
    assert jobs.find(store, job).state == "queued"
    work(store, cluster)
    found = jobs.find(store, job)
    assert (found.state, found.done, found.samples) == ("complete", 40, 40)
    assert found.why == "Exact: asked for by name."
    demo = fakes.QUICK.load(tmp_path / "models")
    labels = {"truth": demo.truth, "metadata": demo.metadata, "display_data": demo.display_data}
    explainer = ExactExplainer(demo.model, demo.background, **demo.options)
    other = Store(tmp_path / "other")
    there = other.explain(explainer, demo.X, name="by hand", **labels)
    assert found.key == other.key_of(explainer, demo.X, name="by hand", **labels)
    np.testing.assert_array_equal(store.get(found.key).values, there.values)


def test_a_coordinator_that_dies_after_the_commit_leaves_a_job_that_made_its_own(
    store: Store, cluster: Cluster
) -> None:
    """Computed here, whoever closes the books; asked for anew it is from the store."""
    job = jobs.submit(store, fakes.spec(fakes.QUICK, "by hand"))
    work(store, cluster)
    key = jobs.find(store, job).key
    # As the dead one leaves it: the explanation is there, the job still at work.
    store.catalogue.queue.change(job, state="computing", ended=None)
    work(store, cluster)
    found = jobs.find(store, job)
    assert (found.state, found.message, found.key) == ("complete", "", key)
    assert not explain_words.is_from_store(found)
    store.catalogue.queue.change(job, state="queued", ended=None)
    work(store, cluster)
    assert explain_words.is_from_store(jobs.find(store, job))


def test_a_stored_model_that_nobody_vouched_for(
    store: Store, cluster: Cluster, tmp_path: Path
) -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(60, 4)), columns=["a", "b", "c", "who"])
    table["who"] = [f"p{i}" for i in range(60)]
    table["ill"] = table["a"] + table["b"] > 0
    fitted = LogisticRegression().fit(table[["a", "b", "c"]], table["ill"])
    skops.io.dump(fitted, tmp_path / "model.skops")
    model = store.materials.add_model(tmp_path / "model.skops", name="Logistic")
    data = store.materials.add_table(table, name="People")
    spec = JobSpec(
        model={"kind": "stored", "digest": model.digest},
        data={"digest": data.digest, "target": "ill", "names": "who", "rows": [10, 60]},
        background={"digest": data.digest, "how": "sample", "size": 20},
        name="Who is ill",
    )
    job = jobs.submit(store, spec)
    work(store, cluster)
    found = jobs.find(store, job)
    assert (found.state, found.message) == ("complete", "")
    assert found.why.startswith("Linear")
    explanation = store.get(found.key)
    assert list(explanation.feature_names) == ["a", "b", "c"]
    assert explanation.sample_names[0] == "p10"
    assert list(explanation.truth) == list(table["ill"][10:])


def test_the_same_question_is_not_computed_again(store: Store, cluster: Cluster) -> None:
    first = jobs.submit(store, fakes.spec(fakes.QUICK, owner="a"))
    work(store, cluster)
    created = store.record(jobs.find(store, first).key).created
    assert jobs.submit(store, fakes.spec(fakes.QUICK, "called otherwise", owner="b")) == first
    assert jobs.find(store, first).state == "complete"
    # In other words, the default said aloud: another job, the same explanation.
    second = jobs.submit(store, fakes.spec(fakes.QUICK, call={"seed": 0}))
    assert second != first
    assert work(store, cluster) == []
    assert jobs.find(store, second).key == jobs.find(store, first).key
    assert store.record(jobs.find(store, first).key).created == created


def test_another_name_copies_the_values(store: Store, cluster: Cluster) -> None:
    first = jobs.submit(store, fakes.spec(fakes.QUICK, "one"))
    second = jobs.submit(store, fakes.spec(fakes.QUICK, "two", call={"seed": 0}))
    work(store, cluster)
    keys = [jobs.find(store, job).key for job in (first, second)]
    assert keys[0] != keys[1]
    np.testing.assert_array_equal(store.get(keys[0]).values, store.get(keys[1]).values)


def test_more_rows_extend_what_is_there(store: Store, cluster: Cluster, tmp_path: Path) -> None:
    """Rows that were explained before are taken from the store, wherever they stand."""
    from shapviz.explainers.permutation import PermutationExplainer

    X = np.random.default_rng(0).normal(size=(300, 5))
    fitted = xgboost.XGBRegressor(n_estimators=5, max_depth=3, n_jobs=1)
    fitted.fit(X, X[:, 0] * X[:, 1])
    fitted.save_model(tmp_path / "model.ubj")
    model = store.materials.add_model(tmp_path / "model.ubj", name="Booster", trusted=True)
    shuffled = np.random.default_rng(1).permutation(300)
    tables = [store.materials.add_table(t, name="X").digest for t in (X[:200], X[shuffled])]
    background = store.materials.add_table(X[:10] + 1, name="B").digest

    def ask(digest: str, name: str) -> jobs.Job:
        spec = JobSpec(
            model={"kind": "stored", "digest": model.digest},
            data={"digest": digest},
            background={"digest": background},
            explainer="permutation",
            call={"budget": 40},
            name=name,
        )
        with working(store, cluster):
            cost = jobs.preview(store, spec)
            job = jobs.submit(store, spec)
            until(lambda: not jobs.find(store, job).active)
        found = jobs.find(store, job)
        assert (found.state, found.message) == ("complete", "")
        sent = store.get(found.key).provenance["model_rows"]
        assert (cost.exact, cost.rows) == (True, sent)
        return found

    first, second = ask(tables[0], "two hundred"), ask(tables[1], "three hundred")
    rows = [store.get(job.key).provenance["model_rows"] for job in (first, second)]
    assert 0 < rows[1] < 0.6 * rows[0]
    booster = xgboost.Booster()
    booster.load_model(tmp_path / "model.ubj")
    truth = PermutationExplainer(booster, X[:10] + 1)(X[shuffled], budget=40)
    got = store.get(second.key)
    np.testing.assert_allclose(got.values, truth.values, rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(got.data, X[shuffled])
    assert list(got.sample_names) == [str(i) for i in range(300)]


def test_cancel_and_resume(store: Store, cluster: Cluster) -> None:
    job = jobs.submit(store, fakes.spec(fakes.LONG))
    with working(store, cluster):
        until(lambda: jobs.find(store, job).done > 8)
        assert jobs.cancel(store, job)
        asked = time.monotonic()
        until(lambda: jobs.find(store, job).state == "cancelled")
        # A second where nobody else works: the slow tests hold it to that.
        assert time.monotonic() - asked < 10.0
        found = jobs.find(store, job)
        kept = [p for p in store.catalogue.parts(found.key) if p["state"] == "done"]
        assert kept
        assert store.record(found.key).state == "cancelled"
        assert jobs.resume(store, job)
        until(lambda: jobs.find(store, job).state == "computing")
        until(lambda: jobs.find(store, job).done > found.done)
        jobs.cancel(store, job)
        until(lambda: jobs.find(store, job).state == "cancelled")
    again = {p["index"]: p for p in store.catalogue.parts(found.key)}
    assert all(again[p["index"]]["location"] == p["location"] for p in kept)


def test_a_cancel_stops_a_part_half_way(store: Store, cluster: Cluster) -> None:
    """Not at its end, the whole job is one part of six seconds; nor by ending the worker."""
    workers = cluster.workers()
    job = jobs.submit(store, fakes.spec(fakes.LONG, ranges=[[0, 4000]]))
    with working(store, cluster):
        until(lambda: jobs.find(store, job).done > 0)
        jobs.cancel(store, job)
        until(lambda: jobs.find(store, job).state == "cancelled")
    assert cluster.workers() == workers
    found = jobs.find(store, job)
    assert found.done == 0
    assert [part["state"] for part in store.catalogue.parts(found.key)] == ["planned"]


@pytest.mark.slow
def test_twenty_cancels_are_shown_within_a_second(store: Store, cluster: Cluster) -> None:
    """Shown once the last part has stopped; for a machine where nobody else works."""
    ranges = [[start, start + 500] for start in range(0, 4000, 500)]
    waits: list[float] = []

    def asked() -> str:
        # Where one came to its end in between, another question goes on.
        call = {"seed": 1 + len(waits)}
        return jobs.submit(store, fakes.spec(fakes.LONG, ranges=ranges, call=call))

    def state() -> str:
        return jobs.find(store, job[-1]).state

    with working(store, cluster):
        job = [asked()]
        while len(waits) < 20:
            until(lambda: state() == "computing")
            time.sleep(0.02 * len(waits))
            began = time.monotonic()
            jobs.cancel(store, job[-1])
            until(lambda: state() in ("cancelled", "complete"))
            waits.append(time.monotonic() - began)
            if not jobs.resume(store, job[-1]):
                job.append(asked())
    assert max(waits) < 1.0


def test_a_quick_job_does_not_wait_for_the_long_one_of_somebody_else(
    store: Store, cluster: Cluster
) -> None:
    long = jobs.submit(store, fakes.spec(fakes.LONGEST, owner="a"))
    with working(store, cluster):
        until(lambda: jobs.find(store, long).done > 8)
        quick = jobs.submit(store, fakes.spec(fakes.QUICK, owner="b"))
        until(lambda: jobs.find(store, quick).state == "complete")
        assert jobs.find(store, long).state == "computing"
        jobs.cancel(store, long)
        until(lambda: jobs.find(store, long).state == "cancelled")


def test_what_is_in_the_store_is_answered_before_a_long_job_of_the_same_person(
    store: Store, cluster: Cluster
) -> None:
    quick = fakes.spec(fakes.LONGEST, data={"kind": "demo", "rows": [0, 40]})
    jobs.submit(store, quick)
    work(store, cluster)
    long = jobs.submit(store, fakes.spec(fakes.LONGEST))
    with working(store, cluster):
        until(lambda: jobs.find(store, long).done > 8)
        again = jobs.submit(store, fakes.spec(fakes.LONGEST, "renamed", data=quick.data, call={}))
        until(lambda: jobs.find(store, again).state == "complete")
        assert jobs.find(store, long).state == "computing"
        jobs.cancel(store, long)
        until(lambda: jobs.find(store, long).state == "cancelled")


def test_a_poisoned_part_is_told_and_the_rest_is_done(store: Store, cluster: Cluster) -> None:
    ranges = [[0, 10], [10, 20], [20, 25], [25, 40]]
    job = jobs.submit(store, fakes.spec(fakes.POISONED, ranges=ranges))
    work(store, cluster)
    found = jobs.find(store, job)
    assert found.state == "failed"
    assert found.message.startswith("Rows 20 to 24: `model` must accept the rows")
    assert "row 20 is not to my taste" in found.message
    # Said once, by the page or the command line.
    assert explain_words.told(found).count(" kept") == 1
    assert found.done == 35
    assert [(f["start"], f["stop"]) for f in found.answer["failed"]] == [(20, 25)]


def test_a_part_that_kills_its_worker_is_set_aside(store: Store, cluster: Cluster) -> None:
    ranges = [[0, 10], [10, 20], [20, 25], [25, 40]]
    job = jobs.submit(store, fakes.spec(fakes.DEADLY, ranges=ranges))
    work(store, cluster)
    found = jobs.find(store, job)
    assert found.state == "failed"
    assert found.message.startswith("Rows 20 to 24: The worker died 2 times")
    assert found.done == 35


def test_what_is_not_there_is_told(store: Store) -> None:
    with pytest.raises(JobError, match="`job` must be in the queue"):
        jobs.cancel(store, "nothing")
    assert jobs.find(store, "nothing") is None
    with pytest.raises(InputError, match="`name` must not be empty"):
        fakes.spec(fakes.QUICK, "")


def test_a_spec_survives_json() -> None:
    spec = fakes.spec(fakes.QUICK, call={"budget": 9}, owner="me", ranges=[[0, 40]])
    assert JobSpec.from_json(spec.to_json()) == spec
    assert JobSpec.from_json(spec.to_json()).id == spec.id


def test_asking_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from shapviz import jobs\n"
        "from shapviz.store import Store\n"
        "jobs.every(Store(sys.argv[1]))\n"
        "print(*{'tensorflow', 'streamlit', 'plotly', 'distributed', 'dask'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_a_preview_counts_the_rows_that_the_job_sends(store: Store, cluster: Cluster) -> None:
    spec = fakes.spec(fakes.LONG)
    jobs.ask_preview(store, spec)
    assert jobs.find_preview(store, spec) is None
    with working(store, cluster):
        found = jobs.preview(store, spec)
        assert (found.explainer, found.samples, found.exact) == ("exact", 4000, True)
        assert found.seconds > 0.5
        assert found.memory_bytes > 50e6
        job = jobs.submit(store, spec)
        until(lambda: jobs.find(store, job).state == "complete")
        key = jobs.find(store, job).key
        assert key == found.key
        assert len(store.catalogue.parts(key)) == found.parts
        assert store.get(key).provenance["model_rows"] == found.rows
        again = fakes.spec(fakes.LONG, call={"seed": 0})
        assert jobs.preview(store, again).stored
        with pytest.raises(JobError, match="the data are gone"):
            jobs.preview(store, fakes.spec(fakes.BROKEN))


def test_a_preview_that_fails_once_it_was_withdrawn_has_ended(
    store: Store, cluster: Cluster
) -> None:
    spec = fakes.spec(fakes.LATE)
    jobs.ask_preview(store, spec)
    asked = preview_id(spec)
    with working(store, cluster):
        until(lambda: jobs.find(store, asked).state == "preparing")
        jobs.cancel(store, asked)
        until(lambda: jobs.find(store, asked).state == "cancelled")
        # Nobody looks into it again, so the next one has its turn.
        assert jobs.preview(store, fakes.spec(fakes.QUICK)).samples == fakes.ROWS


def test_labels_that_go_with_what_is_replaced_are_told(
    store: Store, cluster: Cluster, tmp_path: Path
) -> None:
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 3)), columns=["a", "b", "y"])
    booster = xgboost.XGBRegressor(n_estimators=2, max_depth=2, n_jobs=1)
    booster.fit(table[["a", "b"]], table["y"])
    booster.save_model(tmp_path / "model.ubj")
    model = store.materials.add_model(tmp_path / "model.ubj", name="M", trusted=True).digest
    data = store.materials.add_table(table, name="T").digest
    asked = {"model": {"kind": "stored", "digest": model}, "background": {"digest": data}}
    features = {"digest": data, "features": ["a", "b"]}
    with_truth = JobSpec(**asked, data={**features, "target": "y"}, explainer="exact", name="one")
    without = JobSpec(**asked, data=features, explainer="exact", name="one")
    first, second = (jobs.submit(store, spec) for spec in (with_truth, without))
    work(store, cluster)
    assert jobs.find(store, first).message == ""
    assert jobs.find(store, second).message.startswith("'one' was replaced by one without the tru")
    assert [record.name for record in store.list()] == ["one"]
