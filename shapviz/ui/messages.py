"""Errors on a page: a calm sentence and the next step, never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from shapviz.errors import ShapvizError
from shapviz.ui import markup, state

__all__ = ["beside", "guard", "notice"]

_log = logging.getLogger("shapviz.ui")


def notice(
    title: str,
    text: str,
    note: str = "",
    icon: str = "info",
    action: Callable[[], object] | None = None,
) -> None:
    """Draw a card that says what happened and what to do; `action` draws a button for it."""
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.markdown(f":gray[:material/{icon}:]", width="content")
            markup.card_title(title)
        markup.message(text)
        if action is not None:
            action()
        markup.footnote(note)


def beside(text: str, icon: str = "error") -> None:
    """Draw a message beside what it is about, inside its card."""
    with st.container(horizontal=True, vertical_alignment="top", gap="xsmall"):
        st.markdown(f":gray[:material/{icon}:]", width="content")
        with st.container(width="stretch"):
            markup.message(text)


def _forget(parameter: str) -> Callable[[], object]:
    return lambda: st.button(
        "Go on without it",
        icon=":material/restart_alt:",
        on_click=state.remember,
        kwargs={parameter: None},
    )


@contextmanager
def guard(title: str = "This cannot be shown") -> Iterator[None]:
    """Show what goes wrong inside as a message.

    A `ShapvizError` says by itself what to do next. Anything else is our mistake: the log
    keeps its traceback and the page says so plainly. Streamlit's own control flow passes.
    """
    try:
        yield
    except state.LinkError as error:
        notice("This link does not lead anywhere", str(error), action=_forget(error.name))
    except ShapvizError as error:
        notice(title, str(error))
    except Exception:
        _log.exception("a page failed")
        notice(
            "Something went wrong on our side",
            "This view could not be drawn. Reload the page; if it stays, open another "
            "explanation from Home.",
            "The server's log has the details.",
            icon="error",
        )
