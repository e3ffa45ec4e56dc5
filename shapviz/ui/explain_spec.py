"""From choices to a job: what is still missing or wrong, by step, and the spec when nothing is.

Pure: a draft and what its choices mean in, sentences or a `JobSpec` out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shapviz.jobs import JobSpec
from shapviz.jobs.columns import Columns, Roles, checked, proposed
from shapviz.labels import count
from shapviz.ui.explain_draft import Draft, shown_name
from shapviz.ui.explain_fits import Pair, empty_texts, unfit
from shapviz.ui.explain_hiding import (
    BY_255,
    NOUNS,
    TEXTS,
    WAYS,
    form_of,
    scale_of,
    scales_offered,
    way_of,
)
from shapviz.ui.explain_methods import METHODS, call_of
from shapviz.ui.explain_names import told_apart
from shapviz.ui.explain_sources import DEMO_DATA, ModelFacts, ModelSource, TableSource

__all__ = [
    "BACKGROUND",
    "DATA",
    "METHOD",
    "MODEL",
    "Chosen",
    "columns_of",
    "form",
    "pair_of",
    "problems",
    "roles_of",
    "spec_of",
    "step_of",
]

MODEL, DATA, BACKGROUND, METHOD = "model", "data", "background", "method"
"""The four steps; each problem belongs to one."""

ARGUMENTS = {
    "model": MODEL,
    "path": MODEL,
    "output_names": MODEL,
    "X": DATA,
    "data": DATA,
    "table": DATA,
    "rows": DATA,
    "features": DATA,
    "feature_names": DATA,
    "target": DATA,
    "truth": DATA,
    "metadata": DATA,
    "sample_names": DATA,
    "names": DATA,
    "predictions": DATA,
    "background": BACKGROUND,
    "weights": BACKGROUND,
    "k": BACKGROUND,
    "n": BACKGROUND,
    "size": BACKGROUND,
    "fill": BACKGROUND,
    "superpixels": BACKGROUND,
    "mask_token": BACKGROUND,
    "players": BACKGROUND,
    "scale": DATA,
}
"""Argument that a message begins with → the step that it is about; any other: the method."""

BEGINNINGS = ("`model` must accept the rows", "`model` must return finite", "`SHAP values` must be")
"""How messages begin that name the model, or its values, and are about the data."""

NUMBERS_ALONE = ("keras", "xgboost", "lightgbm")
"""Kinds of model that refuse columns of text and dates, those they were trained on too."""

ARGUMENT = re.compile(r"`(\w+)")


@dataclass(frozen=True)
class Chosen:
    """What the draft's choices mean; None where nothing, or something that is gone, was chosen."""

    model: ModelSource | None = None
    data: TableSource | None = None
    background: TableSource | None = None

    @property
    def is_demo(self) -> bool:
        """Whether a demo brings all three."""
        return self.model is not None and self.model.is_demo


def columns_of(chosen: Chosen) -> Columns | None:
    """Return the chosen table's columns beside what the model takes; None for arrays."""
    if chosen.data is None or not chosen.data.is_table:
        return None
    facts = ModelFacts() if chosen.model is None else chosen.model.facts
    return Columns(
        chosen.data.columns,
        chosen.data.dtypes,
        facts.features,
        facts.width,
        facts.numbers,
        facts.texts,
        facts.kind in NUMBERS_ALONE,
    )


def roles_of(draft: Draft, chosen: Chosen) -> tuple[Roles, str]:
    """Return what columns are for, and how that was told; nothing for arrays."""
    columns = columns_of(chosen)
    if columns is None:
        return Roles(), ""
    return proposed(columns) if draft.roles is None else (draft.roles, "")


def form(draft: Draft, chosen: Chosen) -> str:
    """Return what one sample is, as `explain_hiding` speaks of it."""
    return form_of(chosen.model, chosen.data, roles_of(draft, chosen)[0])


def problems(draft: Draft, chosen: Chosen) -> dict[str, str]:
    """Return what keeps the job from being asked for, by step, in the order of the steps.

    An empty sentence means that a step still waits for its choice, which needs no words.
    """
    found = {
        MODEL: "" if chosen.model is None else None,
        DATA: "" if chosen.data is None else _data_problem(draft, chosen) or None,
        BACKGROUND: _background_problem(draft, chosen) or None,
        METHOD: _method_problem(draft, chosen) or None,
    }
    return {step: said for step, said in found.items() if said is not None}


def _data_problem(draft: Draft, chosen: Chosen) -> str:
    if chosen.data is None or chosen.is_demo:
        return ""
    pair, columns = pair_of(draft, chosen, chosen.data), columns_of(chosen)
    wrong = unfit(pair)
    if wrong or columns is None:
        return wrong
    roles, _ = roles_of(draft, chosen)
    found = checked(roles, columns)
    return found or (empty_texts(chosen.data, roles.features[0]) if pair.form == TEXTS else "")


def pair_of(draft: Draft, chosen: Chosen, data: TableSource) -> Pair:
    """Return the chosen model and some data, as the rules of what fits look at them."""
    there = form(draft, chosen)
    facts = ModelFacts() if chosen.model is None else chosen.model.facts
    return Pair(facts, data, there, way_of(draft, there))


