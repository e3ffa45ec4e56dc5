"""`shapviz explain`: what is refused, one run from files to the store, killed and run again."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from shapviz import jobs
from shapviz.cli.cells import odd_cell
from shapviz.cli.columns import Chosen, settled
from shapviz.cli.facts import Told
from shapviz.cli.following import duration, pace
from shapviz.cli.material import read_pictures
from shapviz.cli.shapes import check_shape
from shapviz.cli.waiting import kept
from shapviz.errors import InputError, JobCancelled
from shapviz.jobs.model_facts import ModelFacts
from shapviz.store import Store
from tests.jobs.working import until
from tests.test_cli import call

ROOT = Path(__file__).parents[1]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a linear model as skops and rows as a table."""
    from sklearn.linear_model import LinearRegression
    from skops.io import dump

    X = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 3)), columns=["a", "b", "c"])
    y = X @ [1.0, 2.0, 3.0]
    dump(LinearRegression().fit(X, y), tmp_path / "model.skops")
    X.assign(y=y, id=[f"row {i}" for i in range(40)]).to_csv(tmp_path / "rows.csv", index=False)
    return tmp_path


def test_from_files_to_the_store_and_at_once_from_there(files: Path) -> None:
    store = files / "store"
    asked = ["explain", "--model", str(files / "model.skops"), "--data", str(files / "rows.csv")]
    asked += ["--target", "y", "--names", "id", "--store", str(store), "--workers", "1"]
    status, said = call(*asked, "--name", "one\nline")
    assert status == 0, said
    explanation = Store(store).get(Store(store).list()[0].key)
    assert explanation.feature_names == ("a", "b", "c")
    assert explanation.sample_names[3] == "row 3"
    assert len(explanation) == len(explanation.truth) == 40
    assert np.allclose(
        explanation.values[:, 2].std(), 3 * explanation.data[:, 2].astype(float).std()
    )
    assert "Done in" in said
    assert "Linear: the coefficients of a LinearRegression give exact values." in said
    key = Store(store).list()[0].key
    assert said.endswith(
        f"Key:  {key}\nName: one line\nLook: shapviz show {key}, or shapviz serve\n"
    )
    status, said = call(*asked, "--name", "another")
    assert status == 0
    assert "It was asked before, under the name “one line”." in said
    assert [record.key for record in Store(store).list()] == [key]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--model": "no.keras"}, "`path` must exist"),
        ({"--model": "model.pkl"}, "opening a pickle runs whatever code it holds"),
        (
            {"--model": "renamed.keras"},
            "got a pickle: opening a pickle runs whatever code it holds",
        ),
        ({"--model": "empty.keras"}, "`empty.keras` must hold something; got an empty file"),
        ({"--model": "words.onnx"}, "`words.onnx` must be a model; got a text file."),
        ({"--data": "no.csv"}, "`--data` must be a file that exists"),
        ({"--data": "rows.xlsx"}, "`--data` must be a file ending in .csv"),
        ({"--data": "torn.parquet"}, "`--data` must hold what .parquet files hold"),
        ({"--data": "objects.npy"}, "`--data` must hold what .npy files hold"),
        ({"--target": "z"}, "`--data` must have the column (it has a, b, c, y, id); got 'z'"),
        ({"--features": "a,q"}, "got 'q'"),
        ({"--background": "median"}, "`--background` must be a file ending in .csv"),
        ({"--background": "kmeans:0"}, "`--background` must be"),
        ({"--explainer": "magic"}, "`--explainer` must be auto or one of exact,"),
        ({"--hide": "smudge"}, "`--hide` must be one of blur, inpaint,"),
        ({"--hide": "blur"}, "`data` must be an array of pictures or windows"),
        ({"--hide": "hold", "--data": "flat.npy"}, "`--data` must hold windows (n, time, feature)"),
        ({"--hide": "blur", "--background": "all"}, "`--background` must be left out"),
        ({"--hide": "omit"}, "`--text-column` must name the column of texts"),
        ({"--text-column": "note"}, "got 'note'"),
        ({"--text-column": "id", "--features": "a"}, "`--features` must be left out with"),
        ({"--regions": "9"}, "`--regions` must go with --hide blur"),
        ({"--scale": "255"}, "`--scale` must be left out for a table"),
        ({"--scheduler": "here"}, "`SHAPVIZ_SCHEDULER` must"),
        ({"--data": "no.zip"}, "`--data` must be a file that exists"),
        ({"--background": "no.zip"}, "`--background` must be a file that exists"),
        (
            {"--explainer": "tree", "--budget": "500"},
            "`--budget` must be left out for the explainer tree (asked for by name); got 500. "
            "Leave it out, or name one that takes it: --explainer kernel or permutation.",
        ),
        ({"--explainer": "exact", "--tolerance": "0.1"}, "`--tolerance` must be left out"),
        ({"--explainer": "kernel", "--segments": "4"}, "name one that takes it: --explainer deep."),
    ],
)
def test_what_is_refused_makes_no_store(files: Path, change: dict[str, str], words: str) -> None:
    (files / "model.pkl").write_bytes(b"")
    (files / "renamed.keras").write_bytes(b"\x80\x04K*.")
    (files / "empty.keras").write_bytes(b"")
    (files / "words.onnx").write_text("hello")
    (files / "torn.parquet").write_bytes(b"PAR1 and no more")
    np.save(files / "objects.npy", np.array([{}, None], dtype=object))
    np.save(files / "flat.npy", np.zeros((4, 3)))
    options = {"--model": "model.skops", "--data": "rows.csv", "--store": "store", **change}
    paths = ("--model", "--data", "--store")
    given = [str(files / v) if k in paths else v for k, v in options.items()]
    status, said = call("explain", *sum(zip(options, given, strict=True), ()))
    assert status == 1
    assert words in said.replace("\n", " ")
    assert "Traceback" not in said
    assert not (files / "store").exists()


