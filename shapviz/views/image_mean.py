"""Image mean: which parts of the frame decide, over all samples, class by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapviz.explanation import Explanation
from shapviz.labels import count, several
from shapviz.types import FloatArray, IntArray
from shapviz.views import image_values
from shapviz.views.checks import at_least_one
from shapviz.views.image import output_name, outputs_shown
from shapviz.views.image_places import PLACES
from shapviz.views.words import Span, say, share, spell, strong

__all__ = ["ImageMeanPanel", "ImageMeanView", "image_mean"]

BLOCKS = 8
"""Parts a side for which the strongest sample is known."""


@dataclass(frozen=True, eq=False)
class ImageMeanPanel:
    """One class.

    Attributes
    ----------
    output : int
    name : str
    means : float array of shape (h, w)
        Mean over samples of |value| at each pixel, or of the region that holds it.
    strongest : int array of shape (rows, columns)
        For each block of the frame the sample with the largest mean |value| in it.
    blocks : float array of shape (rows, columns)
        Mean of `means` in each block.
    """

    output: int
    name: str
    means: FloatArray
    strongest: IntArray
    blocks: FloatArray


@dataclass(frozen=True, eq=False)
class ImageMeanView:
    """Panels by class, as the model orders them.

    Attributes
    ----------
    panels : tuple of ImageMeanPanel
    limit : float
        Largest mean over all panels.
    edges : (int array, int array)
        Where blocks begin and end: rows, columns.
    by_region : bool
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    panels: tuple[ImageMeanPanel, ...]
    limit: float
    edges: tuple[IntArray, IntArray]
    units: str
    by_region: bool
    noun: str
    sample_names: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per pixel and class: class, y, x, mean |SHAP value|."""
        y, x = np.indices(self.panels[0].means.shape)
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "output": panel.name,
                        "y": y.ravel(),
                        "x": x.ravel(),
                        "mean_abs": panel.means.ravel(),
                    }
                )
                for panel in self.panels
            ],
            ignore_index=True,
        )


def image_mean(
    explanation: Explanation, *, output: str | int | None = None, max_display: int = 10
) -> ImageMeanView:
    """Return mean |SHAP value| over the frame, for each class.

    Parameters
    ----------
    explanation : Explanation
        Of images of one size.
    output : str or int, optional
        Only this class.
    max_display : int, default 10
        Classes shown at most, in the model's order.

    Raises
    ------
    InputError
        If the features are not images or a name is unknown.
    """
    at_least_one("max_display", max_display)
    shape = image_values.frame(explanation)
    edges = tuple(_edges(side) for side in shape)
    if output is not None:
        positions = outputs_shown(explanation, 0, output, 1)
    elif explanation.has_outputs:
        positions = tuple(range(min(explanation.values.shape[-1], max_display)))
    else:
        positions = (None,)
    panels = tuple(_panel(explanation, k, (edges[0], edges[1])) for k in positions)
    count = explanation.values.shape[-1] if explanation.has_outputs else 1
    by_region = explanation.regions is not None
    noun = str(explanation.provenance.get("sample_noun", "image"))
    return ImageMeanView(
        title="Which parts of the frame matter over all images?",
        sentence=_sentence(panels, len(explanation)),
        footnote=_footnote(len(panels), count, len(explanation), by_region, noun),
        panels=panels,
        limit=max(float(panel.means.max()) for panel in panels),
        edges=(edges[0], edges[1]),
        units=explanation.units,
        by_region=by_region,
        noun=noun,
        sample_names=explanation.sample_names,
    )


def _edges(side: int) -> IntArray:
    return np.unique(np.linspace(0, side, min(BLOCKS, side) + 1).round().astype(np.int64))


def _panel(
    explanation: Explanation, k: int | None, edges: tuple[IntArray, IntArray]
) -> ImageMeanPanel:
    shape = (int(edges[0][-1]), int(edges[1][-1]))
    total = np.zeros(shape)
    rows, columns = len(edges[0]) - 1, len(edges[1]) - 1
    area = np.outer(np.diff(edges[0]), np.diff(edges[1])).astype(np.float64)
    largest, strongest = np.full((rows, columns), -1.0), np.zeros((rows, columns), dtype=np.int64)
    # One sample after the other: all overlays at once need not fit in memory.
    for i in range(len(explanation)):
        sizes = np.abs(image_values.overlay(explanation, i, k))
        total += sizes
        sums = np.add.reduceat(np.add.reduceat(sizes, edges[0][:-1]), edges[1][:-1], axis=1)
        larger = sums > largest
        largest[larger], strongest[larger] = sums[larger], i
    means = total / len(explanation)
    sums = np.add.reduceat(np.add.reduceat(means, edges[0][:-1]), edges[1][:-1], axis=1)
    return ImageMeanPanel(
        output=0 if k is None else k,
        name=_name(explanation, k),
        means=means,
        strongest=strongest,
        blocks=sums / area,
    )


def _name(explanation: Explanation, k: int | None) -> str:
    if isinstance(explanation.output_names, np.ndarray):
        return f"class {(k or 0) + 1} of each"
    return output_name(explanation, 0, k)


def _sentence(panels: tuple[ImageMeanPanel, ...], n: int) -> tuple[Span, ...]:
    means = np.mean([panel.means for panel in panels], axis=0)
    over = f"Over {count(n)} images" if n > 1 else "In this one image"
    total = float(means.sum())
    if total == 0 or min(means.shape) < 3:
        return say(f"{over} no part of the frame stands out.")
    thirds = [np.array_split(row, 3, axis=1) for row in np.array_split(means, 3)]
    shares = np.array([part.sum() for row in thirds for part in row]) / total
    best = int(np.argmax(shares))
    return say(
        f"{over} the ",
        strong(PLACES[best]),
        f" of the frame carries most: {share(float(shares[best]))} of all |SHAP values|, where an "
        "even spread would give 11%.",
    )


def _footnote(shown: int, count: int, n: int, by_region: bool, noun: str) -> str:
    which = f"{spell(shown).capitalize()} of {count} classes. " if count > shown else ""
    what = "the region that holds each pixel" if by_region else "each pixel"
    return (
        f"{which}Mean |SHAP value| of {what} over {several(n, noun)}, one scale for all panels. "
        f"A click on a place opens the {noun} in which it mattered most."
    )
