"""Who gets what next: previews first, then owners in turn, to workers that have the model loaded.

Hands it over; hears nothing of what becomes of it.
"""

from __future__ import annotations

from shapviz.jobs.board import Board
from shapviz.jobs.flights import Flights
from shapviz.jobs.ledger import Ledger
from shapviz.jobs.running import AHEAD, PREPARE, PROBE, Flight, Run
from shapviz.jobs.spec import DEMOS_OWNER
from shapviz.jobs.turns import in_turn

__all__ = ["Address", "Handing"]

Address = tuple[str, str | None]
"""How workers reach the store."""


class Handing:
    """Gives the workers something to do.

    Parameters
    ----------
    board : Board
        What there is to do, and who is there.
    flights : Flights
        By which it is sent.
    ledger : Ledger
        Where it is written down.
    address : (str, str or None)
        How workers reach the store.
    """

    def __init__(self, board: Board, flights: Flights, ledger: Ledger, address: Address) -> None:
        self._board = board
        self._flights = flights
        self._ledger = ledger
        self._address = address

    def previews(self) -> None:
        """Previews go before everything: somebody waits at a page for each."""
        from shapviz.jobs.probe import probe

        board = self._board
        for run in [r for r in board.runs.values() if r.preview and not r.flights]:
            busy = {f.worker for f in board.flights.values() if f.index == PROBE}
            free = [worker for worker in board.workers if worker not in busy]
            if not free:
                return
            load = board.load
            worker = min(free, key=lambda w: (not board.has_model(w, run), load[w]))
            self._ledger.probing(run)
            todo = {"ranges": self._ledger.left(run)}
            flight = Flight(run, PROBE, worker)
            self._flights.send(flight, probe, self._address, run.spec.to_json(), todo)

    def parts(self) -> None:
        """Fill every worker's hands: each gets a first piece before any gets its second."""
        for depth in range(1, AHEAD + 1):
            for worker in self._board.workers:
                load = self._board.load[worker]
                if load < depth:
                    self._give(worker, idle=load == 0)

    def _give(self, worker: str, *, idle: bool) -> None:
        board, flying = self._board, self._board.owners

        def sooner(run: Run) -> bool:
            # What costs no loading is looked at at once: it may be answered in the store.
            cheap = run.prepared is None and board.has_model(worker, run)
            return cheap and run.owner != DEMOS_OWNER

        def later(run: Run) -> bool:
            return board.model_elsewhere(worker, run)

        for run in in_turn(open_runs(board), flying, board.served, sooner, later):
            if run.prepared is None:
                # Loading holds up what the worker is at, so only somebody else's turn is worth it.
                turn = run.owner not in flying and run.owner != DEMOS_OWNER
                if (idle or turn or sooner(run)) and may_prepare(board, run):
                    self._prepare(run, worker)
                    return
                continue
            if run.deaths and not idle:
                # One at a time from now on: what a worker died of must be beyond doubt.
                continue
            if not worth(board, run, worker):
                continue
            self._ledger.plan(run, run.more)
            index = run.next_part()
            if index is not None:
                self._part(run, index, worker)
                return

    def _prepare(self, run: Run, worker: str) -> None:
        from shapviz.jobs.tasks import prepare

        if self._ledger.preparing(run):
            flight = Flight(run, PREPARE, worker)
            self._flights.send(flight, prepare, self._address, run.spec.to_json())

    def _part(self, run: Run, index: int, worker: str) -> None:
        from shapviz.jobs.tasks import explain_part, relabel

        found, part = run.prepared or {}, run.parts[index]
        flight, spec, at = Flight(run, index, worker), run.spec.to_json(), (run.key, index)
        if found.get("source") is not None:
            self._flights.send(flight, relabel, self._address, spec, *at, found["source"])
            return
        asked = (found["question"], bool(found["known"]), part["start"], part["stop"])
        self._flights.send(flight, explain_part, self._address, spec, *at, *asked)


def open_runs(board: Board) -> list[Run]:
    """Return jobs that may have something to hand out, in the order of the queue."""
    for run in board.runs.values():
        if run.behind is not None and run.behind.id not in board.runs:
            run.behind = None
    return [
        run
        for run in board.runs.values()
        if not (run.stopping or run.finishing or run.behind is not None or run.preview)
    ]


def may_prepare(board: Board, run: Run) -> bool:
    """Return whether nobody loads, or is about to load, the same model right now."""
    loading = (f.run.model for f in board.flights.values() if f.index == PREPARE)
    return not run.flights and run.model not in loading


def worth(board: Board, run: Run, worker: str) -> bool:
    """Return whether a worker that would have to load the model first is of any help."""
    has_model = worker in run.warm or board.has_model(worker, run)
    if has_model or not any(each in run.warm for each in board.workers):
        return True
    left = run.seconds_left()
    return left is not None and left > 2 * run.loading
