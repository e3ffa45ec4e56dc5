"""The Overview's figure: bars and every sample's dots on the same rows."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.bars import bar_notes, bar_range, bars
from shapviz.figures.dots import dot_axis, dot_traces, key
from shapviz.figures.layout import hline, layout, left_margin, note, row_annotations
from shapviz.figures.text import bold, row_label, safe
from shapviz.figures.theme import Theme, as_theme
from shapviz.views.importance_beeswarm import ImportanceBeeswarmView
from shapviz.views.words import amount_text

__all__ = ["importance_beeswarm"]

ROW, TOP, BOTTOM = 37, 38, 44
BARS, DOTS = 0.29, 0.345
"""Where the bars' panel ends and the dots' panel begins, as shares of the plot."""


def importance_beeswarm(
    of: Explanation | ImportanceBeeswarmView, *, theme: str | Theme = "light", **options: Any
) -> go.Figure:
    """Return importance with intervals beside every sample's value, row by row.

    Each dot carries its sample's position as customdata.

    Parameters
    ----------
    of : Explanation or ImportanceBeeswarmView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.importance_beeswarm`.
    """
    view = views.importance_beeswarm(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    names = [row.name for row in view.swarm.rows]
    labels = [row_label(name) for name in names]
    left = left_margin(labels)
    plot = ROW * len(names)
    ys = [ROW * (k + 0.5) for k in range(len(names))]
    pooled = [row.feature < 0 for row in view.swarm.rows]
    own = len(view.bars.names)
    # Where nobody knows a feature's value, no dot has a colour to be explained.
    coloured = any(row.limits is not None for row in view.swarm.rows)
    key_shapes, key_texts = key(look, left) if coloured else ([], [])
    rows_axis = {"range": [plot, 0], "fixedrange": True, "visible": False}
    return go.Figure(
        data=[
            *bars(view.bars, look, ys[:own], ROW),
            *dot_traces(view.swarm, look, ys, xaxis="x2", yaxis="y2"),
        ],
        layout=layout(
            look,
            height=TOP + plot + BOTTOM,
            left=left,
            top=TOP,
            bottom=BOTTOM,
            xaxis={
                "domain": [0, BARS],
                "range": bar_range(view.bars),
                "fixedrange": True,
                "visible": False,
            },
            yaxis=rows_axis,
            xaxis2={**dot_axis(view.swarm), "domain": [DOTS, 1], "anchor": "y2"},
            yaxis2={**rows_axis, "matches": "y", "anchor": "x2"},
            shapes=[
                *(hline(ROW * k, 0, 1, look.grid, xref="paper") for k in range(1, len(names))),
                *_zero(look, view, plot),
                *key_shapes,
            ],
            annotations=[
                *row_annotations(look, labels, ys, left, muted=pooled),
                *bar_notes(view.bars, ys[:own]),
                *_others(view, look, ys),
                _headline(view.bars.head, 0.0),
                _headline("Every sample", DOTS),
                *key_texts,
            ],
        ),
    )


def _zero(look: Theme, view: ImportanceBeeswarmView, plot: float) -> list[dict[str, Any]]:
    low, high = view.swarm.limits
    if not low <= 0 <= high:
        return []
    line = {"color": look.zero, "width": 1}
    return [
        {"type": "line", "xref": "x2", "yref": "y2", "x0": 0, "x1": 0, "y0": 0, "y1": plot,
         "line": line, "layer": "below", "opacity": 0.55}
    ]  # fmt: skip


def _headline(text: str, x: float) -> dict[str, Any]:
    return note(
        bold(safe(text)), x=x, xref="paper", xanchor="left", y=1, yref="paper", yanchor="bottom",
        yshift=9,
    )  # fmt: skip


def _others(view: ImportanceBeeswarmView, look: Theme, ys: list[float]) -> list[dict[str, Any]]:
    if not view.bars.others.size or view.bars.measure == "maximum":
        return []
    words = f"{amount_text(view.bars.others_total, view.bars.units)} together"
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": ys[-1]}
    return [note(safe(words), **place, font={"color": look.muted})]
