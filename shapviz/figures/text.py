"""Text inside figures: approximate widths, wrapping, and escaping. No drawing here."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from shapviz.figures.theme import FONT_SIZE
from shapviz.labels import escape, shorten

__all__ = ["LONGEST", "RowLabel", "bold", "coloured", "fitted", "row_label", "safe", "width"]

LONGEST = 28
"""Characters a line of a row label may have before it is wrapped or shortened."""

# Widths of the regular face in hundredths of the font size.
_WIDTHS = {
    char: hundredths
    for chars, hundredths in {
        " ": 20,
        "\u202f": 12,
        "!'()[]{},.:;|I-ijlf": 28,
        "/\\rt": 35,
        '"*?csz\u00b2\u00b3': 44,
        "JLYZvxyk": 49,
        "AEFSTVX": 53,
        "BCKPRDGUN&": 60,
        "HOQM@W%mw\u2026": 76,
    }.items()
    for char in chars
}
_OTHER, _WIDE = 54, 100


@lru_cache(maxsize=4096)
def _char_width(char: str) -> int:
    known = _WIDTHS.get(char)
    if known is not None:
        return known
    if unicodedata.combining(char):
        return 0
    if unicodedata.east_asian_width(char) in "WF":
        return _WIDE
    return _OTHER if char.isascii() else 66


def width(text: str, size: int = FONT_SIZE, *, strong: bool = False) -> float:
    """Return about how many pixels a line of text takes; a little too much, never too little."""
    hundredths = sum(map(_char_width, text))
    return hundredths * size / 100 * (1.07 if strong else 1.0)


def safe(text: object) -> str:
    """Return user text that Plotly draws as it is: no tags, no links, no templates, one line."""
    # Plotly knows numeric entities and few named ones: &quot; would be drawn as it stands.
    return escape(" ".join(str(text).split())).replace("&quot;", "&#34;").replace("%", "&#37;")


def bold(text: str) -> str:
    """Return already safe text in bold."""
    return f"<b>{text}</b>"


def coloured(text: str, colour: str) -> str:
    """Return already safe text in a colour."""
    return f'<span style="color:{colour}">{text}</span>'


@dataclass(frozen=True)
class RowLabel:
    """A row's name, ready to draw: lines not yet escaped, the width in pixels, the whole name."""

    lines: tuple[str, ...]
    width: float
    whole: str

    @property
    def text(self) -> str:
        """The lines, escaped and joined for Plotly."""
        return "<br>".join(map(safe, self.lines))

    @property
    def hover(self) -> str | None:
        """The whole name when the label does not show it, else None."""
        return safe(self.whole) if " ".join(self.lines) != self.whole else None


def row_label(name: str, *, lines: int = 2) -> RowLabel:
    """Return a label of at most `lines` lines of 28 characters: wrap once, then shorten."""
    whole = " ".join(name.split()) or "\u2013"
    if len(whole) <= LONGEST:
        pieces: tuple[str, ...] = (whole,)
    elif lines < 2:
        pieces = (shorten(whole, LONGEST),)
    else:
        cut = whole.rfind(" ", 0, LONGEST + 1)
        if cut <= 0:
            pieces = (shorten(whole, LONGEST),)
        else:
            pieces = (whole[:cut], shorten(whole[cut + 1 :], LONGEST))
    pieces = tuple(fitted(piece) for piece in pieces)
    return RowLabel(pieces, max(map(width, pieces)), whole)


def fitted(line: str, widest: float = 196.0) -> str:
    """Return a line cut in its middle until it fits, by default into the left margin."""
    longest = len(line)
    while width(line) > widest and longest > 5:
        longest -= 1
        line = shorten(line, longest)
    return line
