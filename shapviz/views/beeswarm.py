"""Beeswarm: every sample's SHAP value, one row a feature, coloured by the feature's value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from shapviz.explanation import Explanation
from shapviz.labels import DASH, count
from shapviz.types import FloatArray, IntArray
from shapviz.views.checks import at_least_one
from shapviz.views.one_output import OneOutput, one_output, sample_position
from shapviz.views.overview import overview_sentence
from shapviz.views.swarm import offsets
from shapviz.views.words import Span

__all__ = ["BeeswarmRow", "BeeswarmView", "beeswarm", "beeswarm_of"]

EVERY_POINT = 1_000
"""Up to this many samples every point is drawn; above, this many are drawn at random."""
EXTREMES = 3
"""Samples always drawn at either end of a row."""
POOLED = 1_000
"""Values of the remaining features drawn in their common row."""


@dataclass(frozen=True, eq=False)
class BeeswarmRow:
    """Points of one row.

    Attributes
    ----------
    feature : int
        Position; −1 for the row of pooled other features.
    samples : int array of shape (m,)
        Position of the sample behind each point.
    x : float array of shape (m,)
        SHAP values.
    offset : float array of shape (m,)
        Height above the row's middle, in marker widths.
    colour : float array of shape (m,)
        Feature values; NaN where missing, a category, or pooled.
    limits : (float, float) or None
        Colour range, 5th to 95th percentile of the feature; None without numbers.
    members : int array of shape (m,)
        Feature behind each point.
    categories, codes : tuple of str, int array of shape (m,)
        A categorical feature's names and each point's position among them (−1: missing, which
        reads as an en dash, the last name).
    """

    feature: int
    name: str
    unit: str
    samples: IntArray
    x: FloatArray
    offset: FloatArray
    colour: FloatArray
    limits: tuple[float, float] | None
    members: IntArray
    categories: tuple[str, ...] = ()
    codes: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class BeeswarmView:
    """Rows of a beeswarm, largest mean effect on top, and what was left out."""

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    rows: tuple[BeeswarmRow, ...]
    limits: tuple[float, float]
    selected: int | None
    feature_names: tuple[str, ...]
    sample_names: tuple[str, ...]
    default_names: bool
    noun: str
    output: str
    units: str
    values_title: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per drawn point: feature, sample position, SHAP value, feature value."""
        return pd.DataFrame(
            {
                "feature": [self.feature_names[j] for row in self.rows for j in row.members],
                "sample": np.concatenate([row.samples for row in self.rows]),
                "shap_value": np.concatenate([row.x for row in self.rows]),
                "value": np.concatenate([row.colour for row in self.rows]),
            }
        )


def beeswarm(
    explanation: Explanation,
    *,
    output: str | int | None = None,
    max_display: int = 10,
    selected: int | str | None = None,
    seed: int = 0,
) -> BeeswarmView:
    """Return the beeswarm of all samples.

    Above 1,000 samples a seeded 1,000 of them are drawn, besides the three most extreme ones at
    either end of each row; the footnote says so. The remaining features' values are pooled in a
    last row, at most 1,000 of them.

    Parameters
    ----------
    explanation : Explanation
    output : str or int, optional
        Default: the first.
    max_display : int, default 10
        Features with a row of their own.
    selected : int or str, optional
        Sample whose points are ringed; it is always drawn.
    seed : int, default 0
        Of the samples drawn.

    Raises
    ------
    InputError
        For an unknown output or sample, or `max_display` below 1.
    """
    one = one_output(explanation, output)
    chosen = None if selected is None else sample_position(explanation, selected)
    at_least_one("max_display", max_display)
    mean_abs = np.abs(one.values).mean(axis=0, dtype=np.float64)
    order = np.argsort(-mean_abs, kind="stable")
    shown = order if one.d <= max_display + 1 else order[:max_display]
    return beeswarm_of(one, shown, order[len(shown) :], mean_abs, selected=chosen, seed=seed)


