"""The table of stored explanations on Home; a click on a row opens it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from shapviz.figures import sparkline_svg, svg_uri
from shapviz.figures.theme import Theme
from shapviz.labels import DASH, count, date, gap
from shapviz.store import Record
from shapviz.store.family import heads
from shapviz.ui import markup, state
from shapviz.ui.progress import state_words

__all__ = ["draw", "table"]

_KEY = "stored explanations"
_ROW, _SHOWN = 52, 10


def table(records: Sequence[Record], theme: Theme) -> pd.DataFrame:
    """Return one row per record, most wanted columns first, all texts."""
    return pd.DataFrame(
        {
            "Importance": [_bars(record, theme) for record in records],
            "Explanation": [record.name for record in records],
            "State": [state_words(record) for record in records],
            "Samples": [count(record.samples) if record.samples else DASH for record in records],
            "Gap": [gap(record.gap) for record in records],
            "Made": [date(record.created.astimezone()) for record in records],
            "Data": [record.data or DASH for record in records],
            "Explainer": [record.explainer.capitalize() or DASH for record in records],
        }
    )


def _bars(record: Record, theme: Theme) -> str | None:
    return svg_uri(sparkline_svg(record.sparkline, theme=theme)) if record.sparkline else None


def _open(keys: list[str]) -> None:
    # A cell, not a row, is selected: rows would need a column of tick boxes.
    cells = st.session_state[_KEY]["selection"]["cells"]
    if cells:
        state.open_page("overview", explanation=keys[cells[0][0]])


def _behind(every: Sequence[Record], listed: Sequence[Record]) -> str:
    ready = [sum(record.state == "complete" for record in some) for some in (every, listed)]
    more = ready[0] - ready[1]
    return f", {count(more)} more on their exactness dials" if more else ""


def draw(records: Sequence[Record]) -> None:
    """Draw the card; what only differs in exactness is one row."""
    every, records = records, heads(records)
    text = st.column_config.TextColumn
    # Half a row shows that more follow.
    rows = len(records) if len(records) <= _SHOWN else _SHOWN + 0.5
    st.dataframe(
        table(records, markup.theme()),
        hide_index=True,
        row_height=_ROW,
        height=int(35 + _ROW * rows) + 2,
        placeholder="",
        key=_KEY,
        on_select=lambda: _open([record.key for record in records]),
        selection_mode="single-cell",
        column_config={
            "Importance": st.column_config.ImageColumn(width=118),
            "Explanation": text(width=190),
            "State": text(width=110),
            "Samples": text(width=86, alignment="right"),
            "Gap": text(width=78, alignment="right"),
            "Made": text(width=130),
            "Data": text(width=128),
            "Explainer": text(width=110),
        },
    )
    markup.footnote(
        f"{count(len(records))} of {count(len(records))} explanations{_behind(every, records)}. "
        "Click a row to open it. "
        "The gap is prediction − base value − Σ values, mean absolute, in output units."
    )
