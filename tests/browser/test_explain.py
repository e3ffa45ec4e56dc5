"""Two files dropped, explained, watched, cancelled, changed, explained and asked again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.browser.conftest import ROOT, START_SECONDS, answers, free_port
from tests.browser.test_flow import IDLE, settled, view

QUESTION = "Explain a model"
SLOW = 120_000
"""Milliseconds: a worker starts, libraries are loaded, other tests want the processor too."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model that takes a while by Kernel and a moment by Tree, and its samples."""
    xgboost = pytest.importorskip("xgboost")
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(4000, 8)), columns=[f"sensor {i}" for i in range(8)])
    target = (table["sensor 0"] * table["sensor 1"] > 0).astype(int)
    model = xgboost.XGBClassifier(n_estimators=50, max_depth=3).fit(table, target)
    model.save_model(folder / "wear.ubj")
    table.assign(failed=target).to_csv(folder / "machines.csv", index=False)
    return folder / "wear.ubj", folder / "machines.csv"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `shapviz serve` answers, its coordinator and one worker beside it."""
    port = free_port()
    log = tmp_path_factory.mktemp("log") / "serve.log"
    store = tmp_path_factory.mktemp("explain") / "store"
    command = [sys.executable, "-m", "shapviz", "serve", "--no-demos"]
    with log.open("w") as out:
        server = subprocess.Popen(
            [*command, "--store", str(store), "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "SHAPVIZ_WORKERS": "1"},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not answers(f"http://127.0.0.1:{port}"):
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)
    assert "Traceback" not in log.read_text()


def opened(page: Any, served: str) -> None:
    page.goto(f"{served}/explain")
    settled(page, QUESTION)
    seen(page, "the cost is measured here")
    page.wait_for_function(IDLE)


def pick(page: Any, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=option).first.click()


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def seen(page: Any, text: str | re.Pattern[str], timeout: float = SLOW) -> None:
    page.get_by_text(text).first.wait_for(timeout=timeout)


def test_from_two_files_to_an_explanation(page, served, files):
    model, data = files
    opened(page, served)
    page.locator("input[type=file]").first.set_input_files(model)
    seen(page, "XGBoost model: 8 features in, one number out.")
    page.locator("input[type=file]").last.set_input_files(data)
    seen(page, "The model’s 8 columns were found by name.")

    # Watched, left, found again, cancelled.
    pick(page, "Method", "Kernel")
    seen(page, "Works for any model")
    press(page, "Explain")
    seen(page, re.compile(r"\d+ of 4\u202f000 samples, .* per second"))
    seen(page, "So far: which features had the biggest impact?")
    job = view(page)["job"]
    page.reload()
    settled(page, QUESTION)
    assert view(page)["job"] == job
    seen(page, "Explaining “wear on machines, Kernel”")
    press(page, "Cancel")
    # A second where nobody else works: `benchmarks/explain_page.py` measures it.
    seen(page, re.compile("Stopping|was cancelled"), 15_000)
    seen(page, "“wear on machines, Kernel” was cancelled")
    seen(page, "are finished and kept.")

    # Begun again from the same choices, by a method that suits it.
    press(page, "More")
    page.get_by_text("Edit a copy", exact=True).click()
    seen(page, "1. Which model?")
    pick(page, "Method", "Tree")
    seen(page, "Measured on a few rows.")
    press(page, "Explain")
    seen(page, "is explained")
    seen(page, "4\u202f000 samples explained")
    seen(page, "Which features had the biggest impact?")

    # Asked once more: the answer is there, and leads to the views.
    press(page, "More")
    page.get_by_text("Run again", exact=True).click()
    seen(page, "From the store: 4\u202f000 samples answered without asking the model.")
    press(page, "Open it")
    page.wait_for_url("**/overview?*", timeout=SLOW)
    assert "job" not in view(page)

    # What was cancelled can be deleted; the history then has one job.
    page.get_by_role("link", name="Explain").click()
    settled(page, QUESTION)
    seen(page, "What did I ask for?")
    assert page.get_by_role("button", name="Resume").count() == 1
    page.get_by_role("button", name="More").last.click()
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Resume").wait_for(state="detached", timeout=SLOW)


def test_a_refused_file_is_a_message_and_the_page_goes_on(page, served, tmp_path):
    hostile = tmp_path / "model.keras"
    hostile.write_bytes(b"\x80\x04\x95\x1e\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94.")
    opened(page, served)
    page.locator("input[type=file]").first.set_input_files(hostile)
    seen(page, "pickle")
    assert page.get_by_role("button", name="Explain", exact=True).is_disabled()
