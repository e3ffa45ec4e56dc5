"""Image: the input and, class by class, which pixels pushed it up or down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.labels import percent
from shapviz.selection import pick
from shapviz.types import BoolArray, FloatArray
from shapviz.views.checks import at_least_one
from shapviz.views.one_output import OneOutput, one_output, sample_position
from shapviz.views.words import PROBABILITY, Span, say, spell

__all__ = ["ImagePanel", "ImageView", "image", "outline"]

CLIP = 99.0
"""Percentile of |value| over all panels at which colours end."""


@dataclass(frozen=True, eq=False)
class ImagePanel:
    """One class: its name, what the model gives it, its SHAP values summed over channels."""

    output: int
    name: str
    prediction: float
    prediction_text: str
    values: FloatArray


@dataclass(frozen=True, eq=False)
class ImageView:
    """The input and its panels, most likely class first.

    Attributes
    ----------
    picture : float array of shape (h, w) or (h, w, 3)
        0 to 1; grey or RGB. Other channel counts are averaged.
    panels : tuple of ImagePanel
    limit : float
        Symmetric end of the one colour scale.
    outline : bool array of shape (h, w)
        Where a grey picture has ink (beyond halfway between background and ink).
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    sample: int
    sample_name: str
    picture: FloatArray
    panels: tuple[ImagePanel, ...]
    limit: float
    outline: BoolArray
    units: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per pixel and class: class, y, x, SHAP value."""
        frames = []
        for panel in self.panels:
            y, x = np.indices(panel.values.shape)
            frames.append(
                pd.DataFrame(
                    {
                        "output": panel.name,
                        "y": y.ravel(),
                        "x": x.ravel(),
                        "shap_value": panel.values.ravel(),
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)


def image(
    explanation: Explanation,
    sample: int | str = 0,
    *,
    output: str | int | None = None,
    max_display: int = 6,
) -> ImageView:
    """Return one image with its overlays.

    Parameters
    ----------
    explanation : Explanation
        Of images: features of shape (h, w) or (h, w, channels), with data.
    sample : int or str, default 0
        Position or name.
    output : str or int, optional
        Only this class. Default: the classes by prediction.
    max_display : int, default 6
        Classes shown at most.

    Raises
    ------
    InputError
        If the features are not images, no data came with them, or a name is unknown.
    """
    at_least_one("max_display", max_display)
    shape = explanation.feature_shape
    if len(shape) not in (2, 3) or explanation.data is None:
        raise InputError(
            complaint(
                "explanation",
                "hold images: features of shape (h, w) or (h, w, channels), with data",
                shape,
                "Use views.waterfall for tables.",
            )
        )
    i = sample_position(explanation, sample)
    picture = _picture(explanation, i)
    count = explanation.values.shape[-1] if explanation.has_outputs else 1
    positions = _outputs(explanation, i, output, max_display)
    panels = tuple(_panel(explanation, i, k) for k in positions)
    sizes = np.concatenate([np.abs(panel.values).ravel() for panel in panels])
    limit = float(np.percentile(sizes, CLIP)) or float(sizes.max())
    return ImageView(
        title="Which pixels decided this image?",
        sentence=_sentence(panels[0], classes=_are_classes(explanation)),
        footnote=_footnote(len(panels), count, classes=_are_classes(explanation)),
        sample=i,
        sample_name=explanation.sample_names[i],
        picture=picture,
        panels=panels,
        limit=limit,
        outline=_ink(picture),
        units=explanation.units,
    )


def _outputs(
    explanation: Explanation, i: int, output: str | int | None, most: int
) -> tuple[int | None, ...]:
    if not explanation.has_outputs:
        return (None,)
    names = explanation.output_names
    if output is not None:
        labels = None if isinstance(names, np.ndarray) else names
        size = explanation.values.shape[-1]
        return (int(pick(output, size, labels, "output").positions[0]),)
    return tuple(int(k) for k in np.argsort(-explanation.predictions[i], kind="stable")[:most])


def _panel(explanation: Explanation, i: int, k: int | None) -> ImagePanel:
    values = explanation.values[i] if k is None else explanation.values[i][..., k]
    if values.ndim == 3:
        values = values.sum(axis=-1)
    predictions = explanation.predictions[i]
    prediction = float(predictions if k is None else predictions[k])
    one = one_output(explanation[[i]], k, sample=0)
    p = one.probability(prediction)
    return ImagePanel(
        output=0 if k is None else k,
        name=one.output,
        prediction=prediction,
        prediction_text=percent(p) if p is not None else _predicted(one, prediction),
        values=values.astype(np.float64),
    )


def _picture(explanation: Explanation, i: int) -> FloatArray:
    """Return the sample as grey or RGB between 0 and 1, scaled by the whole data's range."""
    data = explanation.display_data
    pixels = np.asarray(data if data is not None else explanation.data)[i].astype(np.float64)
    known = np.nan_to_num(pixels, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(known.min()), float(known.max())
    span = high - low if high > low else 1.0
    scaled = (known - low) / span
    if scaled.ndim == 3 and scaled.shape[-1] == 4:
        scaled = scaled[..., :3]  # the fourth is opacity
    if scaled.ndim == 3 and scaled.shape[-1] != 3:
        scaled = scaled.mean(axis=-1)
    return scaled


def _ink(picture: FloatArray) -> BoolArray:
    grey = picture if picture.ndim == 2 else picture.mean(axis=-1)
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    background = float(np.median(edge))
    far = np.abs(grey - background)
    return np.asarray(far > 0.5 * float(far.max())) if far.max() > 0 else np.zeros(grey.shape, bool)


def outline(mask: BoolArray) -> list[tuple[float, float, float, float]]:
    """Return the edges between True and False as line segments (x0, y0, x1, y1).

    Pixels are unit squares around their integer position; runs of edges are joined.
    """
    padded = np.pad(mask, 1)
    segments: list[tuple[float, float, float, float]] = []
    across = padded[1:, :] != padded[:-1, :]
    for row in range(across.shape[0]):
        for start, stop in _runs(across[row]):
            segments.append((start - 1.5, row - 0.5, stop - 1.5, row - 0.5))
    beside = padded[:, 1:] != padded[:, :-1]
    for column in range(beside.shape[1]):
        for start, stop in _runs(beside[:, column]):
            segments.append((column - 0.5, start - 1.5, column - 0.5, stop - 1.5))
    return segments


def _runs(flags: BoolArray) -> list[tuple[int, int]]:
    steps = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    starts, stops = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return [(int(a), int(b)) for a, b in zip(starts, stops, strict=True)]


def _are_classes(explanation: Explanation) -> bool:
    """Return whether outputs are classes: probabilities, or several without units."""
    return explanation.units in ("log-odds", PROBABILITY) or (
        explanation.has_outputs and not explanation.units
    )


def _predicted(one: OneOutput, prediction: float) -> str:
    return f"{one.output_text(prediction)} {one.units}".rstrip()


def _sentence(panel: ImagePanel, *, classes: bool) -> tuple[Span, ...]:
    what = f" \u201c{panel.name}\u201d" if panel.name else ""
    said = (
        say("The model reads it as ", Span(f"{panel.prediction_text}{what}", "strong"))
        if classes
        else say(
            f"The model\u2019s prediction{f' of{what}' if what else ''} is ",
            Span(panel.prediction_text, "strong"),
        )
    )
    return say(
        said,
        ". Orange pixels ",
        Span("push up", "up"),
        ", blue ones ",
        Span("push down", "down"),
        ".",
    )


def _footnote(shown: int, count: int, *, classes: bool) -> str:
    noun = "classes" if classes else "outputs"
    which = f"{spell(shown).capitalize()} of {count} {noun}. " if count > 1 else ""
    return (
        f"{which}One colour scale for all panels, clipped at the 99th percentile; "
        "transparent at zero."
    )
