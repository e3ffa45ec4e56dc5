"""The filter on Prediction: which samples have a prediction and an error in range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from shapviz.labels import count, number, percent, several
from shapviz.types import FloatArray
from shapviz.ui.opening import Opened
from shapviz.ui.outcomes import outcomes
from shapviz.views.one_output import one_output

__all__ = ["SHOWN", "Measure", "inside", "measures", "none_of_that_kind", "nothing_inside"]

SHOWN = {"all": "All", "correct": "Correct", "wrong": "Wrong"}
STEPS = 100
ERROR_SHARE = "Error (%): 100 minus the true class\u2019s probability"


@dataclass(frozen=True, eq=False)
class Measure:
    """Something that samples can be filtered by.

    Attributes
    ----------
    name : "prediction" or "error"
    label : str
        With units, for the slider.
    words : str
        For a sentence.
    numbers : float array of shape (n,)
        NaN where unknown; such a sample is outside every narrower range.
    low, high, step : float
        Of the slider; the whole range lies inside.
    is_share : bool
        Whether numbers are percentages.
    """

    name: str
    label: str
    words: str
    numbers: FloatArray
    low: float
    high: float
    step: float
    is_share: bool

    def text(self, x: float) -> str:
        """Return a number of this measure in words."""
        return percent(x / 100) if self.is_share else number(x)

    @property
    def format(self) -> str:
        """How the slider writes its numbers: as many decimals as its steps have."""
        decimals = max(0, -int(np.floor(np.log10(self.step))))
        return f"%.{decimals}f"

    def within(self, chosen: tuple[float, float] | None) -> Any:
        """Return which samples lie in a chosen range, ends included; all for the whole range."""
        if chosen is None or (chosen[0] <= self.low and chosen[1] >= self.high):
            return np.ones(len(self.numbers), dtype=bool)
        slack = 1e-9 * max(abs(self.low), abs(self.high))
        return (self.numbers >= chosen[0] - slack) & (self.numbers <= chosen[1] + slack)


def _measure(
    name: str, label: str, words: str, numbers: FloatArray, *, is_share: bool
) -> Measure | None:
    finite = numbers[np.isfinite(numbers)]
    if not finite.size or finite.min() == finite.max():
        return None
    if is_share:
        return Measure(name, label, words, 100 * numbers, 0.0, 100.0, 1.0, True)
    low, high = float(finite.min()), float(finite.max())
    # Steps of 1, 2 or 5 × 10ⁿ keep the slider's numbers readable.
    rough = (high - low) / STEPS
    scale = 10 ** np.floor(np.log10(rough))
    step = float(scale * min(x for x in (1, 2, 5, 10) if x * scale >= rough))
    start = float(np.floor(low / step) * step)
    end = float(start + step * np.ceil((high - start) / step))
    return Measure(name, label, words, numbers, start, end, step, False)


def measures(view: Opened) -> list[Measure]:
    """Return what the samples of the open output can be filtered by."""
    one = one_output(view.explanation, view.output)
    predictions = one.explanation.predictions
    chances = (
        np.array([one.probability(float(x)) for x in predictions], dtype=np.float64)
        if one.probability(0.5) is not None
        else None
    )
    what = f" of {one.quoted}" if one.output else ""
    words = f"The prediction{what}"
    units = f" ({one.units})" if one.units else ""
    found = [
        _measure("prediction", f"Prediction{what} (%)", words, chances, is_share=True)
        if chances is not None
        else _measure("prediction", f"Prediction{units}", words, predictions, is_share=False)
    ]
    outcome = outcomes(view.explanation)
    if outcome.miss is not None:
        is_share = outcome.correct is not None
        label = ERROR_SHARE if is_share else f"Error{units}"
        found.append(_measure("error", label, "The error", outcome.miss, is_share=is_share))
    return [measure for measure in found if measure is not None]


def inside(view: Opened, shown: str, chosen: dict[str, tuple[float, float] | None]) -> Any:
    """Return the positions of the samples that pass, ascending.

    Parameters
    ----------
    view : Opened
    shown : "all", "correct" or "wrong"
    chosen : dict
        Range by measure name; None for the whole one.
    """
    passing = np.ones(len(view.explanation), dtype=bool)
    outcome = outcomes(view.explanation)
    if shown != "all":
        mask = outcome.correct if shown == "correct" else outcome.wrong
        passing &= mask if mask is not None else False
    for measure in measures(view):
        passing &= measure.within(chosen.get(measure.name))
    return np.flatnonzero(passing)


def nothing_inside(view: Opened, chosen: dict[str, tuple[float, float] | None]) -> str:
    """Return why no sample passes, with the range that there is."""
    parts = [
        f"{measure.words} goes from {measure.text(float(np.nanmin(measure.numbers)))} "
        f"to {measure.text(float(np.nanmax(measure.numbers)))}."
        for measure in measures(view)
        if chosen.get(measure.name) is not None
    ]
    total = f"None of the {count(len(view.explanation))} samples is inside the filter."
    return " ".join([total, *parts])


def none_of_that_kind(view: Opened, shown: str) -> str | None:
    """Return that the model is right, or wrong, on everything; None where some are of that kind.

    Parameters
    ----------
    view : Opened
    shown : "all", "correct" or "wrong"
    """
    outcome = outcomes(view.explanation)
    if shown == "all" or outcome.correct is None or np.any(getattr(outcome, shown)):
        return None
    one = one_output(view.explanation, view.output)
    known = int(np.sum(outcome.correct | outcome.wrong))
    whose = "" if known == one.n else " with a known truth"
    verdict = "right" if shown == "wrong" else "wrong"
    every = "the one" if known == 1 else "all"
    return f"The model is {verdict} on {every} {several(known, one.noun)}{whose}."
