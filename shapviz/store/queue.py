"""The queue: what was asked for, in which state; the one table that a page writes to.

Whoever asks adds a row or asks for a change of state; the coordinator alone says what became of
it. Every change names the states it may start from, so that two who write at once do not undo
each other. Knows nothing of models, arrays or workers.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from shapviz.store.tables import queue

__all__ = ["ACTIVE", "EXPLAIN", "PREVIEW", "WAITING", "Queue"]

Row = dict[str, Any]

EXPLAIN, PREVIEW = "explain", "preview"
"""Kinds of row: an explanation to make, a question of what one would cost."""

WAITING = ("queued", "preparing", "computing")
"""States that a job leaves by itself."""

ACTIVE = (*WAITING, "cancelling", "deleting")
"""States in which a job is somebody's to work on."""


class Queue:
    """Rows of the table ``queue``.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Of the catalogue.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def rows(self, kind: str | None = EXPLAIN, states: Collection[str] | None = None) -> list[Row]:
        """Return jobs in the order of work: of a kind, in some states, or all."""
        query = sa.select(queue).order_by(queue.c.rank, queue.c.created, queue.c.id)
        if kind is not None:
            query = query.where(queue.c.kind == kind)
        if states is not None:
            query = query.where(queue.c.state.in_(list(states)))
        return self._all(query)

    def states(self, among: Collection[str]) -> dict[str, str]:
        """Return the states of jobs of every kind, by id, in the order of work: a quick look."""
        query = sa.select(queue.c.id, queue.c.state).where(queue.c.state.in_(list(among)))
        order = (queue.c.rank, queue.c.created, queue.c.id)
        return {row["id"]: row["state"] for row in self._all(query.order_by(*order))}

    def row(self, job: str) -> Row | None:
        """Return one job by its id."""
        found = self._all(sa.select(queue).where(queue.c.id == job))
        return found[0] if found else None

    def by_slug(self, slug: str) -> Row | None:
        """Return one demo's job by its name in links."""
        found = self._all(sa.select(queue).where(queue.c.slug == slug))
        return found[0] if found else None

    def add(self, row: Row) -> bool:
        """Add a job, and return whether it is new: one of the same id stays as it is."""
        now = time.time()
        try:
            with self._engine.begin() as connection:
                connection.execute(queue.insert().values(**{"created": now, "updated": now, **row}))
        except sa.exc.IntegrityError:
            if self.row(row["id"]) is None:
                raise
            return False
        return True

    def change(self, job: str, *, only: Collection[str] | None = None, **changes: Any) -> bool:
        """Change columns of a job, and return whether it was there in one of the states `only`."""
        query = queue.update().where(queue.c.id == job)
        if only is not None:
            query = query.where(queue.c.state.in_(list(only)))
        with self._engine.begin() as connection:
            done = connection.execute(query.values(updated=time.time(), **changes))
        return bool(done.rowcount)

    def remove(self, jobs: Iterable[str]) -> None:
        """Forget jobs; what they made stays."""
        with self._engine.begin() as connection:
            connection.execute(queue.delete().where(queue.c.id.in_(list(jobs))))

    def _all(self, query: Any) -> list[Row]:
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
