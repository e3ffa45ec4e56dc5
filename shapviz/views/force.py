"""Force: one sample's features pushing the output up from the left and down from the right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapviz.explanation import Explanation
from shapviz.labels import count
from shapviz.types import FloatArray
from shapviz.views.one_output import OneOutput, one_output, sample_position
from shapviz.views.prediction import prediction_sentence, prediction_title
from shapviz.views.words import Span

__all__ = ["ForceView", "Push", "force"]

SMALLEST = 0.045
"""Features below this share of the total movement are merged at the far end."""


@dataclass(frozen=True)
class Push:
    """One chevron: from `start` to `end` on the output's axis, `end` nearer the prediction.

    Attributes
    ----------
    feature : int
        Its position; −1 for merged ones.
    value : float
        Its SHAP value, in units of the output.
    """

    feature: int
    name: str
    value_text: str
    value: float
    start: float
    end: float

    @property
    def merged(self) -> bool:
        """Whether this is several features too small to show."""
        return self.feature < 0


@dataclass(frozen=True, eq=False)
class ForceView:
    """The chevrons of one prediction, largest next to it, and the sentence about it."""

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    sample: int
    sample_name: str
    ups: tuple[Push, ...]
    downs: tuple[Push, ...]
    base: float
    prediction: float
    meeting: float
    base_text: str
    prediction_text: str
    output: str
    units: str

    @property
    def pushes(self) -> tuple[Push, ...]:
        """All chevrons from left to right."""
        return (*reversed(self.ups), *self.downs)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per chevron, left to right."""
        return pd.DataFrame(
            {
                "feature": [push.name for push in self.pushes],
                "value": [push.value_text for push in self.pushes],
                "shap_value": [push.value for push in self.pushes],
                "start": [push.start for push in self.pushes],
                "end": [push.end for push in self.pushes],
            }
        )


def force(
    explanation: Explanation, sample: int | str = 0, *, output: str | int | None = None
) -> ForceView:
    """Return the force strip of one sample, with the sentence about its prediction.

    Parameters
    ----------
    explanation : Explanation
    sample : int or str, default 0
        Position or name.
    output : str or int, optional
        Default: the sample's largest prediction.

    Raises
    ------
    InputError
        For an unknown sample or output.
    """
    i = sample_position(explanation, sample)
    one = one_output(explanation[[i]], output, sample=0)
    values = one.values[0].astype(np.float64)
    own = one.largest_first(0).size
    base = float(one.explanation.base_values[0])
    # The chevrons meet where the values lead; the additivity gap lies beyond and is in the trust
    # panel, so that the strip never hides it by stretching.
    meeting = base + float(values.sum())
    prediction = float(one.explanation.predictions[0])
    return ForceView(
        title=prediction_title(one, 0),
        sentence=prediction_sentence(one, 0),
        footnote=f"{count(own)} of {count(own)} features; those below "
        f"{100 * SMALLEST:.1f}% of the movement are merged.",
        sample=i,
        sample_name=one.sample_label(0),
        ups=_pushes(one, values, meeting, 1.0),
        downs=_pushes(one, values, meeting, -1.0),
        base=base,
        prediction=prediction,
        meeting=meeting,
        base_text=one.output_text(base),
        prediction_text=one.output_text(prediction),
        output=one.output,
        units=one.units,
    )


def _pushes(one: OneOutput, values: FloatArray, meeting: float, sign: float) -> tuple[Push, ...]:
    """Return the chevrons of one direction, from the prediction outwards."""
    total = float(np.abs(values).sum())
    members = np.flatnonzero(values * sign > 0)
    members = members[np.argsort(-np.abs(values[members]), kind="stable")]
    large = members[np.abs(values[members]) >= SMALLEST * total]
    small = members[len(large) :]
    if small.size == 1:  # "1 others" would take the same room as its name
        large, small = members, members[:0]
    pushes = []
    edge = meeting
    for j in large:
        value = float(values[j])
        pushes.append(Push(int(j), one.names[j], one.value_text(0, j), value, edge - value, edge))
        edge -= value
    if small.size:
        value = float(values[small].sum())
        name = f"{count(small.size)} others"
        pushes.append(Push(-1, name, "", value, edge - value, edge))
    return tuple(pushes)
