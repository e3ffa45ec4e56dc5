"""Stacked force: samples side by side, what pushes up below their prediction, down above it."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.layout import layout, note, probability_texts, tick_texts, ticks, vline
from shapviz.figures.points import packed, positions, sample_line, still
from shapviz.figures.scatter import left_for
from shapviz.figures.text import bold, safe
from shapviz.figures.theme import Theme, as_theme
from shapviz.labels import several
from shapviz.types import FloatArray
from shapviz.views.force_stacked import ForceStackedView
from shapviz.views.words import PROBABILITY

__all__ = ["force_stacked"]

HEIGHT, TOP, BOTTOM = 360, 38, 28


def force_stacked(
    of: Explanation | ForceStackedView, *, theme: str | Theme = "light", **options: Any
) -> go.Figure:
    """Return the stacked force plot; points on the prediction line carry the sample's position.

    Parameters
    ----------
    of : Explanation or ForceStackedView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.force_stacked`.
    """
    view = views.force_stacked(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    ups, downs = view.edges(1), view.edges(-1)
    low, high = min(float(ups.min()), view.base), max(float(downs.max()), view.base)
    margin = 0.04 * (high - low) or 1.0
    low, high = low - margin, high + margin
    at = ticks(low, high)
    texts = probability_texts(at) if view.units == PROBABILITY else tick_texts(at, plus=False)
    left = left_for(texts)
    m = view.samples.size
    base = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": view.base, "y1": view.base}
    shapes = [{**base, "line": {"color": look.ink, "width": 1, "dash": "dot"}}]
    if view.selected is not None:
        where = int((view.samples == view.selected).argmax())
        shapes.append({**vline(where, low, high, look.ink, 1.5), "layer": "above"})
    return go.Figure(
        data=[
            *_bands(view, ups, look.up, look),
            *_bands(view, downs, look.down, look),
            _line(view, look),
        ],
        layout=layout(
            look,
            height=HEIGHT,
            left=left,
            top=TOP,
            bottom=BOTTOM,
            xaxis={
                "range": [-0.5, max(m - 0.5, 0.5)],
                "fixedrange": True,
                "showgrid": False,
                "showticklabels": False,
                "title": {"text": safe(several(m, view.noun))},
            },
            yaxis={
                "range": [low, high],
                "fixedrange": True,
                "tickvals": at,
                "ticktext": texts,
                "hoverformat": ".1%" if view.units == PROBABILITY else ",.3~r",
            },
            shapes=shapes,
            annotations=_labels(view, look, left),
        ),
    )


def _bands(
    view: ForceStackedView, edges: FloatArray, colour: str, look: Theme
) -> list[dict[str, Any]]:
    """Return one filled trace a band, each filled to the one before it."""
    single = len(edges) == 1
    traces = []
    for b in range(edges.shape[1]):
        # A lone sample has no width to fill: draw it as a bar two half-steps wide.
        y = edges[:, b] if not single else edges[[0, 0], b]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x0": -0.4 if single else 0,
                "dx": 0.8 if single else 1,
                "y": packed(y),
                "fill": "none" if b == 0 else "tonexty",
                "fillcolor": colour,
                "line": {"color": look.page, "width": 0.5},
                "hoverinfo": "skip",
            }
        )
    return traces


def _line(view: ForceStackedView, look: Theme) -> dict[str, Any]:
    last, names = sample_line(
        view.samples, view.sample_names, view.noun, default_names=view.default_names
    )
    units = f" {safe(view.units)}" if view.units else ""
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines+markers",
        "x0": 0,
        "dx": 1,
        "y": packed(view.predictions),
        "customdata": positions(view.samples),
        "line": {"color": look.ink, "width": 1.5},
        "marker": {"color": look.ink, "size": 6, "opacity": 0.0},
        "hovertemplate": f"<b>Output</b> %{{y}}{units}<br>{last}<extra></extra>",
        **still(0.0),
    }
    if names is not None:
        trace["hovertext"] = names
    return trace


def _labels(view: ForceStackedView, look: Theme, left: float) -> list[dict[str, Any]]:
    units = f" ({safe(view.units)})" if view.units else ""
    head = {"xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom", "yshift": 10}
    return [
        note(f"{bold('Output')}{units}", x=0, xanchor="left", xshift=-left, **head),
        note(
            f'<span style="color:{look.up_text}">pushed up, below the line</span> \u00b7 '
            f'<span style="color:{look.down_text}">pushed down, above it</span>',
            x=1, xanchor="right", **head,
        ),
    ]  # fmt: skip
