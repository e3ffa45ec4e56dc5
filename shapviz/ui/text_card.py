"""The card of a text: its words where they stand, how much is coloured as one, the plain text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from shapviz.figures.tokens import NARROW, WIDE
from shapviz.ui import cards, markup, one_input, read, state, text_opened
from shapviz.ui.choices import segmented
from shapviz.ui.opening import Opened
from shapviz.views.text import LONG
from shapviz.views.text_chips import LEVELS

__all__ = ["asked", "draw", "picture"]

WORDS = {"words": "Words", "phrases": "Phrases", "sentences": "Sentences", "groups": "Groups"}
WINDOW = 560
"""Pixels of a long text that are seen at once."""


def asked() -> dict[str, Any]:
    """Return what the URL asks for, as options of `views.text`; drawing nothing."""
    return {"level": state.one_of("level", LEVELS), "opened": text_opened.asked()}


def draw(view: Opened, sample: int) -> None:
    """Draw the whole card of a sample."""
    options = asked()
    shown = view.view("text", sample=sample, **options)

    def controls() -> None:
        with st.container(
            horizontal=True, width="content", gap="xsmall", vertical_alignment="center"
        ):
            text_opened.close_all(shown)
            if len(shown.levels) > 1:
                offered = {each: WORDS[each] for each in shown.levels}
                segmented("Coloured as one", "level", offered, shown=shown.level)
            _plain(shown.text)

    with cards.card(shown.title, controls=controls):
        markup.sentence(shown.sentence)
        then = text_opened.clicking(shown)
        given = {"sample": sample, "output": view.output, **options}
        picture(view.source, shown, key="text", then=then, **given)
        markup.footnote(
            " ".join(filter(None, (shown.footnote, text_opened.hint(shown), one_input.said(view))))
        )


def _plain(text: str) -> None:
    with st.popover("", icon=":material/content_copy:", help="The plain text, to copy"):
        st.code(text, language=None, wrap_lines=True, width=480)


def picture(
    source: read.Source,
    shown: Any,
    *,
    key: str,
    only: int | None = None,
    then: Callable[[int], None] | None = None,
    **options: Any,
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
    then : callable, optional
        Called with the position of a clicked chip.
    **options
        Of `views.text`.
    """
    theme, alt = markup.theme_name(), markup.pieces_text(shown.sentence)
    window: dict[str, Any] = {"height": WINDOW, "border": False} if len(shown.chips) > LONG else {}
    with st.container(key=f"lines of text {key}", gap=None, **window):
        for wide in (WIDE, NARROW) if only is None else (only,):
            # The stylesheet hides one of these two by its name.
            name = "lines" if only else "wide lines" if wide == WIDE else "narrow lines"
            with st.container(key=f"{name} {key}"):
                drawn = {"wide": wide, "key": only is None, "clicks": then is not None}
                figure = read.figure("text", source, theme, drawn=drawn, **options)
                cards.chart(figure, key=f"{key} {wide}", alt=alt, then=then)
