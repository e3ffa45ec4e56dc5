"""Reports: self-contained, escaped, complete; drawn by a real browser without a network."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapviz.errors import InputError
from shapviz.explanation import Explanation
from shapviz.reports import overview_page, sample_page

HOSTILE = '</script><img src=x onerror="window.ran=1">%{x}<!--'


def hostile(n: int = 5, outputs: int = 2) -> Explanation:
    values = np.random.default_rng(0).normal(size=(n, 3, outputs))
    return Explanation(
        values=values,
        base_values=np.zeros((n, outputs)),
        standard_errors=np.abs(values) / 9,
        data=np.full((n, 3), HOSTILE, dtype=object),
        feature_names=[HOSTILE, "age", "bmi"],
        feature_units=[HOSTILE, "", ""],
        output_names=[HOSTILE, "well"],
        sample_names=[HOSTILE, *map(str, range(1, n))],
        units="log-odds",
        truth=np.full(n, HOSTILE, dtype=object),
        provenance={"explainer": HOSTILE, "sample_noun": HOSTILE, "model_name": HOSTILE},
    )


def pages(**changes) -> list[str]:
    e = hostile().replace(**changes)
    facts = {"key": HOSTILE}
    return [
        overview_page(e, name=HOSTILE, output=1, facts=facts),
        sample_page(e, 0, name=HOSTILE, facts=facts),
    ]


def figures(page: str) -> list[dict]:
    found = re.findall(r'<script type="application/json" id="\w+">(.*?)</script>', page, re.S)
    return [json.loads(text) for text in found]


@pytest.mark.parametrize("page", pages(), ids=["overview", "sample"])
def test_nothing_a_user_wrote_is_markup(page):
    assert "<img" not in page
    assert html.escape(HOSTILE) in page
    assert page.count("plotly.js v") == 1
    assert re.findall(r"<(?:link|iframe|object|embed|base)\b", page) == []
    assert len(figures(page)) == 2
    before_scripts = page.split("<script>", 1)[0]
    assert "http" not in before_scripts.replace("http-equiv", "")
    assert "default-src 'none'" in before_scripts


def test_a_page_holds_the_numbers(tmp_path):
    e = Explanation(
        values=[[0.5, -2.0], [1.0, 1.0]],
        base_values=3.0,
        data=[[10.0, 20.5], [1.0, 2.0]],
        feature_names=["age", "bmi"],
        provenance={"explainer": "exact", "seed": 7},
    )
    one = sample_page(e, 0, name="two", facts={"key": "abc"})
    assert "<td>bmi</td><td class=number>20.5</td><td class=number>−2.000</td>" in one
    assert "<td>seed</td><td>7</td>" in one
    assert "<td>key</td><td>abc</td>" in one
    assert "How do the features add up?" in one
    everything = overview_page(e, name="two")
    assert "<td>bmi</td><td class=number>1.50</td><td class=number>2.00</td>" in everything
    assert everything == overview_page(e, name="two")
    assert "No such" not in everything
    with pytest.raises(InputError, match="sample"):
        sample_page(e, 2, name="two")


def test_a_picture_is_shown_and_one_sample_has_no_others():
    rng = np.random.default_rng(0)
    image = Explanation(
        values=rng.normal(size=(1, 4, 4, 1)), base_values=0.0, data=rng.uniform(size=(1, 4, 4, 1))
    )
    assert len(figures(sample_page(image, 0, name="picture"))) == 3
    assert len(figures(overview_page(image, name="picture"))) == 1


@pytest.mark.browser
def test_a_browser_draws_it_and_asks_nobody(browser: Any, tmp_path: Path):
    asked, said = [], []
    for page_text in pages():
        file = tmp_path / "report.html"
        file.write_text(page_text, encoding="utf-8")
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(file.as_uri())
        page.wait_for_selector("[data-figure] .main-svg")
        assert page.evaluate("window.ran") is None
        drawn = page.evaluate(
            "[...document.querySelectorAll('[data-figure]')]"
            ".every(each => each.querySelector('.main-svg'))"
        )
        assert drawn
        page.close()
    assert {address.split("/")[-1] for address in asked} == {"report.html"}
    assert said == []
