"""What stands for absence where no rows do: a masker as JSON, and the samples as it takes them.

Pictures, texts and windows are hidden behind themselves. What may be said of each is a table, so
that a page or a command line can refuse what is none of it without loading anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd

from shapviz.errors import InputError, Words, complaint
from shapviz.labels import count

__all__ = ["FORMS", "check_hiding", "cuts", "is_hiding", "made_masker", "samples_for"]

MASKER = "masker"
"""The entry of a job's background that says it is one of these."""


@dataclass(frozen=True)
class Form:
    """One kind of masker that a job may ask for.

    Attributes
    ----------
    options : tuple of str
        Arguments of the masker that JSON can say.
    make : callable
        Options to masker; what is wrong with one is an InputError that names it.
    samples : callable
        A job's rows to what the masker checks.
    """

    options: tuple[str, ...]
    make: Callable[..., Any]
    samples: Callable[[Any], Any]


def _image(**options: Any) -> Any:
    from shapviz.maskers import Image

    return Image(**options)


def _text(**options: Any) -> Any:
    from shapviz.maskers import Text

    return Text(**options)


def _sequence(**options: Any) -> Any:
    from shapviz.maskers import Sequence

    return Sequence(**options)


def _arrays(rows: Any) -> Any:
    if isinstance(rows, pd.DataFrame):
        rule = "be an array of pictures or windows for a masker of these"
        got = Words(f"a table of {rows.shape[1]} columns")
        raise InputError(complaint("data", rule, got, "Save them as .npy, or images in a zip."))
    return rows


def _texts(rows: Any) -> Any:
    """The one column of a table, or of an array (n, 1), as an array (n,) of texts."""
    width = 1 if rows.ndim == 1 else int(np.prod(rows.shape[1:]))
    if width != 1:
        names = ", ".join(map(str, rows.columns[:5])) if isinstance(rows, pd.DataFrame) else ""
        got = Words(f"{width} columns{f' ({names})' if names else ''}")
        fix = "Name the column that holds the texts."
        raise InputError(complaint("features", "be one column, of text", got, fix))
    cells = rows.iloc[:, 0].to_numpy(dtype=object) if hasattr(rows, "iloc") else np.asarray(rows)
    texts = cells.reshape(-1).astype(object)
    empty = [i for i, text in enumerate(texts) if not (isinstance(text, str) and text.strip())]
    if empty:
        listed = ", ".join(count(i) for i in empty[:5])
        got = Words(
            f"none in row{'s' if len(empty) > 1 else ''} {listed}{', …' * (len(empty) > 5)}"
        )
        fix = "Leave these rows out of the file; the first one is row 0."
        raise InputError(complaint("data", "hold a text in every row", got, fix))
    return texts


FORMS: Mapping[str, Form] = {
    "image": Form(("fill", "superpixels", "method"), _image, _arrays),
    "text": Form(("mask_token", "collapse", "tree", "tokenizer"), _text, _texts),
    "sequence": Form(("players", "fill"), _sequence, _arrays),
}
"""Name of a masker → what may be asked of it."""


def is_hiding(background: Mapping[str, Any]) -> bool:
    """Whether a job's background is a masker rather than rows."""
    return MASKER in background


def check_hiding(background: Mapping[str, Any]) -> None:
    """InputError for a masker, or an option of one, that is not in the table; rows pass.

    Examples
    --------
    >>> check_hiding({"masker": "image", "fill": "blur", "superpixels": 50})
    >>> check_hiding({"how": "all"})
    """
    if not is_hiding(background):
        return
    form = FORMS.get(str(background[MASKER]))
    if form is None:
        rule = f"be one of {', '.join(FORMS)}"
        raise InputError(complaint("background['masker']", rule, background[MASKER], "Name one."))
    unknown = [name for name in background if name != MASKER and name not in form.options]
    if unknown:
        rule = f"say {', '.join(form.options)} of the masker “{background[MASKER]}” and no more"
        fix = "Leave it out: the samples are hidden behind themselves."
        raise InputError(complaint("background", rule, unknown[0], fix))


def cuts() -> tuple[str, ...]:
    """Return how pictures can be cut into regions here, what suits them best first.

    Along edges ("slic") needs scikit-image, the extra "images".
    """
    return ("slic", "grid") if find_spec("skimage") is not None else ("grid",)


def made_masker(background: Mapping[str, Any]) -> Any:
    """Return the masker that a job's background asks for.

    Raises
    ------
    InputError
        There is no such masker or option, or an option has a value that the masker refuses.
    MissingExtraError
        Superpixels along edges need scikit-image.

    Examples
    --------
    >>> type(made_masker({"masker": "text", "mask_token": ""})).__name__
    'Text'
    """
    check_hiding(background)
    options = {name: value for name, value in background.items() if name != MASKER}
    return FORMS[str(background[MASKER])].make(**options)


def samples_for(background: Mapping[str, Any], rows: Any) -> Any:
    """Return a job's rows as the explainer takes them: texts as a list of texts, others as is.

    Raises
    ------
    InputError
        Several columns where one of text is wanted, or a table where pictures are.
    """
    return FORMS[str(background[MASKER])].samples(rows) if is_hiding(background) else rows
