"""What the page of images is made of: its controls, and the explanations that stand beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from shapviz import figures, views
from shapviz.digests import digest
from shapviz.explanation import Explanation
from shapviz.figures.image import image_key
from shapviz.figures.image_mean import image_mean_key
from shapviz.store.family import heads
from shapviz.ui import cards, markup, read
from shapviz.ui.opening import Opened, complete, labels
from shapviz.views.image import CLIP, default_backdrop
from shapviz.views.image_values import channels, picture

__all__ = [
    "Looks",
    "controls",
    "draw_means",
    "draw_methods",
    "draw_panels",
    "draw_samples",
    "looks",
    "methods_figure",
    "methods_view",
    "siblings",
    "window",
]

BESIDE = 12
"""Samples in the grid of a page."""
MOST_METHODS = 5
COMPARED = 25
"""Samples whose values are compared to find what was stored twice."""
_ACROSS, _TALL, _NARROWEST = 3, 216, 200
"""Large pictures side by side at most, their height, and how narrow a place may become."""
_PAIR = 420
"""Narrowest place for two samples, each with its overlay."""
_SMALL = 104
"""Height of small pictures; a place this wide and a little more has room for one."""
_PREFIX = "image looks"


@dataclass(frozen=True)
class Looks:
    """How overlays are drawn: options of `views.image`."""

    opacity: float
    backdrop: float
    clip: float
    outlines: bool
    channel: int | None

    @property
    def options(self) -> dict[str, Any]:
        """Arguments of `views.image`."""
        return asdict(self)


def _key(view: Opened, name: str) -> str:
    # A drawing and a photograph do not want the same; explanations of one model's samples do.
    return f"{_PREFIX} {name} {view.record.data} {view.record.model}"


def looks(view: Opened, sample: int) -> Looks:
    """Return what the controls say, or what suits the images where nothing was chosen yet."""
    shown = picture(view.explanation, sample)
    own = {
        "opacity": 100,
        "backdrop": round(100 * default_backdrop(shown)),
        "clip": CLIP,
        "outlines": True,
        "channel": _ALL,
    }
    said = {name: st.session_state.get(_key(view, name), value) for name, value in own.items()}
    known = channels(view.explanation)
    channel = None if said["channel"] == _ALL else int(said["channel"])
    return Looks(
        opacity=said["opacity"] / 100,
        backdrop=said["backdrop"] / 100,
        clip=float(said["clip"]),
        outlines=bool(said["outlines"]),
        channel=channel if channel is not None and channel < known else None,
    )


_ALL = "All"


def draw_panels(
    view: Opened, options: Mapping[str, Any], *, small: bool = False, key: str = "image"
) -> None:
    """Draw the input and the overlays as charts of their own, which wrap where it is narrow.

    Parameters
    ----------
    view : Opened
    options : mapping
        Of `views.image`.
    small : bool, default False
        As many side by side as there is room for, instead of a few large ones.
    key : str, default "image"
        Of the first chart, and the start of the others'.
    """
    shown = read.view("image", view.source, **options)
    alt = markup.pieces_text(shown.sentence)
    count = len(shown.panels) + 1
    across, tall, narrowest = (
        (max(count, _PLACES), _SMALL, _SMALL + 12) if small else (_ACROSS, _TALL, _NARROWEST)
    )
    height, width = shown.picture.shape[:2]
    # A wide picture is as wide as its place allows: no room is kept below it.
    tall = round(min(tall, 1.2 * narrowest * height / width))
    grid = st.grid(across, min_column_width=narrowest, gap="small")
    for k in range(count):
        drawn = {"panel": k, "tall": tall}
        with grid.cell():
            cards.chart(
                read.figure("image", view.source, markup.theme_name(), drawn=drawn, **options),
                key=f"{key} {k}" if k else key,
                alt=alt,
            )
    cards.chart(image_key(shown, theme=markup.theme_name()), key=f"{key} key", alt="Colour key")


def controls(view: Opened, now: Looks) -> None:
    """Draw the popover that changes how overlays are drawn."""
    with st.popover("Appearance", icon=":material/tune:"):
        _slider(view, "Overlay", "opacity", 100 * now.opacity, "%d%%")
        _slider(view, "Picture below it", "backdrop", 100 * now.backdrop, "%d%%")
        key = _key(view, "clip")
        st.session_state.setdefault(key, now.clip)
        st.slider(
            "Colours end at this percentile of |SHAP value|",
            min_value=80.0,
            max_value=100.0,
            step=0.5,
            format="%.1f",
            key=key,
            persist_state="session",
        )
        key = _key(view, "outlines")
        st.session_state.setdefault(key, now.outlines)
        st.toggle("Outlines", key=key, persist_state="session")
        count = channels(view.explanation)
        if count > 1:
            key = _key(view, "channel")
            st.session_state.setdefault(key, _ALL if now.channel is None else now.channel)
            st.selectbox(
                "Channel",
                [_ALL, *range(count)],
                format_func=lambda k: "All channels" if k == _ALL else f"Channel {k}",
                key=key,
                persist_state="session",
            )


def _slider(view: Opened, label: str, name: str, value: float, form: str) -> None:
    key = _key(view, name)
    st.session_state.setdefault(key, round(value))
    st.slider(label, 0, 100, step=5, format=form, key=key, persist_state="session")


_FEWEST, _PLACES = 4, 7
"""Places that a row is laid out for at least: of a figure with its colour key, of the page."""


def draw_samples(view: Opened, options: Mapping[str, Any], output: str) -> None:
    """Draw samples with their overlays, two a chart; a click on one opens its prediction."""
    shown = read.view("image_grid", view.source, **options)
    theme, alt = markup.theme_name(), markup.pieces_text(shown.sentence)
    grid = st.grid(2, min_column_width=_PAIR, gap="small")
    for start in range(0, len(shown.cells), 2):
        drawn = {"part": (start, start + 2), "columns": 2}
        with grid.cell():
            cards.chart(
                read.figure("image_grid", view.source, theme, drawn=drawn, **options),
                key=f"image grid {start}" if start else "image grid",
                alt=alt,
                output=output,
            )
    cards.chart(image_key(shown, theme=theme), key="image grid key", alt="Colour key")


def draw_means(view: Opened) -> None:
    """Draw the means over the frame, a chart a class; a click on a part opens its sample."""
    shown = read.view("image_mean", view.source)
    theme, alt = markup.theme_name(), markup.pieces_text(shown.sentence)
    across = max(len(shown.panels), _PLACES)
    grid = st.grid(across, min_column_width=_SMALL + 12, gap="small")
    for k in range(len(shown.panels)):
        with grid.cell():
            cards.chart(
                read.figure("image_mean", view.source, theme, drawn={"panel": k, "tall": _SMALL}),
                key=f"image mean {k}" if k else "image mean",
                alt=alt,
                output=view.output_name,
            )
    cards.chart(image_mean_key(shown, theme=theme), key="image mean key", alt="Colour key")


def draw_methods(
    found: tuple[tuple[str, read.Source], ...], sample: int, output: str | int | None
) -> None:
    """Draw one picture under several explainers, no wider than pictures of their height need."""
    shown = methods_view(found, sample, output)
    columns = max(len(shown.rows[0].panels) + 1, _FEWEST)
    with st.container(width=columns * (_SMALL + 18)):
        cards.chart(
            methods_figure(found, sample, output, markup.theme_name()),
            key="methods",
            alt=markup.pieces_text(shown.sentence),
        )


def window(found: Any, sample: int) -> tuple[int, ...]:
    """Return positions of the samples around one, among those the picker steps through.

    Examples
    --------
    >>> window(range(100), 20)[:3], len(window(range(100), 20)), window([4, 9], 9)
    ((12, 13, 14), 12, (4, 9))
    """
    among = [int(i) for i in found]
    at = int(np.searchsorted(among, sample))
    start = at // BESIDE * BESIDE
    return tuple(among[start : start + BESIDE]) or tuple(among[-BESIDE:])


def siblings(view: Opened, sample: int) -> tuple[tuple[str, read.Source], ...]:
    """Return complete explanations of the same images, the open one first: name and source.

    The same model gave as many samples as many outputs, and the picture at this place is the same.
    One that was stored twice stands once; the others stand by explainer and name.
    """
    own = view.record
    shown = picture(view.explanation, sample)
    found = {_content(view.source): (own, view.source)}
    for record in heads(complete(read.records())):
        alike = (record.model, record.samples, record.outputs) == (
            own.model,
            own.samples,
            own.outputs,
        )
        if record.key == own.key or not alike or len(found) == MOST_METHODS:
            continue
        source = replace(view.source, key=record.key, samples=record.samples)
        if source.is_large or not _same(source, sample, shown, view):
            continue
        found.setdefault(_content(source), (record, source))
    first, *others = found.values()
    others.sort(key=lambda each: (each[0].explainer, each[0].name))
    records = [record for record, _ in (first, *others)]
    often = Counter(record.explainer for record in records)
    names = labels(records)
    return tuple(
        (record.explainer.capitalize() if often[record.explainer] == 1 else names[record.key], each)
        for record, each in (first, *others)
    )


@st.cache_data(max_entries=256, show_spinner=False)
def _content(source: read.Source) -> str:
    """Return a digest of an explanation's first values and of whose they are."""
    some = read.explanation(source)[:COMPARED]
    values = digest(np.asarray(some.values, dtype=np.float32))
    return values if some.regions is None else values + digest(some.regions)


