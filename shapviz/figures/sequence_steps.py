"""Sequence steps: lanes shaded by mean |value|, a dot for each sample's largest, sums beside."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.lanes import Lanes
from shapviz.figures.layout import layout, note, vline
from shapviz.figures.points import (
    drawn,
    effect_format,
    hover_units,
    packed,
    positions,
    sample_line,
    still,
)
from shapviz.figures.text import safe
from shapviz.figures.theme import Theme, as_theme, fade
from shapviz.labels import value_name
from shapviz.types import FloatArray
from shapviz.views.sequence_steps import SequenceStepsView
from shapviz.views.words import PROBABILITY, amount_text, effect_text

__all__ = ["sequence_steps"]

DEEPEST = 0.55
"""Opacity of the largest mean: dots must stand out from it."""
SPREAD = 0.34


def sequence_steps(
    of: Explanation | SequenceStepsView, *, theme: str | Theme = "light", **options: Any
) -> go.Figure:
    """Return mean |SHAP value| by step and signal, with a dot a sample.

    Parameters
    ----------
    of : Explanation or SequenceStepsView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.sequence_steps`: ``output``, ``max_display``.
    """
    view = views.sequence_steps(of, **options) if isinstance(of, Explanation) else of
    look = as_theme(theme)
    timed = len(view.starts) > 1
    name = value_name(view.units)
    # One lane of all signals has no others beside it to be compared with.
    several = len(view.signals) > 1 or not timed
    lanes = Lanes(view.signals, ("",) * len(view.signals), view.steps, timed, by_signal=several)
    data = [_heat(view, look), _dots(view, look)]
    heads, axis = [], []
    if several:
        data.append(_beside(view, look))
        heads.append(("signal", f"Mean |{name}|" if not timed else "by signal"))
        axis.append(vline(0, -0.5, len(view.signals) - 0.5, look.zero, xref="x2", yref="y"))
    if timed:
        data.append(_above(view, look))
        heads.append(("time", f"Mean |{name}| by time step"))
    frame = lanes.frame(look, heads)
    most = float(drawn(view.by_signal, view.units).max()) or 1.0
    high = float(drawn(view.by_block, view.units).max()) or 1.0
    return go.Figure(
        data=data,
        layout=layout(
            look,
            **lanes.room,
            **lanes.axes(look, (0.0, 1.05 * high), (0.0, 1.06 * most)),
            shapes=[*frame["shapes"], *axis],
            annotations=[*frame["annotations"], *(_numbers(view, lanes) if several else ())],
        ),
    )


def _heat(view: SequenceStepsView, look: Theme) -> dict[str, Any]:
    edges = np.append(view.starts - 0.5, view.stops[-1] + 0.5)
    values = drawn(view.mean, view.units)
    return {
        "type": "heatmap",
        "x": edges.tolist(),
        "y": list(range(len(view.signals))),
        "z": packed(values),
        "zmin": 0,
        "zmax": float(values.max()) or 1.0,
        "colorscale": [[0.0, fade(look.neutral, 0.0)], [1.0, fade(look.neutral, DEEPEST)]],
        "showscale": False,
        "ygap": 3,
        "hoverinfo": "skip",
        "xaxis": "x",
        "yaxis": "y",
    }


def _dots(view: SequenceStepsView, look: Theme) -> dict[str, Any]:
    """One a sample at its largest value, spread over the lane where several meet."""
    beside, above = _apart(view)
    x = ((view.starts + view.stops) / 2)[view.at_block] + beside
    y = view.at_lane + above
    line, names = sample_line(
        view.samples, view.sample_names, view.sample_noun, default_names=view.default_names
    )
    values = drawn(view.largest, view.units)
    said = "" if view.units == PROBABILITY or not view.units else f" {safe(view.units)}"
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": packed(x),
        "y": packed(y),
        "customdata": positions(view.samples),
        "text": [
            f"{effect_text(float(v), view.units)}{said}<br>{_when(view, k)}"
            for v, k in zip(view.largest, view.at_block, strict=True)
        ],
        "marker": {
            "color": [look.effect(v) for v in values], "size": 6, "opacity": 0.85,
            "line": {"width": 0},
        },
        "hovertemplate": (
            f"{line}<br>largest {value_name(view.units)} %{{text}}<extra></extra>"
        ),
        "xaxis": "x",
        "yaxis": "y",
        **still(0.85),
    }  # fmt: skip
    return trace if names is None else {**trace, "hovertext": names}


def _apart(view: SequenceStepsView) -> tuple[FloatArray, FloatArray]:
    """Offsets along and across the lane: dots of one place stand side by side, by size."""
    place = view.at_lane * len(view.starts) + view.at_block
    along, across = np.zeros(len(place)), np.zeros(len(place))
    for each in np.unique(place):
        at = np.flatnonzero(place == each)
        order = at[np.argsort(-np.abs(view.largest[at]), kind="stable")]
        block = view.at_block[at[0]]
        steps = int(view.stops[block] - view.starts[block]) + 1
        # A step is one dot wide; a block has room for a few columns of them.
        columns = max(1, min(2 * steps if steps > 1 else 1, -(-len(at) // 4)))
        column, row = np.divmod(np.arange(len(at)), -(-len(at) // columns))
        rows = int(row.max()) + 1
        along[order] = ((column + 0.5) / columns - 0.5) * steps
        across[order] = (row + 0.5) / rows * 2 * SPREAD - SPREAD
    return along, across


def _when(view: SequenceStepsView, block: int) -> str:
    first, last = int(view.starts[block]), int(view.stops[block])
    return f"step {first}" if first == last else f"steps {first} to {last}"


def _above(view: SequenceStepsView, look: Theme) -> dict[str, Any]:
    texts = [_when(view, k) for k in range(len(view.starts))]
    return {
        "type": "bar",
        "x": ((view.starts + view.stops) / 2).tolist(),
        "width": (view.stops - view.starts + 0.86).tolist(),
        "y": packed(drawn(view.by_block, view.units)),
        "marker": {"color": look.neutral, "line": {"width": 0}},
        "hovertext": texts,
        "yhoverformat": effect_format(view.units, 3).lstrip("+"),
        "hovertemplate": _bar_hover(view, "y"),
        "xaxis": "x",
        "yaxis": "y2",
    }


def _beside(view: SequenceStepsView, look: Theme) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "x": packed(drawn(view.by_signal, view.units)),
        "y": [k - 0.1 for k in range(len(view.signals))],
        "width": 0.36,
        "marker": {"color": look.neutral, "line": {"width": 0}, "cornerradius": 2},
        "hovertext": [safe(name) for name in view.signals],
        "xhoverformat": effect_format(view.units, 3).lstrip("+"),
        "hovertemplate": _bar_hover(view, "x"),
        "xaxis": "x2",
        "yaxis": "y",
    }


def _bar_hover(view: SequenceStepsView, axis: str) -> str:
    name, units = value_name(view.units), hover_units(view.units)
    return f"<b>%{{hovertext}}</b><br>mean |{name}|s sum to %{{{axis}}}{units}<extra></extra>"


def _numbers(view: SequenceStepsView, lanes: Lanes) -> list[dict[str, Any]]:
    return [
        note(
            safe(amount_text(float(value), view.units)),
            x=0,
            xref="x2",
            y=k,
            yref="y",
            yshift=-14 if lanes.lane > 40 else 0,
            xanchor="left",
            xshift=2,
        )
        for k, value in enumerate(view.by_signal)
    ]
