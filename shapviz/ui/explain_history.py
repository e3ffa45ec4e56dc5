"""The history: this person's jobs, when they were asked for, what they took, what to do next."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from shapviz.jobs import Job
from shapviz.labels import count
from shapviz.ui import cards, explain_jobs, markup
from shapviz.ui.explain_running import explain_button
from shapviz.ui.explain_words import ACTIONS, actions, facts_line

__all__ = ["draw"]

SHOWN = 8


def draw(every: Sequence[Job], watched: str | None) -> None:
    """Draw the card; nothing where nothing was asked for yet."""
    if not every:
        return
    with cards.card("What did I ask for?"):
        for job in every[:SHOWN]:
            _line(job, is_watched=job.id == watched)
        if len(every) > SHOWN:
            markup.footnote(f"The last {SHOWN} of {count(len(every))} jobs.")


def _line(job: Job, *, is_watched: bool) -> None:
    total = explain_jobs.total_rows(job.spec)
    offered = actions(job, all_rows=total is None or job.samples >= total)
    offered = [name for name in offered if not (is_watched and name == "watch")]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        with st.container(width="stretch"):
            markup.small_title(job.name, facts_line(job))
        if offered:
            explain_button(offered[0], job, "history")
            _rest(job, offered[1:])


def _rest(job: Job, offered: Sequence[str]) -> None:
    if not offered:
        return
    key = f"history more {job.id}"
    st.menu_button(
        "More",
        list(offered),
        type="tertiary",
        icon=":material/more_horiz:",
        format_func=lambda name: ACTIONS[name].title,
        key=key,
        on_click=lambda: explain_jobs.run(st.session_state[key], job),
    )
