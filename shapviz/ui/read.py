"""Everything pages read: records, explanations, views and figures, cached by key and options.

Caches are keyed by (store address, explanation key, samples, options), never by arrays.
Explanations and views are frozen and figures are not changed here, so one copy serves every
session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from shapviz import figures, views
from shapviz.explanation import Explanation, concat
from shapviz.settings import Settings
from shapviz.store import Record, Store
from shapviz.summaries import Summary
from shapviz.uploads.gaps import Gaps, gaps_of
from shapviz.views.bar import OverAll

__all__ = [
    "Source",
    "explanation",
    "figure",
    "gaps",
    "head",
    "missing",
    "partial",
    "records",
    "row_named",
    "store",
    "store_url",
    "view",
]


LARGE = 50_000
"""Above this many samples pages show those that the store drew when it was written."""


@dataclass(frozen=True)
class Source:
    """The address of one stored explanation, at the size it had when the page looked.

    Attributes
    ----------
    url, key : str
    samples : int
    row : int or None
        Of a large one, a row that was not drawn and is wanted all the same.
    input : str
        One of its several inputs, whose part alone is wanted; empty for the whole.
    parts : str
        What features of images are summed to, as `views.frame_parts` takes it; empty for pixels.
    """

    url: str
    key: str
    samples: int
    row: int | None = None
    input: str = ""
    parts: str = ""

    @property
    def is_large(self) -> bool:
        """Whether pages show some of its samples, and what the store summed up of all."""
        return self.samples > LARGE


def store_url() -> str:
    """Return where the store is; read anew each time, so that a test can move it."""
    return str(Settings().store)


@st.cache_resource(max_entries=4, show_spinner=False)
def _store(url: str) -> Store:
    return Store(url)


def store() -> Store:
    """Return the store that the settings name."""
    return _store(store_url())


def records() -> list[Record]:
    """Return what the catalogue holds right now, newest first; never cached."""
    return list(store().list())


@st.cache_resource(max_entries=8, show_spinner=False)
def explanation(source: Source) -> Explanation:
    """Return a stored explanation, or its input's; of a large one those drawn, then its `row`."""
    if source.parts:
        return views.frame_parts(explanation(replace(source, parts="")), source.parts)
    if source.input:
        return explanation(replace(source, input="")).of_input(source.input)
    drawn = _summary(replace(source, row=None, input="")).sample if source.is_large else None
    if drawn is None:
        return _store(source.url).get(source.key)
    if source.row is None:
        return drawn
    return concat([drawn, _store(source.url).take(source.key, [source.row])])


def row_named(source: Source, name: str) -> int | None:
    """Return where a large explanation has a sample of this name, or at this place."""
    found = _store(source.url).position_of(source.key, name)
    is_place = name.isascii() and name.isdigit() and int(name) < source.samples
    return int(name) if found is None and is_place else found


@st.cache_resource(max_entries=8, show_spinner=False)
def _summary(source: Source) -> Summary:
    return _store(source.url).summary(source.key)


def _over_all(source: Source, output: str | int | None) -> OverAll:
    """Importance over all samples of a large explanation, of one output."""
    found, names = _summary(replace(source, row=None, input="")), explanation(source).output_names
    k = list(names).index(output) if isinstance(output, str) else output or 0
    d = len(found.importance.mean_abs)
    parts = [found.importance.mean_abs, found.importance.low, found.importance.high]
    mean_abs, low, high = (part.reshape(d, -1)[:, k] for part in parts)
    largest = np.maximum(np.abs(found.extremes.low), np.abs(found.extremes.high))[:, k]
    return OverAll(found.samples, mean_abs, low, high, largest)


@st.cache_resource(max_entries=256, show_spinner=False)
def view(kind: str, source: Source, **options: Any) -> Any:
    """Return ``views.<kind>(explanation, **options)``."""
    if source.is_large and not (source.input or source.parts) and kind == "importance_beeswarm":
        options = {**options, "over_all": _over_all(source, options.get("output"))}
    return getattr(views, kind)(explanation(source), **options)


@st.cache_resource(max_entries=128, show_spinner=False)
def figure(
    kind: str,
    source: Source,
    theme: str,
    *,
    panel: int | None = None,
    drawn: Mapping[str, Any] | None = None,
    **options: Any,
) -> Any:
    """Return ``figures.<kind>`` of the same view, in the theme.

    One `panel` of several; `drawn` is what a figure takes beside its view's options.
    """
    which = dict(drawn or {}) if panel is None else {"panel": panel}
    return getattr(figures, kind)(view(kind, source, **options), theme=theme, **which)


@st.cache_data(max_entries=16, show_spinner=False)
def _head(url: str, digest: str, rows: int) -> Any:
    return pd.DataFrame(_store(url).materials.head(digest, rows))


def head(digest: str, rows: int) -> Any:
    """Return the first rows of a registered table."""
    return _head(store_url(), digest, rows)


@st.cache_data(max_entries=64, show_spinner=False)
def _gaps(url: str, digest: str) -> Gaps | None:
    return gaps_of(np.asarray(_store(url).materials.table(digest)))


def gaps(digest: str) -> Gaps | None:
    """Return what of a registered array is no number; it is read whole, once."""
    return _gaps(store_url(), digest)


@st.cache_data(max_entries=64, show_spinner=False)
def _missing(url: str, digest: str) -> dict[str, int]:
    return _store(url).materials.missing(digest)


def missing(digest: str) -> dict[str, int]:
    """Return how many cells of a registered table's columns are empty, where any is."""
    return _missing(store_url(), digest)


def partial(source: Source) -> Explanation | None:
    """Return the finished rows of an explanation in work, right now; None where there are none."""
    return _store(source.url).partial(source.key)
