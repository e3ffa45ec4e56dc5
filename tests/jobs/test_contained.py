"""Jobs of models that nobody vouched for: the same numbers, from a child, and sealed keys."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from shapviz.digests import digest_of_json
from shapviz.errors import JobCancelled, UploadError
from shapviz.jobs import contained
from shapviz.jobs.claims import DESCRIBED
from shapviz.jobs.loading import ready
from shapviz.jobs.spec import JobSpec
from shapviz.store import Store
from tests.conftest import missing
from tests.oracles import agree


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """A store with a model that is not trusted, and a job on it."""
    try:
        import lightgbm
    except ImportError:
        missing("lightgbm is not installed")
    folder = tmp_path_factory.mktemp("contained")
    store = Store(str(folder / "store"))
    rows = np.random.default_rng(0).normal(size=(40, 3))
    options = {"verbose": -1, "num_threads": 1, "num_leaves": 7}
    model = lightgbm.train(options, lightgbm.Dataset(rows, rows[:, 0] * rows[:, 1]), 5)
    model.save_model(folder / "model.txt")
    record = store.materials.add_model(folder / "model.txt", name="model")
    data = store.materials.add_table(rows, name="rows")
    spec = JobSpec(
        model={"kind": "stored", "digest": record.digest},
        data={"digest": data.digest},
        background={"digest": data.digest, "how": "sample", "size": 10},
        explainer="permutation",
        call={"budget": 30},
        name="a model of unknown source",
    )
    yield store, spec
    contained._children.close()


def test_the_child_gives_the_worker_s_numbers_under_sealed_keys(job):
    store, spec = job
    assert contained.is_contained(store, spec)
    claim = contained.prepare(store, spec)
    heard = []
    piece, seconds = contained.explain(
        store, spec, claim["question"], 3, 7, progress=lambda *n: heard.append(n)
    )
    here = ready((store.url, None), spec)
    rows, call = here.part(3, 7)
    expected = here.explainer(rows, **call)
    assert np.array_equal(piece.values, expected.values)
    assert list(piece.sample_names) == list(expected.sample_names)
    assert agree(piece.predictions, expected.predictions, 1e-12)
    assert seconds > 0
    assert claim["question"] == digest_of_json(here.asked().question)
    assert claim["rows_digest"] == here.asked().rows_digest
    asked = here.asked()
    assert claim["key"] != asked.key
    assert len(claim["key"]) == len(asked.key)
    assert claim["values_key"] != asked.values_key
    assert claim["described"]["asked"] != asked.alike


def test_a_cancel_or_a_crash_ends_the_child_and_the_next_call_starts_another(job):
    store, spec = job
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(JobCancelled):
        contained.call(store, spec, "shapviz.jobs.contained:prepare_here", {}, cancel=cancel)
    assert contained.prepare(store, spec)["described"]["samples"] == 40


@pytest.mark.parametrize(
    "lie",
    [
        {"key": None},
        {"key": 3},
        {"seconds": float("nan")},
        {"seconds": -1.0},
        {"described": {"state": "complete"}},
        {"described": None},
    ],
)
def test_what_reaches_the_coordinator_has_the_agreed_types_and_no_more(job, monkeypatch, lie):
    store, spec = job
    described = {
        name: {str: "x", int: 1, dict: {}, list: []}[kinds[0]] for name, kinds in DESCRIBED.items()
    }
    good = {
        "key": "k",
        "values_key": None,
        "described": {**described, "samples": 40},
        "about": {},
        "rows_digest": "r",
        "question": "q",
        "why": "",
        "seconds": 0.5,
        "state": "complete",
    }
    monkeypatch.setattr(contained, "call", lambda *_: good)
    assert "state" not in contained.prepare(store, spec)
    monkeypatch.setattr(contained, "call", lambda *_: {**good, **lie})
    with pytest.raises(UploadError, match="come back as agreed"):
        contained.prepare(store, spec)
    other = {**good, "described": {**described, "samples": 41}}
    monkeypatch.setattr(contained, "call", lambda *_: other)
    with pytest.raises(UploadError, match="41 samples of 40"):
        contained.prepare(store, spec)


def test_a_probe_runs_in_the_child_too(job):
    store, spec = job
    found = contained.probe(store, spec, {"ranges": None})
    assert found["samples"] == 40
    assert found["key"] == contained.prepare(store, spec)["key"]
    assert found["rows"] > 0


def test_claims_that_do_not_fit_are_not_believed(job):
    store, spec = job
    with contained._children.lent(store, spec) as room:
        for claim in ({}, {"arrays": [], "document": {}}, {"arrays": ["x"], "document": {}}):
            with pytest.raises(UploadError):
                room.explanation(claim)
