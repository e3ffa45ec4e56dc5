"""Where explanations are kept: content-addressed, resumable, checked; nothing is pickled.

Writes Zarr arrays and one catalogue. Computes no SHAP values: it calls the explainer it is given.
Listing what is there loads the catalogue alone: `Store` is fetched when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapviz.store.record import Record
    from shapviz.store.store import Store

__all__ = ["Record", "Store"]

_HOMES = {"Record": "shapviz.store.record", "Store": "shapviz.store.store"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'shapviz.store' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
