"""Controls whose value is part of the view: each one writes its choice to the URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from shapviz.ui import state

__all__ = ["segmented", "select", "toggle"]


def _key(name: str) -> str:
    return f"choice {name}"


def _chosen(name: str, then: Callable[[], None] | None) -> None:
    value = st.session_state[_key(name)]
    state.remember(**{name: {True: "on", False: "off"}.get(value, value)})
    if then is not None:
        then()


def segmented(
    label: str,
    name: str,
    choices: Mapping[str, str],
    *,
    then: Callable[[], None] | None = None,
    shown: str | None = None,
) -> None:
    """Draw a row of choices for the parameter `name`; the first is the default.

    Parameters
    ----------
    label : str
        For people who do not see it.
    name : str
        One of `state.NAMES`.
    choices : mapping of str to str
        URL value to words.
    then : callable, optional
        Called after a choice, before the page is drawn.
    shown : str, optional
        The choice that is shown, where the URL may ask for one that is not offered now.
    """
    asked = state.one_of(name, tuple(choices)) if shown is None else shown
    st.session_state[_key(name)] = asked
    st.segmented_control(
        label,
        list(choices),
        required=True,
        format_func=lambda value: choices[value],
        key=_key(name),
        label_visibility="collapsed",
        on_change=_chosen,
        args=(name, then),
    )


def toggle(label: str, name: str) -> bool:
    """Draw a switch for the parameter `name`, on by default; return whether it is on."""
    on = state.one_of(name, ("on", "off")) == "on"
    st.session_state[_key(name)] = on
    st.toggle(label, key=_key(name), on_change=_chosen, args=(name, None))
    return on


def select(
    label: str,
    name: str,
    choices: Sequence[str],
    *,
    words: Callable[[str], str] = str,
    typed: bool = False,
    **options: Any,
) -> None:
    """Draw a labelled select for the parameter `name`; unset when the URL asks for none.

    With `typed` any other name may be typed.
    """
    asked = state.get(name) or choices[0]
    st.session_state[_key(name)] = asked if asked in choices else None
    st.selectbox(
        label,
        choices,
        index=0 if asked in choices else None,
        format_func=words,
        placeholder="Choose one",
        key=_key(name),
        on_change=_chosen,
        args=(name, None),
        accept_new_options=typed,
        **options,
    )
