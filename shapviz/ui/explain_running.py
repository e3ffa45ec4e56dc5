"""One job while it is watched: how far it is, what has landed, and how to stop it.

Drawn in a fragment that asks the queue again and again until the job has ended; then the whole
page draws once more and the asking stops.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from shapviz.errors import ShapvizError
from shapviz.explanation import Explanation
from shapviz.figures import importance_beeswarm
from shapviz.jobs import Job
from shapviz.labels import several
from shapviz.ui import cards, explain_jobs, markup, messages, read, state
from shapviz.ui.explain_words import (
    ACTIONS,
    actions,
    headline,
    is_pending,
    rung,
    share,
    told,
)
from shapviz.ui.opening import output_choices
from shapviz.views import importance_beeswarm as as_view

__all__ = ["draw"]

POLL, STOPPING_POLL = 1.0, 0.3
"""Seconds between two looks at the queue; more often while a cancel is awaited."""

SHOWN = ("cancel", "open", "resume", "again", "change")
"""What the card offers, in this order; the history offers the rest."""

CLOSE = "You can close this tab; the work goes on, and this address leads back to it."


def draw(job: Job) -> None:
    """Draw the card of a job, and what has landed of it; polls while it is at work."""
    every = None
    if is_pending(job):
        every = STOPPING_POLL if job.state == "cancelling" else POLL
    st.fragment(_live, run_every=every)(job.id, job.state)


def _live(job_id: str, state_before: str) -> None:
    state.follow()
    with messages.guard():
        job = explain_jobs.find(job_id)
        if job is None or _is_turn(job.state, state_before):
            st.rerun()
            return
        _card(job)
        _landed(job)


def _is_turn(now: str, before: str) -> bool:
    """Whether the page around has to change, or the pace of asking."""
    ended = ("cancelled", "failed", "complete", "deleted")
    return now != before and (now in ended or before in ended or "cancelling" in (now, before))


def _card(job: Job) -> None:
    with cards.card(headline(job)):
        found = explain_jobs.was_there(job)
        markup.message(told(job) if not found else _from_store(job))
        if is_pending(job) and job.state != "queued":
            st.progress(share(job))
        with st.container(horizontal=True, gap="small"):
            offered = [name for name in SHOWN if name in actions(job, all_rows=True)]
            for place, name in enumerate(offered):
                explain_button(name, job, "running", quiet=place > 0)
            _new_button()
        markup.footnote(f"{job.why} {CLOSE if is_pending(job) else ''}".strip())


def _from_store(job: Job) -> str:
    noun = job.spec.about.get("sample_noun", "sample")
    return f"From the store: {several(job.samples, noun)} answered without asking the model."


def explain_button(name: str, job: Job, where: str, *, quiet: bool = True) -> None:
    """Draw the button of an action on a job."""
    action = ACTIONS[name]
    st.button(
        action.title,
        icon=f":material/{action.icon}:",
        type="tertiary" if quiet else "secondary",
        key=f"{where} {name} {job.id}",
        on_click=explain_jobs.run,
        args=(name, job),
    )


def _new_button() -> None:
    st.button(
        "New explanation",
        icon=":material/add:",
        type="tertiary",
        key="explain another",
        on_click=state.remember,
        kwargs={"job": None},
    )


def _landed(job: Job) -> None:
    """Draw the first card of Overview from the rows that are finished."""
    step = rung(job.done)
    if job.key is None or job.state == "complete" or not step:
        return
    try:
        landed = read.partial(job.key, step)
    except ShapvizError:
        # It was completed or deleted between two looks: the next one says so.
        return
    if landed is None or len(landed) < 2:
        return
    view, figure = _drawn(job.key, step, markup.theme_name(), landed)
    with cards.card("So far: which features had the biggest impact?"):
        markup.sentence(view.sentence)
        cards.chart(figure, key="landed", alt=markup.pieces_text(view.sentence))
        markup.footnote(
            f"Of the first {several(len(landed), job.spec.about.get('sample_noun', 'sample'))} "
            f"that are finished. {view.footnote}"
        )


@st.cache_resource(max_entries=4, show_spinner=False)
def _drawn(key: str, step: int, theme: str, _landed: Explanation) -> tuple[Any, Any]:
    """View and figure of what has landed, made once for each step."""
    output = next(iter(output_choices(_landed).values()))
    view = as_view(_landed, output=output)
    return view, importance_beeswarm(view, theme=theme)
