"""Other explanations of the same texts, whoever made them and in whatever form they were asked."""

from __future__ import annotations

import streamlit as st

from shapviz.digests import digest_of_json
from shapviz.store import Record
from shapviz.ui import read
from shapviz.ui.opening import Opened, complete
from shapviz.views import modality
from shapviz.views.text_chips import pieces_of, plain_text

__all__ = ["same_texts"]

LOOKED_AT = 40
"""Explanations of as many samples that are looked into, newest first."""
FIRST = 25
"""Texts that are compared."""


@st.cache_data(max_entries=256, show_spinner=False)
def _texts(url: str, key: str, samples: int) -> str:
    """Return a digest of an explanation's first texts; "" where its samples are none.

    Token ids and texts have other digests of data: what they say is the same.
    """
    some = read.store().rows(key, 0, min(samples, FIRST))
    if modality(some) != "text":
        return ""
    texts = [" ".join(plain_text(pieces_of(some, i)).split()) for i in range(len(some))]
    return digest_of_json(texts)


def same_texts(view: Opened) -> list[Record]:
    """Return complete explanations of the texts that are open, this one first, of these outputs.

    Parameters
    ----------
    view : Opened
        Of texts.
    """
    own = view.record
    said = _texts(view.source.url, own.key, own.samples)
    alike = [
        record
        for record in complete(read.records())
        if record.samples == own.samples
        and record.key != own.key
        and tuple(record.output_names or ()) == tuple(own.output_names or ())
    ]
    found = [r for r in alike[:LOOKED_AT] if _texts(view.source.url, r.key, r.samples) == said]
    return [own, *found]
