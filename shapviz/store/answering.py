"""Making what was asked for: relabelled from the store where its numbers are there, else computed.

Whoever calls this holds the writer's lock.
"""

from __future__ import annotations

from collections.abc import Callable

from shapviz.explanation import Explanation
from shapviz.store.arrays import ArrayFiles
from shapviz.store.catalogue import Catalogue, Row
from shapviz.store.commit import commit
from shapviz.store.computing import compute_parts, whole_provenance
from shapviz.store.journal import begin, stopped
from shapviz.store.question import Asked, Explains
from shapviz.store.row_digests import row_digests
from shapviz.store.sources import Source, WholeSource, source_of
from shapviz.store.staging import DamagedPartError
from shapviz.types import Cancel, Progress

__all__ = ["Answering", "remove_files"]

ATTEMPTS = 5
"""Times that damaged parts are computed again before their damage is told."""


class Answering:
    """Turns a question into a complete explanation of one store.

    Parameters
    ----------
    files : ArrayFiles
    catalogue : Catalogue
    get : callable
        Returns a complete explanation by its key.
    """

    def __init__(
        self, files: ArrayFiles, catalogue: Catalogue, get: Callable[[str], Explanation]
    ) -> None:
        self._files = files
        self._catalogue = catalogue
        self._get = get

    def answer(
        self,
        asked: Asked,
        explainer: Explains,
        name: str,
        demo: str | None,
        progress: Progress | None,
        cancel: Cancel | None,
    ) -> list[str]:
        """Make an explanation, and return which labels went with those whose place it takes.

        Raises
        ------
        JobCancelled
            `cancel` was set; finished parts are kept.
        ShapvizError
            Whatever the explainer refuses; the catalogue says it too.
        """
        older = self._catalogue.older(asked.key, asked.values_key, name)
        lost = self._lost(asked, older)
        demo = demo or next((row["demo"] for row in older if row["demo"]), None)
        begin(self._catalogue, asked, name, demo)
        try:
            replaces = [row["key"] for row in older]
            relabelled = self._relabelled(asked)
            if relabelled is None:
                self._compute(asked, explainer, progress, cancel, replaces)
            else:
                self._commit(asked, WholeSource(relabelled), replaces)
        except BaseException as error:
            stopped(self._catalogue, asked.key, error)
            raise
        self._files.remove(f"staged/{asked.key}")
        for row in older:
            remove_files(self._files, row)
        return lost

    def _compute(
        self,
        asked: Asked,
        explainer: Explains,
        progress: Progress | None,
        cancel: Cancel | None,
        replaces: list[str],
    ) -> None:
        """Compute in parts and commit; a part that was damaged meanwhile is computed again."""
        for attempt in range(ATTEMPTS):
            parts = compute_parts(asked, explainer, self._files, self._catalogue, progress, cancel)
            provenance = whole_provenance(parts, asked.rows_digest, asked.about)
            try:
                source = source_of(parts, len(asked), self._files, provenance)
                self._commit(asked, source, replaces)
                return
            except DamagedPartError as error:
                if attempt == ATTEMPTS - 1:
                    raise
                self._catalogue.part_undone(asked.key, error.index)

    def _commit(self, asked: Asked, source: Source, replaces: list[str]) -> None:
        commit(
            asked.key,
            source,
            self._files,
            self._catalogue,
            replaces=replaces,
            row_digests=None if asked.alike is None else row_digests(asked.rows),
        )

    def _relabelled(self, asked: Asked) -> Explanation | None:
        """The same numbers under other labels, where they are stored."""
        if asked.values_key is None:
            return None
        row = self._catalogue.find("values_key", asked.values_key)
        return None if row is None else asked.relabel(self._get(row["key"]))

    def _lost(self, asked: Asked, older: list[Row]) -> list[str]:
        """Labels of complete records that end with them when this call replaces those."""
        complete = [row["key"] for row in older if row["state"] == "complete"]
        lost = [label for key in complete for label in asked.lost(self._get(key))]
        return list(dict.fromkeys(lost))


def remove_files(files: ArrayFiles, row: Row) -> None:
    """Remove all files of one explanation."""
    files.remove(f"staged/{row['key']}")
    if row["location"]:
        files.remove(row["location"])
