"""Reading a store: what is there, and explanations that are complete; never a change."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from shapviz.errors import StoreError, Words, complaint
from shapviz.explanation import Explanation
from shapviz.labels import several
from shapviz.store.arrays import ArrayFiles
from shapviz.store.catalogue import Catalogue, Row
from shapviz.store.commit import SUMMARY
from shapviz.store.listing import CATALOGUE, records
from shapviz.store.materials import Materials
from shapviz.store.parcel import from_parcel
from shapviz.store.record import Record, as_record, job_row
from shapviz.summaries import Importance

__all__ = ["StoreReader"]


class StoreReader:
    """The reading half of `Store`, which documents the parameters."""

    def __init__(
        self, url: str | os.PathLike[str] = ".store", catalogue: str | None = None
    ) -> None:
        self.url = os.fspath(url)
        try:
            self._files = ArrayFiles(self.url)
            self._folder = self._catalogue_folder(catalogue)
        except OSError as error:
            raise StoreError(
                complaint(
                    "store",
                    "be a folder that can be made and written",
                    Words(f"{self.url!r} ({error.strerror or error})"),
                    "Name a folder with rights to write, for example '.store'.",
                )
            ) from error
        self._catalogue = Catalogue(catalogue or f"sqlite:///{self._folder / CATALOGUE}")

    def _catalogue_folder(self, catalogue: str | None) -> Path:
        if catalogue is None and self._files.is_local:
            return Path(self._files.path)
        prefix = "sqlite:///"
        if catalogue is None or not catalogue.startswith(prefix):
            raise StoreError(
                complaint(
                    "catalogue",
                    "be the SQLAlchemy URL of an SQLite file when the store is not a local folder",
                    catalogue,
                    "Pass catalogue='sqlite:////path/to/catalogue.sqlite'.",
                )
            )
        folder = Path(catalogue.removeprefix(prefix)).resolve().parent
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def __repr__(self) -> str:
        return f"Store({self.url!r}, {several(self._catalogue.count(), 'explanation')})"

    @property
    def folder(self) -> Path:
        """The local folder of the catalogue, for files that belong to this store."""
        return self._folder

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue, for the worker's queue."""
        return self._catalogue

    @property
    def files(self) -> ArrayFiles:
        """The arrays, for workers that stage parts."""
        return self._files

    @cached_property
    def materials(self) -> Materials:
        """Models and tables that jobs name by their content."""
        return Materials(self._files, self._catalogue, _cache_folder())

    # What is there

    def get(self, key: str) -> Explanation:
        """Return a complete explanation, equal to what was stored, every array checked.

        Raises
        ------
        StoreError
            There is no such key (the message names close ones), it is not complete yet (it says
            how far), or an array is not what was written (it says which).
        """
        row = self._complete_row(key)
        return from_parcel(row["document"], lambda name: self._read(row, name))

    def importance(self, key: str) -> Importance:
        """Return the stored importance of a complete explanation, without reading its values.

        Raises
        ------
        StoreError
            As `get`.
        """
        row = self._complete_row(key)
        names = ("mean_abs", "low", "high", "order")
        return Importance(**{name: self._read(row, f"{SUMMARY}/{name}") for name in names})

    def list(self) -> list[Record]:
        """Return a record of everything, newest first; then the queued jobs, in order of work."""
        return records(self._catalogue)

    def record(self, key: str) -> Record:
        """Return what the catalogue says of one explanation or queued job.

        Raises
        ------
        StoreError
            There is no such key; the message names close ones.
        """
        row = self._catalogue.row(key)
        if row is not None:
            return as_record(row)
        job = self._catalogue.queue.by_slug(key) or self._catalogue.queue.row(key)
        if job is not None and job["state"] != "deleted":
            # A link to a queued job goes on working once it is explained.
            made = self._catalogue.row(job["key"]) if job["key"] else None
            return as_record(made or job_row(job))
        raise self._unknown(key)

    def verify(self, key: str | None = None) -> Iterator[tuple[str, str | None]]:
        """Compare every stored array with its checksum.

        Parameters
        ----------
        key : str, optional
            One explanation; default all complete ones.

        Yields
        ------
        key, problem : str, str or None
            One pair an explanation; the problem names the first damaged array.
        """
        keys = [row["key"] for row in self._catalogue.rows() if row["state"] == "complete"]
        for each in keys if key is None else [key]:
            row = self._complete_row(each)
            problem: str | None = None
            for name in row["manifest"]:
                try:
                    self._read(row, name)
                except StoreError as error:
                    problem = str(error)
                    break
            yield each, problem

    # Inside

    def _read(self, row: Row, name: str) -> Any:
        try:
            return self._files.read(
                row["location"], name, row["manifest"][name], f"explanation {row['key']}"
            )
        except StoreError:
            # Deleted while it was being read: say that, not that it is damaged.
            self._row(row["key"])
            raise

    def _row(self, key: str) -> Row:
        row = self._catalogue.row(key)
        if row is None:
            raise self._unknown(key)
        return row

    def _complete_row(self, key: str) -> Row:
        row = self._row(key)
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

    def _unknown(self, key: str) -> StoreError:
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
        return StoreError(complaint("key", f"be stored in {self.url!r}", key, hint))


def _cache_folder() -> Path:
    """Where a machine keeps what it fetched from stores elsewhere."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "shapviz"
