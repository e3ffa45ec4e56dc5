"""Waterfall: one sample's SHAP values, largest first, from base value to prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapviz.explanation import Explanation
from shapviz.labels import count
from shapviz.types import FloatArray, IntArray
from shapviz.views.checks import at_least_one
from shapviz.views.one_output import OneOutput, one_output, sample_position
from shapviz.views.words import Span, say, share, spell

__all__ = ["WaterfallView", "waterfall"]


@dataclass(frozen=True, eq=False)
class WaterfallView:
    """Rows of a waterfall, top to bottom, and their words.

    Attributes
    ----------
    features : int array of shape (rows,)
        Position of each row's feature; −1 for the remainder row.
    values : float array of shape (rows,)
        SHAP value of each row, in `units`; the remainder's is the sum of the others.
    starts, ends : float array of shape (rows,)
        Where each bar begins and where it moves the output to; the last row starts at `base`.
    standard_errors : float array of shape (rows,) or None
        Of each row's value; the remainder's assumes independent errors.
    names, value_texts : tuple of str
        Row label and raw value with unit; not escaped.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    sample: int
    sample_name: str
    features: IntArray
    values: FloatArray
    starts: FloatArray
    ends: FloatArray
    standard_errors: FloatArray | None
    names: tuple[str, ...]
    value_texts: tuple[str, ...]
    base: float
    prediction: float
    base_text: str
    prediction_text: str
    prediction_note: str
    output: str
    units: str
    log_odds: bool
    probability: bool

    def to_frame(self) -> pd.DataFrame:
        """Return one row per bar: feature, raw value, SHAP value, standard error, start, end."""
        frame = pd.DataFrame(
            {
                "feature": self.names,
                "value": self.value_texts,
                "shap_value": self.values,
                "start": self.starts,
                "end": self.ends,
            }
        )
        if self.standard_errors is not None:
            frame["standard_error"] = self.standard_errors
        return frame


def waterfall(
    explanation: Explanation,
    sample: int | str = 0,
    *,
    output: str | int | None = None,
    max_display: int = 9,
    errors: bool = True,
) -> WaterfallView:
    """Return the waterfall of one sample.

    Parameters
    ----------
    explanation : Explanation
    sample : int or str, default 0
        Position or name.
    output : str or int, optional
        Default: the sample's largest prediction.
    max_display : int, default 9
        Features with a bar of their own; the others are summed in one more.
    errors : bool, default True
        Whether to carry standard errors where there are any.

    Raises
    ------
    InputError
        For an unknown sample or output, or `max_display` below 1.
    """
    at_least_one("max_display", max_display)
    i = sample_position(explanation, sample)
    one = one_output(explanation[[i]], output, sample=0)
    values = one.values[0].astype(np.float64)
    order = one.largest_first(0)
    # One feature too many is shown itself: a row "1 other feature" would be as long.
    shown = order if order.size <= max_display + 1 else order[:max_display]
    rest = order[len(shown) :]

    rows = values[shown]
    features = shown
    names = [one.names[j] for j in shown]
    texts = [one.value_text(0, j) for j in shown]
    all_errors = one.explanation.standard_errors
    se = None if all_errors is None or not errors else all_errors[0, shown].astype(np.float64)
    if rest.size:
        rows = np.append(rows, values[rest].sum())
        features = np.append(features, -1)
        names.append(f"{count(rest.size)} other features")
        texts.append("")
        if se is not None and all_errors is not None:
            se = np.append(se, np.sqrt(np.sum(np.square(all_errors[0, rest], dtype=np.float64))))

    base = float(one.explanation.base_values[0])
    prediction = float(one.explanation.predictions[0])
    # Read from the bottom: the base value first, then the remainder, the largest last.
    ends = base + np.cumsum(rows[::-1])[::-1]
    starts = ends - rows
    return WaterfallView(
        title="How do the features add up?",
        sentence=_sentence(values[order], shown.size),
        footnote=_footnote(shown.size, rest.size, se),
        sample=i,
        sample_name=one.sample_label(0),
        features=features,
        values=rows,
        starts=starts,
        ends=ends,
        standard_errors=se,
        names=tuple(names),
        value_texts=tuple(texts),
        base=base,
        prediction=prediction,
        base_text=one.output_text(base),
        prediction_text=one.output_text(prediction),
        prediction_note=_note(one, prediction),
        output=one.output,
        units=one.units,
        log_odds=one.is_log_odds,
        probability=one.is_probability,
    )


def _note(one: OneOutput, prediction: float) -> str:
    """Return what follows the prediction in the head: ``= 80.8% malignant``, or its class."""
    if one.is_log_odds:
        words = one.output_words(prediction)
        return f"= {words[words.index('(') + 1 : -1]} {one.called}".rstrip()
    return one.called if one.is_probability else one.units


def _sentence(values: FloatArray, shown: int) -> tuple[Span, ...]:
    sizes = np.sort(np.abs(values))[::-1]
    total = float(sizes.sum())
    if total == 0:
        return say("No feature moves this prediction away from the base value.")
    if shown == values.size:
        if shown == 1:
            return say("The one feature explains all of the movement.")
        return say(f"These {spell(shown)} features are all of the movement.")
    explained = share(float(sizes[:shown].sum()) / total)
    who = "One feature explains" if shown == 1 else f"{spell(shown).capitalize()} features explain"
    return say(f"{who} {explained} of the movement.")


def _footnote(shown: int, rest: int, se: FloatArray | None) -> str:
    parts = [f"{count(shown)} of {count(shown + rest)} features, largest first."]
    if se is not None and np.any(se):
        parts.append("Whiskers: \u00b1\u202f1.96 standard errors.")
    if rest:
        parts.append(f"Hatched: the other {count(rest)}, summed.")
    return " ".join(parts)
