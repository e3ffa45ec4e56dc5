"""The exactness dial on Prediction: the same question in more segments, and what that changes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from shapviz import views
from shapviz.store import Record
from shapviz.store.family import siblings
from shapviz.ui import cards, markup, read, state
from shapviz.ui.opening import Opened, complete

__all__ = ["draw", "ladder"]

_KEY = "exactness dial"
_HELP = (
    "In how many segments the way from a background row to this sample is walked. DeepSHAP takes "
    "it in one: quick, and often close. More segments cost more and come nearer to Shapley "
    "values. Once a finer choice no longer moves the values, the coarser one is exact enough."
)


def ladder(view: Opened) -> list[Record]:
    """Return the stored explanations of the open question, coarsest first."""
    return siblings(view.record, complete(read.records()))


@st.cache_resource(max_entries=256, show_spinner=False)
def _view(sources: tuple[read.Source, ...], **options: Any) -> Any:
    return views.exactness([read.explanation(source) for source in sources], **options)


def _choose() -> None:
    state.swap(st.session_state[_KEY])


def draw(view: Opened, sample: int) -> None:
    """Draw the card with the dial; nothing where the question was asked in one way only."""
    found = ladder(view)
    if len(found) < 2:
        return
    keys = [record.key for record in found]
    sources = tuple(read.Source(view.source.url, each.key, each.samples) for each in found)
    at = keys.index(view.record.key)
    shown = _view(sources, sample=sample, shown=at, output=view.output)
    words = {key: rung.short for key, rung in zip(keys, shown.rungs, strict=True)}
    with cards.card(shown.title):
        markup.sentence(shown.sentence)
        st.session_state[_KEY] = view.record.key
        st.segmented_control(
            "Exactness",
            keys,
            required=True,
            format_func=lambda key: words[key],
            key=_KEY,
            help=_HELP,
            on_change=_choose,
        )
        markup.footnote(shown.footnote)
