"""Image: the input and, class by class, which pixels or regions pushed it up or down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.labels import percent
from shapviz.selection import pick
from shapviz.types import BoolArray, FloatArray
from shapviz.views import image_values
from shapviz.views.checks import at_least_one
from shapviz.views.image_places import place_words
from shapviz.views.one_output import OneOutput, sample_position
from shapviz.views.words import PROBABILITY, Span, say, spell

__all__ = ["ImagePanel", "ImageView", "image", "ink", "outline"]

UNCLEAR = " Regions without colour: zero lies within 1.96 standard errors of their value."
CLIP = 99.0
"""Percentile of |value| over all panels at which colours end."""
BACKDROP, FAINT = 0.35, 0.25
"""How much of a photograph, and of a drawing, stands in grey below the overlay."""


@dataclass(frozen=True, eq=False)
class ImagePanel:
    """One class: its name, what the model gives it, its SHAP values laid over the image (h, w).

    The name stands as it is, in a sentence (`called`), and there in quotes (`quoted`). `unclear`
    flags the regions whose value cannot be told from zero, (h, w); None where there is none.
    """

    output: int
    name: str
    called: str
    quoted: str
    prediction: float
    prediction_text: str
    values: FloatArray
    unclear: BoolArray | None = None


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
    regions : int array of shape (h, w) or None
        Which region holds each pixel; None where pixels are the players.
    is_outlined : bool
        Whether regions, or the ink of a small drawing, are outlined.
    opacity : float
        Of the overlay at the end of the colour scale, 0 to 1.
    backdrop : float
        How much of the picture stands in grey below the overlay, 0 to 1.
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
    regions: NDArray[np.int32] | None = None
    is_outlined: bool = True
    opacity: float = 1.0
    backdrop: float = 0.0

    def to_frame(self) -> pd.DataFrame:
        """Return one row per pixel and class: class, y, x, SHAP value; the region where one is."""
        frames = []
        for panel in self.panels:
            y, x = np.indices(panel.values.shape)
            columns = {
                "output": panel.name,
                "y": y.ravel(),
                "x": x.ravel(),
                "shap_value": panel.values.ravel(),
            }
            if self.regions is not None:
                columns["region"] = self.regions.ravel()
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)


def image(
    explanation: Explanation,
    sample: int | str = 0,
    *,
    output: str | int | None = None,
    also: int = 0,
    max_display: int = 6,
    channel: int | None = None,
    clip: float = CLIP,
    opacity: float = 1.0,
    backdrop: float | None = None,
    outlines: bool = True,
) -> ImageView:
    """Return one image with its overlays.

    Parameters
    ----------
    explanation : Explanation
        Of images: features of shape (h, w) or (h, w, channels) with data, or of regions of images
        (superpixels).
    sample : int or str, default 0
        Position or name.
    output : str or int, optional
        Only this class. Default: the classes by prediction.
    also : int, default 0
        So many of the other classes beside `output`, by prediction.
    max_display : int, default 6
        Classes shown at most.
    channel : int, optional
        Of the pixels shown and, where pixels are the players, of the values. Default: values
        summed over all channels.
    clip : float, default 99
        Percentile of |value| over all panels at which colours end, above 0 to 100.
    opacity : float, default 1
        Of the overlay where colours end, 0 to 1.
    backdrop : float, optional
        How much of the picture stands in grey below the overlay, 0 to 1. Default: a third of a
        photograph, a quarter of a drawing, whose ink is outlined too.
    outlines : bool, default True
        Outline regions, or the ink of a small drawing.

    Raises
    ------
    InputError
        If the features are not images, no data came with them, a name is unknown, or an option is
        out of its range.
    """
    at_least_one("max_display", max_display)
    image_values.frame(explanation)
    channel = image_values.checked_channel(explanation, channel)
    i = sample_position(explanation, sample)
    picture = image_values.picture(explanation, i, channel)
    count = explanation.values.shape[-1] if explanation.has_outputs else 1
    positions = outputs_shown(explanation, i, output, max_display, also)
    panels = tuple(panel_of(explanation, i, k, channel) for k in positions)
    classes = _are_classes(explanation)
    regions = image_values.labels(explanation, i)
    what = "pixels" if regions is None else "regions"
    return ImageView(
        title=f"Which {what} decided this image?",
        sentence=_sentence(panels[0], _answer(explanation, i), what, regions, classes=classes),
        footnote=_footnote(len(panels), count, clip, classes=classes)
        + (UNCLEAR if any(panel.unclear is not None for panel in panels) else "")
        + _channel_words(explanation, channel, regions is None),
        sample=i,
        sample_name=explanation.sample_names[i],
        picture=picture,
        panels=panels,
        limit=colour_limit([panel.values for panel in panels], _share("clip", clip, 100.0)),
        outline=_ink(picture),
        units=explanation.units,
        regions=regions,
        is_outlined=outlines,
        opacity=_share("opacity", opacity, 1.0),
        backdrop=default_backdrop(picture)
        if backdrop is None
        else _share("backdrop", backdrop, 1.0),
    )


def _share(name: str, value: float, most: float) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= most or (most > 1 and value == 0):
        rule = f"be a number {'above' if most > 1 else 'from'} 0 {'up ' if most > 1 else ''}to "
        fix = "99 leaves the outermost hundredth out." if most > 1 else "1 is all of it, 0 nothing."
        raise InputError(complaint(name, f"{rule}{most:g}", value, fix))
    return float(value)


def colour_limit(overlays: list[FloatArray], clip: float = CLIP) -> float:
    """Return where colours of overlays end: a percentile of |value|, 0 only if all values are."""
    sizes = np.concatenate([np.abs(values).ravel() for values in overlays])
    return float(np.percentile(sizes, clip)) or float(sizes.max())


def default_backdrop(picture: FloatArray) -> float:
    """Return how much of a picture stands below its overlay where nobody said."""
    return FAINT if is_drawing(picture) else BACKDROP


def is_drawing(picture: FloatArray) -> bool:
    """Whether a picture is grey and most of its edge one background, black or white."""
    if picture.ndim == 3:
        return False
    ground = _ground(picture)
    return min(ground, 1 - ground) < 0.1


def outputs_shown(
    explanation: Explanation, i: int, output: str | int | None, most: int, also: int = 0
) -> tuple[int | None, ...]:
    """Return positions of the outputs to show; (None,) where the model has one."""
    if not explanation.has_outputs:
        return (None,)
    names = explanation.output_names
    ranked = [int(k) for k in np.argsort(-explanation.predictions[i], kind="stable")]
    if output is None:
        return tuple(ranked[:most])
    labels = None if isinstance(names, np.ndarray) else names
    size = explanation.values.shape[-1]
    first = int(pick(output, size, labels, "output").positions[0])
    return (first, *[k for k in ranked if k != first][:also])


def output_name(explanation: Explanation, i: int, k: int | None) -> str:
    """Return an output's name; empty where it has none worth showing."""
    names = explanation.output_names
    if isinstance(names, np.ndarray):
        return "" if k is None else str(names[i, k])
    name = str(names[k or 0])
    return "" if k is None and name == "output" else name


