"""Dependence: a feature's SHAP value against its value, coloured by what changes it most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from shapviz.explanation import Explanation
from shapviz.types import FloatArray, IntArray
from shapviz.views.columns import DISCRETE, Column
from shapviz.views.dependence_words import footnote, sentence, title
from shapviz.views.one_output import OneOutput, feature_position, one_output, sample_position
from shapviz.views.partners import Partner, strongest_partner
from shapviz.views.trend import Trend, level_means, local_linear
from shapviz.views.words import Span

__all__ = ["DependenceView", "dependence", "dependence_of"]

EVERY_POINT = 3_000
"""Up to this many samples every point is drawn; above, this many at random."""
BINS = 40
JITTER = 0.18
"""Half the width over which a discrete value's points are spread, in steps between values."""


@dataclass(frozen=True, eq=False)
class DependenceView:
    """Points, trend and histogram of one feature.

    Attributes
    ----------
    feature : int
        Its position.
    samples : int array of shape (m,)
        Position of the sample behind each point.
    x : float array of shape (m,)
        Feature value (category position), spread by `jitter`; NaN where missing: drawn as a rug.
    values : float array of shape (m,)
        Feature value (category position) as it is.
    y : float array of shape (m,)
        SHAP value, in `units`.
    colour : float array of shape (m,) or None
        The partner's value; NaN where missing. None when the points are not coloured.
    colour_limits : (float, float) or None
        Its 5th and 95th percentile.
    trend : Trend or None
    edges, counts : float array of shape (bins + 1,), int array of shape (bins,)
        Histogram over all samples.
    limits : (float, float)
        Where the axis begins and ends: 0.5th to 99.5th percentile of a numeric feature.
    outside, missing : int
        Samples beyond the axis, and without a value.
    kind : {"continuous", "discrete", "category"}
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    feature: int
    name: str
    unit: str
    kind: str
    categories: tuple[str, ...]
    samples: IntArray
    x: FloatArray
    values: FloatArray
    y: FloatArray
    partner: int | None
    partner_name: str
    partner_unit: str
    score: float | None
    colour: FloatArray | None
    colour_limits: tuple[float, float] | None
    trend: Trend | None
    edges: FloatArray
    counts: IntArray
    limits: tuple[float, float]
    outside: int
    missing: int
    selected: int | None
    sample_names: tuple[str, ...]
    default_names: bool
    noun: str
    output: str
    units: str
    values_title: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per drawn point: sample position, value, SHAP value, partner's value."""
        frame = pd.DataFrame({"sample": self.samples, "value": self.values, "shap_value": self.y})
        if self.categories:
            names = np.array([*self.categories, None], dtype=object)
            at = np.where(np.isnan(self.values), len(self.categories), self.values).astype(int)
            frame["value"] = names[at]
        if self.colour is not None:
            frame["colour"] = self.colour
        return frame


def dependence(
    explanation: Explanation,
    feature: int | str | None = None,
    *,
    output: str | int | None = None,
    colour: int | str | Literal["auto", "none"] | None = "auto",
    trend: bool = True,
    selected: int | str | None = None,
    seed: int = 0,
) -> DependenceView:
    """Return how a feature's value changes its SHAP value.

    Above 3,000 samples a seeded 3,000 of them are drawn; trend and histogram use all.

    Parameters
    ----------
    explanation : Explanation
        With data.
    feature : int or str, optional
        Name or position. Default: the one with the largest mean effect.
    output : str or int, optional
        Default: the first.
    colour : int, str, "auto", "none" or None
        Feature that colours the points. ``"auto"``: the strongest interacting one
        (`partners.strongest_partner`), where there is one. ``"none"`` and None: no colour. A
        feature that is called like one of these words is chosen by position.
    trend : bool, default True
        Whether to fit the trend (means per value for discrete and categorical features).
    selected : int or str, optional
        Sample whose point is ringed; it is always drawn.
    seed : int, default 0
        Of jitter and of the samples drawn.

    Raises
    ------
    InputError
        For an unknown feature, output, sample or colour.
    """
    one = one_output(explanation, output)
    if feature is None:
        j = int(np.argmax(np.abs(one.values).mean(axis=0)))
    else:
        j = feature_position(one, feature)
    chosen = None if selected is None else sample_position(explanation, selected)
    return dependence_of(one, j, colour=colour, trend=trend, selected=chosen, seed=seed)


