"""The arrays of one complete explanation by name, for whoever puts it together again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapviz.errors import StoreError
from shapviz.store.stored_summary import SUMMARY

if TYPE_CHECKING:
    from shapviz.store.catalogue import Row
    from shapviz.store.reading import StoreReader

__all__ = ["StoredArrays"]


class StoredArrays:
    """The arrays of one complete explanation, by name: whole, some rows, or one feature."""

    def __init__(self, reader: StoreReader, row: Row) -> None:
        self._reader, self._row = reader, row
        self._at = (row["location"], f"explanation {row['key']}")

    def __call__(self, name: str) -> Any:
        """Return a whole array, compared with its checksums."""
        return self._of("read", name)

    def rows(self, name: str, wanted: Any) -> Any:
        """Return some rows of an array."""
        return self._of("rows", name, wanted)

    def column(self, name: str, feature: tuple[int, ...]) -> Any:
        """Return one feature of every row of an array."""
        return self._of("column", name, feature)

    def check(self, name: str, tell: Any) -> None:
        """Compare an array with its checksums."""
        self._of("check", name, tell)

    def summary(self) -> dict[str, Any]:
        """Return all arrays of the summary, by their names in the manifest."""
        entries = {n: e for n, e in self._row["manifest"].items() if n.startswith(f"{SUMMARY}/")}
        location, what = self._at
        try:
            return self._reader._files.read_staged(f"{location}/{SUMMARY}", entries, what)
        except StoreError:
            self._reader._row(self._row["key"])
            raise

    def shape(self, name: str) -> tuple[int, ...]:
        """Return an array's shape, from the catalogue."""
        return tuple(self._row["manifest"][name]["shape"])

    def _of(self, how: str, name: str, *which: Any) -> Any:
        location, what = self._at
        entry = self._row["manifest"][name]
        if "offset" in entry:
            # Summaries are small and read together: they share a file.
            location = f"{location}/{SUMMARY}"
        try:
            return getattr(self._reader._files, how)(location, name, entry, what, *which)
        except StoreError:
            # Deleted while it was being read: say that, not that it is damaged.
            self._reader._row(self._row["key"])
            raise
