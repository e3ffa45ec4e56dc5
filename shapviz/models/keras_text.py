"""Keras models of texts and of token ids: how they cut a text, and which ids they know.

Told by the names of classes, so that Keras need not be loaded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, Words, complaint

__all__ = ["check_ids", "tokenizer_of", "vocabulary_of"]

KNOWN = ("whitespace", "character", None)
"""How such a layer may split, for its tokens to be found in the text."""


def tokenizer_of(model: Any) -> Any:
    """Return the TextVectorization layer that a model's texts go through, or None.

    It may lie inside a model within the model. None where there are several, which may cut
    differently, and where one cuts by a function, which says nothing of places in a text.
    """
    layers = getattr(model, "_flatten_layers", None)
    if layers is None:
        return None
    found = [
        layer
        for layer in layers(include_self=False, recursive=True)
        if type(layer).__name__ == "TextVectorization"
    ]
    return found[0] if len(found) == 1 and found[0]._split in KNOWN else None


def vocabulary_of(model: Any) -> int | None:
    """Return how many ids a model knows that looks its one input up in an Embedding, else None."""
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) != 1:
        return None
    for layer in model._flatten_layers(include_self=False, recursive=True):
        if type(layer).__name__ == "Embedding":
            for node in layer._inbound_nodes:
                if any(tensor is inputs[0] for tensor in node.input_tensors):
                    return int(layer.input_dim)
    return None


def check_ids(rows: NDArray[Any], known: int | None) -> None:
    """InputError for a token id that the model's embedding does not know."""
    if known is None or not rows.size or rows.dtype.kind not in "iuf":
        return
    strange = (rows < 0) | (rows >= known)
    if strange.any():
        found = tuple(np.argwhere(strange)[0].tolist())
        raise InputError(
            complaint(
                "rows",
                f"hold token ids from 0 to {known - 1}, which the model\u2019s embedding knows",
                Words(f"{rows[found]} in place {found[-1]}"),
                "Make them with the tokenizer of training; words it does not know share one id.",
            )
        )
