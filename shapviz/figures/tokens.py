"""Text: its words, phrases or sentences coloured where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.layout import colour_key, layout, note, numbers
from shapviz.figures.points import drawn, effect_format, hover_units, packed
from shapviz.figures.text import coloured, safe, width
from shapviz.figures.theme import FONT_SIZE, Theme, as_theme, blend, fade
from shapviz.figures.tokens_placing import Segment, placed
from shapviz.labels import several, value_name
from shapviz.types import Array
from shapviz.views.text import TextView, is_marked
from shapviz.views.text_chips import Chip
from shapviz.views.words import amount_text, effect_text, quoted, said_units

__all__ = ["NARROW", "WIDE", "text"]

WIDE, NARROW = 912, 440
"""Widths of a line in pixels: of a card on a page of 1,400 and on one of 800."""
KEY_ROW, KEY = 36, {WIDE: 200, NARROW: 120}
UNCLEAR = "\u00b7\u00b7\u00b7\u00b7 uncertain"
"""What the key says of the dotted line."""
INSET = 4
"""Pixels that the dotted line is shorter than its word's place, at either end."""
STRONGEST = 0.57
"""Opacity of the largest value: ink on it keeps 6.9:1 in light and 4.8:1 in dark."""


class _Setting:
    """Type of a text with room for numbers, and of a small one."""

    def __init__(self, is_small: bool) -> None:
        self.size, self.bar, self.line = (15, 23, 28) if is_small else (20, 32, 46)
        # A long text is scrolled: its key would be far below.
        self.key_on_top = is_small


def text(
    of: Explanation | TextView,
    *,
    theme: str | Theme = "light",
    wide: int = WIDE,
    key: bool = True,
    clicks: bool = False,
    **options: Any,
) -> go.Figure:
    """Return a text with its values in place, in lines of a given width.

    Parameters
    ----------
    of : Explanation or TextView
    theme : {"light", "dark"} or Theme
    wide : int, default 912
        Width of a line in pixels; a wider figure leaves the rest empty.
    key : bool, default True
        Whether the scale of colours stands below.
    clicks : bool, default False
        Whether parts carry their position among the view's chips as ``customdata``, where a click
        opens or closes something; −1 where it does not.
    **options
        Of `views.text`: ``sample``, ``output``, ``level``, ``opened``, ``limit``.
    """
    view = views.text(of, **options) if isinstance(of, Explanation) else of
    look, setting = as_theme(theme), _Setting(view.is_small)
    written = [_number(chip, view) for chip in view.chips]
    least = [width(each, strong=True) + 2 if each else 0.0 for each in written]
    segments = placed(view.chips, wide, setting.size, least)
    tall = (max((s.line for s in segments), default=0) + 1) * setting.line
    # An array of one kind is checked at once, a list cell by cell.
    said = np.array([safe(s.text) for s in segments], dtype=str)
    traces = [
        *_chips(view, segments, said, setting, look, clicks=clicks),
        _words(segments, said, setting, look),
        *_numbers(view, segments, written, setting, look),
        *_dotted(view, segments, setting, look),
    ]
    if clicks:
        traces = [_unfaded(trace) for trace in traces]
    rectangles, texts = _key(view, look, wide, setting) if key else ([], [])
    below = KEY_ROW if key and not setting.key_on_top else 4
    above = KEY_ROW if key and setting.key_on_top else 0
    return go.Figure(
        data=traces,
        layout=layout(
            look,
            height=above + tall + below,
            left=1,
            right=1,
            top=above,
            bottom=below,
            barmode="overlay",
            bargap=0,
            shapes=rectangles,
            annotations=texts,
            **_axes(tall),
        ),
    )


