"""The catalogue: what is stored, in which state, and every change of state as one transaction.

Knows rows and states; knows nothing of arrays. Its answer is the only truth about what is
complete: files that it does not name do not exist.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from shapviz.errors import StoreError, Words, complaint
from shapviz.store.migration import migrate, stamp
from shapviz.store.queue import Queue
from shapviz.store.tables import explanations, metadata, parts, queue
from shapviz.store.write_ahead import use_write_ahead_log

__all__ = ["Catalogue", "Row"]

Row = dict[str, Any]


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    use_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous = NORMAL").close()


def _finite(value: Any) -> Any:
    """JSON without the numbers that databases refuse: those become text."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def _engine(url: str) -> sa.Engine:
    told: dict[str, Any] = {"json_serializer": lambda value: json.dumps(_finite(value))}
    if url.startswith("sqlite"):
        # A connection each time: nothing to share between threads or to leave open.
        engine = sa.create_engine(url, poolclass=sa.pool.NullPool, **told)
        sa.event.listen(engine, "connect", _set_up_sqlite)
        return engine
    # A server's connections cost more to make than most queries, and may be gone unnoticed.
    return sa.create_engine(url, pool_size=4, max_overflow=16, pool_pre_ping=True, **told)


SET_UP = 5_301
"""Of the advisory lock under which tables are made."""

_RULES = {
    "sqlite": "be an SQLite file that can be read and written",
    "postgresql": "be a database that can be reached, read and written",
}


