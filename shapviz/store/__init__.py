"""Where explanations are kept: content-addressed, resumable, checked; nothing is pickled.

Writes Zarr arrays and one catalogue. Computes no SHAP values: it calls the explainer it is given.
"""

from __future__ import annotations

from shapviz.store.record import Record
from shapviz.store.store import Store

__all__ = ["Record", "Store"]
