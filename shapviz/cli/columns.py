"""Which columns of a table are what: as asked for, else proposed as the Explain page does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from shapviz.cli.cells import check_numbers
from shapviz.cli.terminal import one_line
from shapviz.errors import InputError, Words, complaint
from shapviz.jobs.columns import Columns, Roles, beside, checked, labelled, proposed
from shapviz.jobs.model_facts import ModelFacts
from shapviz.labels import several
from shapviz.selection import nearest

__all__ = ["Chosen", "check_background", "check_columns", "settled"]

NUMBERS_ALONE = ("keras", "onnx", "xgboost", "lightgbm", "catboost")
"""Kinds of model whose columns are numbers, where they answered numbers."""


@dataclass(frozen=True)
class Chosen:
    """What columns are for.

    Attributes
    ----------
    features : tuple of str or None
        None: every column that is nothing else.
    text_column : str or None
        The one feature, where it holds texts.
    target, names : str or None
    metadata : tuple of str or None
        None: nothing was said.
    said : str
        How what nobody asked for was told; empty where all was asked for.
    """

    features: tuple[str, ...] | None = None
    text_column: str | None = None
    target: str | None = None
    names: str | None = None
    metadata: tuple[str, ...] | None = None
    said: str = ""

    @property
    def asked(self) -> dict[str, Any]:
        """The same as a job's spec has it."""
        features = (self.text_column,) if self.text_column is not None else self.features
        return {
            "features": None if features is None else list(features),
            "target": self.target,
            "names": self.names,
            "metadata": list(self.metadata or ()),
        }

    @property
    def named(self) -> list[str]:
        """Every column that was named."""
        asked = self.asked
        some = [*(asked["features"] or ()), self.target, self.names, *asked["metadata"]]
        return [name for name in some if name is not None]


def check_columns(option: str, rows: Any, wanted: Sequence[str]) -> None:
    """InputError for a column that a table does not have."""
    known = [str(column) for column in getattr(rows, "columns", ())]
    for column in wanted:
        if column not in known:
            listed = ", ".join(known[:20]) + (" …" if len(known) > 20 else "")
            rule = f"have the column (it has {one_line(listed) or 'none: it is an array'})"
            raise InputError(complaint(option, rule, column, "Name one of them."))


def settled(chosen: Chosen, rows: Any, facts: ModelFacts, name: str) -> Chosen:
    """Return what each column is for, that which nobody asked for proposed by the page's rules.

    Parameters
    ----------
    chosen : Chosen
        As asked for; columns that are there.
    rows : DataFrame or array
        An array has no columns to choose from.
    facts : ModelFacts
        What is known of the model.
    name : str
        Of the file, for messages.

    Raises
    ------
    InputError
        The model cannot take these columns; the message names them.
    """
    if not hasattr(rows, "columns"):
        return chosen
    every = tuple(str(column) for column in rows.columns)
    kinds = {str(column): str(dtype) for column, dtype in rows.dtypes.items()}
    _check_names(every, name)
    spoken = {chosen.target, chosen.names, *(chosen.metadata or ())} - set(facts.features)
    free = tuple(column for column in every if column not in spoken)
    told = (facts.features, facts.width, facts.numbers, facts.texts)
    columns = Columns(free, tuple(kinds[column] for column in free), *told)
    found = chosen
    if chosen.text_column is None and chosen.features is None:
        if facts.texts:
            found = _texts(chosen, columns)
        elif facts.features or facts.width is not None:
            found = _with(chosen, *proposed(columns))
    _check(found, Columns(every, tuple(kinds.values()), *told), rows, facts, name)
    return found


def _check_names(names: Sequence[str], file: str) -> None:
    again = next((name for name in names if names.count(name) > 1), None)
    if again is not None:
        rule, got = "have columns of different names", Words(f"“{one_line(again)}” twice")
        raise InputError(complaint("--data", rule, got, f"Rename one of them in {file}."))


