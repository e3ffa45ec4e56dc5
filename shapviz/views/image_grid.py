"""Image grid: several samples, each with the overlay of one class, on one colour scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.labels import count
from shapviz.types import FloatArray
from shapviz.views import image_values
from shapviz.views.image import (
    ImagePanel,
    colour_limit,
    default_backdrop,
    outputs_shown,
    panel_of,
)
from shapviz.views.one_output import OneOutput, sample_position
from shapviz.views.prediction import truth_text
from shapviz.views.words import Span, say, spell, strong

__all__ = ["ImageGridCell", "ImageGridView", "image_grid"]

MOST = 60
"""Samples that one grid draws at most."""


@dataclass(frozen=True, eq=False)
class ImageGridCell:
    """One sample: the picture, its panel, and the truth where it is known.

    A name that is a number is `called` what it counts: ``Image 4``.
    """

    sample: int
    sample_name: str
    called: str
    picture: FloatArray
    panel: ImagePanel
    truth: str
    regions: NDArray[np.int32] | None
    backdrop: float


@dataclass(frozen=True, eq=False)
class ImageGridView:
    """Samples in the order asked for.

    Attributes
    ----------
    cells : tuple of ImageGridCell
    limit : float
        Symmetric end of the one colour scale.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    cells: tuple[ImageGridCell, ...]
    limit: float
    units: str
    selected: int | None

    def to_frame(self) -> pd.DataFrame:
        """Return one row per sample: name, class, prediction, sum of values, truth."""
        return pd.DataFrame(
            {
                "sample": [cell.sample_name for cell in self.cells],
                "output": [cell.panel.name for cell in self.cells],
                "prediction": [cell.panel.prediction for cell in self.cells],
                "truth": [cell.truth for cell in self.cells],
            }
        )


def image_grid(
    explanation: Explanation,
    *,
    samples: Sequence[int] | None = None,
    output: str | int | None = None,
    selected: int | str | None = None,
    max_display: int = 12,
) -> ImageGridView:
    """Return several samples beside each other, each with the overlay of one class.

    Parameters
    ----------
    explanation : Explanation
        Of images.
    samples : sequence of int, optional
        Positions, in the order to draw them. Default: the first `max_display`.
    output : str or int, optional
        The class. Default: for each sample the one that the model gives most.
    selected : int or str, optional
        The sample to mark.
    max_display : int, default 12
        Samples drawn where `samples` are not given; 60 at most.

    Raises
    ------
    InputError
        If the features are not images, there are too many or no samples, or a name is unknown.
    """
    image_values.frame(explanation)
    wanted = range(min(max_display, len(explanation))) if samples is None else samples
    if not 1 <= len(wanted) <= MOST:
        rule = f"be 1 to {MOST} samples"
        raise InputError(complaint("samples", rule, len(wanted), "Draw several grids."))
    cells = tuple(_cell(explanation, sample_position(explanation, i), output) for i in wanted)
    same = {cell.panel.name for cell in cells}
    one = explanation.has_outputs and (output is not None or len(same) == 1)
    name = cells[0].panel.quoted
    what = name if one and name else "its own class, the one that the model gives most,"
    if not explanation.has_outputs:
        what = "the prediction"
    total = len(explanation)
    return ImageGridView(
        title="Does it look at the same things in other images?",
        sentence=say(
            strong(f"{spell(len(cells)).capitalize()} images"),
            f", each with what pushed {what} ",
            Span("up", "up"),
            " or ",
            Span("down", "down"),
            ".",
        ),
        footnote=f"{count(len(cells))} of {count(total)} images. One colour scale for all, "
        "clipped at the 99th percentile.",
        cells=cells,
        limit=colour_limit([cell.panel.values for cell in cells]),
        units=explanation.units,
        selected=None if selected is None else sample_position(explanation, selected),
    )


def _cell(explanation: Explanation, i: int, output: Any) -> ImageGridCell:
    picture = image_values.picture(explanation, i)
    k = outputs_shown(explanation, i, output, 1)[0]
    panel = panel_of(explanation, i, k)
    name = explanation.sample_names[i]
    one = OneOutput(explanation, panel.name, _names(explanation))
    return ImageGridCell(
        sample=i,
        sample_name=name,
        called=f"{one.noun.capitalize()} {count(int(name))}" if name.isdecimal() else name,
        picture=picture,
        panel=panel,
        truth=truth_text(one, i) or "",
        regions=image_values.labels(explanation, i),
        backdrop=default_backdrop(picture),
    )


def _names(explanation: Explanation) -> tuple[str, ...]:
    names = explanation.output_names
    return tuple(names) if explanation.has_outputs and not isinstance(names, np.ndarray) else ()
