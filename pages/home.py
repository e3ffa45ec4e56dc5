"""Home: what has been explained?"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from shapviz.labels import several
from shapviz.store import Record
from shapviz.ui import cards, demos, frame, guard, home_table, markup, notice, progress, read, state

_WELCOME = (
    "shapviz shows how much each input pushed a model’s prediction up or down, and how sure "
    "that number is. {}"
)
_WITH_DEMOS = "Open an explanation below, or start from a demo."
_WITHOUT = "Open an explanation below, or explain a model of your own."
_POLL = 1.5
_START = "`make run`, or `python -m shapviz.jobs.process` beside this page,"


def draw() -> None:
    """Draw the page; while the worker is busy the lower part draws itself again and again."""
    records = read.records()
    begin = _WITH_DEMOS if demos.offered(records) else _WITHOUT
    markup.sentence(_WELCOME.format(begin), in_card=False)
    # An empty store is watched too: the worker may just be starting.
    busy = not records or any(record.state in progress.PENDING for record in records)
    st.fragment(_live, run_every=_POLL if busy else None)(_ready(records), busy)


def _ready(records: Sequence[Record]) -> int:
    return sum(record.state not in progress.PENDING for record in records)


def _live(ready_before: int, busy: bool) -> None:
    state.follow()
    with guard():
        records = read.records()
        if busy and _ready(records) != ready_before:
            st.rerun()  # the sidebar lists it now; when all is done this also ends the polling
        _working(records)
        if records:
            with cards.card("Stored explanations"):
                home_table.draw(records)
        _failures(records)
        demos.draw(records)


def _working(records: Sequence[Record]) -> None:
    """Say what the worker is doing, or that there is none."""
    running = next((record for record in records if record.state == "computing"), None)
    if running is not None:
        with cards.card(f"Explaining “{running.name}”"):
            markup.sentence(progress.running_words(running))
            st.progress(progress.percent_done(running) / 100)
            markup.footnote(progress.overall(records))
    elif any(record.state == "queued" for record in records):
        waiting = next(record for record in records if record.state == "queued")
        with cards.card("Getting ready"):
            markup.sentence(
                waiting.message or "The worker is starting. The first demo takes about a minute."
            )
            markup.footnote(progress.overall(records))
    elif not records and not demos.offered(records):
        notice(
            "Nothing has been explained yet",
            "Explain a model of your own: “New explanation”, above, takes a model and a table of "
            "samples, or one of the demos.",
            f"Store: {read.store_url()}",
        )
    elif not records:
        notice(
            "Nothing has been explained yet",
            "Where the worker has just been started, the demos appear here by themselves. "
            f"Otherwise start {_START} or store your own explanation with "
            "`shapviz.Store(…).put(explanation, name=…)`.",
            f"Store: {read.store_url()}",
        )


def _failures(records: Sequence[Record]) -> None:
    for record in records:
        if record.state == "failed":
            verb = "is" if record.done == 1 else "are"
            some = several(record.done, "finished sample")
            kept = f"{some} {verb} kept." if record.done else ""
            notice(f"“{record.name}” stopped", record.message, kept, icon="error")


def page() -> None:
    """Draw the head, then what is open or why it cannot be."""
    with cards.page_head("What has been explained?", beside=True):
        st.button(
            "New explanation",
            icon=":material/add:",
            key="new explanation",
            on_click=state.open_page,
            args=("explain",),
            kwargs={"job": None},
        )
    with guard():
        draw()


frame.inside("home", page)
