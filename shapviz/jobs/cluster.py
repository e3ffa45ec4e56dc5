"""The workers: processes of one thread on this machine, or a cluster joined by its address.

Hands over functions and tells what became of them; knows nothing of jobs.
"""

from __future__ import annotations

import os
import queue
import signal
import tempfile
import uuid
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from shapviz.errors import JobError, Words, complaint
from shapviz.jobs.devices import devices as graphics_devices

__all__ = ["Cluster"]

LOOPBACK = "127.0.0.1"
JOIN_SECONDS = 10.0
CLOSE_SECONDS = 10.0

# One thread each: two threads of one model on one core wait for each other longer than they work.
THREADS = (
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
)
ONE_THREAD = dict.fromkeys(THREADS, "1")
# The coordinator says in its own words what matters of what Dask has to say.
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "DASK_LOGGING__DISTRIBUTED": "critical"}

SETTINGS = {
    # A death is counted by whoever asked, who knows what was running.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.work-stealing": False,
    # Not Dask's own: it trims memory so eagerly that every large array is mapped anew.
    "distributed.nanny.pre-spawn-environ": {**ONE_THREAD, **QUIET},
    # Results are small; a worker that holds much holds a model, and pausing it would help nobody.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.worker.daemon": True,
    # Dask looks at every thread's stack and at its loops' delays many times a second, for pages
    # of its own that nobody opens here: a few hundredths of a worker's time.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.system-monitor.disk": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.comm.timeouts.connect": f"{JOIN_SECONDS:.0f}s",
    "distributed.admin.log-length": 1000,
    "distributed.admin.low-level-log-length": 100,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "logging": {"distributed": "critical"},
}


