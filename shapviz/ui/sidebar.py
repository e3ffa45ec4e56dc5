"""The sidebar: where am I (explanation, output) and where it came from. Nothing else."""

from __future__ import annotations

import streamlit as st

from shapviz.errors import ShapvizError
from shapviz.labels import count
from shapviz.store.family import head_of, heads
from shapviz.ui import markup, read, state
from shapviz.ui.opening import (
    complete,
    labels,
    output_choices,
    pick_output,
    pick_record,
    provenance_line,
    source_of,
)
from shapviz.views.words import called

__all__ = ["draw"]

_EXPLANATION, _OUTPUT = "sidebar explanation", "sidebar output"


def _chosen_explanation() -> None:
    state.remember(explanation=st.session_state[_EXPLANATION])


def _chosen_output(explanation: str) -> None:
    state.remember(explanation=explanation, output=st.session_state[_OUTPUT])


def draw() -> None:
    """Draw the selects; a link to something unknown leaves them unset, the page says why."""
    with st.sidebar:
        records = read.records()
        ready = complete(records)
        if not ready:
            markup.brief("Explanations will be listed here.")
            return
        try:
            current = pick_record(records, state.get("explanation"))
        except ShapvizError:
            current = None
        # What only differs in exactness is one entry: the dial on Prediction leads to the others.
        listed = heads(ready)
        names = labels(listed)
        # An index makes the select one that cannot be cleared; the state says which is chosen.
        st.session_state[_EXPLANATION] = head_of(current, listed).key if current else None
        st.selectbox(
            "Explanation",
            list(names),
            index=0 if current else None,
            format_func=lambda key: names.get(key, key),
            placeholder="Choose one",
            key=_EXPLANATION,
            on_change=_chosen_explanation,
        )
        if current is None:
            return
        try:
            source = source_of(current)
        except ShapvizError:
            # The page says why.
            return
        explanation = read.explanation(source)
        choices = list(output_choices(explanation))
        try:
            sample = state.selected_sample(explanation.sample_names, beyond=source.row is not None)
            output = pick_output(explanation, state.get("output"), sample)
        except ShapvizError:
            output = None
        st.session_state[_OUTPUT] = output
        units = f" ({explanation.units})" if explanation.units else ""
        st.selectbox(
            "Output",
            choices,
            index=0 if output else None,
            format_func=lambda name: f"{called(name, explanation.units)}{units}",
            placeholder="Choose one",
            key=_OUTPUT,
            on_change=_chosen_output,
            args=(current.key,),
        )
        if source.is_large:
            drawn = len(explanation) - (source.row is not None)
            markup.brief(
                f"Pages show {count(drawn)} of its {count(current.samples)} samples, "
                "drawn at random with a seed. Importance is over all of them; Prediction opens "
                "any other one by its name or place."
            )
        markup.brief(provenance_line(explanation, current))
