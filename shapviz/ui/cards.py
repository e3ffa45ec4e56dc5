"""Cards: one question, one line that answers it, the figure, a footnote."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from shapviz.ui import markup, state

__all__ = [
    "card",
    "chart",
    "clicked_bar",
    "clicked_sample",
    "figure_card",
    "key_numbers",
    "page_head",
]

_CONFIG = {"displayModeBar": False, "responsive": True, "doubleClick": "reset"}


@contextmanager
def page_head(question: str, *, beside: bool = False) -> Iterator[Any]:
    """Draw the page's question; what is drawn inside stands right of it and wraps below it."""
    # Controls that do not fit beside the title wrap one by one.
    head = st.container(horizontal=True, vertical_alignment="center", gap="xsmall")
    with head:
        with st.container(width="content" if beside else "stretch"):
            markup.page_title(question, one_line=beside)
        if beside:
            st.space("stretch")
        yield head


@contextmanager
def card(title: str = "", *, controls: Callable[[], Any] | None = None) -> Iterator[None]:
    """Draw a card's frame and its question; `controls` change only this card."""
    with st.container(border=True, gap="xsmall"):
        if controls is not None:
            with st.container(
                horizontal=True,
                horizontal_alignment="distribute",
                vertical_alignment="center",
                gap="xsmall",
            ):
                with st.container(width="content"):
                    markup.card_title(title)
                controls()
        elif title:
            markup.card_title(title)
        yield


def clicked_sample(points: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the sample position that a clicked point carries, or None.

    Plotly hands over ``customdata`` as a number or as a list of one.

    Examples
    --------
    >>> clicked_sample([{"customdata": [7]}]), clicked_sample([{"x": 1}])
    (7, None)
    """
    for point in points:
        data = point.get("customdata")
        if isinstance(data, Sequence) and not isinstance(data, str) and data:
            data = data[0]
        if isinstance(data, int | float) and not isinstance(data, bool) and data >= 0:
            return int(data)
    return None


def clicked_bar(points: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str | None:
    """Return the feature of a clicked bar, or None; bars are a figure's first trace.

    Examples
    --------
    >>> clicked_bar([{"curve_number": 0, "point_index": 1}], ["Age", "BMI"])
    'BMI'
    """
    for point in points:
        at = point.get("point_index")
        if point.get("curve_number") == 0 and isinstance(at, int) and 0 <= at < len(names):
            return names[at]
    return None


def _open_clicked(key: str, output: str, bars: Sequence[str]) -> None:
    # The figure's identity is its JSON: the selection is gone when it changes, so it is
    # copied to the view right here.
    points = st.session_state[key]["selection"]["points"]
    sample, feature = clicked_sample(points), clicked_bar(points, bars)
    if sample is not None:
        state.open_page("prediction", sample=sample, output=output)
    elif feature is not None:
        state.open_page("dependence", feature=feature, output=output)


def _tell_clicked(key: str, then: Callable[[int], None]) -> None:
    carried = clicked_sample(st.session_state[key]["selection"]["points"])
    if carried is not None:
        then(carried)


def chart(
    figure: Any,
    *,
    key: str,
    alt: str,
    output: str | None = None,
    bars: Sequence[str] = (),
    then: Callable[[int], None] | None = None,
) -> None:
    """Draw a figure; with `output`, a click on one of its points opens that prediction.

    Parameters
    ----------
    figure : plotly Figure
        With integer ``customdata`` where points are samples.
    key : str
        Stable, and different for each chart of a page.
    alt : str
        The card's sentence, for people who do not see the figure.
    output : str, optional
        Name of the output that the points belong to.
    bars : sequence of str, optional
        Features of the figure's bars, its first trace; a click on one opens its dependence.
    then : callable, optional
        Instead of opening anything, called with the ``customdata`` of a clicked point, 0 or more.
    """
    if output is None and then is None:
        st.plotly_chart(figure, theme=None, key=key, config=_CONFIG, alt=alt or None)
        return
    st.plotly_chart(
        figure,
        theme=None,
        key=key,
        config=_CONFIG,
        alt=alt or None,
        on_select=lambda: (
            _open_clicked(key, output or "", bars) if then is None else _tell_clicked(key, then)
        ),
        selection_mode="points",
    )


def figure_card(view: Any, figure: Any, *, key: str) -> None:
    """Draw a whole card from a view and its figure."""
    with card(view.title):
        markup.sentence(view.sentence)
        chart(figure, key=key, alt=markup.pieces_text(view.sentence))
        markup.footnote(view.footnote)


def key_numbers(numbers: Sequence[tuple[str, str, str]]) -> None:
    """Draw a page's key numbers: label, value, and what it means (in a help icon)."""
    grid = st.grid(len(numbers), min_column_width=150)
    for label, value, meaning in numbers:
        grid.metric(label, markup.plain_markdown(value), help=meaning or None)
