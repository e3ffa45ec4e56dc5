"""Running the dashboard: the page server and the coordinator as two processes that end together."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from shapviz.errors import JobError, complaint

__all__ = ["app_file", "serve"]

LOOPBACK = "127.0.0.1"
HEALTH_SECONDS = 60.0
STOP_SECONDS = 10.0
LOOK_SECONDS = 0.2
PR_SET_PDEATHSIG = 1

COORDINATOR = "shapviz.jobs.process"
QUICK_DEATHS = 3
"""Coordinators that may die one after the other, each within `QUICK_SECONDS` of its start."""
QUICK_SECONDS = 30.0

ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Signals that end both; the last is a closed terminal, and unknown to Windows."""


def app_file() -> Path:
    """Return the dashboard's script: beside the package in a checkout, inside it when installed.

    Raises
    ------
    JobError
        Neither is there.
    """
    package = Path(__file__).resolve().parents[1]
    places = (package.parent / "app.py", package / "_dashboard" / "app.py")
    for place in places:
        if place.is_file() and (place.parent / "pages").is_dir():
            return place
    raise JobError(
        complaint(
            "app.py",
            f"be at {' or '.join(str(place) for place in places)}",
            None,
            "Install shapviz again, or run from a checkout.",
        )
    )


def serve(
    store: str, port: int, *, demos: bool, say: Callable[[str], None], address: str = LOOPBACK
) -> int:
    """Run the dashboard until it is stopped, and return an exit status.

    Parameters
    ----------
    store : str
        Folder or fsspec URL.
    port : int
        To listen on.
    demos : bool
        Whether to make the demo explanations.
    say : callable
        Told one line an event.
    address : str, default loopback
        To listen on; ``0.0.0.0`` lets other machines in.

    Returns
    -------
    int
        0 after Ctrl-C or SIGTERM.

    Raises
    ------
    JobError
        The port is taken, the page ended, or the coordinator ended again and again; the message
        says why.
    """
    script = app_file()
    _check_free(port)
    # The page server starts in another folder: a relative path would mean another store there.
    store = store if "://" in store else str(Path(store).absolute())
    environment = {
        **os.environ,
        "SHAPVIZ_STORE": store,
        "SHAPVIZ_PORT": str(port),
        "SHAPVIZ_DEMOS": str(int(demos)),
    }
    stopped: list[int] = []
    before = {
        wanted: signal.signal(wanted, lambda number, _frame: stopped.append(number))
        for wanted in ENDING
    }
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        # The page first: it answers while the coordinator is still importing.
        running["dashboard"] = _start(
            environment,
            "streamlit",
            "run",
            str(script),
            *_options(address, port),
            cwd=_home(script),
        )
        coordinator = (COORDINATOR, "--store", store, "--wait", *(() if demos else ("--no-demos",)))

        def coordinate() -> subprocess.Popen[bytes]:
            return _start(environment, *coordinator, cwd=None)

        running["coordinator"] = coordinate()
        _watch(running, coordinate, port, stopped, say)
        return 0
    finally:
        _stop(running)
        for wanted, handler in before.items():
            signal.signal(wanted, handler)


def _options(address: str, port: int) -> list[str]:
    return [
        *("--server.address", address),
        *("--server.port", str(port)),
        *("--server.headless", "true"),
        *("--browser.gatherUsageStats", "false"),
    ]


def _home(script: Path) -> Path | None:
    """Where the page server starts: where its settings are, unless the caller has own ones."""
    return script.parent if (script.parent / ".streamlit").is_dir() else None


def _start(
    environment: dict[str, str], module: str, *arguments: str, cwd: Path | None
) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches this process alone, which then stops both in order.
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env=environment,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    )


def _end_with_parent() -> None:
    """Ask Linux to stop this process when the one that started it is killed."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _check_free(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the server will: a port that only lingers after its last user is free.
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError as error:
            raise JobError(
                complaint(
                    "--port",
                    "be free",
                    port,
                    f"{error.strerror}: stop what listens there, or choose another port.",
                )
            ) from error


def _watch(
    running: dict[str, subprocess.Popen[bytes]],
    coordinate: Callable[[], subprocess.Popen[bytes]],
    port: int,
    stopped: list[int],
    say: Callable[[str], None],
) -> None:
    """Until a signal comes: tell the address when the page answers, and look after both.

    A coordinator that dies is started again: jobs go on after their last finished parts.
    """
    address = f"http://localhost:{port}"
    deadline = time.monotonic() + HEALTH_SECONDS
    healthy = False
    started, quick = time.monotonic(), 0
    while not stopped:
        page = running["dashboard"].poll()
        if page is not None:
            raise _ended("dashboard", page, "Its own message is above.")
        status = running["coordinator"].poll()
        if status is not None:
            quick = quick + 1 if time.monotonic() - started < QUICK_SECONDS else 1
            if quick >= QUICK_DEATHS:
                raise _ended("coordinator", status, "Its own message is above.")
            say(f"The coordinator ended ({_how(status)}) and is started again; jobs go on.")
            running["coordinator"], started = coordinate(), time.monotonic()
        if not healthy and _answers(port):
            healthy = True
            say(f"shapviz is at {address} (Ctrl-C stops it)")
        if not healthy and time.monotonic() > deadline:
            raise JobError(
                complaint(
                    "dashboard",
                    f"answer within {HEALTH_SECONDS:.0f} s",
                    address,
                    "See its messages above.",
                )
            )
        time.sleep(LOOK_SECONDS)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/_stcore/health", timeout=2
        ) as response:
            return bool(response.read().strip() == b"ok")
    except OSError:
        # Not listening yet: asked again in a moment.
        return False


def _ended(which: str, status: int, fix: str) -> JobError:
    return JobError(complaint(which, "keep running", _how(status), fix))


def _how(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def _stop(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in running.values():
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
