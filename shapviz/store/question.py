"""What is asked, as digests: which explanation answers it, and which could be relabelled to."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from shapviz.digests import digest, digest_of_json
from shapviz.errors import InputError, StoreError, complaint
from shapviz.explainers.options import Options, names_of
from shapviz.explanation import Explanation
from shapviz.maskers.arrays import is_text

__all__ = ["ABOUT", "Asked", "Explains", "ask"]

LABELS = ("truth", "metadata", "display_data", "sample_names")
"""Arguments of a call that stand beside the values and change none of them."""

HANDLERS = ("progress", "cancel")

ABOUT = ("sample_noun", "model_name", "data_name")
"""What a caller may say in words about the model and the data; kept in the provenance."""

KEY_LENGTH = 20


class Explains(Protocol):
    """What the store needs of an explainer."""

    @property
    def name(self) -> str:
        """Registry name."""
        ...

    def question(self, *args: Any, **call: Any) -> dict[str, Any]:
        """What identifies the question, JSON-able, without budget and rows."""
        ...

    def __call__(self, *args: Any, **call: Any) -> Explanation:
        """Explain rows."""
        ...


@dataclass(frozen=True, eq=False)
class Asked:
    """One call of `Store.explain`, checked and digested.

    Attributes
    ----------
    key : str
        Address of the answer.
    values_key : str or None
        Digest of all that decides the numbers; None when the model has no digest.
    question, call : dict
        JSON: the explainer's question; budget and what else was passed.
    rows_digest : str
    alike : str or None
        Digest of question and call, whatever the rows; None when the model has no digest.
    rows : array or DataFrame
        What is explained.
    settings : dict
        Arguments that every part's call gets as they are.
    labels : dict
        Arguments of which every part gets its rows; sample names always among them.
    constants : dict
        Fields of the Explanation that the explainer sets whatever the rows.
    about : dict
        Words for the provenance.
    """

    key: str
    values_key: str | None
    question: dict[str, Any]
    call: dict[str, Any]
    rows_digest: str
    alike: str | None
    rows: Any
    settings: dict[str, Any]
    labels: dict[str, Any]
    constants: dict[str, Any]
    about: dict[str, str]

    def __len__(self) -> int:
        return int(self.rows.shape[0])

    def described(self) -> dict[str, Any]:
        """Return the catalogue's columns that are known before anything is computed."""
        n = len(self)
        noun = self.about.get("sample_noun", "sample")
        outputs = self.question.get("outputs")
        return {
            "question": self.question,
            "rows_digest": self.rows_digest,
            "call": self.call,
            "values_key": self.values_key,
            "asked": self.alike,
            "samples": n,
            "features": int(self.rows.size // n),
            "outputs": len(outputs) if isinstance(outputs, list) else 0,
            "output_names": [],
            "explainer": str(self.question.get("explainer", "")),
            "model": self.about.get("model_name", ""),
            "data": self.about.get("data_name", f"{n} {noun}{'' if n == 1 else 's'}"),
            "sample_noun": noun,
        }

    def part(self, start: int, stop: int) -> tuple[Any, dict[str, Any]]:
        """Return the rows of a part and the arguments of its call."""
        rows = slice(start, stop)
        labels = {name: _take(value, rows) for name, value in self.labels.items()}
        return _take(self.rows, rows), {**self.settings, **labels}

    def relabel(self, explanation: Explanation) -> Explanation:
        """Return the same values under the labels, units and words of this call."""
        known = {**explanation.provenance}
        for word in ABOUT:
            known.pop(word, None)
        return explanation.replace(
            **{name: self.labels.get(name) for name in LABELS},
            **self.constants,
            provenance={**known, **self.about},
        )

    def lost(self, stored: Explanation) -> list[str]:
        """Return which labels a stored explanation has and this call does not give."""
        fields = stored.fields()
        lost = [
            label
            for label in LABELS
            if label != "sample_names" and fields[label] is not None and label not in self.labels
        ]
        plain = [str(i) for i in range(len(self))]
        if list(self.labels["sample_names"]) == plain != list(stored.sample_names):
            lost.append("sample_names")
        words = [word for word in ABOUT if word in stored.provenance and word not in self.about]
        return lost + words


def ask(
    explainer: Explains,
    X: Any,
    call: Mapping[str, Any],
    about: Mapping[str, str] | None,
    name: str,
) -> Asked:
    """Return the digests of a question asked under a name; no model is called.

    Raises
    ------
    InputError
        `X` has no rows, a label has another length, or `about` has an unknown entry.
    StoreError
        An argument of the call is not JSON and so cannot be part of a key.
    """
    names = getattr(X, "index", None) if hasattr(X, "iloc") else None
    if getattr(getattr(explainer, "predictor", None), "inputs", None) is not None:
        X = explainer.packed(X)  # type: ignore[attr-defined]
        call = {**call, "display_data": explainer.packed_display(call.get("display_data"))}  # type: ignore[attr-defined]
    rows = X if hasattr(X, "iloc") else X.toarray() if hasattr(X, "toarray") else np.asarray(X)
    texts = rows.ndim == 1 and is_text(rows)
    if not (rows.ndim >= 2 or texts) or len(rows) == 0:
        raise InputError(
            complaint(
                "X", "have at least one row and a feature axis", X, "Pass a table of samples."
            )
        )
    labels = {label: call[label] for label in LABELS if call.get(label) is not None}
    for label, value in labels.items():
        if len(value) != len(rows):
            raise InputError(
                complaint(label, f"have {len(rows)} entries, one per row of X", value, "Match it.")
            )
    names = labels.get("sample_names", range(len(rows)) if names is None else names)
    labels["sample_names"] = np.array([str(each) for each in names], dtype=object)
    settings = {word: value for word, value in call.items() if word not in (*LABELS, *HANDLERS)}
    question = explainer.question(**settings)
    recorded = {word: _as_json(word, value) for word, value in _spoken(explainer, settings).items()}
    rows_digest = digest(rows)
    output_names = getattr(getattr(explainer, "predictor", None), "output_names", None)
    asked = [question, recorded, rows_digest, None if output_names is None else list(output_names)]
    known = question.get("model") is not None
    values_key = digest_of_json(asked) if known else None
    alike = digest_of_json([asked[0], asked[1], asked[3]]) if known else None
    constants = _constants(explainer)
    words = _checked_about(about or {})
    notes = [
        {label: digest(value) for label, value in labels.items()},
        {word: _as_json(word, value) for word, value in constants.items()},
        words,
    ]
    address = digest_of_json([values_key, notes, name]) if known else uuid.uuid4().hex
    return Asked(
        key=address[:KEY_LENGTH],
        values_key=values_key,
        question=question,
        call=recorded,
        rows_digest=rows_digest,
        alike=alike,
        rows=rows,
        settings=settings,
        labels=labels,
        constants=constants,
        about=words,
    )


def _take(value: Any, rows: slice) -> Any:
    return value.iloc[rows] if isinstance(value, pd.DataFrame | pd.Series) else value[rows]


def _constants(explainer: Explains) -> dict[str, Any]:
    """Names and units as the explainer was told them; absent where it was not."""
    found: dict[str, Any] = {}
    for name in ("feature_names", "feature_units"):
        value = getattr(explainer, name, None)
        # A masker whose players depend on the sample names none before it has seen any.
        if value is not None and len(value):
            found[name] = [str(entry) for entry in value]
    units = getattr(explainer, "units", None)
    if units is not None:
        found["units"] = str(units)
    return found


def _spoken(explainer: Explains, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The call without arguments that only repeat their default: both spellings are one key.

    The method's own options are left out too: the question holds those that matter.
    """
    known = inspect.signature(explainer.__call__).parameters
    own = names_of(getattr(explainer, "options", Options))
    return {
        name: value
        for name, value in settings.items()
        if name not in own and (name not in known or not _is_default(value, known[name].default))
    }


def _is_default(value: Any, default: Any) -> bool:
    return value is default or (
        isinstance(value, str | int | float | bool)
        and type(value) is type(default)
        and value == default
    )


def _as_json(name: str, value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_as_json(name, item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _as_json(name, item) for key, item in value.items()}
    if isinstance(value, str | int | float | bool | None):
        return value
    raise StoreError(
        complaint(
            name,
            "be made of text, numbers, lists and mappings to be part of a key",
            value,
            "Call the explainer itself and `put` what it returns.",
        )
    )


def _checked_about(about: Mapping[str, str]) -> dict[str, str]:
    unknown: Sequence[str] = sorted(set(about) - set(ABOUT))
    if unknown:
        raise InputError(
            complaint("about", f"hold only {', '.join(ABOUT)}", unknown[0], "Rename that entry.")
        )
    return {name: str(value) for name, value in about.items()}
