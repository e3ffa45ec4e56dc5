"""Home: what is stored, what is being made, what failed, and an empty store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shapviz.store import Record
from shapviz.ui import demos, progress, read
from tests.ui.test_pages import url, words

QUEUED = Record(
    key="digits-deep",
    name="Digits, Deep",
    state="queued",
    done=0,
    samples=1797,
    features=64,
    outputs=10,
    output_names=(),
    explainer="deep",
    model="Keras CNN",
    data="1 797 images",
    gap=None,
    created=datetime(2026, 11, 12, 9, 40, tzinfo=UTC),
    demo="digits",
    sample_noun="image",
)
RUNNING = replace(QUEUED, state="computing", done=600, rate=41.0)
FAILED = replace(QUEUED, state="failed", done=600, message="The model returned NaN.")
DONE = replace(QUEUED, state="complete", done=1797)


@pytest.fixture
def stored(monkeypatch):
    """Say what the catalogue holds, without a worker."""

    def say(*records):
        monkeypatch.setattr(read, "records", lambda: list(records))

    return say


def test_the_table_lists_everything_and_pictures_lead_to_demos(show, keys):
    app = show()
    frame = app.dataframe[0].value
    assert list(frame["Explanation"][:2]) == ["Tumour, Kernel", "Digits, small"]
    assert list(frame["State"]) == ["Complete"] * 4
    assert frame["Importance"][0].startswith("data:image/svg+xml;base64,")
    assert frame["Samples"][0] == "80"
    app.button(key="demo digits").click().run()
    assert not app.exception
    assert url(app) == {"explanation": keys.digits, "sample": "0"}
    assert "What decided this image?" in words(app)


def test_demos_that_are_not_there_can_be_asked_for(show, keys):
    app = show()
    assert "Not made in this store" in words(app)
    app.button(key="demo wine").click().run()
    assert not app.exception
    assert "1. Which model?" in words(app)
    assert next(b for b in app.selectbox if b.key == "explain model").value == "demo:wine"


def test_without_demos_home_offers_what_there_is(show, stored, monkeypatch):
    monkeypatch.setenv("SHAPVIZ_DEMOS", "0")
    stored()
    text = words(show())
    assert "demo." not in text
    assert "Not made in this store" not in text
    assert "“New explanation”, above" in text
    stored(RUNNING)
    app = show()
    assert "Start from a demo" in words(app)
    assert "Being made: 33%" in words(app)
    assert "Not made in this store" not in words(app)


def test_an_empty_store_says_what_to_do(at_store, show, tmp_path):
    at_store(str(tmp_path / "empty"))
    text = words(show())
    assert "Nothing has been explained yet" in text
    assert "make run" in text
    assert "Explanations will be listed here" in text
    assert "cannot be shown" in words(show("overview"))


def test_progress_is_told_in_words(show, stored):
    stored(RUNNING, replace(QUEUED, key="b", name="Wine, Kernel", demo="wine"))
    text = words(show())
    assert "Explaining “Digits, Deep”" in text
    assert "600 of 1\u202f797 images, 41 per second, about 29 s left." in text
    assert "0 of 2 explanations are ready" in text
    assert "Being made: 33%, about 29 s left" in text
    assert "Waiting for its turn" in text


def test_a_worker_that_is_training_says_so(show, stored):
    stored(replace(RUNNING, done=0, rate=None, message="Training the model"))
    assert "Training the model…" in words(show())


def test_waiting_for_the_worker(show, stored):
    stored(QUEUED)
    assert "The worker is starting" in words(show())


def test_a_failure_says_why_on_its_card_and_above(show, stored):
    stored(FAILED)
    text = words(show())
    assert "Failed: The model returned NaN." in text
    assert "600 finished samples are kept." in text


@pytest.mark.parametrize(
    ("record", "says"),
    [(RUNNING, "600 of 1\u202f797"), (FAILED, "returned NaN"), (QUEUED, "Home shows how long")],
    ids=["running", "failed", "queued"],
)
def test_what_is_not_complete_cannot_be_opened_yet(record, says, show, stored):
    stored(record)
    assert says in words(show("overview", explanation=record.key))


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (QUEUED, "Waiting"),
        (RUNNING, "Running, 33%"),
        (replace(RUNNING, done=1797), "Running, 99%"),
        (replace(RUNNING, samples=0, done=0), "Running, 0%"),
        (FAILED, "Failed at 33%"),
        (replace(FAILED, done=0), "Failed"),
        (DONE, "Complete"),
    ],
)
def test_states_in_words(record, says):
    assert progress.state_words(record) == says


def test_a_demo_opens_on_what_was_asked_for_first():
    later = replace(DONE, key="later", created=datetime(2026, 11, 13, tzinfo=UTC))
    assert demos.to_open("digits", [later, DONE]) == DONE
    assert demos.to_open("digits", [RUNNING]) is None
    assert demos.to_open("wine", [DONE]) is None
