"""The arrays of one complete explanation by name, for whoever puts it together again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shapviz.errors import StoreError
from shapviz.store.arrays import ArrayFiles
from shapviz.store.catalogue import Row
from shapviz.store.stored_summary import SUMMARY

__all__ = ["StoredArrays"]


class StoredArrays:
    """The arrays of one complete explanation, by name: whole, some rows, or one feature.

    Parameters
    ----------
    files : ArrayFiles
    row : dict
        Of the catalogue.
    look : callable
        Returns the row of a key as it is now, or raises that there is none any more.

    Attributes
    ----------
    key : str
    manifest : mapping
        Name of each array → what is known of it.
    """

    def __init__(self, files: ArrayFiles, row: Row, look: Callable[[str], Row]) -> None:
        self._files, self._look = files, look
        self._at = (row["location"], f"explanation {row['key']}")
        self.key: str = row["key"]
        self.manifest: Mapping[str, Any] = row["manifest"]

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
        entries = {n: e for n, e in self.manifest.items() if n.startswith(f"{SUMMARY}/")}
        location, what = self._at
        try:
            return self._files.read_staged(f"{location}/{SUMMARY}", entries, what)
        except StoreError:
            self._look(self.key)
            raise

    def shape(self, name: str) -> tuple[int, ...]:
        """Return an array's shape, from the catalogue."""
        return tuple(self.manifest[name]["shape"])

    def _of(self, how: str, name: str, *which: Any) -> Any:
        location, what = self._at
        entry = self.manifest[name]
        if "offset" in entry:
            # Summaries are small and read together: they share a file.
            location = f"{location}/{SUMMARY}"
        try:
            return getattr(self._files, how)(location, name, entry, what, *which)
        except StoreError:
            # Deleted while it was being read: say that, not that it is damaged.
            self._look(self.key)
            raise
