"""Where in the frame a push comes from, in words: upper left, middle, lower right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapviz.types import FloatArray
from shapviz.views.words import share

__all__ = ["PLACES", "place_words"]

ROWS, COLUMNS = ("upper", "middle", "lower"), ("left", "middle", "right")
PLACES = tuple(
    "middle" if row == column == "middle" else f"{row} {column}"
    for row in ROWS
    for column in COLUMNS
)
"""The nine parts of a frame, in reading order."""
MUCH = 0.25
"""Share of all that pushes that way from which on a ninth of the frame is worth naming."""


def place_words(values: FloatArray, regions: NDArray[np.int32] | None = None) -> str:
    """Return a sentence on the ninth of the frame that pushes most; empty where none stands out.

    It speaks of what pushes up, or, where that is more, of what pushes down.

    Parameters
    ----------
    values : float array of shape (h, w)
        SHAP values laid over an image.
    regions : int array of shape (h, w), optional
        Whose value stands at each of their pixels; it is shared out among them here.

    Examples
    --------
    >>> place_words(np.eye(3)[[0]] * np.eye(3)[0][:, None])
    ' 100% of the push up comes from the upper left.'
    """
    if regions is not None:
        sizes = np.maximum(np.bincount(regions[regions >= 0], minlength=1), 1)
        values = values / sizes[np.maximum(regions, 0)]
    ups, downs = np.clip(values, 0, None), np.clip(-values, 0, None)
    pushes, which = (downs, "down") if downs.sum() > ups.sum() else (ups, "up")
    total = float(pushes.sum())
    if total == 0 or min(values.shape) < 3:
        return ""
    thirds = [np.array_split(row, 3, axis=1) for row in np.array_split(pushes, 3)]
    shares = np.array([part.sum() for row in thirds for part in row]) / total
    best = int(np.argmax(shares))
    if shares[best] < MUCH:
        return ""
    return f" {share(float(shares[best]))} of the push {which} comes from the {PLACES[best]}."
