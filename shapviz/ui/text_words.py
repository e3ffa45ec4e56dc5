"""The card of words: what each is worth over all texts."""

from __future__ import annotations

from shapviz.ui import cards, markup, state
from shapviz.ui.choices import segmented
from shapviz.ui.opening import Opened

__all__ = ["draw"]

_ORDERS = {"total": "By sum", "average": "By average"}


def draw(view: Opened) -> None:
    """Draw the card; a click on a dot opens its text."""
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
