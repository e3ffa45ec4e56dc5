"""Waterfall: bars from the base value at the bottom to the prediction at the top."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from scipy.special import expit

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.layout import (
    layout,
    left_margin,
    note,
    numbers,
    percent_texts,
    probability_texts,
    row_annotations,
    tick_texts,
    ticks,
    vline,
)
from shapviz.figures.text import bold, row_label, safe, width
from shapviz.figures.theme import Theme, as_theme
from shapviz.labels import value_name
from shapviz.views.waterfall import WaterfallView
from shapviz.views.words import amount_text, effect_text

__all__ = ["waterfall"]

ROW, THICK = 42, 24
ABOVE, BELOW = 31, 34
"""Pixels from the plot's top to the first row's middle, and from the last one's to its bottom."""
NARROWEST = 290
"""Width of the plot in pixels at which the outermost value must still fit."""
GAP = 6


def waterfall(
    of: Explanation | WaterfallView, *, theme: str | Theme = "light", **options: Any
) -> go.Figure:
    """Return the waterfall of one sample.

    Parameters
    ----------
    of : Explanation or WaterfallView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.waterfall`: ``sample``, ``output``, ``max_display``, ``errors``.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    view = views.waterfall(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    rows = len(view.names)
    plot = ABOVE + ROW * (rows - 1) + BELOW
    ys = [float(ABOVE + ROW * k) for k in range(rows)]
    labels = [row_label(name, lines=1 if text else 2) for name, text in _rows(view)]
    left = max(left_margin(labels), left_margin([row_label(t, lines=1) for t in view.value_texts]))
    low, high = _range(view)
    # Percentages below are wider than the numbers they stand for.
    at = ticks(low, high, about=4 if view.log_odds else 6)
    remainder = [j < 0 for j in view.features]
    return go.Figure(
        data=_bars(view, look, ys),
        layout=layout(
            look,
            height=30 + plot + 64,
            left=left,
            top=30,
            bottom=64,
            bargap=0,
            barmode="overlay",
            xaxis={
                "range": [low, high],
                "fixedrange": True,
                "tickvals": at,
                "ticktext": _tick_texts(view, at),
                "title": {"text": _axis_title(view)},
            },
            yaxis={"range": [plot, 0], "fixedrange": True, "visible": False},
            shapes=_lines(view, look, ys, plot),
            annotations=[
                *row_annotations(look, labels, ys, left, values=view.value_texts, muted=remainder),
                *_values(view, look, ys),
                _head(view),
                _base(view, plot, low, high),
            ],
        ),
    )


def _rows(view: WaterfallView) -> list[tuple[str, str]]:
    return list(zip(view.names, view.value_texts, strict=True))


def _reach(view: WaterfallView, k: int) -> float:
    return 0.0 if view.standard_errors is None else 1.96 * float(view.standard_errors[k])


def _bars(view: WaterfallView, look: Theme, ys: list[float]) -> list[dict[str, Any]]:
    """Return the features' bars, and the remainder as a hatched trace of its own."""
    own = [k for k, j in enumerate(view.features) if j >= 0]
    rest = [k for k, j in enumerate(view.features) if j < 0]
    traces = [_trace(view, look, ys, rows) for rows in (own, rest) if rows]
    if rest:
        traces[-1]["marker"]["color"] = look.effect(float(view.values[rest[0]]))
        traces[-1]["marker"]["pattern"] = {
            "shape": "/",
            "fillmode": "overlay",
            "fgcolor": look.page,
            "fgopacity": 1,
            "size": 6,
            "solidity": 0.3,
        }
    return traces