def _axes(tall: float) -> dict[str, Any]:
    """One unit is one pixel, however wide the figure is: x takes the scale of y."""
    hidden = {"visible": False, "fixedrange": True, "constrain": "range"}
    # From −1 on: the plot's edge would cut the outline of a line's first part.
    across = {"range": [-1, 0], "scaleanchor": "y", "scaleratio": 1, "constraintoward": "left"}
    return {"xaxis": {**hidden, **across}, "yaxis": {**hidden, "range": [tall, 0]}}


def _number(chip: Chip, view: TextView) -> str:
    shown = chip.value and abs(chip.value) >= view.written_from
    return effect_text(chip.value, view.units) if shown else ""


def _middle(segment: Segment, setting: _Setting) -> float:
    return segment.line * setting.line + setting.bar / 2 + 1


def _chips(
    view: TextView,
    segments: Sequence[Segment],
    said: Array,
    setting: _Setting,
    look: Theme,
    *,
    clicks: bool,
) -> list[dict[str, Any]]:
    """The bars behind words; those that cannot be told from zero are a trace without colour."""
    unclear = np.array([view.chips[s.chip].is_unclear for s in segments], dtype=bool)
    carried = np.array(_carried(view, segments), dtype=np.int32) if clicks else None
    made = []
    for strongest, kept in ((STRONGEST, ~unclear), (0.0, unclear)):
        if not kept.any() and (strongest == 0 or unclear.any()):
            continue
        own = [s for s, keep in zip(segments, kept, strict=True) if keep]
        trace = _bars(view, own, said[kept], setting, look, strongest)
        if carried is not None:
            trace["customdata"] = carried[kept].tolist()
            # However pale it is, one sees what a click opens.
            trace["marker"]["line"] = {"width": 1, "color": look.grid}
        made.append(trace)
    return made


def _bars(
    view: TextView,
    segments: Sequence[Segment],
    said: Array,
    setting: _Setting,
    look: Theme,
    strongest: float,
) -> dict[str, Any]:
    values = drawn([view.chips[s.chip].value for s in segments], view.units)
    limit = float(drawn(view.limit, view.units)) or 1.0
    more = [_more(view.chips[s.chip], view.units) for s in segments]
    tail = "<br>%{hovertext}" if any(more) else ""
    number = f"%{{marker.color:{effect_format(view.units, 3)}}}{hover_units(view.units)}"
    shown = f"{value_name(view.units)} {number}"
    trace: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "base": packed([s.x for s in segments]),
        "x": packed([s.width for s in segments]),
        "y": packed([_middle(s, setting) for s in segments]),
        "width": setting.bar,
        "text": said,
        "textposition": "none",
        "marker": {
            "color": packed(values),
            "cmin": -limit,
            "cmax": limit,
            "colorscale": [
                [0.0, fade(look.down, strongest)],
                [0.5, fade(look.down, 0.0)],
                [0.5, fade(look.up, 0.0)],
                [1.0, fade(look.up, strongest)],
            ],
            "cornerradius": 4,
            "line": {"width": 0},
        },
        "hovertemplate": f"<b>%{{text}}</b><br>{shown}{tail}<extra></extra>",
        "cliponaxis": False,
    }
    if tail:
        trace["hovertext"] = more
    return trace


def _carried(view: TextView, segments: Sequence[Segment]) -> list[int]:
    chips = [k if chip.opens or chip.inside else -1 for k, chip in enumerate(view.chips)]
    return [chips[s.chip] for s in segments]


def _unfaded(trace: dict[str, Any]) -> dict[str, Any]:
    """A trace that stays as it is when a click selects a point of it or of another."""
    if trace["type"] == "bar":
        return {**trace, "unselected": {"marker": {"opacity": 1}}}
    if trace["mode"] == "lines":
        return trace
    return {**trace, "unselected": {"textfont": {"color": trace["textfont"]["color"]}}}


