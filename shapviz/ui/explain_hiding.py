"""What stands for absence, by the form of the data: background rows, or samples hidden behind
themselves.

Pure: a draft and what its choices mean in, words and a job's background out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shapviz.jobs.columns import Roles
from shapviz.ui.explain_draft import BACKGROUNDS, Draft
from shapviz.ui.explain_sources import ModelFacts, ModelSource, TableSource

__all__ = [
    "BYTES",
    "BY_255",
    "NOUNS",
    "OWN_SCALE",
    "PICTURES",
    "ROWS",
    "TEXTS",
    "WAYS",
    "WINDOWS",
    "Way",
    "choices_of",
    "form_of",
    "scale_of",
    "scales_offered",
    "way_of",
    "ways_for",
]

ROWS, PICTURES, TEXTS, WINDOWS = "rows", "pictures", "texts", "windows"
"""Forms of data."""

CHANNELS = (1, 3, 4)
BYTES = "|u1"
OWN_SCALE, BY_255 = "own", "255"

NOUNS: Mapping[str, str] = {PICTURES: "picture", TEXTS: "text", WINDOWS: "window"}
"""Form → what one sample is called where it is hidden behind itself."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Way:
    """One way to say what stands where something is hidden.

    Attributes
    ----------
    title, about : str
        For the select, and the sentence below it.
    form : str
        Of data that it suits alone; `ROWS`: rows of any data.
    hide : callable
        The draft to a job's background; of no use for rows.
    """

    title: str
    about: str
    form: str
    hide: Callable[[Draft], Json] = lambda draft: {}

    @property
    def is_hiding(self) -> bool:
        """Whether samples are hidden behind themselves; else they are compared with rows."""
        return self.form != ROWS


def _parts(fill: str) -> Callable[[Draft], Json]:
    def hide(draft: Draft) -> Json:
        whole = {"masker": "image", "fill": fill}
        if draft.regions is None:
            return whole
        return {**whole, "superpixels": int(draft.regions), "method": draft.cut}

    return hide


def _steps(fill: str) -> Callable[[Draft], Json]:
    return lambda draft: {"masker": "sequence", "fill": fill, "players": draft.players}


_PICTURE = "Each region of a picture is hidden and shown in turn: {}. Works for any model."
_WORDS = "Each word of a text is hidden and shown in turn: {}."
_WINDOW = "What is hidden in a window {}. Works for any model."

_ABSENT = (
    "A feature is absent when its value is taken from these rows. More rows are steadier and "
    "cost as much more."
)

WAYS: Mapping[str, Way] = {
    "blur": Way(
        "Parts blurred",
        _PICTURE.format("what is hidden is the same picture, blurred"),
        PICTURES,
        _parts("blur"),
    ),
    "inpaint": Way(
        "Parts painted over",
        _PICTURE.format("what is hidden is filled in from the parts around it"),
        PICTURES,
        _parts("inpaint"),
    ),
    "mean": Way(
        "Parts in one colour",
        _PICTURE.format("what is hidden takes the picture’s mean colour"),
        PICTURES,
        _parts("mean"),
    ),
    "omit": Way(
        "Words left out",
        _WORDS.format("without it the text is shorter"),
        TEXTS,
        lambda draft: {"masker": "text", "mask_token": ""},
    ),
    "replace": Way(
        "Words replaced",
        _WORDS.format(
            "what stands in its place should mean nothing to the model, as a word does that it "
            "never saw"
        ),
        TEXTS,
        lambda draft: {
            "masker": "text",
            "mask_token": draft.word.strip() or "…",
            "collapse": draft.together,
        },
    ),
    "hold": Way(
        "Last value held",
        _WINDOW.format("repeats the last value seen before it"),
        WINDOWS,
        _steps("hold"),
    ),
    "level": Way(
        "Window’s mean",
        _WINDOW.format("takes its signal’s mean over the window"),
        WINDOWS,
        _steps("mean"),
    ),
    **{name: Way(title, _ABSENT, ROWS) for name, title in BACKGROUNDS.items()},
}
"""Name → way; the names of `BACKGROUNDS` are those of rows."""