def dependence_of(
    one: OneOutput,
    j: int,
    *,
    colour: int | str | None,
    trend: bool,
    selected: int | None,
    seed: int,
) -> DependenceView:
    """Return the dependence of one output's feature at position j."""
    rng = np.random.default_rng(seed)
    column = one.column(j)
    values, kind = column.order, _kind(column)
    y = one.values[:, j].astype(np.float64)
    partner = _partner(one, j, colour, seed)
    limits, outside = _limits(values, kind)
    known = ~np.isnan(values)
    edges, counts = _histogram(values[known], kind, limits)
    line = _trend(values[known], y[known], kind, seed) if trend else None
    jitter = _jitter(values, kind, rng)
    drawn = np.arange(one.n)
    if one.n > EVERY_POINT:
        drawn = np.sort(rng.choice(one.n, EVERY_POINT, replace=False))
    if selected is not None:
        drawn = np.union1d(drawn, [selected])
    shade = None if partner is None else one.column(partner.feature)
    view = DependenceView(
        title="",
        sentence=(),
        footnote="",
        feature=j,
        name=one.names[j],
        unit=one.unit(j),
        kind=kind,
        categories=column.categories,
        samples=drawn,
        x=(values + jitter)[drawn],
        values=values[drawn],
        y=y[drawn],
        partner=None if partner is None else partner.feature,
        partner_name="" if partner is None else one.names[partner.feature],
        partner_unit="" if partner is None else one.unit(partner.feature),
        score=None if partner is None or colour != "auto" else partner.score,
        colour=None if shade is None else shade.numbers[drawn],
        colour_limits=None if shade is None else shade.limits(),
        trend=line,
        edges=edges,
        counts=counts,
        limits=limits,
        outside=outside,
        missing=int((~known).sum()),
        selected=selected,
        sample_names=one.explanation.sample_names,
        default_names=one.default_names,
        noun=one.noun,
        output=one.output,
        units=one.units,
        values_title=one.values_title,
    )
    return replace(
        view,
        title=title(one, view.name, column, y, line),
        sentence=sentence(one, view, column, y),
        footnote=footnote(one, view, total=one.n, trend=line),
    )


def _kind(column: Column) -> str:
    if column.is_category:
        return "category"
    return "discrete" if column.levels().size <= DISCRETE else "continuous"


def _partner(one: OneOutput, j: int, colour: int | str | None, seed: int) -> Partner | None:
    if colour is None or colour == "none":
        return None
    if colour == "auto":
        return strongest_partner(one, j, seed=seed)
    return Partner(feature_position(one, colour, "colour"), float("nan"))


def _limits(values: FloatArray, kind: str) -> tuple[tuple[float, float], int]:
    known = values[~np.isnan(values)]
    if not known.size:
        return (0.0, 1.0), 0
    if kind != "continuous":
        low, high = float(known.min()), float(known.max())
        margin = 0.5 if kind == "category" else 0.5 * _smallest_step(known)
        return (low - margin, high + margin), 0
    low, high = (float(q) for q in np.percentile(known, [0.5, 99.5]))
    if not high > low:
        low, high = float(known.min()), float(known.max())
    outside = int(np.sum((known < low) | (known > high)))
    return (low, high), outside


def _smallest_step(known: FloatArray) -> float:
    levels = np.unique(known)
    return float(np.diff(levels).min()) if levels.size > 1 else max(abs(float(levels[0])), 1.0)


def _histogram(
    known: FloatArray, kind: str, limits: tuple[float, float]
) -> tuple[FloatArray, IntArray]:
    if kind == "continuous":
        counts, edges = np.histogram(known, bins=BINS, range=limits)
        return edges, counts
    levels, sizes = np.unique(known, return_counts=True)
    if not levels.size:
        return np.array([0.0, 1.0]), np.array([0])
    half = 0.3 * (1.0 if kind == "category" else _smallest_step(known))
    # One bar a level: pairs of edges with empty bins between them.
    edges = np.stack([levels - half, levels + half], axis=1).ravel()
    counts = np.zeros(edges.size - 1, dtype=np.int64)
    counts[::2] = sizes
    return edges, counts


def _trend(x: FloatArray, y: FloatArray, kind: str, seed: int) -> Trend | None:
    if kind == "continuous":
        return local_linear(x, y, seed=seed)
    return level_means(x, y) if x.size else None


def _jitter(values: FloatArray, kind: str, rng: np.random.Generator) -> FloatArray:
    if kind == "continuous":
        return np.zeros(values.size)
    known = values[~np.isnan(values)]
    step = 1.0 if kind == "category" or not known.size else _smallest_step(known)
    return rng.uniform(-JITTER, JITTER, values.size) * step
