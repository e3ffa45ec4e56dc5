"""The Explain page on a store where the test plays the coordinator."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from shapviz import Explanation, Store, jobs
from shapviz.errors import UploadError
from shapviz.jobs.previewing import Preview
from shapviz.ui import explain_files, explain_jobs
from shapviz.ui.explain_sources import facts_of
from tests.ui.stores import HOSTILE
from tests.ui.test_pages import url, words

ROOT = Path(__file__).resolve().parents[2]
FACTS = {"library": "xgboost", "shape": [2], "outputs": 1, "feature_names": ["age", "spend"]}


@pytest.fixture
def store(tmp_path, at_store):
    """A store with one model and two tables; the dashboard looks at it."""
    store = Store(tmp_path / "store")
    at_store(str(tmp_path / "store"))
    (tmp_path / "churn.ubj").write_bytes(b"a model, as far as the page knows")
    model = store.materials.add_model(tmp_path / "churn.ubj", name="churn.ubj")
    store.materials.describe(model.digest, FACTS)
    rng = np.random.default_rng(0)
    people = pd.DataFrame(rng.normal(size=(40, 2)), columns=["age", "spend"])
    people["churn"] = rng.integers(0, 2, 40)
    people["note"] = HOSTILE
    store.materials.add_table(people.rename(columns={"spend": "Spend"}), name="renamed.csv")
    store.materials.add_table(people, name="people.csv")
    return store


@pytest.fixture
def app(store):
    """The page, opened; nothing is chosen yet."""
    return opened()


def opened(**parameters):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.switch_page("pages/explain.py")
    app.run()
    assert not app.exception
    return app


def choose(app, name, *labels):
    """Choose what is called so; selects are told by the draft's field."""
    (box,) = [box for box in app.selectbox if box.key == f"explain {name}"]
    for label in labels:
        box.select(next(option for option in box.options if option.startswith(label)))
    app.run()
    assert not app.exception
    assert "went wrong" not in words(app)


def ready(app):
    choose(app, "model", "churn")
    choose(app, "data", "people")


def button(app, label):
    return next(each for each in app.button if each.label == label)


def only_job(store):
    (job,) = jobs.every(store)
    return job


def answer(store, preview_of, **changes):
    """Answer a question of cost as a worker would."""
    told = Preview(
        key="k",
        explainer="tree",
        why="Tree: by its trees.",
        samples=40,
        rows=1_234_567,
        exact=True,
        seconds=41.0,
        memory_bytes=620_000_000,
        workers=2,
        parts=3,
        stored=False,
        made=time.time(),
    )
    answered = {"answer": {**told.__dict__, **changes}, "state": "complete", "ended": time.time()}
    assert store.catalogue.queue.change(preview_of, **answered)


def previews(store):
    return store.catalogue.queue.rows("preview")


def test_the_shortest_way_is_a_demo_and_one_button(app, store):
    assert button(app, "Explain").disabled
    choose(app, "model", "Demo: Italian wines")
    assert "Random forest: 178 wines" in words(app)
    assert "The demo’s own: 178 wines." in words(app)
    button(app, "Explain").click().run()
    job = only_job(store)
    assert (job.spec.model["demo"], job.name, job.state) == ("wine", "Italian wines", "queued")
    assert url(app) == {"job": job.id}
    assert "It waits for its turn." in words(app)


def test_a_model_and_a_table_fit_by_name_and_the_first_rows_are_shown(app, store):
    ready(app)
    text = words(app)
    assert "XGBoost model: 2 features in, one number out." in text
    assert "40 rows, 4 columns. The model’s 2 columns were found by name." in text
    assert app.dataframe[0].value["note"][0] == HOSTILE
    assert "<script" not in text
    button(app, "Explain").click().run()
    spec = only_job(store).spec
    assert spec.data["features"] == ["age", "spend"]
    assert (spec.data["target"], spec.data["metadata"]) == ("churn", ["note"])


def test_a_mismatch_stands_beside_the_data_and_nothing_can_be_started(app, store):
    choose(app, "model", "churn")
    choose(app, "data", "renamed")
    assert "was trained on “spend”, which is not a column" in words(app)
    assert "Did you mean &#x27;Spend&#x27;?" in words(app)
    assert button(app, "Explain").disabled
    assert previews(store) == []


def test_the_background_is_the_same_data_or_another_table(app, store):
    ready(app)
    background = field(app.selectbox, "background")
    assert len(background.options) == 2
    assert background.options[0] == "The same data"
    choose(app, "background", "renamed")
    choose(app, "data", "renamed")
    assert field(app.selectbox, "background").value == ""