_PARTS = tuple(name for name, way in WAYS.items() if way.form == PICTURES)
_HELD = tuple(name for name, way in WAYS.items() if way.form == WINDOWS)
_DRAWN = tuple(name for name in BACKGROUNDS if name != "kmeans")

OFFERED: Mapping[str, tuple[str, ...]] = {
    ROWS: tuple(BACKGROUNDS),
    PICTURES: (*_PARTS, *_DRAWN),
    TEXTS: tuple(name for name, way in WAYS.items() if way.form == TEXTS),
    # An array (n, y, x) may be grey pictures too.
    WINDOWS: (*_DRAWN, *_HELD, *_PARTS),
}
"""Form → ways, the first of which is the default."""


def form_of(model: ModelSource | None, data: TableSource | None, roles: Roles) -> str:
    """Return what one sample is: a row, a picture, a text or a window.

    Parameters
    ----------
    model : ModelSource or None
    data : TableSource or None
    roles : Roles
        Of the data's columns.
    """
    if data is None or (model is not None and model.is_demo):
        return ROWS
    facts = ModelFacts() if model is None else model.facts
    reads = facts.texts or not (facts.numbers or facts.features)
    if data.is_table:
        is_text = len(roles.features) == 1 and roles.features[0] in data.texts
        return TEXTS if is_text and reads else ROWS
    sides = data.shape[1:]
    if data.is_text:
        return TEXTS if set(sides) <= {1} and reads else ROWS
    if len(sides) == 3 and sides[-1] in CHANNELS:
        return PICTURES
    return WINDOWS if len(sides) == 2 else ROWS


def ways_for(form: str) -> dict[str, str]:
    """Return the ways that data of a form offer, with their titles.

    Examples
    --------
    >>> list(ways_for("texts")), list(ways_for("rows"))
    (['omit', 'replace'], ['sample', 'kmeans', 'all'])
    """
    return {name: WAYS[name].title for name in OFFERED[form]}


def way_of(draft: Draft, form: str) -> str:
    """Return the way that was chosen, or the default of data that do not offer it.

    Examples
    --------
    >>> way_of(Draft(), "pictures"), way_of(Draft(how="all"), "pictures")
    ('blur', 'all')
    >>> way_of(Draft(how="blur"), "rows")
    'sample'
    """
    offered = OFFERED[form]
    return draft.how if draft.how in offered else offered[0]


def choices_of(background: Mapping[str, Any]) -> dict[str, Any]:
    """Return the draft's choices that ask for a job's masker, or how its rows are drawn."""
    kind = background.get("masker")
    if kind is None:
        how = {"how": str(background.get("how", "sample"))}
        return how | {"size": int(background.get("size", 100))}
    if kind == "text":
        word = str(background.get("mask_token", "…"))
        together = bool(background.get("collapse", True))
        return {"how": "replace", "word": word, "together": together} if word else {"how": "omit"}
    fill = str(background.get("fill", "blur" if kind == "image" else "hold"))
    if kind == "sequence":
        how = {"how": "level" if fill == "mean" else "hold"}
        return how | {"players": str(background.get("players", "entries"))}
    regions = background.get("superpixels")
    cut = {"cut": str(background.get("method", "slic"))}
    return {"how": fill, "regions": regions, **cut}


def scales_offered(data: TableSource | None, form: str) -> bool:
    """Whether there are bytes that a model may want divided."""
    return form == PICTURES and data is not None and data.dtype == BYTES


def scale_of(draft: Draft, model: ModelSource | None) -> tuple[str, str]:
    """Return what bytes of pictures are divided by ("own": by nothing), and why.

    Proposed by what is known of the model: it scales bytes itself where it has a layer for that.
    """
    if draft.scale:
        return draft.scale, ""
    facts = None if model is None else model.facts
    if facts is not None and facts.scales:
        return OWN_SCALE, "Given as they are: the model has a layer that scales them itself."
    no_layer = facts is not None and facts.kind == "keras"
    told = "this one has no layer that does it" if no_layer else "nothing is known of this one"
    return BY_255, (
        f"Divided by 255, since most models were trained on 0 to 1 and {told}. Change it if yours "
        "was trained on bytes."
    )
