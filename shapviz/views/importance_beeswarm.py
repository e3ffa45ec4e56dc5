"""The Overview's figure: importance and beeswarm of the same features, row by row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapviz.explanation import Explanation
from shapviz.views.bar import BarView, Measure, OverAll, bar_of
from shapviz.views.beeswarm import BeeswarmView, beeswarm_of
from shapviz.views.one_output import OneOutput, one_output, sample_position
from shapviz.views.words import Span

__all__ = ["ImportanceBeeswarmView", "importance_beeswarm"]


@dataclass(frozen=True, eq=False)
class ImportanceBeeswarmView:
    """Two views that share their rows."""

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    bars: BarView
    swarm: BeeswarmView

    def to_frame(self) -> pd.DataFrame:
        """Return the bars' table; the points' table is ``view.swarm.to_frame()``."""
        return self.bars.to_frame()


def importance_beeswarm(
    explanation: Explanation,
    *,
    output: str | int | None = None,
    max_display: int = 10,
    measure: Measure = "average",
    selected: int | str | None = None,
    seed: int = 0,
    over_all: OverAll | None = None,
) -> ImportanceBeeswarmView:
    """Return importance with intervals beside every sample's value.

    Parameters
    ----------
    explanation : Explanation
    output : str or int, optional
        Default: the first.
    max_display : int, default 10
        Features with a row of their own.
    measure : {"average", "maximum"}
        What the bars show and the rows are sorted by.
    selected : int or str, optional
        Sample whose points are ringed.
    seed : int, default 0
        Of the bootstrap and of the samples drawn.
    over_all : OverAll, optional
        Importance over all samples, where `explanation` holds only some of them.

    Raises
    ------
    InputError
        For an unknown output, sample or measure, or `max_display` below 1.
    """
    one = one_output(explanation, output)
    chosen = None if selected is None else sample_position(explanation, selected)
    bars = bar_of(one, max_display=max_display, measure=measure, seed=seed, over_all=over_all)
    if over_all is None:
        mean_abs, total = np.abs(one.values).mean(axis=0, dtype=np.float64), one.n
    else:
        mean_abs, total = over_all.mean_abs, over_all.samples
    swarm = beeswarm_of(
        one, bars.features, bars.others, mean_abs, selected=chosen, seed=seed, total=total
    )
    return ImportanceBeeswarmView(
        title=swarm.title,
        sentence=bars.sentence,
        footnote=_footnote(one, bars, swarm),
        bars=bars,
        swarm=swarm,
    )


def _footnote(one: OneOutput, bars: BarView, swarm: BeeswarmView) -> str:
    """Return the beeswarm's footnote with what the bars are after its first sentence."""
    first, _, rest = swarm.footnote.partition(". ")
    kind = "mean" if bars.measure == "average" else "largest"
    unit = f" in {one.said_units}" if one.units else ""
    lines = ", lines: 95% bootstrap intervals" if bars.low is not None else ""
    middle = f"Bars: {kind} |{one.value_name}|{unit}{lines}."
    return " ".join(filter(None, [first.rstrip(".") + ".", middle, rest, CAUSES]))


CAUSES = "Effects on the model\u2019s output are not causes."
