"""What a job would cost, asked of a worker while the choices are made, and the button to start.

The page asks and shows; a worker times the model. Asking the same again costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from shapviz import jobs
from shapviz.jobs import Job, JobSpec
from shapviz.jobs.previewing import Preview, ask_preview, find_preview, preview_id
from shapviz.labels import count, number, several
from shapviz.ui import cards, explain_jobs, explain_now, markup, messages, read, state
from shapviz.ui.explain_spec import step_of
from shapviz.ui.explain_words import is_pending
from shapviz.ui.progress import duration

__all__ = ["Look", "bytes_words", "draw", "look", "rows_words"]

POLL = 0.4
PATIENCE = 20.0
"""Seconds after which it is said why there is no answer yet."""

MISSING = "Once a model and its samples are chosen, the cost is measured here."
WRONG = "Once what stands beside the steps is put right, the cost is measured here."
LATE = {"queued": "No worker has had time to measure it yet."}

_ASKED, _SINCE = "explain preview asked", "explain preview since"

MILLION, BILLION = 1e6, 1e9
MEGABYTE, GIGABYTE = 1e6, 1e9


@dataclass(frozen=True)
class Look:
    """What is known of the cost right now.

    Attributes
    ----------
    cost : Preview or None
    asked : Job or None
        The question that is being answered; None where nothing can be asked yet.
    known : Job or None
        The same question, complete: it costs nothing.
    """

    cost: Preview | None = None
    asked: Job | None = None
    known: Job | None = None

    @property
    def pending(self) -> bool:
        """Whether an answer is on its way."""
        return self.asked is not None and is_pending(self.asked)

    @property
    def failure(self) -> tuple[str, str] | None:
        """Step and reason, where the question cannot be answered."""
        if self.asked is None or self.asked.state != "failed":
            return None
        return step_of(self.asked.message), self.asked.message

    @property
    def why(self) -> str:
        """Why the method was picked, once known."""
        return self.cost.why if self.cost is not None else self.known.why if self.known else ""


def look(spec: JobSpec | None) -> Look:
    """Return what is known of a job's cost; only reads, so that the steps are drawn at once."""
    known = None if spec is None else explain_jobs.find(spec.id)
    if known is not None and known.state != "complete":
        known = None
    wanted = spec if known is None else None
    if wanted is None or st.session_state.get(_ASKED) != preview_id(wanted):
        return Look(known=known)
    job = explain_jobs.find(preview_id(wanted))
    answered = job is not None and job.state == "complete"
    return Look(find_preview(read.store(), wanted) if answered else None, job, known)


def _ask(spec: JobSpec | None, found: Look) -> Look:
    """Ask what a job would cost, once for each set of choices; withdraw what was asked before.

    Writing may have to wait for another process, so it comes after the steps are drawn.
    """
    wanted = spec if found.known is None else None
    asked = None if wanted is None else preview_id(wanted)
    before = st.session_state.get(_ASKED)
    # Withdrawn while it was looked into, and chosen once more; or by another visitor.
    gone = found.asked is not None and found.asked.state == "cancelled"
    if asked == before and not gone:
        return found
    # Once: a question that failed would be asked again and again.
    if before is not None and before != asked:
        _withdraw(before)
    if wanted is not None:
        ask_preview(read.store(), wanted)
    st.session_state[_ASKED], st.session_state[_SINCE] = asked, time.time()
    now = look(spec)
    if now.cost is not None:
        st.rerun()  # answered before: the steps above say more than they did
    return now


def _withdraw(asked: str) -> None:
    found = explain_jobs.find(asked)
    if found is not None and is_pending(found):
        jobs.cancel(read.store(), asked)


def draw(spec: JobSpec | None, found: Look, said: Mapping[str, str]) -> None:
    """Draw the card: cost, and the button that starts the job; `said` is wrong with the steps."""
    found = _ask(spec, found)
    with cards.card("What will it cost?"):
        # The button stays outside: it changes the whole page.
        missing = WRONG if any(said.values()) else MISSING
        st.fragment(_live, run_every=POLL if found.pending else None)(spec, found, missing)
        _button(spec, found)


def _live(spec: JobSpec | None, found: Look, missing: str) -> None:
    with messages.guard("The cost cannot be told"):
        if found.pending and found.asked is not None:
            now = explain_jobs.find(found.asked.id)
            if now is None or not is_pending(now):
                st.rerun()
        _told(spec, found, missing)


def _told(spec: JobSpec | None, found: Look, missing: str) -> None:
    if spec is None:
        markup.sentence(missing)
        return
    if found.known is not None:
        markup.sentence("Nothing: this very question is answered in the store.")
        return
    cost = found.cost
    if cost is None:
        markup.sentence(_waiting(found))
        return
    if cost.stored:
        markup.sentence("Nothing: the answer is in the store already.")
        return
    about = "" if cost.exact else ", about"
    grid = st.grid(4, min_column_width=96, gap="xsmall")
    for label, value in (
        ("Samples", count(cost.samples)),
        (f"Model rows{about}", rows_words(cost.rows)),
        ("Time, about", duration(cost.seconds)),
        ("Memory", bytes_words(cost.memory_bytes)),
    ):
        with grid.cell():
            markup.metric_title(label, value)


def _waiting(found: Look) -> str:
    asked = found.asked
    if asked is None:
        return "Measuring…"
    if asked.state == "failed":
        return "It could not be measured. The reason stands beside the step that it is about."
    if time.time() - st.session_state[_SINCE] < PATIENCE:
        return "Measuring: the model is loaded and timed on a few rows…"
    late = LATE.get(asked.state, "Measuring takes longer than usual: even a few rows take a while.")
    return f"{late} You can start all the same."


def _button(spec: JobSpec | None, found: Look) -> None:
    if found.known is not None:
        st.button(
            "Open it",
            icon=":material/arrow_forward:",
            key="explain open",
            on_click=state.open_page,
            args=("overview",),
            kwargs={"explanation": found.known.key, "job": None},
        )
        return
    st.button(
        "Explain",
        icon=":material/play_arrow:",
        key="explain start",
        disabled=spec is None,
        on_click=explain_now.start,
    )
    if found.cost is not None and not found.cost.stored:
        markup.footnote(
            f"Measured on a few rows. Time with {several(found.cost.workers, 'worker')} and "
            "nobody else at work; memory of one of them."
        )


def rows_words(rows: int) -> str:
    """Return a number of model rows, short.

    Examples
    --------
    >>> rows_words(1_283_000), rows_words(532)
    ('1.28 million', '532')
    """
    if rows >= BILLION:
        return f"{number(rows / BILLION)} billion"
    return f"{number(rows / MILLION)} million" if rows >= MILLION else count(rows)


def bytes_words(size: float) -> str:
    """Return an amount of memory.

    Examples
    --------
    >>> bytes_words(6.2e8), bytes_words(2.34e9)
    ('620 MB', '2.3 GB')
    """
    if size >= GIGABYTE:
        return f"{size / GIGABYTE:.1f} GB"
    return f"{max(1, round(size / MEGABYTE))} MB"
