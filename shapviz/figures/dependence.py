"""Dependence: scatter with trend above, histogram below, one x axis under both."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.layout import (
    colour_key,
    hline,
    key_text,
    layout,
    note,
    numbers,
    tick_texts,
    ticks,
)
from shapviz.figures.points import effect_format
from shapviz.figures.scatter import cloud, left_for, ring_of, trend_traces, x_axis, x_range, y_range
from shapviz.figures.text import bold, safe, width
from shapviz.figures.theme import Theme, as_theme, fade
from shapviz.labels import number, shorten, value_name
from shapviz.views.dependence import DependenceView
from shapviz.views.words import said_units

__all__ = ["dependence"]

HEIGHT, TOP, BOTTOM = 470, 38, 44
LONG_TICKS = 96
SCATTER, HISTOGRAM = 0.83, 0.12
KEY = 130


def dependence(
    of: Explanation | DependenceView, *, theme: str | Theme = "light", **options: Any
) -> go.Figure:
    """Return a feature's SHAP value against its value, with trend and histogram.

    Each point carries its sample's position as customdata. The axes can be zoomed.

    Parameters
    ----------
    of : Explanation or DependenceView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.dependence`.
    """
    view = views.dependence(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    low, high = y_range(view)
    at = ticks(low, high, about=5.5)
    texts = tick_texts(at, plus=True)
    bottom = LONG_TICKS if len(view.categories) > 8 else BOTTOM
    left = left_for(texts)
    rectangles, labels = _key(view, look)
    return go.Figure(
        data=[
            *cloud(view, look, size=6, opacity=0.85),
            *trend_traces(view, look),
            *ring_of(view, look),
            _histogram(view, look),
        ],
        layout=layout(
            look,
            height=HEIGHT + bottom - BOTTOM,
            left=left,
            top=TOP,
            bottom=bottom,
            dragmode="zoom",
            bargap=0,
            xaxis={**x_axis(view), "range": x_range(view), "anchor": "y2"},
            yaxis={
                "domain": [1 - SCATTER, 1],
                "range": [low, high],
                "tickvals": at,
                "ticktext": texts,
                "hoverformat": effect_format(view.units),
            },
            yaxis2={
                "domain": [0, HISTOGRAM],
                "anchor": "x",
                "fixedrange": True,
                "rangemode": "tozero",
                "visible": False,
            },
            shapes=[hline(0.0, 0, 1, look.zero, xref="paper", opacity=0.55), *rectangles],
            annotations=[*_heads(view, left), *labels, _corner(view, look)],
        ),
    )


def _heads(view: DependenceView, left: float) -> list[dict[str, Any]]:
    units = f" ({safe(said_units(view.units))})" if view.units else ""
    name = bold(value_name(view.units))
    return [
        note(
            f"{name}{units}", x=0, xref="paper", xanchor="left", xshift=-left,
            y=1, yref="paper", yanchor="bottom", yshift=10,
        )
    ]  # fmt: skip


def _corner(view: DependenceView, look: Theme) -> dict[str, Any]:
    """Return the histogram's label, in its corner, or above it where bars fill the corner."""
    last = view.counts[-max(1, view.counts.size // 4) :]
    full = int(last.max()) > 0.5 * int(view.counts.max())
    return note(
        "how many samples", x=1, xref="paper", xanchor="right", y=HISTOGRAM, yref="paper",
        yanchor="bottom" if full else "top", font={"color": look.muted},
    )  # fmt: skip


def _key(view: DependenceView, look: Theme) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the colour key at the right of the head, named after the partner."""
    if view.colour is None or view.colour_limits is None:
        return [], []
    low, high = (number(limit) for limit in view.colour_limits)
    name = shorten(view.partner_name, 20)
    end = width(high) + 6
    start = -(end + KEY)
    place = {
        "x": 1, "xref": "paper", "xanchor": "right", "y": 1, "yref": "paper",
        "yanchor": "middle", "yshift": 20,
    }  # fmt: skip
    texts = [
        note(key_text(high, look), **place),
        note(f"{safe(name)} {key_text(low, look)}", **place, xshift=start - 8),
    ]
    if name != view.partner_name:
        texts[1]["hovertext"] = safe(view.partner_name)
    shapes = colour_key(look.sequential_steps(65), x=1, y=1, shift=start, drop=20, length=KEY)
    return shapes, texts


def _histogram(view: DependenceView, look: Theme) -> dict[str, Any]:
    edges, counts = view.edges, view.counts
    step = 2 if view.kind != "continuous" else 1
    middles = (edges[:-1] + edges[1:])[::step] / 2
    widths = np.diff(edges)[::step] * (0.92 if step == 1 else 1.0)
    return {
        "type": "bar",
        "x": numbers(middles),
        "y": [int(c) for c in counts[::step]],
        "width": numbers(widths),
        "yaxis": "y2",
        "marker": {"color": fade(look.neutral, 0.55), "line": {"width": 0}},
        "hovertemplate": "%{y:,d} samples<extra></extra>",
    }
