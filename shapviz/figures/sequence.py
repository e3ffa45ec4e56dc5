"""Sequence: signals as lines over lanes coloured by SHAP value, sums by step and by signal."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.lanes import Lanes
from shapviz.figures.layout import colour_key, layout, note, vline
from shapviz.figures.points import drawn, effect_format, hover_units, packed
from shapviz.figures.text import coloured, safe, width
from shapviz.figures.theme import Theme, as_theme, blend
from shapviz.labels import value_name, with_unit
from shapviz.types import FloatArray
from shapviz.views.sequence import SequenceView
from shapviz.views.words import effect_text, said_units

__all__ = ["key", "sequence"]

EXACT = 6_000
"""Up to this many entries every reading is written on hover."""
INSIDE = 0.38
"""Half of what a signal's line takes of its lane."""
KEY, KEY_ROW = 120, 30


def sequence(
    of: Explanation | SequenceView, *, theme: str | Theme = "light", **options: Any
) -> go.Figure:
    """Return one window of signals with its SHAP values.

    Parameters
    ----------
    of : Explanation or SequenceView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.sequence`: ``sample``, ``output``, ``max_display``.
    """
    view = views.sequence(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    lanes = Lanes(
        view.signals,
        tuple(_span(view, j) for j in range(len(view.signals))),
        len(view.values),
        by_time=view.block_values is not None,
        by_signal=view.signal_values is not None,
        foot=KEY_ROW,
    )
    data = [_heat(view, look), *_lines(view, look)]
    heads = []
    strip, beside = (0.0, 1.0), (0.0, 1.0)
    more: list[dict[str, Any]] = []
    if view.block_values is not None:
        strip = _ends(drawn(view.block_values, view.units))
        data.append(_strip(view, look))
        heads.append(("time", f"{value_name(view.units)}s by time step"))
    if view.signal_values is not None:
        beside, more = _beside(view, lanes, look)
        data.append(_bars(view, look))
        heads.append(("signal", "by signal" if heads else "Sums by signal"))
    frame = lanes.frame(look, heads)
    boxes, texts = key(view.limit, view.units, look, lanes)
    if view.signal_values is not None:
        boxes.append(vline(0, -0.5, len(view.signals) - 0.5, look.zero, xref="x2", yref="y"))
    return go.Figure(
        data=data,
        layout=layout(
            look,
            **lanes.room,
            # Long windows: drag along time for a closer look, double click to come back.
            dragmode="zoom",
            **_zooming(lanes.axes(look, strip, beside)),
            shapes=[*frame["shapes"], *boxes],
            annotations=[*frame["annotations"], *more, *texts],
        ),
    )


def _zooming(axes: dict[str, Any]) -> dict[str, Any]:
    return {**axes, "xaxis": {**axes["xaxis"], "fixedrange": False}}


def _span(view: SequenceView, j: int) -> str:
    """The range of a signal's readings, as its lane's second line."""
    known = None if view.readings is None else _numbers(view.readings[:, j])
    if known is None or not np.isfinite(known).any():
        return ""
    low, high = float(np.nanmin(known)), float(np.nanmax(known))
    unit = view.units_of_signals[j]
    return (
        with_unit(low, unit) if low == high else f"{with_unit(low, '')} to {with_unit(high, unit)}"
    )


def _numbers(column: Any) -> FloatArray | None:
    try:
        known = np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError):
        return None  # Words have no line.
    return np.where(np.isfinite(known), known, np.nan)


def _heat(view: SequenceView, look: Theme) -> dict[str, Any]:
    limit = float(drawn(view.limit, view.units)) or 1.0
    units = hover_units(view.units)
    steps, signals = view.values.shape
    trace: dict[str, Any] = {
        "type": "heatmap",
        "z": packed(drawn(view.values.T, view.units)),
        "zmin": -limit,
        "zmax": limit,
        "colorscale": look.diverging_scale(),
        "showscale": False,
        "zhoverformat": effect_format(view.units, 3),
        # Signals that share their players are one band, not lanes that happen to look alike.
        "ygap": 0 if view.is_band else 3,
        "xaxis": "x",
        "yaxis": "y",
    }
    if steps * signals > EXACT:
        trace["hovertemplate"] = (
            f"{value_name(view.units)} %{{z}}{units}<br>step %{{x}}<extra></extra>"
        )
        return trace
    trace["text"] = [[_cell(view, t, j) for t in range(steps)] for j in range(signals)]
    of = "" if view.whole_entries else " of its group"
    trace["hovertemplate"] = (
        f"%{{text}}<br>{value_name(view.units)}{of} %{{z}}{units}<br>step %{{x}}<extra></extra>"
    )
    return trace


def _cell(view: SequenceView, t: int, j: int) -> str:
    name = f"<b>{safe(view.signals[j])}</b>"
    if view.readings is None:
        return name
    value = view.readings[t, j]
    value = value.item() if isinstance(value, np.generic) else value
    return f"{name} {safe(with_unit(value, view.units_of_signals[j]))}"


