"""Cells of an image figure: pictures and overlays in rows and columns, with captions and a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.figures.image_pixels import boundaries, composite, picture_pixels, reduced
from shapviz.figures.jpeg import photograph_uri
from shapviz.figures.layout import colour_key, note
from shapviz.figures.png import data_uri
from shapviz.figures.points import drawn, effect_format, hover_units, packed
from shapviz.figures.text import bold, coloured, fitted, safe, width
from shapviz.figures.theme import Theme, blend
from shapviz.labels import value_name
from shapviz.types import BoolArray, FloatArray
from shapviz.views.image import outline
from shapviz.views.words import PROBABILITY, effect_text, said_units

__all__ = ["BELOW", "KEY_ROW", "TOP", "Cell", "Grid", "height_of", "key", "on_axes"]

TOP, BELOW, KEY_ROW = 26, 24, 34
KEY = 180
ROOM = 100
"""Pixels that a caption has at least, however small its picture."""
GAP = 0.14
"""Space between pictures as a share of a picture and its gap."""
EXACT = 64 * 64
"""Up to this many pixels a cell carries exact numbers for the hover label."""
DRAWN = 32 * 32
"""The same where there is no hover label: a picture is smaller than numbers."""
HOVER_SIDE = 32
"""Blocks a side that the hover label of larger images tells."""
SHARP = 2
"""Pixels drawn for each pixel of the page: what a fine screen shows."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One picture, with its overlay where there are values.

    Attributes
    ----------
    head, foot : str
        Captions above and below; not escaped.
    picture : float array of shape (h, w) or (h, w, 3)
    name : str
        First line of the hover label; not escaped.
    values : float array of shape (h, w), optional
    limit : float
        Where colours end.
    ink : bool array of shape (h, w), optional
        Outlined over the overlay: what tells a small drawing below it.
    is_told : bool
        Whether a hover label tells the values.
    unclear : bool array of shape (h, w), optional
        Where values cannot be told from zero: without colour, the hover label says so.
    """

    head: str
    foot: str
    picture: FloatArray
    name: str = ""
    values: FloatArray | None = None
    limit: float = 1.0
    regions: NDArray[np.int32] | None = None
    ink: BoolArray | None = None
    opacity: float = 1.0
    backdrop: float = 0.0
    is_told: bool = True
    unclear: BoolArray | None = None

    @property
    def coloured(self) -> FloatArray:
        """The values as they are coloured."""
        values = np.asarray(self.values)
        return values if self.unclear is None else np.where(self.unclear, 0.0, values)


def height_of(rows: int, tall: float) -> float:
    """Return the height of a figure of so many rows of pictures, with its key."""
    return rows * (TOP + tall + BELOW) + KEY_ROW


@dataclass(frozen=True)
class Grid:
    """Where cells stand: `columns` across the page, `rows` of pictures `tall` pixels high."""

    columns: int
    rows: int
    tall: float
    units: str
    look: Theme

    def axes(self, k: int, shape: tuple[int, ...]) -> dict[str, Any]:
        """Return the two hidden axes of cell k, in reading order, for a picture of that shape."""
        row, column = divmod(k, self.columns)
        pitch = TOP + self.tall + BELOW
        whole = self.rows * pitch - TOP - BELOW
        top = 1 - row * pitch / whole
        start, name = column / self.columns, _suffix(k)
        # A picture alone has nobody to keep away from.
        wide = (1 - GAP) / self.columns if self.columns > 1 else 1.0
        hidden = {"visible": False, "fixedrange": True, "constrain": "domain"}
        return {
            f"xaxis{name}": {
                **hidden,
                "domain": [start, start + wide],
                "range": [-0.5, shape[1] - 0.5],
                "anchor": f"y{name}",
                # Alone it stands where the text above it begins.
                "constraintoward": "center" if self.columns > 1 else "left",
            },
            f"yaxis{name}": {
                **hidden,
                "domain": [max(0.0, top - self.tall / whole), top],
                "range": [shape[0] - 0.5, -0.5],
                "anchor": f"x{name}",
                "scaleanchor": f"x{name}",
                "constraintoward": "top",
            },
        }

    def captions(self, k: int, head: str, foot: str) -> list[dict[str, Any]]:
        """Return a cell's captions; what is cut to fit stands in full in a hover label."""
        place = {
            "xref": f"x{_suffix(k)} domain", "yref": f"y{_suffix(k)} domain", "x": 0.5,
            "xanchor": "center",
        }  # fmt: skip
        muted = {"color": self.look.muted}
        notes = []
        if head:
            above = {"y": 1, "yanchor": "bottom", "yshift": 2}
            notes.append(note(bold(safe(self._fitted(head))), **place, **above))
        if foot:
            below = {"y": 0, "yanchor": "top", "yshift": -2, "font": muted}
            notes.append(note(safe(self._fitted(foot)), **place, **below))
        for each, whole in zip(notes, filter(None, (head, foot)), strict=True):
            if self._fitted(whole) != whole:
                each["hovertext"] = safe(whole)
        return notes

    def _fitted(self, text: str) -> str:
        return fitted(text, max(self.tall, ROOM))

    def frame(self, k: int, *, strong: bool = False) -> dict[str, Any]:
        """Return the line around a cell."""
        line = {"color": self.look.ink, "width": 2} if strong else {"color": self.look.border}
        return {
            "type": "rect", "xref": f"x{_suffix(k)} domain", "yref": f"y{_suffix(k)} domain",
            "x0": 0, "x1": 1, "y0": 0, "y1": 1, "line": {"width": 1, **line},
        }  # fmt: skip

    def traces(self, k: int, cell: Cell) -> list[dict[str, Any]]:
        """Return what is drawn in cell k."""
        on = on_axes(k)
        if cell.values is None:
            return [{**self._picture(cell), "hoverinfo": "skip", **on}]
        if cell.values.size > (EXACT if cell.is_told else DRAWN):
            told = [self._hover(cell) | on] if cell.is_told else []
            return [self._overlay(cell) | on, *told]
        return [
            *([self._backdrop(cell) | on] if cell.backdrop > 0 else []),
            self._heat(cell) | on,
            *[trace | on for trace in self._lines(cell)],
        ]

    # One cell

    def _most(self) -> int:
        return round(SHARP * self.tall)

    def _placed(self, source: str, shape: tuple[int, ...], shown: tuple[int, ...]) -> Any:
        """An image trace of `shown` pixels that takes the place of `shape`."""
        (height, wide), (rows, columns) = shape[:2], shown[:2]
        dx, dy = wide / columns, height / rows
        place = {"x0": (dx - 1) / 2, "dx": dx, "y0": (dy - 1) / 2, "dy": dy}
        return {"type": "image", "source": source, **place}

    def _picture(self, cell: Cell) -> dict[str, Any]:
        shown = reduced(cell.picture, self._most())
        pixels = picture_pixels(shown, self.look)
        small = pixels.shape[0] * pixels.shape[1] <= EXACT
        source = data_uri(pixels) if small else photograph_uri(pixels)
        return self._placed(source, cell.picture.shape, shown.shape)

    def _overlay(self, cell: Cell) -> dict[str, Any]:
        shown = reduced(cell.coloured, self._most())
        lines = None
        if cell.regions is not None:
            lines = boundaries(reduced(cell.regions, self._most()))
        pixels = composite(
            reduced(cell.picture, self._most()), shown, cell.limit, self.look,
            opacity=cell.opacity, backdrop=cell.backdrop, lines=lines,
        )  # fmt: skip
        trace = self._placed(photograph_uri(pixels), cell.picture.shape, shown.shape)
        return {**trace, "hoverinfo": "skip"}

    def _backdrop(self, cell: Cell) -> dict[str, Any]:
        none = np.zeros(cell.picture.shape[:2])
        pixels = composite(cell.picture, none, 1.0, self.look, backdrop=cell.backdrop)
        return {**self._placed(data_uri(pixels), none.shape, none.shape), "hoverinfo": "skip"}

    def _heat(self, cell: Cell) -> dict[str, Any]:
        limit = float(drawn(cell.limit, self.units))
        trace = {
            "type": "heatmap",
            "z": packed(drawn(cell.coloured, self.units)),
            "zmin": -limit,
            "zmax": limit,
            "colorscale": self.look.diverging_scale(),
            "showscale": False,
            **self._hover_words(cell, "row %{y}, column %{x}"),
        }
        if cell.opacity < 1:
            trace["opacity"] = cell.opacity
        if cell.unclear is not None and cell.is_told:
            # The number stays to be read where it has no colour.
            form = effect_format(self.units, 3)
            trace["customdata"] = packed(drawn(cell.values, self.units))
            trace["text"] = np.where(cell.unclear, "<br>not told from zero", "")
            trace["hovertemplate"] = (
                trace["hovertemplate"]
                .replace("%{z}", f"%{{customdata:{form}}}")
                .replace("<extra>", "%{text}<extra>")
            )
        return trace

    def _hover(self, cell: Cell) -> dict[str, Any]:
        """A heat map nobody sees: what the hover label of a large image tells."""
        height, wide = cell.picture.shape[:2]
        step = -(-max(height, wide) // HOVER_SIDE)
        values = np.asarray(cell.values)
        if cell.regions is not None:
            shown, where = values[step // 2 :: step, step // 2 :: step], "its region"
        else:
            columns, rows = np.arange(0, wide, step), np.arange(0, height, step)
            shown = np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)
            where = f"sum of {step} \u00d7 {step} pixels"
        centre = (step - 1) / 2
        return {
            "type": "heatmap",
            "z": packed(drawn(shown, self.units)),
            "x0": centre, "dx": step, "y0": centre, "dy": step,
            "opacity": 0,
            "showscale": False,
            **self._hover_words(cell, where),
        }  # fmt: skip

    def _hover_words(self, cell: Cell, where: str) -> dict[str, Any]:
        if not cell.is_told:
            return {"hoverinfo": "skip"}
        name = f"<b>{safe(cell.name)}</b><br>" if cell.name else ""
        said = f"{value_name(self.units)} %{{z}}{hover_units(self.units)}"
        return {
            "zhoverformat": effect_format(self.units, 3),
            "hovertemplate": f"{name}{said}<br>{where}<extra></extra>",
        }

    def _lines(self, cell: Cell) -> list[dict[str, Any]]:
        look = self.look
        lines: list[tuple[list[tuple[float, float, float, float]], str, float]] = []
        if cell.regions is not None:
            lines.append((region_lines(cell.regions), look.muted, 0.8))
        if cell.ink is not None:
            lines.append((outline(cell.ink), look.ink, 1.2))
        return [
            {
                "type": "scatter",
                "mode": "lines",
                "x": [x for x0, _, x1, _ in segments for x in (x0, x1, None)],
                "y": [y for _, y0, _, y1 in segments for y in (y0, y1, None)],
                "line": {"color": colour, "width": wide},
                "hoverinfo": "skip",
            }
            for segments, colour, wide in lines
        ]


def region_lines(regions: NDArray[np.integer]) -> list[tuple[float, float, float, float]]:
    """Return the edges between regions as line segments (x0, y0, x1, y1), runs joined."""
    segments: list[tuple[float, float, float, float]] = []
    for across, swapped in ((regions, False), (regions.T, True)):
        differs = across[1:] != across[:-1]
        for row in range(len(differs)):
            steps = np.diff(np.concatenate([[0], differs[row].astype(np.int8), [0]]))
            starts, stops = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
            for a, b in zip(starts.tolist(), stops.tolist(), strict=True):
                line = (a - 0.5, row + 0.5, b - 0.5, row + 0.5)
                segments.append((line[1], line[0], line[3], line[2]) if swapped else line)
    return segments


def _suffix(k: int) -> str:
    return "" if k == 0 else str(k + 1)


def on_axes(k: int) -> dict[str, str]:
    """Return what puts a trace on the axes of cell k."""
    return {"xaxis": f"x{_suffix(k)}", "yaxis": f"y{_suffix(k)}"}


def key(
    limit: float | None, units: str, look: Theme, drop: float = -(BELOW + KEY_ROW - 12)
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the colour key, `drop` pixels above the pictures' lower edge: rectangles and texts.

    There are no numbers without a limit.
    """
    low, high = "pushes down", "pushes up"
    if limit is not None:
        low = f"{low} {effect_text(-limit, units)}"
        high = f"{effect_text(limit, units)} {high}"
    start = width(low) + 12
    place = {
        "x": 0, "xref": "paper", "xanchor": "left", "y": 0, "yref": "paper",
        "yanchor": "middle", "yshift": drop,
    }  # fmt: skip
    # Numbers of percentage points say so themselves.
    told = limit is not None and units == PROBABILITY
    said = "" if told else safe(said_units(units)) or value_name(units)
    end = start + KEY
    texts = [
        note(coloured(safe(low), look.down_text), **place),
        note(coloured(safe(high), look.up_text), **place, xshift=end + 6),
    ]
    if said:
        muted = {"color": look.muted}
        texts.append(note(said, **place, xshift=end + 6 + width(high) + 14, font=muted))
    half = 30
    steps = [blend(look.page, look.down, 1 - k / half) for k in range(half)]
    steps += [blend(look.page, look.up, (k + 1) / half) for k in range(half)]
    return colour_key(steps, x=0, y=0, shift=start, drop=drop, length=KEY, thick=10), texts
