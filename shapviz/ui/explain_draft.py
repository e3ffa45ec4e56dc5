"""What has been chosen so far on the Explain page: one value, and what follows from each change.

Pure: choices in, choices out. What a choice means (a model, a table) is in `explain_sources`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from shapviz.jobs.columns import Roles
from shapviz.jobs.hiding import cuts
from shapviz.ui.explain_methods import AUTO, METHODS, OWN, measures

__all__ = ["BACKGROUNDS", "SAME", "Draft", "changed", "shown_name"]

SAME = ""
"""Background rows from the data themselves."""

BACKGROUNDS = {
    "sample": "A sample of rows",
    "kmeans": "Typical rows (k-means)",
    "all": "All rows",
}
"""How background rows are drawn → words; the first is the default."""


@dataclass(frozen=True)
class Draft:
    """Every choice of the four steps; the defaults are the shortest way.

    Attributes
    ----------
    model, data : str
        Ids of sources; empty until chosen.
    roles : Roles or None
        What columns are for; None: as proposed.
    first : int or None
        Only so many rows; None: all.
    background : str
        Id of a table, or `SAME`.
    how : str
        What stands for absence, in `explain_hiding.WAYS`; empty: what suits the data.
    regions : int or None
        Of pictures, hidden one by one; None: single pixels.
    cut : str
        How they are cut: "slic", along edges, or "grid"; the best there is.
    word : str
        What replaces hidden words.
    together : bool
        Whether one stands for several hidden neighbours.
    players : str
        What of a window is hidden together: "time", "feature" or "entries".
    scale : str
        "own" or "255", what bytes of pictures are divided by; empty: as proposed.
    size, seed : int
        Of the background; the seed is the method's too.
    method, measure : str
        In `METHODS` and `MEASURES`.
    amount : float or None
        Of the measure; None: its default.
    outputs : tuple of str
        Names or positions of the model's outputs; empty: all.
    link : str
        "identity" or "logit".
    name : str
        Empty: as proposed.
    """

    model: str = ""
    data: str = ""
    roles: Roles | None = None
    first: int | None = None
    background: str = SAME
    how: str = ""
    regions: int | None = 50
    cut: str = field(default_factory=lambda: cuts()[0])
    word: str = "…"
    together: bool = True
    players: str = "time"
    scale: str = ""
    size: int = 100
    seed: int = 0
    method: str = AUTO
    measure: str = OWN
    amount: float | None = None
    outputs: tuple[str, ...] = ()
    link: str = "identity"
    name: str = ""


OF_DATA: dict[str, Any] = {"roles": None, "first": None, "scale": ""}
OF_MODEL: dict[str, Any] = {
    "roles": None,
    "outputs": (),
    "method": AUTO,
    "name": "",
    "scale": "",
}


def changed(draft: Draft, **choices: Any) -> Draft:
    """Return the draft with some choices changed, and what depended on the old ones dropped.

    Examples
    --------
    >>> draft = Draft(model="model:a", data="table:b", outputs=("yes",))
    >>> changed(draft, model="demo:wine").data, changed(draft, model="model:c").outputs
    ('demo', ())
    >>> changed(Draft(method="kernel", measure="budget", amount=64), method="exact").measure
    'own'
    """
    new = replace(draft, **choices)
    if new.model != draft.model:
        kept = {name: value for name, value in OF_MODEL.items() if name not in choices}
        new = replace(new, **kept, data=_data_for(new))
    if new.data != draft.data:
        new = replace(new, **{name: v for name, v in OF_DATA.items() if name not in choices})
    if new.measure not in measures(new.method):
        new = replace(new, measure=OWN)
    if new.measure != draft.measure and "amount" not in choices:
        new = replace(new, amount=None)
    return new


def _data_for(draft: Draft) -> str:
    # A demo's model was trained on its own rows; they mean nothing to another model.
    if draft.model.startswith("demo:"):
        return "demo"
    return "" if draft.data == "demo" else draft.data


def shown_name(draft: Draft, model: str, data: str) -> str:
    """Return what the explanation will be called; a demo's data need no name.

    Examples
    --------
    >>> shown_name(Draft(), "churn.keras", "q3.csv"), shown_name(Draft(name=" Q3 "), "a", "b")
    ('churn on q3', 'Q3')
    >>> shown_name(Draft(method="kernel"), "Wine", "")
    'Wine, Kernel'
    """
    if draft.name.strip():
        return draft.name.strip()
    whole = f"{_stem(model)} on {_stem(data)}" if data else _stem(model)
    return whole if draft.method == AUTO else f"{whole}, {METHODS[draft.method].title}"


def _stem(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return stem if dot and ending.isalnum() and len(ending) <= 8 and stem else name
