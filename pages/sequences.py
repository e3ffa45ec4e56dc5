"""Sequences: which signal, and when?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from shapviz.ui import (
    cards,
    frame,
    guard,
    markup,
    notice,
    opened,
    other_kind,
    picker,
    same_windows,
    state,
)


def draw(tools: Any) -> None:
    """Draw the page for what is open; the picker goes beside the question."""
    view = opened()
    if other_kind.draw(view, "sequence"):
        return
    if view.sample is None:
        state.remember(sample=0)
        st.rerun()
    sample = view.sample
    with tools:
        picker.draw(view, sample)
    wrong_entry = picker.complaint()
    if wrong_entry is not None:
        notice("No such sample", wrong_entry)
    window = view.view("sequence", sample=sample)
    # The page asks the question already: the card says what was predicted.
    with cards.card(view.view("force", sample=sample).title):
        markup.sentence(window.sentence)
        cards.chart(
            view.figure("sequence", markup.theme_name(), sample=sample),
            key="sequence",
            alt=markup.pieces_text(window.sentence),
        )
        markup.footnote(window.footnote)
    same_windows.draw(view, sample)
    steps = view.view("sequence_steps")
    with cards.card(steps.title):
        markup.sentence(steps.sentence)
        cards.chart(
            view.figure("sequence_steps", markup.theme_name()),
            key="sequence steps",
            alt=markup.pieces_text(steps.sentence),
            output=view.output_name,
        )
        markup.footnote(steps.footnote)


def page() -> None:
    """Draw the head, then what is open or why it cannot be."""
    with cards.page_head("Which signal, and when?", beside=True) as tools:
        pass
    with guard():
        draw(tools)


frame.inside("sequences", page)