def test_what_fails_says_why_and_what_is_kept(files: Path) -> None:
    rows = pd.read_csv(files / "rows.csv")
    rows.loc[3, "b"] = np.nan
    rows.to_csv(files / "rows.csv", index=False)
    asked = ["explain", "--model", str(files / "model.skops"), "--data", str(files / "rows.csv")]
    status, said = call(*asked, "--store", str(files / "store"), "--workers", "1")
    assert status == 1
    assert (
        "The model’s 3 columns were found by name. “y” is taken for what really happened, " in said
    )
    assert "“id” for the rows' names.\n" in said
    assert "“model on rows” failed: " in said
    assert "Traceback" not in said
    record = Store(files / "store").materials.models()[0]
    assert record.facts is not None
    assert record.facts["method"] == "linear"


FACTS: dict[str, dict[str, Any]] = {
    "forest": {"library": "sklearn", "feature_names": ["a", "b", "c"], "ran": True}
    | {"method": "tree"},
    "unnamed": {"library": "sklearn", "shape": [3], "ran": True, "method": ""},
    "wide": {"library": "sklearn", "shape": [14], "ran": True, "method": ""},
    "reader": {"library": "keras", "shape": [], "texts": True, "method": ""},
    "painter": {"library": "keras", "shape": [8, 8, 3], "ran": True, "method": ""},
    "lacking": {"library": "sklearn", "feature_names": ["a", "b", "age"], "ran": True}
    | {"method": "tree"},
}
"""Models as their trials tell them."""


