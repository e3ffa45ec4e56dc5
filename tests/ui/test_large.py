"""A large explanation: pages show samples that were drawn, importance is over all of them."""

from __future__ import annotations

import time

import numpy as np
import pytest

from shapviz import Explanation, Store
from shapviz.views.bar import OverAll
from shapviz.views.importance_beeswarm import importance_beeswarm
from tests.ui.test_pages import words

N = 60_000


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    rng = np.random.default_rng(0)
    data = rng.normal(size=(N, 4)).astype(np.float32)
    values = (data * np.array([3.0, 2.0, 1.0, 0.0])).astype(np.float32)
    values[777, 3] = 50.0
    explanation = Explanation(values=values, base_values=0.5, data=data)
    url = str(tmp_path_factory.mktemp("large"))
    return url, Store(url).put(explanation, name="large"), explanation


@pytest.mark.parametrize("page", ["overview", "dependence", "prediction"])
def test_pages_say_that_they_show_some(page, large, show, at_store, monkeypatch):
    url, key, _ = large
    at_store(url)
    read = []
    monkeypatch.setattr(Store, "get", lambda self, key: read.append(key))
    app = show(page, explanation=key)
    assert "went wrong" not in words(app)
    assert "cannot be shown" not in words(app)
    assert "Pages show 5\u202f000 of its 60\u202f000 samples, drawn at random" in words(app)
    if page == "overview":
        assert "60\u202f000 of 60\u202f000 samples" not in words(app)
        assert "1\u202f000 of 60\u202f000 samples and the 6 most extreme" in words(app)
        assert app.metric[0].value == "60\u202f000"
    # The values are never read whole.
    assert read == []


def test_bars_are_over_all_samples(large):
    url, key, explanation = large
    found = Store(url).summary(key)
    over_all = OverAll(
        found.samples,
        found.importance.mean_abs,
        found.importance.low,
        found.importance.high,
        np.abs(explanation.values).max(axis=0),
    )
    by_average = importance_beeswarm(found.sample, over_all=over_all)
    np.testing.assert_allclose(
        by_average.bars.sizes, np.abs(explanation.values).mean(axis=0, dtype=np.float64), rtol=1e-6
    )
    by_most = importance_beeswarm(found.sample, measure="maximum", over_all=over_all)
    assert by_most.bars.features[0] == 3
    assert by_most.bars.sizes[0] == 50.0


def test_a_large_explanation_opens_from_its_summary_alone(large):
    url, key, _ = large
    store = Store(url)
    store.summary(key)
    times = []
    for _ in range(5):
        started = time.process_time()
        store.summary(key)
        times.append(time.process_time() - started)
    assert min(times) < 0.05


@pytest.mark.parametrize("typed", ["59999", "123"])
def test_a_sample_that_was_not_drawn_opens_by_its_name(typed, large, show, at_store):
    url, key, explanation = large
    at_store(url)
    drawn = Store(url).summary(key).sample.sample_names
    wanted = next(str(i) for i in range(int(typed), 0, -1) if str(i) not in drawn)
    app = show("prediction", explanation=key)
    app.text_input(key="sample box").set_value(wanted).run()
    assert "went wrong" not in words(app)
    assert app.text_input(key="sample box").value == wanted
    assert app.query_params["sample"] in (f"row-{wanted}", [f"row-{wanted}"])
    shown = f"{explanation.predictions[int(wanted)]:.2f}"
    assert shown.replace("-", "\u2212") in words(app)
    app = show("prediction", explanation=key, sample=f"row-{wanted}")
    assert app.text_input(key="sample box").value == wanted


def test_what_is_no_row_is_said(large, show, at_store):
    url, key, _ = large
    at_store(url)
    app = show("prediction", explanation=key)
    app.text_input(key="sample box").set_value("60000").run()
    assert "a place from 0 to 59999; got" in words(app)
    assert "one of the 60\u202f000 samples" in words(
        show("prediction", explanation=key, sample="row-60000")
    )


def test_names_of_large_explanations_are_found_where_they_do_not_count(tmp_path):
    names = [f"p{i}" for i in range(8)]
    store = Store(tmp_path)
    key = store.put(
        Explanation(values=np.ones((8, 1)), base_values=0.0, sample_names=names), name="n"
    )
    assert [store.position_of(key, name) for name in ("p0", "p7", "p8", "0")] == [0, 7, None, None]
