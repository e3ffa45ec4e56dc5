"""Which parts of a text stand open: kept in the URL as ``start-stop``, several joined by dots."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from shapviz.labels import count
from shapviz.ui import state
from shapviz.views.text import NOUNS, TextView
from shapviz.views.text_opening import Place, toggled

__all__ = ["MOST", "asked", "clicking", "close_all", "hint", "written"]

MOST = 40
"""Parts that stand open at once: a link stays short."""
_PART = r"\d{1,6}-\d{1,6}"
_FORM = re.compile(rf"{_PART}(?:\.{_PART}){{0,{MOST - 1}}}", re.ASCII)


def asked() -> tuple[Place, ...]:
    """Return the parts that the URL asks for; none where it is no list of them.

    Which of them the text has is the view's to say.
    """
    text = state.get("opened") or ""
    if not _FORM.fullmatch(text):
        return ()
    ends = (part.split("-") for part in text.split("."))
    return tuple((int(start), int(stop)) for start, stop in ends)


def written(opened: Sequence[Place]) -> str:
    """Return parts as the URL has them; of too many the newest.

    Examples
    --------
    >>> written([(0, 12), (4, 9)])
    '0-12.4-9'
    """
    return ".".join(f"{start}-{stop}" for start, stop in opened[-MOST:])


def clicking(shown: TextView) -> Callable[[int], None] | None:
    """Return what a click on a chip does; None where no click does anything."""
    if not any(chip.opens or chip.inside for chip in shown.chips):
        return None

    def click(position: int) -> None:
        if position < len(shown.chips):
            opened = toggled(shown.opened, shown.chips[position])
            state.remember(sample=shown.sample, opened=written(opened))

    return click


def close_all(shown: TextView) -> None:
    """Draw the button that closes all; nothing where nothing is open."""
    if shown.opened:
        st.button(
            "Close all",
            type="tertiary",
            icon=":material/unfold_less:",
            on_click=state.remember,
            kwargs={"opened": None},
        )


def hint(shown: Any) -> str:
    """Return what a click does, for the footnote; empty where it does nothing."""
    if clicking(shown) is None:
        return ""
    found = dict.fromkeys(chip.level for chip in shown.chips if chip.opens)
    nouns = " or ".join(NOUNS[level] for level in found)
    opens = f"Click a {nouns} to open it" if nouns else ""
    if not shown.opened:
        return f"{opens}."
    closes = "a word to close what holds it"
    said = f"{opens}, {closes}." if nouns else f"Click {closes}."
    if len(shown.opened) < MOST:
        return said
    return f"{said} At most {count(MOST)} stand open: the oldest closes."
