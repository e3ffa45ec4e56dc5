"""Image: the input first, then one overlay a class, all on one colour scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.layout import colour_key, layout, note
from shapviz.figures.png import data_uri
from shapviz.figures.points import drawn, effect_format, hover_units, packed
from shapviz.figures.text import bold, coloured, safe, width
from shapviz.figures.theme import Theme, as_theme, blend
from shapviz.labels import shorten, value_name
from shapviz.types import Array, FloatArray
from shapviz.views.image import ImagePanel, ImageView, outline
from shapviz.views.words import effect_text, said_units

__all__ = ["image", "picture_pixels"]

PICTURE, TOP, BELOW, KEY_ROW = 120, 26, 24, 34
KEY = 180
GAP = 0.14
"""Space between pictures as a share of a picture and its gap."""
EXACT = 64 * 64
"""Up to this many pixels a panel carries exact numbers for the hover label."""


def image(
    of: Explanation | ImageView, *, theme: str | Theme = "light", **options: Any
) -> go.Figure:
    """Return the input and its overlays side by side.

    Parameters
    ----------
    of : Explanation or ImageView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.image`: ``sample``, ``output``, ``max_display``.
    """
    view = views.image(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    # A few panels keep the size they have among seven.
    cells = max(len(view.panels) + 1, 7)
    data: list[dict[str, Any]] = [_input(view, look)]
    axes: dict[str, Any] = {}
    notes: list[dict[str, Any]] = []
    frames = []
    height, wide = view.picture.shape[:2]
    heads = [("Input", f"{height} \u00d7 {wide} px")]
    heads += [(_head(panel), panel.prediction_text) for panel in view.panels]
    for k, (head, foot) in enumerate(heads):
        axes |= _axes(k, cells, (height, wide))
        notes += _captions(k, head, foot, look)
        frames.append(_frame(k, look))
    for k, panel in enumerate(view.panels, start=1):
        data.append(_overlay(view, panel, k, look))
        data += _outline(view, k, look)
    rectangles, texts = _key(view, look)
    return go.Figure(
        data=data,
        layout=layout(
            look,
            height=TOP + PICTURE + BELOW + KEY_ROW,
            left=1,
            right=1,
            top=TOP,
            bottom=BELOW + KEY_ROW,
            **axes,
            shapes=[*frames, *rectangles],
            annotations=[*notes, *texts],
        ),
    )


def _suffix(k: int) -> str:
    return "" if k == 0 else str(k + 1)


def _axes(k: int, cells: int, shape: tuple[int, int]) -> dict[str, Any]:
    start = k / cells
    name = _suffix(k)
    hidden = {"visible": False, "fixedrange": True, "constrain": "domain"}
    return {
        f"xaxis{name}": {
            **hidden,
            "domain": [start, start + (1 - GAP) / cells],
            "range": [-0.5, shape[1] - 0.5],
            "anchor": f"y{name}",
        },
        f"yaxis{name}": {
            **hidden,
            "domain": [0, 1],
            "range": [shape[0] - 0.5, -0.5],
            "anchor": f"x{name}",
            "scaleanchor": f"x{name}",
            "constraintoward": "top",
        },
    }


def _on(k: int) -> dict[str, str]:
    return {"xaxis": f"x{_suffix(k)}", "yaxis": f"y{_suffix(k)}"}


def picture_pixels(picture: FloatArray, look: Theme) -> Array:
    """Return a picture as (h, w, 3) bytes: RGB as it is, grey from panel to ink.

    A drawing (most of it one background) gets its ink in the theme's; a photograph stays black
    to white.
    """
    if picture.ndim == 3:
        return np.round(picture * 255).astype(np.uint8)
    edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    background = float(np.median(edge))
    drawing = min(background, 1 - background) < 0.1
    share = np.abs(picture - background) if drawing else picture
    low, high = (look.panel, look.ink) if drawing else ("#000000", "#FFFFFF")
    ends = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (low, high)], dtype=float)
    mixed = ends[0] + (ends[1] - ends[0]) * share[..., None]
    return np.round(mixed).astype(np.uint8)


def _input(view: ImageView, look: Theme) -> dict[str, Any]:
    return {
        "type": "image",
        "source": data_uri(picture_pixels(view.picture, look)),
        "hoverinfo": "skip",
        **_on(0),
    }


def _overlay(view: ImageView, panel: ImagePanel, k: int, look: Theme) -> dict[str, Any]:
    limit = float(drawn(view.limit, view.units))
    trace: dict[str, Any] = {
        "type": "heatmap",
        "zmin": -limit,
        "zmax": limit,
        "z": packed(drawn(panel.values, view.units)),
        "colorscale": look.diverging_scale(),
        "showscale": False,
        "zhoverformat": effect_format(view.units, 3),
        **_on(k),
    }
    if panel.values.size > EXACT:
        steps = np.clip(np.round(panel.values / (view.limit or 1.0) * 127), -127, 127)
        return {**trace, "z": steps.astype(np.int8), "zmin": -127, "zmax": 127, "hoverinfo": "skip"}
    units = hover_units(view.units)
    name = f"<b>{safe(panel.name)}</b><br>" if panel.name else ""
    trace["hovertemplate"] = (
        f"{name}{value_name(view.units)} %{{z}}{units}<br>row %{{y}}, column %{{x}}<extra></extra>"
    )
    return trace


def _outline(view: ImageView, k: int, look: Theme) -> list[dict[str, Any]]:
    if view.picture.ndim == 3 or view.outline.size > EXACT:
        return []
    segments = outline(view.outline)
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [x for x0, _, x1, _ in segments for x in (x0, x1, None)],
            "y": [y for _, y0, _, y1 in segments for y in (y0, y1, None)],
            "line": {"color": look.ink, "width": 1.2},
            "hoverinfo": "skip",
            **_on(k),
        }
    ]


def _head(panel: ImagePanel) -> str:
    return f"\u201c{shorten(panel.name, 12)}\u201d" if panel.name else "Output"


def _captions(k: int, head: str, foot: str, look: Theme) -> list[dict[str, Any]]:
    place = {
        "xref": f"x{_suffix(k)} domain", "yref": f"y{_suffix(k)} domain", "x": 0.5,
        "xanchor": "center",
    }  # fmt: skip
    return [
        note(bold(safe(head)), **place, y=1, yanchor="bottom", yshift=2),
        note(safe(foot), **place, y=0, yanchor="top", yshift=-2, font={"color": look.muted}),
    ]


def _frame(k: int, look: Theme) -> dict[str, Any]:
    return {
        "type": "rect", "xref": f"x{_suffix(k)} domain", "yref": f"y{_suffix(k)} domain",
        "x0": 0, "x1": 1, "y0": 0, "y1": 1, "line": {"color": look.border, "width": 1},
    }  # fmt: skip


def _key(view: ImageView, look: Theme) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    low = f"pushes down {effect_text(-view.limit, view.units)}"
    high = f"{effect_text(view.limit, view.units)} pushes up"
    drop = -(BELOW + KEY_ROW - 12)
    start = width(low) + 12
    place = {
        "x": 0, "xref": "paper", "xanchor": "left", "y": 0, "yref": "paper",
        "yanchor": "middle", "yshift": drop,
    }  # fmt: skip
    units = safe(said_units(view.units)) or value_name(view.units)
    end = start + KEY
    texts = [
        note(coloured(safe(low), look.down_text), **place),
        note(coloured(safe(high), look.up_text), **place, xshift=end + 6),
        note(units, **place, xshift=end + 6 + width(high) + 14, font={"color": look.muted}),
    ]
    half = 30
    steps = [blend(look.page, look.down, 1 - k / half) for k in range(half)]
    steps += [blend(look.page, look.up, (k + 1) / half) for k in range(half)]
    return colour_key(steps, x=0, y=0, shift=start, drop=drop, length=KEY, thick=10), texts
