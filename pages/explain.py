"""Explain: what would you like to explain?"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from shapviz.jobs import Job
from shapviz.ui import (
    cards,
    explain_background,
    explain_cost,
    explain_files,
    explain_history,
    explain_jobs,
    explain_now,
    explain_running,
    explain_steps,
    frame,
    guard,
    markup,
    notice,
    state,
)
from shapviz.ui import explain_fields as fields
from shapviz.ui.explain_methods import AUTO

GONE = ("deleting", "deleted")
_INTRO = (
    "Choose a model and samples; everything else has a sensible default. The work is done beside "
    "this page, which may be closed meanwhile."
)


def draw() -> None:
    """Draw the job that the address names, or the four steps; then the history."""
    watched = state.get("job")
    job = None if watched is None else explain_jobs.find(watched)
    if watched is not None and (job is None or job.state in GONE):
        notice(
            "This job is not known here",
            "It may have been deleted, or belong to another store. Begin a new one below.",
        )
        job = None
    mine = explain_jobs.mine()
    if job is not None:
        explain_running.draw(job)
    else:
        _steps(mine)
    explain_history.draw([each for each in mine if job is None or each.id != job.id])


def _steps(mine: Sequence[Job]) -> None:
    markup.sentence(_INTRO, in_card=False)
    if not explain_files.allowed():
        markup.footnote(explain_files.OFF)
    model = fields.draft().model
    if model.startswith("file:"):
        explain_files.open_registered(model.removeprefix("file:"))
    now = explain_now.now(mine)
    draft, chosen, said, spec = now.draft, now.chosen, now.said, now.spec
    found = explain_cost.look(spec)
    if found.failure is not None:
        step, reason = found.failure
        said = {**said, step: reason}
    # What on the left, how and at what price on the right; on a narrow page one below the other.
    grid = st.grid(2, min_column_width=440, gap="small")
    with grid.cell(), st.container(gap="small"):
        explain_steps.model_card(draft, chosen, now.models, said)
        explain_steps.data_card(draft, chosen, now.tables, said)
    with grid.cell(), st.container(gap="small"):
        explain_background.background_card(draft, chosen, now.tables, said)
        why = found.why if draft.method == AUTO else ""
        explain_steps.method_card(draft, chosen, why, "" if spec is None else spec.name, said)
        explain_cost.draw(spec, found, said)


def page() -> None:
    """Draw the head, then the page or why it cannot be."""
    with cards.page_head("Explain a model"):
        pass
    with guard():
        draw()


frame.inside("explain", page)
