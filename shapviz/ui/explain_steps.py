"""The four steps of the Explain page: model, data, background, method, a card each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from shapviz.jobs.columns import Roles
from shapviz.labels import several as counted
from shapviz.ui import cards, explain_files, markup, messages, read
from shapviz.ui import explain_fields as fields
from shapviz.ui.explain_draft import SAME, Draft, shown_name
from shapviz.ui.explain_hiding import (
    BY_255,
    BYTES,
    OWN_SCALE,
    PICTURES,
    TEXTS,
    WAYS,
    WINDOWS,
    scale_of,
    scales_offered,
    way_of,
    ways_for,
)
from shapviz.ui.explain_methods import MEASURES, METHODS, measures, suiting
from shapviz.ui.explain_sources import ModelFacts, ModelSource, TableSource
from shapviz.ui.explain_spec import (
    BACKGROUND,
    DATA,
    METHOD,
    MODEL,
    Chosen,
    columns_of,
    form,
    roles_of,
)

__all__ = ["background_card", "data_card", "method_card", "model_card"]

ROWS_SHOWN = 4
PICTURES_SHOWN, PICTURE_SIDE = 5, 64
MOST_REGIONS = 1000
LABELS = {PICTURES: "Hidden parts", TEXTS: "Hidden words", WINDOWS: "What is hidden"}
"""Form of the data → what the select of step 3 is called."""
NONE = "\u2013"
WIDE, MIDDLE, NAME, TITLE, NARROW, SMALL, SLIM = 320, 184, 168, 152, 136, 128, 96
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
            _values(draft, chosen)
            _said(said, DATA)
            _first_rows(chosen.data, is_pictures=form(draft, chosen) == PICTURES)
        explain_files.drop_table(ModelFacts() if chosen.model is None else chosen.model.facts)
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


def _values(draft: Draft, chosen: Chosen) -> None:
    """Draw what bytes of pictures are divided by, and why that is proposed."""
    if not scales_offered(chosen.data, form(draft, chosen)):
        return
    scale, why = scale_of(draft, chosen.model)
    titles = {BY_255: "Divided by 255", OWN_SCALE: "As they are, 0 to 255"}
    fields.select("Values", "scale", titles, scale, width=MIDDLE)
    if why:
        markup.footnote(why)


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


def _first_pictures(data: TableSource) -> None:
    head = read.store().materials.head(data.address, PICTURES_SHOWN)
    first = np.asarray(head, dtype=np.float64)
    # Drawn from the least to the largest value: of numbers nobody knows what white is.
    low, high = (0.0, 255.0) if data.dtype == BYTES else (first.min(), first.max())
    shown = ((first - low) / max(high - low, 1e-12) * 255).astype(np.uint8)
    with st.container(horizontal=True, gap="small"):
        for picture in shown[..., :3]:
            st.image(picture, width=PICTURE_SIDE)
    markup.footnote(f"The first {counted(len(shown), 'picture')}.")


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
        there = form(draft, chosen)
        way = way_of(draft, there)
        with _row():
            hiding = WAYS[way].is_hiding
            label, width = LABELS.get(there, "Background"), TITLE if hiding else MIDDLE
            fields.select(label, "how", ways_for(there), way, width=width)
            if hiding:
                DETAILS[WAYS[way].form](draft, way)
            else:
                _drawn(draft, way, tables)
        markup.footnote(WAYS[way].about)
        _said(said, BACKGROUND)


def _drawn(draft: Draft, way: str, tables: Sequence[TableSource]) -> None:
    """Draw how many background rows are taken, and from which table."""
    if way != "all":
        fields.number("Rows", "size", draft.size, least=1, most=10_000, step=10, width=SLIM)
    if tables:
        others = {SAME: "The same data", **{table.id: table.label for table in tables}}
        fields.select("From", "background", others, draft.background, width=NARROW)


def _regions(draft: Draft, way: str) -> None:
    """Draw into how many parts a picture is cut, and how."""
    fields.number(
        "Regions",
        "regions",
        draft.regions,
        least=2,
        most=MOST_REGIONS,
        step=10,
        placeholder="Pixels",
        help="At most so many parts of each picture. Empty it to hide single pixels.",
        width=NARROW,
    )
    if draft.regions is not None:
        cuts = {"slic": "Along edges", "grid": "In squares"}
        fields.select("Cut", "cut", cuts, draft.cut, width=SMALL)


def _word(draft: Draft, way: str) -> None:
    """Draw what stands for hidden words."""
    if way != "replace":
        return
    fields.text("By", "word", draft.word, placeholder="…", width=SLIM)
    one_each = {"one": "One for several", "each": "One for each"}
    fields.select(
        "Neighbours",
        "together",
        one_each,
        "one" if draft.together else "each",
        write=lambda value: {"together": value == "one"},
        width=TITLE,
    )


def _together(draft: Draft, way: str) -> None:
    """Draw what of a window is hidden together."""
    kinds = {"time": "Each step", "feature": "Each signal", "entries": "Each number"}
    fields.select("Hidden at a time", "players", kinds, draft.players, width=TITLE)


DETAILS = {PICTURES: _regions, TEXTS: _word, WINDOWS: _together}
"""Form of a way that hides → what else is asked of it."""


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