def _lines(view: SequenceView, look: Theme) -> list[dict[str, Any]]:
    """Each signal inside its own lane, on a scale of its own."""
    if view.readings is None:
        return []
    lines = []
    for j in range(len(view.signals)):
        known = _numbers(view.readings[:, j])
        if known is None or not np.isfinite(known).any():
            continue
        low, high = float(np.nanmin(known)), float(np.nanmax(known))
        share = (known - low) / (high - low) if high > low else np.full(len(known), 0.5)
        y = j + INSIDE * (1 - 2 * share)
        lines.append(
            {
                "type": "scatter",
                "mode": "lines" if len(y) > 1 else "markers",
                "x": list(range(len(y))),
                "y": packed(y),
                "line": {"color": look.ink, "width": 1.3},
                "marker": {"color": look.ink, "size": 5},
                "hoverinfo": "skip",
                "xaxis": "x",
                "yaxis": "y",
            }
        )
    return lines


def _strip(view: SequenceView, look: Theme) -> dict[str, Any]:
    """Sums by step, or by block, as bars as wide as the block."""
    starts, stops = view.block_starts, view.block_stops
    values = drawn(view.block_values, view.units)
    texts = [
        f"step {a}" if a == b else f"steps {a} to {b}"
        for a, b in zip(starts, stops, strict=True)  # type: ignore[arg-type]
    ]
    return {
        "type": "bar",
        "x": ((starts + stops) / 2).tolist(),  # type: ignore[operator]
        "width": (stops - starts + 0.86).tolist(),  # type: ignore[operator]
        "y": packed(values),
        "marker": {"color": [look.effect(v) for v in values], "line": {"width": 0}},
        "hovertext": texts,
        "yhoverformat": effect_format(view.units, 3),
        "hovertemplate": (
            f"<b>%{{hovertext}}</b><br>{value_name(view.units)}s sum to "
            f"%{{y}}{hover_units(view.units)}<extra></extra>"
        ),
        "xaxis": "x",
        "yaxis": "y2",
    }


def _bars(view: SequenceView, look: Theme) -> dict[str, Any]:
    values = drawn(view.signal_values, view.units)
    return {
        "type": "bar",
        "orientation": "h",
        "x": packed(values),
        # A little above the lane's middle: its number stands below.
        "y": [k - 0.1 for k in range(len(values))],
        "width": 0.36,
        "marker": {
            "color": [look.effect(v) for v in values], "line": {"width": 0}, "cornerradius": 2,
        },
        "hovertext": [safe(name) for name in view.signals],
        "xhoverformat": effect_format(view.units, 3),
        "hovertemplate": (
            f"<b>%{{hovertext}}</b><br>{value_name(view.units)}s sum to "
            f"%{{x}}{hover_units(view.units)}<extra></extra>"
        ),
        "xaxis": "x2",
        "yaxis": "y",
    }  # fmt: skip


def _beside(
    view: SequenceView, lanes: Lanes, look: Theme
) -> tuple[tuple[float, float], list[dict[str, Any]]]:
    """Range of the sums by signal, and their numbers under the bars' ends."""
    values = drawn(view.signal_values, view.units)
    low, high = _ends(values)
    texts = []
    for k, value in enumerate(values):
        written = effect_text(float(view.signal_values[k]), view.units)  # type: ignore[index]
        texts.append(
            note(
                coloured(safe(written), look.effect_text(float(value))),
                x=0,
                xref="x2",
                y=k,
                yref="y",
                yshift=-14 if lanes.lane > 40 else 0,
                xanchor="left" if -low <= high else "right",
                xshift=2 if -low <= high else -2,
            )
        )
    return (low, high), texts


def _ends(values: FloatArray) -> tuple[float, float]:
    """Ends of an axis of bars: around zero, with a little room."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    room = 0.06 * ((high - low) or 1.0)
    return low - room, high + room


def key(
    limit: float, units: str, look: Theme, lanes: Lanes
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the colour key below the plot, as shapes and annotations."""
    below, left = lanes.bottom - 14, lanes.left
    low = f"pushes down {effect_text(-limit, units)}"
    high = f"{effect_text(limit, units)} pushes up"
    place = {
        "x": 0, "xref": "paper", "xanchor": "left", "y": 0, "yref": "paper",
        "yanchor": "middle", "yshift": -below,
    }  # fmt: skip
    start = width(low) + 8 - left
    end = start + KEY
    said = safe(said_units(units)) or value_name(units)
    texts = [
        note(coloured(safe(low), look.down_text), **place, xshift=-left),
        note(coloured(safe(high), look.up_text), **place, xshift=end + 6),
        note(said, **place, xshift=end + 6 + width(high) + 14, font={"color": look.muted}),
    ]
    half = 30
    steps = [blend(look.page, look.down, 1 - k / half) for k in range(half)]
    steps += [blend(look.page, look.up, (k + 1) / half) for k in range(half)]
    return colour_key(steps, x=0, y=0, shift=start, drop=-below, length=KEY, thick=10), texts
