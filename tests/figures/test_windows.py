"""Figures of windows and of several inputs: the contract, and their traces."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from shapviz import Explanation, figures, views
from shapviz.figures import demo_picture
from shapviz.figures.theme import LIGHT
from tests.contracts.figure import FigureContract, foreign_markup, strings
from tests.views.examples_windows import blocks, mixed, mixed_cases, window_cases, windows


class TestSequence(FigureContract):
    name = "sequence"
    zooms = True
    options: ClassVar[dict[str, Any]] = {"sample": 0}
    examples: ClassVar[dict[str, Explanation]] = window_cases()


class TestSequenceSteps(FigureContract):
    name = "sequence_steps"
    clickable = True
    examples: ClassVar[dict[str, Explanation]] = window_cases()


class TestMultiInput(FigureContract):
    name = "multi_input"
    options: ClassVar[dict[str, Any]] = {"sample": 0}
    examples: ClassVar[dict[str, Explanation]] = mixed_cases()


class TestInputImportance(FigureContract):
    name = "input_importance"
    clickable = True
    options: ClassVar[dict[str, Any]] = {"selected": 0}
    examples: ClassVar[dict[str, Explanation]] = mixed_cases()


def test_sums_of_inputs_have_no_feature_value_to_colour_by():
    texts = [note.text for note in figures.input_importance(mixed()).layout.annotations]
    assert "Feature value" not in texts
    assert "Feature value" in [
        note.text for note in figures.importance_beeswarm(mixed()).layout.annotations
    ]


def trace(figure, kind, axis="x"):
    return next(t for t in figure.data if t.type == kind and t.xaxis == axis)


def test_lanes_hold_every_value_and_the_lines_stay_inside_them():
    e = windows()
    figure = figures.sequence(e, sample=2, output="class 0")
    heat = trace(figure, "heatmap")
    np.testing.assert_allclose(heat.z, 100 * e.values[2, :, :, 0].T, rtol=1e-5)
    lines = [t for t in figure.data if t.type == "scatter"]
    for j, line in enumerate(lines):
        assert j - 0.5 < min(line.y) < max(line.y) < j + 0.5
        # Higher readings stand higher: the axis points down.
        assert np.argmin(line.y) == np.argmax(e.data[2, :, j])
    assert len(lines) == 3


def test_sums_stand_beside_by_step_and_by_signal():
    e = windows()
    figure = figures.sequence(e, sample=1, output=0)
    own = 100 * e.values[1, :, :, 0]
    np.testing.assert_allclose(trace(figure, "bar").y, own.sum(axis=1), rtol=1e-5)
    beside = trace(figure, "bar", "x2")
    np.testing.assert_allclose(beside.x, own.sum(axis=0), rtol=1e-5)
    assert beside.marker.color[1] == LIGHT.up


def test_blocks_have_bars_as_wide_as_they_are_and_no_sums_by_signal():
    figure = figures.sequence(blocks(), sample=0)
    bars = trace(figure, "bar")
    assert list(bars.x) == [2.0, 7.0, 10.5]
    assert list(bars.hovertext) == ["steps 0 to 4", "steps 5 to 9", "steps 10 to 11"]
    assert list(bars.y) == pytest.approx(blocks().values[0], rel=1e-5)
    assert not any(t.xaxis == "x2" for t in figure.data)


def test_a_dot_a_window_leads_to_its_sample():
    figure = figures.sequence_steps(windows(n=9), output=0)
    dots = trace(figure, "scatter")
    assert list(dots.customdata) == list(range(9))
    assert set(dots.x) <= {4.0, 5.0, 6.0}
    assert all(0.5 < y < 1.5 for y in dots.y)


def test_each_input_is_drawn_as_what_it_is():
    panels = views.multi_input(mixed(), 1, output="ill").panels
    assert [panel.kind for panel in panels] == ["image", "table", "sequence"]
    kinds = [{t.type for t in figures.input_panel(panel).data} for panel in panels]
    assert "image" in kinds[0]
    assert kinds[1] == {"bar"}
    assert {"heatmap", "scatter"} <= kinds[2]
    rows = figures.input_panel(panels[1])
    assert rows.data[0].x[0] == pytest.approx(-30)
    assert rows.data[0].marker.pattern.shape[-1] == "/"


def test_a_text_among_the_inputs_is_drawn_as_one():
    words = np.array([["not ", "good"]] * 2, dtype=object)
    e = Explanation(
        values={"note": [[-1.0, 0.5]] * 2, "age": [[0.25]] * 2},
        base_values=0.0,
        data={"note": words, "age": [[40.0]] * 2},
        provenance={"modality": "mixed", "told_by_input": {"note": {"modality": "text"}}},
    )
    note, age = views.multi_input(e, 0).panels
    assert (note.kind, age.kind) == ("text", "table")
    assert note.share == -0.5
    assert "good" in str(figures.input_panel(note).to_plotly_json())


@pytest.mark.parametrize("case", mixed_cases())
def test_panels_hold_no_markup_but_ours(case):
    for panel in views.multi_input(mixed_cases()[case], 0).panels:
        for theme in ("light", "dark"):
            figure = figures.input_panel(panel, theme=theme)
            assert not any(map(foreign_markup, strings(figure.to_plotly_json())))


@pytest.mark.parametrize("case", window_cases())
def test_thumbnails_of_windows(case):
    svg = demo_picture(window_cases()[case])
    assert "image" in svg
    assert "nan" not in svg
