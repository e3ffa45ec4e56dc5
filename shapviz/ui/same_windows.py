"""Other explanations of the same windows, and how they compare on one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from shapviz import figures, views
from shapviz.digests import digest
from shapviz.store import Record
from shapviz.ui import cards, markup, read
from shapviz.ui.opening import Opened, labels
from shapviz.ui.same_samples import same_samples
from shapviz.views import modality
from shapviz.views.windows import window_of

__all__ = ["draw", "same_windows"]

SHOWN = 4
"""Rows of the card at most."""


@st.cache_data(max_entries=256, show_spinner=False)
def _first(source: read.Source) -> str:
    """Return a digest of an explanation's first window; "" where its samples are none."""
    one = read.store().rows(source.key, 0, 1)
    if source.input:
        if source.input not in (one.inputs or ()):
            return ""
        one = one.of_input(source.input)
    if modality(one) != "sequence":
        return ""
    readings = window_of(one, 0).readings
    numbers = readings is not None and readings.dtype.kind in "biuf"
    return digest(np.asarray(readings, dtype=np.float32)) if numbers else ""


def same_windows(view: Opened) -> list[Record]:
    """Return complete explanations of the windows that are open, this one first."""
    return same_samples(view, _first)


@st.cache_resource(max_entries=64, show_spinner=False)
def _view(sources: tuple[tuple[str, read.Source], ...], **options: Any) -> Any:
    given = {name: read.explanation(source) for name, source in sources}
    return views.sequence_grid(given, **options)


def draw(view: Opened, sample: int) -> None:
    """Draw the card; nothing where there is one explanation of one output."""
    records = same_windows(view)[:SHOWN]
    if len(records) == 1 and not view.explanation.has_outputs:
        return
    names = labels(records)
    sources = tuple(
        (names[r.key], replace(view.source, key=r.key, samples=r.samples)) for r in records
    )
    found = _view(sources, sample=sample, output=view.output)
    with cards.card(found.title):
        markup.sentence(found.sentence)
        cards.chart(
            figures.sequence_grid(found, theme=markup.theme_name()),
            key="sequence grid",
            alt=markup.pieces_text(found.sentence),
        )
        markup.footnote(found.footnote)
