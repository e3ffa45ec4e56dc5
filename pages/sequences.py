"""Sequences: which signal, and when?"""

from __future__ import annotations

from typing import Any

from shapviz.ui import (
    cards,
    frame,
    markup,
    one_input,
    opened,
    other_kind,
    picker,
    same_windows,
)


def draw(tools: Any) -> None:
    """Draw the page for what is open; the picker goes beside the question."""
    view = one_input.of_kind(opened(), "sequence", tools)
    if other_kind.draw(view, "sequence"):
        return
    sample = picker.one(view, tools)
    window = view.view("sequence", sample=sample)
    # The page asks the question already: the card says what was predicted.
    with cards.card(view.view("force", sample=sample).title):
        markup.sentence(window.sentence)
        cards.chart(
            view.figure("sequence", markup.theme_name(), sample=sample),
            key="sequence",
            alt=markup.pieces_text(window.sentence),
        )
        markup.footnote(f"{window.footnote} {one_input.said(view)}".rstrip())
    same_windows.draw(view, sample)
    steps = view.view("sequence_steps")
    with cards.card(steps.title):
        markup.sentence(steps.sentence)
        cards.chart(
            view.figure("sequence_steps", markup.theme_name()),
            key="sequence steps",
            alt=markup.pieces_text(steps.sentence),
            output=view.output_name,
        )
        markup.footnote(steps.footnote)


frame.asking("sequences", "Which signal, and when?", draw)