class Cluster:
    """Workers of this machine, or those behind an address; a context manager.

    Parameters
    ----------
    workers : int
        Processes to start here; not looked at when `address` is given.
    address : str, optional
        ``tcp://…`` of a running scheduler.
    preload : sequence of str
        Modules that each worker of this machine imports first.
    devices : sequence of str, optional
        Graphics devices, one process each, by the name that CUDA_VISIBLE_DEVICES takes; none
        means processors only. Default: what this machine has.

    Attributes
    ----------
    told : queue.SimpleQueue
        What happened, as ``(what, *details)``: ``("done", attempt, result)``,
        ``("failed", attempt, error)``, ``("event", event)``.
    """

    def __init__(
        self,
        workers: int,
        address: str | None = None,
        *,
        preload: Sequence[str] = (),
        devices: Sequence[str] | None = None,
    ) -> None:
        self.address = address
        self.told: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._workers, self._devices = workers, devices
        self._preload = list(preload)
        self._local: Any = None
        self._client: Any = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Cluster:
        import dask

        dask.config.set(SETTINGS)
        if self.address is None:
            self._start()
        self._join()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for closing in (self._client, self._local):
            try:
                if closing is not None:
                    closing.close(timeout=CLOSE_SECONDS)
            except TimeoutError:
                # A busy machine, or a worker that was just being started: ended without a word.
                for worker in self.workers_here():
                    self.kill(worker)
        if self._folder is not None:
            self._folder.cleanup()

    def _start(self) -> None:
        from distributed import Nanny, Scheduler, SpecCluster

        self._folder = tempfile.TemporaryDirectory(prefix="shapviz-workers-")
        shared = {
            "nthreads": 1,
            "host": LOOPBACK,
            "dashboard": False,
            "dashboard_address": f"{LOOPBACK}:0",
            "local_directory": self._folder.name,
            # None: whatever Dask's own settings name.
            "preload": self._preload or None,
        }
        self._local = SpecCluster(
            workers={
                i: {"cls": Nanny, "options": {**shared, "env": env}}
                for i, env in enumerate(self._environments())
            },
            scheduler={
                "cls": Scheduler,
                "options": {
                    "host": LOOPBACK,
                    "port": 0,
                    "dashboard": False,
                    "dashboard_address": f"{LOOPBACK}:0",
                },
            },
        )

    def _environments(self) -> list[dict[str, str]]:
        found = graphics_devices() if self._devices is None else self._devices
        return worker_environments(self._workers, found)

    def _join(self) -> None:
        from distributed import Client

        from shapviz.jobs.tasks import TOPIC

        try:
            self._client = Client(
                self._local if self._local is not None else self.address,
                timeout=JOIN_SECONDS,
                set_as_default=False,
            )
        except (OSError, TimeoutError, TypeError) as error:
            # The last is how Dask says that it was given no certificates for tls://.
            raise JobError(
                complaint(
                    "SHAPVIZ_SCHEDULER",
                    "be the address of a running Dask scheduler",
                    Words(f"{self.address} ({error})"),
                    "Start one: dask scheduler; or unset it to use this machine.",
                )
            ) from error
        self._client.subscribe_topic(TOPIC, lambda event: self.told.put(("event", event[1])))

    @property
    def connected(self) -> bool:
        """Whether the scheduler is still there."""
        return self._client is not None and self._client.status == "running"

    @property
    def scheduler(self) -> str:
        """Address of the scheduler."""
        return str(self._client.scheduler.address)

    def rejoin(self) -> bool:
        """Connect anew after the scheduler was lost; False when it does not answer yet."""
        self._client.close(timeout=1)
        try:
            self._join()
        except JobError:
            return False
        return True

    def workers(self) -> list[str]:
        """Addresses of the workers that are there now."""
        known = self._client.sync(self._client.scheduler.identity, n_workers=-1)["workers"]
        return sorted(known)

    def submit(
        self,
        function: Callable[..., Any],
        attempt: str,
        *arguments: Any,
        worker: str,
        first: bool = False,
    ) -> Any:
        """Send a function to one worker; what becomes of it goes to `told`.

        With `first` it goes before whatever that worker has not begun.
        """
        future = self._client.submit(
            function,
            attempt,
            *arguments,
            key=f"{function.__name__}-{attempt}",
            workers=[worker],
            allow_other_workers=False,
            pure=False,
            retries=0,
            priority=10 if first else 0,
        )
        future.add_done_callback(lambda done: self._heard(attempt, done))
        return future

    def _heard(self, attempt: str, future: Any) -> None:
        """In a thread of the client's: fetch what came of a function."""
        try:
            self.told.put(("done", attempt, future.result()))
        except BaseException as error:
            # Whatever a worker raises, and every way of losing one: told, never thrown here.
            self.told.put(("failed", attempt, error))

    def workers_here(self) -> list[str]:
        """Addresses of this machine's workers, as far as they have one yet."""
        nannies = () if self._local is None else self._local.workers.values()
        return [str(nanny.worker_address) for nanny in nannies if nanny.worker_address]

    def kill(self, worker: str) -> bool:
        """End a worker of this machine that does not listen; another takes its place."""
        for nanny in () if self._local is None else self._local.workers.values():
            if nanny.worker_address == worker and nanny.pid is not None:
                os.kill(nanny.pid, signal.SIGKILL)
                return True
        return False

    def stop(self, attempts: Sequence[str]) -> None:
        """Tell all workers that these attempts should stop, without waiting."""
        from shapviz.jobs.tasks import stop

        self._client.run(stop, list(attempts), wait=False, on_error="ignore")


def worker_environments(workers: int, devices: Sequence[str]) -> list[dict[str, str]]:
    """Return the environment of each process: one a device, else as many as asked for.

    Examples
    --------
    >>> [each["CUDA_VISIBLE_DEVICES"] for each in worker_environments(4, ["0", "1"])]
    ['0', '1']
    """
    if devices:
        return [{**ONE_THREAD, **QUIET, "CUDA_VISIBLE_DEVICES": device} for device in devices]
    hidden = {"CUDA_VISIBLE_DEVICES": "-1"}
    return [{**ONE_THREAD, **QUIET, **hidden} for _ in range(max(1, workers))]


def new_attempt() -> str:
    """Return a name for one try of one piece of work."""
    return uuid.uuid4().hex[:12]


def default_workers() -> int:
    """Return how many processes to start: one a processor that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
