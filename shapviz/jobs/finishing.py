"""The end of a job: staged parts become one explanation, checked, and the catalogue switches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapviz.errors import StoreError
from shapviz.explanation import concat
from shapviz.store import Store
from shapviz.store.commit import commit
from shapviz.store.computing import merged_provenance, read_part

__all__ = ["finish"]


def finish(
    store: Store, prepared: Mapping[str, Any], name: str, old_key: str | None
) -> list[tuple[int, str]]:
    """Make an explanation of staged parts, and return those that do not read back.

    Only when that list is empty has anything changed: the explanation is complete, those that it
    replaces and its staged parts are gone.

    Parameters
    ----------
    store : Store
        Its lock is held by this process.
    prepared : mapping
        What the prepare task returned.
    name : str
        Of the explanation.
    old_key : str, optional
        One that it takes the place of, such as a demo's of an earlier recipe.

    Returns
    -------
    list of (int, str)
        Index and reason of each damaged part.
    """
    key = prepared["key"]
    pieces, damaged = [], []
    for row in store.catalogue.parts(key):
        try:
            pieces.append(read_part(row, store.files))
        except StoreError as error:
            damaged.append((int(row["index"]), str(error)))
    if damaged:
        return damaged
    whole = concat(pieces)
    provenance = merged_provenance([piece.provenance for piece in pieces])
    digests = {**dict(provenance.get("digests", {})), "data": prepared["rows_digest"]}
    provenance = {**provenance, "digests": digests, **prepared["about"]}
    older = store.catalogue.older(key, prepared["values_key"], name)
    former = None if old_key in (None, key) else store.catalogue.row(str(old_key))
    replaced = [*older, former] if former is not None and former not in older else older
    commit(
        key,
        whole.replace(provenance=provenance),
        store.files,
        store.catalogue,
        replaces=[row["key"] for row in replaced],
    )
    for row in replaced:
        store.files.remove(f"staged/{row['key']}")
        if row["location"]:
            store.files.remove(row["location"])
    store.files.remove(f"staged/{key}")
    return []
