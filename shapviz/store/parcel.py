"""An Explanation as named arrays and one JSON document, and back, equal in every field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from shapviz.explanation import Explanation
from shapviz.store.codec import (
    Node,
    Reader,
    RowReader,
    Sliced,
    Wanted,
    pack,
    pack_entries,
    pack_names,
    unpack,
)

__all__ = ["BY_FEATURE", "PER_SAMPLE", "VOLATILE", "from_parcel", "to_parcel"]

BY_FEATURE = ("values", "standard_errors", "data", "display_data")
"""Fields whose arrays are also read one feature at a time."""

PER_SAMPLE = (
    *BY_FEATURE,
    "base_values",
    "predictions",
    "raw_additivity_gap",
    "additivity_gap",
    "truth",
    "metadata",
    "sample_names",
    "interactions",
    "regions",
    "wholes",
    "trees",
)
"""Fields with a row a sample. Output names have one where each sample has its own."""

VOLATILE = ("seconds", "versions")
"""Provenance that differs from run to run while the explanation is the same."""

Arrays = dict[str, np.ndarray[Any, Any]]


def to_parcel(explanation: Explanation) -> tuple[Node, Arrays]:
    """Return the document (JSON) and the arrays of an explanation.

    Raises
    ------
    StoreError
        A field holds something that is neither numbers, text, dates nor missing.
    """
    fields = explanation.fields()
    names = fields.pop("sample_names")
    features, units = fields.pop("feature_names"), fields.pop("feature_units")
    fields["additivity_gap"] = explanation.additivity_gap
    fields["provenance"] = dict(fields["provenance"])
    arrays: Arrays = {}
    document = {
        name: pack(value, name, arrays) for name, value in fields.items() if value is not None
    }
    document |= pack_entries(features, units, explanation.feature_shape)
    document["sample_names"] = pack_names(names, "sample_names", arrays)
    return document, arrays


def from_parcel(
    document: Mapping[str, Node], read: Reader | RowReader, wanted: Wanted | None = None
) -> Explanation:
    """Return the explanation that `to_parcel` took apart, or the rows of it that are wanted."""
    if wanted is None:
        fields = {name: unpack(node, read) for name, node in document.items()}
    else:
        sliced = Sliced(cast("RowReader", read), wanted)
        fields = {
            name: unpack(node, sliced if _is_per_sample(name, node) else read)
            for name, node in document.items()
        }
    gap = fields.pop("additivity_gap")
    # A selection of features keeps the gap of the whole, which its own values do not give.
    return Explanation(**fields)._with_gap(gap)


def _is_per_sample(name: str, node: Node) -> bool:
    return name in PER_SAMPLE or (name == "output_names" and node["is"] == "objects")