def _same(source: read.Source, sample: int, shown: Any, view: Opened) -> bool:
    whole = read.explanation(replace(source, input=""))
    if source.input and source.input not in (whole.inputs or ()):
        return False
    other = read.explanation(source)
    if views.modality(other) != "image" or len(other) != len(view.explanation):
        return False
    if other.predictions.shape != view.explanation.predictions.shape:
        return False
    models = {_model_of(other), _model_of(view.explanation)} - {None}
    if len(models) > 1:
        return False
    theirs = picture(other, sample)
    return theirs.shape == shown.shape and bool(np.allclose(theirs, shown, atol=1e-5))


def _model_of(explanation: Explanation) -> str | None:
    """Return a digest of the model, where the explanation tells one."""
    digests = explanation.provenance.get("digests")
    found = digests.get("model") if isinstance(digests, Mapping) else None
    return None if found is None else str(found)


@st.cache_resource(max_entries=64, show_spinner=False)
def methods_view(
    found: tuple[tuple[str, read.Source], ...], sample: int, output: str | int | None
) -> Any:
    """Return ``views.image_methods`` of several stored explanations."""
    given = {name: read.explanation(source) for name, source in found}
    return views.image_methods(given, sample, output=output)


@st.cache_resource(max_entries=64, show_spinner=False)
def methods_figure(
    found: tuple[tuple[str, read.Source], ...], sample: int, output: str | int | None, theme: str
) -> Any:
    """Return its figure."""
    return figures.image_methods(methods_view(found, sample, output), theme=theme, fewest=_FEWEST)
