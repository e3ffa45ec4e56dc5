"""Image methods: explainers in rows, classes in columns, the input at the left of each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.image import cells_figure
from shapviz.figures.image_cells import Cell
from shapviz.figures.theme import Theme, as_theme
from shapviz.views.image import ink
from shapviz.views.image_methods import ImageMethodsView
from shapviz.views.words import headed

__all__ = ["image_methods"]

TALL, FEWEST = 104, 6
"""Height of a picture in pixels; columns that a row is laid out for at least."""


def image_methods(
    of: Mapping[str, Explanation] | ImageMethodsView,
    *,
    theme: str | Theme = "light",
    tall: float = TALL,
    fewest: int = FEWEST,
    **options: Any,
) -> go.Figure:
    """Return one image under several explainers.

    Parameters
    ----------
    of : mapping of str to Explanation, or ImageMethodsView
    theme : {"light", "dark"} or Theme
    tall : float, default 104
        Height of a picture in pixels.
    fewest : int, default 6
        Columns that a row is laid out for at least.
    **options
        Of `views.image_methods`: ``sample``, ``output``, ``max_display``.
    """
    view = of if isinstance(of, ImageMethodsView) else views.image_methods(of, **options)
    cells: list[Cell | None] = []
    classes = len(view.rows[0].panels)
    columns = max(classes + 1, fewest)
    for row in view.rows:
        cells.append(Cell(row.name, "", view.picture))
        cells += [
            Cell(
                head=headed(panel.name, view.units),
                foot=panel.prediction_text,
                picture=view.picture,
                name=f"{row.name}: {panel.called}" if panel.name else row.name,
                values=panel.values,
                unclear=panel.unclear,
                limit=row.limit,
                regions=row.regions,
                ink=ink(view.picture),
                backdrop=view.backdrop,
            )
            for panel in row.panels
        ]
        cells += [None] * (columns - classes - 1)
    return cells_figure(cells, as_theme(theme), None, view.units, columns, tall)
