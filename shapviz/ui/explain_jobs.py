"""What the page does with jobs: asks for one, watches, stops, extends. Rows of the queue alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import streamlit as st

from shapviz import jobs
from shapviz.jobs import Job, JobSpec
from shapviz.jobs.columns import Roles
from shapviz.jobs.spec import DEMOS_OWNER
from shapviz.ui import explain_fields as fields
from shapviz.ui import read, state
from shapviz.ui.explain_draft import SAME, Draft
from shapviz.ui.explain_hiding import BY_255, OWN_SCALE, choices_of
from shapviz.ui.explain_methods import OWN
from shapviz.ui.explain_names import apart, is_proposed, told_apart
from shapviz.ui.other_kind import PAGE_OF

__all__ = [
    "draft_of",
    "find",
    "has_all_rows",
    "mine",
    "names",
    "owner",
    "page_of",
    "run",
    "start",
    "totals",
]

_FOUND = "explain found in store"


def owner() -> str:
    """Return who asks: the signed-in person, nobody in particular without sign-in."""
    user = st.user
    return str(user.get("email", "")) if user.get("is_logged_in", False) else ""


def find(job: str) -> Job | None:
    """Return a job by the id that the address carries."""
    return jobs.find(read.store(), job)


def mine() -> list[Job]:
    """Return this person's jobs, newest first; what was deleted is gone."""
    own = owner()
    every = [
        job
        for job in jobs.every(read.store())
        if job.owner == own
        and job.owner != DEMOS_OWNER
        and job.state not in ("deleting", "deleted")
    ]
    return sorted(every, key=lambda job: job.created, reverse=True)


def names(asked: Iterable[Job] | None = None) -> dict[str, str]:
    """Return the names that are taken: of stored explanations by key, of this person's jobs by id.

    Whoever made an explanation: another of the same numbers under its name takes its place, and
    its links lead nowhere then.
    """
    stored = {record.key: record.name for record in read.records()}
    return stored | {job.id: job.name for job in (mine() if asked is None else asked)}


def start(spec: JobSpec) -> None:
    """Ask for a job and watch it; for callbacks."""
    before = jobs.find(read.store(), spec.id)
    job = jobs.submit(read.store(), spec)
    st.session_state[_FOUND] = job if before is not None and before.state == "complete" else None
    state.remember(job=job)


def was_there(job: Job) -> bool:
    """Whether the last thing asked for had been answered before."""
    return job.state == "complete" and st.session_state.get(_FOUND) == job.id


def totals() -> dict[str, int]:
    """Return how many rows each registered table has."""
    return {record.digest: record.rows for record in read.store().materials.tables()}


def has_all_rows(job: Job, totals: Mapping[str, int]) -> bool:
    """Whether a job has every row of its data; a demo always has."""
    total = totals.get(str(job.spec.data.get("digest")))
    return total is None or job.samples >= total


def run(action: str, job: Job) -> None:
    """Do what a button of a job says; for callbacks."""
    errands: dict[str, Callable[[], object]] = {
        "open": lambda: state.open_page(page_of(job.spec), explanation=job.key, job=None),
        "watch": lambda: state.remember(job=job.id),
        "resume": lambda: _go_on(job),
        "again": lambda: start(job.spec),
        "more": lambda: start(told_apart(_with_all_rows(job.spec), names())),
        "finer": lambda: start(told_apart(_with_call(job.spec, budget=4), names())),
        "closer": lambda: start(told_apart(_with_call(job.spec, tolerance=0.5), names())),
        "change": lambda: _use(job.spec),
        "cancel": lambda: jobs.cancel(read.store(), job.id),
        "delete": lambda: _delete(job),
    }
    errands[action]()


def page_of(spec: JobSpec) -> str:
    """Return the page that shows what a job found best: pictures and texts have their own."""
    return PAGE_OF.get(str(spec.background.get("masker", "")), "overview")


def _go_on(job: Job) -> None:
    jobs.resume(read.store(), job.id)
    state.remember(job=job.id)


def _with_all_rows(spec: JobSpec) -> JobSpec:
    return replace(spec, data={k: v for k, v in spec.data.items() if k != "rows"}, ranges=None)


def _with_call(spec: JobSpec, **factors: float) -> JobSpec:
    scaled = {name: spec.call[name] * factor for name, factor in factors.items()}
    return replace(spec, call={**spec.call, **scaled}, ranges=None)


def _use(spec: JobSpec) -> None:
    draft = draft_of(spec)
    # A name that somebody gave is kept, and told from that of what is copied.
    fields.put(replace(draft, name=draft.name and apart(draft.name, list(names().values()))))
    state.remember(job=None)


def _delete(job: Job) -> None:
    jobs.delete(read.store(), job.id)
    if state.get("job") == job.id:
        state.remember(job=None)


def draft_of(spec: JobSpec) -> Draft:
    """Return the choices that ask for a job again."""
    is_demo = spec.model.get("kind") == "demo"
    data, background, call = spec.data, spec.background, spec.call
    features = data.get("features")
    roles = None
    if features:
        roles = Roles(
            tuple(features),
            data.get("target"),
            data.get("names"),
            tuple(data.get("metadata", ())),
        )
    measure = next((m for m in ("budget", "tolerance", "segments") if m in call), OWN)
    same = background.get("digest", data.get("digest")) == data.get("digest")
    rows = data.get("rows")
    return Draft(
        model=f"demo:{spec.model['demo']}" if is_demo else f"model:{spec.model['digest']}",
        data="demo" if is_demo else f"table:{data['digest']}",
        roles=roles,
        first=None if rows is None else int(rows[1]),
        background=SAME if is_demo or same else f"table:{background['digest']}",
        scale="" if is_demo else BY_255 if "scale" in data else OWN_SCALE,
        **({} if is_demo else choices_of(background)),
        seed=int(call.get("seed", 0)),
        method=spec.explainer,
        measure=measure,
        amount=None if measure == OWN else call[measure],
        outputs=tuple(_output(each) for each in call.get("outputs", ())),
        link=str(spec.options.get("link", "identity")),
        name="" if is_proposed(spec) else spec.name,
    )


def _output(each: str | int) -> str:
    # Positions are told from one.
    return each if isinstance(each, str) else str(each + 1)
