"""Several inputs: how much came from each, and each drawn as what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from shapviz.explanation import Explanation
from shapviz.labels import count
from shapviz.types import FloatArray
from shapviz.views.checks import at_least_one
from shapviz.views.image import image
from shapviz.views.input_importance import summed_by_input
from shapviz.views.modality import modality
from shapviz.views.one_output import OneOutput, one_output, sample_position
from shapviz.views.sequence import sequence
from shapviz.views.text import text
from shapviz.views.waterfall import WaterfallView, waterfall
from shapviz.views.words import Span, effect, join, say, share, spell, strong

__all__ = ["ColumnsView", "InputPanel", "MultiInputView", "multi_input"]


@dataclass(frozen=True, eq=False)
class ColumnsView:
    """One row of one input: its columns with their SHAP values, largest first.

    Attributes
    ----------
    names, value_texts : tuple of str
        Of each column, and its raw value with unit.
    values : float array of shape (rows,)
        SHAP values; the last row's is the sum of the `others` that have none of their own.
    others : int
        How many columns the last row sums; 0 where every column has a row.
    """

    names: tuple[str, ...]
    value_texts: tuple[str, ...]
    values: FloatArray
    others: int
    units: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per column: feature, raw value, SHAP value."""
        return pd.DataFrame(
            {"feature": self.names, "value": self.value_texts, "shap_value": self.values}
        )


@dataclass(frozen=True, eq=False)
class InputPanel:
    """One input of one sample.

    Attributes
    ----------
    name : str
    kind : {"table", "image", "text", "sequence"}
        What it is drawn as.
    share : float
        Sum of its SHAP values, in `units`.
    part : float
        |share| over the sum of all inputs' |share|; NaN where all are 0.
    heading : str
        Both in words.
    view : ColumnsView, ImageView, SequenceView …
        Of its `kind`.
    """

    name: str
    kind: str
    share: float
    part: float
    heading: str
    view: Any


@dataclass(frozen=True, eq=False)
class MultiInputView:
    """What each input gave to one prediction.

    Attributes
    ----------
    sum : WaterfallView
        From the base value over the inputs to the prediction.
    panels : tuple of InputPanel
        In the model's order.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    sample: int
    sample_name: str
    sum: WaterfallView
    panels: tuple[InputPanel, ...]
    output: str
    units: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per input: its sum of SHAP values and its part of all movement."""
        return pd.DataFrame(
            {
                "input": [panel.name for panel in self.panels],
                "shap_value": [panel.share for panel in self.panels],
                "part": [panel.part for panel in self.panels],
            }
        )


def multi_input(
    explanation: Explanation,
    sample: int | str = 0,
    *,
    output: str | int | None = None,
    max_display: int = 8,
) -> MultiInputView:
    """Return what each of several inputs gave to one prediction.

    Parameters
    ----------
    explanation : Explanation
        Of a model with several inputs.
    sample : int or str, default 0
        Position or name.
    output : str or int, optional
        Default: the sample's largest prediction.
    max_display : int, default 8
        Columns of a table shown at most.

    Raises
    ------
    InputError
        The model has one input, or a name is unknown.
    """
    at_least_one("max_display", max_display)
    i = sample_position(explanation, sample)
    row = explanation[[i]]
    sums = summed_by_input(row)
    one = one_output(row, output, sample=0)
    chosen = _position(row, one)
    moved_by = sums.values[0] if chosen is None else sums.values[0, :, chosen]
    total = float(np.abs(moved_by).sum())
    shares = dict(zip(sums.feature_names, moved_by, strict=True))
    panels = tuple(
        _panel(row.of_input(name), name, float(moved), total, chosen, max_display)
        for name, moved in shares.items()
    )
    walked = waterfall(sums, 0, output=chosen, max_display=len(shares))
    return MultiInputView(
        title="How much came from each input?",
        sentence=_sentence(one, panels),
        footnote=(
            f"An input’s part is the size of its sum over those of all {spell(len(panels))}. "
            "Within an input, values of both signs can cancel."
        ),
        sample=i,
        sample_name=explanation.sample_names[i],
        sum=replace(walked, sample=i, sample_name=explanation.sample_names[i], footnote=""),
        panels=panels,
        output=one.output,
        units=one.units,
    )


def _position(row: Explanation, one: OneOutput) -> int | None:
    if not row.has_outputs:
        return None
    names = row.output_names
    listed = names[0].tolist() if isinstance(names, np.ndarray) else list(names)
    return listed.index(one.output)


def _panel(
    part: Explanation, name: str, moved: float, total: float, output: int | None, most: int
) -> InputPanel:
    of_all = abs(moved) / total if total else float("nan")
    kind = modality(part)
    written = effect(moved, part.units).text
    unit = f" {part.units}" if part.units and "probab" not in part.units else ""
    heading = f"{name}: {written}{unit}"
    if total:
        heading += f", {share(of_all)} of the movement"
    return InputPanel(name, kind, moved, of_all, heading, DRAWN[kind](part, output, most))


def _columns(part: Explanation, output: int | None, most: int) -> ColumnsView:
    one = one_output(part, output)
    values = one.values[0].astype(np.float64)
    order = np.argsort(-np.abs(values), kind="stable")
    shown = order if one.d <= most + 1 else order[:most]
    rest = order[len(shown) :]
    names = [one.names[j] for j in shown]
    texts = [one.value_text(0, j) for j in shown]
    if rest.size:
        names.append(f"{count(rest.size)} others")
        texts.append("")
        return ColumnsView(
            tuple(names),
            tuple(texts),
            np.append(values[shown], values[rest].sum()),
            int(rest.size),
            one.units,
        )
    return ColumnsView(tuple(names), tuple(texts), values[shown], 0, one.units)


DRAWN: dict[str, Callable[[Explanation, int | None, int], Any]] = {
    "table": _columns,
    "image": lambda part, output, most: image(part, 0, output=output, max_display=1),
    "sequence": lambda part, output, most: sequence(part, 0, output=output),
    "text": lambda part, output, most: text(part, 0, output=output),
}
"""The view of an input by what it is to the eye."""


def _sentence(one: OneOutput, panels: tuple[InputPanel, ...]) -> tuple[Span, ...]:
    if not any(panel.share for panel in panels):
        return say("No input moves this prediction away from the base value.")
    flat = one.explanation
    prediction, base = float(flat.predictions[0]), float(flat.base_values[0])
    unit = f" {one.unit_words}" if one.unit_words else ""
    moved = [
        say(strong(panel.name), " moves it by ", effect(panel.share, one.units), unit)
        for panel in sorted(panels, key=lambda panel: -abs(panel.share))
    ]
    name = f" of {one.called}" if one.output and not one.is_probability else ""
    return say(
        f"The model starts from {one.output_words(base)}{unit}; ",
        join(moved),
        f": together to a prediction{name} of ",
        strong(one.output_words(prediction) + unit),
        ".",
    )
