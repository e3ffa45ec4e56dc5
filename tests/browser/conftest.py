"""A running dashboard on a small store, and a browser that remembers every complaint."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ui.stores import Keys, fill

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30
# On a page's own address Streamlit looks for its base path there before it looks at the root.
ITS_OWN_SEARCH = re.compile(
    r"/(explain|overview|dependence|prediction|images|text|sequences)/_stcore/(health|host-config)$"
)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """The small store."""
    return fill(tmp_path_factory.mktemp("browser") / "store")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as answer:
            return bool(answer.read().decode() == "ok")
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture(scope="session")
def address(keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the dashboard answers; the server ends with the tests."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    log = tmp_path_factory.mktemp("log") / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with log.open("w") as out:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "SHAPVIZ_STORE": keys.url},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not answers(address):
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield address
        finally:
            server.terminate()
            server.wait(10)
    assert "Traceback" not in log.read_text()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about, in words."""
    return []


@pytest.fixture
def page(browser: Any, complaints: list[str]) -> Iterator[Any]:
    """A new visitor; at the end there is no console error and no exception box."""

    def heard(message: Any) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not ITS_OWN_SEARCH.search(where):
            complaints.append(f"{message.text} ({where})")

    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    opened = context.new_page()
    opened.on("console", heard)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    assert complaints == []
    assert opened.locator("[data-testid=stException]").count() == 0
    context.close()
