"""Text over all samples: a row a word, a dot a place, a line at the mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.layout import (
    hline,
    layout,
    left_margin,
    note,
    row_annotations,
    tick_texts,
    ticks,
    vline,
)
from shapviz.figures.points import (
    drawn,
    effect_format,
    hover_units,
    packed,
    positions,
    sample_line,
    still,
)
from shapviz.figures.text import bold, coloured, row_label, safe
from shapviz.figures.theme import Theme, as_theme
from shapviz.labels import count, value_name
from shapviz.views.text_tokens import TextTokensView, TokenRow
from shapviz.views.words import amount_text, effect_text

__all__ = ["text_tokens"]

ROW, TOP, BOTTOM, RIGHT = 33, 30, 44, 214
SIZE, OPACITY = 6, 0.6
MEAN_AT, SIZE_AT, TIMES_AT = 64, 154, 208
"""Right edges of the columns of numbers, in pixels right of the plot."""
SIZES = {"total": "Sum of sizes", "average": "Mean size"}
"""Head of the column that rows are ordered by."""


def text_tokens(
    of: Explanation | TextTokensView, *, theme: str | Theme = "light", **options: Any
) -> go.Figure:
    """Return the words of all texts; each dot carries its text's position as customdata.

    Parameters
    ----------
    of : Explanation or TextTokensView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.text_tokens`: ``output``, ``order``, ``max_display``.
    """
    view = views.text_tokens(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    labels = [row_label(row.word, lines=1) for row in view.rows]
    left = left_margin(labels)
    plot = ROW * len(labels)
    ys = [ROW * (k + 0.5) for k in range(len(labels))]
    lines = [hline(ROW * k, 0, 1, look.grid, xref="paper") for k in range(1, len(labels))]
    lines.append(vline(0, 0, plot, look.zero))
    return go.Figure(
        data=[
            *(_dots(view, row, y, look) for row, y in zip(view.rows, ys, strict=True)),
            _means(view, ys, look),
        ],
        layout=layout(
            look,
            height=TOP + plot + BOTTOM,
            left=left,
            right=RIGHT,
            top=TOP,
            bottom=BOTTOM,
            xaxis=_axis(view),
            yaxis={"range": [plot, 0], "fixedrange": True, "visible": False},
            shapes=lines,
            annotations=[*row_annotations(look, labels, ys, left), *_columns(view, ys, look)],
        ),
    )


def _axis(view: TextTokensView) -> dict[str, Any]:
    low, high = (float(end) for end in drawn(view.limits, view.units))
    margin = 0.03 * (high - low) or 1.0
    low, high = low - margin, high + margin
    at = ticks(low, high, about=6)
    return {
        "range": [low, high],
        "fixedrange": True,
        "tickvals": at,
        "ticktext": tick_texts(at, plus=True),
        "title": {"text": safe(view.values_title)},
    }


def _dots(view: TextTokensView, row: TokenRow, y: float, look: Theme) -> dict[str, Any]:
    last, texts = sample_line(
        row.samples, view.sample_names, view.noun, default_names=view.default_names
    )
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "name": safe(row.word),
        "x": packed(drawn(row.x, view.units)),
        "y": packed(
            y - row.offset * min(5.0, 0.38 * ROW / max(float(np.abs(row.offset).max()), 1e-9))
        ),
        "customdata": positions(row.samples),
        "marker": {
            "size": SIZE,
            "opacity": OPACITY,
            "line": {"width": 0},
            "color": packed(np.sign(row.x)),
            "cmin": -1,
            "cmax": 1,
            "colorscale": [[0.0, look.down], [0.5, look.neutral], [1.0, look.up]],
        },
        "hovertemplate": (
            f"<b>%{{fullData.name}}</b><br>{value_name(view.units)} "
            f"%{{x:{effect_format(view.units)}}}{hover_units(view.units)}<br>{last}<extra></extra>"
        ),
        **still(OPACITY),
    }
    if texts is not None:
        trace["hovertext"] = texts
    return trace


def _means(view: TextTokensView, ys: list[float], look: Theme) -> dict[str, Any]:
    """A short ink line at each word's mean, above the dots, with a halo of the page."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": packed(drawn([row.mean for row in view.rows], view.units)),
        "y": packed(ys),
        "marker": {
            "symbol": "line-ns",
            "size": 22,
            "opacity": 1.0,
            "line": {"width": 2.5, "color": look.ink},
            "color": look.ink,
        },
        "hoverinfo": "skip",
        "cliponaxis": False,
        **still(1.0),
    }


def _columns(view: TextTokensView, ys: list[float], look: Theme) -> list[dict[str, Any]]:
    place = {"x": 1, "xref": "paper", "xanchor": "right"}
    heads = {MEAN_AT: "Mean", SIZE_AT: SIZES[view.order], TIMES_AT: "Places"}
    on_top = {"y": 1, "yref": "paper", "yanchor": "bottom", "yshift": 6}
    notes = [note(bold(head), **place, **on_top, xshift=at) for at, head in heads.items()]
    for row, y in zip(view.rows, ys, strict=True):
        mean = coloured(effect_text(row.mean, view.units), look.effect_text(row.mean))
        cells = {
            MEAN_AT: mean,
            SIZE_AT: bold(amount_text(row.size, view.units)),
            TIMES_AT: coloured(count(row.places), look.muted),
        }
        notes += [note(text, **place, xshift=at, y=y) for at, text in cells.items()]
    return notes
