"""The only maker of HTML. Every argument is escaped here, so nothing a user wrote is markup.

Streamlit's own headings and captions cannot be given the sizes and colours of the look;
these can. No other module may call ``st.html`` or pass ``unsafe_allow_html``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Protocol

import streamlit as st

from shapviz.figures.theme import Theme, as_theme

__all__ = [
    "Piece",
    "brief",
    "card_title",
    "footnote",
    "message",
    "metric_title",
    "page_title",
    "picture",
    "pieces_text",
    "plain_markdown",
    "sentence",
    "small_title",
    "stylesheet",
    "theme",
    "theme_name",
]

_PROSE = "max-width:820px"
_CARD_PROSE = "max-width:960px"
_STYLE = """<style>
/* The arrows say it themselves; their shortcut would say it twice. */
.st-key-previous kbd, .st-key-next kbd { display: none; }
/* A text is drawn in wide lines and in narrow ones: what fits its card is shown. */
[class*="st-key-lines-of-text"] { container-type: inline-size; }
@container (max-width: 913px) { [class*="st-key-wide-lines"] { display: none; } }
@container (min-width: 914px) { [class*="st-key-narrow-lines"] { display: none; } }
/* Streamlit's own CSV leaves names as they are, and a spreadsheet would calculate some of them. */
[data-testid="stElementToolbar"] button[aria-label^="Download as CSV"] { display: none; }
</style>"""
_SERIF = "font-family:'Source Serif','Source Serif 4',serif"
_CODE = re.compile(r"`([^`]+)`")
_BREAKS = re.compile(r"[\r\n\t]+")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^=&])")


class Piece(Protocol):
    """A run of text with a role: ``plain``, ``strong``, ``up`` or ``down``."""

    @property
    def text(self) -> str: ...

    @property
    def role(self) -> str: ...


def theme_name() -> str:
    """Return ``"light"`` or ``"dark"``: what the browser shows right now."""
    return "dark" if st.context.theme.type == "dark" else "light"


def theme() -> Theme:
    """Return the colours of what the browser shows right now."""
    return as_theme(theme_name())


def _block(tag: str, style: str, *inner: str) -> None:
    st.html(f'<{tag} style="margin:0;padding:0;{style}">{"".join(inner)}</{tag}>')


def _muted() -> str:
    return f"font-size:13px;line-height:20px;color:{theme().muted}"


def _safe(text: object) -> str:
    return html.escape(str(text), quote=True)


def stylesheet() -> None:
    """Add the few rules that Streamlit's options do not reach."""
    st.html(_STYLE)


def page_title(question: str, *, one_line: bool = False) -> None:
    """Draw the page's question; on one line where controls beside it should wrap instead."""
    style = f"{_SERIF};font-size:28px;line-height:40px;font-weight:600"
    _block("h1", f"{style};white-space:nowrap" if one_line else style, _safe(question))


def card_title(question: str) -> None:
    """Draw a card's question, or the heading over a row of cards."""
    _block("h2", f"{_SERIF};font-size:20px;line-height:28px;font-weight:600", _safe(question))


def small_title(text: str, subtitle: str = "") -> None:
    """Draw the title of a small multiple or of a demo, with a muted line close below it."""
    title = f'<div style="font-size:16px;line-height:24px;font-weight:600">{_safe(text)}</div>'
    below = f'<div style="{_muted()}">{_safe(subtitle)}</div>' if subtitle else ""
    _block("div", "", title, below)


def _styles() -> dict[str, str]:
    colours = theme()
    return {
        "plain": "",
        "strong": "font-weight:600",
        "up": f"font-weight:600;color:{colours.up_text}",
        "down": f"font-weight:600;color:{colours.down_text}",
    }


def _run(piece: Piece, styles: dict[str, str]) -> str:
    text = _safe(piece.text)
    style = styles.get(piece.role, "")
    return f'<span style="{style}">{text}</span>' if style else text


def sentence(pieces: str | Iterable[Piece], *, in_card: bool = True) -> None:
    """Draw the line that answers the question in words; numbers keep their colour."""
    styles = _styles()
    inner = _safe(pieces) if isinstance(pieces, str) else "".join(_run(p, styles) for p in pieces)
    if inner:
        width = _CARD_PROSE if in_card else _PROSE
        _block("p", f"font-size:16px;line-height:24px;{width}", inner)


def footnote(text: str) -> None:
    """Draw small muted type: n of N, what bars and lines are, what was left out."""
    if text:
        _block("p", f"{_muted()};{_CARD_PROSE}", _safe(text))


def brief(text: str) -> None:
    """Draw muted type without a maximum width: the sidebar's provenance, a demo's subtitle."""
    _block("p", _muted(), _safe(text))


def metric_title(label: str, value: str) -> None:
    """Draw a key number without a help icon, for half-width cards."""
    _block(
        "div",
        "",
        f'<div style="font-size:14px;line-height:20px;white-space:nowrap">{_safe(label)}</div>',
        '<div style="font-size:20px;line-height:28px;font-weight:600;'
        f'font-variant-numeric:tabular-nums;white-space:nowrap">{_safe(value)}</div>',
    )


def message(text: str) -> None:
    """Draw an error's sentence; names between backticks are set as code."""
    parts = _CODE.split(text)
    style = f"font-size:0.9em;background:{theme().panel};border-radius:4px;padding:1px 4px"
    inner = "".join(
        f'<code style="{style};color:inherit">{_safe(part)}</code>' if i % 2 else _safe(part)
        for i, part in enumerate(parts)
    )
    _block("p", f"font-size:16px;line-height:24px;{_PROSE}", inner)


def picture(address: str, alt: str) -> None:
    """Draw an image from its ``data:`` address, with a text alternative."""
    _block(
        "div",
        f"border-radius:4px;overflow:hidden;background:{theme().panel}",
        f'<img src="{_safe(address)}" alt="{_safe(alt)}" '
        'style="display:block;width:100%;height:auto;border-radius:4px">',
    )


def plain_markdown(text: str) -> str:
    r"""Return text that Streamlit's Markdown shows as it is, for labels and buttons.

    Examples
    --------
    >>> plain_markdown("a *b*")
    'a \\*b\\*'
    """
    return _MARKDOWN.sub(r"\\\1", _BREAKS.sub(" ", text))


def pieces_text(pieces: Sequence[Piece]) -> str:
    """Return the words of a sentence without roles, for a figure's text alternative."""
    return "".join(piece.text for piece in pieces)
