"""The scatter of a dependence view: points, trend, rings and axes, for one panel or many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from shapviz.figures.layout import numbers
from shapviz.figures.points import (
    drawn,
    hover_units,
    packed,
    positions,
    ring,
    sample_line,
    shade,
    still,
)
from shapviz.figures.text import safe, width
from shapviz.figures.theme import Theme, fade
from shapviz.labels import NARROW_SPACE, shorten, value_name, with_unit
from shapviz.types import FloatArray
from shapviz.views.dependence import DependenceView

__all__ = ["cloud", "left_for", "ring_of", "trend_traces", "x_axis", "x_range", "y_range"]

RUG = 0.035
"""How far left of the axis values without a number stand, as a share of it."""


def left_for(texts: Sequence[str]) -> int:
    """Return the left margin that the widest tick text asks for."""
    return math.ceil(max(map(width, texts), default=0.0)) + 12


def y_range(view: DependenceView) -> tuple[float, float]:
    """Return the range of SHAP values with a little room; zero is inside."""
    ys = [view.y] if view.trend is None else [view.y, view.trend.y]
    shown = drawn(np.concatenate(ys), view.units)
    low, high = min(float(shown.min()), 0.0), max(float(shown.max()), 0.0)
    if not high > low:
        return -1.0, 1.0
    margin = 0.06 * (high - low)
    return low - margin, high + margin


def x_range(view: DependenceView) -> list[float]:
    """Return the axis: the view's limits, room for markers, and for a rug where needed."""
    low, high = view.limits
    span = high - low if high > low else max(abs(high), 1.0)
    start = low - 0.015 * span - (2 * RUG * span if view.missing else 0.0)
    return [start, high + 0.015 * span]


def _rug(view: DependenceView) -> float:
    low, high = view.limits
    return low - RUG * (high - low if high > low else max(abs(high), 1.0))


def x_axis(view: DependenceView, *, about: int = 7) -> dict[str, Any]:
    """Return the axis of feature values: categories by name, numbers in raw units."""
    unit = f" ({safe(view.unit)})" if view.unit else ""
    axis: dict[str, Any] = {
        "showgrid": False,
        "hoverformat": ",.4~r",
        "title": {"text": f"{safe(shorten(view.name, 60))}{unit}"},
    }
    if view.categories:
        long = len(view.categories) > 8
        return {
            **axis,
            "tickvals": list(range(len(view.categories))),
            "ticktext": [safe(shorten(name, 14)) for name in view.categories],
            "tickangle": -40 if long else 0,
        }
    levels = np.unique(view.values[~np.isnan(view.values)])
    if view.kind == "discrete" and 0 < levels.size <= about:
        return {
            **axis,
            "tickvals": numbers(levels),
            "ticktext": [safe(with_unit(float(x), "")) for x in levels],
        }
    largest = max(abs(limit) for limit in view.limits)
    if view.limits[1] - view.limits[0] > 1e-4 and largest < 1e7:
        return {**axis, "nticks": about, "tickformat": ",~f"}
    return {**axis, "nticks": about, "exponentformat": "power"}


def _place(view: DependenceView) -> FloatArray:
    return np.where(np.isnan(view.x), _rug(view), view.x)


def cloud(
    view: DependenceView, look: Theme, *, size: float, opacity: float
) -> list[dict[str, Any]]:
    """Return the points; those whose partner has no value are hollow."""
    x = _place(view)
    if view.colour is None or view.colour_limits is None:
        marker = {"color": look.neutral, "size": size, "opacity": opacity}
        return [_trace(view, x, np.ones(x.size, dtype=bool), marker)]
    missing = np.isnan(view.colour)
    low, high = view.colour_limits
    coloured = {
        "color": packed(view.colour[~missing]),
        "cmin": low,
        "cmax": high if high > low else low + 1,
        "colorscale": look.sequential_scale(),
        "size": size,
        "opacity": opacity,
    }
    traces = [_trace(view, x, ~missing, coloured, partner=True)]
    if missing.any():
        hollow = {
            "color": "rgba(0,0,0,0)",
            "line": {"color": look.neutral, "width": 1},
            "size": size,
            "opacity": 1.0,
        }
        traces.append(_trace(view, x, missing, hollow))
    return traces


