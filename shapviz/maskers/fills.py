"""What stands in an image for pixels that are hidden, made from the image itself. Pure NumPy/SciPy.

Each filling takes an image (y, x[, channel]) and gives one of the same shape; inpainting alone
looks at which pixels are left.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from shapviz.errors import InputError, complaint

__all__ = ["Fill", "as_fill", "inpainted"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

RULE = (
    "be 'mean', 'blur', 'blur(σ)', 'blur(σ_y, σ_x)', 'inpaint', or a value for all or each channel"
)
FIX = "A blurred image is a common choice: fill='blur'."
BLUR = 1 / 6
"""Default σ, of the image's longer side: half of it is averaged, about."""
NUMBER = r"\s*(\d+(?:\.\d+)?)\s*"
FAINT = 1e-6
"""Weight from which on what is seen through a blur counts."""


@dataclass(frozen=True)
class Fill:
    """A filling.

    Attributes
    ----------
    name : str
        What it is, parameters included: part of the question.
    make : callable or None
        Image to filled image; None where that depends on which pixels are left (inpainting).
    """

    name: str
    make: Callable[[Floats], Floats] | None = field(repr=False, default=None)


def as_fill(given: Any) -> Fill:
    """Return the filling meant by a word, a number, or one number a channel; else InputError."""
    if isinstance(given, str):
        if given in _WORDS:
            return Fill(given, _WORDS[given])
        found = re.fullmatch(rf"blur\({NUMBER}(?:,{NUMBER})?\)", given)
        if found:
            y = float(found[1])
            x = float(found[2] or y)
            return Fill(f"blur({y:g}, {x:g})", lambda image: _blurred(image, y, x))
    elif isinstance(given, Real) and not isinstance(given, bool) and np.isfinite(float(given)):
        return Fill(f"{float(given):g}", lambda image: np.full(image.shape, float(given)))
    elif isinstance(given, list | tuple | np.ndarray) and np.ndim(given) == 1:
        colour = np.asarray(given)
        if colour.dtype.kind in "iuf" and np.isfinite(colour).all():
            return Fill(str(colour.tolist()), lambda image: _coloured(image, colour))
    raise InputError(complaint("fill", RULE, given, FIX))


def inpainted(image: Floats, kept: Bools) -> Floats:
    """Return the image with hidden pixels filled from those kept, the nearest counting most.

    A weighted mean of what is kept, under a Gaussian as narrow as reaches it: σ doubles from one
    pixel on. With nothing kept it is the mean colour.

    Parameters
    ----------
    image : float64 (y, x, channel)
    kept : bool (y, x)
    """
    if not kept.any():
        return _mean(image)
    filled = np.where(kept[..., None], image, 0.0)
    missing, sigma = ~kept, 1.0
    while missing.any():
        weight = gaussian_filter(kept.astype(np.float64), sigma, mode="constant")
        reached = missing & (weight > FAINT)
        if reached.any():
            seen = gaussian_filter(image * kept[..., None], (sigma, sigma, 0), mode="constant")
            filled[reached] = seen[reached] / weight[reached][:, None]
            missing = missing & ~reached
        sigma *= 2
    return filled


def _mean(image: Floats) -> Floats:
    return np.broadcast_to(image.mean(axis=(0, 1)), image.shape).copy()


def _blurred(image: Floats, y: float, x: float) -> Floats:
    sigmas = (y, x, *[0.0] * (image.ndim - 2))
    blurred: Floats = gaussian_filter(image, sigmas, mode="nearest")
    return blurred


def _softly(image: Floats) -> Floats:
    sigma = max(image.shape[:2]) * BLUR
    return _blurred(image, sigma, sigma)


def _coloured(image: Floats, colour: NDArray[Any]) -> Floats:
    if image.shape[2:] != colour.shape:
        channels = image.shape[2] if image.ndim > 2 else 1
        raise InputError(
            complaint("fill", f"have a value for each of {channels} channels", colour, FIX)
        )
    return np.broadcast_to(colour.astype(np.float64), image.shape).copy()


_WORDS: dict[str, Callable[[Floats], Floats] | None] = {
    "mean": _mean,
    "blur": _softly,
    "inpaint": None,
}
