"""One text as every explainer sees it: a row an explanation, a column a class, one scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from shapviz.figures.tokens import NARROW
from shapviz.labels import count
from shapviz.store import Record
from shapviz.ui import cards, markup, read, text_card
from shapviz.ui.opening import Opened, labels, output_choices
from shapviz.ui.same_texts import same_texts
from shapviz.views.text import UNCLEAR
from shapviz.views.words import quoted

__all__ = ["draw"]

CLASSES, EXPLANATIONS = 3, 4
"""Columns and rows at most."""
SLIM = 288
"""Width of a line where several classes stand side by side."""


@dataclass(frozen=True)
class _Cell:
    record: Record
    source: read.Source
    output: str | int | None
    output_name: str


def draw(view: Opened, sample: int) -> None:
    """Draw the card; nothing where there is one explanation of one output."""
    records = same_texts(view)
    rows = [_row(view, record) for record in records[:EXPLANATIONS]]
    if len(rows) * len(rows[0]) < 2:
        return
    options = {"sample": sample, **text_card.asked(), "small": True}
    shown = [[_view(cell, options) for cell in row] for row in rows]
    limit = max(each.limit for row in shown for each in row)
    classes = len(rows[0])
    agree, classwise = "Do the explainers agree on this text?", "What pushes each class?"
    with cards.card(agree if len(rows) > 1 else classwise):
        markup.sentence(_sentence(len(rows), classes))
        wide, columns = (NARROW, 2) if classes == 1 else (SLIM, classes)
        grid = st.grid(columns, min_column_width=wide, gap="small")
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                with grid.cell(), st.container(gap="xsmall"):
                    _cell(cell, {**options, "limit": limit}, wide, (r, c), len(rows), classes)
        said = _footnote(view, len(records), len(rows), classes)
        marked = any(each.has_unclear for row in shown for each in row)
        markup.footnote(f"{said} {UNCLEAR}" if marked else said)


def _row(view: Opened, record: Record) -> list[_Cell]:
    """An explanation's classes, the open one first."""
    source = replace(view.source, key=record.key, samples=record.samples)
    choices = output_choices(read.explanation(source))
    names = sorted(choices, key=lambda name: name != view.output_name)[:CLASSES]
    return [_Cell(record, source, choices[name], name) for name in names]


def _view(cell: _Cell, options: dict[str, Any]) -> Any:
    return read.view("text", cell.source, output=cell.output, **options)


def _cell(
    cell: _Cell,
    options: dict[str, Any],
    wide: int,
    place: tuple[int, int],
    rows: int,
    classes: int,
) -> None:
    shown = _view(cell, options)
    name = labels([cell.record])[cell.record.key]
    called = quoted(cell.output_name, shown.units)
    markup.small_title(called if rows == 1 else f"{name}, {called}" if classes > 1 else name)
    key = f"grid {place[0]} {place[1]}"
    text_card.picture(cell.source, shown, key=key, only=wide, output=cell.output, **options)


def _sentence(rows: int, classes: int) -> str:
    parts = []
    if rows > 1:
        parts.append(f"{count(rows)} explanations")
    if classes > 1:
        parts.append(f"{count(classes)} classes")
    return f"The same text in {' and '.join(parts)}, all in one scale of colour."


def _footnote(view: Opened, found: int, rows: int, classes: int) -> str:
    every = len(output_choices(view.explanation))
    said = []
    if found > rows:
        said.append(f"{count(rows)} of {count(found)} explanations of these texts.")
    if every > classes:
        said.append(f"{count(classes)} of {count(every)} classes.")
    said.append(
        "Explainers may start from different base values; each adds up to the prediction."
        if rows > 1
        else "Each class adds up to this input’s share of its prediction."
        if view.source.input
        else "Each class adds up to its own prediction."
    )
    return " ".join(said)