def _trace(view: WaterfallView, look: Theme, ys: list[float], rows: list[int]) -> dict[str, Any]:
    values = numbers(view.values[rows])
    bars: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "base": numbers(view.starts[rows]),
        "x": values,
        "y": [ys[k] for k in rows],
        "width": THICK,
        "marker": {
            "color": [look.effect(value) for value in values],
            "cornerradius": 2,
            "line": {"width": 0},
        },
        "hovertext": [_hover(view, k) for k in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    if view.standard_errors is not None and view.standard_errors.any():
        bars["error_x"] = {
            "type": "data",
            "array": [_reach(view, k) for k in rows],
            "color": look.ink,
            "thickness": 1.5,
            "width": 4,
        }
    return bars


def _hover(view: WaterfallView, k: int) -> str:
    value = f" {safe(view.value_texts[k])}" if view.value_texts[k] else ""
    units = f" {safe(view.units)}" if view.units and not view.probability else ""
    lines = [
        f"{bold(safe(view.names[k]))}{value}",
        f"{value_name(view.units)} {effect_text(float(view.values[k]), view.units, 3)}{units}",
    ]
    if view.standard_errors is not None:
        lines.append(f"Standard error {amount_text(float(view.standard_errors[k]), view.units)}")
    return "<br>".join(lines)


def _range(view: WaterfallView) -> tuple[float, float]:
    """Return an axis range in which every value's text fits beside its bar."""
    edges = [*numbers(view.starts), *numbers(view.ends), view.base, view.prediction]
    low, high = min(edges), max(edges)
    if not high > low:
        return low - 0.5, high + 0.5
    rooms = []
    for k, value in enumerate(numbers(view.values)):
        room = min(0.3, (width(effect_text(value, view.units), strong=True) + GAP + 6) / NARROWEST)
        end, reach = float(view.ends[k]), _reach(view, k)
        rooms.append((end - reach, room, 0.0) if value < 0 else (end + reach, 0.0, room))
        low, high = min(low, end - reach), max(high, end + reach)
    start, stop = low, high
    for _ in range(30):  # the texts' room grows with the range: a contraction, quickly at rest
        span = stop - start
        start = min([low, *(x - left * span for x, left, _ in rooms if left)])
        stop = max([high, *(x + right * span for x, _, right in rooms if right)])
    margin = 0.01 * (stop - start)
    return start - margin, stop + margin


def _tick_texts(view: WaterfallView, at: list[float]) -> list[str]:
    if view.probability:
        return probability_texts(at)
    texts = tick_texts(at, plus=False)
    if not view.log_odds:
        return texts
    below = percent_texts([float(expit(x)) for x in at])
    return [f"{text}<br>{safe(percent)}" for text, percent in zip(texts, below, strict=True)]


def _axis_title(view: WaterfallView) -> str:
    if view.log_odds:
        return "Output: log-odds, and probability below"
    if view.probability:
        return "Output: probability"
    return f"Output ({safe(view.units)})" if view.units else "Output"


def _values(view: WaterfallView, look: Theme, ys: list[float]) -> list[dict[str, Any]]:
    notes = []
    for k, value in enumerate(numbers(view.values)):
        side = -1 if value < 0 else 1
        notes.append(
            note(
                bold(effect_text(value, view.units)),
                x=float(view.ends[k]) + side * _reach(view, k),
                y=ys[k],
                xanchor="left" if side > 0 else "right",
                xshift=side * (GAP - 2),
                font={"color": look.effect_text(value)},
            )
        )
    return notes


def _lines(view: WaterfallView, look: Theme, ys: list[float], plot: float) -> list[Any]:
    half = THICK / 2
    lines = [
        vline(float(view.starts[k]), ys[k] + half, ys[k + 1] - half, look.zero)
        for k in range(len(ys) - 1)
    ]
    lines.append(vline(view.prediction, 0, ys[0] - half, look.ink, 1.5))
    lines.append(vline(view.base, ys[-1] + half, plot, look.ink, 1.5))
    return lines


def _head(view: WaterfallView) -> dict[str, Any]:
    text = bold(f"Prediction {safe(view.prediction_text)}")
    if view.prediction_note:
        text += f" {safe(view.prediction_note)}"
    return note(text, x=0.5, xref="paper", y=1, yref="paper", yanchor="bottom", yshift=2)


def _base(view: WaterfallView, plot: float, low: float, high: float) -> dict[str, Any]:
    right = view.base < low + 0.6 * (high - low)
    return note(
        f"Base value {safe(view.base_text)}",
        x=view.base,
        y=plot - 11,
        xanchor="left" if right else "right",
        xshift=5 if right else -5,
    )
