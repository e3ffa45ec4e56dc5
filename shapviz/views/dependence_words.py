"""The words of a dependence card: the finding as a title, the crossing, the footnote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from shapviz.labels import count, number, with_unit
from shapviz.types import FloatArray
from shapviz.views.columns import Column
from shapviz.views.one_output import OneOutput
from shapviz.views.overview import rank_correlation
from shapviz.views.trend import MOST, Trend
from shapviz.views.words import Span, effect, inline, say

if TYPE_CHECKING:
    from shapviz.views.dependence import DependenceView

__all__ = ["footnote", "sentence", "small_footnote", "title"]

CLEAR = 0.5
"""Rank correlation from which on the title claims a direction."""


def title(one: OneOutput, name: str, column: Column, y: FloatArray, trend: Trend | None) -> str:
    """Return the finding: ``Worst area: the higher, the more “malignant”``."""
    if not np.any(y):
        return f"{name}: no effect"
    if column.is_category:
        if trend is None or trend.x.size < 2:
            return f"{name}: no clear direction"
        top = column.categories[int(trend.x[np.argmax(trend.y)])]
        return f"{name}: \u201c{top}\u201d pushes up most"
    correlation = rank_correlation(column.numbers, y)
    if abs(correlation) < CLEAR:
        return f"{name}: no clear direction"
    if one.towards:
        more = "more" if correlation > 0 else "less"
        return f"{name}: the higher, the {more} {one.towards}"
    return f"{name}: the higher, the {'higher' if correlation > 0 else 'lower'} the output"


def sentence(
    one: OneOutput, view: DependenceView, column: Column, y: FloatArray
) -> tuple[Span, ...]:
    """Return where the effect changes sign, how far it goes, and what changes it."""
    if one.regional is not None and one.regional[view.feature]:
        return say("A region holds many readings and has no value of its own to draw.")
    if not column.known:
        return say("This explanation was stored without its data, so there is no value to show.")
    if view.missing == one.n:
        return say(f"Every value of {view.name} is missing.")
    partner: tuple[Span, ...] = ()
    if view.score is not None:
        partner = say(f" {view.partner_name} changes this most (score {view.score:.2f}).")
    return say(_effect(one, view, y), partner)


def _effect(one: OneOutput, view: DependenceView, y: FloatArray) -> tuple[Span, ...]:
    unit = f" {one.unit_words}" if one.unit_words else ""
    if not np.any(y):
        return say("It never moves the output.")
    if view.trend is None or view.trend.x.size < 2:
        return say(
            "It moves the output by ", effect(float(y.mean()), one.units), f"{unit} on average."
        )
    trend = view.trend
    low, high = float(trend.y.min()), float(trend.y.max())
    if view.categories:
        best, worst = (int(trend.x[pick]) for pick in (np.argmax(trend.y), np.argmin(trend.y)))
        return say(
            f"On average \u201c{view.categories[worst]}\u201d moves the output by ",
            effect(low, one.units),
            f"{unit}, \u201c{view.categories[best]}\u201d by ",
            effect(high, one.units),
            ".",
        )
    signs = np.sign(trend.y)
    changes = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    if changes.size == 1:
        c = int(changes[0])
        share = float(trend.y[c] / (trend.y[c] - trend.y[c + 1]))
        at = float(trend.x[c] + share * (trend.x[c + 1] - trend.x[c]))
        below = float(trend.y[: c + 1].max() if trend.y[c] > 0 else trend.y[: c + 1].min())
        above = float(trend.y[c + 1 :].max() if trend.y[c + 1] > 0 else trend.y[c + 1 :].min())
        words = ("down", "up") if above > 0 else ("up", "down")
        return say(
            f"Below {_rounded(at, view.unit)} it pushes the output {words[0]} (to ",
            effect(below, one.units),
            f"{unit}), above it pushes {words[1]} (to ",
            effect(above, one.units),
            ").",
        )
    return say(
        "On average its effect runs from ",
        effect(low, one.units),
        " to ",
        effect(high, one.units),
        f"{unit}.",
    )


def _rounded(x: float, unit: str) -> str:
    """Return a value read off a curve, to three significant digits."""
    text = number(x)
    return with_unit(text, unit)


def footnote(one: OneOutput, view: DependenceView, *, total: int, trend: Trend | None) -> str:
    """Return what is drawn, what is left out, and what the marks are."""
    parts = [_drawn(view, total)]
    if view.kind == "continuous":
        parts[0] += "; axis from the 0.5th to the 99.5th percentile"
        if view.outside:
            parts[0] += f", {count(view.outside)} outside"
    parts[0] += "."
    if view.missing:
        parts.append(f"At the left edge: {count(view.missing)} without a value.")
    parts.append(_line_words(view.kind, trend, total))
    if view.score is not None:
        parts.append(
            f"Score: share of the effect\u2019s spread at equal {inline(view.name)} that goes with "
            f"{inline(view.partner_name)}."
        )
    if view.partner is not None and view.colour_limits is None:
        parts.append(f"{view.partner_name} is not a number, so points keep one colour.")
    if view.selected is not None:
        parts.append(f"Ring: sample {one.sample_label(view.selected)}, selected.")
    return " ".join(filter(None, parts))


def small_footnote(one: OneOutput, panels: Sequence[DependenceView], *, total: int) -> str:
    """Return what all panels share, and each kind of line that is drawn in one of them."""
    if not panels:
        return ""
    parts = [_drawn(panels[0], total)]
    if any(panel.kind == "continuous" for panel in panels):
        parts[0] += "; numeric axes from the 0.5th to the 99.5th percentile"
    parts[0] += "."
    parts += dict.fromkeys(_line_words(panel.kind, panel.trend, total) for panel in panels)
    if panels[0].selected is not None:
        parts.append(f"Ring: sample {one.sample_label(panels[0].selected)}, selected.")
    return " ".join(filter(None, parts))


def _drawn(view: DependenceView, total: int) -> str:
    return f"{count(view.samples.size)} of {count(total)} {'sample' if total == 1 else 'samples'}"


def _line_words(kind: str, trend: Trend | None, total: int) -> str:
    """Return what the line is; empty where there is none, and no band where none is drawn."""
    if trend is None or not trend.x.size:
        return ""
    if kind == "continuous":
        fitted = f" of {count(MOST)} samples" if total > MOST else ""
        return f"Line: local linear trend{fitted} with its 95% band."
    if kind == "category":
        return "Lines: mean of each category."
    if trend.x.size == 1:
        return "Line: mean of the one value." if total > 1 else ""
    return "Line: mean at each value with its 95% band."
