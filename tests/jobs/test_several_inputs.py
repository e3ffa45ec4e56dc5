"""Jobs of a model with several inputs: cut into parts, rows known, read in part; no cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapviz.explanation import Explanation, concat
from shapviz.jobs import JobSpec, loading
from shapviz.jobs.known import explained, remember
from shapviz.maskers import Composite, Image
from shapviz.samples import Demo, DemoJob, Loaded, build_job
from shapviz.store import Store
from shapviz.store.row_digests import row_digests
from tests.oracles import agree

ROWS = 10
rng = np.random.default_rng(0)


def rows(n: int) -> dict[str, np.ndarray]:
    return {"scan": rng.random((n, 4, 4, 1)), "record": rng.normal(size=(n, 2))}


X, GROUND = rows(ROWS), rows(3)


def load(_folder: Path) -> Loaded:
    import keras

    keras.utils.set_random_seed(0)
    scan, record = keras.Input((4, 4, 1), name="scan"), keras.Input((2,), name="record")
    both = keras.layers.Concatenate()([keras.layers.Flatten()(scan), record])
    hidden = keras.layers.Dense(4, activation="tanh")(both)
    model = keras.Model({"scan": scan, "record": record}, keras.layers.Dense(1)(hidden))
    plain = Loaded(
        model=model,
        X=X,
        display_data={**X, "record": X["record"] * 10},
        truth=np.arange(float(ROWS)),
        train=np.arange(ROWS) % 4 != 0,
        background=GROUND,
        score=1.0,
        options={},
    )
    cells = Image(GROUND["scan"], superpixels=4, method="grid")
    masker = Composite({"scan": cells, "record": GROUND["record"]})
    by_cell = replace(plain, background=masker, display_data=None)
    return replace(plain, others={"partition": by_cell})


DEMO = Demo(
    name="scans",
    title="Scans",
    subtitle="",
    sample_noun="patient",
    model_name="Keras, two inputs",
    data_name="10 patients",
    samples=ROWS,
    jobs=(
        DemoJob("deep", "Scans, Deep", 0),
        DemoJob("partition", "Scans, Partition", 1, {"budget": 64}),
    ),
    load=load,
    modality="mixed",
)


def spec(job: DemoJob, **more: Any) -> JobSpec:
    return JobSpec(
        model={"kind": "demo", "demo": "scans", "recipe": DEMO.recipe(job)},
        data={"kind": "demo", **more},
        background={"kind": "demo"},
        explainer=job.explainer,
        call=dict(job.call),
        name=job.name,
        about=DEMO.about,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, dict[str, Explanation]]:
    store, loaded = Store(tmp_path_factory.mktemp("scans")), load(Path())
    return store, {job.explainer: build_job(DEMO, job, loaded, store) for job in DEMO.jobs}


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "demo_named", lambda name: DEMO)


@pytest.mark.parametrize("job", DEMO.jobs, ids=lambda job: job.explainer)
def test_parts_of_a_job_make_what_one_call_makes(made: Any, job: DemoJob, tmp_path: Path) -> None:
    _, whole = made
    store = Store(tmp_path)
    found = loading.ready((store.url, None), spec(job))
    assert len(found.rows) == ROWS
    pieces = [explained(found, store, part, None, None, None)[0] for part in ((0, 3), (3, ROWS))]
    joined = concat(pieces)
    once = whole[job.explainer]
    assert agree(joined.flat().values, once.flat().values, 1e-6)
    assert joined.inputs == once.inputs
    assert joined.feature_names == once.feature_names
    np.testing.assert_array_equal(joined.truth, once.truth)
    for name, part in once.display_data.items():
        np.testing.assert_array_equal(joined.display_data[name], part)
    if once.regions is not None:
        np.testing.assert_array_equal(joined.regions["scan"], once.regions["scan"])
        assert joined.of_input("scan").regions.shape == (ROWS, 4, 4)


def test_a_demo_s_job_and_its_build_have_one_key(made: Any) -> None:
    store, _ = made
    keys = {record.name: record.key for record in store.list()}
    for job in DEMO.jobs:
        asked = loading.ready((store.url, None), spec(job)).asked()
        assert asked.key == keys[job.name]


def test_known_rows_of_all_inputs_are_not_asked_again(made: Any) -> None:
    store, whole = made
    job = DEMO.jobs[0]
    found = loading.ready((store.url, None), spec(job, rows=[2, 6]))
    asked = found.asked()
    digests = row_digests(asked.rows)
    known = remember(store, asked, "another job", digests)
    assert known is not None
    assert known.count == 4
    piece, seconds = explained(found, store, (0, 4), known, None, None)
    assert seconds == 0.0
    assert agree(piece.flat().values, whole["deep"][2:6].flat().values, 1e-6)
    assert dict(piece.inputs or {}) == dict(whole["deep"].inputs or {})
    # Another number in one input is another row.
    changed = asked.rows.copy()
    changed[1, -1] += 1
    assert (row_digests(changed) != digests).any(axis=1).tolist() == [False, True, False, False]


def test_some_rows_and_features_are_read_alone(made: Any, tmp_path: Path) -> None:
    store, whole = made
    for record in store.list():
        e = whole[record.explainer]
        some = store.rows(record.key, 3, 5)
        assert some.inputs == e.inputs
        assert agree(some.flat().values, e[3:5].flat().values, 1e-6)
        taken = store.take(record.key, np.array([7, 1]))
        assert agree(taken.of_input("record").values, e[[7, 1]].of_input("record").values, 1e-6)
        name = "record: feature 1"
        feature = store.feature(record.key, name)
        column = e.flat().values[:, e.feature_names.index(name)]
        assert agree(feature.values, column, 1e-6)
        assert record.features == e.flat().values.shape[1]
        there = Store(tmp_path / record.explainer)
        store.export(record.key, tmp_path / f"{record.explainer}.zip")
        again = there.get(there.import_(tmp_path / f"{record.explainer}.zip"))
        assert again.inputs == e.inputs
        if e.regions is not None:
            np.testing.assert_array_equal(again.regions["scan"], e.regions["scan"])
            assert some.of_input("scan").wholes.shape == (2, 4, 4, 1)
