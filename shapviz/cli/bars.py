"""Rows of name, raw value, number and bar, in as many columns of a terminal as there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from shapviz.cli.terminal import DOWN, UP

__all__ = ["Bar", "bars"]

LONGEST, SHORTEST = 24, 3
"""Cells of the longest bar where there is room, and where none is drawn instead."""
NAME = 8
"""Cells that a name keeps as long as anything else can give way."""
KEPT = 6
"""Cells that are kept for bars where names are long."""
GAP = 2


@dataclass(frozen=True)
class Bar:
    """One row; `size` None draws no bar. The texts are lines already."""

    name: str
    raw: str
    number: str
    size: float | None


def bars(rows: Sequence[Bar], width: int) -> Table:
    """Return rows as a table of at most `width` cells; what does not fit ends in "…".

    Numbers and bars are never cut: names give way first, then raw values, then all bars.
    """
    numbers = max(cell_len(row.number) for row in rows)
    room = width - numbers - 3 * GAP
    raws = max(cell_len(row.raw) for row in rows)
    names = min(max(cell_len(row.name) for row in rows), max(NAME, room - raws - KEPT))
    raws = min(raws, max(0, room - names - KEPT))
    longest = min(LONGEST, room - names - raws)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, GAP, 0, 0))
    for wide in (names, raws):
        table.add_column(width=wide, no_wrap=True, overflow="ellipsis")
    table.add_column(width=numbers, no_wrap=True)
    if longest >= SHORTEST:
        table.add_column(width=longest, no_wrap=True)
    largest = max((abs(row.size) for row in rows if row.size is not None), default=0.0)
    for row in rows:
        cells = [Text(row.name), Text(row.raw), _number(row)]
        table.add_row(*cells, *([_bar(row, largest, longest)] if longest >= SHORTEST else []))
    return table


def _style(row: Bar) -> str:
    return "" if row.size is None else UP if row.size > 0 else DOWN


def _number(row: Bar) -> Text:
    return Text(row.number, style=_style(row))


def _bar(row: Bar, largest: float, longest: int) -> Text:
    if row.size is None:
        return Text("")
    cells = round(longest * abs(row.size) / largest) if largest else 0
    return Text("█" * cells if cells else "▏", style=_style(row))
