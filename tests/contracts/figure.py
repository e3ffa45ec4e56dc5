"""What every figure owes its readers. A new figure subclasses this and says what it is called.

class TestWaterfall(FigureContract):
    name = "waterfall"
    options = {"sample": 0}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar

import numpy as np
import plotly.graph_objects as go
import pytest

from shapviz import Explanation, figures, views
from shapviz.errors import InputError
from shapviz.figures.theme import DARK, LIGHT
from tests.views.examples import cases, table

CASES = cases()
OUR_TAGS = re.compile(r"</?b>|<br>|<span style=\"color:(#[0-9A-F]{6})\">|</span>|<extra></extra>")
OUR_FIELDS = re.compile(
    r"%\{(fullData\.name|hovertext|text|x|y|z|x:\S+?|y:\S+?|marker\.color:\S+?|customdata:,d)\}"
)


def strings(value: Any) -> Iterator[str]:
    """Yield every string inside a figure's JSON, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)


def foreign_markup(text: str) -> bool:
    """Tell whether a string holds a tag or a template field that is not ours."""
    rest = OUR_FIELDS.sub("", OUR_TAGS.sub("", text))
    return "<" in rest or "%{" in rest


def numbers_of(figure: go.Figure) -> Iterator[float]:
    """Yield the numbers that place shapes, annotations and axes."""
    for item in (*figure.layout.shapes, *figure.layout.annotations):
        for key in ("x", "y", "x0", "x1", "y0", "y1"):
            value = item.to_plotly_json().get(key)
            if value is not None:
                yield value
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        yield from axis.range or ()


def test_the_markup_check_can_fail() -> None:
    assert foreign_markup("<b>%{x}</b> <i>")
    assert foreign_markup("%{y.secret}")
    assert not foreign_markup("<b>%{fullData.name}</b><br>SHAP value %{x}<extra></extra>")


@cache
def _drawn(contract: type[FigureContract]) -> dict[str, go.Figure]:
    return {case: contract().draw(e) for case, e in contract.examples.items()}


class FigureContract:
    """Tests that hold for every figure."""

    name: ClassVar[str]
    options: ClassVar[dict[str, Any]] = {}
    clickable: ClassVar[bool] = False
    zooms: ClassVar[bool] = False
    most_bytes: ClassVar[int] = 500_000
    examples: ClassVar[dict[str, Explanation]] = CASES

    def draw(self, explanation: Explanation, **more: Any) -> go.Figure:
        """Return the figure of an explanation."""
        return getattr(figures, self.name)(explanation, **{**self.options, **more})

    def drawn(self) -> dict[str, go.Figure]:
        """Return every example's figure, each drawn once."""
        return _drawn(type(self))

    @property
    def plain(self) -> Explanation:
        """The example nothing is wrong with."""
        return next(iter(self.examples.values()))

    def test_same_input_gives_the_same_bytes(self) -> None:
        assert self.draw(self.plain).to_json() == self.draw(self.plain).to_json()

    def test_a_view_draws_like_its_explanation(self) -> None:
        view = getattr(views, self.name)(self.plain, **self.options)
        assert getattr(figures, self.name)(view).to_json() == self.draw(self.plain).to_json()

    def test_every_awkward_explanation_draws(self) -> None:
        for case, figure in self.drawn().items():
            assert len(figure.data) > 0, case
            assert json.loads(figure.to_json()), case
            assert all(np.isfinite(x) for x in numbers_of(figure)), case
            assert all(isinstance(x, int | float) for x in numbers_of(figure)), case

    def test_no_markup_but_ours(self) -> None:
        for case, figure in self.drawn().items():
            for text in strings(figure.to_plotly_json()):
                assert not foreign_markup(text), (case, text)

    def test_hover_has_at_most_four_lines(self) -> None:
        for figure in self.drawn().values():
            for trace in figure.data:
                texts = [trace.hovertemplate or ""]
                for field in ("text", "hovertext"):
                    inside = getattr(trace, field, None)
                    if inside is not None and not isinstance(inside, str) and len(inside):
                        texts = [t.replace(f"%{{{field}}}", str(inside[0])) for t in texts]
                assert texts[0].count("<br>") <= 3

    def test_light_and_dark_have_their_own_template(self) -> None:
        light, dark = self.draw(self.plain), self.draw(self.plain, theme="dark")
        for figure, look in ((light, LIGHT), (dark, DARK)):
            assert figure.layout.template.layout.font.color == look.ink
            assert figure.layout.template.layout.paper_bgcolor == "rgba(0,0,0,0)"
        other = set(re.findall(r"#[0-9A-F]{6}", light.to_json())) & {DARK.ink, DARK.up, DARK.down}
        assert not other

    def test_unknown_theme_says_which_there_are(self) -> None:
        with pytest.raises(InputError, match='must be "light", "dark"'):
            self.draw(self.plain, theme="sepia")

    def test_unknown_output_says_which_there_are(self) -> None:
        with pytest.raises(InputError, match="output"):
            self.draw(self.plain, output="no such output")

    def test_left_margin_leaves_room_for_the_plot(self) -> None:
        for figure in self.drawn().values():
            assert 0 < figure.layout.margin.l <= 208

    def test_axes_stay_fixed(self) -> None:
        figure = self.draw(self.plain)
        axes = [*figure.select_xaxes(), *figure.select_yaxes()]
        assert all(axis.fixedrange for axis in axes) is not self.zooms

    def test_small_enough_to_send(self) -> None:
        for case, figure in self.drawn().items():
            assert len(figure.to_json()) <= self.most_bytes, case

    def test_clickable_points_carry_whole_sample_positions(self) -> None:
        explanation = self.plain
        found = [trace.customdata for trace in self.draw(explanation).data]
        found = [np.asarray(ids) for ids in found if ids is not None]
        assert bool(found) is self.clickable
        for ids in found:
            assert ids.ndim == 1
            assert np.issubdtype(ids.dtype, np.integer)
            assert ids.min() >= 0
            assert ids.max() < len(explanation)


def large() -> Explanation:
    """20,000 samples of 20 features: enough that not every point is drawn."""
    return table(n=20_000, d=20, standard_errors=None)