class Catalogue:
    """Rows of explanations, their parts, and queued jobs, behind an SQLAlchemy URL.

    Parameters
    ----------
    url : str
        For example ``sqlite:////data/store/catalogue.sqlite``. Tables are made when missing.

    Raises
    ------
    StoreError
        The catalogue cannot be opened, or was written by another version of the schema.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        try:
            with self.engine.begin() as connection:
                if self.engine.dialect.name == "postgresql":
                    # Two who open a new database at once would both make its tables.
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(SET_UP)))
                migrate(connection)
                for table in metadata.sorted_tables:
                    connection.execute(CreateTable(table, if_not_exists=True))
                    for index in table.indexes:
                        connection.execute(CreateIndex(index, if_not_exists=True))
                stamp(connection)
        except sa.exc.DatabaseError as error:
            place = self.engine.url.render_as_string(hide_password=True)
            raise StoreError(
                complaint(
                    "catalogue",
                    _RULES[self.engine.dialect.name],
                    Words(f"{place} ({str(error.orig).strip()})"),
                    "Check its rights and the space left, or use a new store.",
                )
            ) from error
        self.queue = Queue(self.engine)

    # Reading ----------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        """Every explanation, newest first, without the large columns."""
        small = [c for c in explanations.c if c.name not in ("document", "manifest")]
        order = (explanations.c.created.desc(), explanations.c.key)
        return self.all(sa.select(*small).order_by(*order))

    def row(self, key: str) -> Row | None:
        """One explanation, every column."""
        return self.one(sa.select(explanations).where(explanations.c.key == key))

    def count(self) -> int:
        """How many explanations there are, finished or not."""
        (found,) = self.all(sa.select(sa.func.count().label("n")).select_from(explanations))
        return int(found["n"])

    def find(self, column: str, value: str, name: str | None = None) -> Row | None:
        """The newest complete explanation with that `values_key` or `content`, and that name."""
        query = sa.select(explanations).where(
            explanations.c[column] == value, explanations.c.state == "complete"
        )
        if name is not None:
            query = query.where(explanations.c.name == name)
        return self.one(query.order_by(explanations.c.created.desc()).limit(1))

    def alike(self, asked: str) -> list[Row]:
        """Complete explanations of the same question and call, whatever the rows, newest first."""
        query = sa.select(explanations).where(
            explanations.c.asked == asked, explanations.c.state == "complete"
        )
        return self.all(query.order_by(explanations.c.created.desc(), explanations.c.key))

    def older(self, key: str, values_key: str | None, name: str) -> list[Row]:
        """Explanations of the same numbers under the same name, finished or not, but for `key`."""
        if values_key is None:
            return []
        query = sa.select(explanations).where(
            explanations.c.values_key == values_key,
            explanations.c.name == name,
            explanations.c.key != key,
        )
        return self.all(query.order_by(explanations.c.created.desc()))

    def parts(self, key: str) -> list[Row]:
        """The parts of an explanation, in order."""
        query = sa.select(parts).where(parts.c.explanation == key).order_by(parts.c.index)
        return self.all(query)

    def all(self, query: Any) -> list[Row]:
        """Every row of a query."""
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def one(self, query: Any) -> Row | None:
        """The first row of a query."""
        found = self.all(query)
        return found[0] if found else None

    # Explanations -----------------------------------------------------------------------------

    def insert(self, row: Row) -> None:
        """Add an explanation; `created` and `updated` are now."""
        now = time.time()
        with self.engine.begin() as connection:
            connection.execute(
                explanations.insert().values(**{"created": now, "updated": now, **row})
            )

    def update(self, key: str, **changes: Any) -> None:
        """Change columns of an explanation; `updated` is now."""
        with self.engine.begin() as connection:
            self._update(connection, key, changes)

    def complete(self, key: str, *, replaces: Sequence[str] = (), **changes: Any) -> None:
        """Switch an explanation to complete and forget its parts' contents, all or nothing.

        Those that it replaces are forgotten in the same transaction; their jobs lead to it.
        """
        with self.engine.begin() as connection:
            self._update(
                connection, key, {**changes, "state": "complete", "running": 0.0, "message": ""}
            )
            connection.execute(
                parts.update()
                .where(parts.c.explanation == key)
                .values(state="compacted", document=None, manifest=None)
            )
            for old in replaces:
                self._forget(connection, old)
                connection.execute(queue.update().where(queue.c.key == old).values(key=key))

    def forget(self, key: str) -> None:
        """Remove an explanation and its parts."""
        with self.engine.begin() as connection:
            self._forget(connection, key)

    def delete(self, key: str) -> None:
        """Remove an explanation and its parts; the job that made it will not make it again."""
        with self.engine.begin() as connection:
            self._forget(connection, key)
            connection.execute(
                queue.update().where(queue.c.key == key).values(state="deleted", message="")
            )

    def _forget(self, connection: sa.Connection, key: str) -> None:
        connection.execute(explanations.delete().where(explanations.c.key == key))
        connection.execute(parts.delete().where(parts.c.explanation == key))

    def _update(self, connection: sa.Connection, key: str, changes: Row) -> None:
        connection.execute(
            explanations.update()
            .where(explanations.c.key == key)
            .values(updated=time.time(), **changes)
        )

    # Parts ------------------------------------------------------------------------------------

    def plan(self, key: str, first: int, ranges: Sequence[tuple[int, int]]) -> None:
        """Fix row ranges of parts, numbered from `first`; they never change afterwards."""
        if not ranges:
            return
        rows = [
            {"explanation": key, "index": first + i, "start": a, "stop": b, "state": "planned"}
            for i, (a, b) in enumerate(ranges)
        ]
        with self.engine.begin() as connection:
            connection.execute(parts.insert(), rows)

    def part_done(self, key: str, index: int, **changes: Any) -> None:
        """Mark a staged part done and count its samples, in one transaction."""
        with self.engine.begin() as connection:
            connection.execute(
                parts.update()
                .where(parts.c.explanation == key, parts.c.index == index)
                .values(state="done", **changes)
            )
            size = sa.func.sum(parts.c.stop - parts.c.start)
            done = connection.execute(
                sa.select(size).where(parts.c.explanation == key, parts.c.state == "done")
            ).scalar()
            # Added up anew each time, so that a part done twice is not counted twice.
            self._update(connection, key, {"done": int(done or 0), "running": 0.0})

    def part_undone(self, key: str, index: int) -> None:
        """Mark a part as still to be done: what was staged turned out to be damaged."""
        blank = {"checksum": None, "document": None, "manifest": None, "location": None}
        self._change_part(key, index, state="planned", message="", **blank)

    def part_failed(self, key: str, index: int, reason: str) -> None:
        """Set a part aside with the reason; asked for again, it is tried again."""
        self._change_part(key, index, state="failed", message=reason)

    def _change_part(self, key: str, index: int, **changes: Any) -> None:
        at = (parts.c.explanation == key, parts.c.index == index)
        with self.engine.begin() as connection:
            connection.execute(parts.update().where(*at).values(**changes))
