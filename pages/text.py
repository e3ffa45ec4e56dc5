"""Text: which words decided this text?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from shapviz.ui import (
    Opened,
    cards,
    frame,
    guard,
    markup,
    notice,
    opened,
    other_kind,
    picker,
    state,
    text_card,
    text_grid,
)
from shapviz.ui.choices import segmented

_ORDERS = {"total": "By sum", "average": "By average"}


def draw(tools: Any) -> None:
    """Draw the page for what is open; the picker goes beside the question."""
    view = opened()
    if other_kind.draw(view, "text"):
        return
    if view.sample is None:
        state.remember(sample=0)
        st.rerun()
    with tools:
        picker.draw(view, view.sample)
    wrong_entry = picker.complaint()
    if wrong_entry is not None:
        notice("No such sample", wrong_entry)
    text_card.draw(view, view.sample)
    _words_card(view)
    text_grid.draw(view, view.sample)


def _words_card(view: Opened) -> None:
    order = state.one_of("order", tuple(_ORDERS))
    words = view.view("text_tokens", order=order)
    with cards.card(words.title, controls=lambda: segmented("Order", "order", _ORDERS)):
        markup.sentence(words.sentence)
        cards.chart(
            view.figure("text_tokens", markup.theme_name(), order=order),
            key="text tokens",
            alt=markup.pieces_text(words.sentence),
            output=view.output_name,
        )
        markup.footnote(f"{words.footnote} A click on a dot opens its {words.noun}.")


def page() -> None:
    """Draw the head, then what is open or why it cannot be."""
    with cards.page_head("Which words decided this text?", beside=True) as tools:
        pass
    with guard():
        draw(tools)


frame.inside("text", page)
