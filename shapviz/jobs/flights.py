"""Sending work to workers and what becomes of it on the way: it lands, is stopped, or is lost.

What came of it is nobody's business here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shapviz.jobs.board import Board
from shapviz.jobs.cluster import Cluster, new_attempt
from shapviz.jobs.running import PREPARE, PROBE, Flight, Run

__all__ = ["Flights", "Loss"]


@dataclass(frozen=True)
class Loss:
    """What was lost with a worker.

    Attributes
    ----------
    guilty : Flight
        What the worker was at.
    runs : list of Run
        Jobs that have something to do again, each once.
    """

    guilty: Flight
    runs: list[Run]


class Flights:
    """Work on its way to the workers of a cluster and back.

    Parameters
    ----------
    cluster : Cluster
        Entered.
    board : Board
        Where it is noted.
    """

    def __init__(self, cluster: Cluster, board: Board) -> None:
        self._cluster = cluster
        self._board = board

    def send(self, flight: Flight, function: Callable[..., Any], *arguments: Any) -> None:
        """Have a worker do something; `arguments` follow the name of the attempt."""
        attempt = new_attempt()
        self._board.start(attempt, flight)
        flight.future = self._cluster.submit(
            function, attempt, *arguments, worker=flight.worker, first=flight.index == PROBE
        )

    def land(self, attempt: str) -> Flight | None:
        """Return what has ended, and let go of it; None where it was let go of before."""
        flight = self._board.end(attempt)
        if flight is not None and flight.future is not None:
            # Dask forgets the result.
            flight.future.release()
        return flight

    def stop(self, run: Run) -> None:
        """Stop whatever is in work of a job, without waiting."""
        if not run.flights:
            return
        for flight in run.flights.values():
            if not flight.begun and flight.future is not None:
                flight.future.cancel()
        self._cluster.stop(list(run.flights))
        for attempt, flight in list(run.flights.items()):
            # Loading cannot be interrupted; what comes of it does not matter.
            if flight.index == PREPARE:
                self.land(attempt)

    def stop_all(self) -> None:
        """Stop whatever is in work."""
        if self._board.flights:
            self._cluster.stop(list(self._board.flights))

    def kill(self, worker: str) -> bool:
        """End a worker of this machine; False for another machine's."""
        return self._cluster.kill(worker)

    def lose(self, worker: str) -> Loss | None:
        """Let go of whatever a worker had that is gone; None where it had nothing."""
        self._board.leave(worker)
        there = self._board.on(worker)
        if not there:
            return None
        # What it began last; if it did not come to say so, what it was sent first.
        begun = [flight for _, flight in there if flight.begun]
        guilty = max(begun, key=lambda flight: flight.begun) if begun else there[0][1]
        for name, flight in there:
            self.land(name)
            flight.run.warm.discard(worker)
        return Loss(guilty, list({id(flight.run): flight.run for _, flight in there}.values()))
