"""The four steps of the Explain page: model, data, background, method, a card each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from shapviz.labels import several as counted
from shapviz.ui import cards, explain_files, markup, messages, read
from shapviz.ui import explain_fields as fields
from shapviz.ui.explain_columns import Roles
from shapviz.ui.explain_draft import BACKGROUNDS, SAME, Draft, shown_name
from shapviz.ui.explain_methods import MEASURES, METHODS, measures, suiting
from shapviz.ui.explain_sources import ModelSource, TableSource
from shapviz.ui.explain_spec import (
    BACKGROUND,
    DATA,
    METHOD,
    MODEL,
    Chosen,
    columns_of,
    roles_of,
)

__all__ = ["background_card", "data_card", "method_card", "model_card"]

ROWS_SHOWN = 4
NONE = "\u2013"
WIDE, MIDDLE, NAME, TITLE, NARROW, SLIM = 320, 184, 168, 152, 136, 96
"""Pixels: what stands side by side fits into half a page of 1,400."""

Problems = Mapping[str, str]


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
        explain_files.refused("model")
        _said(said, MODEL)


def data_card(draft: Draft, chosen: Chosen, tables: Sequence[TableSource], said: Problems) -> None:
    """Draw step 2: rows, what their columns are for, and the first of them."""
    with cards.card("2. Which samples?"):
        if chosen.is_demo and chosen.data is not None:
            markup.sentence(f"The demo’s own: {chosen.data.name}.")
            _said(said, DATA)
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
            _said(said, DATA)
            _first_rows(chosen.data)
        explain_files.drop_table()
        explain_files.refused("data")


def _columns(draft: Draft, chosen: Chosen) -> None:
    columns = columns_of(chosen)
    data = chosen.data
    if columns is None or data is None:
        markup.sentence("" if data is None else data.line)
        return
    roles, told = roles_of(draft, chosen)
    markup.sentence(f"{data.line} {told}".strip())
    free = [name for name in columns.names if name not in roles.features]
    with _row():
        _role("True outcomes", "truth", roles, [n for n in free if n != roles.names])
        _role("Sample names", "names", roles, [n for n in free if n != roles.truth])
        with st.popover(counted(len(roles.features), "feature"), icon=":material/view_column:"):
            _lists(roles, columns.names)


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


def _first_rows(data: TableSource) -> None:
    if not data.is_table:
        return
    st.dataframe(
        read.head(data.address, ROWS_SHOWN),
        hide_index=True,
        height=35 * (min(ROWS_SHOWN, data.rows) + 1) + 2,
        key="explain first rows",
    )
    markup.footnote(f"The first {counted(min(ROWS_SHOWN, data.rows), 'row')}.")


def background_card(
    draft: Draft, chosen: Chosen, tables: Sequence[TableSource], said: Problems
) -> None:
    """Draw step 3: the rows that stand in for a feature’s absence."""
    with cards.card("3. Compared with what?"):
        if chosen.is_demo:
            markup.sentence("The demo’s own: a sample of the rows it was trained on.")
            _said(said, BACKGROUND)
            return
        others = {SAME: "The same data", **{table.id: table.label for table in tables}}
        with _row():
            fields.select("Background", "how", BACKGROUNDS, draft.how, width=MIDDLE)
            if draft.how != "all":
                fields.number("Rows", "size", draft.size, least=1, most=10_000, step=10, width=SLIM)
            if tables:
                fields.select("From", "background", others, draft.background, width=NARROW)
        markup.footnote(
            "A feature is absent when its value is taken from these rows. More rows are "
            "steadier and cost as much more."
        )
        _said(said, BACKGROUND)


def method_card(draft: Draft, chosen: Chosen, why: str, said: Problems) -> None:
    """Draw step 4: how, how exactly, of which outputs, under which name."""
    facts = None if chosen.model is None else chosen.model.facts
    names = suiting("" if facts is None else facts.kind)
    with cards.card("4. How?"):
        with _row():
            titles = {name: METHODS[name].title for name in names}
            fields.select("Method", "method", titles, draft.method, width=TITLE)
            _exactness(draft)
            _name(draft, chosen)
            with st.popover("More", icon=":material/tune:"):
                _rare(draft, chosen)
        markup.sentence(why or METHODS[draft.method].about)
        _said(said, METHOD)


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


def _name(draft: Draft, chosen: Chosen) -> None:
    model, data = chosen.model, chosen.data
    known = model is not None and data is not None
    proposed = (
        shown_name(Draft(method=draft.method), model.name, "" if model.is_demo else data.name)
        if known and model is not None and data is not None
        else ""
    )
    fields.text(
        "Name", "name", draft.name, placeholder=proposed or "Of the explanation", width=NAME
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


def _row() -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="bottom", gap="small")


def _said(said: Problems, step: str) -> None:
    """Draw what is wrong with a step, beside it."""
    if said.get(step):
        messages.beside(said[step])
