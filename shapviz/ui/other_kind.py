"""A page of one kind of samples while another kind is open: say so, and offer what fits."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from shapviz.samples import DEMOS
from shapviz.store import Record
from shapviz.store.family import heads
from shapviz.ui import markup, read, state
from shapviz.ui.messages import notice
from shapviz.ui.opening import Opened, complete, labels
from shapviz.views import modality

__all__ = ["draw", "of_kind"]

NOUNS = {
    "table": "rows of a table",
    "image": "images",
    "text": "texts",
    "sequence": "sequences",
    "mixed": "several inputs at once",
}
PAGE_OF = {
    "image": "images",
    "text": "text",
    "sequence": "sequences",
    "mixed": "prediction",
}
"""The page that shows a kind; the others are on Prediction."""
MOST = 6
"""Explanations offered at once."""
LOOKED_AT = 40
"""Explanations looked into, newest first."""


@st.cache_data(max_entries=512, show_spinner=False)
def _kind(url: str, key: str) -> str:
    """Return what a stored explanation's samples are, from its first."""
    return modality(read.store().rows(key, 0, 1))


def _kind_of(record: Record) -> str:
    demo = next((demo for demo in DEMOS if demo.name == record.demo), None)
    return _kind(read.store_url(), record.key) if demo is None else demo.modality


def of_kind(wanted: str, records: Sequence[Record]) -> list[Record]:
    """Return complete explanations of a kind of samples, newest first, a few at most."""
    ready = [record for record in heads(complete(records)) if record.samples]
    return [record for record in ready[:LOOKED_AT] if _kind_of(record) == wanted][:MOST]


def draw(view: Opened, wanted: str) -> bool:
    """Draw a notice where what is open is of another kind; return whether it was drawn.

    Parameters
    ----------
    view : Opened
    wanted : {"image", "text", "sequence", "mixed"}
        What the page shows.
    """
    own = view.modality
    if own == wanted:
        return False
    found = of_kind(wanted, read.records())
    page = PAGE_OF.get(wanted, "prediction")

    def offers() -> None:
        names = labels(found)
        with st.container(horizontal=True, gap="small"):
            for record in found:
                st.button(
                    markup.plain_markdown(names[record.key]),
                    icon=":material/arrow_forward:",
                    icon_position="right",
                    key=f"other kind {record.key}",
                    on_click=state.open_page,
                    args=(page,),
                    kwargs={"explanation": record.key},
                )
            elsewhere = PAGE_OF.get(own, "prediction")
            st.button(
                "Back to its prediction" if elsewhere == "prediction" else "Open its own page",
                type="tertiary",
                key="its own page",
                on_click=state.open_page,
                args=(elsewhere,),
            )

    text = f"“{view.record.name}” explains {NOUNS[own]}; this page shows {NOUNS[wanted]}."
    none = f"No complete explanation of {NOUNS[wanted]} is in this store yet."
    notice(
        f"Nothing here for {NOUNS[own]}",
        f"{text} Open one of these:" if found else f"{text} {none}",
        action=offers,
    )
    return True