@pytest.mark.parametrize(
    ("model", "change", "words"),
    [
        ("forest", {"--budget": "5"}, "tree (picked because its trees give its values); got 5"),
        ("unnamed", {"--budget": "5"}, "exact (picked because 3 features have 8 coalitions only)"),
        ("unnamed", {"--hide": "omit"}, "`--text-column` must name the column of texts"),
        ("lacking", {}, "The model was trained on “age”, which is not a column of this table."),
        (
            "wide",
            {"--text-column": "id"},
            "`--text-column` must be left out for a model of numbers",
        ),
        ("wide", {"--features": "a"}, "The model takes 14 features; 1 is chosen."),
        ("wide", {}, "The model takes 14 features; 3 are chosen."),
        (
            "forest",
            {"--features": "a,b"},
            "The model takes the 3 columns it was trained on: add “c”",
        ),
        ("forest", {"--features": ","}, "No column is chosen as a feature."),
        ("forest", {"--data": "odd.csv"}, "got 'tall' in row 7 of the column “b”. Mend the file"),
        ("unnamed", {"--data": "odd.csv"}, "got 'tall' in row 7 of the column “b”. Mend the file"),
        ("forest", {"--background": "odd.csv"}, "`--background` must hold numbers for this model"),
        ("forest", {"--background": "lacks.csv"}, "got lacks.csv, without “b”. There are 4: 'a',"),
        ("forest", {"--background": "flat.npy"}, "without “a”. Give it a table."),
        ("forest", {"--data": "none.csv"}, "`--data`"),
        ("forest", {"--data": "head.csv"}, "`--data` must have at least one row"),
        ("reader", {"--data": "two.csv"}, "and “review”, “title” hold texts. Add --text-column"),
        ("reader", {"--data": "none.csv"}, "`--data`"),
        ("reader", {"--data": "numbers.csv"}, "got a table without texts"),
        (
            "reader",
            {"--data": "gap.csv"},
            "`data` must hold a text in every row; got none in row 1",
        ),
        ("reader", {"--data": "one.csv", "--tolerance": "1"}, "partition (picked because parts of"),
        ("painter", {"--data": "empty.zip"}, "`empty.zip` must hold something; got an empty file"),
        ("painter", {"--data": "torn.zip"}, "`torn.zip` must be data that may be opened"),
        (
            "painter",
            {"--data": "table.zip"},
            "`table.zip` must be a zip of images; got a text file",
        ),
        ("forest", {"--data": "photos.zip"}, "got pictures in a zip. Give it a table or an array"),
        ("painter", {"--data": "photos.zip", "--target": "y"}, "`--data` must have the column"),
    ],
)
def test_what_a_model_cannot_take_is_refused_before_anything_is_queued(
    files: Path, monkeypatch: Any, model: str, change: dict[str, str], words: str
) -> None:
    monkeypatch.setattr("shapviz.cli.facts.told_by", lambda *_, **__: Told("skops", FACTS[model]))
    rows = pd.read_csv(files / "rows.csv")
    rows.head(0).to_csv(files / "head.csv", index=False)
    odd = rows.astype({"b": object})
    odd.loc[7, "b"] = "tall"
    odd.to_csv(files / "odd.csv", index=False)
    rows.drop(columns="b").to_csv(files / "lacks.csv", index=False)
    np.save(files / "flat.npy", np.zeros((4, 3)))
    (files / "none.csv").write_text("")
    (files / "numbers.csv").write_text("stars\n1\n2\n")
    (files / "one.csv").write_text("id,review,label\n1,good,1\n2,bad,0\n")
    (files / "two.csv").write_text("review,title\ngood,x\nbad,y\n")
    (files / "gap.csv").write_text("review,label\ngood,1\n,0\n")
    (files / "empty.zip").write_bytes(b"")
    (files / "torn.zip").write_bytes(b"PK\x03\x04 and no more")
    (files / "table.zip").write_text("a,b\n1,2\n")
    write_photos(files / "photos.zip", 1)
    options = {"--model": "model.skops", "--data": "rows.csv", "--store": "store", **change}
    paths = ("--model", "--data", "--store", "--background")
    given = [str(files / v) if k in paths else v for k, v in options.items()]
    status, said = call("explain", *sum(zip(options, given, strict=True), ()))
    assert status == 1, said
    assert words in said
    assert "Traceback" not in said
    assert not (files / "store").exists()


