"""The table of one prediction: every feature with its value, SHAP value, error and rank."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from shapviz.labels import DASH, count, number, signed
from shapviz.types import FloatArray
from shapviz.ui import markup
from shapviz.ui.opening import Opened
from shapviz.views.one_output import OneOutput, one_output

__all__ = ["draw", "percentile", "table"]

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


def table(one: OneOutput, i: int) -> pd.DataFrame:
    """Return the numbers of sample `i` as texts, largest |SHAP value| first."""
    errors = one.explanation.standard_errors
    order = np.argsort(-np.abs(one.values[i]), kind="stable")
    rows = {
        "Feature": [one.names[j] for j in order],
        "Value": [one.value_text(i, int(j)) or DASH for j in order],
        "SHAP value": [signed(float(one.values[i, j]), 3) for j in order],
        "Percentile": [percentile(one.column(int(j)).numbers, i) for j in order],
    }
    frame = pd.DataFrame(rows)
    if errors is not None:
        frame.insert(3, "s.e.", [number(float(errors[i, j])) for j in order])
    if frame["Percentile"].isna().all():
        frame = frame.drop(columns="Percentile")
    return frame


def draw(view: Opened, sample: int) -> None:
    """Draw the table."""
    one = one_output(view.explanation, view.output)
    frame = table(one, sample)
    text = st.column_config.TextColumn
    st.dataframe(
        frame,
        hide_index=True,
        height=int(_ROW * (1 + min(len(frame), _SHOWN))) + (2 if len(frame) < _SHOWN else 0),
        placeholder=DASH,
        key="every number",
        column_config={
            "Feature": text(width=134),
            "Value": text(width=72, alignment="right"),
            "SHAP value": text(width=78, alignment="right"),
            "s.e.": text(width=52, alignment="right"),
            "Percentile": st.column_config.ProgressColumn(
                width=90, min_value=0, max_value=100, format="%.0f", color="gray"
            ),
        },
    )
    units = f" Values in {one.units}." if one.units and not one.is_probability else ""
    markup.footnote(f"{count(len(frame))} of {count(one.d)} features, largest first.{units}")
