"""Force: chevrons up from the left and down from the right, meeting at the prediction."""

from __future__ import annotations

import re
from typing import Any

import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.layout import layout, note, vline
from shapviz.figures.text import bold, safe
from shapviz.figures.theme import Theme, as_theme, fade
from shapviz.labels import shorten, value_name
from shapviz.views.force import ForceView, Push
from shapviz.views.words import PROBABILITY, effect_text

__all__ = ["force"]

# Pixels from the figure's top.
HEIGHT, LABEL, TOP, BOTTOM = 150, 12, 36, 76
NAMES, NAMES_END = 84, 142
DEPTH = 0.005
"""Depth of a chevron's point as a share of the strip."""
TINT = 0.32
_WORDS = re.compile(r"\S+(?: = \S+)?")
"""What stays on one line of a name: a word, or "t = 7"."""
ROOM = 0.26
"""Share of the width that a label asks for at 520 px."""


def force(
    of: Explanation | ForceView, *, theme: str | Theme = "light", **options: Any
) -> go.Figure:
    """Return the force strip of one sample, 150 px high.

    Numbers and names show only where they fit, at any width.

    Parameters
    ----------
    of : Explanation or ForceView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.force`: ``sample``, ``output``.
    """
    view = views.force(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    low, high = _range(view)
    depth = DEPTH * (high - low)
    return go.Figure(
        data=_texts(view, look, depth),
        layout=layout(
            look,
            height=HEIGHT,
            left=1,
            right=1,
            top=0,
            bottom=0,
            barmode="overlay",
            uniformtext={"mode": "hide", "minsize": 13},
            xaxis={"range": [low, high], "fixedrange": True, "visible": False},
            yaxis={"range": [HEIGHT, 0], "fixedrange": True, "visible": False},
            shapes=[*_chevrons(view, look, depth), *_lines(view, look)],
            annotations=_labels(view, look, low, high),
        ),
    )


def _range(view: ForceView) -> tuple[float, float]:
    edges = [view.meeting, *(edge for push in view.pushes for edge in (push.start, push.end))]
    low, high = min(edges), max(edges)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _chevrons(view: ForceView, look: Theme, depth: float) -> list[dict[str, Any]]:
    ends = [side[-1] for side in (view.ups, view.downs) if side]
    return [
        {
            "type": "path",
            "path": _path(push, depth if push.value > 0 else -depth, last=push in ends),
            "fillcolor": fade(look.effect(push.value), TINT)
            if push.merged
            else look.effect(push.value),
            "line": {"color": look.page, "width": 2},
            "layer": "below",
        }
        for push in view.pushes
    ]


def _path(push: Push, depth: float, *, last: bool) -> str:
    """Return a chevron that points from `start` to `end`; neighbours' edges coincide."""
    near, far = push.end, push.start
    # The last one of a side has nothing to fit into: its tail stays inside the strip.
    tail = far if last else far - depth
    notch = far + depth if last else far
    middle = (TOP + BOTTOM) / 2
    corners = [
        (tail, TOP),
        (near - depth, TOP),
        (near, middle),
        (near - depth, BOTTOM),
        (tail, BOTTOM),
        (notch, middle),
    ]
    return "M" + " L".join(f"{x:.9g},{y:g}" for x, y in corners) + " Z"


def _texts(view: ForceView, look: Theme, depth: float) -> list[dict[str, Any]]:
    """Return numbers and names as texts of invisible bars: each shows only if it fits."""
    numbers = _bars(
        view, depth, TOP, BOTTOM, [bold(effect_text(p.value, view.units)) for p in view.pushes]
    )
    numbers["textfont"] = {
        "color": [look.ink if push.merged else look.on_fill for push in view.pushes],
        "size": 13,
    }
    numbers["hovertext"] = [_hover(view, push) for push in view.pushes]
    numbers["hovertemplate"] = "%{hovertext}<extra></extra>"
    names = _bars(view, depth, NAMES, NAMES_END, [_name(push) for push in view.pushes])
    names["textfont"] = {
        "color": [look.muted if push.merged else look.ink for push in view.pushes],
        "size": 13,
    }
    names["hoverinfo"] = "skip"
    return [numbers, names]


def _bars(
    view: ForceView, depth: float, top: float, bottom: float, texts: list[str]
) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "base": [min(p.start, p.end) + depth for p in view.pushes],
        "x": [max(abs(p.value) - 2 * depth, 0.0) for p in view.pushes],
        "y": [(top + bottom) / 2] * len(view.pushes),
        "width": bottom - top,
        "marker": {"color": "rgba(0,0,0,0)", "line": {"width": 0}},
        "text": texts,
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "inside",
    }


def _name(push: Push) -> str:
    """Return a name with one word a line, three lines at most; blank lines keep the top edge."""
    if push.merged:
        lines = [push.name]
    else:
        words = _WORDS.findall(push.name) or ["\u2013"]
        lines = words if len(words) <= 3 else [*words[:2], shorten(" ".join(words[2:]), 16)]
    return "<br>".join([safe(line) for line in lines] + ["\u00a0"] * (3 - len(lines)))


def _hover(view: ForceView, push: Push) -> str:
    value = f" {safe(push.value_text)}" if push.value_text else ""
    units = f" {safe(view.units)}" if view.units and view.units != PROBABILITY else ""
    effect = f"{value_name(view.units)} {effect_text(push.value, view.units, 3)}{units}"
    return f"{bold(safe(push.name))}{value}<br>{effect}"


def _lines(view: ForceView, look: Theme) -> list[dict[str, Any]]:
    return [
        {**vline(view.base, 22, TOP - 1, look.zero, 1.5), "layer": "above"},
        {**vline(view.meeting, 22, BOTTOM, look.ink, 1.5), "layer": "above"},
    ]


def _labels(view: ForceView, look: Theme, low: float, high: float) -> list[dict[str, Any]]:
    """Return base and prediction labels growing apart, and directions where there is room."""
    at = (view.meeting - low) / (high - low)
    base = (view.base - low) / (high - low)
    side = 1 if base <= at else -1
    if (side > 0 and at > 1 - ROOM) or (side < 0 and at < ROOM):
        side = -side
    taken = [(at, at + ROOM) if side > 0 else (at - ROOM, at)]
    notes = [_label(bold(f"Prediction {safe(view.prediction_text)}"), view.meeting, side, look.ink)]
    base_span = (base - ROOM, base) if side > 0 else (base, base + ROOM)
    if base_span[0] >= 0 and base_span[1] <= 1 and not _meets(base_span, taken):
        notes.append(_label(f"Base value {safe(view.base_text)}", view.base, -side, look.muted))
        taken.append(base_span)
    if view.ups and not _meets((0.0, 0.2), taken):
        notes.append(_corner("Pushes up \u2192", 0, look.up_text))
    if view.downs and not _meets((0.8, 1.0), taken):
        notes.append(_corner("\u2190 Pushes down", 1, look.down_text))
    return notes


def _meets(span: tuple[float, float], taken: list[tuple[float, float]]) -> bool:
    return any(span[0] < stop and start < span[1] for start, stop in taken)


def _label(text: str, x: float, side: int, colour: str) -> dict[str, Any]:
    return note(
        text,
        x=x,
        y=LABEL,
        xanchor="left" if side > 0 else "right",
        xshift=-4 * side,
        font={"color": colour},
    )


def _corner(text: str, x: int, colour: str) -> dict[str, Any]:
    anchor = "right" if x else "left"
    return note(text, x=x, xref="paper", y=LABEL, xanchor=anchor, font={"color": colour})
