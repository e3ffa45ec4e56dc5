"""From an explanation in memory to a complete one in the store: arrays, checks, one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np

from shapviz.explanation import Explanation
from shapviz.labels import several
from shapviz.store.arrays import ArrayFiles
from shapviz.store.catalogue import Catalogue
from shapviz.store.parcel import content_digest, feature_axes, to_parcel
from shapviz.summaries import Importance, importance

__all__ = ["SUMMARY", "commit", "described"]

SUMMARY = "summary/importance"
"""Where the importance arrays lie, beside the explanation's own."""


def described(explanation: Explanation) -> dict[str, Any]:
    """Return the catalogue's columns that an explanation says of itself."""
    provenance = explanation.provenance
    names = explanation.output_names
    noun = str(provenance.get("sample_noun", "sample"))
    n = len(explanation)
    return {
        "samples": n,
        "features": int(np.prod(explanation.feature_shape)),
        "outputs": int(explanation.base_values.shape[-1]) if explanation.has_outputs else 1,
        "output_names": list(names) if np.ndim(names) == 1 else [],
        "explainer": str(provenance.get("explainer", "imported")),
        "model": str(provenance.get("model_name", "")),
        "data": str(provenance.get("data_name", several(n, noun))),
        "sample_noun": noun,
    }


def commit(
    key: str,
    explanation: Explanation,
    files: ArrayFiles,
    catalogue: Catalogue,
    replaces: Sequence[str] = (),
) -> Importance:
    """Write whole arrays and summaries, read them back, then switch the catalogue to complete.

    The row must exist. Until the last statement nothing of this can be seen by a reader; if it
    stops half-way, what was written is named by no row and the next sweep removes it. The rows in
    `replaces` go in that same statement's transaction; their files are the caller's to remove.

    Raises
    ------
    StoreError
        Something cannot be stored, or reads back differently from what was written.
    """
    document, arrays = to_parcel(explanation)
    content = content_digest(document, arrays, explanation.provenance)
    summary = importance(explanation)
    arrays = {
        **arrays,
        f"{SUMMARY}/mean_abs": summary.mean_abs,
        f"{SUMMARY}/low": summary.low,
        f"{SUMMARY}/high": summary.high,
        f"{SUMMARY}/order": summary.order,
    }
    location = f"arrays/{key}-{uuid.uuid4().hex[:8]}"
    manifest = files.write(location, arrays, feature_axes(explanation))
    for name, entry in manifest.items():
        files.read(location, name, entry, f"explanation {key}")
    catalogue.complete(
        key,
        replaces=replaces,
        **described(explanation),
        done=len(explanation),
        content=content,
        location=location,
        document=document,
        manifest=manifest,
        provenance=_json_provenance(explanation),
        facts={
            # Without the model's own predictions there is nothing to compare the sums with.
            "gap": None
            if explanation.provenance.get("predictions") == "unknown"
            else float(np.abs(explanation.additivity_gap).mean()),
            "sparkline": [float(x) for x in summary.total()[summary.top(5)]],
            "model_rows": _number(explanation.provenance.get("model_rows")),
            "seconds": _number(explanation.provenance.get("seconds")),
        },
    )
    return summary


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _json_provenance(explanation: Explanation) -> dict[str, Any]:
    """Provenance for people who query the catalogue; the exact one is in the document."""
    return {
        name: value if isinstance(value, str | int | float | bool | None) else _plain(value)
        for name, value in explanation.provenance.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
