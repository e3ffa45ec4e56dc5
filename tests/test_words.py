from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapviz import errors, labels, links
from shapviz.digests import digest, digest_of_json
from shapviz.errors import InputError


def test_complaint_has_four_parts():
    message = errors.complaint("X", "have 3 columns", np.zeros((2, 4)), "Drop one.")
    assert message == "`X` must have 3 columns; got an array of shape (2, 4), float64. Drop one."


def test_long_values_are_cut():
    assert len(errors.describe("x" * 500)) == 80


def test_every_error_is_a_shapviz_error_and_documented():
    for name in errors.__all__:
        thing = getattr(errors, name)
        if isinstance(thing, type) and issubclass(thing, Exception):
            assert issubclass(thing, errors.ShapvizError)
            assert name in errors.__doc__


def test_links_invert_each_other():
    p = np.array([1e-9, 0.2, 0.5, 0.999])
    np.testing.assert_allclose(links.logit.inverse(links.logit.forward(p)), p, rtol=1e-12)
    assert links.as_link(links.logit) is links.logit


@pytest.mark.parametrize("link", ["probit", None, 3])
def test_unknown_links_name_the_known_ones(link):
    with pytest.raises(InputError, match="'identity', 'logit'"):
        links.as_link(link)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.02901, "0.0290"),
        (-1.2345, "−1.23"),
        (1299, "1\u202f299"),
        (0, "0"),
        (1e-9, "1.00×10⁻⁹"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (float("nan"), "–"),
        (None, "–"),
    ],
)
def test_number(x, text):
    assert labels.number(x) == text


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (1.4, "+1.40"),
        (-0.951, "−0.95"),
        (0.0, "0.00"),
        (0.00042, "+0.00042"),
        (None, "–"),
        (-151234.4, "−151\u202f234"),
        (6.2e32, "+6.20×10³²"),
    ],
)
def test_signed(x, text):
    assert labels.signed(x) == text


@pytest.mark.parametrize(
    ("x", "unit", "text"),
    [
        (3.0, None, "3"),
        (106.2, "px²", "106\u202fpx²"),
        ("red", None, "red"),
        (np.nan, "kg", "–"),
        (pd.NA, None, "–"),
        (True, None, "True"),
        (np.float32(0.5), "", "0.500"),
        (float("inf"), None, "∞"),
    ],
)
def test_with_unit(x, unit, text):
    assert labels.with_unit(x, unit) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.8081, "80.8%"), (0.0004, "<0.1%"), (0.9999, ">99.9%"), (1.0, "100%"), (-0.1, "−10.0%")],
)
def test_percent(p, text):
    assert labels.percent(p) == text


def test_date_is_readable():
    assert labels.date(datetime(2026, 11, 2, 9, 4)) == "2 Nov 2026, 09:04"


@given(st.text(), st.integers(6, 60))
def test_shorten_never_exceeds(name, longest):
    assert len(labels.shorten(name, longest)) <= max(longest, 0)


@given(st.text())
def test_escaped_text_has_no_tag_and_no_template(text):
    escaped = labels.escape(text)
    assert "<" not in escaped
    assert "%{" not in escaped


def test_digests_see_type_and_order():
    frames = [
        pd.DataFrame({"a": [1, 2]}),
        pd.DataFrame({"b": [1, 2]}),
        pd.DataFrame({"a": ["1", "2"]}),
        pd.DataFrame({"a": [2, 1]}),
    ]
    assert len({digest(frame) for frame in frames}) == 4
    objects = [np.array([1, "1"], dtype=object), np.array(["1", 1], dtype=object)]
    assert digest(objects[0]) != digest(objects[1])
    assert digest(pd.Series([1, 2], name="a")) == digest(frames[0])
    assert digest_of_json({"a": [1]}) != digest_of_json({"a": [2]})


def test_ragged_content_is_refused():
    with pytest.raises(InputError, match="rectangular"):
        digest([[1], [1, 2]])
