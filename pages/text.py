"""Text: which words decided this text?"""

from __future__ import annotations

from typing import Any

from shapviz.ui import (
    Opened,
    cards,
    frame,
    markup,
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
    sample = picker.one(view, tools)
    text_card.draw(view, sample)
    _words_card(view)
    text_grid.draw(view, sample)


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


frame.asking("text", "Which words decided this text?", draw)
