"""Compacting and committing what is done, in threads beside the coordinator's loop."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable

from shapviz.errors import ShapvizError, StoreError, complaint
from shapviz.jobs.running import Run
from shapviz.store import Store
from shapviz.store.compacting import compact

__all__ = ["Committing", "Told"]

FINISH_SECONDS = 8.0
"""How long a commit is waited for when the coordinator is stopped."""

Told = Callable[[tuple[str, str, Exception | None]], None]


class Committing:
    """Threads that make whole shards of a job's parts and switch the catalogue.

    Parameters
    ----------
    store : Store
        Its lock is held.
    told : callable
        Called in the thread with ``("finished", job, error or None)``.
    """

    def __init__(self, store: Store, told: Told) -> None:
        self._store = store
        self._told = told
        self._threads: list[threading.Thread] = []

    def begin(self, run: Run) -> None:
        """Begin with a job whose last part is done; the loop goes on meanwhile."""
        run.finishing = True
        thread = threading.Thread(target=self._commit, args=(run,), daemon=True)
        self._threads = [*(each for each in self._threads if each.is_alive()), thread]
        thread.start()

    def wait(self) -> None:
        """Let commits that have begun end: cut off they would be done again."""
        for thread in self._threads:
            thread.join(FINISH_SECONDS)

    def _commit(self, run: Run) -> None:
        catalogue = self._store.catalogue
        try:
            row = catalogue.row(run.key)
            if row is None:
                fix = "Ask again."
                raise StoreError(complaint("key", "stay until its end", run.key, fix))
            about = run.spec.about
            compact(self._store.files, catalogue, row, about, also=run.row["old_key"])
        except Exception as error:
            if not isinstance(error, ShapvizError):
                traceback.print_exc()
            self._told(("finished", run.id, error))
        else:
            self._told(("finished", run.id, None))
