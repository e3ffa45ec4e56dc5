"""Other explanations of the same texts, whoever made them and in whatever form they were asked."""

from __future__ import annotations

import streamlit as st

from shapviz.digests import digest_of_json
from shapviz.store import Record
from shapviz.ui import read
from shapviz.ui.opening import Opened
from shapviz.ui.same_samples import same_samples
from shapviz.views import modality
from shapviz.views.text_chips import pieces_of, plain_text

__all__ = ["same_texts"]

FIRST = 25
"""Texts that are compared."""


@st.cache_data(max_entries=256, show_spinner=False)
def _texts(source: read.Source) -> str:
    """Return a digest of an explanation's first texts; "" where its samples are none.

    Token ids and texts have other digests of data: what they say is the same.
    """
    some = read.store().rows(source.key, 0, min(source.samples, FIRST))
    if source.input:
        if source.input not in (some.inputs or ()):
            return ""
        some = some.of_input(source.input)
    if modality(some) != "text":
        return ""
    texts = [" ".join(plain_text(pieces_of(some, i)).split()) for i in range(len(some))]
    return digest_of_json(texts)


def same_texts(view: Opened) -> list[Record]:
    """Return complete explanations of the texts that are open, this one first, of these outputs."""
    return same_samples(view, _texts)
