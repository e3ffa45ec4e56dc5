"""Dependence: how does a feature change the prediction?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from shapviz.errors import complaint
from shapviz.labels import count
from shapviz.selection import nearest
from shapviz.ui import (
    Opened,
    cards,
    frame,
    guard,
    image_features,
    markup,
    opened,
    other_kind,
    state,
    text_words,
)
from shapviz.ui.choices import select, toggle
from shapviz.ui.messages import notice
from shapviz.views.regions import unmeasured

_AUTOMATIC, _NONE = "automatic", "none"
_OFFERED = 300
"""Features that a select lists at most; any other is typed."""


def draw() -> None:
    """Draw the page for what is open."""
    whole = opened()
    if whole.modality == "text":
        _words_instead(whole)
        return
    view = image_features.of_parts(whole)
    names = view.explanation.feature_names
    regional = unmeasured(view.explanation)
    if regional is not None and regional.all():
        image_features.control(whole)
        _only_regions(view)
        return
    ranking = list(view.view("bar", max_display=len(names)).features)
    if regional is not None:
        # What has values comes first.
        ranking.sort(key=lambda j: bool(regional[j]))
    ranked = list(dict.fromkeys(names[j] for j in ranking))
    feature = _asked("feature", ranked)
    colour = _asked("colour", [_AUTOMATIC, _NONE, *ranked])
    main = view.view("dependence", **_options(view, feature, colour, trend=True))
    listed = ranked[:_OFFERED]
    few = {"typed": len(ranked) > _OFFERED}
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        image_features.control(whole)
        select("Feature", "feature", _with(listed, feature), width=216, **few)
        select(
            "Colour by",
            "colour",
            _with([_AUTOMATIC, _NONE, *listed], colour),
            words=lambda value: _colour_words(value, main),
            width=280,
            **few,
        )
    if len(ranked) > _OFFERED:
        markup.footnote(
            f"Listed are the {count(_OFFERED)} of {count(len(ranked))} features that move the "
            "output most; type the name of any other."
        )
    _main_card(view, feature, colour)
    _small_cards(view, feature)
    _pairs_card(view)


def _words_instead(view: Opened) -> None:
    """Places in a text are no features: what each word does, wherever it stands."""
    markup.sentence(
        "The third word of one text has nothing to do with that of another, so what is drawn here "
        "is what each word does wherever it stands.",
        in_card=False,
    )
    text_words.draw(view)


def _with(listed: list[str], asked: str) -> list[str]:
    """What is listed, with what is open where that is none of it."""
    return listed if asked in listed else [*listed, asked]


def _only_regions(view: Opened) -> None:
    page = other_kind.PAGE_OF.get(view.modality, "prediction")
    notice(
        "Nothing to plot here",
        "A region holds many readings and has no value of its own that its SHAP value could be "
        "drawn against.",
        action=lambda: st.button(
            f"Open {page.capitalize()}",
            icon=":material/arrow_forward:",
            icon_position="right",
            on_click=state.open_page,
            args=(page,),
        ),
    )


def _asked(name: str, choices: list[str]) -> str:
    asked = state.get(name)
    if asked is None:
        return choices[0]
    if asked not in choices:
        rule = "name one of this explanation’s features"
        fix = nearest(asked, choices)
        raise state.LinkError(name, complaint(name, rule, asked, fix))
    return asked


def _colour_words(value: str, main: Any) -> str:
    if value == _NONE:
        return "Nothing"
    if value != _AUTOMATIC:
        return value
    found = main.partner_name if main.partner is not None else "none found"
    return f"{found} (strongest)" if main.partner is not None else "Strongest (none found)"


def _options(view: Opened, feature: str, colour: str, *, trend: bool) -> dict[str, Any]:
    # Features go by position: names may repeat, or be called like one of the words.
    names = view.explanation.feature_names
    words = {_AUTOMATIC: "auto", _NONE: "none"}
    return {
        "feature": names.index(feature),
        "colour": words[colour] if colour in words else names.index(colour),
        "trend": trend,
        "selected": view.sample,
    }


def _main_card(view: Opened, feature: str, colour: str) -> None:
    trend = state.one_of("trend", ("on", "off")) == "on"
    options = _options(view, feature, colour, trend=trend)
    shown = view.view("dependence", **options)
    with cards.card(shown.title, controls=lambda: toggle("Trend", "trend")):
        markup.sentence(shown.sentence)
        if _is_region(view, shown.feature):
            return
        cards.chart(
            view.figure("dependence", markup.theme_name(), **options),
            key="dependence",
            alt=markup.pieces_text(shown.sentence),
            output=view.output_name,
        )
        markup.footnote(f"{shown.footnote} {image_features.said(view)}".rstrip())


def _is_region(view: Opened, feature: int) -> bool:
    regional = unmeasured(view.explanation)
    return regional is not None and bool(regional[feature])


def _small_cards(view: Opened, feature: str) -> None:
    if len(view.explanation.feature_names) < 2:
        return
    options = {"after": view.explanation.feature_names.index(feature), "selected": view.sample}
    small = view.view("dependence_small", **options)
    panels = [
        (k, panel) for k, panel in enumerate(small.panels) if not _is_region(view, panel.feature)
    ]
    if not panels:
        return
    all_shown = len(panels) == len(small.panels)
    markup.card_title(small.title if all_shown else "Others, on the same scale")
    grid = st.grid(3, min_column_width=220, gap="small")
    for k, panel in panels:
        with grid.cell(), cards.card():
            markup.small_title(panel.name)
            cards.chart(
                view.figure("dependence_small", markup.theme_name(), panel=k, **options),
                key=f"dependence {k + 1}",
                alt=markup.pieces_text(panel.sentence),
                output=view.output_name,
            )
    markup.footnote(small.footnote)


def _pairs_card(view: Opened) -> None:
    if view.explanation.interactions is None:
        return
    pairs = view.view("interactions")
    cards.figure_card(pairs, view.figure("interactions", markup.theme_name()), key="interactions")


def page() -> None:
    """Draw the head, then what is open or why it cannot be."""
    with cards.page_head("How does a feature change the prediction?"):
        pass
    with guard():
        draw()


frame.inside("dependence", page)
