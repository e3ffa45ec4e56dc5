"""Serving: the address is told when the page answers, both end together, reasons are given."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from shapviz.errors import JobError
from shapviz.jobs import serving

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_serve_answers_and_ends_with_a_signal(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "shapviz", "serve", "--no-demos", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--store", str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    # Whatever hangs is killed, so that the test fails instead of waiting for ever.
    watch = threading.Timer(60, server.kill)
    watch.start()
    try:
        assert server.stdout is not None
        told = next(line for line in server.stdout if "shapviz is at" in line)
        assert f"http://localhost:{port}" in told
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as page:
            assert page.read() == b"ok"
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    finally:
        watch.cancel()
        server.kill()


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(JobError, match=f"`--port` must be free; got {port}"):
            serving.serve(str(tmp_path), port, demos=False, say=print)


def fake_start(statuses: dict[str, int | None]) -> Any:
    """Instead of the real processes: ones that end with a status, or stay."""

    def start(_environment: Any, module: str, *_rest: str, cwd: Any) -> Any:
        status = statuses[module]
        code = "import time; time.sleep(60)" if status is None else f"raise SystemExit({status})"
        return subprocess.Popen([sys.executable, "-c", code])

    return start


PROCESS = serving.COORDINATOR


@pytest.mark.parametrize(
    ("statuses", "reason"),
    [
        ({"streamlit": 1, PROCESS: None}, "`dashboard` must keep running"),
        ({"streamlit": None, PROCESS: 1}, "`coordinator` must keep running"),
    ],
)
def test_when_one_dies_early_both_end_with_the_reason(
    monkeypatch: Any, tmp_path: Path, statuses: dict[str, int | None], reason: str
) -> None:
    monkeypatch.setattr(serving, "_start", fake_start(statuses))
    with pytest.raises(JobError, match=f"{reason}; got 'exit status 1'"):
        serving.serve(str(tmp_path), free_port(), demos=True, say=print)


def test_a_page_that_never_answers_is_given_up(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setattr(serving, "_start", fake_start({"streamlit": None, PROCESS: None}))
    monkeypatch.setattr(serving, "HEALTH_SECONDS", 0.5)
    with pytest.raises(JobError, match="`dashboard` must answer within 0 s"):
        serving.serve(str(tmp_path), free_port(), demos=False, say=print)


def test_a_coordinator_that_dies_is_started_again(monkeypatch: Any, tmp_path: Path) -> None:
    said: list[str] = []
    starts: list[str] = []
    start = fake_start({"streamlit": None, PROCESS: None})

    def dying_once(environment: Any, module: str, *rest: str, cwd: Any) -> Any:
        starts.append(module)
        process = start(environment, module, *rest, cwd=cwd)
        if starts.count(PROCESS) == 1 and module == PROCESS:
            process.kill()
        return process

    monkeypatch.setattr(serving, "_start", dying_once)
    monkeypatch.setattr(serving, "HEALTH_SECONDS", 1.5)
    with pytest.raises(JobError, match="answer within"):
        serving.serve(str(tmp_path), free_port(), demos=True, say=said.append)
    assert starts == ["streamlit", PROCESS, PROCESS]
    assert said == ["The coordinator ended (signal 9) and is started again; jobs go on."]


def test_the_script_is_found_beside_the_package() -> None:
    assert serving.app_file() == ROOT / "app.py"
