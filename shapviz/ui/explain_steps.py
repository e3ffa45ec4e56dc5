"""Three of the four steps of the Explain page: model, data and method, a card each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from shapviz.jobs.columns import Roles
from shapviz.labels import plural
from shapviz.labels import several as counted
from shapviz.types import Array
from shapviz.ui import cards, explain_files, markup, messages, read
from shapviz.ui import explain_fields as fields
from shapviz.ui.explain_draft import Draft
from shapviz.ui.explain_fits import warning
from shapviz.ui.explain_hiding import (
    BY_255,
    BYTES,
    OWN_SCALE,
    PICTURES,
    scale_of,
    scales_offered,
)
from shapviz.ui.explain_layout import MIDDLE, NAME, NARROW, TITLE, WIDE, Problems, row, said_of
from shapviz.ui.explain_methods import MEASURES, METHODS, measures, suiting
from shapviz.ui.explain_sources import ModelFacts, ModelSource, TableSource
from shapviz.ui.explain_spec import (
    DATA,
    METHOD,
    MODEL,
    Chosen,
    columns_of,
    form,
    pair_of,
    roles_of,
)

__all__ = ["data_card", "method_card", "model_card"]

ROWS_SHOWN = 4
PICTURES_SHOWN, PICTURE_SIDE = 5, 64
NONE = "\u2013"


def model_card(draft: Draft, chosen: Chosen, models: Sequence[ModelSource], said: Problems) -> None:
    """Draw step 1: one select of all models, and beside it a place to drop a file."""
    with cards.card("1. Which model?"):
        fields.select(
            "Model",
            "model",
            {model.id: model.label for model in models},
            draft.model,
            placeholder="A demo, or one of yours",
            label_visibility="collapsed",
        )
        if chosen.model is not None:
            markup.sentence(chosen.model.line)
        explain_files.drop_model()
        explain_files.refused("model", None if chosen.model is None else chosen.model.name)
        said_of(said, MODEL)


def data_card(draft: Draft, chosen: Chosen, tables: Sequence[TableSource], said: Problems) -> None:
    """Draw step 2: rows, what their columns are for, and the first of them."""
    with cards.card("2. Which samples?"):
        if chosen.is_demo and chosen.data is not None:
            markup.sentence(f"The demo’s own: {chosen.data.name}.")
            said_of(said, DATA)
            return
        fields.select(
            "Data",
            "data",
            {table.id: table.label for table in tables},
            draft.data,
            placeholder="A table of samples",
            label_visibility="collapsed",
        )
        if chosen.data is not None:
            _columns(draft, chosen)
            _values(draft, chosen)
            said_of(said, DATA)
            _gaps(draft, chosen, said)
            _first_rows(chosen.data, is_pictures=form(draft, chosen) == PICTURES)
        explain_files.drop_table(ModelFacts() if chosen.model is None else chosen.model.facts)
        explain_files.refused("data", None if chosen.data is None else chosen.data.name)


def _columns(draft: Draft, chosen: Chosen) -> None:
    columns = columns_of(chosen)
    data = chosen.data
    if columns is None or data is None:
        markup.sentence("" if data is None else data.line)
        return
    roles, told = roles_of(draft, chosen)
    markup.sentence(f"{data.line} {told}".strip())
    free = [name for name in columns.names if name not in roles.features]
    with row():
        _role("True outcomes", "truth", roles, [n for n in free if n != roles.names])
        _role("Sample names", "names", roles, [n for n in free if n != roles.truth])
        with st.popover(counted(len(roles.features), "feature"), icon=":material/view_column:"):
            _lists(roles, columns.names)


def _values(draft: Draft, chosen: Chosen) -> None:
    """Draw what bytes of pictures are divided by, and why that is proposed."""
    if not scales_offered(chosen.data, form(draft, chosen)):
        return
    scale, why = scale_of(draft, chosen.model)
    titles = {BY_255: "Divided by 255", OWN_SCALE: "As they are, 0 to 255"}
    fields.select("Values", "scale", titles, scale, width=MIDDLE)
    if why:
        markup.footnote(why)


def _gaps(draft: Draft, chosen: Chosen, said: Problems) -> None:
    """Say what is missing, where nothing keeps the job from being asked for."""
    if chosen.data is None or DATA in said:
        return
    roles, _ = roles_of(draft, chosen)
    wrong = warning(pair_of(draft, chosen, chosen.data), roles.features)
    if wrong:
        messages.beside(wrong, icon="warning")


def _role(label: str, name: str, roles: Roles, free: Sequence[str]) -> None:
    """Draw a select of one column, or none."""
    fields.select(
        label,
        name,
        {NONE: "None", **{column: column for column in free}},
        getattr(roles, name) or NONE,
        write=lambda value: {"roles": _with(roles, **{name: None if value == NONE else value})},
        width=NARROW,
    )


def _lists(roles: Roles, names: Sequence[str]) -> None:
    spoken = {roles.truth, roles.names}
    fields.several(
        "Features, in the model’s order",
        "features",
        [name for name in names if name not in spoken],
        roles.features,
        write=lambda value: {"roles": _with(roles, features=tuple(value))},
        width=480,
    )
    fields.several(
        "Kept beside the samples, not shown to the model",
        "metadata",
        [name for name in names if name not in spoken and name not in roles.features],
        roles.metadata,
        write=lambda value: {"roles": _with(roles, metadata=tuple(value))},
        width=480,
    )


def _with(roles: Roles, **changes: object) -> Roles:
    """The roles with a change; a column has one role, the last that it was given."""
    new = {**{name: getattr(roles, name) for name in Roles.__dataclass_fields__}, **changes}
    taken = {new["truth"], new["names"], *new["features"]}
    new["metadata"] = tuple(name for name in new["metadata"] if name not in taken)
    return Roles(**new)


def as_shown(pictures: Array, *, are_bytes: bool) -> Array:
    """Return pictures as bytes, from the least to the largest value; what is no number is black.

    Of other numbers than bytes nobody knows what white is.

    Examples
    --------
    >>> as_shown(np.array([[0.5, np.nan, 1.0, 0.75]]), are_bytes=False).tolist()
    [[0, 0, 255, 127]]
    """
    if are_bytes:
        return pictures.astype(np.uint8)
    known = np.isfinite(pictures)
    low, high = (pictures[known].min(), pictures[known].max()) if known.any() else (0.0, 1.0)
    filled = np.where(known, pictures, low).astype(np.float64)
    return ((filled - low) / max(high - low, 1e-12) * 255).astype(np.uint8)


def _first_pictures(data: TableSource) -> None:
    head = read.store().materials.head(data.address, PICTURES_SHOWN)
    shown = as_shown(np.asarray(head), are_bytes=data.dtype == BYTES)
    with st.container(horizontal=True, gap="small"):
        for picture in shown[..., :3]:
            st.image(picture, width=PICTURE_SIDE)
    markup.footnote(_the_first(len(shown), data.rows, "picture"))


def _the_first(shown: int, rows: int, noun: str) -> str:
    if shown < rows:
        return f"The first {counted(shown, noun)}."
    several = f"Both {plural(noun)}." if rows == 2 else f"All {counted(rows, noun)}."
    return f"Its only {noun}." if rows == 1 else several


def _first_rows(data: TableSource, *, is_pictures: bool) -> None:
    if is_pictures:
        _first_pictures(data)
    if not data.is_table:
        return
    st.dataframe(
        read.head(data.address, ROWS_SHOWN),
        hide_index=True,
        height=35 * (min(ROWS_SHOWN, data.rows) + 1) + 2,
        key="explain first rows",
    )
    markup.footnote(_the_first(min(ROWS_SHOWN, data.rows), data.rows, "row"))


def method_card(draft: Draft, chosen: Chosen, why: str, name: str, said: Problems) -> None:
    """Draw step 4: how, how exactly, of which outputs, under which name (`name` is proposed)."""
    facts = None if chosen.model is None else chosen.model.facts
    names = suiting("" if facts is None else facts.kind)
    with cards.card("4. How?"):
        with row():
            titles = {name: METHODS[name].title for name in names}
            fields.select("Method", "method", titles, draft.method, width=TITLE)
            _exactness(draft)
            held = name or "Of the explanation"
            fields.text("Name", "name", draft.name, placeholder=held, width=NAME)
            with st.popover("More", icon=":material/tune:"):
                _rare(draft, chosen)
        markup.sentence(why or METHODS[draft.method].about)
        said_of(said, METHOD)


def _exactness(draft: Draft) -> None:
    taken = measures(draft.method)
    if len(taken) < 2:
        return
    titles = {name: MEASURES[name].title for name in taken}
    fields.select("Exactness", "measure", titles, draft.measure, width=MIDDLE)
    measure = MEASURES[draft.measure]
    if measure.label:
        fields.number(
            measure.label,
            "amount",
            measure.default if draft.amount is None else draft.amount,
            least=measure.least,
            most=measure.most,
            step=measure.step,
            help=measure.help,
            width=MIDDLE,
        )


def _rare(draft: Draft, chosen: Chosen) -> None:
    facts = None if chosen.model is None else chosen.model.facts
    outputs = facts.outputs if facts is not None else ()
    if not outputs and facts is not None and (facts.n_outputs or 1) > 1:
        outputs = tuple(str(k + 1) for k in range(facts.n_outputs or 0))
    if len(outputs) > 1:
        fields.several(
            "Outputs",
            "outputs",
            outputs,
            draft.outputs,
            write=lambda value: {"outputs": tuple(value)},
            placeholder="All of them",
            width=WIDE,
        )
    if not chosen.is_demo:
        fields.select(
            "Scale",
            "link",
            {"identity": "The model’s own", "logit": "Log-odds of its probabilities"},
            draft.link,
            width=WIDE,
        )
        if chosen.data is not None:
            fields.number(
                "Only the first rows",
                "first",
                draft.first,
                least=1,
                most=chosen.data.rows,
                step=1,
                placeholder="All of them",
                width=WIDE,
            )
    fields.number("Seed", "seed", draft.seed, least=0, most=2**31, step=1, width=WIDE)
