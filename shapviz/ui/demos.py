"""The demos on Home: pictures in rows of four, each one click from its explanation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from shapviz.figures import demo_picture, svg_uri
from shapviz.figures.theme import as_theme
from shapviz.samples import DEMOS, Demo
from shapviz.settings import Settings
from shapviz.store import Record
from shapviz.ui import explain_fields as fields
from shapviz.ui import markup, pictures, read, state
from shapviz.ui.other_kind import PAGE_OF
from shapviz.ui.progress import PENDING, duration, percent_done

__all__ = ["draw", "offered", "status", "to_open"]


def to_open(demo: str, records: Sequence[Record]) -> Record | None:
    """Return the complete explanation that was asked for first of a demo, or None."""
    found = [r for r in records if r.demo == demo and r.state == "complete"]
    return min(found, key=lambda record: record.created, default=None)


def status(demo: str, records: Sequence[Record]) -> str:
    """Return why a demo cannot be opened yet."""
    own = [record for record in records if record.demo == demo]
    running = next((record for record in own if record.state == "computing"), None)
    if running is not None:
        left = "" if running.eta is None else f", about {duration(running.eta)} left"
        return f"Being made: {percent_done(running)}%{left}"
    if any(record.state in PENDING for record in own):
        return "Waiting for its turn"
    failed = next((record for record in own if record.state == "failed"), None)
    return f"Failed: {failed.message}" if failed is not None else "Not made in this store"


@st.cache_data(max_entries=64, show_spinner=False)
def _picture(source: read.Source, theme_name: str) -> str:
    """Return a thumbnail of a stored explanation: the real figure, without words."""
    return demo_picture(read.explanation(source), theme=theme_name)


def offered(records: Sequence[Record]) -> list[Demo]:
    """Return the demos that somebody asked for, or all where this server makes them."""
    asked = {record.demo for record in records}
    return [demo for demo in DEMOS if Settings().demos or demo.name in asked]


def draw(records: Sequence[Record]) -> None:
    """Draw the demo cards, in rows, under their title; nothing where none is offered."""
    found = offered(records)
    if not found:
        return
    markup.card_title("Start from a demo")
    grid = st.grid(4, min_column_width=220, gap="small", border=True)
    for demo in found:
        with grid.cell(), st.container(gap="xsmall"):
            _card(demo, records)


def _card(demo: Demo, records: Sequence[Record]) -> None:
    found = to_open(demo.name, records)
    theme_name = markup.theme_name()
    svg = (
        pictures.blank(as_theme(theme_name))
        if found is None
        else _picture(read.Source(read.store_url(), found.key, found.samples), theme_name)
    )
    markup.picture(svg_uri(svg), f"A picture of the demo {demo.title}")
    markup.small_title(demo.title, demo.subtitle)
    if found is None:
        markup.brief(status(demo.name, records))
        if not any(record.demo == demo.name for record in records):
            _button("Explain it", demo.name, _explain, demo.name)
        return
    page = PAGE_OF.get(demo.modality, "overview")
    _button("Open demo", demo.name, state.open_page, page, explanation=found.key)


def _button(label: str, name: str, do: Callable[..., None], *args: Any, **options: Any) -> None:
    st.button(
        label,
        type="tertiary",
        icon=":material/arrow_forward:",
        icon_position="right",
        key=f"demo {name}",
        on_click=do,
        args=args,
        kwargs=options,
    )


def _explain(name: str) -> None:
    """Go to the Explain page with a demo chosen; for callbacks."""
    fields.change(model=f"demo:{name}")
    state.open_page("explain", job=None)
