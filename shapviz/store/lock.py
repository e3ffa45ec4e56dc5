"""One writing process at a time: a lock that the system lets go of when its holder dies."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path
from types import TracebackType

from shapviz.errors import StoreError, complaint

__all__ = ["WAIT", "FileLock", "WriterLock", "writer_lock"]

WAIT = (
    "A dashboard writes for as long as its jobs are in work, and is read all the while: try again "
    "when they are done, or write to another store."
)
"""What to do where somebody else is writing."""


class WriterLock:
    """Held by the one process that writes; its threads take turns, re-entrantly.

    What keeps other processes out is the subclass's: see `FileLock` and `server_lock`.
    """

    def __init__(self) -> None:
        self._threads = threading.RLock()
        self._depth = 0

    def holder(self) -> int | None:
        """Process number of whoever holds the lock or held it last; None if nobody ever did."""
        raise NotImplementedError

    def _take(self) -> None:
        raise NotImplementedError

    def _release(self) -> None:
        raise NotImplementedError

    def renew(self) -> None:
        """Make sure that a lock that this process has is still its own.

        A file's lock ends with its process alone; a server's ends with the connection as well.

        Raises
        ------
        StoreError
            Somebody else took it meanwhile; the holder must stop writing and leave the lock.
        """

    def __enter__(self) -> WriterLock:
        self._threads.acquire()
        try:
            if self._depth == 0:
                self._take()
            self._depth += 1
        except BaseException:
            self._threads.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._release()
        self._threads.release()


class FileLock(WriterLock):
    """A lock on one machine.

    It is an open SQLite transaction on a file of its own: it works on every platform, ends with
    the process however that ends, and leaves the holder's process number readable.

    Parameters
    ----------
    path : Path
        The lock file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._connection: sqlite3.Connection | None = None

    def holder(self) -> int | None:
        """Process number of whoever holds the lock or held it last; None if nobody ever did."""
        if not self.path.exists():
            return None
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=0.2)
        try:
            row = connection.execute("SELECT pid FROM holder").fetchone()
        except sqlite3.OperationalError:
            # Somebody is between making the file and writing the number.
            return None
        finally:
            connection.close()
        return int(row[0]) if row else None

    def _take(self) -> None:
        connection = sqlite3.connect(
            self.path, timeout=0.0, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("CREATE TABLE IF NOT EXISTS holder (pid INTEGER)")
            connection.execute("DELETE FROM holder")
            connection.execute("INSERT INTO holder VALUES (?)", (os.getpid(),))
            # The number becomes readable; the second BEGIN keeps others out from here on.
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            connection.close()
            raise StoreError(
                complaint(
                    "store",
                    "be written by one process at a time",
                    f"process {self.holder()} is writing",
                    WAIT,
                )
            ) from error
        self._connection = connection

    def _release(self) -> None:
        if self._connection is not None:
            self._connection.execute("ROLLBACK")
            self._connection.close()
            self._connection = None


_LOCKS: dict[Path, FileLock] = {}
_LOCKS_GUARD = threading.Lock()


def writer_lock(path: Path) -> FileLock:
    """Return this process's lock of a file: one object, however many stores are opened on it."""
    with _LOCKS_GUARD:
        return _LOCKS.setdefault(path.resolve(), FileLock(path.resolve()))
