"""The HTML of a report. Every argument that is text is escaped here; nothing is fetched.

The page says so itself: its content policy allows the two scripts in it by their digests, and no
address at all, so that even a name that found its way into the markup could run nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Sequence
from typing import Protocol

from shapviz.figures.theme import LIGHT

__all__ = ["Piece", "block", "card", "document", "drawing", "footnote", "safe", "sentence", "table"]


class Piece(Protocol):
    """A run of text with a role: ``plain``, ``strong``, ``up`` or ``down``."""

    @property
    def text(self) -> str: ...

    @property
    def role(self) -> str: ...


_STYLE = f"""
:root {{ color-scheme: light; }}
body {{ margin: 0 auto; padding: 32px 24px 64px; max-width: 1120px; background: {LIGHT.page};
  color: {LIGHT.ink}; font: 16px/24px "Source Sans 3", "Source Sans Pro", system-ui, sans-serif; }}
h1, h2 {{ font-family: "Source Serif 4", "Source Serif Pro", Georgia, serif; font-weight: 600;
  margin: 0 0 8px; overflow-wrap: anywhere; }}
h1 {{ font-size: 28px; line-height: 40px; }}
h2 {{ font-size: 20px; line-height: 28px; }}
p {{ margin: 0 0 8px; max-width: 960px; overflow-wrap: anywhere; }}
section {{ border: 1px solid {LIGHT.border}; border-radius: 6px; padding: 16px; margin: 16px 0; }}
table {{ border-collapse: collapse; font-size: 14px; line-height: 20px;
  font-variant-numeric: tabular-nums; }}
th, td {{ text-align: left; vertical-align: top; padding: 4px 16px 4px 0;
  border-top: 1px solid {LIGHT.grid}; overflow-wrap: anywhere; }}
th {{ color: {LIGHT.muted}; font-weight: 600; border-top: 0; }}
td:first-child {{ min-width: 128px; }}
.number {{ text-align: right; white-space: nowrap; }}
.note {{ font-size: 13px; line-height: 20px; color: {LIGHT.muted}; }}
.strong, .up, .down {{ font-weight: 600; }}
.up {{ color: {LIGHT.up_text}; }}
.down {{ color: {LIGHT.down_text}; }}
@media print {{ body {{ padding: 0; }} section, tr {{ break-inside: avoid; }} }}
"""

_DRAW = """
for (const place of document.querySelectorAll("[data-figure]")) {
  const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
  Plotly.newPlot(place, figure.data, figure.layout, {displayModeBar: false, responsive: true});
}
addEventListener("beforeprint", () => {
  for (const place of document.querySelectorAll("[data-figure]")) Plotly.Plots.resize(place);
});
"""


def safe(text: object) -> str:
    """Return text as HTML that shows it."""
    return html.escape(str(text), quote=True)


def block(tag: str, text: object) -> str:
    """Return a heading or paragraph."""
    return f"<{tag}>{safe(text)}</{tag}>"


def sentence(pieces: Iterable[Piece]) -> str:
    """Return the line that answers the question; numbers keep their colour."""
    runs = (
        f'<span class="{safe(piece.role)}">{safe(piece.text)}</span>'
        if piece.role != "plain"
        else safe(piece.text)
        for piece in pieces
    )
    return f"<p>{''.join(runs)}</p>"


def footnote(text: str) -> str:
    """Return small muted type."""
    return f'<p class="note">{safe(text)}</p>' if text else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], numbers: int = 0) -> str:
    """Return a table; the last `numbers` columns are aligned right."""
    first = len(heads) - numbers

    def row(tag: str, cells: Sequence[object]) -> str:
        drawn = (
            f"<{tag}{' class=number' if k >= first else ''}>{safe(cell)}</{tag}>"
            for k, cell in enumerate(cells)
        )
        return f"<tr>{''.join(drawn)}</tr>"

    head = f"<thead>{row('th', heads)}</thead>" if any(heads) else ""
    return f"<table>{head}<tbody>{''.join(row('td', cells) for cells in rows)}</tbody></table>"


def drawing(name: str, json: str, alt: str) -> str:
    """Return the place of a figure and its JSON (of `figures.embedded`)."""
    return (
        f'<div role="img" aria-label="{safe(alt)}" data-figure="{safe(name)}"></div>'
        f'<script type="application/json" id="{safe(name)}">{json}</script>'
    )


def card(title: str, *parts: str) -> str:
    """Return one question with what answers it; `parts` are HTML of this module."""
    return f"<section>{block('h2', title)}{''.join(parts)}</section>\n"


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def document(title: str, body: Iterable[str], script: str) -> str:
    """Return the whole page; `script` is what draws, `body` HTML of this module."""
    policy = (
        f"default-src 'none'; script-src {_digest(script)} {_digest(_DRAW)}; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{safe(title)}</title><style>{_STYLE}</style></head><body>\n"
        f"{''.join(body)}"
        "<noscript><p>The figures need JavaScript; sentences and tables do not.</p></noscript>\n"
        f"<script>{script}</script>\n<script>{_DRAW}</script>\n</body></html>\n"
    )
    # Half characters, as from broken file names, are spelled out: UTF-8 has no place for them.
    return page.encode("utf-8", "backslashreplace").decode("utf-8")
