"""Sequence grid: one window as every explainer sees it, class by class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.labels import count
from shapviz.types import FloatArray
from shapviz.views.checks import at_least_one
from shapviz.views.one_output import one_output, sample_position
from shapviz.views.windows import Window, window_of
from shapviz.views.words import Span, called, join, say, spell, strong

__all__ = ["SequenceGridView", "sequence_grid"]


@dataclass(frozen=True, eq=False)
class SequenceGridView:
    """Rows of explanations, columns of outputs, a window's values in each.

    Attributes
    ----------
    rows, columns : tuple of str
        Names of the explanations, and of the outputs.
    signals : tuple of str
        Of the lanes.
    values : float array of shape (rows, columns, time, signals)
        SHAP values at each entry: those of the players that hold them.
    limits : float array of shape (rows,)
        Symmetric end of each row's colour scale.
    is_band : tuple of bool
        Rows in which all signals of a step share a player: one band instead of lanes.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    sample: int
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    signals: tuple[str, ...]
    values: FloatArray
    limits: FloatArray
    is_band: tuple[bool, ...]
    units: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row an entry: explanation, output, time, signal, its player's SHAP value."""
        index = pd.MultiIndex.from_product(
            [self.rows, self.columns, range(self.values.shape[2]), self.signals],
            names=["explanation", "output", "time", "signal"],
        )
        frame = pd.DataFrame({"shap_value": self.values.ravel()}, index=index)
        return frame.reset_index()


def sequence_grid(
    explanations: Mapping[str, Explanation],
    sample: int | str = 0,
    *,
    output: str | int | None = None,
    max_display: int = 3,
    max_signals: int = 6,
) -> SequenceGridView:
    """Return one window in several explanations, class by class.

    Parameters
    ----------
    explanations : mapping of str to Explanation
        By name, of the same windows and outputs.
    sample : int or str, default 0
        Position or name.
    output : str or int, optional
        The output of the first column. Default: the sample's largest prediction.
    max_display : int, default 3
        Outputs at most, the likeliest after the first.
    max_signals : int, default 6
        Lanes at most, those with the largest values in the first explanation.

    Raises
    ------
    InputError
        There is no explanation, they are of other windows or outputs, or samples are no windows.
    """
    at_least_one("max_display", max_display)
    at_least_one("max_signals", max_signals)
    given = list(explanations.values())
    if not given:
        rule = "name one or more explanations"
        raise InputError(complaint("explanations", rule, explanations, "Pass {name: explanation}."))
    first = given[0]
    i = sample_position(first, sample)
    windows = [window_of(each, i) for each in given]
    _check_alike(given, windows)
    places, names = _outputs(first, i, output, max_display)
    laid = np.stack(
        [
            [window.laid(_values(each, i, k)) for k in places]
            for each, window in zip(given, windows, strict=True)
        ]
    )
    sizes = np.abs(laid[0]).sum(axis=(0, 1))
    shown = np.sort(np.argsort(-sizes, kind="stable")[:max_signals])
    named = next((w for w in windows if any(w.units)), windows[0])
    return SequenceGridView(
        title="Do the explainers agree on this window?",
        sentence=_sentence(tuple(explanations), windows, laid[:, 0]),
        footnote=_footnote(len(shown), len(sizes), len(places), first),
        sample=i,
        rows=tuple(explanations),
        columns=names,
        signals=tuple(named.signals[j] for j in shown),
        values=laid[..., shown],
        limits=np.abs(laid).max(axis=(1, 2, 3)),
        is_band=tuple(window.is_band for window in windows),
        units=first.units,
    )


def _check_alike(given: list[Explanation], windows: list[Window]) -> None:
    first = given[0]
    for each, window in zip(given, windows, strict=True):
        alike = (
            len(each) == len(first)
            and window.shape == windows[0].shape
            and each.predictions.shape == first.predictions.shape
        )
        if not alike:
            rule = "be of the same windows and outputs"
            raise InputError(complaint("explanations", rule, each, "Compare those that are."))


def _outputs(
    explanation: Explanation, i: int, output: str | int | None, most: int
) -> tuple[list[int | None], tuple[str, ...]]:
    chosen = one_output(explanation[[i]], output, sample=0)
    if not explanation.has_outputs:
        return [None], (chosen.called,)
    names = explanation.output_names
    own = [str(name) for name in (names[i] if isinstance(names, np.ndarray) else names)]
    order = [int(k) for k in np.argsort(-explanation.predictions[i], kind="stable")]
    order.sort(key=lambda k: own[k] != chosen.output)
    return list(order[:most]), tuple(called(own[k], chosen.units) for k in order[:most])


def _values(explanation: Explanation, i: int, k: int | None) -> FloatArray:
    flat = explanation[[i]].flat().values[0]
    return (flat if k is None else flat[..., k]).astype(np.float64)


def _sentence(names: tuple[str, ...], windows: list[Window], laid: FloatArray) -> tuple[Span, ...]:
    """Where each explanation has its largest value of the first output."""
    if len(names) == 1:
        return say("The same window, class by class.")
    steps = [int(np.abs(values).max(axis=1).argmax()) for values in laid]
    holds = [
        window.owner[step] if values.any() else None
        for window, step, values in zip(windows, steps, laid, strict=True)
    ]
    if any(hold is None for hold in holds):
        return say("The same window in each of them.")
    near = max(steps) - min(steps) <= max(_width(w, s) for w, s in zip(windows, steps, strict=True))
    many = f"All {spell(len(names))} explanations" if len(names) > 2 else "Both explanations"
    if near:
        return say(f"{many} have their largest value about ", strong(f"step {steps[0]}"), ".")
    where = [
        say(strong(f"step {s}"), f" in \u201c{name}\u201d")
        for s, name in zip(steps, names, strict=True)
    ]
    return say("They differ on where the largest value is: ", join(where), ".")


def _width(window: Window, step: int) -> int:
    """Steps of the block that holds a step."""
    if window.blocks is None:
        return window.shape[0]
    starts, stops = window.blocks
    k = int(np.searchsorted(starts, step, side="right")) - 1
    return int(stops[k] - starts[k] + 1)


def _footnote(shown: int, signals: int, columns: int, explanation: Explanation) -> str:
    parts = ["Each row has a colour scale of its own: blocks of steps hold more than single ones."]
    outputs = explanation.predictions.shape[1] if explanation.has_outputs else 1
    if columns < outputs:
        parts.append(f"{count(columns)} of {count(outputs)} outputs.")
    if shown < signals:
        parts.append(f"{count(shown)} of {count(signals)} signals.")
    return " ".join(parts)
