"""Image grid: samples beside each other, each picture a click from its prediction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.image import cells_figure
from shapviz.figures.image_cells import Cell, on_axes
from shapviz.figures.points import positions, still
from shapviz.figures.text import safe
from shapviz.figures.theme import Theme, as_theme
from shapviz.views.image import ink
from shapviz.views.image_grid import ImageGridCell, ImageGridView

__all__ = ["image_grid"]

PAIRS, TALL = 4, 96
"""Samples in a row, each with its overlay; height of a picture in pixels."""


def image_grid(
    of: Explanation | ImageGridView,
    *,
    theme: str | Theme = "light",
    columns: int = PAIRS,
    tall: float = TALL,
    part: tuple[int, int] | None = None,
    **options: Any,
) -> go.Figure:
    """Return samples with their overlays, in rows.

    Parameters
    ----------
    of : Explanation or ImageGridView
    theme : {"light", "dark"} or Theme
    columns : int, default 4
        Samples in a row.
    tall : float, default 96
        Height of a picture in pixels.
    part : (int, int), optional
        Only the samples from one place up to before another, without the colour key: for figures
        that stand beside each other and wrap.
    **options
        Of `views.image_grid`: ``samples``, ``output``, ``selected``, ``max_display``.
    """
    view = views.image_grid(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    shown = view.cells if part is None else view.cells[slice(*part)]
    cells: list[Cell] = []
    for cell in shown:
        cells += _pair(cell, view)
    marks = [_mark(2 * k + half, cell) for k, cell in enumerate(shown) for half in (0, 1)]
    return cells_figure(
        cells,
        look,
        view.limit,
        view.units,
        2 * columns,
        tall,
        marks,
        selected=_selected(shown, view.selected),
        is_keyed=part is None,
    )


def _selected(cells: Sequence[ImageGridCell], sample: int | None) -> frozenset[int]:
    at = [k for k, cell in enumerate(cells) if cell.sample == sample]
    return frozenset(2 * k + half for k in at for half in (0, 1))


def _pair(cell: ImageGridCell, view: ImageGridView) -> tuple[Cell, Cell]:
    truth = f"is {cell.truth}" if cell.truth else ""
    panel = cell.panel
    # Where all show the same output, the sentence has named it.
    several = len({each.panel.name for each in view.cells}) > 1
    name = f" {panel.called}" if several and panel.name else ""
    given = Cell(cell.called, truth, cell.picture)
    over = Cell(
        head="",
        foot=f"{panel.prediction_text}{name}",
        picture=cell.picture,
        values=panel.values,
        unclear=panel.unclear,
        limit=view.limit,
        ink=ink(cell.picture),
        backdrop=cell.backdrop,
        is_told=False,
    )
    return given, over


def _mark(k: int, cell: ImageGridCell) -> dict[str, Any]:
    """A point nobody sees over a whole picture: it carries the sample and its hover label."""
    height, width = cell.picture.shape[:2]
    panel = cell.panel
    read = f"{panel.prediction_text} {panel.called}" if panel.name else panel.prediction_text
    lines = [f"<b>{safe(cell.called)}</b>", f"prediction {safe(read)}"]
    lines += [f"truth {safe(cell.truth)}"] if cell.truth else []
    # Nine points: wherever the pointer is, one is near enough to be clicked.
    y, x = np.meshgrid(*(np.linspace(side / 6, side * 5 / 6, 3) - 0.5 for side in (height, width)))
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x.ravel().tolist(),
        "y": y.ravel().tolist(),
        "marker": {"size": 34, "symbol": "square", "opacity": 0, "color": "#8A857B"},
        "customdata": positions(np.full(9, cell.sample)),
        "hovertemplate": "<br>".join(lines) + "<extra></extra>",
        **still(0.0),
        **on_axes(k),
    }
