"""Bar: how much each feature moves the output, with bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from shapviz.explanation import Explanation
from shapviz.labels import count
from shapviz.summaries import importance
from shapviz.types import FloatArray, IntArray
from shapviz.views.checks import at_least_one, one_of
from shapviz.views.one_output import OneOutput, one_output
from shapviz.views.overview import overview_sentence
from shapviz.views.words import Span, amount_text

__all__ = ["BarView", "Measure", "OverAll", "bar", "bar_of"]

Measure = Literal["average", "maximum"]

HEADS = {"average": "Average effect", "maximum": "Largest effect"}


@dataclass(frozen=True, eq=False)
class BarView:
    """Importance of the leading features and, in one number, of all the others.

    Attributes
    ----------
    features : int array of shape (rows,)
        Positions, largest first.
    sizes : float array of shape (rows,)
        Mean (or largest) absolute SHAP value, in `units`.
    low, high : float array of shape (rows,) or None
        95% bootstrap interval of the mean; None for the maximum, which has no such interval.
    others : int array
        Positions of the features without a row.
    others_total : float
        Their sizes summed.
    quantity : str
        What a bar's length is, in words; empty where it is a |SHAP value|.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    head: str
    measure: str
    features: IntArray
    names: tuple[str, ...]
    sizes: FloatArray
    low: FloatArray | None
    high: FloatArray | None
    others: IntArray
    others_total: float
    output: str
    units: str
    quantity: str = ""

    @property
    def order(self) -> IntArray:
        """Positions of all features, largest first, those without a row last."""
        return np.concatenate([self.features, self.others])

    @property
    def texts(self) -> tuple[str, ...]:
        """The number written beside each bar."""
        return tuple(amount_text(float(size), self.units) for size in self.sizes)

    @property
    def others_name(self) -> str:
        """Label of the last row; empty when there is none."""
        many = "features" if self.others.size != 1 else "feature"
        return f"{count(self.others.size)} other {many}" if self.others.size else ""

    def to_frame(self) -> pd.DataFrame:
        """Return one row per bar: feature, size, and its interval where there is one."""
        frame = pd.DataFrame({"feature": self.names, "size": self.sizes})
        if self.low is not None and self.high is not None:
            frame["low"], frame["high"] = self.low, self.high
        return frame


def bar(
    explanation: Explanation,
    *,
    output: str | int | None = None,
    max_display: int = 10,
    measure: Measure = "average",
    seed: int = 0,
) -> BarView:
    """Return the importance of features over all samples.

    Parameters
    ----------
    explanation : Explanation
    output : str or int, optional
        Default: the first.
    max_display : int, default 10
        Features with a bar of their own.
    measure : {"average", "maximum"}
        Mean absolute SHAP value with its 95% bootstrap interval, or the largest absolute one.
    seed : int, default 0
        Of the bootstrap.

    Raises
    ------
    InputError
        For an unknown output or measure, or `max_display` below 1.
    """
    return bar_of(
        one_output(explanation, output), max_display=max_display, measure=measure, seed=seed
    )


@dataclass(frozen=True, eq=False)
class OverAll:
    """Importance over more samples than an explanation at hand has.

    Attributes
    ----------
    samples : int
        How many.
    mean_abs, low, high, largest : float array of shape (d,)
        Mean absolute SHAP values with their intervals, and the largest absolute ones.
    """

    samples: int
    mean_abs: FloatArray
    low: FloatArray
    high: FloatArray
    largest: FloatArray


def bar_of(
    one: OneOutput,
    *,
    max_display: int,
    measure: str,
    seed: int,
    over_all: OverAll | None = None,
) -> BarView:
    """Return the importance of features of one output: over its samples, or over all there are."""
    at_least_one("max_display", max_display)
    one_of("measure", measure, tuple(HEADS))
    low: FloatArray | None = None
    high: FloatArray | None = None
    summary = over_all or importance(one.explanation, seed=seed)
    sizes = np.asarray(summary.mean_abs, dtype=np.float64)
    if measure == "maximum":
        largest = np.abs(one.values).max(axis=0) if over_all is None else over_all.largest
        sizes = largest.astype(np.float64)
    order = np.argsort(-sizes, kind="stable")
    shown = order if one.d <= max_display + 1 else order[:max_display]
    others = order[len(shown) :]
    if measure == "average" and one.n > 1:
        low = np.asarray(summary.low, dtype=np.float64)[shown]
        high = np.asarray(summary.high, dtype=np.float64)[shown]
    return BarView(
        title="Which features had the biggest impact?",
        sentence=overview_sentence(one, np.asarray(summary.mean_abs, dtype=np.float64)),
        footnote=_footnote(
            one,
            measure,
            shown.size,
            one.n if over_all is None else over_all.samples,
            intervals=low is not None,
        ),
        head=HEADS[measure],
        measure=measure,
        features=shown,
        names=tuple(one.names[j] for j in shown),
        sizes=sizes[shown],
        low=low,
        high=high,
        others=others,
        others_total=float(sizes[others].sum()),
        output=one.output,
        units=one.units,
    )


def _footnote(one: OneOutput, measure: str, shown: int, n: int, *, intervals: bool) -> str:
    kind = "mean" if measure == "average" else "largest"
    unit = f" in {one.said_units}" if one.units else ""
    lines = ", lines: 95% bootstrap intervals" if intervals else ""
    return (
        f"{count(shown)} of {count(one.d)} features, {count(n)} of {count(n)} "
        f"{'sample' if n == 1 else 'samples'}. Bars: {kind} |{one.value_name}|{unit}{lines}."
    )
