"""Exactness: one question asked in ever more segments, and whether more would change the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.labels import several
from shapviz.types import FloatArray
from shapviz.views.one_output import OneOutput, one_output, sample_position
from shapviz.views.words import Span, amount_text, say, share, spell, strong

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
        ``DeepSHAP (1 segment)``, ``8 segments``.
    segments : int
    orders : int
        Random orders a background row; 0 where there was none to draw.
    largest_error : float or None
        Largest standard error of the sample's values, in their units; None where the method gave
        none.
    moved : float or None
        Largest change of a value since the rung before, as a share of the range of the sample's
        values on this rung; None on the first.
    whole_way : bool
        Whether there are as many segments as features: sampled Shapley values.
    """

    label: str
    segments: int
    orders: int
    largest_error: float | None
    moved: float | None
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
        columns = ("label", "segments", "orders", "largest_error", "moved", "whole_way")
        rows = [[getattr(rung, column) for column in columns] for rung in self.rungs]
        return pd.DataFrame(rows, columns=list(columns))


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
    rungs = tuple(
        _rung(explanation, one, before)
        for explanation, one, before in zip(explanations, ones, [None, *ones[:-1]], strict=True)
    )
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


def _rung(explanation: Explanation, one: OneOutput, before: OneOutput | None) -> Rung:
    segments = int(explanation.provenance["segments"])
    errors = one.explanation.standard_errors
    return Rung(
        label=_label(explanation, segments),
        segments=segments,
        orders=int(explanation.provenance.get("orders") or 0),
        largest_error=None if errors is None else float(errors.max()),
        moved=None if before is None else _moved(before.values[0], one.values[0]),
        whole_way=1 < segments == one.d,
    )


def _label(explanation: Explanation, segments: int) -> str:
    parameters = explanation.provenance.get("parameters") or {}
    if parameters.get("segments") == "auto":
        return f"automatic, up to {several(segments, 'segment')}"
    return "DeepSHAP (1 segment)" if segments == 1 else several(segments, "segment")


def _moved(before: FloatArray, now: FloatArray) -> float:
    """Largest change of a value as a share of the range of the later ones."""
    change = float(np.abs(now - before).max())
    span = float(now.max() - now.min())
    if change == 0:
        return 0.0
    return change / span if span > 0 else float("inf")


def _share(moved: float) -> str:
    return share(moved) if np.isfinite(moved) else "more than the whole"


def _spelt(rung: Rung) -> str:
    return several(rung.segments, "segment").replace(str(rung.segments), spell(rung.segments), 1)


def _sentence(rungs: tuple[Rung, ...], shown: int, one: OneOutput) -> tuple[Span, ...]:
    rung = rungs[shown]
    if rung.moved is None:
        first = f"{_spelt(rung).capitalize()}, DeepSHAP: the quickest, without standard errors"
        kind = first if rung.segments == 1 else f"{_spelt(rung).capitalize()}"
        if len(rungs) == 1:
            return say(f"{kind}.")
        then = rungs[shown + 1]
        move = strong(_share(then.moved or 0.0))
        return say(f"{kind}; {_spelt(then)} move a value by up to ", move, " of their range.")
    errors = (
        "" if rung.largest_error is None
        else f" (standard errors up to {amount_text(rung.largest_error, one.units, 2)})"
    )  # fmt: skip
    verdict = "they have settled" if rung.settled else "they have not settled yet"
    return say(
        f"{_spelt(rung).capitalize()} moved a value by ",
        strong(_share(rung.moved)),
        f" of their range at most{errors}: {verdict}.",
    )


def _footnote(rungs: tuple[Rung, ...]) -> str:
    moves = [f"{rung.segments}: {_share(rung.moved)}" for rung in rungs if rung.moved is not None]
    parts = [f"Largest change, by segments: {', '.join(moves)}."] if moves else []
    if rungs[-1].whole_way:
        last = rungs[-1].segments
        parts.append(f"{last} segments, one a feature, are Shapley values from random orders.")
    return " ".join(parts)
