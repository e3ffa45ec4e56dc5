"""Sequence: which signal moved this prediction, and when?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapviz.explanation import Explanation
from shapviz.labels import count
from shapviz.types import Array, FloatArray, IntArray
from shapviz.views.checks import at_least_one
from shapviz.views.one_output import OneOutput, one_output, sample_position
from shapviz.views.windows import Window, window_of
from shapviz.views.words import Span, effect, say, share, strong

__all__ = ["SequenceView", "sequence"]

CLIP = 99.5
"""Percentile of |value| over the window at which colours end."""
MOST = 0.8
"""Share of a signal's push that the steps which are named hold."""


@dataclass(frozen=True, eq=False)
class SequenceView:
    """One window with its SHAP values, signals in the order of their size.

    Attributes
    ----------
    signals, units : tuple of str
        Of the signals shown.
    positions : int array of shape (signals,)
        Where they stand in the window.
    readings : array of shape (time, signals) or None
    values : float array of shape (time, signals)
        What stands at each entry: its SHAP value, or that of the player that holds it.
    block_starts, block_stops, block_values : arrays of shape (blocks,), or None
        First and last step of what stands apart in time, and the sum of its values.
    signal_values : float array of shape (signals,) or None
        Sum over time; None where players hold several signals.
    limit : float
        Symmetric end of the colour scale.
    whole_entries : bool
        Whether every entry is a player, so that `values` sum up.
    is_band : bool
        Whether all signals of a step share a player: one band behind the lines.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    sample: int
    sample_name: str
    signals: tuple[str, ...]
    positions: IntArray
    units_of_signals: tuple[str, ...]
    readings: Array | None
    values: FloatArray
    block_starts: IntArray | None
    block_stops: IntArray | None
    block_values: FloatArray | None
    signal_values: FloatArray | None
    limit: float
    whole_entries: bool
    is_band: bool
    output: str
    units: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per step and signal: time, signal, reading, its player's SHAP value."""
        steps, signals = self.values.shape
        frame = pd.DataFrame(
            {
                "time": np.repeat(np.arange(steps), signals),
                "signal": list(self.signals) * steps,
                "shap_value": self.values.ravel(),
            }
        )
        if self.readings is not None:
            frame.insert(2, "value", self.readings.ravel())
        return frame


def sequence(
    explanation: Explanation,
    sample: int | str = 0,
    *,
    output: str | int | None = None,
    max_display: int = 12,
) -> SequenceView:
    """Return one window of signals with its SHAP values.

    Parameters
    ----------
    explanation : Explanation
        Of windows: features of shape (time, feature), or players that are steps, blocks or
        signals of such (`maskers.Sequence`).
    sample : int or str, default 0
        Position or name.
    output : str or int, optional
        Default: the sample's largest prediction.
    max_display : int, default 12
        Signals shown at most, those with the largest values; the sums by time are of all.

    Raises
    ------
    InputError
        If samples are no windows, or a name is unknown.
    """
    at_least_one("max_display", max_display)
    i = sample_position(explanation, sample)
    window = window_of(explanation, i)
    one = one_output(explanation[[i]], output, sample=0)
    players = one.values[0].astype(np.float64)
    laid = window.laid(players)
    order = np.argsort(-np.abs(laid).sum(axis=0), kind="stable")[:max_display]
    # Those shown keep the order in which the window has them.
    shown = np.sort(order)
    blocks = window.blocks
    by_signal = window.by_signal(players) if window.apart_by_signal else None
    limit = float(np.percentile(np.abs(laid), CLIP)) or float(np.abs(laid).max())
    return SequenceView(
        title="Which signal, and when?",
        sentence=_sentence(one, window, players),
        footnote=_footnote(window, len(shown)),
        sample=i,
        sample_name=explanation.sample_names[i],
        signals=tuple(window.signals[j] for j in shown),
        positions=shown,
        units_of_signals=tuple(window.units[j] for j in shown),
        readings=None if window.readings is None else window.readings[:, shown],
        values=laid[:, shown],
        block_starts=None if blocks is None else blocks[0],
        block_stops=None if blocks is None else blocks[1],
        block_values=None if blocks is None else window.by_block(players),
        signal_values=None if by_signal is None else by_signal[shown],
        limit=limit,
        whole_entries=bool(np.bincount(window.owner[window.owner >= 0]).max(initial=1) == 1),
        is_band=window.is_band,
        output=one.output,
        units=one.units,
    )


def _sentence(one: OneOutput, window: Window, players: FloatArray) -> tuple[Span, ...]:
    if not players.any():
        return say("No signal moves this prediction away from the base value.")
    goal = f" towards {one.towards}" if one.towards else ""
    if not window.apart_by_signal:
        return _by_time(one, window, players, goal)
    sums = window.by_signal(players)
    j = int(np.argmax(np.abs(sums)))
    said = say(
        strong(window.signals[j]),
        " moves the prediction by ",
        effect(float(sums[j]), one.units),
        f"{_unit(one)}{goal}",
        ", more than any other signal" if len(sums) > 1 else "",
    )
    if window.blocks is None:
        return say(said, ".")
    own = window.laid(players)[:, j] * (np.sign(sums[j]) or 1.0)
    a, b = busiest(np.maximum(own, 0.0))
    when = f"step {a}" if a == b else f"steps {a} to {b}"
    return say(said, f"; {share(MOST)} of that push comes from ", strong(when), ".")


def _by_time(one: OneOutput, window: Window, players: FloatArray, goal: str) -> tuple[Span, ...]:
    if window.blocks is None:
        k = int(np.argmax(np.abs(players)))
        return say(
            "One region moves the prediction by ",
            effect(float(players[k]), one.units),
            f"{_unit(one)}{goal}, more than any other.",
        )
    (starts, stops), sums = window.blocks, window.by_block(players)
    k = int(np.argmax(np.abs(sums)))
    when = f"Step {starts[k]}" if starts[k] == stops[k] else f"Steps {starts[k]} to {stops[k]}"
    verb = "moves" if starts[k] == stops[k] else "move"
    return say(
        strong(when),
        f" {verb} the prediction by ",
        effect(float(sums[k]), one.units),
        f"{_unit(one)}{goal}, more than any other.",
    )


def _unit(one: OneOutput) -> str:
    return f" {one.unit_words}" if one.unit_words else ""


def busiest(push: FloatArray) -> tuple[int, int]:
    """Return first and last step of the shortest run that holds `MOST` of what is pushed.

    Parameters
    ----------
    push : float array of shape (time,)
        None of them negative.
    """
    if not push.any():
        return 0, 0
    total = np.concatenate([[0.0], np.cumsum(push)])
    wanted = MOST * total[-1] * (1 - 1e-12)
    stops = np.searchsorted(total, total[:-1] + wanted, side="left")
    inside = stops < len(total)
    lengths = np.where(inside, stops - np.arange(len(push)), len(push) + 1)
    start = int(np.argmin(lengths))
    return start, start + max(int(lengths[start]), 1) - 1


def _footnote(window: Window, shown: int) -> str:
    parts = []
    signals = window.shape[1]
    if shown < signals:
        parts.append(f"{count(shown)} of {count(signals)} signals, those with the largest values.")
    if not window.apart_by_signal:
        parts.append("Signals are hidden together here, so none has a sum of its own.")
    if window.blocks is None and window.shape[0] > 1:
        parts.append("A signal is hidden over all time at once, so no step has a sum of its own.")
    parts.append(
        "Lines: what was read, each on its own scale. Colours: orange pushes up, blue pushes down, "
        "strongest at the 99.5th percentile."
    )
    return " ".join(parts)
