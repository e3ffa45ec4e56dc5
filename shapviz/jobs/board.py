"""What the coordinator remembers between two steps: jobs, what is in the air, who has what loaded.

Plain state: nothing here asks the store or the workers.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from shapviz.jobs.running import Flight, Run

__all__ = ["Board"]


@dataclass
class Board:
    """Jobs in work, and which worker does what.

    Attributes
    ----------
    runs : dict of str to Run
        Jobs in work by their id, in the order of the queue.
    flights : dict of str to Flight
        Pieces of work on their way, by attempt, in the order in which they were sent.
    workers : list of str
        Addresses of those that are there.
    models : dict of str to set of str
        What each worker has loaded, or is loading.
    served : dict of str to float
        When each owner was last given something.
    changed : bool
        Whether there may be something to hand out that there was not before.
    """

    runs: dict[str, Run] = field(default_factory=dict)
    flights: dict[str, Flight] = field(default_factory=dict)
    workers: list[str] = field(default_factory=list)
    models: dict[str, set[str]] = field(default_factory=dict)
    served: dict[str, float] = field(default_factory=dict)
    changed: bool = True

    def add(self, run: Run) -> None:
        """Take a job into work."""
        self.runs[run.id] = run
        self.changed = True

    def drop(self, run: Run) -> None:
        """Be done with a job: whoever waited behind it may have its turn."""
        self.runs.pop(run.id, None)
        self.changed = True

    def start(self, attempt: str, flight: Flight) -> None:
        """Note that a piece of work is on its way."""
        self.served[flight.run.owner] = time.monotonic()
        self.models.setdefault(flight.worker, set()).add(flight.run.model)
        self.flights[attempt] = flight.run.flights[attempt] = flight

    def end(self, attempt: str) -> Flight | None:
        """Note that a piece of work is on its way no more, and return it; None where unknown."""
        flight = self.flights.pop(attempt, None)
        self.changed = True
        if flight is not None:
            flight.run.flights.pop(attempt, None)
        return flight

    def put_back(self, attempt: str, flight: Flight) -> None:
        """Take back that a piece of work has ended; it stands before all others."""
        self.flights = {attempt: flight, **self.flights}
        flight.run.flights[attempt] = flight

    def staff(self, workers: list[str]) -> None:
        """Note which workers are there now; what those that left had loaded is gone with them."""
        self.changed |= self.workers != workers
        self.workers = workers
        self.models = {worker: self.models.get(worker, set()) for worker in set(workers)}

    def leave(self, worker: str) -> None:
        """Hand nothing more to an address that nobody answers at."""
        self.workers = [each for each in self.workers if each != worker]

    def on(self, worker: str) -> list[tuple[str, Flight]]:
        """Return what is in work at a worker, in the order in which it was sent."""
        return [(name, flight) for name, flight in self.flights.items() if flight.worker == worker]

    @property
    def at_work(self) -> set[str]:
        """Workers that something was sent to, whether they are there or not."""
        return {flight.worker for flight in self.flights.values()}

    @property
    def load(self) -> Counter[str]:
        """How many pieces each worker has."""
        return Counter(flight.worker for flight in self.flights.values())

    @property
    def owners(self) -> list[str]:
        """Who asked for each piece in work."""
        return [flight.run.owner for flight in self.flights.values()]

    def has_model(self, worker: str, run: Run) -> bool:
        """Whether a worker has a job's model loaded, or is loading it."""
        return run.model in self.models.get(worker, ())

    def model_elsewhere(self, worker: str, run: Run) -> bool:
        """Whether other workers have a job's model loaded and this one does not."""
        if self.has_model(worker, run):
            return False
        return any(run.model in had for each, had in self.models.items() if each != worker)
