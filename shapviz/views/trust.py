"""Trust: do the values add up, which signs are certain, do the nearest samples agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapviz import labels
from shapviz.explanation import Explanation
from shapviz.labels import DASH, count, number
from shapviz.types import FloatArray
from shapviz.views.checks import at_least_one
from shapviz.views.one_output import OneOutput, one_output, sample_position
from shapviz.views.words import (
    PROBABILITY,
    Span,
    amount_text,
    effect_text,
    say,
    share,
    spell,
    strong,
)

__all__ = ["TrustView", "trust"]

NEIGHBOURS = 20
CELLS = 4_000_000
"""Numbers that are compared at once."""
LARGEST_GAP = 0.02
"""From this share of the distance to the base value on, small bars are noise."""
CERTAIN = 1.96
SMALL = 1e-5
ROUNDING = 1e-9
"""Below this a gap under probabilities is only the arithmetic's rounding."""

UNKNOWN = "Not known: these values came without the model’s predictions to compare their sum with."


@dataclass(frozen=True, eq=False)
class TrustView:
    """How far one sample's values can be believed.

    Attributes
    ----------
    gap : float
        Additivity gap, in `units`.
    gap_share : float
        Its size over the distance from base value to prediction (over Σ|values| when that
        distance is nil).
    largest_error : float or None
        Largest standard error among the shown features; None where the method gives none.
    certain, shown : int
        Shown features whose sign is certain beyond 1.96 standard errors, and how many are shown;
        `certain` is None without standard errors.
    agreeing, neighbours : int
        Nearest samples with the same leading feature, and how many were asked.
    metrics : tuple of (label, text)
        The four numbers of the card.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    gap: float
    gap_share: float
    largest_error: float | None
    certain: int | None
    shown: int
    agreeing: int
    neighbours: int
    metrics: tuple[tuple[str, str], ...]
    units: str

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers with their labels."""
        return pd.DataFrame(self.metrics, columns=["measure", "value"])


def trust(
    explanation: Explanation,
    sample: int | str = 0,
    *,
    output: str | int | None = None,
    max_display: int = 9,
) -> TrustView:
    """Return what is known about the error of one sample's values.

    Neighbours are the nearest samples by the data, each feature scaled by its spread; a category
    that differs counts as one spread.

    Parameters
    ----------
    explanation : Explanation
    sample : int or str, default 0
        Position or name.
    output : str or int, optional
        Default: the sample's largest prediction.
    max_display : int, default 9
        How many of the largest features are judged.

    Raises
    ------
    InputError
        For an unknown sample or output, or `max_display` below 1.
    """
    at_least_one("max_display", max_display)
    i = sample_position(explanation, sample)
    one = one_output(explanation, output, sample=i)
    values = one.values[i].astype(np.float64)
    gap = float(one.explanation.additivity_gap[i])
    distance = abs(float(one.explanation.predictions[i] - one.explanation.base_values[i]))
    scale = distance if distance > 1e-9 * np.abs(values).sum() else float(np.abs(values).sum())
    gap_share = abs(gap) / scale if scale > 0 else (0.0 if gap == 0 else float("inf"))

    order = one.largest_first(i)
    shown = order if order.size <= max_display + 1 else order[:max_display]
    errors = one.explanation.standard_errors
    largest, certain, uncertain_first = None, None, False
    if errors is not None:
        se = errors[i, shown].astype(np.float64)
        sure = np.abs(values[shown]) > CERTAIN * se
        sure |= (se == 0) & (values[shown] == 0)
        largest, certain, uncertain_first = float(se.max()), int(sure.sum()), not bool(sure[0])
    agreeing, neighbours = _neighbours(one, i)
    # Values from elsewhere may come without predictions; a gap made of their own sum says nothing.
    unknown = one.explanation.provenance.get("predictions") == "unknown"
    return TrustView(
        title="Can I trust it?",
        sentence=say(UNKNOWN)
        if unknown
        else _sentence(
            one.amount(abs(gap)),
            gap_share,
            certain,
            shown.size,
            uncertain_first=uncertain_first,
            coarse=_coarse(one),
        ),
        footnote=_footnote(one, float("inf") if unknown else gap_share, errors),
        gap=gap,
        gap_share=gap_share,
        largest_error=largest,
        certain=certain,
        shown=int(shown.size),
        agreeing=agreeing,
        neighbours=neighbours,
        metrics=(
            ("Additivity gap", DASH if unknown else _gap_text(gap, one.units)),
            ("Largest s.e.", DASH if largest is None else amount_text(largest, one.units, 2)),
            ("Signs certain", DASH if certain is None else f"{certain} of {shown.size}"),
            ("Neighbours", f"{agreeing} of {neighbours}" if neighbours else DASH),
        ),
        units=one.units,
    )


