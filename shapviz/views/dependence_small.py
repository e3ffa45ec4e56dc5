"""Small multiples: the dependence of several features on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapviz.explanation import Explanation
from shapviz.views.checks import at_least_one
from shapviz.views.dependence import DependenceView, dependence_of
from shapviz.views.dependence_words import small_footnote
from shapviz.views.one_output import feature_position, one_output, sample_position
from shapviz.views.words import Span, say, spell

__all__ = ["DependenceSmallView", "dependence_small"]


@dataclass(frozen=True, eq=False)
class DependenceSmallView:
    """Several features' dependence, to be drawn as one figure each with the same y axis.

    Attributes
    ----------
    panels : tuple of DependenceView
        Uncoloured; a panel's title is the feature's name.
    limits : (float, float)
        The y axis they share.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    panels: tuple[DependenceView, ...]
    limits: tuple[float, float]

    def to_frame(self) -> pd.DataFrame:
        """Return the panels' tables under each other, with the feature's name first."""
        frames = [panel.to_frame().assign(feature=panel.name) for panel in self.panels]
        table = pd.concat(frames, ignore_index=True)
        return table[["feature", *(c for c in table.columns if c != "feature")]]


def dependence_small(
    explanation: Explanation,
    features: Sequence[int | str] | None = None,
    *,
    output: str | int | None = None,
    after: int | str | None = None,
    count: int = 3,
    selected: int | str | None = None,
    seed: int = 0,
) -> DependenceSmallView:
    """Return the dependence of several features on the same scale.

    Parameters
    ----------
    explanation : Explanation
        With data.
    features : sequence of int or str, optional
        Default: the `count` with the largest mean effect, `after` left out.
    output : str or int, optional
        Default: the first.
    after : int or str, optional
        The feature shown large already.
    count : int, default 3
    selected : int or str, optional
        Sample whose points are ringed.
    seed : int, default 0

    Raises
    ------
    InputError
        For an unknown feature, output or sample, or `count` below 1.
    """
    at_least_one("count", count)
    one = one_output(explanation, output)
    chosen = None if selected is None else sample_position(explanation, selected)
    if features is None:
        shown = None if after is None else feature_position(one, after, "after")
        order = np.argsort(-np.abs(one.values).mean(axis=0), kind="stable")
        positions = [int(j) for j in order if int(j) != shown][:count]
    else:
        positions = [feature_position(one, feature, "features") for feature in features]
    panels = tuple(
        dependence_of(one, j, colour=None, trend=True, selected=chosen, seed=seed)
        for j in positions
    )
    ys = np.concatenate([panel.y for panel in panels]) if panels else np.zeros(1)
    return DependenceSmallView(
        title=f"The next {spell(len(panels))}, on the same scale"
        if len(panels) != 1
        else "The next one",
        sentence=say(f"Each panel is one feature; all share the axis of {one.value_name}s."),
        footnote=small_footnote(one, panels, total=one.n),
        panels=panels,
        limits=(float(ys.min()), float(ys.max())),
    )
