"""Importance bars: traces and texts shared by the bar figure and the Overview's."""

from __future__ import annotations

from typing import Any

from shapviz.figures.layout import note, numbers
from shapviz.figures.text import bold, safe
from shapviz.figures.theme import Theme
from shapviz.labels import value_name
from shapviz.views.bar import BarView
from shapviz.views.words import PROBABILITY, amount_text

__all__ = ["bar_notes", "bar_range", "bars"]

THICK = 0.46
ROOM = 1.35
"""The axis goes this much beyond the longest bar, so that its number fits at 520 px."""


def _ends(view: BarView) -> list[float]:
    return numbers(view.sizes if view.high is None else view.high)


def bar_range(view: BarView) -> list[float]:
    """Return the axis range of the bars' panel."""
    longest = max(_ends(view), default=0.0)
    # |SHAP values| begin at 0; a score may rise without a feature.
    lows = numbers(view.sizes if view.low is None else view.low)
    return [min(0.0, *lows), longest * ROOM if longest > 0 else 1.0]


def bars(view: BarView, look: Theme, ys: list[float], row: float) -> list[dict[str, Any]]:
    """Return the bars with their intervals."""
    trace: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "x": numbers(view.sizes),
        "y": ys,
        "width": THICK * row,
        "marker": {"color": look.neutral, "cornerradius": 2, "line": {"width": 0}},
        "hovertext": [_hover(view, k) for k in range(len(ys))],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }
    if view.low is not None and view.high is not None:
        trace["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": numbers(view.high - view.sizes),
            "arrayminus": numbers(view.sizes - view.low),
            "color": look.ink,
            "thickness": 1.5,
            "width": 0,
        }
    return [trace]


def _hover(view: BarView, k: int) -> str:
    units = f" {safe(view.units)}" if view.units and view.units != PROBABILITY else ""
    kind = "Mean" if view.measure == "average" else "Largest"
    lines = [
        bold(safe(view.names[k])),
        f"{kind} |{value_name(view.units)}| {view.texts[k]}{units}",
    ]
    if view.quantity:
        lines[1:] = [f"{safe(view.quantity)} {view.texts[k]}"]
    if view.low is not None and view.high is not None:
        low, high = (amount_text(float(end[k]), view.units) for end in (view.low, view.high))
        lines.append(f"95% interval {low} to {high}")
    return "<br>".join(lines)


def bar_notes(view: BarView, ys: list[float]) -> list[dict[str, Any]]:
    """Return the number right of each bar's interval."""
    return [
        note(safe(text), x=end, y=y, xanchor="left", xshift=3)
        for text, end, y in zip(view.texts, _ends(view), ys, strict=True)
    ]
