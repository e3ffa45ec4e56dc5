"""Images: which pixels decided this image?"""

from __future__ import annotations

from shapviz.ui import cards, frame, guard, opened, other_kind


def draw() -> None:
    """Draw the page for what is open."""
    view = opened()
    if other_kind.draw(view, "image"):
        return


def page() -> None:
    """Draw the head, then what is open or why it cannot be."""
    with cards.page_head("Which pixels decided this image?"):
        pass
    with guard():
        draw()


frame.inside("images", page)
