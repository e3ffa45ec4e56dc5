"""Which step of the Explain page an error's message is about. Pure."""

from __future__ import annotations

import re

from shapviz.ui.explain_spec import BACKGROUND, DATA, METHOD, MODEL

__all__ = ["step_of"]

ARGUMENTS = {
    "model": MODEL,
    "path": MODEL,
    "output_names": MODEL,
    "X": DATA,
    "data": DATA,
    "table": DATA,
    "rows": DATA,
    "features": DATA,
    "feature_names": DATA,
    "target": DATA,
    "truth": DATA,
    "metadata": DATA,
    "sample_names": DATA,
    "names": DATA,
    "predictions": DATA,
    "background": BACKGROUND,
    "weights": BACKGROUND,
    "k": BACKGROUND,
    "n": BACKGROUND,
    "size": BACKGROUND,
    "fill": BACKGROUND,
    "superpixels": BACKGROUND,
    "mask_token": BACKGROUND,
    "players": BACKGROUND,
    "scale": DATA,
}
"""Argument that a message begins with → the step that it is about; any other: the method."""

BEGINNINGS = ("`model` must accept the rows", "`model` must return finite", "`SHAP values` must be")
"""How messages begin that name the model, or its values, and are about the data."""

ARGUMENT = re.compile(r"`(\w+)")


def step_of(message: str) -> str:
    """Return the step that an error's message is about.

    Examples
    --------
    >>> step_of("`budget` must be at least 11; got 5."), step_of("`k` must be at most 3; got 9.")
    ('method', 'background')
    """
    if message.startswith(BEGINNINGS):
        return DATA
    found = ARGUMENT.match(message)
    return ARGUMENTS.get(found[1] if found else "", METHOD)
