"""Exactness: one question asked in ever more segments, and whether more would change the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.labels import percent, several
from shapviz.types import FloatArray
from shapviz.views.one_output import OneOutput, one_output, sample_position
from shapviz.views.words import Span, amount_text, say, spell, strong

__all__ = ["ExactnessView", "Rung", "exactness"]

SETTLED = 0.05
"""Largest change, as a share of the range, that still counts as none: what
``segments="auto"`` stops at."""


@dataclass(frozen=True)
class Rung:
    """One explanation of several that differ only in how exact they are.

    Attributes
    ----------
    label : str
        ``DeepSHAP (1 segment)``, ``8 segments``; with its orders where others have as many.
    short : str
        The same for a dial: ``DeepSHAP``, ``8``; the last one says what is counted.
    segments : int
    orders : int
        Random orders a background row; 0 where there was none to draw.
    largest_error : float or None
        Largest standard error of the sample's values, in their units; None where the method gave
        none.
    moved : float or None
        Largest change of a value since the rung before, as a share of the range of the sample's
        values on this rung; None on the first.
    to_finest : float
        The same between this rung and the last, by the last one's range.
    whole_way : bool
        Whether there are as many segments as features: sampled Shapley values.
    """

    label: str
    short: str
    segments: int
    orders: int
    largest_error: float | None
    moved: float | None
    to_finest: float
    whole_way: bool

    @property
    def settled(self) -> bool:
        """Whether the rung before had nearly the same values."""
        return self.moved is not None and self.moved <= SETTLED


@dataclass(frozen=True, eq=False)
class ExactnessView:
    """The rungs of one sample, coarsest first, and the words for the one that is shown."""

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    rungs: tuple[Rung, ...]
    shown: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row per rung."""
        columns = [field.name for field in fields(Rung) if field.name != "short"]
        rows = [[getattr(rung, column) for column in columns] for rung in self.rungs]
        return pd.DataFrame(rows, columns=columns)


def exactness(
    explanations: Sequence[Explanation],
    sample: int | str = 0,
    *,
    shown: int = 0,
    output: str | int | None = None,
) -> ExactnessView:
    """Return what each of several explanations of one question is, and how far they differ.

    Parameters
    ----------
    explanations : sequence of Explanation
        Of the same samples, features and outputs, coarsest first; each with ``segments`` in its
        provenance, as `DeepExplainer` gives it.
    sample : int or str, default 0
        Position or name.
    shown : int, default 0
        Position of the rung that the sentence is about.
    output : str or int, optional
        Default: the sample's largest prediction.

    Raises
    ------
    InputError
        No explanations, one without segments, others of another shape, or an unknown sample,
        output or rung.
    """
    _check(explanations, shown)
    i = sample_position(explanations[0], sample)
    ones = [one_output(explanation[[i]], output, sample=0) for explanation in explanations]
    rungs = _rungs(explanations, ones)
    return ExactnessView(
        title="Would finer steps change it?",
        sentence=_sentence(rungs, shown, ones[shown]),
        footnote=_footnote(rungs),
        rungs=rungs,
        shown=shown,
    )


def _check(explanations: Sequence[Explanation], shown: int) -> None:
    rule = "hold explanations of the same samples, features and outputs, each with its segments"
    fix = "Pass what one DeepExplainer returned with several `segments=`."
    shapes = [explanation.values.shape for explanation in explanations]
    if not shapes or len(set(shapes)) > 1:
        raise InputError(complaint("explanations", rule, shapes, fix))
    for explanation in explanations:
        if not isinstance(explanation.provenance.get("segments"), int):
            raise InputError(complaint("explanations", rule, explanation, fix))
    if not 0 <= shown < len(shapes):
        last = len(shapes) - 1
        raise InputError(complaint("shown", f"be from 0 to {last}", shown, "Name a rung."))


def _rungs(explanations: Sequence[Explanation], ones: Sequence[OneOutput]) -> tuple[Rung, ...]:
    facts = [explanation.provenance for explanation in explanations]
    segments = [int(each["segments"]) for each in facts]
    often = Counter(segments)
    finest = ones[-1].values[0]
    rungs = []
    for k, (one, known) in enumerate(zip(ones, facts, strict=True)):
        orders = int(known.get("orders") or 0)
        also = f", {several(orders, 'order')}" if often[segments[k]] > 1 else ""
        automatic = (known.get("parameters") or {}).get("segments") == "auto"
        errors = one.explanation.standard_errors
        rungs.append(
            Rung(
                label=_label(segments[k], automatic=automatic) + also,
                short=_short(segments[k], automatic=automatic, last=k == len(ones) - 1) + also,
                segments=segments[k],
                orders=orders,
                largest_error=None if errors is None else float(errors.max()),
                moved=_moved(ones[k - 1].values[0], one.values[0]) if k else None,
                to_finest=_moved(one.values[0], finest),
                whole_way=1 < segments[k] == one.d,
            )
        )
    return tuple(rungs)


def _label(segments: int, *, automatic: bool) -> str:
    if automatic:
        return f"automatic, up to {several(segments, 'segment')}"
    return "DeepSHAP (1 segment)" if segments == 1 else several(segments, "segment")


def _short(segments: int, *, automatic: bool, last: bool) -> str:
    if automatic:
        return "automatic"
    return "DeepSHAP" if segments == 1 else several(segments, "segment") if last else str(segments)


def _moved(before: FloatArray, now: FloatArray) -> float:
    """Largest change of a value as a share of the range of the later ones."""
    change = float(np.abs(now - before).max())
    span = float(now.max() - now.min())
    if change == 0:
        return 0.0
    return change / span if span > 0 else float("inf")


def _share(moved: float) -> str:
    return percent(moved) if moved <= 1 else "more than the whole"


def _spelt(rung: Rung) -> str:
    return f"{spell(rung.segments)} segment{'' if rung.segments == 1 else 's'}"


def _sentence(rungs: tuple[Rung, ...], shown: int, one: OneOutput) -> tuple[Span, ...]:
    rung, finest = rungs[shown], rungs[-1]
    before = rungs[shown - 1]
    name = "DeepSHAP, in one segment" if rung.segments == 1 else _spelt(rung).capitalize()
    errors = (
        "" if rung.largest_error is None
        else f" (standard errors up to {amount_text(rung.largest_error, one.units, 2)})"
    )  # fmt: skip
    if rung is finest and rung.moved is None:
        return say(f"{name}{errors}.")
    if rung.moved is None:
        move = strong(_share(rung.to_finest))
        return say(
            f"{name}{errors}; {_spelt(finest)} would move the values by at most ",
            move,
            " of their range.",
        )
    verdict = "they have settled" if rung.settled else "they have not settled yet"
    return say(
        f"{name} move the values of {_spelt(before)} by at most ",
        strong(_share(rung.moved)),
        f" of their range{errors}: {verdict}.",
    )


def _footnote(rungs: tuple[Rung, ...]) -> str:
    moves = [_share(rung.moved) for rung in rungs if rung.moved is not None]
    parts = [f"Largest change from step to step: {', '.join(moves)}."] if moves else []
    if rungs[-1].whole_way:
        parts.append("One segment a feature gives Shapley values, averaged over random orders.")
    return " ".join(parts)
