"""The words about one prediction: its title, and the sentence that says what moved it."""

from __future__ import annotations

from typing import Any

import numpy as np

from shapviz.labels import count, percent, with_unit
from shapviz.types import FloatArray
from shapviz.views.one_output import OneOutput
from shapviz.views.words import Span, called, described, effect, join, say, strong

__all__ = ["prediction_sentence", "prediction_title", "truth_text"]

SECOND = 0.4
"""A second feature is named when it moves the output at least this share of the first."""
OPPOSITE = 0.25
"""A feature that pulls the other way is named from this share of the first on."""


def prediction_title(one: OneOutput, i: int) -> str:
    """Return the finding as a title: ``Sample 38: 80.8% malignant``."""
    label = one.sample_label(i)
    who = f"{one.noun.capitalize()} {count(int(label)) if label.isdecimal() else label}"
    prediction = float(one.explanation.predictions[i])
    p = one.probability(prediction)
    if p is not None:
        return f"{who}: {percent(p)} {one.called}".rstrip()
    measure = f" {one.units}" if one.units else ""
    return f"{who}: {one.called or 'output'} {one.output_text(prediction)}{measure}"


def prediction_sentence(one: OneOutput, i: int) -> tuple[Span, ...]:
    """Return where the model starts and ends, what moves it most, and what was true."""
    base = float(one.explanation.base_values[i])
    prediction = float(one.explanation.predictions[i])
    return say(
        f"The model starts from {one.output_words(base, measure=True)} "
        f"and ends at {one.output_words(prediction)}. ",
        _movers(one, i, upwards=prediction >= base),
        _truth(one, i),
    )


def _movers(one: OneOutput, i: int, *, upwards: bool) -> tuple[Span, ...]:
    values = one.values[i].astype(np.float64)
    if not np.any(values):
        return say("No feature moves it.")
    towards = values if upwards else -values
    order = np.argsort(-towards, kind="stable")
    first = float(towards[order[0]])
    if first <= 0:  # the gap alone moved the output this way
        towards, upwards = -towards, not upwards
        order = np.argsort(-towards, kind="stable")
        first = float(towards[order[0]])
    leading = [int(order[0])]
    if len(order) > 1 and towards[order[1]] >= SECOND * first:
        leading.append(int(order[1]))
    parts = [_named(one, i, j, values, opening=k == 0) for k, j in enumerate(leading)]
    verb = "push it" if len(leading) > 1 else "pushes it"
    sentence = say(join(parts), f" {verb} {'up' if upwards else 'down'} most")
    last = int(order[-1])
    if -towards[last] >= OPPOSITE * first:
        back = "pulls it back" if upwards else "pulls it back up"
        sentence = say(sentence, "; ", _named(one, i, last, values), f" {back}")
    return say(sentence, ".")


def _named(
    one: OneOutput, i: int, j: int, values: FloatArray, *, opening: bool = False
) -> tuple[Span, ...]:
    known = one.explanation.display_data is not None and one.is_measured(j)
    text = described(one.names[j], one.raw(i, j), one.unit(j), known=known, opening=opening)
    return say(f"{text} (", effect(float(values[j]), one.units), ")")


def _truth(one: OneOutput, i: int) -> tuple[Span, ...]:
    text = truth_text(one, i)
    if text is None:
        return ()
    if one.probability(0.5) is None and not one.outputs and _is_number(_truth_value(one, i)):
        return say(" The true value was ", strong(text), ".")
    return say(f" The {one.noun} was in fact ", strong(text), ".")


def _truth_value(one: OneOutput, i: int) -> Any:
    truth = one.explanation.truth
    value = None if truth is None else truth[i]
    return value.item() if isinstance(value, np.generic) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def truth_text(one: OneOutput, i: int) -> str | None:
    """Return what really happened to a sample, in words; None when it is not known.

    A 0 or 1 beside a single probability says whether the output's own class was true.
    """
    value = _truth_value(one, i)
    if value is None or value != value:
        return None
    if one.outputs:
        return _class_name(one, value)
    if isinstance(value, bool) or (one.probability(0.5) is not None and value in (0, 1)):
        name = one.called or "positive"
        return name if value else f"not {name}"
    # A class under log-odds or probabilities is not measured in them.
    unitless = isinstance(value, str) or one.probability(0.5) is not None
    return with_unit(value, "" if unitless else one.units)


def _class_name(one: OneOutput, value: Any) -> str:
    """Return a true class's name: the value itself where it is one, else the name it counts to."""
    if str(value) not in one.outputs and _is_number(value) and value == int(value):
        position = int(value)
        if 0 <= position < len(one.outputs):
            return called(one.outputs[position], one.units)
    return called(str(value), one.units)