def _texts(chosen: Chosen, columns: Columns) -> Chosen:
    """The one column of texts; InputError where there is none, or where there are several."""
    there = [name for name in columns.names if name not in columns.numeric]
    likely = [name for name in there if not labelled(name)] or there
    if len(likely) != 1:
        listed = ", ".join(f"“{one_line(name)}”" for name in likely[:20])
        rule = "name the column that the model reads, since it reads texts"
        got = Words(f"none, and {listed} hold texts" if likely else "a table without texts")
        fix = f"Add --text-column {likely[0]!r}." if likely else "Choose another file."
        raise InputError(complaint("--text-column", rule, got, fix))
    text = likely[0]
    said = f"The model reads the text in “{one_line(text)}”."
    found = _with(chosen, beside(columns, [text]), said)
    return replace(found, features=None, text_column=text)


def _with(chosen: Chosen, roles: Roles, said: str) -> Chosen:
    """What was proposed, where nothing was asked for; and that it was."""
    left = list(roles.metadata)
    guessed = []
    if chosen.target is None and roles.truth is not None:
        guessed.append(f"“{one_line(roles.truth)}” is taken for what really happened")
    elif roles.truth is not None:
        left.append(roles.truth)
    if chosen.names is None and roles.names is not None:
        guessed.append(f"“{one_line(roles.names)}” for the rows' names")
    elif roles.names is not None:
        left.append(roles.names)
    metadata = tuple(left) if chosen.metadata is None else chosen.metadata
    if chosen.metadata is None and left:
        guessed.append(f"{several(len(left), 'other column')} kept beside them")
    listed = ", ".join(guessed)
    more = f"{listed[:1].upper()}{listed[1:]}." if listed else ""
    return Chosen(
        features=roles.features,
        target=chosen.target or roles.truth,
        names=chosen.names or roles.names,
        metadata=metadata,
        said=f"{said} {more}".strip(),
    )


def _check(found: Chosen, every: Columns, rows: Any, facts: ModelFacts, name: str) -> None:
    """InputError for features that the model cannot take."""
    features = found.asked["features"]
    if features is None:
        return
    if found.text_column is not None and facts.numbers:
        got, fix = Words(f"“{one_line(found.text_column)}”"), "Name its columns with --features."
        rule = f"be left out for a model of numbers ({facts.line.rstrip('.')})"
        raise InputError(complaint("--text-column", rule, got, fix))
    said = checked(Roles(tuple(features)), replace(every, numbers=False))
    if said:
        rule = "have the columns that the model takes"
        raise InputError(complaint("--data", rule, Words(one_line(name)), one_line(said)))
    if _takes_numbers_alone(facts):
        check_numbers("--data", rows, features)


def check_background(rows: Any, features: Sequence[str], facts: ModelFacts, name: str) -> None:
    """InputError for background rows that lack what is explained, or that hold no numbers.

    Parameters
    ----------
    rows : DataFrame or array
    features : sequence of str
        Columns that are explained; none of arrays.
    facts : ModelFacts
    name : str
        Of the file, for messages.
    """
    known = [str(column) for column in getattr(rows, "columns", ())]
    missing = next((feature for feature in features if feature not in known), None)
    if missing is not None:
        rule = "have every column that is explained"
        got = Words(f"{one_line(name)}, without “{one_line(missing)}”")
        fix = f"{nearest(missing, known)} Rename or add it." if known else "Give it a table."
        raise InputError(complaint("--background", rule, got, fix))
    if _takes_numbers_alone(facts):
        check_numbers("--background", rows, features)


def _takes_numbers_alone(facts: ModelFacts) -> bool:
    """Whether a text is wrong for sure: a pipeline may turn texts into numbers, these cannot."""
    bare = facts.kind in NUMBERS_ALONE or facts.method in ("linear", "tree") or not facts.features
    return facts.numbers and bare
