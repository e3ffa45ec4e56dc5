"""Lanes: one a signal, over time, with room above for sums by step and at the right by signal.

What the figures of sequences share: axes, labels, the bars at the sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shapviz.figures.layout import hline, left_margin, note, row_annotations, ticks
from shapviz.figures.text import bold, row_label, width
from shapviz.figures.theme import Theme

__all__ = ["RIGHT", "TOP", "Lanes"]

TOP, HEAD, STRIP, APART, BOTTOM = 26, 22, 56, 12, 44
"""Pixels: above, of a head, of the strip by time, between it and the lanes, and below."""
RIGHT = 0.8
"""Where the lanes end; sums by signal stand from there to the right edge."""
TALL, LOW = 46, 30
"""Pixels of a lane, of up to eight and of more."""


@dataclass(frozen=True)
class Lanes:
    """Where everything stands.

    Attributes
    ----------
    names, notes : tuple of str
        A lane's label and its muted second line.
    steps : int
    by_time, by_signal : bool
        Whether there are sums above and at the right.
    foot : float
        Pixels kept below the time axis, for a colour key.
    """

    names: tuple[str, ...]
    notes: tuple[str, ...]
    steps: int
    by_time: bool
    by_signal: bool
    foot: float = 0.0

    @property
    def lane(self) -> int:
        """Pixels of a lane."""
        return TALL if len(self.names) <= 8 else LOW

    @property
    def plot(self) -> float:
        """Pixels of everything between the margins."""
        return self.lane * len(self.names) + ((STRIP + APART) if self.by_time else 0)

    @property
    def top(self) -> float:
        """The upper margin."""
        return TOP

    @property
    def bottom(self) -> float:
        """The lower margin."""
        return BOTTOM + self.foot

    @property
    def height(self) -> float:
        """Of the figure."""
        return self.top + self.plot + self.bottom

    @property
    def end(self) -> float:
        """Where lanes end, as a share of the width."""
        return RIGHT if self.by_signal else 1.0

    @property
    def left(self) -> int:
        """The left margin."""
        labels = [row_label(name, lines=1) for name in self.names]
        widest = max((width(text) for text in self.notes), default=0.0)
        return max(left_margin(labels), min(208, round(widest) + 12))

    def axes(
        self, look: Theme, time_range: tuple[float, float], signal_range: tuple[float, float]
    ) -> Any:
        """Return the axes: x and y of the lanes, y2 of the strip above, x2 of the sums beside."""
        share = self.lane * len(self.names) / self.plot
        marks = [t for t in ticks(0, self.steps - 1, about=8) if t == int(t)] or [0.0]
        fixed = {"fixedrange": True, "showgrid": False}
        last = self.steps - 0.5
        axes: dict[str, Any] = {
            "xaxis": {
                **fixed, "domain": [0, self.end], "range": [-0.5, last], "anchor": "y",
                "tickvals": marks, "ticktext": [str(int(t)) for t in marks],
                "title": {"text": "time step"},
            },
            "yaxis": {
                **fixed, "domain": [0, share], "range": [len(self.names) - 0.5, -0.5],
                "showticklabels": False,
            },
        }  # fmt: skip
        if self.by_time:
            axes["yaxis2"] = {
                **fixed, "domain": [1 - STRIP / self.plot, 1], "showticklabels": False,
                "range": list(time_range), "anchor": "x",
            }  # fmt: skip
        if self.by_signal:
            axes["xaxis2"] = {
                **fixed, "domain": [self.end + 0.02, 1], "range": list(signal_range),
                "showticklabels": False, "anchor": "y",
            }  # fmt: skip
        return axes

    @property
    def room(self) -> dict[str, float]:
        """Height and margins, as `layout` takes them; bars touch."""
        sides = {"left": self.left, "right": 4, "top": self.top, "bottom": self.bottom}
        return {"height": self.height, **sides, "bargap": 0.0}

    def frame(self, look: Theme, heads: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """Return shapes and annotations: labels, heads, zero lines, separators.

        Parameters
        ----------
        heads : sequence of (str, str)
            Above the strip by time ("time") and above the sums by signal ("signal"), safe already.
        """
        labels = [row_label(name, lines=1) for name in self.names]
        ys = [float(k) for k in range(len(self.names))]
        notes = row_annotations(look, labels, ys, self.left, values=self.notes)
        beside = {"x": self.end + 0.02, "y": self.lane * len(self.names) / self.plot}
        places: dict[str, dict[str, float]] = {"time": {"x": 0, "y": 1}, "signal": beside}
        corner = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
        notes += [note(bold(text), yshift=4, **corner, **places[where]) for where, text in heads]
        shapes = []
        if self.by_time:
            shapes.append(hline(0, 0, self.end, look.zero, yref="y2", xref="paper"))
        return {"annotations": notes, "shapes": shapes}