def test_the_cost_is_asked_for_once_and_told(app, store):
    ready(app)
    assert "Measuring" in words(app)
    app.run()
    (preview,) = previews(store)
    answer(store, preview["id"])
    app.run()
    text = words(app)
    assert "1.23 million" in text
    assert "41 s" in text
    assert "620 MB" in text
    assert "Tree: by its trees." in text
    assert "Measured on a few rows" in text


def test_another_choice_withdraws_the_question_and_asks_a_new_one(app, store):
    ready(app)
    choose(app, "method", "Kernel")
    states = {row["explainer"]: row["state"] for row in previews(store)}
    assert states == {"auto": "cancelled", "kernel": "queued"}


def test_a_question_that_was_withdrawn_is_asked_again_when_it_is_wanted(app, store):
    ready(app)
    (asked,) = previews(store)
    # A worker was at it when another choice withdrew it.
    store.catalogue.queue.change(asked["id"], state="cancelling")
    app.run()
    assert "Measuring" in words(app)
    store.catalogue.queue.change(asked["id"], state="cancelled")
    app.run()
    (again,) = previews(store)
    assert (again["id"], again["state"]) == (asked["id"], "queued")


def test_a_refusal_stands_beside_its_step_and_is_not_asked_again(app, store):
    ready(app)
    (preview,) = previews(store)
    said = "`background` must have rows that the model takes; got none. Choose others."
    store.catalogue.queue.change(preview["id"], state="failed", message=said)
    app.run()
    app.run()
    assert "must have rows that the model takes" in words(app)
    assert "could not be measured" in words(app)
    assert previews(store)[0]["state"] == "failed"
    assert not button(app, "Explain").disabled


def test_exactness_goes_with_the_method(app, store):
    ready(app)
    assert not [box for box in app.selectbox if box.key == "explain measure"]
    choose(app, "method", "Kernel")
    choose(app, "measure", "By evaluations")
    (amount,) = [box for box in app.number_input if box.key == "explain amount"]
    amount.set_value(64).run()
    button(app, "Explain").click().run()
    job = only_job(store)
    assert (job.spec.call, job.name) == ({"budget": 64}, "churn on people, Kernel")


def test_what_was_entered_is_there_after_a_job_was_watched(app, store):
    ready(app)
    next(box for box in app.text_input if box.key == "explain name").set_value("Q3").run()
    button(app, "Explain").click().run()
    assert "“Q3”" in words(app)
    button(app, "New explanation").click().run()
    values = {box.key: box.value for box in app.selectbox}
    assert values["explain model"] == f"model:{store.materials.models()[0].digest}"
    assert next(box for box in app.text_input if box.key == "explain name").value == "Q3"


def test_a_click_before_the_page_is_drawn_anew_asks_for_what_is_chosen(app, store):
    ready(app)
    field(app.selectbox, "method").select("kernel")
    button(app, "Explain").click().run()
    assert only_job(store).spec.explainer == "kernel"
    assert "“churn on people, Kernel”" in words(app)


def test_a_job_is_found_again_by_its_address_and_says_how_far_it_is(app, store):
    ready(app)
    button(app, "Explain").click().run()
    job = only_job(store).id
    store.catalogue.queue.change(
        job, state="computing", done=12, samples=40, rate=4.0, eta=7.0, started=time.time()
    )
    again = opened(job=job)
    assert "12 of 40 samples, 4.0 per second, about 7 s left." in words(again)
    button(again, "Cancel").click().run()
    assert jobs.find(store, job).state == "cancelling"
    assert "Stopping “churn on people”" in words(again)
    store.catalogue.queue.change(job, state="cancelled", message="Stopped.")
    again.run()
    assert "was cancelled" in words(again)
    assert "12 of 40 samples are finished and kept." in words(again)
    button(again, "Resume").click().run()
    assert jobs.find(store, job).state == "queued"


def test_finished_rows_are_drawn_while_others_are_in_work(app, store, monkeypatch):
    ready(app)
    button(app, "Explain").click().run()
    job = only_job(store).id
    values = np.random.default_rng(0).normal(size=(12, 2))
    landed = Explanation(values=values, base_values=0.0, feature_names=["age", "spend"])
    monkeypatch.setattr(Store, "partial", lambda self, key: landed)
    store.catalogue.queue.change(job, state="computing", key="k", done=12, samples=40)
    again = opened(job=job)
    assert "So far: which features had the biggest impact?" in words(again)
    assert "Of the first 12 that are finished." in words(again)


