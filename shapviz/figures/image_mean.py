"""Image mean: the frame, darker where |SHAP values| are large over all samples, class by class."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.image import key_figure
from shapviz.figures.image_cells import BELOW, KEY_ROW, TOP, Grid, on_axes
from shapviz.figures.image_pixels import reduced
from shapviz.figures.layout import colour_key, key_text, layout, note
from shapviz.figures.points import drawn, hover_units, packed, positions, still
from shapviz.figures.text import safe, width
from shapviz.figures.theme import Theme, as_theme, blend
from shapviz.labels import value_name
from shapviz.views.image_mean import ImageMeanPanel, ImageMeanView
from shapviz.views.words import amount_text, called, headed, said_units

__all__ = ["image_mean", "image_mean_key"]

COLUMNS, TALL = 7, 104
KEY, STEPS = 180, 40
SIDE = 128
"""Pixels a side drawn at most."""


def image_mean(
    of: Explanation | ImageMeanView,
    *,
    theme: str | Theme = "light",
    columns: int = COLUMNS,
    tall: float = TALL,
    panel: int | None = None,
    **options: Any,
) -> go.Figure:
    """Return mean |SHAP value| over the frame, one panel a class.

    Parameters
    ----------
    of : Explanation or ImageMeanView
    theme : {"light", "dark"} or Theme
    columns : int, default 7
    tall : float, default 104
        Height of a panel in pixels.
    panel : int, optional
        Only this class, without the colour key (`image_mean_key`): for figures that stand beside
        each other and wrap.
    **options
        Of `views.image_mean`: ``output``, ``max_display``.
    """
    view = views.image_mean(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    panels = view.panels if panel is None else view.panels[panel : panel + 1]
    columns = columns if panel is None else 1
    rows = -(-len(panels) // columns)
    grid = Grid(columns, rows, tall, view.units, look)
    shape = view.panels[0].means.shape
    scale = [[0.0, look.panel], [1.0, look.accent]]
    axes: dict[str, Any] = {}
    data: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for k, each in enumerate(panels):
        axes |= grid.axes(k, shape)
        notes += grid.captions(k, headed(each.name, view.units), "")
        data += [_means(view, each, scale) | on_axes(k), _points(view, each) | on_axes(k)]
    rectangles, texts = _key(view, look, -(BELOW + KEY_ROW - 12)) if panel is None else ([], [])
    below = BELOW + KEY_ROW if panel is None else 1
    return go.Figure(
        data=data,
        layout=layout(
            look,
            height=rows * (TOP + tall + BELOW) - BELOW + below,
            left=1,
            right=1,
            top=TOP,
            bottom=below,
            **axes,
            shapes=[*(grid.frame(k) for k in range(len(panels))), *rectangles],
            annotations=[*notes, *texts],
        ),
    )


def _means(view: ImageMeanView, panel: ImageMeanPanel, scale: list[Any]) -> dict[str, Any]:
    shown = reduced(panel.means, SIDE)
    (height, wide), (rows, columns) = panel.means.shape, shown.shape
    dy, dx = height / rows, wide / columns
    return {
        "type": "heatmap",
        "z": packed(drawn(shown, view.units)),
        "x0": (dx - 1) / 2, "dx": dx, "y0": (dy - 1) / 2, "dy": dy,
        "zmin": 0.0,
        "zmax": float(drawn(view.limit, view.units)) or 1.0,
        "colorscale": scale,
        "showscale": False,
        "hoverinfo": "skip",
    }  # fmt: skip


def _points(view: ImageMeanView, panel: ImageMeanPanel) -> dict[str, Any]:
    """Points nobody sees, one a block: they carry the sample that the block mattered most in."""
    middles = [(edges[:-1] + edges[1:] - 1) / 2 for edges in view.edges]
    y, x = np.meshgrid(*middles, indexing="ij")
    name = f"<b>{safe(called(panel.name, view.units))}</b><br>" if panel.name else ""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": packed(x.ravel()),
        "y": packed(y.ravel()),
        "text": [amount_text(float(size), view.units) for size in panel.blocks.ravel()],
        "hovertext": [safe(view.sample_names[i]) for i in panel.strongest.ravel()],
        "customdata": positions(panel.strongest.ravel()),
        "marker": {"size": 14, "opacity": 0, "symbol": "square", "color": "#8A857B"},
        "hovertemplate": f"{name}mean |{value_name(view.units)}| %{{text}}"
        f"{'' if view.units == 'probability' else hover_units(view.units)}"
        f"<br>most in {safe(view.noun)} %{{hovertext}}<extra></extra>",
        **still(0.0),
    }


def image_mean_key(view: ImageMeanView, *, theme: str | Theme = "light") -> go.Figure:
    """Return the colour key alone, to stand under panels drawn one by one."""
    look = as_theme(theme)
    rectangles, texts = _key(view, look, 0)
    return key_figure(look, rectangles, texts)


def _key(
    view: ImageMeanView, look: Theme, drop: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    place = {
        "x": 0, "xref": "paper", "xanchor": "left", "y": 0, "yref": "paper",
        "yanchor": "middle", "yshift": drop,
    }  # fmt: skip
    start = width("0") + 10
    units = said_units(view.units)
    most = f"{amount_text(view.limit, view.units)}, mean |{value_name(view.units)}|"
    if units and view.units != "probability":
        most += f" in {units}"
    texts = [
        note(key_text("0", look), **place),
        note(key_text(most, look), **place, xshift=start + KEY + 6),
    ]
    steps = [blend(look.panel, look.accent, k / (STEPS - 1)) for k in range(STEPS)]
    return colour_key(steps, x=0, y=0, shift=start, drop=drop, length=KEY, thick=10), texts
