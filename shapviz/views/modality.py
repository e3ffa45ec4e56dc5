"""What a sample is to the eye: a table's row, an image, a text, a sequence, or several of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shapviz.explanation import Explanation

__all__ = ["MODALITIES", "inputs_of_kind", "modality", "of_input_words"]

NARROWEST = 4
"""Pixels that either side of an image has at least."""


def modality(explanation: Explanation) -> str:
    """Return how samples are drawn: "mixed", "text", "image", "sequence" or "table".

    Told by the masker where it knows (``provenance["modality"]``), else by shape: three axes with
    data are an image, two a sequence of time × feature, numbers with words beside them as
    `display_data` are the tokens of a text, and several inputs are mixed.

    Examples
    --------
    >>> import numpy as np
    >>> from shapviz import Explanation
    >>> modality(Explanation(values=np.zeros((1, 3)), base_values=0.0))
    'table'
    """
    told = explanation.provenance.get("modality")
    if told in MODALITIES:
        return str(told)
    return next(name for name, fits in MODALITIES.items() if fits(explanation))


def inputs_of_kind(explanation: Explanation, kind: str) -> tuple[str, ...]:
    """Return the names of those of several inputs that are drawn as `kind`; () of one input.

    Examples
    --------
    >>> import numpy as np
    >>> parts = {"scan": np.zeros((1, 6, 6, 1)), "age": np.zeros((1, 1))}
    >>> inputs_of_kind(Explanation(values=parts, base_values=0.0, data=parts), "image")
    ('scan',)
    """
    if modality(explanation) != "mixed" or not explanation.inputs:
        return ()
    # One sample tells as much as all.
    one = explanation[[0]]
    return tuple(name for name in explanation.inputs if modality(one.of_input(name)) == kind)


def of_input_words(explanation: Explanation, kind: str) -> str:
    """Return how to take the input that is of a kind, for a complaint; "" where none is."""
    names = inputs_of_kind(explanation, kind)
    return " or ".join(f"explanation.of_input({name!r})" for name in names)


def _is_text(explanation: Explanation) -> bool:
    shape = explanation.feature_shape
    if explanation.inputs is not None or len(shape) != 1:
        return False
    data, words = explanation.data, explanation.display_data
    if data is None or words is None:
        return False
    # A DataFrame's categories are words in both.
    return data.dtype.kind in "iuf" and words.dtype.kind == "O" and _all_words(words)


def _all_words(cells: np.ndarray[tuple[int, ...], np.dtype[np.object_]]) -> bool:
    return all(isinstance(cell, str) for cell in cells[:20].ravel().tolist())


def _is_image(explanation: Explanation) -> bool:
    shape = explanation.feature_shape
    return explanation.data is not None and len(shape) == 3 and min(shape[:2]) >= NARROWEST


def _is_sequence(explanation: Explanation) -> bool:
    return explanation.data is not None and len(explanation.feature_shape) == 2


MODALITIES: dict[str, Callable[[Explanation], bool]] = {
    "mixed": lambda explanation: bool(explanation.inputs) and len(explanation.inputs or ()) > 1,
    "text": _is_text,
    "image": _is_image,
    "sequence": _is_sequence,
    "table": lambda explanation: True,
}
"""Each with whether an explanation looks like it; the first that fits."""
