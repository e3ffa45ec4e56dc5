"""Catalogues of earlier schemas: brought up to date in place, or refused with what to do."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from shapviz.errors import StoreError, complaint
from shapviz.store.tables import SCHEMA_VERSION, schema

__all__ = ["migrate", "stamp"]


def migrate(connection: sa.Connection) -> None:
    """Bring the tables that are there to this version's schema; nothing happens in a new place.

    Raises
    ------
    StoreError
        They are of a schema that this version does not know.
    """
    if not sa.inspect(connection).has_table(schema.name):
        return
    found = connection.execute(sa.select(sa.func.max(schema.c.version))).scalar()
    while found is not None and found != SCHEMA_VERSION:
        if found not in STEPS:
            raise StoreError(
                complaint(
                    "store",
                    f"have a catalogue of schema {SCHEMA_VERSION}",
                    found,
                    "Open it with the shapviz that wrote it, or use a new store.",
                )
            )
        STEPS[found](connection)
        found += 1
        connection.execute(schema.update().values(version=found))


def stamp(connection: sa.Connection) -> None:
    """Write the version into a new catalogue."""
    if connection.execute(sa.select(sa.func.max(schema.c.version))).scalar() is None:
        connection.execute(schema.insert().values(version=SCHEMA_VERSION))


def _from_1(connection: sa.Connection) -> None:
    # Its arrays are read as they are; its rows are not found by their digests, having none.
    # Its queue of demos is left behind: they are asked for again, and found.
    for table, column, kind in (
        ("explanations", "asked", "VARCHAR(64)"),
        ("parts", "location", "TEXT"),
        ("parts", "message", "TEXT NOT NULL DEFAULT ''"),
    ):
        known = {each["name"] for each in sa.inspect(connection).get_columns(table)}
        if column not in known:
            connection.execute(sa.text(f"ALTER TABLE {table} ADD COLUMN {column} {kind}"))


def _from_2(connection: sa.Connection) -> None:
    # Jobs are in the queue now, whose table is made like any missing one; parts know their place.
    columns = {column["name"] for column in sa.inspect(connection).get_columns("parts")}
    if "location" not in columns:
        connection.execute(sa.text("ALTER TABLE parts ADD COLUMN location TEXT"))
        adding = "ALTER TABLE parts ADD COLUMN message TEXT DEFAULT '' NOT NULL"
        connection.execute(sa.text(adding))
    if sa.inspect(connection).has_table("models"):
        known = {each["name"] for each in sa.inspect(connection).get_columns("models")}
        if "facts" not in known:
            connection.execute(sa.text("ALTER TABLE models ADD COLUMN facts JSON"))
    connection.execute(sa.text("DROP TABLE IF EXISTS jobs"))


STEPS: dict[int, Callable[[sa.Connection], None]] = {1: _from_1, 2: _from_2}
"""Schema that is found to the step to the next."""
