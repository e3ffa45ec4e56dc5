"""One of several inputs on the page of its kind: a picture beside a table on Images."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from shapviz.ui import markup, read
from shapviz.ui.opening import Opened
from shapviz.views.modality import inputs_of_kind
from shapviz.views.words import spell

__all__ = ["of_kind", "part", "said"]

_CHOSEN = "input shown"


def of_kind(view: Opened, wanted: str, tools: Any) -> Opened:
    """Return what is open, or the one of its several inputs that a page of this kind shows.

    Where several inputs are of the kind a control beside the page's question chooses; where none
    is, what is open is returned as it is.

    Parameters
    ----------
    view : Opened
    wanted : {"image", "text", "sequence"}
    tools : container
        Where the control goes.
    """
    names = inputs_of_kind(view.explanation, wanted)
    if not names:
        return view
    return part(view, names[0] if len(names) == 1 else _choose(view, names, tools))


def part(view: Opened, name: str) -> Opened:
    """Return one of the inputs of what is open."""
    source = replace(view.source, input=name)
    return replace(view, source=source, explanation=read.explanation(source))


def _choose(view: Opened, names: tuple[str, ...], tools: Any) -> str:
    with tools:
        chosen = st.segmented_control(
            "Input",
            names,
            format_func=markup.plain_markdown,
            required=True,
            default=names[0],
            key=f"{_CHOSEN} {view.record.key}",
            label_visibility="collapsed",
        )
    return str(chosen)


def said(view: Opened) -> str:
    """Return what must be said below an input's figure; empty where it is the only one."""
    if not view.source.input:
        return ""
    count = len(read.explanation(replace(view.source, input="")).inputs or ())
    return (
        f"“{view.source.input}” is one of {spell(count)} inputs: its values sum to its own share, "
        "not to the whole prediction."
    )
