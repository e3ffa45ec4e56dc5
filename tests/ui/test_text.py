"""The page of texts, and texts on Prediction."""

from __future__ import annotations

import pytest

from shapviz import Store
from tests.ui.test_pages import charts, url, words
from tests.views.examples import HOSTILE_TEXT, texts, token_ids


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores") / "texts"
    store = Store(folder)
    one = texts()
    other = one.replace(values=one.values[..., ::-1] * 1.0)
    return {
        "url": str(folder),
        "padded": store.put(token_ids(free=True), name="Padded"),
        "three": store.put(texts(outputs=3), name="Three"),
        "again": store.put(other, name="The same texts again"),
        "hostile": store.put(one, name="Hostile"),
    }


@pytest.fixture
def open_text(stored, at_store, show):
    at_store(stored["url"])

    def opened(page, kind, **more):
        return show(page, explanation=stored[kind], **more)

    return opened


@pytest.mark.parametrize("kind", ["padded", "three", "hostile"])
@pytest.mark.parametrize("page", ["text", "prediction", "overview"])
def test_texts_are_drawn_on_every_page(open_text, page, kind):
    app = open_text(page, kind, sample=0)
    assert "cannot be shown" not in words(app)
    assert "went wrong" not in words(app)
    assert "<script" not in words(app)


def test_the_page_shows_the_text_the_words_and_the_other_explainers(open_text, stored):
    app = open_text("text", "hostile", sample=0)
    shown = words(app)
    for question in (
        "Which words decided this review?",
        "Which words matter over all reviews?",
        "Do the explainers agree on this text?",
    ):
        assert question in shown
    # Each text in wide and in narrow lines; side by side in narrow ones alone.
    assert charts(app) == ["text 912", "text 440", "text tokens", "grid 0 0 440", "grid 1 0 440"]
    assert [code.value for code in app.code] == [HOSTILE_TEXT]


def test_classes_stand_side_by_side(open_text):
    found = [key for key in charts(open_text("text", "three", sample=4)) if key.startswith("grid")]
    assert found == ["grid 0 0 288", "grid 0 1 288", "grid 0 2 288"]


def test_the_level_is_part_of_the_link(open_text):
    app = open_text("text", "hostile", sample=4)
    (level,) = [group for group in app.get("button_group") if "Words" in group.options]
    level.set_value("sentences").run()
    assert url(app)["level"] == "sentences"
    assert not app.exception
    assert "3 sentences of 17 words" in words(app)


def test_the_order_of_words_is_part_of_the_link(open_text):
    assert "fewer than 3 places" in words(open_text("text", "hostile", sample=4, order="average"))


@pytest.mark.parametrize(("name", "value"), [("level", "chapters"), ("order", "sideways")])
def test_a_link_that_asks_for_what_is_not_there_says_so(open_text, name, value):
    app = open_text("text", "hostile", sample=4, **{name: value})
    assert {"level": "be words or phrases", "order": "be total or average"}[name] in words(app)


def test_what_length_is_worth_is_said(open_text):
    assert "what its length is worth" in words(open_text("text", "padded", sample=0))


def test_features_of_a_text_are_called_by_its_words(open_text):
    shown = words(open_text("prediction", "padded", sample=0))
    assert "“good” (" in shown
    assert "feature 0" not in shown


def test_a_table_on_the_page_of_texts_is_said(show, keys):
    app = show("text", explanation=keys.tumour, sample=1)
    assert "this page shows texts" in words(app)
