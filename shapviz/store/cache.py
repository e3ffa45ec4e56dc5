"""Small results by key, in one bounded file: what was not used for longest goes first.

For answers that are cheap to lose: one sample, a what-if. Explanations that somebody named belong
in the store itself.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.store.parcel import from_parcel, to_parcel
from shapviz.store.write_ahead import use_write_ahead_log

__all__ = ["ResultCache"]

MOST_BYTES = 256 * 2**20


class ResultCache:
    """Explanations by key, at most so many bytes of them; any process may read and write.

    Parameters
    ----------
    path : Path
        SQLite file; made when missing.
    most_bytes : int, default 256 MiB
        Of all results together. One that is larger alone is not kept.
    """

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        if most_bytes < 1:
            raise InputError(
                complaint("most_bytes", "be at least 1", most_bytes, "Give it some room.")
            )
        self.path = path
        self.most_bytes = most_bytes

    def get(self, key: str) -> Explanation | None:
        """Return what was kept under a key, or None; damage counts as nothing kept."""
        with self._open() as connection:
            row = connection.execute(
                "SELECT document, arrays, checksum FROM results WHERE key = ?", (key,)
            ).fetchone()
            if row is None:
                return None
            document, arrays, checksum = row
            if hashlib.sha256(document.encode() + arrays).hexdigest() != checksum:
                connection.execute("DELETE FROM results WHERE key = ?", (key,))
                return None
            connection.execute("UPDATE results SET used = ? WHERE key = ?", (time.time(), key))
        told = json.loads(document)
        places = told["arrays"]

        def read(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
            start, shape, dtype = places[name]
            kind = np.dtype(dtype)
            count = int(np.prod(shape))
            return np.frombuffer(arrays, kind, count, start).reshape(shape)

        return from_parcel(told["document"], read)

    def put(self, key: str, explanation: Explanation) -> None:
        """Keep a result under a key, in place of what is there.

        Raises
        ------
        StoreError
            A field holds what cannot be stored.
        """
        document, arrays = to_parcel(explanation)
        places, pieces, at = {}, [], 0
        for name, array in arrays.items():
            plain = np.ascontiguousarray(array).tobytes()
            places[name] = (at, list(array.shape), array.dtype.str)
            pieces.append(plain)
            at += len(plain)
        told = json.dumps({"document": document, "arrays": places})
        content = b"".join(pieces)
        size = len(told) + len(content)
        if size > self.most_bytes:
            return
        checksum = hashlib.sha256(told.encode() + content).hexdigest()
        with self._open() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?)",
                (key, told, content, checksum, size, time.time()),
            )
            self._shrink(connection)

    def clear(self) -> None:
        """Forget everything."""
        with self._open() as connection:
            connection.execute("DELETE FROM results")

    def bytes(self) -> int:
        """Return how many bytes are kept."""
        with self._open() as connection:
            (found,) = connection.execute("SELECT COALESCE(SUM(size), 0) FROM results").fetchone()
        return int(found)

    def _shrink(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute("SELECT key, size FROM results ORDER BY used DESC").fetchall()
        total = 0
        for key, size in rows:
            total += size
            if total > self.most_bytes:
                connection.execute("DELETE FROM results WHERE key = ?", (key,))
                total -= size

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection and one transaction on it."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            use_write_ahead_log(connection)
            connection.execute(
                "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, document TEXT, "
                "arrays BLOB, checksum TEXT, size INTEGER, used REAL)"
            )
            yield connection
