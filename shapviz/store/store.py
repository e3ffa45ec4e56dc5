"""The store: one address for every explanation, computed at most once, read meanwhile."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import Any

from shapviz.digests import digest_of_json
from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.store.answering import Answering, remove_files
from shapviz.store.catalogue import Row
from shapviz.store.commit import commit, content_of, described_explanation
from shapviz.store.compacting import compact
from shapviz.store.exporting import ASKED
from shapviz.store.journal import NO_DIGEST, replaced
from shapviz.store.lock import WriterLock, writer_lock
from shapviz.store.question import KEY_LENGTH, Explains, ask
from shapviz.store.reading import StoreReader
from shapviz.store.server_lock import server_lock
from shapviz.store.sources import WholeSource
from shapviz.store.sweep import sweep
from shapviz.store.zips import read_zip
from shapviz.types import Cancel, Progress

__all__ = ["Store"]

KEY_WORDS = 64
"""Length of the digests that say what was asked."""


class Store(StoreReader):
    """Explanations in a folder or behind an fsspec URL, with a catalogue of what is there.

    One process writes at a time (`explain`, `put`, `delete`), any number read. A reader sees an
    explanation only when all of it is written and checked. Nothing is pickled.

    Parameters
    ----------
    url : str or path, default ".store"
        Where the arrays go; made when missing.
    catalogue : str, optional
        SQLAlchemy URL of a PostgreSQL database, for several machines, or of an SQLite file.
        Default: ``SHAPVIZ_CATALOGUE`` where `url` is ``SHAPVIZ_STORE``, else
        ``catalogue.sqlite`` in the folder; required when `url` is not local.

    Raises
    ------
    StoreError
        The place is no folder or cannot be written; no catalogue for a store that is not local,
        or one of another schema.

    Examples
    --------
    >>> import tempfile, shapviz
    >>> store = Store(tempfile.mkdtemp())
    >>> key = store.put(shapviz.Explanation(values=[[1.0]], base_values=0.0), name="one")
    >>> store.get(key).values
    array([[1.]])
    """

    def __init__(
        self, url: str | os.PathLike[str] = ".store", catalogue: str | None = None
    ) -> None:
        super().__init__(url, catalogue)
        self._swept = False

    @property
    def lock(self) -> WriterLock:
        """The one writer's lock; ``with store.lock:`` keeps other processes from writing."""
        if self._at.is_shared:
            return server_lock(self._at.url)
        return writer_lock(self._at.folder / "writer.lock")

    # Writing ----------------------------------------------------------------------------------

    def explain(
        self,
        explainer: Explains,
        X: Any,
        *,
        name: str,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
        demo: str | None = None,
        about: Mapping[str, str] | None = None,
        **call: Any,
    ) -> Explanation:
        """Return the explanation of rows, from the store where it is there, else computed and kept.

        The key is made of the explainer's question (model, background, parameters, seed), the
        rows, the call (budget …), the name and the labels beside them. The same numbers under
        other labels (truth, names, units) or another name are copied, not computed again.
        Computing goes in parts of about two seconds; stopped or killed, the next call goes on
        after the last finished part.

        A name has one record of a question: asked again under the same name with other labels,
        the new record takes the place of the older one, which goes in the same moment and whose
        key then leads nowhere. Asked under another name, both are kept, each with its labels.

        Parameters
        ----------
        explainer : explainer
            Any of shapviz's.
        X : array of shape (n, *features) or DataFrame
        name : str
            For people. One question under two names is two records.
        progress : callable (done, total), optional
            Told samples, not model rows, since how many of those are coming is not known.
        cancel : object with ``is_set()``, optional
        demo : str, optional
            The demo this belongs to.
        about : mapping, optional
            ``sample_noun``, ``model_name``, ``data_name``: words kept in the provenance.
        **call
            Whatever the explainer takes: budget, seed, outputs, truth, metadata …

        Returns
        -------
        Explanation

        Raises
        ------
        StoreError
            Another process is writing, or something cannot be stored.
        JobCancelled
            `cancel` was set; finished parts are kept.
        ShapvizError
            Whatever the explainer refuses.

        Warns
        -----
        UserWarning
            The model has no digest (a plain function without ``model_id``): the explanation is
            computed and stored each time, never looked up. Or a record was replaced that had
            labels which this call does not give.
        """
        asked = ask(explainer, X, call, about, name)
        if asked.values_key is None:
            warnings.warn(NO_DIGEST, stacklevel=2)
        if self._is_there(asked.key, demo):
            return self.get(asked.key)
        with self.lock:
            # Another thread may have made it while this one waited for its turn.
            if self._is_there(asked.key, demo):
                return self.get(asked.key)
            self._sweep_once()
            making = Answering(self._files, self._catalogue, self.get)
            lost = making.answer(asked, explainer, name, demo, progress, cancel)
        if lost:
            warnings.warn(replaced(name, lost), stacklevel=2)
        return self.get(asked.key)

    def key_of(
        self,
        explainer: Explains,
        X: Any,
        *,
        name: str,
        about: Mapping[str, str] | None = None,
        **call: Any,
    ) -> str:
        """Return the key that `explain` would answer under; for a model without digest, any."""
        return ask(explainer, X, call, about, name).key

    def put(self, explanation: Explanation, *, name: str, demo: str | None = None) -> str:
        """Store an explanation and return its key, made of content and name; twice is once.

        Parameters
        ----------
        explanation : Explanation
        name : str
            For people. The same content under two names is two records.
        demo : str, optional
            The demo this belongs to.

        Returns
        -------
        str
            For `get`.

        Raises
        ------
        InputError
            It is no Explanation.
        StoreError
            Another process is writing, or a field holds what cannot be stored.
        """
        if not isinstance(explanation, Explanation):
            raise InputError(
                complaint(
                    "explanation",
                    "be an Explanation",
                    explanation,
                    "Pass what an explainer returns, or make one: "
                    "shapviz.Explanation(values=…, base_values=…).",
                )
            )
        source = WholeSource(explanation)
        content = content_of(source)
        found = self._catalogue.find("content", content, name)
        if found is not None:
            self._mark(found, demo)
            return str(found["key"])
        key = digest_of_json([content, name])[:KEY_LENGTH]
        with self.lock:
            self._sweep_once()
            self._catalogue.forget(key)
            self._catalogue.insert(
                {
                    "key": key,
                    "name": name,
                    "demo": demo,
                    "state": "computing",
                    "message": "Writing",
                    "values_key": content,
                    "location": "",
                    **described_explanation(explanation),
                }
            )
            try:
                commit(key, source, self._files, self._catalogue)
            except BaseException:
                self._catalogue.forget(key)
                raise
        return key

    def compact(self, key: str, about: Mapping[str, str] | None = None) -> None:
        """Put the finished parts of an explanation together and make it complete.

        As `compacting.compact`, with the lock held.
        """
        with self.lock:
            compact(self._files, self._catalogue, self._lookup.row(key), about or {})

    def import_(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        trusted: bool = False,
    ) -> str:
        """Store the explanation in a zip that `export` wrote, and return its key.

        The zip is treated as hostile: members, sizes, types and checksums are compared with what
        it says before anything is made of them, and the explanation is checked like a new one.

        Parameters
        ----------
        path : str or path
        name : str, optional
            Default: the one it had.
        trusted : bool, default False
            Whether to believe whose answer it is: then the same question asked here is answered
            by it. Otherwise it is stored like one that is `put`.

        Raises
        ------
        StoreError
            It is no such zip, or damaged; or another process is writing.
        """
        explanation, about = read_zip(path)
        key = self.put(explanation, name=name or about["name"])
        words = (about.get(each) for each in ("values_key", "asked", "rows_digest"))
        if trusted and all(isinstance(word, str) and len(word) <= KEY_WORDS for word in words):
            with self.lock:
                self._catalogue.update(key, **{each: about[each] for each in ASKED[1:]})
        return key

    def delete(self, key: str) -> None:
        """Remove an explanation and its files.

        Raises
        ------
        StoreError
            There is no such key, or another process is writing.
        """
        with self.lock:
            row = self._lookup.row(key)
            self._catalogue.delete(key)
            remove_files(self._files, row)

    def sweep(self, *, materials: bool = False) -> list[str]:
        """Remove leftovers of killed writers, and return the places that were removed.

        What was being computed becomes "queued", its finished parts kept.

        Parameters
        ----------
        materials : bool, default False
            Whether to remove models and tables too that no job names and that were added more
            than an hour ago.
        """
        with self.lock:
            removed = sweep(self._files, self._catalogue)
            return removed + (self.materials.sweep() if materials else [])

    # Inside -----------------------------------------------------------------------------------

    def _is_there(self, key: str, demo: str | None) -> bool:
        row = self._catalogue.row(key)
        if row is None or row["state"] != "complete":
            return False
        self._mark(row, demo)
        return True

    def _mark(self, row: Row, demo: str | None) -> None:
        if demo is not None and row["demo"] != demo:
            self._catalogue.update(row["key"], demo=demo)

    def _sweep_once(self) -> None:
        if not self._swept:
            sweep(self._files, self._catalogue)
            self._swept = True
