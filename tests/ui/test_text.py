"""The page of texts, and texts on Prediction."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import Explanation, Store, views
from shapviz.ui import text_opened
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
@pytest.mark.parametrize("page", ["text", "prediction", "overview", "dependence"])
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


def test_dependence_of_a_text_is_that_of_its_words(open_text):
    app = open_text("dependence", "hostile")
    assert charts(app) == ["text tokens"]
    assert "wherever it stands" in words(app)


def test_classes_stand_side_by_side(open_text):
    app = open_text("text", "three", sample=4)
    assert "What pushes each class?" in words(app)
    assert "explainers" not in words(app).lower()
    found = [key for key in charts(app) if key.startswith("grid")]
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


OPENED = "0-4"
"""The first of three sentences of text 4: three words and their full stop."""


def buttons(app):
    return {button.label: button for button in app.button}


def test_what_stands_open_is_part_of_the_link_and_closes(open_text):
    app = open_text("text", "hostile", sample=4, level="sentences", opened=f"{OPENED}.3-900")
    assert "2 sentences and 4 single words of 17 words" in words(app)
    assert "Click a sentence to open it, a word to close what holds it." in words(app)
    buttons(app)["Close all"].click().run()
    assert "opened" not in url(app)
    assert url(app)["level"] == "sentences"
    assert "3 sentences of 17 words" in words(app)
    assert "Click a sentence to open it." in words(app)
    assert "Close all" not in buttons(app)


def test_another_text_begins_closed(open_text):
    app = open_text("text", "hostile", sample=4, level="sentences", opened=OPENED)
    app.button(key="next").click().run()
    assert url(app)["sample"] == "5"
    assert "opened" not in url(app)


@pytest.mark.parametrize(
    "asked", ["x", "0-", "0-5.", "-1-3", "5-0", "9999999-1", "\u0663-\u0664", "0-5." * 500 + "0-5"]
)
def test_a_link_to_parts_that_are_none_shows_the_whole(open_text, asked):
    shown = words(open_text("prediction", "hostile", sample=4, level="sentences", opened=asked))
    assert "3 sentences of 17 words" in shown


def test_a_click_opens_a_sentence_and_another_on_its_word_closes_it(monkeypatch):
    told = []
    monkeypatch.setattr(text_opened.state, "remember", lambda **changes: told.append(changes))
    explanation = texts()
    shown = views.text(explanation, 4, level="sentences")
    text_opened.clicking(shown)(0)
    assert told.pop() == {"sample": 4, "opened": OPENED}
    monkeypatch.setattr(text_opened.state, "get", {"opened": OPENED}.get)
    inside = views.text(explanation, 4, level="sentences", opened=text_opened.asked())
    last = max(k for k, chip in enumerate(inside.chips) if chip.inside)
    text_opened.clicking(inside)(last)
    assert told.pop() == {"sample": 4, "opened": ""}
    assert text_opened.clicking(views.text(explanation, 4)) is None
    assert text_opened.written([(0, k) for k in range(99)]).count("-") == text_opened.MOST


def test_a_text_among_several_inputs_stands_on_the_page(tmp_path, at_store, show):
    text = texts()
    n, rng = len(text), np.random.default_rng(0)
    explanation = Explanation(
        values={"review": text.values, "stay": rng.normal(size=(n, 2))},
        base_values=0.0,
        data={"review": text.data, "stay": rng.random((n, 2))},
        display_data={"review": text.display_data, "stay": rng.random((n, 2)).astype(object)},
        provenance={"modality": "mixed", "told_by_input": {"review": {"modality": "text"}}},
    )
    key = Store(tmp_path).put(explanation, name="Review and stay")
    at_store(str(tmp_path))
    app = show("text", explanation=key, sample=0)
    assert [name for name in charts(app) if name.startswith("text")] == [
        "text 912", "text 440", "text tokens",
    ]  # fmt: skip
    assert "“review” is one of two inputs" in words(app)
    assert "went wrong" not in words(app)
    assert "text tokens" in charts(show("overview", explanation=key))
    shown = words(show("prediction", explanation=key, sample=4))
    assert "review: “" in shown
    assert "review: token" not in shown
