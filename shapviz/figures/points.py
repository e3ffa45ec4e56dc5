"""Points that stand for samples: hover, ring, and numbers packed small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shapviz.figures.text import safe
from shapviz.figures.theme import Theme
from shapviz.labels import NARROW_SPACE
from shapviz.types import FloatArray, IntArray
from shapviz.views.words import PROBABILITY, scaled

__all__ = [
    "drawn",
    "effect_format",
    "hover_units",
    "packed",
    "positions",
    "ring",
    "sample_line",
    "shade",
    "still",
]


def effect_format(units: str, decimals: int = 2) -> str:
    """Return how a hover label writes a SHAP value that was `drawn`."""
    return f"+.{decimals - 1 if units == PROBABILITY else decimals}f"


def hover_units(units: str) -> str:
    """Return what follows a number in that format: its units, or ``pp`` as in every text."""
    if units == PROBABILITY:
        return f"{NARROW_SPACE}pp"
    return f" {safe(units)}" if units else ""


def drawn(effects: Any, units: str) -> FloatArray:
    """Return SHAP values as they are written: a label's template cannot multiply by 100."""
    return np.asarray(effects, dtype=np.float64) * scaled(1.0, units)


def packed(array: Any) -> FloatArray:
    """Return numbers for a figure: four bytes each are more than a screen can show."""
    return np.ascontiguousarray(array, dtype=np.float32)


def positions(samples: IntArray) -> IntArray:
    """Return sample positions for customdata, in as few bytes as they need."""
    small = samples.size == 0 or int(samples.max()) < 2**15
    return np.ascontiguousarray(samples, dtype=np.int16 if small else np.int32)


def sample_line(
    samples: IntArray, names: Sequence[str], noun: str, *, default_names: bool
) -> tuple[str, list[str] | None]:
    """Return the hover's last line and, where samples have names, a text for each point."""
    word = safe(noun.capitalize())
    if default_names:
        return f"{word} %{{customdata:,d}}", None
    return f"{word} %{{hovertext}}", [safe(names[i]) for i in samples]


def still(opacity: float) -> dict[str, Any]:
    """Return trace options that keep every point as it is when one is clicked."""
    same = {"marker": {"opacity": opacity}}
    return {"selected": same, "unselected": same}


def ring(
    x: Sequence[float], y: Sequence[float], colours: Sequence[Any], look: Theme, size: float
) -> list[dict[str, Any]]:
    """Return two traces: a ring in page colour with an ink line, and the points inside it."""
    shared = {
        "type": "scatter",
        "mode": "markers",
        "x": list(x),
        "y": list(y),
        "hoverinfo": "skip",
        "cliponaxis": False,
        **still(1.0),
    }
    line = {"color": look.ink, "width": 1.5}
    outer = {"color": look.page, "size": size + 6, "line": line, "opacity": 1.0}
    inner = {"color": list(colours), "size": size, "opacity": 1.0, "line": {"width": 0}}
    return [{**shared, "marker": outer}, {**shared, "marker": inner}]


def shade(value: float, limits: tuple[float, float] | None, look: Theme) -> str:
    """Return the colour that a feature value has on the sequential scale."""
    if limits is None or value != value:
        return look.neutral
    low, high = limits
    share = 0.5 if high <= low else min(max((value - low) / (high - low), 0.0), 1.0)
    steps = look.sequential_steps(101)
    return steps[round(share * 100)]
