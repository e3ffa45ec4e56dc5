"""What the cards of the four steps share: widths, a line of controls, what is wrong with a step."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from shapviz.ui import messages

__all__ = [
    "MIDDLE",
    "NAME",
    "NARROW",
    "SLIM",
    "SMALL",
    "TITLE",
    "WIDE",
    "Problems",
    "row",
    "said_of",
]

WIDE, MIDDLE, NAME, TITLE, NARROW, SMALL, SLIM = 320, 184, 168, 152, 136, 128, 96
"""Pixels: what stands side by side fits into half a page of 1,400."""

Problems = Mapping[str, str]
"""Step → what keeps the job from being asked for."""


def row() -> st.delta_generator.DeltaGenerator:
    """Return a place where controls stand side by side."""
    return st.container(horizontal=True, vertical_alignment="bottom", gap="small")


def said_of(said: Problems, step: str) -> None:
    """Draw what is wrong with a step, beside it."""
    if said.get(step):
        messages.beside(said[step])
