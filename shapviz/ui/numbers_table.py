"""The table of one prediction: every feature with its value, SHAP value, error and rank."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from shapviz.figures.text import width
from shapviz.labels import DASH, count, number, signed
from shapviz.types import FloatArray
from shapviz.ui import markup
from shapviz.ui.opening import Opened
from shapviz.views.one_output import OneOutput, one_output
from shapviz.views.words import PROBABILITY, scaled

__all__ = ["draw", "percentile", "table"]

MOST = 2_000
"""Rows of the table at most: an image has a million numbers."""
_TABLE = 450
"""Pixels that the table has beside the waterfall at the usual width of a window."""
_FEATURE, _VALUE, _SHARE = 110, 98, 72
"""Widths in pixels: a name's least, a value's most, and the percentile's."""
_NUMBERS = ("SHAP value", "LIME weight", "s.e.")
_FONT, _PADDING = 14, 20
"""Of a cell: a right-aligned text that is wider loses its first digits without a sign."""
_ROW, _SHOWN = 35, 8.5
"""Row height, and how many rows show: the last one cut in half says that more follow."""


def percentile(numbers: FloatArray, i: int) -> float | None:
    """Return the share of known numbers below the i-th, in percent; None where it is missing.

    Examples
    --------
    >>> percentile(np.array([1.0, 2.0, 3.0, 4.0]), 2)
    50.0
    """
    known = numbers[~np.isnan(numbers)]
    if np.isnan(numbers[i]):
        return None
    return 100 * float(np.mean(known < numbers[i]))


def _value(value: float, units: str) -> str:
    return signed(scaled(value, units), 2 if units == PROBABILITY else 3)


def _fit(text: str, pixels: int) -> str:
    """Return a text that a cell shows whole; a long one ends with an ellipsis."""
    room = pixels - _PADDING
    if width(text, _FONT) <= room:
        return text
    while text and width(f"{text}\u2026", _FONT) > room:
        text = text[:-1]
    return f"{text.rstrip()}\u2026"


def _wide(texts: pd.Series, head: str) -> int:
    """Return the width in pixels of a column in which every text fits."""
    longest = max(width(str(text), _FONT) for text in (*texts, head))
    return int(np.ceil(longest)) + _PADDING


def table(one: OneOutput, i: int) -> pd.DataFrame:
    """Return the numbers of sample `i` as texts, largest |SHAP value| first, `MOST` at most.

    Under probabilities SHAP values and errors are in percentage points.
    """
    errors = one.explanation.standard_errors
    order = one.largest_first(i)[:MOST]
    rows = {
        "Feature": [one.names[j] for j in order],
        "Value": [one.value_text(i, int(j)) or DASH for j in order],
        one.value_name: [_value(float(one.values[i, j]), one.units) for j in order],
        "Percentile": [percentile(one.column(int(j)).numbers, i) for j in order],
    }
    frame = pd.DataFrame(rows)
    if errors is not None:
        frame.insert(3, "s.e.", [number(scaled(float(errors[i, j]), one.units), 2) for j in order])
    if frame["Percentile"].isna().all():
        frame = frame.drop(columns="Percentile")
    nothing = not any(one.is_measured(j) for j in range(one.d))
    return frame.drop(columns="Value") if nothing else frame


def draw(view: Opened, sample: int) -> None:
    """Draw the table."""
    one = one_output(view.explanation, view.output, sample=sample)
    frame = table(one, sample)
    text = st.column_config.TextColumn
    wide = {name: _wide(frame[name], name) for name in frame.columns if name in _NUMBERS}
    values = frame["Value"] if "Value" in frame else pd.Series(dtype=object)
    value = min(_VALUE, _wide(values, "Value")) if len(values) else 0
    taken = value + sum(wide.values()) + _SHARE * ("Percentile" in frame)
    feature = max(_FEATURE, _TABLE - taken)
    st.dataframe(
        frame.assign(
            Feature=[_fit(name, feature) for name in frame["Feature"]],
            **({"Value": [_fit(shown, value) for shown in values]} if value else {}),
        ),
        hide_index=True,
        height=int(_ROW * (1 + min(len(frame), _SHOWN))) + (2 if len(frame) < _SHOWN else 0),
        placeholder=DASH,
        key="every number",
        column_config={
            "Feature": text(width=feature),
            "Value": text(width=value, alignment="right"),
            **{name: text(width=pixels, alignment="right") for name, pixels in wide.items()},
            "Percentile": st.column_config.ProgressColumn(
                width=_SHARE, min_value=0, max_value=100, format="%.0f", color="gray"
            ),
        },
    )
    units = f" {one.value_name}s in {one.said_units}." if one.units else ""
    markup.footnote(f"{count(len(frame))} of {count(len(frame))} features, largest first.{units}")
