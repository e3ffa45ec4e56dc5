"""How long a first visitor waits: server, first demo, every demo, all; then a second start.

``python -m benchmarks.first_start``. Limits: first demo open 60 s after the server answers, all
explanations in 4 minutes, the finer ones behind the exactness dial included (they come last), a
second start showing everything in 10 s.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from shapviz.samples import DEMOS
from shapviz.store import Store

JOBS = sum(len(demo.jobs) for demo in DEMOS)
LISTED = JOBS - sum("segments" in job.call for demo in DEMOS for job in demo.jobs)
POLL_SECONDS = 0.2
LONGEST_SECONDS = 900


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: str, reached) -> float:
    """Seconds until `reached()` is true."""
    started = time.perf_counter()
    while not reached():
        if time.perf_counter() - started > LONGEST_SECONDS:
            sys.exit(f"{what}: not within {LONGEST_SECONDS} s")
        time.sleep(POLL_SECONDS)
    return time.perf_counter() - started


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as reply:
            return reply.read() == b"ok"
    except OSError:
        return False


def complete(folder: str) -> int:
    if not (Path(folder) / "catalogue.sqlite").exists():
        return 0
    return sum(record.state == "complete" for record in Store(folder).list())


def opened(folder: str) -> int:
    """Demos that can be opened."""
    if not (Path(folder) / "catalogue.sqlite").exists():
        return 0
    return len({each.demo for each in Store(folder).list() if each.state == "complete"})


def start(folder: str) -> list[tuple[str, float]]:
    port = free_port()
    command = [sys.executable, "-m", "shapviz", "serve", "--port", str(port), "--store", folder]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        answering = until("server", lambda: answers(port))
        first = until("first demo", lambda: complete(folder) >= 1)
        every = first + until("every demo", lambda: opened(folder) >= len(DEMOS))
        listed = every + until("all on Home", lambda: complete(folder) >= LISTED)
        all_made = listed + until("all", lambda: complete(folder) >= JOBS)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
    return [
        ("server answers", answering),
        ("first demo, after that", first),
        ("every demo, after that", every),
        ("all on Home, after that", listed),
        ("all, after that", all_made),
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for title in ("first start", "second start"):
            print(title)
            for what, seconds in start(folder):
                print(f"  {what:<24} {seconds:7.1f} s")


if __name__ == "__main__":
    main()