def test_the_same_question_again_is_answered_from_the_store(app, store):
    ready(app)
    button(app, "Explain").click().run()
    job = only_job(store)
    values = np.random.default_rng(0).normal(size=(40, 2))
    key = store.put(Explanation(values=values, base_values=0.0), name=job.name)
    changes = {"state": "complete", "key": key, "samples": 40, "done": 40, "ended": time.time()}
    store.catalogue.queue.change(job.id, started=time.time() - 9, **changes)
    app.run()
    assert "40 samples explained in 9 s." in words(app)
    assert "Which features had the biggest impact?" in words(app)
    button(app, "New explanation").click().run()
    assert "Nothing: this very question is answered in the store." in words(app)
    button(app, "Open it").click().run()
    assert url(app)["explanation"] == key
    assert "job" not in url(app)


def test_the_history_offers_what_a_job_s_state_allows(app, store):
    ready(app)
    button(app, "Explain").click().run()
    job = only_job(store).id
    store.catalogue.queue.change(job, state="failed", message="The model returned NaN.", done=8)
    app.run()
    assert "The model returned NaN." in words(app)
    button(app, "New explanation").click().run()
    assert "What did I ask for?" in words(app)
    assert "Failed" in words(app)
    button(app, "Run again").click().run()
    assert jobs.find(store, job).state == "queued"
    assert url(app) == {"job": job}


def test_other_people_s_jobs_and_the_demos_are_not_in_the_history(app, store):
    ready(app)
    button(app, "Explain").click().run()
    row = store.catalogue.queue.row(only_job(store).id)
    for owner in ("demos", "somebody@else.example"):
        store.catalogue.queue.add({**row, "id": owner, "owner": owner, "name": f"Of {owner}"})
    button(app, "New explanation").click().run()
    assert "churn on people" in words(app)
    assert "Of demos" not in words(app)
    assert "Of somebody" not in words(app)


def test_another_person_s_job_can_be_watched_but_not_stopped(app, store):
    ready(app)
    button(app, "Explain").click().run()
    row = store.catalogue.queue.row(only_job(store).id)
    store.catalogue.queue.add({**row, "id": "theirs", "owner": "somebody@else.example"})
    watching = opened(job="theirs")
    assert "It waits for its turn." in words(watching)
    assert not [each for each in watching.button if each.label == "Cancel"]


def test_a_deleted_job_s_address_says_so(app, store):
    text = words(opened(job="nobody-knows"))
    assert "not known here" in text
    assert "1. Which model?" in text


def test_a_refused_file_is_said_beside_its_step(app, store, monkeypatch):
    app.session_state["explain upload refused model"] = f"`{HOSTILE}` must be a model."
    app.run()
    assert "must be a model." in words(app)
    assert "<script" not in words(app)


def test_a_refused_file_leaves_the_earlier_one_in_use_and_says_so(app, store, monkeypatch):
    def refuse(*_, **__):
        raise UploadError("`worse.csv` must have at least one row; got 0.")

    ready(app)
    monkeypatch.setattr(explain_files, "admit_table", refuse)
    tables = app.get("file_uploader")[1]
    tables.upload("worse.csv", b"a,b").run()
    assert "got 0. “people.csv” is still the one in use." in words(app)
    assert field(app.selectbox, "data").value is not None
    choose(app, "data", "renamed")
    assert "worse.csv" not in words(app)


def test_without_uploads_there_is_no_place_for_files_and_one_sentence_why(store, monkeypatch):
    monkeypatch.setenv("SHAPVIZ_UPLOADS", "0")
    app = opened()
    assert not app.get("file_uploader")
    assert explain_files.OFF in words(app)
    monkeypatch.setenv("SHAPVIZ_UPLOADS", "1")
    assert len(opened().get("file_uploader")) == 2


def test_a_model_of_the_server_s_folder_is_opened_when_chosen(app, store, tmp_path, monkeypatch):
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "evil.pkl").write_bytes(b"\x80\x04N.")
    monkeypatch.setenv("SHAPVIZ_MODELS", str(folder))
    app.run()
    choose(app, "model", "Folder: evil.pkl")
    assert "pickle" in words(app)
    assert next(box for box in app.selectbox if box.key == "explain model").value is None
    monkeypatch.setenv("SHAPVIZ_TRUST_MODELS", "1")
    choose(app, "model", "Folder: evil.pkl")
    assert "Pickled model." in words(app)
    assert store.materials.models()[0].trusted


