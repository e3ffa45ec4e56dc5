"""The Overview's summary in words: which feature matters most, and how much the first ten carry."""

from __future__ import annotations

import numpy as np

from shapviz.types import FloatArray
from shapviz.views.one_output import OneOutput
from shapviz.views.words import Span, inline, say, share, spell, strong

__all__ = ["direction", "overview_sentence", "rank_correlation"]

CLEAR = 0.3
"""Rank correlation from which on a direction is claimed."""
DECIDES = 0.5
"""Share of the total effect from which on a single feature is said to decide."""


def rank_correlation(x: FloatArray, y: FloatArray) -> float:
    """Return Spearman's rank correlation over pairs without NaN; 0 where it is not defined."""
    both = ~(np.isnan(x) | np.isnan(y))
    if both.sum() < 3:
        return 0.0
    a, b = _ranks(x[both]), _ranks(y[both])
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    return float(a @ b) / size if size > 0 else 0.0


def _ranks(x: FloatArray) -> FloatArray:
    """Return ranks from 1; equal numbers share their mean rank."""
    # As `scipy.stats.rankdata`, whose import would make the first visitor wait a second or two.
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse])


def direction(one: OneOutput, j: int) -> int:
    """Return whether high values of a feature push up (1), down (−1), or neither clearly (0)."""
    column = one.column(j)
    if column.is_category:
        return 0
    correlation = rank_correlation(column.numbers, one.values[:, j].astype(np.float64))
    return int(np.sign(correlation)) if abs(correlation) >= CLEAR else 0


def overview_sentence(one: OneOutput, mean_abs: FloatArray) -> tuple[Span, ...]:
    """Return the two-sentence summary of what matters."""
    total = float(mean_abs.sum())
    if total == 0:
        return say(f"No feature moves the output: every {one.value_name} is zero.")
    order = np.argsort(-mean_abs, kind="stable")
    first = int(order[0])
    amount = one.amount(float(mean_abs[first]))
    if one.d == 1:
        return say(strong(one.names[first]), f" moves the output by {amount} on average.")
    return say(
        strong(one.names[first]),
        f" matters most: it moves the output by {amount} on average",
        f"{_direction_words(one, first)}. ",
        _shares(one, mean_abs[order] / total),
    )


def _direction_words(one: OneOutput, j: int) -> str:
    sign = direction(one, j)
    if sign == 0:
        return ""
    if one.towards:
        return f", and high values push {'towards' if sign > 0 else 'away from'} {one.towards}"
    return f", and high values push it {'up' if sign > 0 else 'down'}"


def _shares(one: OneOutput, shares: FloatArray) -> str:
    if shares[0] >= DECIDES:
        return f"It alone carries {share(float(shares[0]))} of the total effect."
    k = 10 if one.d >= 20 else max(2, (one.d + 1) // 2)
    carried = share(float(shares[:k].sum()))
    if k >= one.d:
        return f"The other one, {inline(one.names[1])}, carries the rest."
    return (
        f"The first {spell(k)} of {one.d} features carry {carried} of the total effect, "
        "so no single feature decides."
    )
