"""What `shapviz explain` hides samples behind where there is no background: words to a masker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shapviz.errors import InputError, Words, complaint

if TYPE_CHECKING:
    from shapviz.jobs.model_facts import ModelFacts

__all__ = [
    "check_samples",
    "check_scale",
    "cut_of",
    "hiding_of",
    "noun_of",
    "reads_texts",
    "scale_of",
]

WAYS: Mapping[str, dict[str, Any]] = {
    "blur": {"masker": "image", "fill": "blur"},
    "inpaint": {"masker": "image", "fill": "inpaint"},
    "mean": {"masker": "image", "fill": "mean"},
    "omit": {"masker": "text", "mask_token": ""},
    "hold": {"masker": "sequence", "fill": "hold", "players": "time"},
    "level": {"masker": "sequence", "fill": "mean", "players": "time"},
}
"""What --hide may say → a job's background; besides "replace:WORD"."""

REPLACE = "replace"
NOUNS = {"image": "picture", "text": "text", "sequence": "window"}
SIDES = {"image": (2, 3), "sequence": (2,)}
"""Masker → how many axes a sample may have."""


def hiding_of(
    hide: str | None, *, regions: int | None, text_column: str | None, background: str | None
) -> dict[str, Any] | None:
    """Return the masker as a job's background has it; None where rows stand for absence.

    Parameters
    ----------
    hide : str or None
        In `WAYS`, or "replace:WORD"; of texts, "omit" where nothing is said.
    regions : int or None
        Superpixels of pictures.
    text_column : str or None
    background : str or None
        What was said of background rows, which exclude a masker.

    Raises
    ------
    InputError
        No such way, or one that does not go with the other options.

    Examples
    --------
    >>> hiding_of("blur", regions=50, text_column=None, background=None)
    {'masker': 'image', 'fill': 'blur', 'superpixels': 50}
    >>> hiding_of("replace:…", regions=None, text_column="review", background=None)
    {'masker': 'text', 'mask_token': '…'}
    """
    from shapviz.jobs.hiding import cuts

    if hide is None and text_column is not None:
        hide = "omit"
    found = _way(hide)
    kind = "" if found is None else str(found["masker"])
    if background is not None and found is not None:
        rule = "be left out where samples are hidden behind themselves"
        raise InputError(complaint("--background", rule, background, "Leave one of them out."))
    if (kind == "text") != (text_column is not None):
        rule = "name the column of texts with --hide omit or replace:WORD, and only then"
        fix = "Of pictures and windows leave it out."
        raise InputError(complaint("--text-column", rule, text_column, fix))
    if regions is not None and kind != "image":
        rule = "go with --hide blur, inpaint or mean"
        fix = "Regions are parts of pictures."
        raise InputError(complaint("--regions", rule, regions, fix))
    if found is None or regions is None:
        return found
    best = cuts()[0]
    cut = {} if best == "slic" else {"method": best}
    return {**found, "superpixels": regions, **cut}


def reads_texts(hide: str | None) -> bool:
    """Whether what --hide says is of texts; InputError where there is no such way."""
    found = _way(hide)
    return found is not None and found["masker"] == "text"


def noun_of(hiding: Mapping[str, Any] | None) -> dict[str, str]:
    """Return what one sample is called where it is hidden behind itself, for `JobSpec.about`."""
    return {} if hiding is None else {"sample_noun": NOUNS[str(hiding["masker"])]}


def cut_of(hiding: Mapping[str, Any] | None) -> str:
    """Return what must be said of how pictures are cut; empty where it is as one would expect."""
    if hiding is None or "method" not in hiding:
        return ""
    return "Regions are squares; along edges they need: pip install 'shapviz[images]'."


def scale_of(scale: float | None, facts: ModelFacts) -> tuple[float | None, str]:
    """Return what bytes of pictures are divided by, and why where nobody asked for it."""
    if scale is not None:
        return scale, ""
    if facts.scales:
        return None, "Bytes are given as they are: the model has a layer that scales them itself."
    return 255.0, (
        "Bytes are divided by 255, since most models were trained on 0 to 1; --scale 1 gives them "
        "as they are."
    )


def _way(hide: str | None) -> dict[str, Any] | None:
    if hide is None:
        return None
    name, _, word = hide.partition(":")
    if name == REPLACE and word:
        return {"masker": "text", "mask_token": word}
    if hide not in WAYS:
        rule = f"be one of {', '.join(WAYS)}, {REPLACE}:WORD"
        raise InputError(complaint("--hide", rule, hide, "Name one."))
    return dict(WAYS[hide])


def check_samples(hiding: Mapping[str, Any], rows: Any, features: list[str] | None) -> None:
    """InputError where the data are none of what would be hidden, before a store is made."""
    import numpy as np

    from shapviz.jobs.hiding import made_masker, samples_for

    made_masker(hiding)
    chosen = rows if features is None or not hasattr(rows, "columns") else rows[features]
    samples_for(hiding, chosen)
    sides = SIDES.get(str(hiding["masker"]))
    if sides is not None and np.ndim(rows) - 1 not in sides:
        noun = "pictures (n, y, x[, channel])" if len(sides) > 1 else "windows (n, time, feature)"
        got = Words(f"an array of shape {np.shape(rows)}")
        raise InputError(complaint("--data", f"hold {noun}", got, "Save them as .npy."))


def check_scale(scale: float | None, rows: Any) -> None:
    """InputError for a scale that is no positive number, or of a table."""
    if scale is None:
        return
    if not 0 < scale < float("inf"):
        rule, fix = "be a positive number", "255 brings bytes to 0 to 1."
        raise InputError(complaint("--scale", rule, scale, fix))
    if hasattr(rows, "columns"):
        rule, fix = "be left out for a table", "Its columns have units of their own."
        raise InputError(complaint("--scale", rule, scale, fix))
