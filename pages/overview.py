"""Overview: which features had the biggest impact?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from shapviz.ui import (
    Opened,
    cards,
    frame,
    guard,
    image_features,
    markup,
    one_input,
    opened,
    several_inputs,
    state,
    text_words,
)
from shapviz.ui.choices import segmented
from shapviz.ui.key_numbers import overview_numbers
from shapviz.views.modality import inputs_of_kind

_LEADS_ON = "A click on a bar opens its feature, a click on a dot its sample."
_BY = {"average": "By average", "maximum": "By maximum"}


def draw() -> None:
    """Draw the page for what is open."""
    whole = opened()
    view = image_features.of_parts(whole)
    if view.modality == "text":
        # Places in a text are no features: the third word of one is not that of another.
        text_words.draw(view)
        _samples_card(view)
        return
    options: dict[str, Any] = {
        "selected": view.sample,
        "measure": state.one_of("by", tuple(_BY)),
    }
    effects = view.view("importance_beeswarm", **options)
    markup.sentence(effects.sentence, in_card=False)
    cards.key_numbers(overview_numbers(whole))
    if view.modality == "mixed":
        several_inputs.draw_all(view)
        for name in inputs_of_kind(view.explanation, "text")[:1]:
            text_words.draw(one_input.part(view, name))
    _effects_card(view, effects, options, whole)
    if len(view.explanation) > 1:  # one sample alone has no others beside it
        _samples_card(view)


def _effects_card(view: Opened, effects: Any, options: dict[str, Any], whole: Opened) -> None:
    def controls() -> None:
        with st.container(horizontal=True, width="content", gap="small"):
            image_features.control(whole)
            segmented("Order", "by", _BY)

    with cards.card(effects.title, controls=controls):
        cards.chart(
            view.figure("importance_beeswarm", markup.theme_name(), **options),
            key="beeswarm",
            alt=markup.pieces_text(effects.sentence),
            output=view.output_name,
            bars=effects.bars.names,
        )
        said = (effects.footnote, image_features.said(view), _LEADS_ON)
        markup.footnote(" ".join(filter(None, said)))


def _samples_card(view: Opened) -> None:
    stacked = view.view("force_stacked", selected=view.sample)
    with cards.card(stacked.title):
        markup.sentence(stacked.sentence)
        cards.chart(
            view.figure("force_stacked", markup.theme_name(), selected=view.sample),
            key="force stacked",
            alt=markup.pieces_text(stacked.sentence),
            output=view.output_name,
        )
        markup.footnote(stacked.footnote)


def page() -> None:
    """Draw the head, then what is open or why it cannot be."""
    with cards.page_head("Which features had the biggest impact?"):
        pass
    with guard():
        draw()


frame.inside("overview", page)
