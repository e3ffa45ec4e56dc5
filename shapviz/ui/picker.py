"""Picking a sample on Prediction: previous, next, by name, at random, right or wrong, in range."""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np
import streamlit as st

from shapviz.errors import InputError
from shapviz.errors import complaint as message
from shapviz.labels import count
from shapviz.ui import markup, ranges, read, state
from shapviz.ui.choices import segmented
from shapviz.ui.messages import notice
from shapviz.ui.opening import Opened
from shapviz.ui.outcomes import outcomes

__all__ = ["chosen", "complaint", "draw", "one", "passing", "place", "shown", "widen"]

_BOX, _COMPLAINT, _WIDENED = "sample box", "sample complaint", "filter widened"


def _slider(view: Opened, name: str) -> str:
    # One filter per explanation and output: a range of log-odds says nothing about euros.
    # Siblings that only differ in exactness have the same samples and predictions.
    whose = view.record.family or view.record.key
    return f"filter {name} {whose} {view.output} {st.session_state.get(_WIDENED, 0)}"


def one(view: Opened, tools: Any) -> int:
    """Draw the picker and return the sample that is open; the first where none was chosen yet."""
    if view.sample is None:
        # Once the address names a sample, sidebar and page agree on its output.
        state.remember(sample=0)
        st.rerun()
    with tools:
        draw(view, view.sample)
    wrong_entry = complaint()
    if wrong_entry is not None:
        notice("No such sample", wrong_entry)
    return view.sample


def chosen(view: Opened) -> dict[str, tuple[float, float] | None]:
    """Return the range chosen for each measure; None where nothing was chosen."""
    return {
        measure.name: st.session_state.get(_slider(view, measure.name))
        for measure in ranges.measures(view)
    }


def shown(view: Opened) -> str:
    """Return whether all samples are stepped through, or the right or wrong ones."""
    known = outcomes(view.explanation).correct is not None
    return state.one_of("show", tuple(ranges.SHOWN)) if known else "all"


def passing(view: Opened) -> Any:
    """Return the positions of the samples that the picker steps through."""
    return ranges.inside(view, shown(view), chosen(view))


def place(view: Opened, sample: int, found: Any) -> str:
    """Return where the sample stands among those inside; empty where nothing is left out."""
    total = len(view.explanation)
    if len(found) == total:
        return ""
    inside = f"{count(len(found))} of {count(total)} samples are inside the filter"
    if sample not in found:
        return f"{inside}; this one is not."
    return f"{inside}; this is number {count(int(np.searchsorted(found, sample)) + 1)}."


def _settle(view: Opened, current: int) -> None:
    """After a narrower choice, move to the first sample inside."""
    found = passing(view)
    if len(found) and current not in found:
        state.remember(sample=int(found[0]))


def _step(found: Any, current: int, by: int) -> None:
    # Where the current sample itself is outside, the nearest one in that direction is next.
    at = np.searchsorted(found, current, side="right" if by > 0 else "left")
    state.remember(sample=int(found[(at if by > 0 else at - 1) % len(found)]))


def _random(found: Any) -> None:
    state.remember(sample=int(secrets.choice(found)))


def _typed(view: Opened) -> None:
    asked, names = st.session_state[_BOX], view.explanation.sample_names
    try:
        state.remember(sample=_beyond(view, asked) or state.find_sample(asked, names, typed=True))
    except InputError as error:
        st.session_state[_COMPLAINT] = str(error)


def _beyond(view: Opened, asked: str) -> str | None:
    """Return how the URL calls a row of a large explanation that was not drawn; None if it was.

    Raises
    ------
    InputError
        It is no row at all.
    """
    name = asked.strip()
    if not view.source.is_large or name in view.explanation.sample_names:
        return None
    row = read.row_named(view.source, name)
    if row is None:
        rule = f"be a sample’s name, or a place from 0 to {view.source.samples - 1}"
        raise InputError(message("sample", rule, asked, "Type another one."))
    return f"{state.ROW}{row}"


def complaint() -> str | None:
    """Return, once, why what was typed names no sample."""
    text: str | None = st.session_state.pop(_COMPLAINT, None)
    return text


def widen() -> None:
    """Forget every range and show all samples."""
    # New sliders: a closed popover's would go on sending back what they showed.
    st.session_state[_WIDENED] = st.session_state.get(_WIDENED, 0) + 1
    state.remember(show=None)


def draw(view: Opened, current: int) -> None:
    """Draw the controls; each of them changes the view before the page is drawn again."""
    found = passing(view)
    idle = not len(found)
    # Where there is no room beside the question all three wrap together.
    with st.container(horizontal=True, width="content", gap="xsmall"):
        _steps(view, current, found)
    st.button(
        "Random",
        icon=":material/shuffle:",
        key="random",
        disabled=idle,
        on_click=_random,
        args=(found,),
    )
    if outcomes(view.explanation).correct is not None:
        segmented("Which samples", "show", ranges.SHOWN, then=lambda: _settle(view, current))
    _filter(view, current, len(found))


def _steps(view: Opened, current: int, found: Any) -> None:
    idle = not len(found)
    st.button(
        "",
        icon=":material/chevron_left:",
        help="Previous sample (←)",
        key="previous",
        shortcut="Left",
        disabled=idle,
        on_click=_step,
        args=(found, current, -1),
    )
    names = view.explanation.sample_names
    st.session_state[_BOX] = names[current]
    st.text_input(
        "Sample",
        key=_BOX,
        label_visibility="collapsed",
        width=72 if len(names[-1]) < 7 else 128,
        on_change=_typed,
        args=(view,),
    )
    st.button(
        "",
        icon=":material/chevron_right:",
        help="Next sample (→)",
        key="next",
        shortcut="Right",
        disabled=idle,
        on_click=_step,
        args=(found, current, +1),
    )


def _filter(view: Opened, current: int, found: int) -> None:
    measures = ranges.measures(view)
    if not measures:
        return
    with st.popover("Filter", icon=":material/filter_alt:"):
        for measure in measures:
            whole = (measure.low, measure.high)
            key = _slider(view, measure.name)
            st.session_state.setdefault(key, whole)
            st.slider(
                markup.plain_markdown(measure.label),
                *whole,
                step=measure.step,
                format=measure.format,
                key=key,
                persist_state="session",
                on_change=_settle,
                args=(view, current),
            )
        markup.footnote(f"{count(found)} of {count(len(view.explanation))} samples inside.")