def write_photos(path: Path, count: int) -> None:
    from PIL import Image

    rng = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(count):
            picture = io.BytesIO()
            pixels = rng.integers(0, 255, (12, 10, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(picture, "PNG")
            archive.writestr(f"pets/cat{i}.png", picture.getvalue())


def test_pictures_in_a_zip_are_brought_to_the_models_size_and_keep_their_names(
    tmp_path: Path,
) -> None:
    write_photos(tmp_path / "photos.zip", 3)
    facts = Told("keras", FACTS["painter"]).of_model
    rows = read_pictures("--data", tmp_path / "photos.zip", facts, None)
    assert (rows.content.shape, rows.content.dtype) == ((3, 8, 8, 3), np.uint8)
    assert rows.names == ("cat0.png", "cat1.png", "cat2.png")
    (note,) = rows.notes
    assert note.startswith("All 3 images are scaled to 8 × 8 pixels")
    stop = threading.Event()
    stop.set()
    with pytest.raises(JobCancelled):
        read_pictures("--data", tmp_path / "photos.zip", facts, stop)


def test_a_cell_that_is_no_number_is_named_on_one_line() -> None:
    table = pd.DataFrame({"n": [1, 2, 3], "a\x1b[2J": ["1", "", "2\x1b"], "town": ["A", "B", None]})
    assert odd_cell(table, ["n"]) == ""
    assert odd_cell(table, ["n", "town"]) == "'A' in row 0 of the column “town”"
    assert odd_cell(table, ["town"], mixed=True) == ""
    assert odd_cell(table.head(2), None) == "'' in row 1 of the column “a [2J”"
    assert odd_cell(table[["town"]].iloc[2:].astype(object), None) == ""
    assert odd_cell(np.zeros((2, 3)), None) == ""


def test_columns_are_proposed_where_nobody_asked_for_them() -> None:
    rows = pd.DataFrame({"id": ["p", "q"], "review": ["good", "bad"], "stars": [1, 2]})
    found = settled(Chosen(), rows, Told("keras", FACTS["reader"]).of_model, "rows.csv")
    assert (found.text_column, found.target, found.names) == ("review", None, "id")
    assert found.asked["features"] == ["review"]
    assert found.said.startswith("The model reads the text in “review”. ")
    table = pd.DataFrame({"c": [1.0], "who": ["p"], "a": [1.0], "b": [2.0], "y": [0], "z": [1]})
    facts = Told("skops", FACTS["forest"]).of_model
    found = settled(Chosen(), table, facts, "rows.csv")
    assert found.features == ("a", "b", "c")
    assert (found.target, found.names, found.metadata) == ("y", None, ("who", "z"))
    # What was asked for stays.
    found = settled(Chosen(target="z", metadata=()), table, facts, "rows.csv")
    assert (found.target, found.metadata) == ("z", ())
    assert "really happened" not in found.said
    asked = Chosen(features=("c", "b", "a"), names="who")
    assert settled(asked, table, facts, "rows.csv") == asked


def test_after_ctrl_c_only_rows_of_finished_parts_are_said_to_be_kept() -> None:
    states = [("done", 0, 8), ("compacted", 8, 10), ("running", 10, 20), ("planned", 20, 60)]
    parts = [{"state": state, "start": a, "stop": b} for state, a, b in states]
    store = SimpleNamespace(catalogue=SimpleNamespace(parts=lambda key: parts))
    job = SimpleNamespace(key="k", samples=60, done=17)
    assert kept(store, job) == "Stopped; 10 of 60 rows are kept."
    del parts[:2]
    assert kept(store, job) == "Stopped before any part was finished."


def test_progress_is_told_in_words() -> None:
    job = jobs.Job(
        *("id", None, "", "", "computing", "", "", None, 1200, 5000),
        *(12.3, 309.0, None, 0.0, None, None),
    )
    assert pace(job) == "1\u202f200 of 5\u202f000 rows, 12 a second, 5 min 9 s left"
    assert duration(7260) == "2 h 1 min"
    # Parts in work are among these rows, and will not be finished.
    assert pace(replace(job, state="cancelling")) == ""


BACKGROUND = 20


class Run:
    """`shapviz explain` in a process of its own."""

    def __init__(self, folder: Path, store: Path, budget: int) -> None:
        command = [sys.executable, "-m", "shapviz", "explain", "--model", "model.keras"]
        options = "--data rows.parquet --target y --explainer permutation --workers 1"
        self.process = subprocess.Popen(
            [
                *(*command, *options.split(), "--budget", str(budget)),
                *("--background", f"sample:{BACKGROUND}", "--store", str(store)),
            ],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ended(self) -> tuple[int, str]:
        said, _ = self.process.communicate(timeout=900)
        return self.process.returncode, said


def parts(store: Store) -> dict[int, dict[str, Any]]:
    """What the catalogue says of the parts that are finished."""
    keys = [record.key for record in store.list()]
    rows = store.catalogue.parts(keys[0]) if keys else []
    return {row["index"]: row for row in rows if row["state"] in ("done", "compacted")}


def workers_of(pid: int) -> set[int]:
    """Processes that a process has started, and theirs."""
    found, todo = set(), [pid]
    while todo:
        for task in Path(f"/proc/{todo.pop()}/task").glob("*/children"):
            todo += (children := [int(each) for each in task.read_text().split()])
            found |= set(children)
    return found


def budget_for(seconds: float, model: Any, rows: int) -> int:
    """The budget at which a model is at work for about so long on this machine."""
    batch = np.zeros((200_000, 20), dtype=np.float32)
    model(batch)
    began = time.perf_counter()
    model(batch)
    a_second = len(batch) / (time.perf_counter() - began)
    return max(100, int(seconds * a_second / (rows * BACKGROUND)))


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_killed_twice_and_run_again_only_missing_parts_are_computed(
    tmp_path: Path, monkeypatch: Any
) -> None:
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    layers = [keras.Input((20,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.save(tmp_path / "model.keras")
    X = np.random.default_rng(0).normal(size=(2000, 20)).astype("float32")
    table = pd.DataFrame(X, columns=[f"x{i}" for i in range(20)])
    budget = budget_for(40.0, model, len(X))
    table.assign(y=X[:, 0]).to_parquet(tmp_path / "rows.parquet")
    folder = tmp_path / "store"

    first = Run(tmp_path, folder, budget)
    until(lambda: (folder / "catalogue.sqlite").exists(), 60)
    store = Store(folder)
    until(lambda: len(parts(store)) >= 3, 400)
    started = workers_of(first.process.pid)
    first.process.kill()
    assert first.process.wait(30) == -signal.SIGKILL
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started), 30)
    after_kill = parts(store)
    assert 3 <= len(after_kill) < len(store.catalogue.parts(store.list()[0].key))

    second = Run(tmp_path, folder, budget)
    # Parts that the killed run's workers had written whole are taken over, not computed.
    until(lambda: len(parts(store)) >= len(after_kill) + 3, 400)
    asked = time.monotonic()
    second.process.send_signal(signal.SIGINT)
    status, said = second.ended()
    assert status == 130
    assert time.monotonic() - asked < 60
    assert "are kept. The same command goes on from here." in said
    after_interrupt = parts(store)
    assert len(after_interrupt) < len(store.catalogue.parts(store.list()[0].key))

    status, said = Run(tmp_path, folder, budget).ended()
    assert status == 0, said
    (record,) = store.list()
    assert record.state == "complete"
    finished = parts(store)
    for before in (after_kill, after_interrupt):
        for index, row in before.items():
            # Computed once: a second time would have taken other seconds.
            assert finished[index]["seconds"] == row["seconds"]
            assert finished[index]["start"] == row["start"]
    explanation = store.get(record.key)
    assert len(explanation) == 2000
    assert np.array_equal(explanation.data, X)
    assert np.abs(explanation.additivity_gap).max() < 1e-4

    status, said = Run(tmp_path, folder, budget).ended()
    assert status == 0
    assert f"Key:  {record.key}" in said

    monkeypatch.setenv("SHAPVIZ_STORE", str(folder))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["explanation"] = record.key
    app.switch_page("pages/overview.py")
    app.run()
    assert not app.exception
    assert [each.key for each in app.get("plotly_chart")] == ["beeswarm", "force stacked"]
    assert app.query_params["explanation"] in (record.key, [record.key])


@pytest.mark.parametrize(
    ("rows", "shape", "said"),
    [
        (
            np.zeros((2, 12, 12, 1)),
            (8, 8, 1),
            "8 × 8 × 1, which the model takes; got 12",
        ),
        (np.zeros((2, 8, 8)), (8, None, 1), "8 × any × 1, which the model takes; got 8 × 8."),
        (np.zeros((2, 3)), (4,), "samples of 4 numbers, which the model takes; got 3 numbers"),
        (pd.DataFrame({"a": [1.0]}), (8, 8, 1), "got a table of 1 column"),
    ],
)
def test_samples_of_another_size_are_refused(rows: Any, shape: Any, said: str) -> None:
    with pytest.raises(InputError) as refused:
        check_shape("--data", rows, ModelFacts("keras", shape=shape))
    assert said in str(refused.value)


def test_samples_of_its_size_are_not() -> None:
    check_shape("--data", np.zeros((2, 8, 9, 1)), ModelFacts("keras", shape=(8, None, 1)))
    check_shape("--data", pd.DataFrame({"a": [1.0]}), ModelFacts("keras", shape=(4,)))
    check_shape("--data", np.zeros((2, 3)), ModelFacts("keras"))
