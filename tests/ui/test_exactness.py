"""The exactness dial: one explanation on Home and in the sidebar, its siblings behind the dial."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import Store
from tests.ui.stores import tumour
from tests.ui.test_pages import url, words

DIGESTS = {"model": "m", "background": "b", "data": "d"}


def asked(segments):
    """The tumours as Deep would explain them in so many segments: each finer one moves less."""
    parameters = {} if segments == 1 else {"segments": segments, "orders": 2}
    rng = np.random.default_rng(segments)
    values = tumour().values
    known = {
        "explainer": "deep",
        "segments": segments,
        "parameters": parameters,
        "digests": DIGESTS,
        "seed": 0,
        "link": "logit",
        "sample_noun": "biopsy",
    }
    return tumour().replace(
        values=values + rng.normal(size=values.shape) * 0.01 / segments,
        standard_errors=None if segments == 1 else np.full(values.shape, 0.02),
        provenance=known,
    )


@pytest.fixture(scope="module")
def rungs(tmp_path_factory):
    """A store with one question in three exactnesses, and one that has no segments."""
    store = Store(tmp_path_factory.mktemp("ladder") / "store")
    keys = {n: store.put(asked(n), name=f"Tumour, Deep, {n}") for n in (4, 1, 2)}
    return {"url": store.url, **keys, "kernel": store.put(tumour(), name="Tumour, Kernel")}


@pytest.fixture
def open_rung(rungs, at_store, show):
    def opened(page, which=None, **parameters):
        app_link = {} if which is None else {"explanation": rungs[which]}
        at_store(rungs["url"])
        return show(page, **app_link, **parameters)

    return opened


def dial(app):
    return next(g for g in app.get("button_group") if g.key == "exactness dial")


def test_the_dial_goes_from_deepshap_to_the_finest_and_keeps_sample_and_filter(open_rung, rungs):
    app = open_rung("prediction", 1, sample=7, output="malignant", show="wrong")
    assert dial(app).label == "Exactness"
    assert "walked" in dial(app).help
    assert list(dial(app).options) == ["DeepSHAP", "2", "4 segments"]
    assert "DeepSHAP, in one segment" in words(app)
    assert "no standard errors" in words(app)
    before = url(app)
    dial(app).set_value(rungs[4]).run()
    assert not app.exception
    assert url(app) == {**before, "explanation": rungs[4]}
    assert "Four segments move the values of" in words(app)
    assert "4 segments" in words(app)  # the sidebar says what every page shows now
    assert "no standard errors" not in words(app)


def test_a_link_to_a_finer_one_opens_it_under_the_name_of_the_coarsest(open_rung, rungs):
    app = open_rung("prediction", 2, sample=3)
    assert dial(app).value == rungs[2]
    assert app.sidebar.selectbox[0].value == rungs[1]
    app = open_rung("overview", 2)
    assert url(app)["explanation"] == rungs[2]
    assert "0.020" in app.metric[3].value.replace("\\", "")


def test_home_and_sidebar_list_the_question_once(open_rung, rungs):
    app = open_rung("home")
    assert sorted(app.dataframe[0].value["Explanation"]) == ["Tumour, Deep, 1", "Tumour, Kernel"]
    assert "2 of 2 explanations, 2 more on their exactness dials." in words(app)
    assert set(app.sidebar.selectbox[0].options) == {"Tumour, Deep, 1", "Tumour, Kernel"}
    assert url(open_rung("overview"))["explanation"] == rungs["kernel"]


def test_without_siblings_there_is_no_dial(open_rung):
    app = open_rung("prediction", "kernel", sample=0)
    assert not [g for g in app.get("button_group") if g.key == "exactness dial"]
    assert "finer" not in words(app)
