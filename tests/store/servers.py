"""Servers that the store can live on, started for the tests: PostgreSQL, and S3 in this process."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgresql_binaries() -> Path | None:
    """Debian's newest PostgreSQL, or whatever is on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    if found:
        return found[-1]
    path = shutil.which("initdb")
    return None if path is None else Path(path).parent


@contextmanager
def postgresql(binaries: Path) -> Iterator[str]:
    """A server in a temporary folder; yields the URL of its first database."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    prefix: list[str] = []
    if os.getuid() == 0:
        # PostgreSQL refuses to run as root.
        who = pwd.getpwnam("postgres")
        os.chown(folder, who.pw_uid, who.pw_gid)
        prefix = ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "cwd": folder}
    data, port = folder / "data", free_port()
    initdb = [binaries / "initdb", "-D", data, "-U", "tester", "-A", "trust", "--no-sync"]
    subprocess.run([*prefix, *initdb, "-E", "UTF8"], check=True, timeout=120, **quiet)  # type: ignore[call-overload]
    options = [
        "listen_addresses=127.0.0.1",
        f"port={port}",
        f"unix_socket_directories={folder}",
        "fsync=off",
        "shared_buffers=16MB",
    ]
    flags = [word for option in options for word in ("-c", option)]
    server = subprocess.Popen([*prefix, binaries / "postgres", "-D", data, *flags], **quiet)  # type: ignore[call-overload]
    try:
        url = f"postgresql://tester@127.0.0.1:{port}"
        _wait(f"{url}/postgres")
        yield url
    finally:
        # Fast shutdown: clients are sent away.
        server.send_signal(2)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str) -> None:
    import psycopg

    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def new_database(server: str) -> str:
    """Make an empty database and return its URL."""
    import psycopg

    name = f"store_{time.time_ns()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"


@contextmanager
def s3() -> Iterator[str]:
    """An S3 server; yields its address, with credentials for it in the environment."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()