def beeswarm_of(
    one: OneOutput,
    shown: IntArray,
    others: IntArray,
    mean_abs: FloatArray,
    *,
    selected: int | None,
    seed: int,
    total: int | None = None,
) -> BeeswarmView:
    """Return the beeswarm of one output with the given features as rows.

    `total` is how many samples there are, where these are only some of them.
    """
    rng = np.random.default_rng(seed)
    every = one.n <= EVERY_POINT
    drawn = np.arange(one.n) if every else np.sort(rng.choice(one.n, EVERY_POINT, replace=False))
    if selected is not None:
        drawn = np.union1d(drawn, [selected])
    rows = [(int(j), _with_extremes(one.values[:, j], drawn, every=every)) for j in shown]
    pooled = _pool(one, others, drawn, rng)
    everything = [one.values[samples, j] for j, samples in rows]
    if pooled is not None:
        everything.append(one.values[pooled])
    low = min(float(x.min()) for x in everything)
    high = max(float(x.max()) for x in everything)
    built = [_row(one, j, samples, (low, high)) for j, samples in rows]
    if pooled is not None:
        built.append(_pooled_row(one, pooled, others.size, (low, high)))
    return BeeswarmView(
        title="How much, and in which direction?",
        sentence=overview_sentence(one, mean_abs),
        footnote=_footnote(one, built, others, selected, total or one.n, every=every),
        rows=tuple(built),
        limits=(low, high),
        selected=selected,
        feature_names=one.names,
        sample_names=one.explanation.sample_names,
        default_names=one.default_names,
        noun=one.noun,
        output=one.output,
        units=one.units,
        values_title=one.values_title,
    )


def _with_extremes(values: FloatArray, drawn: IntArray, *, every: bool) -> IntArray:
    if every:
        return drawn
    ends = np.argpartition(values, (EXTREMES - 1, len(values) - EXTREMES))
    return np.union1d(drawn, np.concatenate([ends[:EXTREMES], ends[-EXTREMES:]]))


def _row(one: OneOutput, j: int, samples: IntArray, limits: tuple[float, float]) -> BeeswarmRow:
    x = one.values[samples, j].astype(np.float64)
    column = one.column(j)
    return BeeswarmRow(
        feature=j,
        name=one.names[j],
        unit=one.unit(j),
        samples=samples,
        x=x,
        offset=offsets(x, column.order[samples], limits),
        colour=column.numbers[samples],
        limits=column.limits(),
        members=np.full(samples.size, j),
        categories=(*column.categories, DASH) if column.is_category else (),
        codes=column.codes[samples],
    )


def _pool(
    one: OneOutput, others: IntArray, drawn: IntArray, rng: np.random.Generator
) -> tuple[IntArray, IntArray] | None:
    """Return (samples, features) of the values drawn for the remaining features."""
    if not others.size:
        return None
    size = drawn.size * others.size
    flat: Any = np.arange(size) if size <= POOLED else rng.choice(size, POOLED, replace=False)
    flat = np.sort(flat)
    return drawn[flat // others.size], others[flat % others.size]


def _pooled_row(
    one: OneOutput, pooled: tuple[IntArray, IntArray], others: int, limits: tuple[float, float]
) -> BeeswarmRow:
    x = one.values[pooled].astype(np.float64)
    return BeeswarmRow(
        feature=-1,
        name=f"{count(others)} other {'feature' if others == 1 else 'features'}",
        unit="",
        samples=pooled[0],
        x=x,
        offset=offsets(x, x, limits),
        colour=np.full(x.size, np.nan),
        limits=None,
        members=pooled[1],
    )


def _footnote(
    one: OneOutput,
    rows: list[BeeswarmRow],
    others: IntArray,
    selected: int | None,
    total: int,
    *,
    every: bool,
) -> str:
    own = len(rows) - bool(others.size)
    drawn = one.n if every else EVERY_POINT
    parts = [f"{count(own)} of {count(one.d)} features"]
    noun = "sample" if total == 1 else "samples"
    parts[0] += f", {count(drawn)} of {count(total)} {noun}"
    of = "" if total == one.n else f" of the {count(one.n)} that were drawn"
    parts[0] += "." if every else f" and the {2 * EXTREMES} most extreme of each row{of}."
    if others.size:
        parts.append(
            "Grey dots: the other features pooled, "
            f"{count(rows[-1].x.size)} of {count(total * others.size)} values."
        )
    if selected is not None:
        parts.append(f"Rings: sample {one.sample_label(selected)}, selected.")
    return " ".join(parts)
