"""A small picture of a window of signals: lanes coloured by SHAP value, each with its line."""

from __future__ import annotations

import numpy as np

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.png import data_uri
from shapviz.figures.theme import Theme
from shapviz.types import Array, FloatArray
from shapviz.views.sequence import SequenceView

__all__ = ["signed_pixels", "window_picture"]

LANES, MARGIN, GAP = 4, 12, 4


def signed_pixels(values: FloatArray, limit: float, look: Theme) -> Array:
    """Return values (h, w) as RGBA bytes: the colour of the sign, as opaque as the size."""
    share = np.clip(values / (limit or 1.0), -1, 1)
    pixels = np.zeros((*share.shape, 4), dtype=np.uint8)
    for colour, where in ((look.up, share > 0), (look.down, share < 0)):
        pixels[where, :3] = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    pixels[..., 3] = np.round(np.abs(share) * 255)
    return pixels


def window_picture(explanation: Explanation, look: Theme, width: int, height: int) -> str:
    """Return the inside of an SVG: the first window.

    Parameters
    ----------
    explanation : Explanation
        Of windows.
    look : Theme
    width, height : int
        Pixels.
    """
    view = views.sequence(explanation, 0, max_display=LANES)
    lanes = len(view.signals)
    tall = (height - 2 * MARGIN - (lanes - 1) * GAP) / lanes
    wide = width - 2 * MARGIN
    parts = []
    for j in range(lanes):
        y = MARGIN + j * (tall + GAP)
        uri = data_uri(signed_pixels(view.values[:, j][None], view.limit, look))
        parts.append(
            f'<image href="{uri}" x="{MARGIN}" y="{y:.1f}" width="{wide}" height="{tall:.1f}" '
            'preserveAspectRatio="none" style="image-rendering:pixelated"/>'
        )
        parts.append(_line(view, j, y, tall, wide, look))
    return "".join(parts)


def _line(view: SequenceView, j: int, y: float, tall: float, wide: float, look: Theme) -> str:
    if view.readings is None or view.readings.dtype.kind not in "biuf":
        return ""
    known = view.readings[:, j].astype(np.float64)
    inside = known[np.isfinite(known)]
    if not inside.size or len(known) < 2:
        return ""
    low, span = inside.min(), np.ptp(inside)
    share = np.where(np.isfinite(known), (known - low) / (span or 1.0), 0.5)
    x = MARGIN + (np.arange(len(known)) + 0.5) * wide / len(known)
    up = y + tall * (0.9 - 0.8 * share)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, up, strict=True))
    return f'<polyline points="{points}" fill="none" stroke="{look.ink}" stroke-width="1.4"/>'
