"""A small picture of several inputs: one that is a picture with its overlay, a bar an input."""

from __future__ import annotations

import numpy as np

from shapviz import views
from shapviz.explanation import Explanation
from shapviz.figures.image_pixels import picture_pixels
from shapviz.figures.lanes_svg import signed_pixels
from shapviz.figures.png import data_uri
from shapviz.figures.theme import Theme
from shapviz.views.image import ImageView

__all__ = ["inputs_picture"]

MARGIN, GAP, SIDE, BAR = 20, 8, 84, 22


def inputs_picture(explanation: Explanation, look: Theme, width: int, height: int) -> str:
    """Return the inside of an SVG: the first sample's picture where one input is, and shares.

    Parameters
    ----------
    explanation : Explanation
        Of several inputs.
    look : Theme
    width, height : int
        Pixels.
    """
    first, names = explanation[:1], list(explanation.inputs or ())
    parts = (first.of_input(name) for name in names)
    picture = next((part for part in parts if views.modality(part) == "image"), None)
    body, left = "", float(MARGIN)
    if picture is not None:
        body = _pair(views.image(picture, 0, max_display=1), look, left, (height - SIDE) / 2)
        left += 2 * (SIDE + GAP) + GAP
    shares = [float(np.abs(share).mean()) for share in explanation.input_shares.values()]
    longest = max(shares) or 1.0
    step = (height - 2 * MARGIN) / len(names)
    thick = min(0.5 * step, BAR)
    for k, share in enumerate(shares):
        wide = (width - MARGIN - left) * share / longest
        body += (
            f'<rect x="{left:.1f}" y="{MARGIN + step * (k + 0.5) - thick / 2:.1f}" '
            f'width="{wide:.1f}" height="{thick:.1f}" rx="2" fill="{look.neutral}"/>'
        )
    return body


def _pair(view: ImageView, look: Theme, left: float, top: float) -> str:
    """The input and its overlay."""
    overlay = signed_pixels(view.panels[0].values, view.limit, look)
    uris = (data_uri(picture_pixels(view.picture, look)), data_uri(overlay))
    return "".join(
        f'<image href="{uri}" x="{left + k * (SIDE + GAP):.1f}" y="{top:.1f}" width="{SIDE}" '
        f'height="{SIDE}" style="image-rendering:pixelated"/>'
        for k, uri in enumerate(uris)
    )
