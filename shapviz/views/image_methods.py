"""Image methods: one sample, a row for each explainer, a column for each class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import InputError, Words, complaint
from shapviz.explanation import Explanation
from shapviz.types import Array, FloatArray
from shapviz.views import image_values
from shapviz.views.checks import at_least_one
from shapviz.views.image import ImagePanel, colour_limit, default_backdrop, outputs_shown, panel_of
from shapviz.views.one_output import sample_position
from shapviz.views.words import Span, say, spell, strong

__all__ = ["ImageMethod", "ImageMethodsView", "image_methods"]


@dataclass(frozen=True, eq=False)
class ImageMethod:
    """One explainer's row: its panels, where its colours end, its regions if it has any."""

    name: str
    panels: tuple[ImagePanel, ...]
    limit: float
    regions: NDArray[np.int32] | None


@dataclass(frozen=True, eq=False)
class ImageMethodsView:
    """One sample under several explainers.

    Attributes
    ----------
    picture : float array of shape (h, w) or (h, w, 3)
    rows : tuple of ImageMethod
        Panels of all rows are of the same classes.
    agreement : float or None
        Mean correlation of two rows' overlays of the first class; None for one row.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    sample: int
    picture: FloatArray
    rows: tuple[ImageMethod, ...]
    units: str
    backdrop: float
    agreement: float | None

    def to_frame(self) -> pd.DataFrame:
        """Return one row per explainer and class: prediction, where its colours end."""
        return pd.DataFrame(
            [
                (row.name, panel.name, panel.prediction, row.limit)
                for row in self.rows
                for panel in row.panels
            ],
            columns=["explainer", "output", "prediction", "limit"],
        )


def image_methods(
    explanations: Mapping[str, Explanation],
    sample: int | str = 0,
    *,
    output: str | int | None = None,
    max_display: int = 4,
) -> ImageMethodsView:
    """Return one image as several explainers see it.

    Parameters
    ----------
    explanations : mapping of str to Explanation
        What each is called; of the same images in the same order, with the same outputs.
    sample : int or str, default 0
        Position or name.
    output : str or int, optional
        The class that comes first. Default: the largest prediction.
    max_display : int, default 4
        Classes shown at most, by the first explanation's predictions.

    Raises
    ------
    InputError
        If there is no explanation, or they are of different images or outputs.
    """
    at_least_one("max_display", max_display)
    if not explanations:
        rule = "hold one explanation at least"
        raise InputError(complaint("explanations", rule, 0, "Give one a name: {'Deep': e}."))
    names, every = list(explanations), list(explanations.values())
    first = every[0]
    for name, other in explanations.items():
        _fits(name, other, first)
    i = sample_position(first, sample)
    picture = image_values.picture(first, i)
    positions = outputs_shown(first, i, output, max_display, max_display - 1)
    rows = []
    for name, one in zip(names, every, strict=True):
        panels = tuple(panel_of(one, i, k) for k in positions)
        limit = colour_limit([panel.values for panel in panels])
        rows.append(ImageMethod(name, panels, limit, image_values.labels(one, i)))
    agreement = _agreement(rows)
    return ImageMethodsView(
        title="Do other explainers see the same?",
        sentence=_sentence(rows, agreement),
        footnote="Each row has its own colour scale, clipped at the 99th percentile: a "
        "region\u2019s value is as large as those of all its pixels together. Correlation over "
        "regions where one of two explainers has them, else over pixels.",
        sample=i,
        picture=picture,
        rows=tuple(rows),
        units=first.units,
        backdrop=default_backdrop(picture),
        agreement=agreement,
    )


def _fits(name: str, other: Explanation, first: Explanation) -> None:
    same = (
        len(other) == len(first)
        and image_values.frame(other) == image_values.frame(first)
        and other.predictions.shape == first.predictions.shape
    )
    if not same:
        height, width = image_values.frame(other)
        raise InputError(
            complaint(
                "explanations",
                "be of the same images and outputs",
                Words(
                    f"{len(other)} images of {height} \u00d7 {width} pixels in \u201c{name}\u201d"
                ),
                "Compare explanations of one model on the same samples.",
            )
        )


def _agreement(rows: list[ImageMethod]) -> float | None:
    found = []
    for k, one in enumerate(rows):
        for other in rows[:k]:
            cut = one.regions if one.regions is not None else other.regions
            a, b = _by_region(one, cut), _by_region(other, cut)
            if a.std() > 0 and b.std() > 0:
                found.append(float(np.corrcoef(a, b)[0, 1]))
    return float(np.mean(found)) if found else None


def _by_region(row: ImageMethod, cut: NDArray[np.int32] | None) -> FloatArray:
    """A row's values of its first class, shared out among pixels and summed by region."""
    values = row.panels[0].values
    if row.regions is not None:
        values = values / np.bincount(row.regions[row.regions >= 0])[np.maximum(row.regions, 0)]
    if cut is None:
        return values.ravel()
    sums: Array = np.bincount(np.maximum(cut, 0).ravel(), values.ravel())
    return np.asarray(sums, dtype=np.float64)


def _sentence(rows: list[ImageMethod], agreement: float | None) -> tuple[Span, ...]:
    if agreement is None:
        return say(strong(rows[0].name), " is the only one here.")
    how = next(words for least, words in AGREEMENT if agreement >= least)
    return say(
        strong(f"{spell(len(rows)).capitalize()} explainers {how}"),
        f": their overlays of {rows[0].panels[0].quoted} correlate by "
        if rows[0].panels[0].name
        else ": their overlays correlate by ",
        strong(f"{agreement:.2f}".replace("-", "\u2212")),
        " on average." if len(rows) > 2 else ".",
    )


AGREEMENT = (
    (0.7, "see much the same"),
    (0.4, "agree in part"),
    (-2.0, "see different things"),
)
"""From which correlation on which words."""
