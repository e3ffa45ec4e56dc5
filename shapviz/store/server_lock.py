"""The writer's lock where the catalogue is a PostgreSQL server: one of its advisory locks.

Held by an open connection, so that it ends with the process, or with its machine.
"""

from __future__ import annotations

import os
import socket
import threading

import sqlalchemy as sa

from shapviz.errors import StoreError, Words, complaint
from shapviz.store.lock import WAIT, WriterLock

__all__ = ["ServerLock", "server_lock"]

# Any number that nobody else who uses the database takes: "shapviz" as bytes.
NUMBER = int.from_bytes(b"shapviz", "big")


class ServerLock(WriterLock):
    """Held by the one process that writes, on whatever machine.

    Parameters
    ----------
    url : str
        Of the database, for SQLAlchemy.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        who = f"shapviz {os.getpid()} on {socket.gethostname()}"[:60]
        # Keepalives: a machine that is gone loses the lock within a minute.
        alive = {"keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 3}
        self._engine = sa.create_engine(
            url,
            poolclass=sa.pool.NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"application_name": who, **alive},
        )
        self._open: sa.Connection | None = None

    def holder(self) -> int | None:
        """Process number, on its own machine, of whoever holds the lock; None if nobody does."""
        said = self.holder_in_words()
        return int(said.split()[1]) if said.startswith("process ") else None

    def holder_in_words(self) -> str:
        """Who holds it: a process and its machine."""
        high, low = NUMBER >> 32, NUMBER & 0xFFFFFFFF
        query = sa.text(
            "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
            "WHERE l.locktype = 'advisory' AND l.granted "
            "AND l.classid = :high AND l.objid = :low "
            "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        with self._engine.connect() as connection:
            name = connection.execute(query, {"high": high, "low": low}).scalar()
        if name is None or not str(name).startswith("shapviz "):
            return "somebody"
        return f"process {str(name).removeprefix('shapviz ')}"

    def _take(self) -> None:
        connection = self._engine.connect()
        try:
            got = connection.execute(sa.select(sa.func.pg_try_advisory_lock(NUMBER))).scalar()
        except BaseException:
            connection.close()
            raise
        if not got:
            connection.close()
            raise StoreError(
                complaint(
                    "store",
                    "be written by one process at a time",
                    Words(f"{self.holder_in_words()} is writing"),
                    WAIT,
                )
            )
        self._open = connection

    def renew(self) -> None:
        """Take the lock again where the server let go of it, restarted or reached anew.

        Raises
        ------
        StoreError
            Somebody else has it, or the server cannot be reached.
        """
        if self._open is None:
            return
        try:
            self._open.execute(sa.select(1))
        except sa.exc.DBAPIError:
            self._release()
            try:
                self._take()
            except sa.exc.DBAPIError as error:
                rule = "stay reachable while its lock is held"
                got = Words(str(error.orig).strip())
                raise StoreError(complaint("store", rule, got, "Start the server.")) from error

    def _release(self) -> None:
        if self._open is not None:
            # The server lets go of the lock with the session.
            self._open.close()
            self._open = None


_LOCKS: dict[str, ServerLock] = {}
_LOCKS_GUARD = threading.Lock()


def server_lock(url: str) -> ServerLock:
    """Return this process's lock of a database: one object, however many stores are opened."""
    with _LOCKS_GUARD:
        return _LOCKS.setdefault(url, ServerLock(url))
