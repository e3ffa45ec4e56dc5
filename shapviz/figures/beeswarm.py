"""Beeswarm: every sample's value, one row a feature."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.dots import dot_axis, dot_traces, key
from shapviz.figures.layout import hline, layout, left_margin, row_annotations, vline
from shapviz.figures.text import row_label
from shapviz.figures.theme import Theme, as_theme
from shapviz.views.beeswarm import BeeswarmView

__all__ = ["beeswarm"]

ROW, TOP, BOTTOM = 37, 8, 72


def beeswarm(
    of: Explanation | BeeswarmView, *, theme: str | Theme = "light", **options: Any
) -> go.Figure:
    """Return the beeswarm of all samples; each dot carries its sample's position as customdata.

    Parameters
    ----------
    of : Explanation or BeeswarmView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.beeswarm`.
    """
    view = views.beeswarm(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    labels = [row_label(row.name) for row in view.rows]
    left = left_margin(labels)
    plot = ROW * len(labels)
    ys = [ROW * (k + 0.5) for k in range(len(labels))]
    rectangles, texts = key(look, left, drop=58)
    lines = [hline(ROW * k, 0, 1, look.grid, xref="paper") for k in range(1, len(labels))]
    if view.limits[0] <= 0 <= view.limits[1]:
        lines.append(vline(0, 0, plot, look.zero, opacity=0.55))
    return go.Figure(
        data=dot_traces(view, look, ys),
        layout=layout(
            look,
            height=TOP + plot + BOTTOM,
            left=left,
            top=TOP,
            bottom=BOTTOM,
            xaxis=dot_axis(view),
            yaxis={"range": [plot, 0], "fixedrange": True, "visible": False},
            shapes=[*lines, *rectangles],
            annotations=[
                *row_annotations(
                    look, labels, ys, left, muted=[row.feature < 0 for row in view.rows]
                ),
                *texts,
            ],
        ),
    )
