"""SQLite's write-ahead log: readers go on while one writes."""

from __future__ import annotations

import sqlite3
import time

__all__ = ["use_write_ahead_log"]

WAIT_SECONDS = 30.0


def use_write_ahead_log(connection: sqlite3.Connection, seconds: float = WAIT_SECONDS) -> None:
    """Let a connection wait for others, and its file have a write-ahead log.

    Two that switch a new file at once each read and want to write: SQLite refuses one of them at
    once, whatever its timeout. The mode stays in the file, so trying again soon finds it done.

    Raises
    ------
    sqlite3.OperationalError
        The file stayed locked for that many seconds, or cannot be written.
    """
    connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
    end = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.005)
