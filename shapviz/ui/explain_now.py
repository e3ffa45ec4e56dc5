"""What the choices of this session come to right now: a job, or what it still lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shapviz.jobs import Job, JobSpec
from shapviz.samples import DEMOS
from shapviz.ui import explain_facts, explain_jobs
from shapviz.ui import explain_fields as fields
from shapviz.ui.explain_draft import Draft
from shapviz.ui.explain_sources import ModelSource, TableSource
from shapviz.ui.explain_spec import Chosen, problems, spec_of

__all__ = ["Now", "now", "start"]


@dataclass(frozen=True)
class Now:
    """The choices, what there is to choose from, and what follows.

    Attributes
    ----------
    draft : Draft
    models, tables : sequence
    chosen : Chosen
    said : mapping
        What keeps the job from being asked for, by step.
    spec : JobSpec or None
        The job, where nothing does.
    """

    draft: Draft
    models: Sequence[ModelSource]
    tables: Sequence[TableSource]
    chosen: Chosen
    said: dict[str, str]
    spec: JobSpec | None


def now(asked: Iterable[Job]) -> Now:
    """Return what the choices come to, for somebody who has asked for these jobs before."""
    draft, models, tables = fields.draft(), explain_facts.models(DEMOS), explain_facts.tables()
    chosen = explain_facts.chosen(draft, models, tables, DEMOS)
    said = problems(draft, chosen)
    spec = None
    if not said:
        spec = spec_of(draft, chosen, explain_jobs.owner(), explain_jobs.names(asked))
    return Now(draft, models, tables, chosen, said, spec)


def start() -> None:
    """Ask for the job that the choices come to; for callbacks.

    The choices of this moment: a button may be clicked before the page was drawn anew after the
    last of them, and would ask for the job before it.
    """
    spec = now(explain_jobs.mine()).spec
    if spec is not None:
        explain_jobs.start(spec)
