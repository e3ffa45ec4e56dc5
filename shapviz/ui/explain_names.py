"""Names of jobs that nobody gave one: told apart by what differs, then by a number.

Pure: jobs and names in, names out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from shapviz.jobs import JobSpec
from shapviz.samples import demo_named
from shapviz.ui.explain_draft import Draft, shown_name

__all__ = ["apart", "is_proposed", "told_apart"]

NUMBERED = re.compile(r" \(\d+\)$")


def apart(name: str, taken: Collection[str]) -> str:
    """Return a name that is none of those taken: the same with the next number behind it.

    Examples
    --------
    >>> apart("churn", ["wine"]), apart("churn", ["churn"]), apart("churn (2)", ["churn (2)"])
    ('churn', 'churn (2)', 'churn (3)')
    """
    if name not in taken:
        return name
    stem, number = NUMBERED.sub("", name), 2
    while f"{stem} ({number})" in taken:
        number += 1
    return f"{stem} ({number})"


def told_apart(spec: JobSpec, names: Mapping[str, str]) -> JobSpec:
    """Return a job under a name that no other job has; one that was asked for keeps its own.

    Parameters
    ----------
    spec : JobSpec
    names : mapping
        Ids of jobs to their names.
    """
    return replace(spec, name=names.get(spec.id) or apart(spec.name, list(names.values())))


def is_proposed(spec: JobSpec) -> bool:
    """Whether a job has the name that was proposed for it, numbered or not."""
    model, data = spec.about.get("model_name", ""), spec.about.get("data_name", "")
    if spec.model.get("kind") == "demo":
        model, data = demo_named(str(spec.model["demo"])).title, ""
    proposed = shown_name(Draft(method=spec.explainer), str(model), str(data))
    return NUMBERED.sub("", spec.name) == proposed