def _words(
    segments: Sequence[Segment], said: Array, setting: _Setting, look: Theme
) -> dict[str, Any]:
    # Apart from the bars, which would shrink a text that touches their edges.
    return {
        "type": "scatter",
        "mode": "text",
        "x": packed([s.x + s.width / 2 for s in segments]),
        "y": packed([_middle(s, setting) for s in segments]),
        "text": said,
        "textfont": {"size": setting.size, "color": look.ink},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _more(chip: Chip, units: str) -> str:
    """What the hover label adds: how far a token's value may be off, a group's size."""
    if chip.tokens > 1:
        return several(chip.tokens, "word")
    if chip.standard_error is None:
        return ""
    told = ", not told from zero" if chip.is_unclear else ""
    return f"\u00b1\u202f{amount_text(chip.reach, units, 2)} (1.96 standard errors){told}"


def _dotted(
    view: TextView, segments: Sequence[Segment], setting: _Setting, look: Theme
) -> list[dict[str, Any]]:
    """Lines under words whose value cannot be told from zero; no trace where there are none."""
    marked = [s for s in segments if is_marked(view.chips[s.chip], view.limit)]
    if not marked:
        return []
    ends = ((s.x + INSET, s.x + s.width - INSET, None) for s in marked)
    below = ((_under(s, setting), _under(s, setting), None) for s in marked)
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [x for each in ends for x in each],
            "y": [y for each in below for y in each],
            "line": {"color": look.muted, "width": 1.5, "dash": "1.5px,2.5px"},
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
    ]


def _under(segment: Segment, setting: _Setting) -> float:
    return segment.line * setting.line + setting.bar - 1.0


def _numbers(
    view: TextView,
    segments: Sequence[Segment],
    written: Sequence[str],
    setting: _Setting,
    look: Theme,
) -> list[dict[str, Any]]:
    large = [s for s in segments if s.is_widest and written[s.chip]]
    # A trace a direction: only one colour can outlast a click elsewhere.
    sides = [[s for s in large if (view.chips[s.chip].value > 0) == up] for up in (True, False)]
    return [
        {
            "type": "scatter",
            "mode": "text",
            "x": numbers([s.x + s.width / 2 for s in shown]),
            "y": numbers([s.line * setting.line + setting.bar + 8 for s in shown]),
            "text": [written[s.chip] for s in shown],
            "textfont": {
                "size": FONT_SIZE,
                "color": look.effect_text(view.chips[shown[0].chip].value),
            },
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
        for shown in sides
        if shown
    ]


def _key(
    view: TextView, look: Theme, wide: int, setting: _Setting
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    low = f"pushes down {effect_text(-view.limit, view.units)}"
    high = f"{effect_text(view.limit, view.units)} pushes up"
    units = said_units(view.units) or value_name(view.units)
    units = f"{units} of {quoted(view.output, view.units)}" if view.output else units
    length = KEY.get(wide, KEY[NARROW])
    start = width(low) + 10
    end = start + length
    y, drop = (1, KEY_ROW - 12) if setting.key_on_top else (0, 12 - KEY_ROW)
    place = {
        "x": 0, "xref": "paper", "xanchor": "left", "y": y, "yref": "paper",
        "yanchor": "middle", "yshift": drop,
    }  # fmt: skip
    texts = [
        note(coloured(safe(low), look.down_text), **place),
        note(coloured(safe(high), look.up_text), **place, xshift=end + 6),
    ]
    after = end + 6 + width(high) + 16
    muted = {"color": look.muted}
    if after + width(units) <= wide:
        texts.append(note(safe(units), **place, xshift=after, font=muted))
        after += width(units) + 16
    if view.has_unclear and after + width(UNCLEAR) <= wide:
        texts.append(note(UNCLEAR, **place, xshift=after, font=muted))
    half = 20
    steps = [blend(look.page, look.down, STRONGEST * (1 - k / half)) for k in range(half)]
    steps += [blend(look.page, look.up, STRONGEST * (k + 1) / half) for k in range(half)]
    return colour_key(steps, x=0, y=y, shift=start, drop=drop, length=length, thick=10), texts
