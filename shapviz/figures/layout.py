"""What every figure's layout shares: template, margins, row labels, ticks, the colour key."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from shapviz.figures.text import RowLabel, safe
from shapviz.figures.theme import FONT, FONT_SIZE, Theme
from shapviz.labels import MINUS, NARROW_SPACE
from shapviz.views.words import axis_percent

__all__ = [
    "WIDEST_LEFT",
    "colour_key",
    "hline",
    "key_text",
    "layout",
    "left_margin",
    "note",
    "numbers",
    "percent_texts",
    "probability_texts",
    "row_annotations",
    "tick_texts",
    "ticks",
    "vline",
]

WIDEST_LEFT = 208
"""40% of 520 px: the left margin never takes more."""


@cache
def _template(theme: Theme) -> go.layout.Template:
    axis: dict[str, Any] = {
        "automargin": False,
        "gridcolor": theme.grid,
        "gridwidth": 1,
        "linecolor": theme.grid,
        "showline": False,
        "ticks": "",
        "tickfont": {"color": theme.muted, "size": FONT_SIZE},
        "title": {"font": {"color": theme.muted, "size": FONT_SIZE}, "standoff": 8},
        "zeroline": False,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": FONT_SIZE, "color": theme.ink},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "separators": f".{NARROW_SPACE}",
            "showlegend": False,
            "hovermode": "closest",
            "dragmode": False,
            "clickmode": "event+select",
            "hoverlabel": {
                "align": "left",
                "bgcolor": theme.panel,
                "bordercolor": theme.border,
                "font": {"family": FONT, "size": FONT_SIZE, "color": theme.ink},
                "namelength": 0,
            },
            "xaxis": axis,
            "yaxis": axis,
            "colorway": list(theme.series),
        }
    )


def layout(
    theme: Theme,
    *,
    height: float,
    left: float,
    right: float = 12,
    top: float,
    bottom: float,
    **more: Any,
) -> dict[str, Any]:
    """Return a layout with the theme's template, margins in pixels, and the page's width."""
    return {
        "template": _template(theme),
        "height": round(height),
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0},
        **more,
    }


def numbers(array: Any) -> list[float]:
    """Return plain floats: zero-dimensional arrays misplace shapes silently."""
    return [float(x) for x in array]


# Row labels


def left_margin(labels: Sequence[RowLabel]) -> int:
    """Return the left margin that the widest label asks for, at most 208 px."""
    widest = max((label.width for label in labels), default=0.0)
    return min(WIDEST_LEFT, math.ceil(widest) + 12)


def note(text: str, **more: Any) -> dict[str, Any]:
    """Return an annotation without arrow; `text` must be safe already."""
    # Text is aligned to its anchor: it stays put when the page's font arrives after the figure.
    anchor = more.get("xanchor", "center")
    return {"text": text, "showarrow": False, "align": anchor, **more}


def row_annotations(
    theme: Theme,
    labels: Sequence[RowLabel],
    ys: Sequence[float],
    left: float,
    *,
    values: Sequence[str] | None = None,
    muted: Sequence[bool] | None = None,
    yref: str = "y",
) -> list[dict[str, Any]]:
    """Return row labels as left-aligned annotations at the figure's left edge.

    Parameters
    ----------
    values : sequence of str, optional
        Raw values, muted on a line of their own; not escaped. Only one line of name is drawn then.
    muted : sequence of bool, optional
        Labels of remainder rows.
    """
    notes = []
    for k, (label, y) in enumerate(zip(labels, ys, strict=True)):
        text = label.text
        if muted is not None and muted[k]:
            text = f'<span style="color:{theme.muted}">{text}</span>'
        elif values is not None and values[k]:
            text += f'<br><span style="color:{theme.muted}">{safe(values[k])}</span>'
        row = note(
            text, x=0, xref="paper", xanchor="left", xshift=-left, y=y, yref=yref, align="left"
        )
        if label.hover is not None:
            row["hovertext"] = label.hover
        notes.append(row)
    return notes


# Ticks


def ticks(low: float, high: float, about: float = 6) -> list[float]:
    """Return about six tick positions inside [low, high], steps 1, 2 or 5 × 10ⁿ."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    raw = span / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = min((1, 2, 5, 10), key=lambda factor: abs(math.log(factor * power / raw))) * power
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [0.0 if k == 0 else k * step for k in range(first, last + 1)]


