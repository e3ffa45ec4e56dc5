"""Images by parts of their frame or by channels: what a feature is whose dependence says something.

A pixel shows another thing in every image, so its own dependence is hardly ever asked for; how
bright a part of the frame is, or how red the whole, is the same question of every image.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.types import Array, FloatArray, IntArray
from shapviz.views import image_values
from shapviz.views.checks import one_of
from shapviz.views.image_places import PLACES
from shapviz.views.modality import modality

__all__ = ["PARTS", "SUMMED", "frame_parts", "parts_of"]

PARTS: Mapping[str, str] = {
    "places": "Parts of the frame",
    "channels": "Channels",
    "pixels": "Single pixels",
    "regions": "Regions",
}
"""What features of images may be taken for, as pages call it."""
SUMMED = ("places", "channels")
"""Those that `frame_parts` makes; the others are what was explained."""
COLOURS = ("red", "green", "blue")
SIDE = 3
"""Parts a side."""


def parts_of(explanation: Explanation) -> tuple[str, ...]:
    """Return which of `PARTS` an explanation's images have; () of anything but images."""
    if modality(explanation) != "image" or explanation.inputs is not None:
        return ()
    deep = explanation.regions is None and image_values.channels(explanation) > 1
    found = ["places"] if min(image_values.frame(explanation)) >= SIDE else []
    return (
        *found,
        *(["channels"] if deep else []),
        "pixels" if explanation.regions is None else "regions",
    )


def frame_parts(explanation: Explanation, by: str = "places") -> Explanation:
    """Return an explanation of images with one feature for each part of the frame, or channel.

    A part's SHAP value is the sum of its pixels' (a region's is shared out evenly over its
    pixels), so values add up as before; its data are the mean of its pixels. Sums have no
    standard errors of their own.

    Parameters
    ----------
    explanation : Explanation
        Of images.
    by : {"places", "channels"}, default "places"
        Nine parts of the frame, or the channels of the whole.

    Raises
    ------
    InputError
        The explanation's images have no such parts.
    """
    one_of("by", by, SUMMED)
    if by not in parts_of(explanation):
        rule = "be of images that have such parts"
        fix = "Channels need pixels as players; places images of 3 × 3 pixels or more."
        raise InputError(complaint("explanation", rule, explanation.feature_shape, fix))
    pixels = image_values.pixels(explanation)
    made = _places(explanation, pixels) if by == "places" else _channels(explanation, pixels)
    names, values, data = made
    return Explanation(
        values=values,
        base_values=explanation.base_values,
        predictions=explanation.predictions,
        data=data,
        feature_names=names,
        output_names=explanation.output_names,
        sample_names=explanation.sample_names,
        units=explanation.units,
        truth=explanation.truth,
        metadata=explanation.metadata,
        provenance={**explanation.provenance, "modality": "table"},
    )


def _places(explanation: Explanation, pixels: Array) -> tuple[list[str], FloatArray, FloatArray]:
    n, height, wide = pixels.shape[:3]
    rows, columns = (_thirds(side) for side in (height, wide))
    owner = SIDE * np.repeat(np.arange(SIDE), np.diff(rows))[:, None]
    owner = owner + np.repeat(np.arange(SIDE), np.diff(columns))[None, :]
    grey = pixels.reshape(n, height, wide, -1).mean(axis=-1)
    data = _by_place(grey, rows, columns) / np.bincount(owner.ravel())
    tail = (explanation.values.shape[-1],) if explanation.has_outputs else ()
    if explanation.regions is None:
        given = np.asarray(explanation.values, dtype=np.float64)
        values = _by_place(given.reshape(n, height, wide, -1, *tail).sum(axis=3), rows, columns)
    else:
        values = np.stack([_shared(explanation, i, owner) for i in range(n)])
    return [f"{place.capitalize()} brightness" for place in PLACES], values, data


def _thirds(side: int) -> IntArray:
    """Where thirds begin and end, as `np.array_split` cuts them: sentences speak of the same."""
    sizes = [len(part) for part in np.array_split(np.arange(side), SIDE)]
    return np.concatenate([[0], np.cumsum(sizes)])


def _by_place(laid: FloatArray, rows: IntArray, columns: IntArray) -> FloatArray:
    """Sums over the nine parts: (n, h, w, …) to (n, 9, …)."""
    sums = np.add.reduceat(np.add.reduceat(laid, rows[:-1], axis=1), columns[:-1], axis=2)
    return np.asarray(sums.reshape(len(laid), SIDE * SIDE, *laid.shape[3:]))


def _shared(explanation: Explanation, i: int, owner: IntArray) -> FloatArray:
    """One sample's regions shared out over the parts that they lie in, (9,) or (9, outputs)."""
    held = image_values.labels(explanation, i)
    values = np.asarray(explanation.values[i], dtype=np.float64)
    inside = np.asarray(held) >= 0
    lies = np.zeros((SIDE * SIDE, len(values)))
    np.add.at(lies, (owner[inside], np.asarray(held)[inside]), 1.0)
    return np.asarray((lies / np.maximum(lies.sum(axis=0), 1.0)) @ values)


def _channels(explanation: Explanation, pixels: Array) -> tuple[list[str], FloatArray, FloatArray]:
    count = pixels.shape[-1]
    values = np.asarray(explanation.values, dtype=np.float64).sum(axis=(1, 2))
    names = [f"Mean {colour}" for colour in COLOURS]
    if count != len(COLOURS):
        names = [f"Mean of channel {k}" for k in range(count)]
    return names, values, pixels.mean(axis=(1, 2))
