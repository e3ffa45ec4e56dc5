"""Interactions: a heat map of pairs below a diagonal of main effects."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.layout import layout, left_margin, note, row_annotations
from shapviz.figures.text import row_label, safe
from shapviz.figures.theme import Theme, as_theme
from shapviz.views.interactions import InteractionsView

__all__ = ["interactions"]

ROW, TOP, BOTTOM = 37, 8, 26
WRITTEN = 8
"""Up to this many features the cells carry their numbers."""
FILLED = 0.7
"""Share of the colour from which on text in the colour for fills contrasts more, in both themes."""


def interactions(
    of: Explanation | InteractionsView, *, theme: str | Theme = "light", **options: Any
) -> go.Figure:
    """Return main effects on the diagonal and each pair's interaction below it.

    Parameters
    ----------
    of : Explanation or InteractionsView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.interactions`: ``output``, ``max_display``.
    """
    view = views.interactions(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    many = len(view.names)
    # Columns repeat the rows: a number says which, where a name would not fit.
    labels = [row_label(f"{k + 1}  {name}") for k, name in enumerate(view.names)]
    left = left_margin(labels)
    most = float(view.sizes.max()) or 1.0
    shares = np.where(np.tri(many, dtype=bool), view.sizes / most, np.nan)
    fixed = {"fixedrange": True, "visible": False}
    return go.Figure(
        data=[_cells(view, shares, look)],
        layout=layout(
            look,
            height=TOP + ROW * many + BOTTOM,
            left=left,
            top=TOP,
            bottom=BOTTOM,
            xaxis={**fixed, "range": [-0.5, many - 0.5]},
            yaxis={**fixed, "range": [many - 0.5, -0.5]},
            annotations=[
                *row_annotations(look, labels, [float(k) for k in range(many)], left),
                *_heads(many, look),
                *_numbers(view, shares, look),
            ],
        ),
    )


def _cells(view: InteractionsView, shares: Any, look: Theme) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "z": [[None if np.isnan(x) else float(x) for x in row] for row in shares],
        "zmin": 0,
        "zmax": 1,
        "colorscale": [[0, look.panel], [1, look.accent]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "hovertext": _hovers(view),
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _hovers(view: InteractionsView) -> list[list[str]]:
    """What each cell says when pointed at; nothing above the diagonal."""
    words = [[""] * len(view.names) for _ in view.names]
    for i, name in enumerate(view.names):
        for j in range(i + 1):
            what = "by itself" if i == j else f"with {safe(view.names[j])}"
            words[i][j] = f"<b>{safe(name)}</b> {what}: {safe(view.texts[i][j])}"
    return words


def _heads(many: int, look: Theme) -> list[dict[str, Any]]:
    """The features' numbers below their columns."""
    place = {"yref": "paper", "y": 0, "yanchor": "top", "yshift": -4}
    return [note(f"{k + 1}", x=float(k), **place, font={"color": look.muted}) for k in range(many)]


def _numbers(view: InteractionsView, shares: Any, look: Theme) -> list[dict[str, Any]]:
    if len(view.names) > WRITTEN:
        return []
    texts = view.texts
    return [
        note(
            safe(texts[i][j]),
            x=float(j),
            y=float(i),
            font={"color": look.on_fill if shares[i, j] >= FILLED else look.ink},
        )
        for i in range(len(texts))
        for j in range(i + 1)
    ]
