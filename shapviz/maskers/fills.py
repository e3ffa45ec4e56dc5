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
    """Return pictures with hidden pixels filled in from those kept, the nearest counting most.

    What is kept is averaged over blocks of 2×2, 4×4 and so on, and a hidden pixel takes the
    smallest blocks that hold anything, blended into their neighbours. With nothing kept it is the
    mean colour.

    Parameters
    ----------
    image : float64 (y, x, channel)
    kept : bool (m, y, x, channel)

    Returns
    -------
    float64 (m, y, x, channel)

    References
    ----------
    Gortler et al. (1996), The lumigraph, SIGGRAPH, section 3.5 (pull–push).
    """
    weight = kept.astype(np.float64)
    total = image * weight
    levels = []
    while max(total.shape[1:3]) > 1:
        levels.append((total, weight))
        total, weight = _halved(total), _halved(weight)
        colour = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
        weight = np.minimum(weight, 1.0)
        total = colour * weight
    filled: Floats = np.where(weight > 0, total, image.mean(axis=(0, 1)))
    for total, weight in reversed(levels):
        filled = total + (1.0 - weight) * _doubled(filled, total.shape[1:3])
    return filled


def _halved(array: Floats) -> Floats:
    """Sums over blocks of 2×2, (m, ⌈y/2⌉, ⌈x/2⌉, channel)."""
    m, y, x, c = array.shape
    even = np.pad(array, ((0, 0), (0, y % 2), (0, x % 2), (0, 0)))
    halves: Floats = even.reshape(m, -(-y // 2), 2, -(-x // 2), 2, c).sum(axis=(2, 4))
    return halves


def _doubled(array: Floats, shape: tuple[int, int]) -> Floats:
    """Twice as large, cut to (y, x), each side blended into its neighbours by [1 2 1] / 4."""
    large = array.repeat(2, axis=1).repeat(2, axis=2)[:, : shape[0], : shape[1]]
    for axis in (1, 2):
        wide = np.pad(large, [(1, 1) if a == axis else (0, 0) for a in range(4)], mode="edge")
        before, after = np.delete(wide, [-2, -1], axis), np.delete(wide, [0, 1], axis)
        large = (before + 2 * large + after) / 4
    return large


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
