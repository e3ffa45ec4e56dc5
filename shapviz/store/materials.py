"""Models and tables that jobs name by their content: kept once, fetched once a machine.

Keeps bytes and says what they are called. Never opens a model, never runs anything.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import sqlalchemy as sa

from shapviz.digests import digest_of_json
from shapviz.errors import InputError, StoreError, complaint
from shapviz.store import material_tables as contents
from shapviz.store.arrays import ArrayFiles
from shapviz.store.catalogue import Catalogue, Row
from shapviz.store.material_files import MaterialFiles, damaged, file_digest
from shapviz.store.material_records import (
    SAVED_MODEL,
    DataRecord,
    ModelRecord,
    data_record,
    model_place,
    model_record,
    table_place,
)
from shapviz.store.tables import datasets
from shapviz.store.tables import models as models_table

__all__ = ["DataRecord", "Materials", "ModelRecord"]

Seen = TypeVar("Seen")

ENDING = re.compile(r"[a-z0-9_]{1,16}")
KEPT_SECONDS = 3600.0
CACHED_BYTES = 2**30
"""Tables kept in memory by one process; the newest stays whatever its size."""


class Materials:
    """Models and tables of one store, under ``materials/`` of its root.

    Any process may add: content decides the address, a file appears whole or not at all, and the
    same content twice is once.

    Parameters
    ----------
    files : ArrayFiles
    catalogue : Catalogue
    cache : Path
        Local folder for what is fetched from a store that is not local.
    """

    def __init__(self, files: ArrayFiles, catalogue: Catalogue, cache: Path) -> None:
        self._files = MaterialFiles(files, cache)
        self._catalogue = catalogue
        self._open: OrderedDict[str, tuple[int, contents.Content]] = OrderedDict()
        self._guard = threading.Lock()

    # Adding

    def add_model(
        self,
        path: str | os.PathLike[str],
        *,
        name: str,
        format: str | None = None,
        trusted: bool = False,
    ) -> ModelRecord:
        """Keep a model's file (or SavedModel folder) and return its record.

        Parameters
        ----------
        path : str or path
        name : str
            For people.
        format : str, optional
            What it is, as an ending without the dot; default the file's own ending.
        trusted : bool, default False
            Vouched for. A model added again with trust gains it; without, it keeps what it has.

        Raises
        ------
        InputError
            There is nothing there, or it has no usable ending.
        """
        source = Path(path)
        if not source.exists():
            raise InputError(complaint("path", "exist", str(source), "Check it."))
        kind = SAVED_MODEL if source.is_dir() else (format or source.suffix.lower().lstrip("."))
        if not ENDING.fullmatch(kind):
            raise InputError(
                complaint(
                    "format",
                    "be a short ending of letters and digits",
                    kind,
                    "Say which: format='keras'.",
                )
            )
        with self._files.workshop() as folder:
            copy = folder / "model"
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, copy)
            # Of the copy: the source may change while it is read.
            found, size = file_digest(copy)
            known = self._row(models_table, found)
            if known is None or not self._files.exists(model_place(known)):
                self._files.move_in(copy, model_place({"digest": found, "format": kind}))
        row = {"digest": found, "format": kind, "name": name, "bytes": size, "trusted": trusted}
        self._insert(models_table, row)
        if trusted:
            self._change(models_table, found, trusted=True)
        return model_record(self._wanted(models_table, found))

    def add_table(
        self, content: Any, *, name: str, names: Sequence[str] | None = None
    ) -> DataRecord:
        """Keep a table as Parquet, or an array as .npy, and return its record.

        Parameters
        ----------
        content : DataFrame or array of shape (rows, *features)
        name : str
            For people.
        names : sequence of str, optional
            Of the samples, where no column holds them: images have those of their files. The same
            samples under other names are another table.

        Raises
        ------
        InputError
            It is no table of samples, or holds objects, or has another number of names.
        StoreError
            Parquet cannot hold one of its columns as it is.
        """
        kept = contents.as_content(content)
        found, about = contents.content_digest(kept), contents.described(kept)
        if names is not None:
            if len(names) != len(kept):
                rule = f"hold one name for each of {len(kept)} samples"
                raise InputError(complaint("names", rule, len(names), "Or leave them out."))
            found = digest_of_json([found, list(map(str, names))])
        known = self._row(datasets, found)
        if known is None or not self._files.exists(table_place(known)):
            with self._files.workshop() as folder:
                file = folder / f"table.{contents.ending(about['kind'])}"
                contents.write(kept, file)
                checksum, size = file_digest(file)
                self._files.move_in(file, table_place({"digest": found, **about}))
                if names is not None:
                    told = folder / "names.json"
                    told.write_text(json.dumps(list(map(str, names))), encoding="utf-8")
                    self._files.move_in(told, _names_place(found))
            self._insert(
                datasets,
                {"digest": found, "name": name, "bytes": size, "checksum": checksum, **about},
            )
        return data_record(self._wanted(datasets, found))

    def describe(self, digest: str, facts: Mapping[str, Any]) -> None:
        """Keep what a model said of itself, JSON, for whoever chooses it later.

        Raises
        ------
        StoreError
            There is no such model.
        """
        self._wanted(models_table, digest)
        self._change(models_table, digest, facts=dict(facts))

    # Reading

    def models(self) -> list[ModelRecord]:
        """Return every model, newest first."""
        return [model_record(row) for row in self._rows(models_table)]

    def tables(self) -> list[DataRecord]:
        """Return every table and array, newest first."""
        return [data_record(row) for row in self._rows(datasets)]

    def model(self, digest: str) -> ModelRecord:
        """Return the record of one model; StoreError when there is none."""
        return model_record(self._wanted(models_table, digest))

    def data(self, digest: str) -> DataRecord:
        """Return the record of one table; StoreError when there is none."""
        return data_record(self._wanted(datasets, digest))

    def model_path(self, digest: str) -> Path:
        """Return a local file (or folder) of a model, fetched and compared when it was elsewhere.

        Raises
        ------
        StoreError
            There is no such model, or what was fetched has another checksum.
        """
        row = self._wanted(models_table, digest)
        return self._files.local(model_place(row), digest)

    def table(self, digest: str) -> contents.Content:
        """Return a table or an array (mapped from the disk, read-only), kept open in this process.

        Raises
        ------
        StoreError
            There is no such table, or its file cannot be read.
        """
        with self._guard:
            if digest in self._open:
                self._open.move_to_end(digest)
                return _lent(self._open[digest][1])
        row = self._wanted(datasets, digest)
        path = self._files.local(table_place(row), row["checksum"])
        try:
            content = contents.read(path)
        except (OSError, ValueError) as error:
            raise damaged(digest, f"{type(error).__name__}: {error}") from error
        size = 0 if isinstance(content, np.ndarray) else int(content.memory_usage(deep=True).sum())
        with self._guard:
            self._open[digest] = (size, content)
            while len(self._open) > 1 and sum(n for n, _ in self._open.values()) > CACHED_BYTES:
                self._open.popitem(last=False)
        return _lent(content)

    def names(self, digest: str) -> tuple[str, ...] | None:
        """Return the samples' names that a table was added with, or None."""
        place = _names_place(digest)
        if not self._files.exists(place):
            return None
        return tuple(map(str, json.loads(self._files.get_bytes(place))))

    def head(self, digest: str, rows: int) -> contents.Content:
        """Return the first rows of a table or an array, without loading the rest.

        Raises
        ------
        StoreError
            There is no such table, or its file cannot be read.
        """
        return self._looked_into(digest, lambda path: contents.head(path, rows))

    def missing(self, digest: str) -> dict[str, int]:
        """Return how many cells of a table's columns are empty, of those where any is.

        Raises
        ------
        StoreError
            There is no such table, or its file cannot be read.
        """
        return self._looked_into(digest, contents.missing)

    def sweep(self, age: float = KEPT_SECONDS) -> list[str]:
        """Remove what no job names, and return the places; only for the writer's lock's holder.

        Parameters
        ----------
        age : float, default an hour
            Seconds that something must have been there: a job may be about to name it.
        """
        specs = json.dumps([row["spec"] for row in self._catalogue.queue.rows(kind=None)])
        before = time.time() - age
        removed = []
        for table, place_of in ((models_table, model_place), (datasets, table_place)):
            for row in self._rows(table):
                if row["digest"] in specs or row["created"] > before:
                    continue
                with self._catalogue.engine.begin() as connection:
                    connection.execute(table.delete().where(table.c.digest == row["digest"]))
                self._files.remove(place_of(row))
                if table is datasets:
                    self._files.remove(_names_place(row["digest"]))
                removed.append(place_of(row))
        return removed

    # Inside

    def _looked_into(self, digest: str, look: Callable[[Path], Seen]) -> Seen:
        row = self._wanted(datasets, digest)
        path = self._files.local(table_place(row), row["checksum"])
        try:
            return look(path)
        except (OSError, ValueError) as error:
            raise damaged(digest, f"{type(error).__name__}: {error}") from error

    def _rows(self, table: sa.Table) -> list[Row]:
        query = sa.select(table).order_by(table.c.created.desc(), table.c.digest)
        return self._catalogue.all(query)

    def _row(self, table: sa.Table, digest: str) -> Row | None:
        return self._catalogue.one(sa.select(table).where(table.c.digest == digest))

    def _wanted(self, table: sa.Table, digest: str) -> Row:
        row = self._row(table, digest)
        if row is None:
            rule = f"be the digest of one of this store's {table.name}"
            fix = "Add it first: store.materials.add_model(…) or add_table(…)."
            raise StoreError(complaint("digest", rule, digest, fix))
        return row

    def _insert(self, table: sa.Table, row: Row) -> None:
        try:
            with self._catalogue.engine.begin() as connection:
                connection.execute(table.insert().values(**row, created=time.time()))
        except sa.exc.IntegrityError:
            # Another process, or an earlier call, added the same content: once is enough.
            if self._row(table, row["digest"]) is None:
                raise

    def _change(self, table: sa.Table, digest: str, **changes: Any) -> None:
        with self._catalogue.engine.begin() as connection:
            connection.execute(table.update().where(table.c.digest == digest).values(**changes))


def _lent(content: contents.Content) -> contents.Content:
    # Copy-on-write: whoever changes the table changes their own.
    return content.copy(deep=False) if isinstance(content, pd.DataFrame) else content


def _names_place(digest: str) -> str:
    return f"materials/tables/{digest}.names.json"
