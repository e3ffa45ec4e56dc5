"""Bar: importance with bootstrap intervals."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.bars import bar_notes, bar_range, bars
from shapviz.figures.layout import hline, layout, left_margin, note, row_annotations
from shapviz.figures.text import bold, row_label, safe
from shapviz.figures.theme import Theme, as_theme
from shapviz.views.bar import BarView
from shapviz.views.words import amount_text

__all__ = ["bar"]

ROW, TOP, BOTTOM = 37, 38, 12


def bar(of: Explanation | BarView, *, theme: str | Theme = "light", **options: Any) -> go.Figure:
    """Return importance as bars with 95% bootstrap intervals.

    Parameters
    ----------
    of : Explanation or BarView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.bar`.
    """
    view = views.bar(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    names = [*view.names, *([view.others_name] if view.others.size else [])]
    labels = [row_label(name) for name in names]
    left = left_margin(labels)
    plot = ROW * len(names)
    ys = [ROW * (k + 0.5) for k in range(len(names))]
    own = len(view.names)
    low, high = bar_range(view)
    head = note(
        bold(safe(view.head)), x=0, xref="paper", xanchor="left", y=1, yref="paper",
        yanchor="bottom", yshift=9,
    )  # fmt: skip
    others = []
    if view.others.size and view.measure == "average":
        words = f"{amount_text(view.others_total, view.units)} together"
        others.append(note(words, x=0, xanchor="left", y=ys[-1], font={"color": look.muted}))
    return go.Figure(
        data=bars(view, look, ys[:own], ROW),
        layout=layout(
            look,
            height=TOP + plot + BOTTOM,
            left=left,
            top=TOP,
            bottom=BOTTOM,
            xaxis={"range": [low, high], "fixedrange": True, "visible": False},
            yaxis={"range": [plot, 0], "fixedrange": True, "visible": False},
            shapes=[hline(ROW * k, 0, 1, look.grid, xref="paper") for k in range(1, len(names))],
            annotations=[
                *row_annotations(look, labels, ys, left, muted=[k >= own for k in range(len(ys))]),
                *bar_notes(view, ys[:own]),
                *others,
                head,
            ],
        ),
    )
