"""What is open: explanation, output, sample and a page's options, kept in the URL.

The URL is the truth. Streamlit empties it when a page is chosen in the navigation, so the
last view is remembered for the session and written back; a URL that says anything is never
mixed with what was remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from shapviz.errors import InputError, complaint

__all__ = [
    "NAMES",
    "PAGES",
    "LinkError",
    "find_sample",
    "follow",
    "get",
    "one_of",
    "open_page",
    "remember",
    "selected_sample",
    "swap",
    "sync",
    "wanted_row",
]

NAMES = (
    "explanation",
    "output",
    "sample",
    "by",
    "parts",
    "feature",
    "colour",
    "trend",
    "show",
    "level",
    "opened",
    "order",
    "job",
)
"""The query parameters, in the order in which the URL shows them."""

PAGES = {
    "home": "pages/home.py",
    "explain": "pages/explain.py",
    "overview": "pages/overview.py",
    "dependence": "pages/dependence.py",
    "prediction": "pages/prediction.py",
    "images": "pages/images.py",
    "text": "pages/text.py",
    "sequences": "pages/sequences.py",
}
"""Where each page lives; the navigation and every jump use the same paths."""


class LinkError(InputError):
    """The URL asks for something that is not there; `name` is the parameter at fault."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


ROW = "row-"
"""Before the place of a sample among all rows, where the page has only some of them."""

_OF_ONE_EXPLANATION = (
    "output", "sample", "parts", "feature", "colour", "show", "level", "opened",
)  # fmt: skip
_OF_ANOTHER = {"opened": ("sample", "level"), "feature": ("parts",), "colour": ("parts",)}
"""What is forgotten when one of these changes."""
_MEMORY, _WANTED = "shapviz view", "shapviz page asked for"


def _remembered() -> dict[str, str]:
    memory: dict[str, str] = st.session_state.setdefault(_MEMORY, {})
    return memory


def _tidy(view: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(view[name]) for name in NAMES if view.get(name) not in (None, "")}


def sync() -> None:
    """Bring URL and memory together; called once, before anything is drawn."""
    url = _tidy(st.query_params.to_dict())
    if url:
        st.session_state[_MEMORY] = url
    else:
        _write(_remembered())


def get(name: str) -> str | None:
    """Return a parameter of the open view, or None."""
    return _remembered().get(name)


def one_of(name: str, choices: Sequence[str]) -> str:
    """Return a parameter that takes one of a few words, the first by default.

    Raises
    ------
    LinkError
        When the URL says something else.
    """
    asked = get(name)
    if asked is None:
        return choices[0]
    if asked in choices:
        return asked
    words = " or ".join(choices)
    raise LinkError(name, complaint(name, f"be {words}", asked, "Go on without it."))


def remember(**changes: Any) -> None:
    """Change the open view and the URL. None forgets; a new explanation forgets the rest.

    Parameters
    ----------
    **changes
        Any of `NAMES`.
    """
    st.session_state[_MEMORY] = _changed(changes)
    _write(st.session_state[_MEMORY])


def swap(explanation: str) -> None:
    """Open another explanation of the same samples, outputs and features: all else stays open."""
    kept = {name: get(name) for name in _OF_ONE_EXPLANATION}
    remember(explanation=explanation, **kept)


def _changed(changes: Mapping[str, Any]) -> dict[str, str]:
    view: dict[str, Any] = dict(_remembered())
    before = view.get("explanation")
    if before is not None and changes.get("explanation", before) != before:
        view = {name: value for name, value in view.items() if name not in _OF_ONE_EXPLANATION}
    for name, owners in _OF_ANOTHER.items():
        if any(_tidy({n: changes[n]}) != _tidy({n: view.get(n)}) for n in owners if n in changes):
            view.pop(name, None)
    return _tidy({**view, **changes})


def _write(view: Mapping[str, str]) -> None:
    shown = st.query_params.to_dict()
    # One message to the browser, hence one step in its history, and none when nothing changed.
    if _tidy(shown) != dict(view):
        others = {name: value for name, value in shown.items() if name not in NAMES}
        st.query_params.from_dict({**others, **view})


def open_page(page: str, **changes: Any) -> None:
    """Change the view and ask for a page; `follow` goes there. For callbacks."""
    st.session_state[_MEMORY] = _changed(changes)
    st.session_state[_WANTED] = page


def follow() -> None:
    """Go to the page that a callback asked for, if one did.

    Callbacks run before the pages are known, so the frame follows once they are; a fragment,
    which runs without the frame, follows by itself.
    """
    page = st.session_state.pop(_WANTED, None)
    if page is not None:
        st.switch_page(PAGES[page], query_params=_remembered())


def selected_sample(names: Sequence[str], *, beyond: bool = False) -> int | None:
    """Return the position of the selected sample, or None when none is.

    Parameters
    ----------
    names : sequence of str
        The explanation's sample names.
    beyond : bool
        Whether the last of them is there because the URL asks for it.

    Raises
    ------
    LinkError
        When the URL asks for a sample that the explanation does not hold.
    """
    asked = get("sample")
    if asked is None or beyond:
        return None if asked is None else len(names) - 1
    return find_sample(asked, names)


def wanted_row() -> int | None:
    """Return the row that the URL asks for of a large explanation, beside those drawn, or None."""
    asked = get("sample") or ""
    place = asked.removeprefix(ROW)
    return int(place) if asked.startswith(ROW) and place.isascii() and place.isdigit() else None


def find_sample(asked: str, names: Sequence[str], *, typed: bool = False) -> int:
    """Return the position of a sample given by position or by name.

    The URL carries positions, so there a position wins; a person types what the page calls
    the sample, so there the name wins.

    Raises
    ------
    LinkError
        When it is neither.

    Examples
    --------
    >>> find_sample("1", ["7", "1"]), find_sample("7", ["7", "1"])
    (1, 0)
    >>> find_sample("1", ["1", "7"], typed=True)
    0
    """
    text = asked.strip()
    by_name = list(names).index(text) if text in names else None
    is_position = text.isascii() and text.isdigit() and int(text) < len(names)
    if is_position and not (typed and by_name is not None):
        return int(text)
    if by_name is not None:
        return by_name
    rule = f"be a position from 0 to {len(names) - 1}, or a sample’s name"
    fix = "Type another one." if typed else "Go on without it."
    raise LinkError("sample", complaint("sample", rule, asked, fix))
