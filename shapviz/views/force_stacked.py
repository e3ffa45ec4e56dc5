"""Stacked force: many samples side by side, pushed up from below and down from above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from shapviz.explanation import Explanation
from shapviz.labels import count
from shapviz.types import FloatArray, IntArray
from shapviz.views.checks import at_least_one, one_of
from shapviz.views.one_output import OneOutput, feature_position, one_output, sample_position
from shapviz.views.words import Span, say, strong

__all__ = ["ForceStackedView", "Order", "force_stacked"]

Order = Literal["similarity", "output", "original"]

MOST = 400
"""Samples drawn at most: about two pixels each."""


@dataclass(frozen=True, eq=False)
class ForceStackedView:
    """Ordered samples with the two stacks of each.

    Attributes
    ----------
    samples : int array of shape (m,)
        Positions, from left to right.
    predictions : float array of shape (m,)
        Where the stacks meet: base value and all values summed.
    values : float array of shape (m, bands)
        SHAP values of the leading features, then of all others summed up and summed down.
    names : tuple of str
        One per band.
    base : float
        Mean base value.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    samples: IntArray
    predictions: FloatArray
    values: FloatArray
    names: tuple[str, ...]
    base: float
    selected: int | None
    sample_names: tuple[str, ...]
    default_names: bool
    noun: str
    output: str
    units: str

    def edges(self, direction: int) -> FloatArray:
        """Return the boundaries of one stack, shape (m, bands + 1), from the prediction outwards.

        Parameters
        ----------
        direction : {1, -1}
            1: what pushes up, stacked below the prediction; −1: what pushes down, above it.
        """
        part = np.maximum(self.values * direction, 0.0) * -direction
        return self.predictions[:, None] + np.concatenate(
            [np.zeros((len(part), 1)), np.cumsum(part, axis=1)], axis=1
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per sample, left to right: its position, prediction and bands."""
        frame = pd.DataFrame(self.values, columns=list(self.names))
        frame.insert(0, "prediction", self.predictions)
        frame.insert(0, "sample", self.samples)
        return frame


def force_stacked(
    explanation: Explanation,
    *,
    output: str | int | None = None,
    order: Order | str | int = "similarity",
    max_display: int = 6,
    selected: int | str | None = None,
    seed: int = 0,
) -> ForceStackedView:
    """Return the stacked force plot of all samples, at most 400 of them.

    Parameters
    ----------
    explanation : Explanation
    output : str or int, optional
        Default: the first.
    order : {"similarity", "output", "original"} or a feature's name or position
        Similarity sorts by the first principal component of the SHAP values.
    max_display : int, default 6
        Features with a band of their own.
    selected : int or str, optional
        Sample that is marked; it is always drawn.
    seed : int, default 0
        Of the samples drawn.

    Raises
    ------
    InputError
        For an unknown output, order or sample, or `max_display` below 1.
    """
    at_least_one("max_display", max_display)
    one = one_output(explanation, output)
    chosen = None if selected is None else sample_position(explanation, selected)
    drawn: Any = np.arange(one.n)
    if one.n > MOST:
        drawn = np.sort(np.random.default_rng(seed).choice(one.n, MOST, replace=False))
    if chosen is not None:
        drawn = np.union1d(drawn, [chosen])
    values = one.values[drawn].astype(np.float64)
    key, words = _key(one, drawn, values, order)
    sequence = np.argsort(key, kind="stable")
    drawn, values = drawn[sequence], values[sequence]

    ranked = np.argsort(-np.abs(one.values).mean(axis=0), kind="stable")
    shown = ranked if one.d <= max_display + 1 else ranked[:max_display]
    rest = values[:, ranked[len(shown) :]]
    bands, names = [values[:, shown]], [one.names[j] for j in shown]
    if rest.shape[1]:
        bands += [
            np.maximum(rest, 0).sum(axis=1, keepdims=True),
            np.minimum(rest, 0).sum(axis=1, keepdims=True),
        ]
        names += [f"{count(rest.shape[1])} others, up", f"{count(rest.shape[1])} others, down"]
    base = one.explanation.base_values
    return ForceStackedView(
        title="What pushes each prediction?",
        sentence=_sentence(one),
        footnote=f"{count(drawn.size)} of {count(one.n)} samples, {words}; {count(len(shown))} of "
        f"{count(one.d)} features have a band of their own. "
        f"Dotted: base value {one.output_text(float(np.mean(base)))}.",
        samples=drawn,
        predictions=base[drawn] + values.sum(axis=1),
        values=np.concatenate(bands, axis=1),
        names=tuple(names),
        base=float(np.mean(base)),
        selected=chosen,
        sample_names=one.explanation.sample_names,
        default_names=one.default_names,
        noun=one.noun,
        output=one.output,
        units=one.units,
    )


def _key(
    one: OneOutput, drawn: IntArray, values: FloatArray, order: Order | str | int
) -> tuple[FloatArray, str]:
    if order == "original":
        return np.arange(drawn.size, dtype=float), "in their original order"
    if order == "output":
        return one.explanation.predictions[drawn], "sorted by output"
    if order == "similarity":
        return _first_component(values), "similar ones side by side"
    if isinstance(order, str) and order not in one.names:
        one_of("order", order, ("similarity", "output", "original", *one.names[:6]))
    j = feature_position(one, order, "order")
    return one.column(j).order[drawn], f"sorted by {one.names[j]}"


def _first_component(values: FloatArray) -> FloatArray:
    centred = values - values.mean(axis=0)
    # The smaller of the two products has the same leading direction.
    if centred.shape[0] < centred.shape[1]:
        scores = np.linalg.eigh(centred @ centred.T)[1][:, -1]
    else:
        scores = centred @ np.linalg.eigh(centred.T @ centred)[1][:, -1]
    # An eigenvector's sign is arbitrary: turn it so that the output tends to rise.
    return np.asarray(scores * (1.0 if scores @ centred.sum(axis=1) >= 0 else -1.0))


def _sentence(one: OneOutput) -> tuple[Span, ...]:
    base = float(np.mean(one.explanation.base_values))
    above = int(np.sum(one.explanation.predictions > base))
    return say(
        strong(count(above)),
        f" of {count(one.n)} predictions end above the base value of {one.output_words(base)}.",
    )
