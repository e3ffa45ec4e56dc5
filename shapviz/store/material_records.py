"""What is said of a registered model or table, and where in a store its file lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shapviz.store import material_tables as contents
from shapviz.store.catalogue import Row

__all__ = [
    "SAVED_MODEL",
    "DataRecord",
    "ModelRecord",
    "data_record",
    "model_place",
    "model_record",
    "table_place",
]

SAVED_MODEL = "saved_model"
"""Format of a model that is a folder."""


@dataclass(frozen=True)
class ModelRecord:
    """A registered model.

    Attributes
    ----------
    digest : str
        SHA-256 of its bytes.
    format : str
        Ending of its file without the dot, "saved_model" for a folder.
    name : str
        For people, as first given.
    bytes : int
    trusted : bool
        Whether somebody with the right to do so vouched for where it comes from.
    created : float
        Seconds since 1970, UTC.
    facts : mapping or None
        What it said of itself when it was opened, as `Materials.describe` was told.
    """

    digest: str
    format: str
    name: str
    bytes: int
    trusted: bool
    created: float
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class DataRecord:
    """A registered table or array.

    Attributes
    ----------
    digest : str
        Of its content, whatever file it came from.
    name : str
        For people, as first given.
    kind : "table" or "array"
    rows : int
    shape : tuple of int
        Rows first.
    columns : tuple of str
        Of a table; empty for an array.
    dtypes : tuple of str
        One a column; one in all for an array.
    bytes : int
        Of its file.
    created : float
        Seconds since 1970, UTC.
    """

    digest: str
    name: str
    kind: str
    rows: int
    shape: tuple[int, ...]
    columns: tuple[str, ...]
    dtypes: tuple[str, ...]
    bytes: int
    created: float


def model_record(row: Row) -> ModelRecord:
    """Return a model's row of the catalogue as a record."""
    return ModelRecord(**{name: row[name] for name in ModelRecord.__dataclass_fields__})


def data_record(row: Row) -> DataRecord:
    """Return a table's row of the catalogue as a record."""
    found = {name: row[name] for name in DataRecord.__dataclass_fields__}
    for name in ("shape", "columns", "dtypes"):
        found[name] = tuple(found[name] or ())
    return DataRecord(**found)


def model_place(row: Row) -> str:
    """Return where a model's file (or folder) lies, below the store's root."""
    ending = "" if row["format"] == SAVED_MODEL else f".{row['format']}"
    return f"materials/models/{row['digest']}{ending}"


def table_place(row: Row) -> str:
    """Return where a table's file lies, below the store's root."""
    return f"materials/tables/{row['digest']}.{contents.ending(row['kind'])}"
