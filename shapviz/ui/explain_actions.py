"""The buttons of a job: the most wanted one, and a menu of the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from shapviz.jobs import Job
from shapviz.ui import explain_jobs
from shapviz.ui.explain_words import ACTIONS, actions

__all__ = ["draw"]

HARMLESS = ("open", "watch", "change")
"""What may be done with another person's job, whose address was passed on."""


def draw(
    job: Job,
    where: str,
    totals: Mapping[str, int],
    *,
    without: Collection[str] = (),
    quiet: bool = True,
) -> None:
    """Draw what can be done with a job.

    Parameters
    ----------
    job : Job
    where : str
        Part of the page, for the widgets' names.
    totals : mapping
        Rows of each registered table, `explain_jobs.totals()`.
    without : collection of str
        Actions that make no sense there.
    quiet : bool
        Whether even the most wanted button is plain text.
    """
    every = actions(job, all_rows=explain_jobs.has_all_rows(job, totals))
    is_own = job.owner == explain_jobs.owner()
    offered = [name for name in every if name not in without and (is_own or name in HARMLESS)]
    if not offered:
        return
    first, *rest = offered
    st.button(
        ACTIONS[first].title,
        icon=f":material/{ACTIONS[first].icon}:",
        type="tertiary" if quiet else "secondary",
        key=f"{where} {first} {job.id}",
        on_click=explain_jobs.run,
        args=(first, job),
    )
    if not rest:
        return
    key = f"{where} more {job.id}"
    st.menu_button(
        "More",
        rest,
        type="tertiary",
        icon=":material/more_horiz:",
        format_func=lambda name: ACTIONS[name].title,
        key=key,
        on_click=lambda: explain_jobs.run(st.session_state[key], job),
    )
