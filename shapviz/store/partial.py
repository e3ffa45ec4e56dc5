"""What is there of an explanation before it is complete."""

from __future__ import annotations

from collections.abc import Sequence

from shapviz.explanation import Explanation, concat
from shapviz.store.arrays import ArrayFiles
from shapviz.store.catalogue import Row
from shapviz.store.computing import merged_provenance
from shapviz.store.staging import read_part

__all__ = ["finished"]


def finished(parts: Sequence[Row], files: ArrayFiles) -> Explanation | None:
    """Return the samples of finished parts, in row order; None for no parts.

    Parameters
    ----------
    parts : sequence of dict
        Rows of the catalogue's parts table. ``provenance["rows"]`` will list their ranges.
    files : ArrayFiles

    Raises
    ------
    StoreError
        A part is damaged, or gone.
    """
    pieces = [read_part(part, files) for part in parts]
    if not pieces:
        return None
    provenance = merged_provenance([piece.provenance for piece in pieces])
    ranges = [[part["start"], part["stop"]] for part in parts]
    return concat(pieces).replace(provenance={**provenance, "rows": ranges})
