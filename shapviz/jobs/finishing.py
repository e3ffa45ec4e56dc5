"""The end of a job: staged parts become one explanation, checked, and the catalogue switches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapviz.errors import StoreError, complaint
from shapviz.store import Store
from shapviz.store.compacting import compact
from shapviz.store.staging import DamagedPartError

__all__ = ["finish"]


def finish(store: Store, prepared: Mapping[str, Any], old_key: str | None) -> list[tuple[int, str]]:
    """Make an explanation of staged parts, and return those that do not read back.

    Only when that list is empty has anything changed: the explanation is complete, those that it
    replaces and its staged parts are gone.

    Parameters
    ----------
    store : Store
        Its lock is held by this process.
    prepared : mapping
        What the prepare task returned.
    old_key : str, optional
        One that it takes the place of, such as a demo's of an earlier recipe.

    Returns
    -------
    list of (int, str)
        Index and reason of a damaged part.
    """
    row = store.catalogue.row(prepared["key"])
    if row is None:
        raise StoreError(
            complaint("key", "be of an explanation", prepared["key"], "It was deleted meanwhile.")
        )
    replaced = [old_key] if old_key else []
    try:
        compact(row, store.files, store.catalogue, prepared["about"], replaced)
    except DamagedPartError as error:
        return [(error.index, str(error))]
    return []
