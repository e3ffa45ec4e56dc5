"""Images: what decided this image?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from shapviz.ui import (
    Opened,
    cards,
    frame,
    image_parts,
    markup,
    one_input,
    opened,
    other_kind,
    picker,
    read,
    state,
)
from shapviz.ui.outcomes import outcomes

_BIG = 3
"""Classes from which on the large card does not tell enough of them."""
_OTHERS = 5
"""Classes beside the open one, the likeliest."""
_SHOWN = "class of the grid"
_CLASSES = {"own": "Its own class", "open": "The open class"}


def draw(tools: Any) -> None:
    """Draw the page for what is open; the picker goes beside the question."""
    view = one_input.of_kind(opened(), "image", tools)
    if other_kind.draw(view, "image"):
        return
    found = picker.passing(view)
    sample = picker.one(view, tools)
    _large_card(view, sample, found)
    _classes_card(view, sample)
    _methods_card(view, sample)
    _grid_card(view, sample, found)
    _mean_card(view)


def _large_card(view: Opened, sample: int, found: Any) -> None:
    looks = image_parts.looks(view, sample)
    options = {"sample": sample, "also": 1, **looks.options}
    shown = view.view("image", **options)

    def tools() -> None:
        with st.container(horizontal=True, width="content", gap="xsmall"):
            image_parts.controls(view, looks)
            st.button(
                "Prediction",
                icon=":material/arrow_forward:",
                icon_position="right",
                type="tertiary",
                key="to prediction",
                on_click=state.open_page,
                args=("prediction",),
                kwargs={"sample": sample},
            )

    # The page asks the question already: the card says what was predicted.
    with cards.card(view.view("force", sample=sample).title, controls=tools):
        markup.sentence(shown.sentence)
        image_parts.draw_panels(view, {**options, "output": view.output})
        place = picker.place(view, sample, found)
        said = (shown.footnote, one_input.said(view), place)
        markup.footnote(" ".join(part for part in said if part))


def _classes_card(view: Opened, sample: int) -> None:
    if not view.explanation.has_outputs or view.explanation.values.shape[-1] <= _BIG:
        return
    looks = image_parts.looks(view, sample)
    # The open class first, as everywhere on the page.
    options = {"sample": sample, "output": view.output, "also": _OTHERS, **looks.options}
    shown = read.view("image", view.source, **options)
    with cards.card("What speaks for the other classes?"):
        image_parts.draw_panels(view, options, small=True, key="classes")
        markup.footnote(shown.footnote)


def _methods_card(view: Opened, sample: int) -> None:
    found = image_parts.siblings(view, sample)
    if len(found) < 2:
        return
    shown = image_parts.methods_view(found, sample, view.output)
    with cards.card(shown.title):
        markup.sentence(shown.sentence)
        image_parts.draw_methods(found, sample, view.output)
        markup.footnote(shown.footnote)


def _grid_card(view: Opened, sample: int, found: Any) -> None:
    if len(found) < 2:
        return
    several = view.explanation.has_outputs
    predicted = outcomes(view.explanation).predicted
    # Where another class was chosen than the model's answer, the other images show that one too.
    same = predicted is None or predicted[sample] == view.output
    first = "own" if same else "open"

    def classes() -> None:
        st.segmented_control(
            "Class",
            list(_CLASSES),
            format_func=lambda value: _CLASSES[value],
            required=True,
            default=first,
            key=_SHOWN,
            label_visibility="collapsed",
        )

    own = several and st.session_state.get(_SHOWN, first) == "own"
    options = {
        "samples": image_parts.window(found, sample),
        "selected": sample,
        "output": None if own else view.output,
    }
    shown = read.view("image_grid", view.source, **options)
    # Short: the control stands beside it where it is narrow too.
    with cards.card("And in other images?", controls=classes if several else None):
        markup.sentence(shown.sentence)
        # Nothing named: what is opened is the class that was drawn, the sample's own.
        image_parts.draw_samples(view, options, "" if own else view.output_name)
        markup.footnote(f"{shown.footnote} A click on a picture opens its prediction.")


def _mean_card(view: Opened) -> None:
    if len(view.explanation) < 2:
        return
    shown = read.view("image_mean", view.source)
    with cards.card(shown.title):
        markup.sentence(shown.sentence)
        image_parts.draw_means(view)
        markup.footnote(shown.footnote)


frame.asking("images", "What decided this image?", draw)
