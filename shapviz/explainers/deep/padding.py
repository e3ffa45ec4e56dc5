"""Padding: which entries of a row only fill it up, and a background that is filled up alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, Words, complaint

PADDINGS = ("free", "fixed")


def checked_padding(padding: Any) -> str:
    """`padding` if it is "free" or "fixed"; InputError otherwise."""
    if padding not in PADDINGS:
        raise InputError(
            complaint(
                "padding",
                "be 'free' or 'fixed'",
                padding,
                "Use 'fixed' to give every background row the sample's padding.",
            )
        )
    return str(padding)


def padding_of(model: Any, dtype: str) -> Any:
    """What the model's own mask takes for padding, or None where it masks nothing.

    The mask token of a lookup, 0 before an embedding with ``mask_zero``, the value of a Masking
    layer: the first of these that fits an input of this dtype.
    """
    for layer in model._flatten_layers(include_self=False, recursive=True):
        token = getattr(layer, "mask_token", None)
        if token is not None and isinstance(token, str) == (dtype == "string"):
            return token
        if getattr(layer, "mask_zero", False) and dtype != "string":
            return 0
        if type(layer).__name__ == "Masking" and dtype.startswith("float"):
            return float(layer.mask_value)
    return None


def required(padding_id: Any) -> Any:
    """The padding id, or an InputError where there is none."""
    if padding_id is None:
        raise InputError(
            complaint(
                "padding_id",
                "be given for padding='fixed'",
                Words("a model without a mask"),
                "Pass the id, text or value that fills rows up, such as padding_id=0.",
            )
        )
    return padding_id


def padded(rows: NDArray[Any], padding_id: Any) -> NDArray[np.bool_]:
    """Where rows are padded; a step of several float features only where all of them are."""
    found = np.asarray(rows == padding_id)
    if rows.dtype.kind == "f" and rows.ndim > 2:
        found = np.broadcast_to(found.all(axis=-1, keepdims=True), found.shape)
    return found


def patterns(rows: NDArray[Any], padding_id: Any) -> list[tuple[NDArray[np.bool_], NDArray[Any]]]:
    """Each padding (\\*features) that occurs, and the positions of the rows that have it."""
    found = padded(rows, padding_id)
    kinds, which = np.unique(found.reshape(len(rows), -1), axis=0, return_inverse=True)
    return [
        (kind.reshape(rows.shape[1:]), np.flatnonzero(which.reshape(-1) == i))
        for i, kind in enumerate(kinds)
    ]
