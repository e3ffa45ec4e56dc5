"""A coordinator in a thread of this command, where no other process works on the store's queue."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from shapviz.errors import StoreError

if TYPE_CHECKING:
    from shapviz.settings import Settings
    from shapviz.store import Store

__all__ = ["Care"]

END_SECONDS = 15.0


class Care:
    """Works on a store's queue until it is told to end; a context manager.

    Parameters
    ----------
    store : Store
    settings : Settings
        Which workers.

    Attributes
    ----------
    works : bool
        Whether this process is the one that works.
    error : BaseException or None
        Why it no longer does.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self.works = False
        self.error: BaseException | None = None
        self._store, self._settings = store, settings
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Care:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join(END_SECONDS)

    def begin(self) -> None:
        """Start to work, unless another process does: then it can be tried again later."""
        decided = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(decided,), daemon=True)
        self._thread.start()
        decided.wait()

    def _run(self, decided: threading.Event) -> None:
        from shapviz.store.lock import writer_lock

        alone = writer_lock(self._store.folder / "coordinator.lock")
        try:
            alone.__enter__()
        except StoreError:
            decided.set()
            return
        self.works = True
        decided.set()
        try:
            self._work()
        except BaseException as error:
            # Told by whoever waits for the job, in the command's own thread.
            self.error = error
        finally:
            self.works = False
            alone.__exit__(None, None, None)

    def _work(self) -> None:
        from shapviz.jobs.cluster import Cluster, default_workers
        from shapviz.jobs.coordinator import Coordinator

        workers = self._settings.workers or default_workers()
        with Cluster(workers, self._settings.scheduler) as cluster:
            Coordinator(self._store, cluster, _silent).run(self._ended.is_set)


def _silent(_line: str) -> None:
    """The command reads the queue and says it in its own way."""
