"""Small multiples of dependence: one grey panel a figure, the same y axis in each."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from shapviz import views
from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.figures.layout import hline, layout, tick_texts, ticks
from shapviz.figures.points import drawn, effect_format
from shapviz.figures.scatter import cloud, left_for, ring_of, trend_traces, x_axis, x_range
from shapviz.figures.theme import Theme, as_theme
from shapviz.views.dependence_small import DependenceSmallView

__all__ = ["dependence_small"]

HEIGHT, TOP, BOTTOM = 220, 6, 28


def dependence_small(
    of: Explanation | DependenceSmallView,
    panel: int = 0,
    *,
    theme: str | Theme = "light",
    **options: Any,
) -> go.Figure:
    """Return one panel of the small multiples, 220 px high; its title is `panels[panel].name`.

    Parameters
    ----------
    of : Explanation or DependenceSmallView
    panel : int, default 0
        Which of ``view.panels``.
    theme : {"light", "dark"} or Theme
    **options
        Of `views.dependence_small`.

    Raises
    ------
    InputError
        If there is no such panel.
    """
    view = views.dependence_small(of, **options) if isinstance(of, Explanation) else of
    if not 0 <= panel < len(view.panels):
        raise InputError(
            complaint("panel", f"be from 0 to {len(view.panels) - 1}", panel, "Choose one.")
        )
    look = as_theme(theme)
    one = view.panels[panel]
    ends = drawn(view.limits, one.units)
    low, high = min(float(ends[0]), 0.0), max(float(ends[1]), 0.0)
    margin = 0.08 * (high - low) or 1.0
    low, high = low - margin, high + margin
    at = ticks(low, high, about=5)
    texts = tick_texts(at, plus=True)
    axis = x_axis(one, about=4)
    axis.pop("title")
    return go.Figure(
        data=[
            *cloud(one, look, size=4, opacity=0.6),
            *trend_traces(one, look),
            *ring_of(one, look, size=6),
        ],
        layout=layout(
            look,
            height=HEIGHT,
            left=left_for(texts),
            top=TOP,
            bottom=BOTTOM,
            xaxis={**axis, "range": x_range(one), "fixedrange": True},
            yaxis={
                "range": [low, high],
                "fixedrange": True,
                "tickvals": at,
                "ticktext": texts,
                "hoverformat": effect_format(one.units),
            },
            shapes=[hline(0.0, 0, 1, look.zero, xref="paper", opacity=0.55)],
        ),
    )
