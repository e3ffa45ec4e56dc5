"""Holding the store's lock while there is work, and what is put in order when it is taken."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from shapviz.errors import StoreError
from shapviz.jobs.adopting import adopt
from shapviz.jobs.previewing import FRESH_SECONDS
from shapviz.store import Store
from shapviz.store.queue import PREVIEW

__all__ = ["Holding"]

IDLE_SECONDS = 2.0
"""The store's lock is let go of when nobody asked for anything for so long."""


class Holding:
    """One store's lock, held as long as there are jobs.

    Parameters
    ----------
    store : Store

    Attributes
    ----------
    held : bool
        Whether explanations may be written.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue = store.catalogue.queue
        self._wanted = time.monotonic()
        self.held = False

    def take(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Take the lock for jobs of the queue, and return whether it is held now.

        What was left behind by whoever held it last is put in order first.
        """
        self._wanted = time.monotonic()
        if self.held:
            return True
        try:
            self._store.lock.__enter__()
        except StoreError as error:
            # Where several machines share a store, another's coordinator is no news.
            shared = self._store.address[1] is not None
            for row in () if shared else rows:
                if row["message"] != str(error):
                    self._queue.change(row["id"], only=("queued",), message=str(error))
            return False
        self.held = True
        adopt(self._store)
        self._store.sweep()
        old = time.time() - FRESH_SECONDS
        self._queue.remove(
            row["id"] for row in self._queue.rows(PREVIEW) if (row["ended"] or time.time()) < old
        )
        for row in rows:
            self._queue.change(row["id"], only=("queued",), message="")
        return True

    def keep(self) -> bool:
        """Return False if the lock was lost to somebody else; a database server may restart."""
        if self.held:
            try:
                self._store.lock.renew()
            except StoreError:
                self.let_go()
                return False
        return True

    def rest(self) -> None:
        """Let go of the lock if nobody has wanted it for a while."""
        if self.held and time.monotonic() - self._wanted > IDLE_SECONDS:
            self.let_go()

    def let_go(self) -> None:
        """Let go of the lock, if it is held."""
        if self.held:
            self.held = False
            self._store.lock.__exit__(None, None, None)