SENTIMENT = {"library": "keras", "shape": [1], "outputs": 1, "texts": True}
NETWORK = {"library": "keras", "shape": [8, 8, 3], "outputs": 2, "ran": True}


def field(boxes, name):
    (box,) = [box for box in boxes if box.key == f"explain {name}"]
    return box


def with_model(store, tmp_path, name, facts):
    (tmp_path / name).write_text(name)
    model = store.materials.add_model(tmp_path / name, name=name)
    store.materials.describe(model.digest, facts)


def test_pictures_are_hidden_part_by_part_and_bytes_divided(store, tmp_path):
    with_model(store, tmp_path, "lamps.keras", NETWORK)
    pictures = np.random.default_rng(0).integers(0, 255, (6, 8, 8, 3)).astype(np.uint8)
    store.materials.add_table(pictures, name="lamps.zip")
    app = opened()
    choose(app, "model", "lamps")
    choose(app, "data", "lamps")
    text = words(app)
    assert "Divided by 255, since most models were trained on 0 to 1" in text
    assert "what is hidden is the same picture, blurred" in text
    choose(app, "method", "Deep")
    assert "Deep compares with background rows: choose “A sample of rows” in step 3." in words(app)
    assert button(app, "Explain").disabled
    choose(app, "how", "A sample of rows")
    assert not button(app, "Explain").disabled
    choose(app, "method", "Partition")
    choose(app, "how", "Parts painted over")
    field(app.number_input, "regions").set_value(30).run()
    choose(app, "cut", "In squares")
    button(app, "Explain").click().run()
    spec = only_job(store).spec
    cut = {"superpixels": 30, "method": "grid"}
    assert spec.background == {"masker": "image", "fill": "inpaint", **cut}
    assert spec.data["scale"] == 255
    assert spec.about["sample_noun"] == "picture"
    # “Edit a copy” brings all of it back.
    store.catalogue.queue.change(only_job(store).id, state="cancelled")
    app.run()
    assert explain_jobs.draft_of(spec).regions == 30


def test_windows_with_gaps_are_told_at_the_choice(store, tmp_path):
    with_model(store, tmp_path, "wear.keras", {**NETWORK, "shape": [6, 2]})
    windows = np.zeros((4, 6, 2), dtype=np.float32)
    windows[2, 5, 1] = np.nan
    store.materials.add_table(windows, name="runs.npy")
    app = opened()
    choose(app, "model", "wear")
    choose(app, "data", "runs")
    found = "1 of 48 numbers is missing (NaN), the first in sample 2, at (5, 1)."
    assert found in words(app)
    assert not button(app, "Explain").disabled
    choose(app, "how", "Last value held")
    assert f"“runs.npy” has gaps: {found} What is hidden is filled in" in words(app)
    assert button(app, "Explain").disabled


def test_texts_are_hidden_word_by_word(store, tmp_path):
    with_model(store, tmp_path, "sentiment.keras", SENTIMENT)
    reviews = pd.DataFrame({"place": ["x", "y"], "review": ["a good film", "dull"], "y": [1, 0]})
    store.materials.add_table(reviews, name="reviews.csv")
    app = opened()
    choose(app, "model", "sentiment")
    choose(app, "data", "reviews")
    text = words(app)
    assert "Keras model: text in, one number out." in text
    assert "The model reads the text in “review”." in text
    assert "without it the text is shorter" in text
    assert field(app.selectbox, "how").options == ["Words left out", "Words replaced"]
    choose(app, "method", "Gradient")
    assert "Gradient compares rows of numbers, and these are texts." in words(app)
    choose(app, "method", "Automatic")
    choose(app, "how", "Words replaced")
    field(app.text_input, "word").set_value("[UNK]").run()
    button(app, "Explain").click().run()
    spec = only_job(store).spec
    assert spec.background == {"masker": "text", "mask_token": "[UNK]", "collapse": True}
    assert (spec.data["features"], spec.data["target"]) == (["review"], "y")


def test_images_of_a_zip_are_brought_to_the_size_of_the_chosen_model(store, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(explain_files, "admit_table", lambda *_, **how: asked.append(how))
    for shape in ([8, 6, 1], [8], [None, 8, 3]):
        facts = facts_of(SimpleNamespace(format="keras", facts={"shape": shape}))
        explain_files._table(tmp_path, "lamps.zip", facts.picture)
    told = [(each["size"], each["channels"]) for each in asked]
    assert told == [((8, 6), 1), (None, None), (None, None)]
