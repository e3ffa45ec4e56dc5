"""Keras models that begin with a TextVectorization layer: how they cut a text.

Told by the names of classes, so that Keras need not be loaded.
"""

from __future__ import annotations

from typing import Any

__all__ = ["tokenizer_of"]

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
