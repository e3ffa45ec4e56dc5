"""The frame around every page: navigation on top, the sidebar, the URL."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import streamlit as st

from shapviz.ui import cards, guard, markup, sidebar, state

__all__ = ["SIDEBAR_PIXELS", "asking", "draw", "inside"]

SIDEBAR_PIXELS = 248
_TITLES = {
    "home": "Home",
    "explain": "Explain",
    "overview": "Overview",
    "dependence": "Dependence",
    "prediction": "Prediction",
    "images": "Images",
    "text": "Text",
    "sequences": "Sequences",
}
_is_framed: ContextVar[bool] = ContextVar("shapviz page runs inside the frame", default=False)


def _navigation() -> Any:
    pages = [
        st.Page(path, title=_TITLES[name], default=name == "home")
        for name, path in state.PAGES.items()
    ]
    return st.navigation(pages, position="top")


def draw() -> None:
    """Draw the frame and, inside it, the page that the address names."""
    st.set_page_config(page_title="shapviz", layout="wide", initial_sidebar_state=SIDEBAR_PIXELS)
    page = _navigation()
    state.follow()
    markup.stylesheet()
    state.sync()
    with guard("The list of explanations cannot be read"):
        sidebar.draw()
    token = _is_framed.set(True)
    try:
        with guard():
            page.run()
    finally:
        _is_framed.reset(token)


def inside(name: str, draw_page: Callable[[], None]) -> None:
    """Draw a page; called at the end of each page's file.

    Streamlit takes a folder called ``pages`` for its older kind of navigation until some visitor
    has run ``st.navigation``: on a fresh server, whoever first opens a link to a page would get
    its file without the frame. Such a visitor is sent through the frame.

    Parameters
    ----------
    name : str
        The page, as in `state.PAGES`.
    draw_page : callable
    """
    if not _is_framed.get():
        _navigation()
        st.switch_page(state.PAGES[name], query_params=st.query_params.to_dict())
    draw_page()


def asking(name: str, question: str, draw_beside: Callable[[Any], None]) -> None:
    """Draw a page that asks a question with tools beside it, or why it cannot be drawn.

    Parameters
    ----------
    name : str
        The page, as in `state.PAGES`.
    question : str
        Its head.
    draw_beside : callable
        Given where the tools go.
    """

    def page() -> None:
        with cards.page_head(question, beside=True) as tools:
            pass
        with guard():
            draw_beside(tools)

    inside(name, page)
