"""The card of a text: its words where they stand, how much is coloured as one, the plain text."""

from __future__ import annotations

from typing import Any

import streamlit as st

from shapviz.figures.tokens import NARROW, WIDE
from shapviz.ui import cards, markup, read, state
from shapviz.ui.choices import segmented
from shapviz.ui.opening import Opened
from shapviz.views.text import LONG

__all__ = ["draw", "level_of", "picture"]

WORDS = {"words": "Words", "phrases": "Phrases", "sentences": "Sentences", "groups": "Groups"}
WINDOW = 560
"""Pixels of a long text that are seen at once."""


def level_of(view: Opened, sample: int) -> str:
    """Return the level that the URL asks for, drawing nothing."""
    return state.one_of("level", _offered(view, sample))


def _offered(view: Opened, sample: int) -> tuple[str, ...]:
    levels = view.view("text", sample=sample).levels
    # A short text has no sentences to tell apart; the control stays as it is for the next one.
    return levels if "groups" in levels else ("words", "phrases", "sentences")


def draw(view: Opened, sample: int) -> None:
    """Draw the whole card of a sample."""
    level = level_of(view, sample)
    shown = view.view("text", sample=sample, level=level)
    offered = _offered(view, sample)

    def controls() -> None:
        with st.container(
            horizontal=True, width="content", gap="xsmall", vertical_alignment="center"
        ):
            segmented("Coloured as one", "level", {each: WORDS[each] for each in offered})
            _plain(shown.text)

    with cards.card(shown.title, controls=controls):
        markup.sentence(shown.sentence)
        picture(view.source, shown, key="text", sample=sample, level=level, output=view.output)
        markup.footnote(shown.footnote)


def _plain(text: str) -> None:
    with st.popover("", icon=":material/content_copy:", help="The plain text, to copy"):
        st.code(text, language=None, wrap_lines=True, width=480)


def picture(
    source: read.Source, shown: Any, *, key: str, only: int | None = None, **options: Any
) -> None:
    """Draw a text in lines that fit the page: twice, and the stylesheet shows the one that fits.

    Parameters
    ----------
    source : Source
    shown : TextView
        The view of the same options.
    key : str
    only : int, optional
        One width of lines alone, where the place has it on every page; without a key.
    **options
        Of `views.text`.
    """
    theme, alt = markup.theme_name(), markup.pieces_text(shown.sentence)
    window = {"height": WINDOW, "border": False} if len(shown.chips) > LONG else {}
    with st.container(key=f"lines of text {key}", gap=None, **window):
        for wide in (WIDE, NARROW) if only is None else (only,):
            # The stylesheet hides one of these two by its name.
            name = "lines" if only else "wide lines" if wide == WIDE else "narrow lines"
            with st.container(key=f"{name} {key}"):
                drawn = {"wide": wide, "key": only is None}
                figure = read.figure("text", source, theme, drawn=drawn, **options)
                cards.chart(figure, key=f"{key} {wide}", alt=alt)
