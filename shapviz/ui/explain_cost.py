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
from shapviz.labels import count, number
from shapviz.ui import cards, explain_jobs, markup, messages, read, state
from shapviz.ui.explain_spec import step_of
from shapviz.ui.explain_words import is_pending
from shapviz.ui.progress import duration

__all__ = ["Cost", "Look", "bytes_words", "cost_of", "draw", "look", "rows_words"]

POLL = 0.4
PATIENCE = 15.0
"""Seconds after which a preview that nobody has begun is explained."""

_ASKED = "explain preview asked"

MILLION, BILLION = 1e6, 1e9
MEGABYTE, GIGABYTE = 1e6, 1e9


@dataclass(frozen=True)
class Cost:
    """What a job takes.

    Attributes
    ----------
    samples, model_rows : int
    seconds : float
    bytes : float
        Of memory at most, in one worker.
    why : str
        Why this method was picked.
    """

    samples: int
    model_rows: int
    seconds: float
    bytes: float
    why: str = ""


@dataclass(frozen=True)
class Look:
    """What is known of the cost right now.

    Attributes
    ----------
    cost : Cost or None
    preview : Job or None
        The question that is being answered; None where nothing can be asked yet.
    known : Job or None
        The same question, complete: it costs nothing.
    """

    cost: Cost | None = None
    preview: Job | None = None
    known: Job | None = None

    @property
    def failure(self) -> tuple[str, str] | None:
        """Step and reason, where the question cannot be answered."""
        if self.preview is None or self.preview.state != "failed":
            return None
        return step_of(self.preview.message), self.preview.message

    @property
    def why(self) -> str:
        """Why the method was picked, once known."""
        return self.cost.why if self.cost is not None else self.known.why if self.known else ""


def look(spec: JobSpec | None) -> Look:
    """Ask what a job would cost, unless it was asked before, and return what is known.

    An older question that nobody needs any more is withdrawn.
    """
    store = read.store()
    known = None if spec is None else explain_jobs.find(spec.id)
    if known is not None and known.state != "complete":
        known = None
    asked = None if spec is None or known is not None else jobs.preview(store, spec)
    before = st.session_state.get(_ASKED)
    if before not in (None, asked):
        _withdraw(before)
    st.session_state[_ASKED] = asked
    preview = None if asked is None else explain_jobs.find(asked)
    return Look(cost_of(preview), preview, known)


def _withdraw(preview: str) -> None:
    found = explain_jobs.find(preview)
    if found is not None and is_pending(found):
        jobs.cancel(read.store(), preview)


def cost_of(preview: Job | None) -> Cost | None:
    """Return what a preview has found, or None."""
    if preview is None or preview.state != "complete" or preview.answer is None:
        return None
    answer: Mapping[str, float] = preview.answer
    return Cost(
        samples=int(answer["samples"]),
        model_rows=int(answer["model_rows"]),
        seconds=float(answer["seconds"]),
        bytes=float(answer["memory"]),
        why=preview.why,
    )


def draw(spec: JobSpec | None, found: Look) -> None:
    """Draw the card: cost, and the button that starts the job."""
    pending = found.preview is not None and is_pending(found.preview)
    with cards.card("What will it cost?"):
        # The button stays outside: it changes the whole page.
        st.fragment(_live, run_every=POLL if pending else None)(spec, found, pending)
        _button(spec, found)


def _live(spec: JobSpec | None, found: Look, pending: bool) -> None:
    with messages.guard("The cost cannot be told"):
        if pending and found.preview is not None:
            now = explain_jobs.find(found.preview.id)
            if now is None or not is_pending(now):
                st.rerun()
        _told(spec, found)


def _told(spec: JobSpec | None, found: Look) -> None:
    if spec is None:
        markup.sentence("Choose a model and samples, and the cost is measured here.")
        return
    if found.known is not None:
        markup.sentence("Nothing: this very question is answered in the store.")
        return
    cost = found.cost
    if cost is None:
        markup.sentence(_waiting(found))
        return
    grid = st.grid(4, min_column_width=96, gap="xsmall")
    for label, value in (
        ("Samples", count(cost.samples)),
        ("Model rows", rows_words(cost.model_rows)),
        ("Time", f"about {duration(cost.seconds)}"),
        ("Memory", bytes_words(cost.bytes)),
    ):
        with grid.cell():
            markup.metric_title(label, value)


def _waiting(found: Look) -> str:
    preview = found.preview
    if preview is None:
        return "Measuring…"
    if preview.state == "failed":
        return "It cannot be measured: see above."
    waited = time.time() - preview.created
    if preview.state == "queued" and waited > PATIENCE:
        return (
            "No worker has had time to measure it yet. You can start all the same: the work "
            "waits for its turn."
        )
    return "Measuring: the model is loaded and timed on a few rows…"


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
        on_click=explain_jobs.start,
        args=(spec,),
    )
    if found.cost is not None:
        markup.footnote("Measured on a few rows, on the machine that will do the work.")


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