def panel_of(
    explanation: Explanation, i: int, k: int | None, channel: int | None = None
) -> ImagePanel:
    """Return one class of one image."""
    predictions = explanation.predictions[i]
    prediction = float(predictions if k is None else predictions[k])
    one = OneOutput(explanation, output_name(explanation, i, k))
    p = one.probability(prediction)
    return ImagePanel(
        output=0 if k is None else k,
        name=one.output,
        called=one.called,
        quoted=one.quoted,
        prediction=prediction,
        prediction_text=percent(p) if p is not None else _predicted(one, prediction),
        values=image_values.overlay(explanation, i, k, channel),
        unclear=image_values.unclear(explanation, i, k),
    )


def _ground(grey: FloatArray) -> float:
    return float(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))


def ink(picture: FloatArray) -> BoolArray | None:
    """Return where a drawing has ink, (h, w), to outline it over an overlay; None of others."""
    return _ink(picture) if is_drawing(picture) else None


def _ink(picture: FloatArray) -> BoolArray:
    grey = picture if picture.ndim == 2 else picture.mean(axis=-1)
    far = np.abs(grey - _ground(grey))
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


def _answer(explanation: Explanation, i: int) -> ImagePanel | None:
    """The class that the model thinks likeliest; None of one output."""
    best = outputs_shown(explanation, i, None, 1, 0)[0]
    return None if best is None else panel_of(explanation, i, best, None)


def _sentence(
    panel: ImagePanel,
    answer: ImagePanel | None,
    what: str,
    regions: NDArray[np.int32] | None,
    *,
    classes: bool,
) -> tuple[Span, ...]:
    name = f" {panel.quoted}" if panel.name else ""
    other = answer is not None and answer.output != panel.output
    said = (
        say(
            "The model gives ",
            Span(f"{panel.prediction_text}{name}", "strong"),
            f"; its answer is {answer.quoted} with {answer.prediction_text}",
        )
        if classes and other and answer is not None
        else say("The model reads it as ", Span(f"{panel.prediction_text}{name}", "strong"))
        if classes
        else say(
            f"The model\u2019s prediction{f' of{name}' if name else ''} is ",
            Span(panel.prediction_text, "strong"),
        )
    )
    return say(
        said,
        f". Orange {what} ",
        Span("push up", "up"),
        ", blue ones ",
        Span("push down", "down"),
        ".",
        place_words(panel.values, regions),
    )


def _footnote(shown: int, count: int, clip: float, *, classes: bool) -> str:
    noun = "classes" if classes else "outputs"
    which = f"{spell(shown).capitalize()} of {count} {noun}. " if count > 1 else ""
    if shown == count > 1:
        which = f"Both {noun}. " if count == 2 else f"All {spell(count)} {noun}. "
    ends = (
        f"clipped at the {_ordinal(clip)} percentile" if clip < 100 else "up to the largest value"
    )
    scale = "One colour scale for all panels," if shown > 1 else "Colours are"
    return f"{which}{scale} {ends}; transparent at zero."


def _ordinal(number: float) -> str:
    """Return 99 as ``99th``, 91 as ``91st``, 99.5 as ``99.5th``."""
    whole = int(number)
    if number != whole or 10 <= whole % 100 <= 13:
        return f"{number:g}th"
    return f"{whole}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(whole % 10, 'th') }"


def _channel_words(explanation: Explanation, channel: int | None, by_pixel: bool) -> str:
    count = image_values.channels(explanation)
    if count in (1, 3) and channel is None:
        return ""
    if channel is not None:
        values = " and its values" if by_pixel else "; a region\u2019s value is of all channels"
        return f" Channel {channel} of {count}{values}."
    return f" The picture is the mean of {count} channels" + (
        ", values are their sums." if by_pixel else "."
    )