def tick_texts(values: Sequence[float], *, plus: bool) -> list[str]:
    """Return explicit tick texts with a true minus: ``−1``, ``0``, ``+1``; 0 has no sign."""
    step = min((b - a for a, b in pairwise(values)), default=0.0)
    step = step or abs(values[0]) or 1.0
    power = math.floor(math.log10(step) + 1e-9)
    decimals = max(0, -power)
    texts = []
    for value in values:
        if decimals > 4 or abs(value) >= 1e7:
            # As many digits as tell it from the next tick, however far from zero.
            digits = math.floor(math.log10(abs(value) or 1.0) + 1e-9) - power + 1
            body = f"{abs(value):.{max(2, digits)}g}".replace("e-0", "e-")
            body = body.replace("e-", f"e{MINUS}")
        else:
            body = f"{abs(value):,.{decimals}f}".replace(",", NARROW_SPACE)
            body = body.rstrip("0").rstrip(".") if decimals else body
        sign = "" if value == 0 else MINUS if value < 0 else "+" if plus else ""
        texts.append("0" if value == 0 else sign + body)
    return texts


def percent_texts(probabilities: Sequence[float]) -> list[str]:
    """Return tick texts of rising probabilities: the fewest decimals with which all differ.

    What no four decimals tell from 0% or 100% is written once, at the tick nearest to the middle;
    the others are empty.

    Examples
    --------
    >>> percent_texts([0.25, 0.5, 0.75]), percent_texts([0.571, 0.574])
    (['25%', '50%', '75%'], ['57.1%', '57.4%'])
    """
    tries = [[_percent(p, decimals) for p in probabilities] for decimals in range(5)]
    for texts in tries:
        if len(set(texts)) == len(texts):
            return texts
    texts = next((each for each in tries if _differ(each)), tries[-1])
    # From below each repeats the next one, from above the one before.
    nexts, befores = [*texts[1:], ""], ["", *texts[:-1]]
    others = [
        after if text.startswith("<") else before
        for text, after, before in zip(texts, nexts, befores, strict=True)
    ]
    return ["" if text == other else text for text, other in zip(texts, others, strict=True)]


def probability_texts(at: Sequence[float]) -> list[str]:
    """Return tick texts of a probability's axis; empty outside 0 to 1."""
    inside = iter(percent_texts([x for x in at if 0 <= x <= 1]))
    return [next(inside) if 0 <= x <= 1 else "" for x in at]


def _percent(p: float, decimals: int) -> str:
    if decimals == 0:
        return axis_percent(p)
    least = 10.0**-decimals
    if 0 < 100 * p < least:
        return f"<{least:.{decimals}f}%"
    if 100 - least < 100 * p < 100:
        return f">{100 - least:.{decimals}f}%"
    return f"{100 * p:.{decimals}f}%"


def _differ(texts: Sequence[str]) -> bool:
    """Whether all but those cut off at an end differ."""
    whole = [text for text in texts if text[:1] not in "<>"]
    return len(set(whole)) == len(whole)


# Lines and the key


def vline(x: float, y0: float, y1: float, colour: str, size: float = 1, **more: Any) -> Any:
    """Return a vertical line as a shape below the data."""
    line = {"color": colour, "width": size}
    return {
        "type": "line", "x0": x, "x1": x, "y0": y0, "y1": y1, "line": line, "layer": "below", **more
    }  # fmt: skip


def hline(y: float, x0: float, x1: float, colour: str, size: float = 1, **more: Any) -> Any:
    """Return a horizontal line as a shape below the data."""
    line = {"color": colour, "width": size}
    return {
        "type": "line", "x0": x0, "x1": x1, "y0": y, "y1": y, "line": line, "layer": "below", **more
    }  # fmt: skip


def colour_key(
    colours: Sequence[str],
    *,
    x: float,
    y: float,
    shift: float,
    drop: float,
    length: float,
    thick: float = 8,
) -> list[dict[str, Any]]:
    """Return a key as small rectangles placed in pixels.

    Parameters
    ----------
    colours : sequence of str
        Low to high, one a rectangle.
    x, y : float
        Anchor on the paper, 0 to 1.
    shift, drop : float
        Pixels right of and above the anchor of the key's left end and middle.
    length, thick : float
        Size in pixels.
    """
    # Whole pixels only: fractions leave seams between the rectangles.
    shift, each = round(shift), length / len(colours)
    return [
        {
            "type": "rect",
            "xref": "paper",
            "yref": "paper",
            "xsizemode": "pixel",
            "ysizemode": "pixel",
            "xanchor": x,
            "yanchor": y,
            "x0": shift + k * each,
            "x1": shift + (k + 1) * each,
            "y0": drop - thick / 2,
            "y1": drop + thick / 2,
            "fillcolor": colour,
            "line": {"width": 0},
        }
        for k, colour in enumerate(colours)
    ]


def key_text(text: str, theme: Theme) -> str:
    """Return an end of the key in muted text."""
    return f'<span style="color:{theme.muted}">{safe(text)}</span>'
