"""Several inputs: from the base value over each input to the prediction; and each input's panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.image import image
from shapviz.figures.importance_beeswarm import importance_beeswarm
from shapviz.figures.layout import layout, left_margin, note, row_annotations, vline
from shapviz.figures.points import drawn, effect_format, hover_units, packed
from shapviz.figures.sequence import sequence
from shapviz.figures.text import bold, coloured, row_label, safe, width
from shapviz.figures.theme import Theme, as_theme
from shapviz.figures.tokens import NARROW, text
from shapviz.figures.waterfall import waterfall
from shapviz.labels import value_name
from shapviz.views.importance_beeswarm import ImportanceBeeswarmView
from shapviz.views.multi_input import ColumnsView, InputPanel, MultiInputView
from shapviz.views.words import effect_text

__all__ = ["columns", "input_importance", "input_panel", "multi_input"]

ROW, TOP, BOTTOM = 40, 6, 6
NARROWEST = 290
"""Width of the plot in pixels at which the outermost number must still fit."""


def multi_input(
    of: Explanation | MultiInputView, *, theme: str | Theme = "light", **options: Any
) -> go.Figure:
    """Return what each input gave, from the base value to the prediction.

    Parameters
    ----------
    of : Explanation or MultiInputView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.multi_input`: ``sample``, ``output``, ``max_display``.
    """
    view = views.multi_input(of, **options) if isinstance(of, Explanation) else of
    return waterfall(view.sum, theme=theme)


def input_importance(
    of: Explanation | ImportanceBeeswarmView, *, theme: str | Theme = "light", **options: Any
) -> go.Figure:
    """Return what each input gave, on average and in every sample.

    Parameters
    ----------
    of : Explanation or ImportanceBeeswarmView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.input_importance`: ``output``, ``selected``.
    """
    view = views.input_importance(of, **options) if isinstance(of, Explanation) else of
    return importance_beeswarm(view, theme=theme)


def input_panel(of: InputPanel, *, theme: str | Theme = "light") -> go.Figure:
    """Return one input, drawn as what it is."""
    return DRAWN[of.kind](of.view, theme)


def columns(view: ColumnsView, *, theme: str | Theme = "light") -> go.Figure:
    """Return a row's columns as bars from zero, largest first."""
    look = as_theme(theme)
    rows = len(view.names)
    values = drawn(view.values, view.units)
    texts = [effect_text(float(value), view.units) for value in view.values]
    labels = [row_label(name, lines=1) for name in view.names]
    left = max(left_margin(labels), left_margin([row_label(t, lines=1) for t in view.value_texts]))
    room = max(map(width, texts)) + 12
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    per_pixel = ((high - low) or 1.0) / (NARROWEST - 2 * room)
    muted = [view.others > 0 and k == rows - 1 for k in range(rows)]
    numbers = [
        note(
            bold(coloured(safe(written), look.effect_text(float(value)))),
            x=float(value), xref="x", y=k, yref="y",
            xanchor="right" if value < 0 else "left", xshift=-6 if value < 0 else 6,
        )
        for k, (value, written) in enumerate(zip(values, texts, strict=True))
    ]  # fmt: skip
    return go.Figure(
        data=[_bars(view, values, look)],
        layout=layout(
            look,
            height=TOP + ROW * rows + BOTTOM,
            left=left,
            top=TOP,
            bottom=BOTTOM,
            xaxis={
                "range": [low - room * per_pixel, high + room * per_pixel],
                "fixedrange": True,
                "visible": False,
            },
            yaxis={"range": [rows - 0.5, -0.5], "fixedrange": True, "visible": False},
            shapes=[vline(0, -0.5, rows - 0.5, look.zero)],
            annotations=[
                *row_annotations(
                    look,
                    labels,
                    [float(k) for k in range(rows)],
                    left,
                    values=view.value_texts,
                    muted=muted,
                ),
                *numbers,
            ],
        ),
    )


def _bars(view: ColumnsView, values: Any, look: Theme) -> dict[str, Any]:
    hatched = [view.others > 0 and k == len(values) - 1 for k in range(len(values))]
    return {
        "type": "bar",
        "orientation": "h",
        "x": packed(values),
        "y": list(range(len(values))),
        "width": 0.5,
        "marker": {
            "color": [look.effect(value) for value in values],
            "line": {"width": 0},
            "cornerradius": 2,
            "pattern": {"shape": ["/" if h else "" for h in hatched], "fgcolor": look.page},
        },
        "hovertext": [
            f"<b>{safe(name)}</b> {safe(value)}".rstrip()
            for name, value in zip(view.names, view.value_texts, strict=True)
        ],
        "xhoverformat": effect_format(view.units, 3),
        "hovertemplate": (
            f"%{{hovertext}}<br>{value_name(view.units)} %{{x}}{hover_units(view.units)}"
            "<extra></extra>"
        ),
    }


DRAWN: dict[str, Callable[[Any, str | Theme], go.Figure]] = {
    "table": lambda view, theme: columns(view, theme=theme),
    "image": lambda view, theme: image(view, theme=theme, columns=3, tall=120),
    "sequence": lambda view, theme: sequence(view, theme=theme),
    "text": lambda view, theme: text(view, theme=theme, wide=NARROW),
}
"""The figure of an input by what it is drawn as."""