def _trace(
    view: DependenceView,
    x: FloatArray,
    chosen: Any,
    marker: dict[str, Any],
    *,
    partner: bool = False,
) -> dict[str, Any]:
    samples = view.samples[chosen]
    last, names = sample_line(
        samples, view.sample_names, view.noun, default_names=view.default_names
    )
    units = hover_units(view.units)
    head, texts = _values_line(view, chosen, partner=partner)
    lines = [head, f"{value_name(view.units)} %{{y}}{units}", last]
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "x": packed(x[chosen]),
        "y": packed(drawn(view.y[chosen], view.units)),
        "customdata": positions(samples),
        "marker": marker,
        "hovertemplate": "<br>".join(lines) + "<extra></extra>",
        **still(marker["opacity"]),
    }
    if texts is not None:
        trace["text"] = texts
    if names is not None:
        trace["hovertext"] = names
    return trace


def _values_line(
    view: DependenceView, chosen: Any, *, partner: bool
) -> tuple[str, list[str] | None]:
    """Return the hover's lines on feature values, and a text a point where numbers do not do.

    Numbers come from the position and the colour, which costs nothing; but jitter moves the
    position, and a colour's minus would be a hyphen.
    """
    theirs = None if not partner or view.colour is None else view.colour[chosen]
    plain = view.kind == "continuous" and not view.missing
    if plain and (theirs is None or float(theirs.min()) >= 0):
        unit = f"{NARROW_SPACE}{safe(view.unit)}" if view.unit else ""
        line = f"<b>{safe(view.name)}</b> %{{x}}{unit}"
        if theirs is not None:
            unit = f"{NARROW_SPACE}{safe(view.partner_unit)}" if view.partner_unit else ""
            line += f"<br>{safe(view.partner_name)} %{{marker.color:,.4~r}}{unit}"
        return line, None
    texts = [_value_text(view, float(value)) for value in view.values[chosen]]
    if theirs is not None:
        name = safe(view.partner_name)
        texts = [
            f"{text}<br>{name} {safe(with_unit(float(value), view.partner_unit))}"
            for text, value in zip(texts, theirs, strict=True)
        ]
    return f"<b>{safe(view.name)}</b> %{{text}}", texts


def _value_text(view: DependenceView, value: float) -> str:
    if view.categories and not math.isnan(value):
        return safe(view.categories[int(value)])
    return safe(with_unit(value, view.unit))


def trend_traces(view: DependenceView, look: Theme) -> list[dict[str, Any]]:
    """Return band, halo and line; one short line a category."""
    trend = view.trend
    if trend is None or not trend.x.size:
        return []
    if view.categories or trend.x.size == 1:
        half = 0.3 * (1.0 if view.categories else view.limits[1] - view.limits[0])
        x = [p for at in numbers(trend.x) for p in (at - half, at + half, None)]
        y = [p for at in numbers(drawn(trend.y, view.units)) for p in (at, at, None)]
        return _line(x, y, look)
    band = {
        "type": "scatter",
        "mode": "lines",
        "x": packed(np.concatenate([trend.x, trend.x[::-1]])),
        "y": packed(drawn(np.concatenate([trend.high, trend.low[::-1]]), view.units)),
        "fill": "toself",
        "fillcolor": fade(look.ink, look.band),
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    return [band, *_line(packed(trend.x), packed(drawn(trend.y, view.units)), look)]


def _line(x: Any, y: Any, look: Theme) -> list[dict[str, Any]]:
    shared = {"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip"}
    return [
        {**shared, "line": {"color": look.page, "width": 5}},
        {**shared, "line": {"color": look.ink, "width": 2.5}},
    ]


def ring_of(view: DependenceView, look: Theme, *, size: float = 7) -> list[dict[str, Any]]:
    """Return the selected sample's ring."""
    if view.selected is None:
        return []
    k = int(np.flatnonzero(view.samples == view.selected)[0])
    colour = look.neutral
    if view.colour is not None:
        colour = shade(float(view.colour[k]), view.colour_limits, look)
    return ring(
        [float(_place(view)[k])], [float(drawn(view.y[k], view.units))], [colour], look, size
    )
