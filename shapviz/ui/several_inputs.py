"""The cards of several inputs: what each gave to one prediction, and over all samples."""

from __future__ import annotations

import streamlit as st

from shapviz.figures import input_panel
from shapviz.ui import cards, markup
from shapviz.ui.opening import Opened

__all__ = ["draw", "draw_all"]

_WIDE = {"image": 440}
"""Pixels that a kind of input needs: a picture, its overlay and the colour key below them."""


def draw(view: Opened, sample: int) -> None:
    """Draw the sum over inputs and below it a panel an input."""
    found = view.view("multi_input", sample=sample)
    with cards.card(found.title):
        markup.sentence(found.sentence)
        cards.chart(
            view.figure("multi_input", markup.theme_name(), sample=sample),
            key="inputs",
            alt=markup.pieces_text(found.sentence),
        )
        for k, panel in enumerate(found.panels):
            markup.small_title(panel.heading)
            with st.container(width=_WIDE.get(panel.kind, "stretch")):
                cards.chart(
                    input_panel(panel, theme=markup.theme_name()),
                    key=f"input {k}",
                    alt=panel.heading,
                )
        markup.footnote(found.footnote)


def draw_all(view: Opened) -> None:
    """Draw what each input gave over all samples; a click on a dot opens its prediction."""
    found = view.view("input_importance", selected=view.sample)
    with cards.card(found.title):
        markup.sentence(found.sentence)
        cards.chart(
            view.figure("input_importance", markup.theme_name(), selected=view.sample),
            key="all inputs",
            alt=markup.pieces_text(found.sentence),
            output=view.output_name,
        )
        markup.footnote(f"{found.footnote} A click on a dot opens its sample.")
