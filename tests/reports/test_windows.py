"""Reports of a window and of a sample of several inputs."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz.reports import overview_page, sample_page
from tests.reports.test_pages import figures
from tests.views.examples_windows import blocks, mixed_cases, window_cases


@pytest.mark.parametrize("case", ["plain", "blocks", "hostile"])
def test_a_window_is_the_first_figure_of_its_report(case):
    page = sample_page(window_cases()[case], 0, name="pump")
    drawn = figures(page)
    assert len(drawn) == 3
    assert drawn[0]["data"][0]["type"] == "heatmap"
    assert "<script>alert" not in page


@pytest.mark.parametrize("case", ["plain", "hostile"])
def test_each_input_has_its_figure_in_a_report(case):
    e = mixed_cases()[case]
    page = sample_page(e, 1, name="scans")
    assert len(figures(page)) == 3 + len(e.inputs)
    assert "of the movement" in page
    assert "<script>alert" not in page


def test_overviews_of_windows_and_inputs_are_those_of_a_table():
    for e in (blocks(), mixed_cases()["plain"]):
        assert len(figures(overview_page(e, name="any"))) == 2
        assert np.isfinite(e.predictions).all()
