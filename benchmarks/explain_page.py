"""The Explain page while both cores work: how long a change, a cancel and a known answer take.

``python -m benchmarks.explain_page``. Limits: a change shown in 300 ms while a job has both
workers busy, a cancel shown and the work stopped in 1 s, a question that was asked before
answered in 200 ms. Measured by the browser itself, from its click to the words on the page: the
automation's own click, which waits for the button to stand still, is not the page's. Cancels are
timed from before that click, since they end in the queue.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.first_start import answers, free_port, until
from shapviz.store import Store

CHANGES = 12
CANCELS, KNOWN = 20, 20
LONGEST = 120_000
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    # Two tabs are open, and the browser would slow down the one behind.
    *("--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows"),
    "--disable-background-timer-throttling",
]
METHODS = {"Kernel": "Works for any model: thousands", "Exact": "Plays every combination"}


def make_files(folder: Path) -> tuple[Path, Path]:
    """A model that keeps workers busy for minutes by Kernel, and its samples."""
    import xgboost

    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(600, 14)), columns=[f"sensor {i}" for i in range(14)])
    target = (table["sensor 0"] * table["sensor 1"] > 0).astype(int)
    model = xgboost.XGBClassifier(n_estimators=100, max_depth=4).fit(table, target)
    model.save_model(folder / "wear.ubj")
    table.to_csv(folder / "machines.csv", index=False)
    return folder / "wear.ubj", folder / "machines.csv"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Where `shapviz serve` answers, with its workers beside it."""
    port = free_port()
    command = [sys.executable, "-m", "shapviz", "serve", "--no-demos", "--store", str(folder)]
    server = subprocess.Popen(
        [*command, "--port", str(port)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until("dashboard", lambda: answers(port))
        yield f"http://127.0.0.1:{port}/explain"
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def visitor() -> Iterator[Any]:
    """A page of a headless Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
        browser.close()


def seen(page: Any, text: str) -> None:
    page.get_by_text(text).first.wait_for(timeout=LONGEST)


def press(page: Any, name: str) -> None:
    page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True).first.click()


WATCH = """
text => {
  window.waited = new Promise(resolve => addEventListener('click', () => {
    const began = performance.now();
    const there = () => {
      if (!document.body.textContent.includes(text)) return false;
      // Painted, not only in the tree.
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
      return true;
    };
    const look = new MutationObserver(() => there() && look.disconnect());
    look.observe(document.body, {childList: true, subtree: true, characterData: true});
  }, {capture: true, once: true}));
}
"""


def milliseconds(page: Any, option: Any, text: str) -> float:
    """From the browser's click on `option` to the frame that shows `text`."""
    page.evaluate(WATCH, text)
    option.click()
    return float(page.evaluate("window.waited"))


def pick(page: Any, method: str) -> float:
    """Milliseconds from choosing a method to its words."""
    page.get_by_role("combobox", name="Method").first.click()
    option = page.get_by_role("option", name=method).first
    option.wait_for()
    return milliseconds(page, option, METHODS[method])


def changes(page: Any) -> list[float]:
    """Milliseconds of changing the method back and forth."""
    return [pick(page, tuple(METHODS)[1 - i % 2]) for i in range(CHANGES)]


def told(what: str, times: list[float], limit: str) -> None:
    middle = statistics.median(times)
    print(f"{what:<48} {middle:>8.0f} {max(times):>8.0f} {len(times):>4}   {limit}", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name, served(Path(name) / "store") as address:
        model, data = make_files(Path(name))
        with visitor() as page:
            page.goto(address)
            seen(page, "the cost is measured here")
            page.locator("input[type=file]").first.set_input_files(model)
            seen(page, "XGBoost model: 14 features in")
            page.locator("input[type=file]").last.set_input_files(data)
            seen(page, "14 columns were found by name")
            pick(page, "Kernel")
            seen(page, "Measured on a few rows")
            print(f"{'milliseconds':<48} {'median':>8} {'max':>8} {'n':>4}   limit")
            told("a choice, nobody at work", changes(page), "-")
            for what, times, limit in _while_busy(page, Path(name) / "store"):
                told(what, times, limit)


def _while_busy(page: Any, folder: Path) -> Iterator[tuple[str, list[float], str]]:
    """Times while a job has every worker busy; `page` has the choices, another tab the job."""
    queue = Store(folder).catalogue.queue
    pick(page, "Kernel")
    press(page, "Explain")
    seen(page, "per second")
    (job,) = [row["id"] for row in queue.rows()]
    watched = page.context.new_page()
    watched.goto(f"{page.url.split('?')[0]}?job={job}")
    seen(watched, "per second")
    press(page, "New explanation")
    seen(page, "1. Which model?")
    # A tab behind another draws a frame a second, and a click waits for two.
    page.bring_to_front()
    yield "a choice, both workers busy", changes(page), "300"
    watched.bring_to_front()
    shown, stopped = [], []
    for _ in range(CANCELS):
        started = time.perf_counter()
        press(watched, "Cancel")
        seen(watched, "Stopping")
        shown.append(1000 * (time.perf_counter() - started))
        while queue.row(job)["state"] != "cancelled":
            time.sleep(0.02)
        stopped.append(1000 * (time.perf_counter() - started))
        seen(watched, "was cancelled")
        press(watched, "Resume")
        seen(watched, "per second")
    press(watched, "Cancel")
    seen(watched, "was cancelled")
    yield "a cancel, until it is shown", shown, "1000"
    yield "a cancel, until the work has stopped", stopped, "1000"
    page.bring_to_front()
    yield "a known question, from the button to the answer", _known(page), "200"


def _known(page: Any) -> list[float]:
    """Milliseconds from asking a question that has been answered to seeing the answer."""
    page.get_by_role("combobox", name="Method").first.click()
    page.get_by_role("option", name="Tree").first.click()
    seen(page, "Measured on a few rows")
    press(page, "Explain")
    seen(page, "is explained")
    found = []
    for _ in range(KNOWN):
        page.reload()
        seen(page, "samples explained")
        # Warm: what a reload draws is there before the question is asked.
        page.locator(".js-plotly-plot").first.wait_for()
        page.wait_for_timeout(1500)
        press(page, "More")
        again = page.get_by_text("Run again", exact=True)
        again.wait_for()
        page.wait_for_timeout(300)
        found.append(milliseconds(page, again, "From the store"))
    return found


if __name__ == "__main__":
    main()