def _background_problem(draft: Draft, chosen: Chosen) -> str:
    way = way_of(draft, form(draft, chosen))
    if chosen.is_demo or chosen.data is None or WAYS[way].is_hiding:
        return ""
    if draft.background and chosen.background is None:
        return "The table for the background is no longer in the store. Choose another one."
    rows = chosen.background or chosen.data
    if rows.is_table != chosen.data.is_table:
        is_what = ("an array", "a table") if chosen.data.is_table else ("a table", "an array")
        return (
            f"The background is {is_what[0]}, and the data are {is_what[1]}. Choose one like them."
        )
    if way == "kmeans" and not rows.is_table and len(rows.shape) != 2:
        return "Typical rows are found in tables of numbers only. Take a sample of rows instead."
    if rows.is_table:
        missing = [n for n in roles_of(draft, chosen)[0].features if n not in rows.columns]
        if missing:
            more = f" and {count(len(missing) - 1)} more columns" if len(missing) > 1 else ""
            return (
                f"The background lacks “{missing[0]}”{more}. Choose a table with the same features."
            )
    elif rows.shape[1:] != chosen.data.shape[1:] and not chosen.data.is_table:
        return "The background’s samples have another shape. Choose some like the data."
    return ""


def _method_problem(draft: Draft, chosen: Chosen) -> str:
    kind = "" if chosen.model is None else chosen.model.facts.kind
    method = METHODS[draft.method]
    if kind and method.kinds and kind not in method.kinds:
        return f"{method.title} cannot explain this kind of model. Choose Automatic or Kernel."
    there = form(draft, chosen)
    if method.rows and WAYS[way_of(draft, there)].is_hiding:
        fitting = "Automatic, Partition, Kernel or Permutation"
        if there == TEXTS:
            return f"{method.title} compares rows of numbers, and these are texts. Take {fitting}."
        return (
            f"{method.title} compares with background rows: choose “{WAYS['sample'].title}” in "
            f"step 3. With hidden parts take {fitting}."
        )
    return ""


def spec_of(
    draft: Draft, chosen: Chosen, owner: str, names: Mapping[str, str] | None = None
) -> JobSpec:
    """Return the job that the choices ask for; `problems` must have found none.

    Parameters
    ----------
    draft : Draft
    chosen : Chosen
    owner : str
    names : mapping, optional
        Ids of this person's jobs to their names, from which a proposed name is told apart.
    """
    spec = _spec(draft, chosen, owner)
    return spec if draft.name.strip() else told_apart(spec, names or {})


def _spec(draft: Draft, chosen: Chosen, owner: str) -> JobSpec:
    model, data = chosen.model, chosen.data
    if model is None or data is None:
        raise ValueError("a job needs a model and data")
    name = shown_name(draft, model.name, "" if model.is_demo else data.name)
    call = call_of(draft.method, draft.measure, draft.amount)
    call |= {"seed": draft.seed} if draft.seed else {}
    call |= {"outputs": _outputs(draft, model)} if draft.outputs else {}
    options = {} if draft.link == "identity" else {"link": draft.link}
    if model.is_demo:
        return JobSpec(
            model={"kind": "demo", "demo": model.address},
            data={"kind": DEMO_DATA},
            background={"kind": DEMO_DATA},
            explainer=draft.method,
            options=options,
            call=call,
            name=name,
            about=dict(model.about),
            owner=owner,
        )
    return JobSpec(
        model={"kind": "stored", "digest": model.address},
        data=_data(draft, chosen),
        background=_background(draft, chosen),
        explainer=draft.method,
        options=options,
        call=call,
        name=name,
        about={"model_name": model.name, "data_name": data.name, **_noun(draft, chosen)},
        owner=owner,
    )


def _noun(draft: Draft, chosen: Chosen) -> dict[str, str]:
    there = form(draft, chosen)
    is_hiding = WAYS[way_of(draft, there)].is_hiding
    return {"sample_noun": NOUNS[there]} if is_hiding else {}


def _outputs(draft: Draft, model: ModelSource) -> list[Any]:
    """Names where the model has some, else positions."""
    named = bool(model.facts.outputs)
    return [name if named else int(name) - 1 for name in draft.outputs]


def _data(draft: Draft, chosen: Chosen) -> dict[str, Any]:
    found: dict[str, Any] = {"digest": chosen.data.address if chosen.data else ""}
    roles, _ = roles_of(draft, chosen)
    if roles.features:
        found["features"] = list(roles.features)
    told = {"target": roles.truth, "names": roles.names, "metadata": list(roles.metadata)}
    found |= {name: value for name, value in told.items() if value}
    if draft.first is not None and chosen.data is not None and draft.first < chosen.data.rows:
        found["rows"] = [0, draft.first]
    if scales_offered(chosen.data, form(draft, chosen)):
        found |= {"scale": 255} if scale_of(draft, chosen.model)[0] == BY_255 else {}
    return found


def _background(draft: Draft, chosen: Chosen) -> dict[str, Any]:
    how = way_of(draft, form(draft, chosen))
    if WAYS[how].is_hiding:
        return WAYS[how].hide(draft)
    # All rows of the table, whichever are explained: more rows later are the same question.
    whole = chosen.background or chosen.data
    found: dict[str, Any] = {"digest": whole.address if whole else "", "how": how}
    return found if how == "all" else {**found, "size": draft.size, "seed": draft.seed}


def step_of(message: str) -> str:
    """Return the step that an error's message is about.

    Examples
    --------
    >>> step_of("`budget` must be at least 11; got 5."), step_of("`k` must be at most 3; got 9.")
    ('method', 'background')
    """
    if message.startswith(BEGINNINGS):
        return DATA
    found = ARGUMENT.match(message)
    return ARGUMENTS.get(found[1] if found else "", METHOD)
