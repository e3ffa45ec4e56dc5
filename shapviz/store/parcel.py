"""An Explanation as named arrays and one JSON document, and back, equal in every field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from shapviz.digests import digest_of_json
from shapviz.explanation import Explanation
from shapviz.store.arrays import checksum
from shapviz.store.codec import Node, Reader, pack, unpack

__all__ = ["content_digest", "feature_axes", "from_parcel", "to_parcel"]

BY_FEATURE = ("values", "standard_errors", "data", "display_data")
"""Fields whose arrays are also read one feature at a time."""

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
    # A million names belong in an array, not in the catalogue.
    fields["sample_names"] = np.array(fields["sample_names"], dtype=object)
    fields["additivity_gap"] = explanation.additivity_gap
    fields["provenance"] = dict(fields["provenance"])
    arrays: Arrays = {}
    document = {
        name: pack(value, name, arrays) for name, value in fields.items() if value is not None
    }
    return document, arrays


def from_parcel(document: Mapping[str, Node], read: Reader) -> Explanation:
    """Return the explanation that `to_parcel` took apart."""
    fields = {name: unpack(node, read) for name, node in document.items()}
    gap = fields.pop("additivity_gap")
    # A selection of features keeps the gap of the whole, which its own values do not give.
    return Explanation(**fields)._with_gap(gap)


def feature_axes(explanation: Explanation) -> dict[str, int]:
    """Return how many axes of each by-feature array are features."""
    axes = dict.fromkeys(BY_FEATURE, len(explanation.feature_shape))
    return {**axes, "interactions": 1}


def content_digest(document: Mapping[str, Node], arrays: Arrays, provenance: Any) -> str:
    """Return a digest of everything stored but timings and versions."""
    lasting = {name: value for name, value in provenance.items() if name not in VOLATILE}
    kept = {name: node for name, node in document.items() if name != "provenance"}
    return digest_of_json(
        [
            kept,
            pack(lasting, "provenance", {}),
            {name: checksum(array) for name, array in arrays.items()},
        ]
    )
