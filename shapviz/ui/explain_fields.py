"""The draft of the Explain page in the session, and controls that show and change it.

A control shows what the draft says and writes back what was chosen, so nothing is lost when a
control is not drawn for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from shapviz.ui.explain_draft import Draft, changed

__all__ = ["change", "draft", "number", "put", "select", "several", "text"]

_DRAFT = "explain draft"

Write = Callable[[Any], dict[str, Any]]
"""What was chosen to choices of the draft."""


def draft() -> Draft:
    """Return what has been chosen so far in this session."""
    found: Draft = st.session_state.setdefault(_DRAFT, Draft())
    return found


def put(new: Draft) -> None:
    """Begin from other choices, those of an earlier job for instance."""
    st.session_state[_DRAFT] = new


def change(**choices: Any) -> None:
    """Change some choices; what depended on the old ones is dropped."""
    put(changed(draft(), **choices))


def _key(name: str) -> str:
    return f"explain {name}"


def _chosen(name: str, write: Write | None) -> None:
    value = st.session_state[_key(name)]
    change(**(write(value) if write is not None else {name: value}))


def select(
    label: str,
    name: str,
    choices: Mapping[str, str],
    chosen: str | None,
    *,
    write: Write | None = None,
    placeholder: str = "Choose one",
    **options: Any,
) -> None:
    """Draw a labelled select of words by value; unset when `chosen` is none of them."""
    st.session_state[_key(name)] = chosen if chosen in choices else None
    st.selectbox(
        label,
        list(choices),
        index=None if chosen not in choices else 0,
        format_func=lambda value: choices.get(value, value),
        placeholder=placeholder,
        key=_key(name),
        on_change=_chosen,
        args=(name, write),
        **options,
    )


def several(
    label: str,
    name: str,
    choices: Sequence[str],
    chosen: Sequence[str],
    *,
    write: Write | None = None,
    placeholder: str = "",
    **options: Any,
) -> None:
    """Draw a labelled choice of several."""
    st.session_state[_key(name)] = [value for value in chosen if value in choices]
    st.multiselect(
        label,
        list(choices),
        placeholder=placeholder,
        key=_key(name),
        on_change=_chosen,
        args=(name, write),
        **options,
    )


def number(
    label: str,
    name: str,
    value: float | None,
    *,
    least: float,
    most: float,
    step: float,
    write: Write | None = None,
    **options: Any,
) -> None:
    """Draw a labelled field for a number; whole bounds make it one of whole numbers."""
    kind = int if all(float(n).is_integer() for n in (least, step)) else float
    st.session_state[_key(name)] = None if value is None else kind(min(max(value, least), most))
    st.number_input(
        label,
        min_value=kind(least),
        max_value=kind(most),
        value=None,
        step=kind(step),
        key=_key(name),
        on_change=_chosen,
        args=(name, write),
        **options,
    )


def text(label: str, name: str, value: str, **options: Any) -> None:
    """Draw a labelled line of text."""
    st.session_state[_key(name)] = value
    st.text_input(label, key=_key(name), on_change=_chosen, args=(name, None), **options)
