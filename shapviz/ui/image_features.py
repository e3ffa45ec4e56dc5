"""What a feature of images is taken for: a part of the frame, a channel, or what was explained."""

from __future__ import annotations

from dataclasses import replace

from shapviz.ui import read, state
from shapviz.ui.choices import segmented
from shapviz.ui.opening import Opened
from shapviz.views.frame_parts import PARTS, SUMMED, parts_of

__all__ = ["control", "of_parts", "said"]

_SAID = {
    "places": "Brightness is the mean of a part’s pixels, its SHAP value the sum of theirs.",
    "channels": "A channel’s SHAP value is the sum of its pixels’.",
}
_SHARED = (
    "Brightness is the mean of a part’s pixels; a region’s SHAP value is shared out over its own."
)
"""What is drawn where features of images are summed, of pixels or regions."""


def of_parts(view: Opened) -> Opened:
    """Return what is open, images by the parts that the URL asks for; by places of the frame."""
    chosen = _chosen(view)
    if chosen not in SUMMED:
        return view
    source = replace(view.source, parts=chosen)
    return replace(view, source=source, explanation=read.explanation(source))


def _chosen(view: Opened) -> str:
    offered = parts_of(view.explanation)
    if not offered:
        return ""
    chosen = state.one_of("parts", offered)
    if state.get("parts") is None:
        # A link to a pixel or region leads to it.
        asked = {state.get("feature"), state.get("colour")} & set(view.explanation.feature_names)
        chosen = offered[-1] if asked else chosen
    return chosen


def control(view: Opened) -> None:
    """Draw the choice; nothing where there is none. `view` is what is open, not its parts."""
    offered = parts_of(view.explanation)
    if len(offered) > 1:
        choices = {name: PARTS[name] for name in offered}
        segmented("Features", "parts", choices, shown=_chosen(view))


def said(view: Opened) -> str:
    """Return what must be said of features that are parts; empty where they are none."""
    if not view.source.parts:
        return ""
    by_region = read.explanation(replace(view.source, parts="")).regions is not None
    return _SHARED if by_region else _SAID[view.source.parts]
