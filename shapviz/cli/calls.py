"""What a call may ask of the explainer that will answer it: refused before anything is queued."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapviz.errors import InputError, complaint
from shapviz.jobs.model_facts import ModelFacts

__all__ = ["BY_NAME", "check_call", "picked"]

OPTIONS = ("budget", "tolerance", "segments")
"""Arguments of a call that only some explainers take."""

BY_NAME = "asked for by name"
READ_OFF = {
    "linear": "its coefficients give exact values",
    "tree": "its trees give its values",
}
"""Method of a model's facts → why the automatic choice falls on it."""


def picked(
    explainer: str, facts: ModelFacts, *, features: int | None, hides: bool, link: str | None
) -> tuple[str, str] | None:
    """Return which explainer will answer and why, where that can be told without the model.

    Parameters
    ----------
    explainer : str
        As asked for: a name, or "auto".
    facts : ModelFacts
    features : int or None
        Columns that are explained; None where there are none.
    hides : bool
        Whether samples are hidden behind themselves.
    link : str or None
        As asked for.

    Examples
    --------
    >>> asked = dict(features=10, hides=False, link=None)
    >>> picked("auto", ModelFacts("xgboost", method="tree"), **asked)
    ('tree', 'picked because its trees give its values')
    >>> picked("auto", ModelFacts("keras"), **asked) is None
    True
    """
    from shapviz.explainers.auto import FEW

    if explainer != "auto":
        return explainer, BY_NAME
    if hides:
        return "partition", "picked because parts of a sample are hidden behind themselves"
    # Only the model itself tells whether Deep has a rule for all of it, or what a link suits.
    if facts.kind == "keras" or facts.method is None or link not in (None, "identity"):
        return None
    if facts.method in READ_OFF:
        return facts.method, f"picked because {READ_OFF[facts.method]}"
    if facts.method or features is None:
        return None
    if features <= FEW:
        return "exact", f"picked because {features} features have {2**features} coalitions only"
    return "kernel", f"picked because it takes any model, of {features} features too"


def check_call(found: tuple[str, str] | None, call: Mapping[str, Any]) -> None:
    """InputError for an option that the explainer does not take; nothing where that is not known.

    Parameters
    ----------
    found : (name, why) or None
        As `picked` returns it.
    call : mapping
        Arguments of the call.
    """
    if found is None:
        return
    name, why = found
    for option in OPTIONS:
        if option in call and not _takes(name, option):
            rule = f"be left out for the explainer {name} ({why})"
            takers = [each for each in ("kernel", "permutation", "deep") if _takes(each, option)][
                :2
            ]
            fix = f"Leave it out, or name one that takes it: --explainer {' or '.join(takers)}."
            raise InputError(complaint(f"--{option}", rule, call[option], fix))


def _takes(name: str, option: str) -> bool:
    from shapviz.explainers.options import names_of
    from shapviz.explainers.registry import find

    kind = find(name)
    return kind.takes_budget if option == "budget" else option in names_of(kind.options)
