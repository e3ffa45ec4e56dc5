"""Pixels of images and overlays: colours, reduction to what a screen shows, outlines baked in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapviz.figures.theme import Theme
from shapviz.types import Array, BoolArray, FloatArray
from shapviz.views.image import is_drawing

__all__ = ["boundaries", "composite", "picture_pixels", "reduced"]


LUMINANCE = np.array([0.299, 0.587, 0.114])
"""How bright red, green and blue are to the eye (ITU-R BT.601)."""


def _rgb(colour: str) -> FloatArray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)


def picture_pixels(picture: FloatArray, look: Theme) -> Array:
    """Return a picture as (h, w, 3) bytes: RGB as it is, grey from panel to ink.

    A drawing (most of its edge one background) gets its ink in the theme's; a photograph stays
    black to white.
    """
    if picture.ndim == 3:
        return np.round(picture * 255).astype(np.uint8)
    drawing = is_drawing(picture)
    edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    share = np.abs(picture - float(np.median(edge))) if drawing else picture
    low, high = (look.panel, look.ink) if drawing else ("#000000", "#FFFFFF")
    mixed = _rgb(low) + (_rgb(high) - _rgb(low)) * share[..., None]
    return np.round(mixed).astype(np.uint8)


def reduced(array: Array, most: int) -> Array:
    """Return an image with at most `most` pixels a side, each the mean of a block of the given.

    Whole numbers (labels of regions) are taken from the blocks' corners instead.
    """
    height, width = array.shape[:2]
    step = -(-max(height, width) // most)
    if step <= 1:
        return array
    if array.dtype.kind in "iub":
        return array[::step, ::step]
    rows, columns = np.arange(0, height, step), np.arange(0, width, step)
    sums = np.add.reduceat(np.add.reduceat(array, rows, axis=0), columns, axis=1)
    tall = np.diff(np.append(rows, height))[:, None]
    wide = np.diff(np.append(columns, width))[None, :]
    area = (tall * wide).astype(np.float64)
    return sums / (area if array.ndim == 2 else area[..., None])


def boundaries(regions: NDArray[np.integer]) -> BoolArray:
    """Return the pixels whose right or lower neighbour is of another region, (h, w)."""
    found = np.zeros(regions.shape, dtype=bool)
    found[:, :-1] |= regions[:, :-1] != regions[:, 1:]
    found[:-1] |= regions[:-1] != regions[1:]
    return found


def _tones(picture: FloatArray, look: Theme) -> FloatArray:
    """Bytes of the picture in grey, as floats that fill (h, w, 3)."""
    if picture.ndim == 2:
        return picture_pixels(picture, look).astype(np.float64)
    return 255.0 * (picture @ LUMINANCE)[..., None]


def composite(
    picture: FloatArray,
    values: FloatArray,
    limit: float,
    look: Theme,
    *,
    opacity: float = 1.0,
    backdrop: float = 0.0,
    lines: BoolArray | None = None,
) -> Array:
    """Return an overlay on its picture as (h, w, 3) bytes.

    Parameters
    ----------
    picture : float array of shape (h, w) or (h, w, 3)
        0 to 1.
    values : float array of shape (h, w)
        SHAP values; `limit` and beyond are drawn at `opacity`, 0 is transparent.
    backdrop : float
        How much of the picture, in grey, stands on the page's colour.
    lines : bool array of shape (h, w), optional
        Drawn in muted ink.
    """
    ground = np.broadcast_to(_rgb(look.page), (*values.shape, 3))
    if backdrop > 0:
        ground = ground + backdrop * (_tones(picture, look) - ground)
    share = np.clip(values / (limit or 1.0), -1, 1)
    colours = np.where((share > 0)[..., None], _rgb(look.up), _rgb(look.down))
    mixed = ground + (opacity * np.abs(share))[..., None] * (colours - ground)
    if lines is not None:
        mixed[lines] += 0.55 * (_rgb(look.muted) - mixed[lines])
    return np.round(mixed).astype(np.uint8)
