"""The history: this person's jobs, when they were asked for, what they took, what to do next."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from shapviz.jobs import Job
from shapviz.labels import count
from shapviz.ui import cards, explain_actions, explain_jobs, markup
from shapviz.ui.explain_words import facts_line

__all__ = ["draw"]

SHOWN = 8


def draw(every: Sequence[Job]) -> None:
    """Draw the card; nothing where nothing was asked for yet."""
    if not every:
        return
    with cards.card("What did I ask for?"):
        totals = explain_jobs.totals()
        for job in every[:SHOWN]:
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                with st.container(width="stretch"):
                    markup.small_title(job.name, facts_line(job))
                explain_actions.draw(job, "history", totals)
        if len(every) > SHOWN:
            markup.footnote(f"The last {SHOWN} of {count(len(every))} jobs.")
