"""Figures inside a page of their own: Plotly's script once, a figure as JSON. No HTML here."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

__all__ = ["drawing_script", "figure_json"]

_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""What could end a script element or a line of it; inside JSON's texts these mean the same."""


def drawing_script() -> str:
    """Return the whole of plotly.js, about 5 MB, as the figures of this installation need it."""
    return str(get_plotlyjs())


def figure_json(figure: go.Figure) -> str:
    """Return a figure as JSON that can stand in a script element: no ``<`` in it."""
    text = str(figure.to_json())
    for char, escaped in _UNSAFE.items():
        text = text.replace(char, escaped)
    return text
