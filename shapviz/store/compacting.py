"""From finished parts to a complete explanation; whoever calls this holds the writer's lock."""

from __future__ import annotations

from collections.abc import Mapping

from shapviz.store.arrays import ArrayFiles
from shapviz.store.catalogue import Catalogue, Row
from shapviz.store.commit import commit
from shapviz.store.computing import whole_provenance
from shapviz.store.sources import source_of
from shapviz.store.staging import read_row_digests

__all__ = ["compact"]


def compact(
    files: ArrayFiles,
    catalogue: Catalogue,
    row: Row,
    about: Mapping[str, str],
    also: str | None = None,
) -> None:
    """Put the finished parts of an explanation together and make it complete.

    Parameters
    ----------
    files, catalogue
        Of the store.
    row : dict
        Of the explanation.
    about : mapping
        Words kept in the provenance.
    also : str, optional
        Key of another explanation that this one takes the place of, besides the older ones of the
        same question under the same name.

    Raises
    ------
    DamagedPartError
        A part is not what was written.
    StoreError
        Parts are missing.
    """
    key = row["key"]
    parts = [part for part in catalogue.parts(key) if part["state"] == "done"]
    older = catalogue.older(key, row["values_key"], row["name"])
    former = None if also in (None, key) else catalogue.row(str(also))
    if former is not None and former["key"] not in {each["key"] for each in older}:
        older = [*older, former]
    provenance = whole_provenance(parts, row["rows_digest"], about)
    commit(
        key,
        source_of(parts, row["samples"], files, provenance),
        files,
        catalogue,
        replaces=[each["key"] for each in older],
        row_digests=read_row_digests(files, key, row["samples"]),
    )
    for each in (row, *older):
        files.remove(f"staged/{each['key']}")
        if each["location"]:
            files.remove(each["location"])
