"""One job while it is watched: how far it is, what has landed, and how to stop it.

Drawn in a fragment that asks the queue again and again until the job has ended; then the whole
page draws once more and the asking stops.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from shapviz import figures, views
from shapviz.figures import importance_beeswarm
from shapviz.jobs import Job
from shapviz.labels import count, several
from shapviz.store.queue import WAITING
from shapviz.ui import cards, explain_actions, explain_jobs, markup, messages, read, state
from shapviz.ui.explain_methods import AUTO
from shapviz.ui.explain_words import headline, is_pending, rung, share, told
from shapviz.ui.opening import output_choices
from shapviz.views import importance_beeswarm as as_view

__all__ = ["draw"]

POLL, STOPPING_POLL, LANDED_POLL = 1.0, 0.3, 2.0
"""Seconds between two looks at the queue; more often while a cancel is awaited."""

FEWEST = 2
"""Samples below which there is no spread to draw."""

MOST_READ = 100_000
"""Samples that the page reads to draw them here; Overview reads any number."""

PATIENCE = 20.0
"""Seconds after which it is said why nobody has begun."""

_SEEN = "explain landed seen"


@dataclass(frozen=True)
class _One:
    """How one sample of a kind is shown: the card's question, its view and its figure."""

    title: str
    view: Callable[..., Any]
    figure: Callable[..., Any]


FIRST = {
    "image": _One("Which parts of the first picture mattered?", views.image, figures.image),
    "text": _One("Which words of the first text mattered?", views.text, figures.text),
}
"""Masker of a job → what is shown of it as soon as a sample is there."""

NOBODY = "Nobody has begun: other work comes first, or no worker runs. `shapviz serve` starts some."
CLOSE = "You can close this tab; the work goes on, and this address leads back to it."


def draw(job: Job) -> None:
    """Draw the card of a job, and what has landed of it; both look again while it is at work."""
    pending = is_pending(job)
    every = STOPPING_POLL if job.state == "cancelling" else POLL
    with cards.card(headline(job)):
        st.fragment(_live, run_every=every if pending else None)(job.id, job.state)
        # Outside: what they do changes the whole page, and they change with the state alone.
        _buttons(job)
        why = job.why if job.spec.explainer == AUTO else ""
        markup.footnote(f"{why} {CLOSE if pending else ''}".strip())
    st.fragment(_landed, run_every=LANDED_POLL if pending else None)(job.id)


def _live(job_id: str, state_before: str) -> None:
    with messages.guard():
        job = explain_jobs.find(job_id)
        if job is None or _is_turn(job.state, state_before):
            st.rerun()
            return
        markup.message(_from_store(job) if explain_jobs.was_there(job) else told(job))
        if job.state == "queued":
            _waiting(job)
        elif is_pending(job):
            st.progress(share(job))


def _waiting(job: Job) -> None:
    # Since this visitor saw it wait: a job that was resumed is older than its wait.
    since = st.session_state.setdefault(f"explain waits {job.id}", time.time())
    if time.time() - since > PATIENCE:
        markup.message(NOBODY)


def _is_turn(now: str, before: str) -> bool:
    """Whether the page around has to change, or the pace of looking."""
    return (now in WAITING) != (before in WAITING) or (now != before and now not in WAITING)


def _buttons(job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        totals = explain_jobs.totals()
        explain_actions.draw(job, "running", totals, without=("watch",), quiet=False)
        st.button(
            "New explanation",
            icon=":material/add:",
            type="tertiary",
            key="explain another",
            on_click=state.remember,
            kwargs={"job": None},
        )


def _from_store(job: Job) -> str:
    noun = job.spec.about.get("sample_noun", "sample")
    return f"From the store: {several(job.samples, noun)} answered without asking the model."


def _landed(job_id: str) -> None:
    """Draw the first card of Overview: of the rows that are finished, or of all."""
    with messages.guard("What has landed cannot be drawn"):
        job = explain_jobs.find(job_id)
        if job is None or job.key is None or not _is_drawn(job):
            return
        kind = str(job.spec.background.get("masker", ""))
        if kind in FIRST:
            # Region 3 of one picture is not region 3 of the next: one sample says more.
            _first(kind, job)
        elif job.state == "complete":
            _effects("Which features had the biggest impact?", job.key, job.samples, complete=True)
        elif rung(job.done):
            _effects("So far: which features had the biggest impact?", job.key, rung(job.done))


def _is_drawn(job: Job) -> bool:
    """Whether there is a picture: of many rows only what this visitor has seen already.

    All that is finished is read to draw it, and the page must not wait for millions of rows.
    """
    if job.done > MOST_READ:
        return job.state != "complete" and st.session_state.get(_SEEN) == job.id
    st.session_state[_SEEN] = job.id
    return True


def _first(kind: str, job: Job) -> None:
    """Draw the first sample of pictures or texts, which have players of their own."""
    if not job.done:
        return
    found = _first_drawn(read.store_url(), str(job.key), kind, markup.theme_name(), job.state)
    if found is None:
        return
    view, figure = found
    with cards.card(FIRST[kind].title):
        markup.sentence(view.sentence)
        cards.chart(figure, key="landed first", alt=markup.pieces_text(view.sentence))
        markup.footnote(view.footnote)


@st.cache_resource(max_entries=8, show_spinner=False)
def _first_drawn(url: str, key: str, kind: str, theme: str, state: str) -> tuple[Any, Any] | None:
    """View and figure of the first sample that is finished; None where none is."""
    source = read.Source(url, key, 1)
    landed = read.explanation(source) if state == "complete" else read.partial(source)
    if landed is None or not len(landed):
        return None
    view = FIRST[kind].view(landed, 0)
    return view, FIRST[kind].figure(view, theme=theme)


def _effects(title: str, key: str, rows: int, *, complete: bool = False) -> None:
    found = _drawn(read.store_url(), key, rows, markup.theme_name(), complete)
    if found is None:
        return
    view, figure, n = found
    with cards.card(title):
        markup.sentence(view.sentence)
        cards.chart(figure, key="landed", alt=markup.pieces_text(view.sentence))
        so_far = "" if complete else f"Of the first {count(n)} that are finished. "
        markup.footnote(f"{so_far}{view.footnote}")


@st.cache_resource(max_entries=8, show_spinner=False)
def _drawn(
    url: str, key: str, rows: int, theme: str, complete: bool
) -> tuple[Any, Any, int] | None:
    """View, figure and number of samples, made once for each step; None where none has landed."""
    source = read.Source(url, key, rows)
    landed = read.explanation(source) if complete else read.partial(source)
    if landed is None or len(landed) < FEWEST:
        return None
    output = next(iter(output_choices(landed).values()))
    view = as_view(landed, output=output)
    return view, importance_beeswarm(view, theme=theme), len(landed)