def _gap_text(gap: float, units: str) -> str:
    if gap == 0:
        return "0"
    if units == PROBABILITY and abs(gap) >= ROUNDING:
        # Ten more digits in a narrow card would not tell more than that it is small.
        small = amount_text(SMALL, units, 1)
        return f"<{small}" if abs(gap) < SMALL else effect_text(gap, units, 4)
    return labels.gap(gap, sign=True)


def _sentence(
    size: str,
    gap_share: float,
    certain: int | None,
    shown: int,
    *,
    uncertain_first: bool,
    coarse: bool,
) -> tuple[Span, ...]:
    if gap_share > LARGEST_GAP:
        return say(
            "Not yet: the values miss the prediction by ",
            strong(size),
            f", {share(gap_share)} of the distance from the base value."
            if np.isfinite(gap_share)
            else ".",
        )
    if certain is None:
        return say("The values add up; how certain each one is was not estimated.")
    if uncertain_first:
        return say("Not yet: the values add up, but even the largest could have either sign.")
    unsure = shown - certain
    if unsure == 0 and coarse:
        return say("As far as it goes: the values add up, and the largest keep their sign.")
    if unsure == 0:
        return say("Yes: the values add up, and the largest keep their sign.")
    who = "one small one" if unsure == 1 else f"{spell(unsure)} small ones"
    return say(f"Mostly: the values add up, but {who} could have either sign.")


def _coarse(one: OneOutput) -> bool:
    """Whether the standard errors are those of a walk in fewer segments than there are features."""
    segments = one.explanation.provenance.get("segments")
    return isinstance(segments, int) and segments < one.d


def _footnote(one: OneOutput, gap_share: float, errors: FloatArray | None) -> str:
    parts = []
    if np.isfinite(gap_share):
        size = "0%" if gap_share == 0 else number(100 * gap_share, 1) + "%"
        size = "<0.01%" if 0 < gap_share < 1e-4 else size
        parts.append(f"Gap: {size} of the distance from the base value.")
    rows = one.explanation.provenance.get("model_rows")
    if isinstance(rows, int):
        parts.append(f"{count(rows)} model rows in all.")
    if errors is None:
        parts.append("This explainer gives no standard errors.")
    else:
        parts.append("A sign is certain beyond 1.96 standard errors.")
        if _coarse(one):
            parts.append("They leave out what more segments would change.")
    if _compares(one):
        parts.append("Neighbours: nearest samples with the same leading feature.")
    return " ".join(parts)


def _neighbours(one: OneOutput, i: int) -> tuple[int, int]:
    """Return how many of the nearest samples have the same leading feature, and of how many."""
    if not _compares(one):
        return 0, 0
    squared = _apart(one, i)
    squared[i] = np.inf
    k = min(NEIGHBOURS, one.n - 1)
    nearest = np.argsort(squared, kind="stable")[:k]
    leading = np.argmax(np.abs(one.values[nearest]), axis=1)
    return int(np.sum(leading == np.argmax(np.abs(one.values[i])))), k


def _compares(one: OneOutput) -> bool:
    """Whether samples can be near each other: regions of pictures and words have no values."""
    known = one.explanation.data is not None and one.n > 1
    return known and any(one.is_measured(j) for j in range(one.d))


def _apart(one: OneOutput, i: int) -> FloatArray:
    """Squared distances (n,) from sample i, in standard deviations of each feature."""
    squared = np.zeros(one.n)
    if one.shown is not None and one.shown.dtype.kind in "fiub" and one.regional is None:
        # Images have a million columns of numbers: many at once.
        many = max(1, CELLS // one.n)
        for start in range(0, one.d, many):
            squared += _of_numbers(one.shown[:, start : start + many].astype(np.float64), i)
        return squared
    for j in range(one.d):
        if not one.is_measured(j):
            continue
        column = one.column(j)
        if column.is_category:
            squared += column.codes != column.codes[i]
            continue
        spread = float(np.nanstd(column.numbers)) if not np.all(column.missing) else 0.0
        if spread == 0:
            continue
        step = (column.numbers - column.numbers[i]) / spread
        squared += np.where(np.isnan(step), column.missing != column.missing[i], np.square(step))
    return squared


def _of_numbers(columns: FloatArray, i: int) -> FloatArray:
    """The same of columns of numbers alone, (n, some)."""
    missing = ~np.isfinite(columns)
    numbers = np.where(missing, 0.0, columns)
    known = np.maximum(np.sum(~missing, axis=0), 1)
    away = np.where(missing, 0.0, numbers - numbers.sum(axis=0) / known)
    spread = np.sqrt(np.square(away).sum(axis=0) / known)
    varies = spread > 0
    step = (numbers - numbers[i])[:, varies] / spread[varies]
    unknown = (missing | missing[i])[:, varies]
    other = (missing != missing[i])[:, varies]
    return np.asarray(np.where(unknown, other, np.square(step)).sum(axis=1))
