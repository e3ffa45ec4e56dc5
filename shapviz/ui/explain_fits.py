"""Whether samples suit a model and a way to hide: what does not, and what to do about it.

Pure: facts about a model and data in, sentences out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shapviz.jobs.columns import listed
from shapviz.labels import count, several, shorten
from shapviz.ui.explain_hiding import BYTES, CHANNELS, PICTURES, WAYS, WINDOWS
from shapviz.ui.explain_methods import AUTO
from shapviz.ui.explain_sources import ModelFacts, TableSource

__all__ = ["Pair", "empty_texts", "gaps_line", "lone", "unfit", "warning"]

LONGEST = 40
FILLED = {PICTURES: "picture", WINDOWS: "window"}
"""Form of a way that fills in what is hidden from the rest → from the rest of what."""

TAKE_GAPS = ("xgboost", "lightgbm", "catboost")
"""Kinds of model that were made for missing numbers."""

PASSED_ON = (
    "Gaps are given to the model as they are: boosters take them, most other models have no answer."
)
BY_ARRAY = "Scale them to that size in the array, and upload it again."
BY_ZIP = (
    "Upload the zip of images again while this model is chosen: they are then scaled to its size."
)
BY_DATA = "Choose the data it was trained for."


@dataclass(frozen=True)
class Pair:
    """A model and samples to show it.

    Attributes
    ----------
    facts : ModelFacts
    data : TableSource
    form : str
        What one sample is, as `explain_hiding` speaks of it.
    way : str
        In `explain_hiding.WAYS`: what stands for absence.
    """

    facts: ModelFacts
    data: TableSource
    form: str
    way: str

    @property
    def shown(self) -> str:
        """The data's name, in quotes."""
        return f"“{shorten(self.data.name, LONGEST)}”"


def unfit(pair: Pair) -> str:
    """Return what keeps the model from taking these samples, and what to do; empty when nothing."""
    return next((said for rule in RULES if (said := rule(pair))), "")


def warning(pair: Pair, features: Sequence[str]) -> str:
    """Return what of the samples is missing though nothing keeps the model from being asked."""
    data = pair.data
    if data.gaps is not None:
        return f"{gaps_line(data)} {PASSED_ON}"
    short = {name: data.missing[name] for name in features if name in data.missing}
    empty = [name for name, n in short.items() if n == data.rows]
    if empty:
        return f"{listed(empty)} {_has(empty)} no value in any row."
    if not short or pair.facts.kind in TAKE_GAPS:
        return ""
    most = max(short.values())
    some = f"{'' if len(short) == 1 else 'up to '}{count(most)} of {several(data.rows, 'row')}"
    return f"{listed(list(short))} {_has(list(short))} no value in {some}. {PASSED_ON}"


def empty_texts(data: TableSource, column: str) -> str:
    """Return that rows of a column of texts are empty, and what to do; empty where none is."""
    n = data.missing.get(column, 0)
    if not n:
        return ""
    where = f"{count(n)} of {several(data.rows, 'row')}"
    return (
        f"{listed([column])} is empty in {where}. Leave these rows out of the file: there is "
        "nothing in them to explain."
    )


def lone(pair: Pair, method: str) -> str:
    """Return that one row would be compared with itself; empty where that is not so."""
    by_trees = method == "tree" or (method == AUTO and pair.facts.kind in TAKE_GAPS)
    if pair.data.rows > 1 or by_trees:
        return ""
    return (
        "These data are one row: compared with itself nothing is absent, and every value is 0. "
        "Choose another table under “From”, or upload one in step 2 and come back to this row."
    )


def _has(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"


def gaps_line(data: TableSource) -> str:
    """Return what of an array is no number, in one sentence; empty where nothing is."""
    if data.gaps is None:
        return ""
    return f"“{shorten(data.name, LONGEST)}” has gaps: {data.gaps}."


# Rules ----------------------------------------------------------------------------------------


def _a_table(pair: Pair) -> str:
    """A table where each sample has several axes, which no columns can be."""
    shape, data = pair.facts.shape, pair.data
    if shape is None or len(shape) < 2 or not data.is_table:
        return ""
    are_pictures = len(shape) == 3 and shape[-1] in (None, *CHANNELS)
    array = (
        f"an array (.npy) of shape (n, {', '.join('…' if n is None else str(n) for n in shape)})"
    )
    instead = f"images in a zip, or {array}" if are_pictures else array
    return (
        f"The model takes samples of {_sides(shape)}; {pair.shown} is a table of "
        f"{several(len(data.columns), 'column')}. Choose {instead}."
    )


def _texts_for_numbers(pair: Pair) -> str:
    if not pair.data.is_text or not pair.facts.numbers:
        return ""
    return (
        f"{pair.shown} holds texts, and the model takes numbers. Choose numbers, or explain a "
        "model that includes the step that turns text into numbers."
    )


def _numbers_for_texts(pair: Pair) -> str:
    data = pair.data
    if not pair.facts.texts or data.is_table or (data.is_text and set(data.shape[1:]) <= {1}):
        return ""
    held = "texts" if data.is_text else "numbers"
    return (
        f"The model reads one text a sample; {pair.shown} holds {_sides(data.shape[1:])} {held} a "
        "sample. Choose a table with a column of text, or a text file with one text a line."
    )


def _of_another_size(pair: Pair) -> str:
    wanted, there = pair.facts.shape, pair.data.shape[1:]
    if wanted is None or not there or pair.data.is_table:
        return ""
    if len(wanted) == len(there) and all(
        a in (None, b) for a, b in zip(wanted, there, strict=True)
    ):
        return ""
    return (
        f"The model takes samples of {_sides(wanted)}; these are of {_sides(there)}. "
        f"{_to_that_size(pair)}"
    )


def _to_that_size(pair: Pair) -> str:
    if pair.form != PICTURES or len(pair.facts.shape or ()) != 3:
        return BY_DATA
    # Images of a zip are bytes; so may an array be, whose name then tells it.
    is_zip = pair.data.dtype == BYTES and not pair.data.name.lower().endswith(".npy")
    return BY_ZIP if is_zip and pair.facts.picture is not None else BY_ARRAY


def _with_gaps(pair: Pair) -> str:
    """Gaps where what is hidden follows from what is left: they would spread."""
    whole = FILLED.get(WAYS[pair.way].form)
    if pair.data.gaps is None or whole is None:
        return ""
    return (
        f"{gaps_line(pair.data)} What is hidden is filled in from the rest of the {whole}, so "
        "every number must be there. Fill them in before you save the array, leave those samples "
        f"out, or choose “{WAYS['sample'].title}” in step 3 if your model takes gaps."
    )


RULES: Sequence[Callable[[Pair], str]] = (
    _a_table,
    _texts_for_numbers,
    _numbers_for_texts,
    _of_another_size,
    _with_gaps,
)
"""Each answers with a sentence, or leaves it to the next."""


def _sides(shape: Sequence[int | None]) -> str:
    """Sizes as people write them.

    Examples
    --------
    >>> _sides((28, None, 1)), _sides((14,))
    ('28 × any × 1', '14 features')
    """
    sides = " × ".join("any" if n is None else count(n) for n in shape)
    return {0: "one value", 1: f"{sides} feature{'' if sides == '1' else 's'}"}.get(
        len(shape), sides
    )
