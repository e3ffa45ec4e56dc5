"""Reading a store: what is there, and explanations that are complete; never a change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from shapviz.errors import StoreError, Words, complaint
from shapviz.explanation import Explanation
from shapviz.labels import several
from shapviz.store.addresses import cache_folder, catalogue_address
from shapviz.store.arrays import ArrayFiles
from shapviz.store.cache import ResultCache
from shapviz.store.catalogue import Catalogue, Row
from shapviz.store.codec import position_of
from shapviz.store.commit import ROW_DIGESTS
from shapviz.store.exporting import export
from shapviz.store.listing import records
from shapviz.store.lookup import Lookup
from shapviz.store.materials import Materials
from shapviz.store.parcel import from_parcel
from shapviz.store.partial import finished
from shapviz.store.record import Record, as_record, job_row
from shapviz.store.row_digests import KnownRows, known_rows
from shapviz.store.slices import Feature, check_range, read_feature
from shapviz.store.stored_arrays import StoredArrays
from shapviz.store.stored_summary import SUMMARY, read_summary
from shapviz.store.verifying import verify
from shapviz.summaries import Importance, Summary, summary
from shapviz.types import Progress

__all__ = ["StoreReader"]


class StoreReader:
    """The reading half of `Store`, which documents the parameters."""

    def __init__(
        self, url: str | os.PathLike[str] = ".store", catalogue: str | None = None
    ) -> None:
        self.url = os.fspath(url)
        try:
            self._files = ArrayFiles(self.url)
            self._at = catalogue_address(self.url, self._files, catalogue)
        except OSError as error:
            raise StoreError(
                complaint(
                    "store",
                    "be a folder that can be made and written",
                    Words(f"{self.url!r} ({error.strerror or error})"),
                    "Name a folder with rights to write, for example '.store'.",
                )
            ) from error
        self._catalogue = Catalogue(self._at.url)
        self._lookup = Lookup(self._catalogue, self.url)

    def __repr__(self) -> str:
        return f"Store({self.url!r}, {several(self._catalogue.count(), 'explanation')})"

    @property
    def folder(self) -> Path:
        """The local folder of the catalogue, for files that belong to this store."""
        return self._at.folder

    @property
    def address(self) -> tuple[str, str | None]:
        """What another process opens this store with: ``Store(*address)``."""
        beside = self._files.is_local and self._at.folder == Path(self._files.path)
        return self.url, None if beside else self._at.url

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
        return Materials(self._files, self._catalogue, cache_folder())

    # What is there

    def get(self, key: str) -> Explanation:
        """Return a complete explanation, equal to what was stored, every array checked.

        Raises
        ------
        StoreError
            There is no such key (the message names close ones), it is not complete yet (it says
            how far), or an array is not what was written (it says which).
        """
        row = self._lookup.complete(key)
        return from_parcel(row["document"], self._arrays(row))

    def rows(self, key: str, start: int, stop: int) -> Explanation:
        """Return samples from `start` to before `stop` of a complete explanation, the rest unread.

        Every chunk that is read is compared with its own checksum; `get` and `verify` compare
        whole arrays.

        Raises
        ------
        InputError
            The range is empty or leaves the explanation.
        StoreError
            As `get`.
        """
        row = self._lookup.complete(key)
        check_range(start, stop, row["samples"])
        return from_parcel(row["document"], self._arrays(row), slice(start, stop))

    def take(self, key: str, positions: Any) -> Explanation:
        """Return samples of a complete explanation at these positions, in this order.

        Raises
        ------
        InputError
            There are none, or one leaves the explanation.
        StoreError
            As `get`.
        """
        row = self._lookup.complete(key)
        wanted = np.asarray(positions, dtype=np.int64).reshape(-1)
        if len(wanted):
            check_range(int(wanted.min()), int(wanted.max()) + 1, row["samples"])
        else:
            check_range(0, 0, row["samples"])
        return from_parcel(row["document"], self._arrays(row), wanted)

    def position_of(self, key: str, name: str) -> int | None:
        """Return where a complete explanation has a sample of this name, first; None if nowhere.

        Raises
        ------
        StoreError
            As `get`.
        """
        row = self._lookup.complete(key)
        return position_of(row["document"]["sample_names"], self._arrays(row), name)

    def feature(self, key: str, name: str) -> Feature:
        """Return one feature of every sample of a complete explanation, the rest unread.

        Parameters
        ----------
        key : str
        name : str
            One of its `feature_names`.

        Raises
        ------
        InputError
            There is no such feature; the message names close ones.
        StoreError
            As `get`.
        """
        row = self._lookup.complete(key)
        return read_feature(row["document"], self._arrays(row), name)

    def partial(self, key: str) -> Explanation | None:
        """Return what is finished of an explanation, in row order; None where nothing is.

        Of one that is being computed (or stopped, or failed half-way) these are the samples of
        its finished parts; ``provenance["rows"]`` lists their ranges. A complete one comes whole.

        Raises
        ------
        StoreError
            There is no such key, or a finished part is damaged.
        """
        row = self._lookup.row(key)
        if row["state"] == "complete":
            return self.get(key)
        done = [part for part in self._catalogue.parts(key) if part["state"] == "done"]
        try:
            return finished(done, self._files)
        except StoreError:
            # Compacted while it was being read: then it is there as a whole.
            if self._lookup.row(key)["state"] == "complete":
                return self.get(key)
            raise

    def known_rows(self, asked: str, digests: Any) -> KnownRows:
        """Return where rows of the same question and call have their values already.

        Parameters
        ----------
        asked : str
            `Asked.alike`: digest of question and call.
        digests : uint8 array of shape (n, 16)
            As `row_digests` makes them.

        Returns
        -------
        KnownRows
            For `take`.
        """
        stored = {row["key"]: row for row in self._catalogue.alike(asked)}

        def digests_of(key: str) -> Any:
            row = stored[key]
            return self._arrays(row)(ROW_DIGESTS) if ROW_DIGESTS in row["manifest"] else None

        return known_rows(np.asarray(digests), list(stored), digests_of)

    def importance(self, key: str) -> Importance:
        """Return the stored importance of a complete explanation, without reading its values.

        Raises
        ------
        StoreError
            As `get`.
        """
        arrays = self._stored(key)
        names = ("mean_abs", "low", "high", "order")
        return Importance(**{n: arrays(f"{SUMMARY}/importance/{n}") for n in names})

    def summary(self, key: str) -> Summary:
        """Return all summaries of a complete explanation, without reading its values.

        Of one that was stored by a version without them, they are made from its values.

        Raises
        ------
        StoreError
            As `get`.
        """
        row = self._lookup.complete(key)
        if f"{SUMMARY}/drawn" not in row["manifest"]:
            return summary(self.get(key))
        return read_summary(row["samples"], self._arrays(row).summary())

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
        raise self._lookup.unknown(key)

    def verify(
        self, key: str | None = None, progress: Progress | None = None
    ) -> Iterator[tuple[str, str | None]]:
        """Compare every stored array with its checksums.

        Parameters
        ----------
        key : str, optional
            One explanation; default all complete ones.
        progress : callable (done, total), optional
            Told bytes.

        Yields
        ------
        key, problem : str, str or None
            One pair an explanation, as soon as it is known; the problem names the first damaged
            array.
        """
        keys = [row["key"] for row in self._catalogue.rows() if row["state"] == "complete"]
        stored = [self._stored(each) for each in (keys if key is None else [key])]
        yield from verify(stored, progress)

    def export(self, key: str, path: str | os.PathLike[str]) -> None:
        """Write a complete explanation into one zip: arrays, document, checksums.

        Read it elsewhere with `Store.import_`.

        Raises
        ------
        StoreError
            As `get`; or the file cannot be written.
        """
        row = self._lookup.complete(key)
        export(row, self._arrays(row), Path(path))

    @cached_property
    def cache(self) -> ResultCache:
        """Small results by key, bounded: single samples, what-ifs. On this machine."""
        return ResultCache(self.folder / "cache.sqlite")

    # Inside

    def _arrays(self, row: Row) -> StoredArrays:
        return StoredArrays(self._files, row, self._lookup.row)

    def _stored(self, key: str) -> StoredArrays:
        return self._arrays(self._lookup.complete(key))
