"""One complete explanation as a zip that any store reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shapviz.errors import StoreError, Words, complaint
from shapviz.store.commit import ROW_DIGESTS
from shapviz.store.stored_arrays import StoredArrays
from shapviz.store.stored_summary import SUMMARY
from shapviz.store.zips import write_zip

__all__ = ["ASKED", "export"]

ASKED = ("name", "question", "rows_digest", "call", "values_key", "asked")
"""Columns that say what was asked, and under which name."""


def export(row: Mapping[str, Any], arrays: StoredArrays, path: Path) -> None:
    """Write arrays, document and checksums; summaries are made anew where it is read.

    Parameters
    ----------
    row : mapping
        Of the catalogue.
    arrays : StoredArrays
        Its arrays.
    path : Path

    Raises
    ------
    StoreError
        An array is damaged, or the file cannot be written.
    """
    entries = {
        name: (tuple(entry["shape"]), entry["dtype"])
        for name, entry in arrays.manifest.items()
        if not name.startswith((f"{SUMMARY}/", ROW_DIGESTS))
    }

    def rows(name: str, start: int, stop: int) -> Any:
        shape, _ = entries[name]
        whole = not shape or (start, stop) == (0, shape[0])
        return arrays(name) if whole else arrays.rows(name, slice(start, stop))

    about = {name: row[name] for name in ASKED}
    try:
        write_zip(path, about, row["document"], entries, rows)
    except OSError as error:
        rule, fix = "be a place for a file", "Choose a folder with rights to write."
        got = Words(f"{str(path)!r} ({error.strerror or error})")
        raise StoreError(complaint("path", rule, got, fix)) from error
