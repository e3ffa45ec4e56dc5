"""Sequence grid: small windows coloured by SHAP value, a row an explanation, a column a class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.layout import layout, note, ticks
from shapviz.figures.points import drawn, effect_format, hover_units, packed
from shapviz.figures.text import bold, coloured, safe, width
from shapviz.figures.theme import Theme, as_theme
from shapviz.labels import shorten, value_name
from shapviz.views.sequence_grid import SequenceGridView
from shapviz.views.words import effect_text

__all__ = ["sequence_grid"]

TOP, HEAD, LANE, APART, BOTTOM = 26, 24, 18, 14, 44
"""Pixels: above, of a row's head, of a lane, between rows, and below."""
GAP = 0.025
WIDEST = 110
ALL = "All signals"


def sequence_grid(
    of: Mapping[str, Explanation] | SequenceGridView,
    *,
    theme: str | Theme = "light",
    **options: Any,
) -> go.Figure:
    """Return one window in several explanations, class by class.

    Parameters
    ----------
    of : mapping of str to Explanation, or SequenceGridView
    theme : {"light", "dark"} or Theme
    **options
        Of `views.sequence_grid`: ``sample``, ``output``, ``max_display``, ``max_signals``.
    """
    view = of if isinstance(of, SequenceGridView) else views.sequence_grid(of, **options)
    look = as_theme(theme)
    columns = len(view.columns)
    labels = [_lanes(view, r) for r in range(len(view.rows))]
    shown = [[shorten(name, 16) for name in names] for names in labels]
    plot = sum(HEAD + LANE * len(names) for names in labels) + APART * (len(labels) - 1)
    left = min(WIDEST, round(max(width(name) for names in shown for name in names)) + 12)
    data: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    notes, above = [], 0
    for r, names in enumerate(labels):
        top, tall = 1 - above / plot, LANE * len(names)
        above += HEAD + tall + APART
        notes.append(_head(view, r, top, left, look))
        for c in range(columns):
            k = r * columns + c
            axes |= _axes(view, k, (r, c), top - HEAD / plot, tall / plot)
            data.append(_heat(view, k, (r, c), look))
        notes += _labels(shown[r], r * columns, left, look)
    notes += [
        note(
            bold(safe(shorten(name, 24))),
            x=c * (1 + GAP) / columns, xref="paper", xanchor="left",
            y=1, yref="paper", yanchor="bottom", yshift=4,
        )
        for c, name in enumerate(view.columns)
        if name
    ]  # fmt: skip
    return go.Figure(
        data=data,
        layout=layout(
            look,
            height=TOP + plot + BOTTOM,
            left=left,
            right=4,
            top=TOP,
            bottom=BOTTOM,
            **axes,
            annotations=notes,
        ),
    )


def _lanes(view: SequenceGridView, r: int) -> tuple[str, ...]:
    """Names of a row's lanes; one for all where signals share their players."""
    return (ALL,) if view.is_band[r] else view.signals


def _suffix(k: int) -> str:
    return "" if k == 0 else str(k + 1)


def _axes(
    view: SequenceGridView, k: int, place: tuple[int, int], top: float, share: float
) -> dict[str, Any]:
    (r, c), columns = place, len(view.columns)
    steps = view.values.shape[2]
    last = r == len(view.rows) - 1
    marks = [t for t in ticks(0, steps - 1, about=4) if t == int(t)] or [0.0]
    each = (1 - GAP * (columns - 1)) / columns
    start = c * (each + GAP)
    fixed = {"fixedrange": True, "showgrid": False}
    return {
        f"xaxis{_suffix(k)}": {
            **fixed,
            "domain": [start, min(1.0, start + each)],
            "range": [-0.5, steps - 0.5],
            "anchor": f"y{_suffix(k)}",
            "showticklabels": last,
            "tickvals": marks,
            "ticktext": [str(int(t)) for t in marks],
            "title": {"text": "time step" if last else ""},
        },
        f"yaxis{_suffix(k)}": {
            **fixed,
            "domain": [max(0.0, top - share), top],
            "range": [len(_lanes(view, r)) - 0.5, -0.5],
            "anchor": f"x{_suffix(k)}",
            "showticklabels": False,
        },
    }


def _heat(view: SequenceGridView, k: int, place: tuple[int, int], look: Theme) -> dict[str, Any]:
    r, c = place
    limit = float(drawn(view.limits[r], view.units)) or 1.0
    lanes = _lanes(view, r)
    values = view.values[r, c][:, : len(lanes)]
    names = [[safe(name)] * len(values) for name in lanes]
    return {
        "type": "heatmap",
        "z": packed(drawn(values.T, view.units)),
        "y": list(range(len(lanes))),
        "zmin": -limit,
        "zmax": limit,
        "colorscale": look.diverging_scale(),
        "showscale": False,
        "ygap": 2,
        "text": names,
        "zhoverformat": effect_format(view.units, 3),
        "hovertemplate": (
            f"<b>%{{text}}</b><br>{value_name(view.units)} %{{z}}{hover_units(view.units)}"
            "<br>step %{x}<extra></extra>"
        ),
        "xaxis": f"x{_suffix(k)}",
        "yaxis": f"y{_suffix(k)}",
    }


def _head(view: SequenceGridView, r: int, top: float, left: float, look: Theme) -> dict[str, Any]:
    scale = f", up to {effect_text(float(view.limits[r]), view.units).lstrip('+')} either way"
    return note(
        safe(shorten(view.rows[r], 40)) + coloured(safe(scale), look.muted),
        x=0, xref="paper", xanchor="left", xshift=-left, y=top, yref="paper", yanchor="top",
        yshift=-2,
    )  # fmt: skip


def _labels(names: list[str], k: int, left: float, look: Theme) -> list[dict[str, Any]]:
    return [
        note(
            coloured(safe(name), look.muted),
            x=0, xref="paper", xanchor="left", xshift=-left, y=j, yref=f"y{_suffix(k)}",
        )
        for j, name in enumerate(names)
    ]  # fmt: skip
