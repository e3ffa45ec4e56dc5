"""A beeswarm's dots: traces, axis and key shared by the beeswarm figure and the Overview's."""

from __future__ import annotations

from typing import Any

import numpy as np

from shapviz.figures.layout import colour_key, key_text, note, tick_texts, ticks
from shapviz.figures.points import (
    drawn,
    effect_format,
    hover_units,
    packed,
    positions,
    ring,
    sample_line,
    shade,
    still,
)
from shapviz.figures.text import safe, width
from shapviz.figures.theme import Theme
from shapviz.labels import DASH, NARROW_SPACE, value_name, with_unit
from shapviz.views.beeswarm import BeeswarmRow, BeeswarmView

__all__ = ["dot_axis", "dot_traces", "key"]

SIZE, OPACITY, POOLED_OPACITY = 5, 0.9, 0.55
KEY = 90


def dot_axis(view: BeeswarmView) -> dict[str, Any]:
    """Return the axis of SHAP values: signed texts, a little room at either end."""
    low, high = (float(end) for end in drawn(view.limits, view.units))
    margin = 0.02 * (high - low) or max(abs(high), 1.0) * 0.5
    low, high = low - margin, high + margin
    at = ticks(low, high, about=5)
    return {
        "range": [low, high],
        "fixedrange": True,
        "hoverformat": effect_format(view.units),
        "tickvals": at,
        "ticktext": tick_texts(at, plus=True),
        "title": {"text": safe(view.values_title)},
    }


def dot_traces(
    view: BeeswarmView, look: Theme, ys: list[float], *, xaxis: str = "x", yaxis: str = "y"
) -> list[dict[str, Any]]:
    """Return a trace per row, hollow ones for missing values, and the selected sample's rings."""
    axes = {"xaxis": xaxis, "yaxis": yaxis}
    traces = []
    for row, y in zip(view.rows, ys, strict=True):
        traces += [{**trace, **axes} for trace in _row(view, row, y, look)]
    return [*traces, *({**trace, **axes} for trace in _rings(view, look, ys))]


def _row(view: BeeswarmView, row: BeeswarmRow, y: float, look: Theme) -> list[dict[str, Any]]:
    if row.feature < 0:
        colour = {"color": look.neutral, "opacity": POOLED_OPACITY}
        every = np.ones(row.x.size, dtype=bool)
        return [_trace(view, row, y, every, {**colour, "size": SIZE})]
    missing = np.isnan(row.colour)
    if row.limits is None:  # categories or no data: one grey for all
        marker = {"color": look.neutral, "opacity": OPACITY, "size": SIZE}
        return [_trace(view, row, y, missing, marker)]
    traces = [
        _trace(
            view,
            row,
            y,
            ~missing,
            {
                "color": packed(row.colour[~missing]),
                "cmin": row.limits[0],
                "cmax": row.limits[1] if row.limits[1] > row.limits[0] else row.limits[0] + 1,
                "colorscale": look.sequential_scale(),
                "opacity": OPACITY,
                "size": SIZE,
            },
            coloured=True,
        )
    ]
    if missing.any():
        hollow = {
            "color": "rgba(0,0,0,0)",
            "line": {"color": look.neutral, "width": 1},
            "size": SIZE,
            "opacity": 1.0,
        }
        traces.append(_trace(view, row, y, missing, hollow))
    return traces


def _trace(
    view: BeeswarmView,
    row: BeeswarmRow,
    y: float,
    chosen: Any,
    marker: dict[str, Any],
    *,
    coloured: bool = False,
) -> dict[str, Any]:
    samples = row.samples[chosen]
    last, names = sample_line(
        samples, view.sample_names, view.noun, default_names=view.default_names
    )
    units = hover_units(view.units)
    raw, texts = _raw(view, row, chosen, coloured=coloured)
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "name": safe(row.name),
        "x": packed(drawn(row.x[chosen], view.units)),
        "y": packed(y - SIZE * row.offset[chosen]),
        "customdata": positions(samples),
        "marker": marker,
        "hovertemplate": f"<b>%{{fullData.name}}</b>{raw}<br>"
        f"{value_name(view.units)} %{{x}}{units}<br>{last}<extra></extra>",
        "cliponaxis": False,
        **still(marker["opacity"]),
    }
    if texts is not None:
        trace["text"] = texts
    if row.feature < 0:
        trace["hovertemplate"] = trace["hovertemplate"].replace("fullData.name", "text")
    if names is not None:
        trace["hovertext"] = names
    return trace


def _raw(
    view: BeeswarmView, row: BeeswarmRow, chosen: Any, *, coloured: bool
) -> tuple[str, list[str] | None]:
    """Return how the hover writes a point's feature value, and a text a point where it needs one.

    Numbers come from the colour, which costs nothing; but there a minus would be a hyphen.
    """
    if row.feature < 0:
        return "", [safe(view.feature_names[j]) for j in row.members[chosen]]
    if row.categories:
        return " %{text}", [safe(row.categories[k]) for k in row.codes[chosen]]
    if not coloured:
        return (f" {DASH}" if row.limits is not None else ""), None
    values = row.colour[chosen]
    if float(values.min()) < 0:
        return " %{text}", [safe(with_unit(float(value), row.unit)) for value in values]
    unit = f"{NARROW_SPACE}{safe(row.unit)}" if row.unit else ""
    return f" %{{marker.color:,.4~r}}{unit}", None


def _rings(view: BeeswarmView, look: Theme, ys: list[float]) -> list[dict[str, Any]]:
    if view.selected is None:
        return []
    xs, heights, colours = [], [], []
    for row, y in zip(view.rows, ys, strict=True):
        at = np.flatnonzero(row.samples == view.selected)
        if row.feature < 0 or not at.size:
            continue
        k = int(at[0])
        xs.append(float(drawn(row.x[k], view.units)))
        heights.append(float(y - SIZE * row.offset[k]))
        colours.append(shade(float(row.colour[k]), row.limits, look))
    return ring(xs, heights, colours, look, 6)


def key(
    look: Theme, left: float, *, drop: float = 33
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the key's rectangles and texts, `drop` pixels under the plot at the left edge."""
    title, low, high = "Feature value", "low", "high"
    start = -left
    at_low = start + width(title) + 6
    bar = at_low + width(low) + 14
    place = {"x": 0, "xref": "paper", "y": 0, "yref": "paper", "xanchor": "left"}
    place |= {"yanchor": "middle", "yshift": -drop}
    texts = [
        note(title, **place, xshift=start),
        note(key_text(low, look), **place, xshift=at_low),
        note(key_text(high, look), **place, xshift=bar + KEY + 5),
    ]
    shapes = colour_key(look.sequential_steps(30), x=0, y=0, shift=bar, drop=-drop, length=KEY)
    return shapes, texts
