"""Prediction: why this prediction?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from shapviz.ui import (
    Opened,
    cards,
    exactness,
    frame,
    image_parts,
    markup,
    numbers_table,
    opened,
    picker,
    ranges,
    read,
    several_inputs,
    state,
    text_card,
)
from shapviz.ui.outcomes import outcomes
from shapviz.views.words import quoted

_OTHERS = 5
"""Classes of an image beside the open one, the likeliest."""


def draw(tools: Any) -> None:
    """Draw the page for what is open; the picker goes beside the question."""
    view = opened()
    found = picker.passing(view)
    sample = picker.one(view, tools)
    if not len(found):
        _nothing_inside(view)
        return
    if view.modality in _PICTURES:
        _PICTURES[view.modality](view, sample)
    _sentence_card(view, sample, found)
    grid = st.grid(2, min_column_width=440, gap="small")
    with grid.cell():
        cards.figure_card(
            view.view("waterfall", sample=sample),
            view.figure("waterfall", markup.theme_name(), sample=sample),
            key="waterfall",
        )
    with grid.cell(), st.container(gap="small"):
        _trust_card(view, sample)
        exactness.draw(view, sample)
        with cards.card("Every number"):
            numbers_table.draw(view, sample)


def _nothing_inside(view: Opened) -> None:
    none = ranges.none_of_that_kind(view, picker.shown(view))
    if none is not None:
        with cards.card("Nothing to step through"):
            markup.sentence(none)
            st.button("Back to all", icon=":material/arrow_back:", on_click=picker.widen)
        return
    with cards.card("No sample is left"):
        markup.sentence(ranges.nothing_inside(view, picker.chosen(view)))
        st.button(
            "Widen the filter",
            icon=":material/filter_alt_off:",
            on_click=picker.widen,
        )


def _image_card(view: Opened, sample: int) -> None:
    # The open class first, then the others by prediction.
    options = {"sample": sample, "output": view.output, "also": _OTHERS}
    shown = read.view("image", view.source, **options)
    with cards.card(shown.title):
        markup.sentence(shown.sentence)
        image_parts.draw_panels(view, options, small=True)
        markup.footnote(shown.footnote)


def _sequence_card(view: Opened, sample: int) -> None:
    cards.figure_card(
        view.view("sequence", sample=sample),
        view.figure("sequence", markup.theme_name(), sample=sample),
        key="sequence",
    )


_PICTURES = {
    "image": _image_card,
    "text": text_card.draw,
    "sequence": _sequence_card,
    "mixed": several_inputs.draw,
}
"""The card of a sample that is more than a row of a table."""


def _sentence_card(view: Opened, sample: int, found: Any) -> None:
    force = view.view("force", sample=sample)
    with cards.card(force.title):
        markup.sentence(force.sentence)
        _other_class(view, sample)
        cards.chart(
            view.figure("force", markup.theme_name(), sample=sample),
            key="force",
            alt=markup.pieces_text(force.sentence),
        )
        markup.footnote(picker.place(view, sample, found))


def _other_class(view: Opened, sample: int) -> None:
    """Say so when the model's own answer is another output than the one that is open."""
    predicted = outcomes(view.explanation).predicted
    if predicted is None or predicted[sample] == view.output:
        return
    name = str(predicted[sample])
    said = quoted(name, view.explanation.units)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="content"):
            markup.sentence(f"The model’s own answer is {said}.")
        st.button(
            f"Explain {markup.plain_markdown(said)} instead",
            type="tertiary",
            icon=":material/arrow_forward:",
            icon_position="right",
            on_click=state.remember,
            kwargs={"output": name},
        )


def _trust_card(view: Opened, sample: int) -> None:
    trust = view.view("trust", sample=sample)
    with cards.card(trust.title):
        markup.sentence(trust.sentence)
        grid = st.grid(len(trust.metrics), min_column_width=96, gap="xsmall")
        for label, value in trust.metrics:
            with grid.cell():
                markup.metric_title(label, value)
        markup.footnote(trust.footnote)


frame.asking("prediction", "Why this prediction?", draw)
