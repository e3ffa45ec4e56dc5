"""Text: which words decided this text?"""

from __future__ import annotations

from typing import Any

from shapviz.ui import (
    frame,
    one_input,
    opened,
    other_kind,
    picker,
    text_card,
    text_grid,
    text_words,
)


def draw(tools: Any) -> None:
    """Draw the page for what is open; the picker goes beside the question."""
    view = one_input.of_kind(opened(), "text", tools)
    if other_kind.draw(view, "text"):
        return
    sample = picker.one(view, tools)
    text_card.draw(view, sample)
    text_words.draw(view)
    text_grid.draw(view, sample)


frame.asking("text", "Which words decided this text?", draw)
