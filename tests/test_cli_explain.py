"""`shapviz explain`: what is refused, one run from files to the store, killed and run again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from shapviz import jobs
from shapviz.cli.following import duration, pace
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
    ],
)
def test_what_is_refused_makes_no_store(files: Path, change: dict[str, str], words: str) -> None:
    (files / "model.pkl").write_bytes(b"")
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
    asked = ["explain", "--model", str(files / "model.skops"), "--data", str(files / "rows.csv")]
    status, said = call(*asked, "--store", str(files / "store"), "--workers", "1")
    assert status == 1
    assert "“model on rows” failed: " in said
    assert "Traceback" not in said


def test_progress_is_told_in_words() -> None:
    job = jobs.Job(
        *("id", None, "", "", "computing", "", "", None, 1200, 5000),
        *(12.3, 309.0, None, 0.0, None, None),
    )
    assert pace(job) == "1\u202f200 of 5\u202f000 rows, 12 a second, 5 min 9 s left"
    assert duration(7260) == "2 h 1 min"


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
