"""The picture of a demo that is not there yet; the real ones are drawn by `figures`."""

from __future__ import annotations

from shapviz.figures.theme import Theme

__all__ = ["blank"]

_WIDTHS = (240, 150, 190, 96, 130)


def blank(theme: Theme) -> str:
    """Return a 320 × 150 SVG of five grey rows: the place is kept, nothing is shown."""
    rows = "".join(
        f'<rect x="24" y="{23 + 24 * i}" width="{width}" height="8" rx="4" fill="{theme.border}"/>'
        for i, width in enumerate(_WIDTHS)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 150" width="320" height="150">'
        f'<rect width="320" height="150" fill="{theme.panel}"/>{rows}</svg>'
    )
