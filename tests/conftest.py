"""What every test shares: quiet TensorFlow, missing parts that say so, Chromium."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
# As many processes run tests as there are cores: threads of several wait for each other longer
# than they work.
for kind in ("OMP_NUM", "OPENBLAS_NUM", "TF_NUM_INTRAOP", "TF_NUM_INTEROP"):
    os.environ.setdefault(f"{kind}_THREADS", "1")


def pytest_collection_finish() -> None:
    """Leave what was imported out of every later search for garbage: it stays to the end."""
    gc.collect()
    gc.freeze()


def missing(what: str) -> None:
    """Skip with a printed reason; fail where every part is required, as in CI."""
    if os.environ.get("SHAPVIZ_REQUIRE_ALL") == "1":
        pytest.fail(f"SHAPVIZ_REQUIRE_ALL=1, and {what}")
    pytest.skip(what)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    missing("no Chromium was found: install Debian's `chromium` to run the browser tests")
    raise AssertionError("unreachable")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """One Chromium for all tests of a process: Playwright can be begun only once in each."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed: install the test extra to run the browser tests")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield launched
        launched.close()
