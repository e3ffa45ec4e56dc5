"""Image: an absent pixel is a background image's, or filled in from the picture itself."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from shapviz.background import Background, as_background
from shapviz.digests import digest, digest_of_json
from shapviz.errors import InputError, Words, complaint
from shapviz.explanation_fields import default_names
from shapviz.hierarchy import Hierarchy
from shapviz.hierarchy_makers import grid
from shapviz.labels import count
from shapviz.maskers.arrays import not_finite
from shapviz.maskers.fills import Fill, as_fill, inpainted
from shapviz.maskers.own import Records, named
from shapviz.maskers.regional import Regional, Sample
from shapviz.maskers.superpixels import as_labels, by_grid, by_slic, region_tree

__all__ = ["Image"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METHODS = ("slic", "grid")
FIX = "Scale the pictures to that size, as for training."
FEWEST = 2 / 3
"""Of the regions asked for: fewer than that are told."""


class Image(Regional):
    """Pictures whose pixels, or regions, are hidden behind others or behind themselves, blurred.

    Parameters
    ----------
    background : array of shape (b, y, x[, channel]) or Background, optional
        Pictures, one of which after the other stands where pixels are hidden. Without them the
        picture itself is filled in.
    fill : "blur", "mean", "inpaint", "blur(σ)", "blur(σ_y, σ_x)", number or one a channel
        How, where there is no background; default "blur": a Gaussian blur, σ in pixels, a sixth
        of the longer side unless given. "mean" is the picture's mean colour. "inpaint" fills from
        the pixels that are left, the nearest counting most, and from the mean colour where none
        is. Base values then differ by sample.
    superpixels : int, int array (y, x), or callable, optional
        Regions as players: so many at most, cut anew in each picture, and a warning where they
        are far fewer; labels for all pictures; or a function of a picture (y, x[, channel]) that
        returns labels (y, x). Default: every pixel of every channel is a player.
    method : "slic" or "grid", default "slic"
        How so many superpixels are cut: along edges (scikit-image, the extra "images"), or as a
        grid of rectangles.
    shape : tuple of int, optional
        Of one picture, where neither a background nor the model tells it.

    Raises
    ------
    InputError
        An unknown fill or method, a background and a fill, superpixels that are no such thing or
        more than pixels, pictures of the wrong size, or with NaN or infinities.

    Notes
    -----
    Neighbouring regions are joined into a tree, the most alike first, for Partition; pixels by
    halving the picture again and again. A hundred regions at 500 coalitions are a good start for
    pictures above some 10×10 pixels; single pixels below
    (``docs/decisions/040-players-of-pictures-texts-and-signals.md``).

    Examples
    --------
    >>> masker = Image(fill=0, superpixels=2, method="grid")
    >>> X = masker.check(np.arange(4.0).reshape(1, 2, 2))
    >>> masker.bound(X).rows(X, np.array([[False, True]])).tolist()
    [[[0.0, 1.0], [0.0, 3.0]]]
    """

    _axes = 2

    modality = "image"

    def __init__(
        self,
        background: Any = None,
        *,
        fill: str | float | Sequence[float] | None = None,
        superpixels: Any = None,
        method: str = "slic",
        shape: Sequence[int] | None = None,
    ) -> None:
        if background is not None and fill is not None:
            raise InputError(
                complaint(
                    "fill",
                    "be left out where background pictures stand for what is hidden",
                    fill,
                    "Give one of them.",
                )
            )
        known: Background | None = None if background is None else as_background(background)
        self._given = known
        self._fill: Fill | None = None if known else as_fill("blur" if fill is None else fill)
        if method not in METHODS:
            fix = "SLIC follows edges."
            raise InputError(complaint("method", "be 'slic' or 'grid'", method, fix))
        self._method = method
        self._superpixels = _checked(superpixels)
        # Shared by copies bound to samples: what was said once is not said again.
        self._said: list[int] = []
        self._named = named(superpixels) if callable(superpixels) else ""
        self._whole = superpixels is None
        if known is not None:
            shape = known.feature_shape
            _without_gaps("background", np.asarray(known.rows))
        if shape is not None:
            self._shape = _picture_shape("shape", tuple(int(side) for side in shape))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of background or filling, and of how regions are cut."""
        pixels = self._superpixels
        if isinstance(pixels, np.ndarray):
            cut: Any = digest(pixels)
        elif callable(pixels):
            cut = self._named
        else:
            cut = None if pixels is None else [pixels, self._method]
        given = self._given.digest if self._given is not None else self._fill.name  # type: ignore[union-attr]
        return digest_of_json(["image", given, cut])

    def for_model(
        self, shape: tuple[int, ...] | None, inputs: Mapping[str, tuple[int, ...]] | None
    ) -> Self:
        """The masker of pictures as the model takes them."""
        if shape is None or shape == self._shape:
            return self
        if self._shape:
            wanted = ", ".join(map(str, shape))
            raise InputError(
                complaint(
                    "background",
                    f"hold pictures of the shape the model takes, ({wanted})",
                    Words(f"shape {self._shape}"),
                    FIX,
                )
            )
        return self._with_shape(_picture_shape("model", shape))

    def bound(self, X: Any) -> Self:
        """The masker with as many places as these pictures have players, and of their size."""
        masker = self if self._shape else self._with_shape(X[0].whole.shape)
        return super(Image, masker).bound(X)

    def names(self, count: int) -> tuple[str, ...]:
        """Positions of pixels, or "region 0" and on."""
        if self._whole and count:
            return default_names(self._shape)
        return tuple(f"region {k}" for k in range(count))

    @property
    def told(self) -> dict[str, Any]:
        """The kind of sample, and how many regions were asked for."""
        asked = self._superpixels
        return {**super().told, **({"superpixels": asked} if isinstance(asked, int) else {})}

    def _with_shape(self, shape: tuple[int, ...]) -> Self:
        twin = copy.copy(self)
        twin._shape = shape
        return twin

    def _fits(self, X: NDArray[Any]) -> None:
        if self._shape and X.shape[1:] != self._shape:
            wanted = ", ".join(map(str, self._shape))
            fix = "Pass X[None] to explain one picture." if X.shape == self._shape else FIX
            rule = f"be pictures of the background's or the model's size, (n, {wanted})"
            raise InputError(complaint("X", rule, X, fix))
        if X.ndim not in (3, 4) or 0 in X.shape[1:]:
            rule = "be pictures, shape (n, y, x) or (n, y, x, channel)"
            raise InputError(complaint("X", rule, X, "Pass X[None] to explain one picture."))
        pixels = X.shape[1] * X.shape[2]
        if isinstance(self._superpixels, int) and self._superpixels > pixels:
            got = Words(f"{self._superpixels} of pictures with {count(pixels)} pixels")
            fix = "Ask for fewer, or leave it out: then every pixel is a player."
            rule = "be no more regions than a picture has pixels"
            raise InputError(complaint("superpixels", rule, got, fix))
        _without_gaps("X", X)

    def check(self, X: Any) -> Records:
        """Return pictures as records; InputError where they do not fit.

        Warns, once a masker, where pictures are cut into far fewer regions than asked for.
        """
        records = super().check(X)
        asked = self._superpixels
        if isinstance(asked, int) and not self._said:
            found = [record.players for record in records]
            if min(found) < FEWEST * asked:
                self._said.append(asked)
                _warn_of_few(asked, found)
        return records

    def _read(self, sample: NDArray[Any]) -> Sample:
        shape = sample.shape
        absent = self._absent(sample)
        if self._whole:
            count = sample.size
            return Sample(sample, np.arange(count), count, absent, lambda: _halved(shape))
        labels = self._labels(sample)
        owner = np.repeat(labels.reshape(-1), sample.size // labels.size)
        players = int(labels.max()) + 1

        def tree() -> Hierarchy:
            return region_tree(sample.astype(np.float64), labels)

        return Sample(sample, owner, players, absent, tree)

    def _labels(self, picture: NDArray[Any]) -> Ints:
        pixels, sides = self._superpixels, (picture.shape[0], picture.shape[1])
        if isinstance(pixels, int):
            if self._method == "grid":
                return by_grid(sides, pixels)
            return by_slic(picture.astype(np.float64), pixels)
        return as_labels(pixels(picture) if callable(pixels) else pixels, sides)

    def _absent(self, picture: NDArray[Any]) -> Any:
        if self._fill is None:
            return self.base_rows
        if self._fill.make is not None:
            return _typed(self._fill.make(picture.astype(np.float64)), picture)[None]

        def filled(kept: NDArray[np.bool_]) -> NDArray[Any]:
            return _inpainted(picture, kept)

        return filled


@lru_cache(maxsize=4)
def _halved(shape: tuple[int, ...]) -> Hierarchy:
    return grid(shape)


def _inpainted(picture: NDArray[Any], kept: NDArray[np.bool_]) -> NDArray[Any]:
    """Masked pictures (m, \\*shape) of the entries kept, (m, entries)."""
    deep = picture.astype(np.float64).reshape(*picture.shape[:2], -1)
    rows = inpainted(deep, kept.reshape(len(kept), *deep.shape))
    return _typed(rows.reshape(-1, *picture.shape), picture)


def _typed(filled: Floats, like: NDArray[Any]) -> NDArray[Any]:
    """The filled picture in the type of the picture's pixels."""
    if like.dtype.kind == "f":
        return filled.astype(like.dtype)
    return np.rint(filled).astype(like.dtype)


def _without_gaps(name: str, pictures: NDArray[Any]) -> None:
    """InputError where a pixel is no number: blurs and means would spread it over the picture."""
    where = not_finite(pictures)
    if where:
        rule = "hold finite numbers, a number for each pixel"
        got = Words(where)
        fix = "Fill them in first, as np.where(np.isfinite(X), X, 0) does, or leave that one out."
        raise InputError(complaint(name, rule, got, fix))


def _warn_of_few(asked: int, found: Sequence[int]) -> None:
    few = sum(players < FEWEST * asked for players in found)
    got = Words(f"{min(found)} in the picture with the fewest, too few in {few} of {len(found)}")
    fix = "Its values are of larger regions. Ask for fewer, or use method='grid'."
    rule = f"be a number of regions that the pictures can be cut into, near {asked}"
    warnings.warn(complaint("superpixels", rule, got, fix), UserWarning, stacklevel=2)


def _checked(superpixels: Any) -> int | NDArray[Any] | Callable[[Any], Any] | None:
    if superpixels is None or callable(superpixels):
        return superpixels  # type: ignore[no-any-return]
    if isinstance(superpixels, int | np.integer) and not isinstance(superpixels, bool):
        if superpixels >= 2:
            return int(superpixels)
    elif np.ndim(superpixels) == 2:
        return np.asarray(superpixels)
    rule = "be at least 2, labels of shape (y, x), or a function that returns them"
    raise InputError(complaint("superpixels", rule, superpixels, "100 is a common choice."))


def _picture_shape(name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) not in (2, 3) or min(shape) < 1:
        rule = "be of pictures, shape (y, x) or (y, x, channel)"
        raise InputError(complaint(name, rule, Words(str(shape)), FIX))
    return shape
