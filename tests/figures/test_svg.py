"""Pictures without a plot library."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
import zlib

import numpy as np
import pytest

from shapviz.figures import demo_picture, sparkline_svg, svg_uri
from shapviz.figures.png import png
from tests.views.examples import cases, images


@pytest.mark.parametrize("case", cases())
def test_demo_picture_of_any_table_is_a_small_svg_without_words(case):
    svg = demo_picture(cases()[case])
    root = ET.fromstring(svg)
    assert (root.get("width"), root.get("height")) == ("320", "150")
    assert "text" not in svg
    assert "nan" not in svg
    assert len(svg) < 40_000


def test_demo_picture_of_an_image_holds_input_and_overlay():
    root = ET.fromstring(demo_picture(images(), theme="dark"))
    assert len(root.findall("{http://www.w3.org/2000/svg}image")) == 2


def test_demo_picture_is_the_same_every_time():
    explanation = cases()["plain"]
    assert demo_picture(explanation) == demo_picture(explanation)


def test_sparkline_has_a_bar_a_positive_size():
    root = ET.fromstring(sparkline_svg([4.0, 2.0, 0.0, float("nan")]))
    bars = root.findall("{http://www.w3.org/2000/svg}rect")
    assert [float(bar.get("width")) for bar in bars] == [106.0, 53.0]
    assert ET.fromstring(sparkline_svg([])) is not None
    assert svg_uri("<svg/>").startswith("data:image/svg+xml;base64,")


def test_png_holds_the_pixels():
    pixels = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    raw = png(pixels)
    assert struct.unpack(">II", raw[16:24]) == (3, 2)
    length = struct.unpack(">I", raw[33:37])[0]
    rows = np.frombuffer(zlib.decompress(raw[41 : 41 + length]), dtype=np.uint8).reshape(2, 13)
    assert np.array_equal(rows[:, 1:].reshape(2, 3, 4), pixels)
