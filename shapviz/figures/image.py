"""Image: the input first, then one overlay a class, all on one colour scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from shapviz import views
from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.figures.image_cells import BELOW, KEY_ROW, TOP, Cell, Grid, height_of, key
from shapviz.figures.layout import layout
from shapviz.figures.theme import Theme, as_theme
from shapviz.views.image import ImagePanel, ImageView, is_drawing
from shapviz.views.image_grid import ImageGridView
from shapviz.views.words import headed

__all__ = ["cells_figure", "image", "image_key", "key_figure"]

COLUMNS, TALL = 7, 120
"""A few panels keep the size they have among seven."""


def image(
    of: Explanation | ImageView,
    *,
    theme: str | Theme = "light",
    columns: int = COLUMNS,
    tall: float = TALL,
    panel: int | None = None,
    **options: Any,
) -> go.Figure:
    """Return the input and its overlays side by side, or one of these pictures.

    Parameters
    ----------
    of : Explanation or ImageView
    theme : {"light", "dark"} or Theme
    columns : int, default 7
        Pictures in a row.
    tall : float, default 120
        Height of a picture in pixels.
    panel : int, optional
        Only this picture: 0 is the input, 1 the first overlay.
    **options
        Of `views.image`: ``sample``, ``output``, ``max_display``, ``clip``, ``opacity`` and on.
    """
    view = views.image(of, **options) if isinstance(of, Explanation) else of
    height, wide = view.picture.shape[:2]
    cells = [Cell("Input", f"{height} \u00d7 {wide} px", view.picture)]
    cells += [_cell(view, panel) for panel in view.panels]
    look = as_theme(theme)
    if panel is None:
        return cells_figure(cells, look, view.limit, view.units, columns, tall)
    return cells_figure(
        [_picked(cells, panel)], look, view.limit, view.units, 1, tall, is_keyed=False
    )


def image_key(view: ImageView | ImageGridView, *, theme: str | Theme = "light") -> go.Figure:
    """Return the colour key alone, to stand under pictures drawn one by one."""
    look = as_theme(theme)
    rectangles, texts = key(view.limit, view.units, look, drop=0)
    return key_figure(look, rectangles, texts)


def key_figure(
    look: Theme, rectangles: list[dict[str, Any]], texts: list[dict[str, Any]]
) -> go.Figure:
    """Return a figure of nothing but a colour key."""
    hidden = {"visible": False, "fixedrange": True}
    return go.Figure(
        layout=layout(
            look,
            height=KEY_ROW,
            left=1,
            right=1,
            top=KEY_ROW // 2 - 1,
            bottom=KEY_ROW // 2 - 1,
            xaxis=hidden,
            yaxis=hidden,
            shapes=rectangles,
            annotations=texts,
        )
    )


def _picked(cells: list[Cell], panel: int) -> Cell:
    if not 0 <= panel < len(cells):
        rule = f"be a whole number from 0 to {len(cells) - 1}"
        raise InputError(complaint("panel", rule, panel, "0 is the input."))
    return cells[panel]


def _cell(view: ImageView, panel: ImagePanel) -> Cell:
    return Cell(
        head=headed(panel.name, view.units),
        foot=panel.prediction_text,
        picture=view.picture,
        name=panel.called,
        values=panel.values,
        unclear=panel.unclear,
        limit=view.limit,
        regions=view.regions if view.is_outlined else None,
        ink=view.outline if view.is_outlined and _has_outline(view) else None,
        opacity=view.opacity,
        backdrop=view.backdrop,
    )


def _has_outline(view: ImageView) -> bool:
    """Whether the outline of what is dark is a picture: of a drawing, or where no other is seen."""
    bare = view.picture.ndim == 2 and view.backdrop == 0 and view.regions is None
    return bare or is_drawing(view.picture)


def cells_figure(
    cells: Sequence[Cell | None],
    look: Theme,
    limit: float | None,
    units: str,
    columns: int,
    tall: float,
    more: Sequence[dict[str, Any]] = (),
    selected: frozenset[int] = frozenset(),
    is_keyed: bool = True,
) -> go.Figure:
    """Return cells in rows under each other, in reading order, with the colour key below.

    Parameters
    ----------
    cells : sequence of Cell or None
        None leaves a place empty.
    limit : float or None
        Written at the ends of the key; None where cells have scales of their own.
    more : sequence of dict
        Further traces.
    selected : set of int
        Cells with a strong frame.
    is_keyed : bool
        Whether there is a colour key.
    """
    columns = max(columns, 1)
    rows = -(-len(cells) // columns)
    grid = Grid(columns, rows, tall, units, look)
    data: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    notes: list[dict[str, Any]] = []
    for k, cell in enumerate(cells):
        if cell is None:
            continue
        axes |= grid.axes(k, cell.picture.shape)
        notes += grid.captions(k, cell.head, cell.foot)
        data += grid.traces(k, cell)
    frames = [grid.frame(k, strong=k in selected) for k, c in enumerate(cells) if c is not None]
    rectangles, texts = key(limit, units, look) if is_keyed else ([], [])
    below = KEY_ROW if is_keyed else 0
    return go.Figure(
        data=[*data, *more],
        layout=layout(
            look,
            height=height_of(rows, tall) - KEY_ROW + below,
            left=1,
            right=1,
            top=TOP,
            bottom=BELOW + below,
            **axes,
            shapes=[*frames, *rectangles],
            annotations=[*notes, *texts],
        ),
    )
