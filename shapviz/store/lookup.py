"""Rows of the catalogue by key, for somebody who may have mistyped it or come too early."""

from __future__ import annotations

import difflib

from shapviz.errors import StoreError, complaint
from shapviz.store.catalogue import Catalogue, Row
from shapviz.store.record import as_record

__all__ = ["Lookup"]


class Lookup:
    """What is in one catalogue, and what to say of what is not.

    Parameters
    ----------
    catalogue : Catalogue
    url : str
        What the store is called in messages.
    """

    def __init__(self, catalogue: Catalogue, url: str) -> None:
        self._catalogue = catalogue
        self._url = url

    def row(self, key: str) -> Row:
        """Return the row of an explanation; StoreError where there is none."""
        row = self._catalogue.row(key)
        if row is None:
            raise self.unknown(key)
        return row

    def complete(self, key: str) -> Row:
        """Return the row of a complete explanation; StoreError where it is none yet."""
        row = self.row(key)
        if row["state"] != "complete":
            record = as_record(row)
            reason = f": {record.message}" if record.message else ""
            raise StoreError(
                complaint(
                    "key",
                    "be of a complete explanation",
                    key,
                    f"It is {record.state}, {record.done} of {record.samples} samples done{reason}",
                )
            )
        return row

    def unknown(self, key: str) -> StoreError:
        """Return the error that there is no such key; it names close ones."""
        rows = self._catalogue.rows()
        by_name = {row["name"]: row["key"] for row in rows}
        keys = [row["key"] for row in rows]
        close = difflib.get_close_matches(str(key), keys, n=3)
        close += [by_name[n] for n in difflib.get_close_matches(str(key), by_name, n=3)]
        hint = (
            f"Did you mean {' or '.join(repr(k) for k in dict.fromkeys(close))}?"
            if close
            else f"There are {len(keys)}; list them with store.list() or `shapviz list`."
        )
        return StoreError(complaint("key", f"be stored in {self._url!r}", key, hint))
