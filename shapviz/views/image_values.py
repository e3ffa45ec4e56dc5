"""Images as an explanation holds them: pixels, the regions that are players, values laid over.

Players are pixels (values of shape (h, w) or (h, w, channels)) or regions (`regions`, `wholes`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, Words, complaint
from shapviz.explanation import Explanation
from shapviz.types import Array, BoolArray, FloatArray
from shapviz.views.modality import of_input_words
from shapviz.views.text_chips import REACH

__all__ = ["channels", "frame", "labels", "overlay", "picture", "pixels", "unclear"]

RGB = 3


def frame(explanation: Explanation) -> tuple[int, int]:
    """Return height and width of the images in pixels.

    Raises
    ------
    InputError
        The explanation is not of images, or the images did not come with it.
    """
    if explanation.inputs is None:
        whole = explanation.wholes
        if isinstance(whole, np.ndarray) and whole.ndim in (3, 4):
            return int(whole.shape[1]), int(whole.shape[2])
        shape = explanation.feature_shape
        if explanation.regions is None and len(shape) in (2, 3) and explanation.data is not None:
            return int(shape[0]), int(shape[1])
    part = of_input_words(explanation, "image")
    raise InputError(
        complaint(
            "explanation",
            "hold images: features of shape (h, w) or (h, w, channels) with data, or regions "
            "of images with `wholes`",
            Words(
                f"{len(explanation.inputs)} inputs, {', '.join(map(repr, explanation.inputs))}"
                if explanation.inputs
                else f"features of shape {explanation.feature_shape}"
            ),
            f"Pass {part}, which is the picture." if part else "Use views.waterfall for tables.",
        )
    )


def _of(explanation: Explanation) -> Array:
    """All images, (n, h, w) or (n, h, w, channels), as people should see them."""
    if explanation.wholes is not None:
        return explanation.wholes
    return np.asarray(explanation.display_data)


def pixels(explanation: Explanation) -> FloatArray:
    """Return all images as numbers, (n, h, w) or (n, h, w, channels), not scaled."""
    frame(explanation)
    return np.asarray(_of(explanation), dtype=np.float64)


def channels(explanation: Explanation) -> int:
    """Return how many channels the images have; 1 where they have no axis of channels."""
    frame(explanation)
    images = _of(explanation)
    return 1 if images.ndim == 3 else int(images.shape[-1])


def checked_channel(explanation: Explanation, channel: int | None) -> int | None:
    """Return the channel asked for; InputError where the images have no such one."""
    if channel is None:
        return None
    last = channels(explanation) - 1
    whole = isinstance(channel, int | np.integer) and not isinstance(channel, bool)
    if not whole or not 0 <= channel <= last:
        rule = f"be a whole number from 0 to {last}, or None for all together"
        raise InputError(complaint("channel", rule, channel, "The first channel is 0."))
    return int(channel)


def labels(explanation: Explanation, i: int) -> NDArray[np.int32] | None:
    """Return which region holds each pixel, (h, w); None where pixels are the players."""
    held = explanation.regions
    return None if held is None else held[i]


def overlay(
    explanation: Explanation, i: int, k: int | None, channel: int | None = None
) -> FloatArray:
    """Return one output's SHAP values laid over one image, (h, w).

    Values of channels are summed unless one is asked for; a region's value stands at each of its
    pixels.
    """
    values = explanation.values[i] if k is None else explanation.values[i][..., k]
    held = labels(explanation, i)
    if held is not None:
        return np.append(values.astype(np.float64), 0.0)[held]
    if values.ndim == 3:
        values = values.sum(axis=-1) if channel is None else values[..., channel]
    return np.asarray(values, dtype=np.float64)


def unclear(explanation: Explanation, i: int, k: int | None) -> BoolArray | None:
    """Return where one image's regions have values that cannot be told from zero, (h, w).

    None where there is no such region, where pixels are the players (of those hardly any stands
    out alone, and their colours are read together), or without standard errors.
    """
    held, errors = labels(explanation, i), explanation.standard_errors
    if held is None or errors is None:
        return None
    values = explanation.values[i] if k is None else explanation.values[i][..., k]
    error = errors[i] if k is None else errors[i][..., k]
    flags = np.append(np.abs(values) < REACH * error, False)
    return np.asarray(flags[held]) if flags.any() else None


def picture(explanation: Explanation, i: int, channel: int | None = None) -> FloatArray:
    """Return one image as grey (h, w) or RGB (h, w, 3) between 0 and 1.

    RGB from 0 to 1 or to 255 is shown as it is; anything else is stretched over its own range.
    Of four channels the last is taken for opacity and left out; of other numbers the mean is shown.
    """
    given = _of(explanation)[i]
    pixels = np.nan_to_num(given.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    deep = pixels.ndim == RGB
    if deep and channel is not None:
        pixels, deep = pixels[..., channel], False
    elif deep and pixels.shape[-1] == RGB + 1:
        pixels = pixels[..., :RGB]
    colour = deep and pixels.shape[-1] == RGB
    low, high = _range(pixels, colour=colour)
    scaled = (pixels - low) / (high - low) if high > low else np.zeros_like(pixels)
    return scaled.mean(axis=-1) if deep and not colour else scaled


def _range(pixels: FloatArray, *, colour: bool) -> tuple[float, float]:
    low, high = float(pixels.min()), float(pixels.max())
    if colour and low >= 0 and high <= 255:
        return 0.0, 1.0 if high <= 1 else 255.0
    return low, high
