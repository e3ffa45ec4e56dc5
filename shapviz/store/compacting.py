"""Staged parts, computed here or elsewhere, become one complete explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shapviz.store.arrays import ArrayFiles
from shapviz.store.catalogue import Catalogue, Row
from shapviz.store.commit import commit
from shapviz.store.computing import whole_provenance
from shapviz.store.sources import PartSource
from shapviz.store.staging import read_row_digests

__all__ = ["compact"]


def compact(
    row: Row,
    files: ArrayFiles,
    catalogue: Catalogue,
    about: Mapping[str, str],
    replaces: Sequence[str] = (),
) -> None:
    """Put the finished parts of an explanation together and make it complete.

    Digests of its rows are taken from beside the parts, where `staging.stage_row_digests` put
    them. Older records of the same question under the same name go in the same moment. Only for
    the holder of the writer's lock.

    Parameters
    ----------
    row : dict
        Of the catalogue: an explanation all of whose parts are done.
    files, catalogue
        Of the store.
    about : mapping
        Words kept in the provenance.
    replaces : sequence of str, optional
        Keys of further records that go too.

    Raises
    ------
    DamagedPartError
        A part is not what was written; mark its `index` undone and compute it again.
    StoreError
        Parts are missing.
    """
    key = row["key"]
    parts = [part for part in catalogue.parts(key) if part["state"] == "done"]
    older = catalogue.older(key, row["values_key"], row["name"])
    known = {key, *(each["key"] for each in older)}
    others = (catalogue.row(each) for each in replaces if each not in known)
    older += [other for other in others if other is not None]
    provenance = whole_provenance(parts, row["rows_digest"], about)
    commit(
        key,
        PartSource(parts, row["samples"], files, provenance),
        files,
        catalogue,
        replaces=[each["key"] for each in older],
        row_digests=read_row_digests(files, key, row["samples"]),
    )
    for each in [row, *older]:
        files.remove(f"staged/{each['key']}")
    for each in older:
        if each["location"]:
            files.remove(each["location"])
