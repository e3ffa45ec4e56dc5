"""Sequence steps: over all windows, when does the model look, and at which signal?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.labels import count, several
from shapviz.types import FloatArray, IntArray
from shapviz.views.checks import at_least_one
from shapviz.views.one_output import one_output
from shapviz.views.windows import Window, window_of
from shapviz.views.words import Span, say, share, strong

__all__ = ["SequenceStepsView", "sequence_steps"]

DOTS = 2_000
"""Samples that get a dot at most; evenly spaced beyond that."""


@dataclass(frozen=True, eq=False)
class SequenceStepsView:
    """Mean |value| of windows by step and by signal, and where each sample's largest value is.

    Attributes
    ----------
    signals : tuple of str
        Of the lanes, as the window has them; "All signals" where players hold several.
    starts, stops : int arrays of shape (blocks,)
        First and last step of what stands apart in time.
    mean : float array of shape (lanes, blocks)
        Mean absolute value over samples.
    by_block, by_signal : float arrays of shape (blocks,), (lanes,)
        Sums of `mean`.
    samples : int array of shape (dots,)
        Positions of the samples that have a dot.
    at_lane, at_block : int arrays of shape (dots,)
        Where the sample's largest |value| is.
    largest : float array of shape (dots,)
        That value.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    signals: tuple[str, ...]
    steps: int
    starts: IntArray
    stops: IntArray
    mean: FloatArray
    by_block: FloatArray
    by_signal: FloatArray
    samples: IntArray
    sample_names: tuple[str, ...]
    sample_noun: str
    default_names: bool
    at_lane: IntArray
    at_block: IntArray
    largest: FloatArray
    output: str
    units: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per lane and block: signal, first and last step, mean |SHAP value|."""
        lanes, blocks = self.mean.shape
        return pd.DataFrame(
            {
                "signal": np.repeat(list(self.signals), blocks),
                "first_step": np.tile(self.starts, lanes),
                "last_step": np.tile(self.stops, lanes),
                "mean_abs_shap_value": self.mean.ravel(),
            }
        )


def sequence_steps(
    explanation: Explanation,
    *,
    output: str | int | None = None,
    max_display: int = 12,
) -> SequenceStepsView:
    """Return mean |SHAP value| by time step and by signal over all windows.

    Parameters
    ----------
    explanation : Explanation
        Of windows, whose players are the same in all of them.
    output : str or int, optional
        Default: the first.
    max_display : int, default 12
        Signals shown at most, those with the largest sums.

    Raises
    ------
    InputError
        If samples are no windows, or players differ by sample.
    """
    at_least_one("max_display", max_display)
    window = window_of(explanation, 0)
    _check_alike(explanation)
    one = one_output(explanation, output)
    sizes = np.abs(one.values, dtype=np.float64)
    lane_of, block_of, starts, stops = _places(window)
    lanes = window.signals if window.apart_by_signal else ("All signals",)
    mean = np.zeros((len(lanes), len(starts)))
    np.add.at(mean, (lane_of, block_of), sizes.mean(axis=0))
    kept = np.sort(np.argsort(-mean.sum(axis=1), kind="stable")[:max_display])
    some = np.unique(np.linspace(0, one.n - 1, min(one.n, DOTS)).astype(np.int64))
    shown = np.flatnonzero(np.isin(lane_of, kept))
    best = shown[np.argmax(sizes[some][:, shown], axis=1)]
    where = np.searchsorted(kept, lane_of[best])
    return SequenceStepsView(
        title="When does the model look, and at which signal?",
        sentence=_sentence(mean, lanes, (starts, stops), window),
        footnote=_footnote(explanation, len(kept), len(lanes), len(some)),
        signals=tuple(lanes[j] for j in kept),
        steps=window.shape[0],
        starts=starts,
        stops=stops,
        mean=mean[kept],
        by_block=mean.sum(axis=0),
        by_signal=mean.sum(axis=1)[kept],
        samples=some,
        sample_names=explanation.sample_names,
        sample_noun=one.noun,
        default_names=one.default_names,
        at_lane=where,
        at_block=block_of[best],
        largest=one.values[some, best].astype(np.float64),
        output=one.output,
        units=one.units,
    )


def _check_alike(explanation: Explanation) -> None:
    owner = explanation.regions
    if isinstance(owner, np.ndarray) and (owner != owner[:1]).any():
        rule = "have the same players in every window"
        fix = "Use views.sequence for one window at a time."
        raise InputError(complaint("explanation", rule, owner, fix))


def _places(window: Window) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Lane and block of every player, and the blocks' first and last steps."""
    steps, features = window.shape
    players = int(window.owner.max()) + 1
    times, signals = np.indices((steps, features))
    first = np.full(players, steps)
    np.minimum.at(first, window.owner.ravel(), times.ravel())
    lane = np.zeros(players, dtype=np.int64)
    if window.apart_by_signal:
        lane[window.owner.ravel()] = signals.ravel()
    if window.blocks is None:
        return lane, np.zeros(players, np.int64), np.array([0]), np.array([steps - 1])
    starts, stops = window.blocks
    return lane, np.searchsorted(starts, first), starts, stops


def _sentence(
    mean: FloatArray, lanes: tuple[str, ...], blocks: tuple[IntArray, IntArray], window: Window
) -> tuple[Span, ...]:
    total = float(mean.sum())
    if total == 0:
        return say("No signal moves any prediction.")
    j, k = int(mean.sum(axis=1).argmax()), int(mean.sum(axis=0).argmax())
    a, b = int(blocks[0][k]), int(blocks[1][k])
    when = f"step {a}" if a == b else f"steps {a} to {b}"
    most = say(strong(lanes[j]), f" makes up {share(float(mean[j].sum()) / total)} of the movement")
    if len(blocks[0]) == 1:
        return say(most, ".")
    if not window.apart_by_signal:
        part = share(float(mean[:, k].sum()) / total)
        return say(
            strong(when[0].upper() + when[1:]),
            f" made the biggest difference: {part} of the movement.",
        )
    return say(most, "; over all signals ", strong(when), " mattered most.")


def _footnote(explanation: Explanation, shown: int, lanes: int, dots: int) -> str:
    noun = str(explanation.provenance.get("sample_noun", "sample"))
    parts = [f"Mean over {several(len(explanation), noun)}."]
    if shown < lanes:
        parts.append(f"{count(shown)} of {count(lanes)} signals.")
    some = "" if dots == len(explanation) else f" {count(dots)} of them are drawn."
    parts.append(f"A dot is one {noun}, at its largest value; click it to see why.{some}")
    return " ".join(parts)
