"""The key numbers at the head of Overview, as labels and texts."""

from __future__ import annotations

import numpy as np

from shapviz.labels import DASH, count, gap, number, percent
from shapviz.ui.opening import Opened
from shapviz.ui.outcomes import outcomes
from shapviz.views.one_output import OneOutput, one_output
from shapviz.views.trust import ROUNDING
from shapviz.views.words import amount_text

__all__ = ["overview_numbers"]


_NO_ERRORS = {
    "shapley": "This explainer computes its values exactly: there is no error to estimate.",
    "owen": "This explainer computes its values exactly: there is no error to estimate.",
}


def overview_numbers(view: Opened) -> list[tuple[str, str, str]]:
    """Return (label, value, meaning) of samples, base value, gap, standard error and score.

    The last one is missing where no truth came with the explanation.
    """
    one = one_output(view.explanation, view.output)
    numbers = [
        ("Samples", count(view.record.samples), ""),
        ("Base value", _base(one), "What the model answers on average, before any feature speaks."),
        (
            "Additivity gap",
            _gap(float(np.mean(np.abs(one.explanation.additivity_gap))), one),
            f"Prediction − base value − sum of the {one.value_name}s: mean absolute over the "
            "samples.",
        ),
        ("Standard error", *_error(one)),
    ]
    score = outcomes(view.explanation).score
    if score is not None:
        label, value = score
        text = percent(value) if label == "Accuracy" else number(value)
        numbers.append((label, text, "Over the samples, against their truth."))
    return numbers


def _gap(size: float, one: OneOutput) -> str:
    if one.explanation.provenance.get("predictions") == "unknown":
        return DASH
    # What is only the arithmetic's rounding is said by `labels.gap`, whatever the units.
    if one.is_probability and size >= ROUNDING:
        return amount_text(size, one.units, 2)
    return _measured(gap(size), one)


def _measured(text: str, one: OneOutput) -> str:
    return text if one.is_probability or not one.units else f"{text} {one.units}"


def _base(one: OneOutput) -> str:
    bases = one.explanation.base_values
    return one.output_words(float(np.mean(bases)))


def _error(one: OneOutput) -> tuple[str, str]:
    errors = one.explanation.standard_errors
    if errors is None:
        estimand = str(one.explanation.provenance.get("estimand", ""))
        return DASH, _NO_ERRORS.get(estimand, "This explainer does not estimate its error.")
    # A place that a sample does not have is no estimate without error.
    return (
        _measured(amount_text(float(np.mean(errors[one.present])), one.units, 2), one),
        f"How far the {one.value_name}s may be off because they are sampled: "
        "mean over samples and features.",
    )
