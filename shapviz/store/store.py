"""The store: one address for every explanation, computed at most once, read meanwhile."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from shapviz.errors import JobCancelled
from shapviz.explanation import Explanation
from shapviz.store.catalogue import Row
from shapviz.store.commit import commit, described
from shapviz.store.computing import compute_parts
from shapviz.store.lock import WriterLock, writer_lock
from shapviz.store.parcel import content_digest, to_parcel
from shapviz.store.question import KEY_LENGTH, Asked, Explains, ask
from shapviz.store.reading import StoreReader
from shapviz.store.sweep import sweep
from shapviz.types import Cancel, Progress

__all__ = ["Store"]


class Store(StoreReader):
    """Explanations in a folder or behind an fsspec URL, with a catalogue of what is there.

    One process writes at a time (`explain`, `put`, `delete`), any number read. A reader sees an
    explanation only when all of it is written and checked. Nothing is pickled.

    Parameters
    ----------
    url : str or path, default ".store"
        Where the arrays go; made when missing.
    catalogue : str, optional
        SQLAlchemy URL of an SQLite file. Default: ``catalogue.sqlite`` in the folder; required
        when `url` is not local.

    Raises
    ------
    StoreError
        No catalogue for a store that is not local, or one of another schema.

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
        return writer_lock(self._folder / "writer.lock")

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
        rows, the call (budget …) and the labels beside them. The same numbers under other labels
        (truth, names, units) are relabelled, not computed again. Computing goes in parts of about
        two seconds; stopped or killed, the next call goes on after the last finished part.

        Parameters
        ----------
        explainer : explainer
            Any of shapviz's.
        X : array of shape (n, *features) or DataFrame
        name : str
            For people; asking again under another name renames.
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

        Notes
        -----
        A model without a digest (a plain function without ``model_id``) is computed and stored
        each time, never looked up.
        """
        asked = ask(explainer, X, call, about)
        if self._is_there(asked.key, name, demo):
            return self.get(asked.key)
        with self.lock:
            # Another thread may have made it while this one waited for its turn.
            if self._is_there(asked.key, name, demo):
                return self.get(asked.key)
            self._sweep_once()
            self._begin(asked, name, demo)
            try:
                explanation = self._relabelled(asked)
                if explanation is None:
                    explanation = compute_parts(
                        asked, explainer, self._files, self._catalogue, progress, cancel
                    )
                commit(asked.key, explanation, self._files, self._catalogue)
            except BaseException as error:
                self._stopped(asked.key, error)
                raise
            self._files.remove(f"staged/{asked.key}")
        return self.get(asked.key)

    def key_of(
        self,
        explainer: Explains,
        X: Any,
        *,
        about: Mapping[str, str] | None = None,
        **call: Any,
    ) -> str:
        """Return the key that `explain` would answer under; for a model without digest, any."""
        return ask(explainer, X, call, about).key

    def put(self, explanation: Explanation, *, name: str, demo: str | None = None) -> str:
        """Store an explanation and return its key, made of its content; twice is once.

        Parameters
        ----------
        explanation : Explanation
        name : str
            For people; the same content under another name is renamed.
        demo : str, optional
            The demo this belongs to.

        Returns
        -------
        str
            For `get`.

        Raises
        ------
        StoreError
            Another process is writing, or a field holds what cannot be stored.
        """
        document, arrays = to_parcel(explanation)
        content = content_digest(document, arrays, explanation.provenance)
        found = self._catalogue.find("content", content)
        if found is not None:
            self._rename(found, name, demo)
            return str(found["key"])
        key = content[:KEY_LENGTH]
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
                    **described(explanation),
                }
            )
            try:
                commit(key, explanation, self._files, self._catalogue)
            except BaseException:
                self._catalogue.forget(key)
                raise
        return key

    def delete(self, key: str) -> None:
        """Remove an explanation and its files.

        Raises
        ------
        StoreError
            There is no such key, or another process is writing.
        """
        with self.lock:
            row = self._row(key)
            self._catalogue.delete(key)
            self._files.remove(f"staged/{key}")
            if row["location"]:
                self._files.remove(row["location"])

    def sweep(self) -> list[str]:
        """Remove leftovers of killed writers, and return the places that were removed.

        What was being computed becomes "queued", its finished parts kept.
        """
        with self.lock:
            return sweep(self._files, self._catalogue)

    # Inside -----------------------------------------------------------------------------------

    def _begin(self, asked: Asked, name: str, demo: str | None) -> None:
        """A computing row: a new one, or the one that was stopped."""
        row = self._catalogue.row(asked.key)
        now = time.time()
        if row is not None:
            done = {"done": row["done"], "started_done": row["done"]}
            self._catalogue.update(
                asked.key,
                name=name,
                state="computing",
                message="",
                running=0.0,
                started=now,
                **done,
            )
            return
        row = {"key": asked.key, "name": name, "demo": demo, "state": "computing", "location": ""}
        self._catalogue.insert({**asked.described(), **row, "started": now})

    def _relabelled(self, asked: Asked) -> Explanation | None:
        """The same numbers under other labels, where they are stored."""
        if asked.values_key is None:
            return None
        row = self._catalogue.find("values_key", asked.values_key)
        return None if row is None else asked.relabel(self.get(row["key"]))

    def _stopped(self, key: str, error: BaseException) -> None:
        """Say in the catalogue why the work ended."""
        row = self._catalogue.row(key)
        kept = f"{row['done']} of {row['samples']} samples" if row else "nothing"
        if isinstance(error, JobCancelled) or not isinstance(error, Exception):
            changes = {"state": "queued", "message": f"Stopped; {kept} are kept."}
        else:
            reason = str(error) or type(error).__name__
            changes = {"state": "failed", "message": reason}
        self._catalogue.update(key, running=0.0, **changes)

    def _is_there(self, key: str, name: str, demo: str | None) -> bool:
        row = self._catalogue.row(key)
        if row is None or row["state"] != "complete":
            return False
        self._rename(row, name, demo)
        return True

    def _rename(self, row: Row, name: str, demo: str | None) -> None:
        if row["name"] != name or (demo is not None and row["demo"] != demo):
            self._catalogue.update(row["key"], name=name, demo=demo or row["demo"])

    def _sweep_once(self) -> None:
        if not self._swept:
            sweep(self._files, self._catalogue)
            self._swept = True
