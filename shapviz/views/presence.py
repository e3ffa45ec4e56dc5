"""Which features a sample has: tokens past a text's end and regions it has none of are no features.

Explanations hold rectangular arrays, so short texts and small pictures are filled up with places
whose value is exactly 0. What fills up but carries something counts: its value belongs to the sum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapviz.explanation import Explanation
from shapviz.types import Array, FloatArray
from shapviz.views.modality import modality

__all__ = ["present"]

Bools = NDArray[np.bool_]


def present(explanation: Explanation, values: FloatArray) -> Bools:
    """Return which features each sample has.

    Parameters
    ----------
    explanation : Explanation
    values : float array of shape (n, d)
        Of one output, flat.

    Returns
    -------
    bool array of shape (n, d)
        A sample without any, such as an empty text, keeps all.
    """
    found = _places(explanation).reshape(values.shape) | (values != 0)
    found[~found.any(axis=1)] = True
    return found


def _places(explanation: Explanation) -> Bools:
    """The same as the shape of samples alone tells it, flat."""
    n = len(explanation)
    if explanation.inputs is not None and len(explanation.inputs) > 1:
        parts = [_places(explanation.of_input(name)) for name in explanation.inputs]
        return np.concatenate(parts, axis=1)
    count = int(np.prod(explanation.feature_shape))
    if explanation.regions is not None:
        found = np.zeros((n, count + 1), dtype=bool)
        # −1, an entry that no player holds, is the last place.
        found[np.arange(n)[:, None], explanation.regions.reshape(n, -1)] = True
        return found[:, :-1]
    if modality(explanation) == "text":
        shown = explanation.display_data
        cells = shown if shown is not None else explanation.data
        if cells is not None:
            return _written(cells).reshape(n, count)
    return np.ones((n, count), dtype=bool)


def _written(cells: Array) -> Bools:
    is_token = np.frompyfunc(lambda cell: cell is not None and str(cell) != "", 1, 1)
    return np.asarray(is_token(cells), dtype=bool)
