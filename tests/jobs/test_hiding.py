"""Jobs that hide samples behind themselves: what may be asked, its keys, and two ways from an
upload to an explanation.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shapviz.errors import InputError
from shapviz.explanation import concat
from shapviz.jobs import JobSpec, contained, hiding
from shapviz.jobs.loading import ready
from shapviz.jobs.probe import probe_here
from shapviz.store import Store
from shapviz.uploads import admit_model, admit_table
from shapviz.views import modality
from tests.oracles import agree

TEXTS = ["a good film", "bad plot, dull cast", "great fun and good music", "dull, bad", "fun"] * 3
GOOD = [1, 0, 1, 0, 1] * 3
BLUR = {"masker": "image", "fill": "blur", "superpixels": 6, "method": "grid"}


def asked(background: dict[str, Any], **data: Any) -> JobSpec:
    model = {"kind": "stored", "digest": "m"}
    return JobSpec(model=model, data={"digest": "d", **data}, background=background, name="n")


@pytest.mark.parametrize(
    ("background", "says"),
    [
        ({"masker": "sound"}, "must be one of image, text, sequence; got 'sound'"),
        ({"masker": "image", "players": 3}, "of the masker “image” and no more; got 'players'"),
        ({"masker": "text", "digest": "d"}, "got 'digest'"),
        ({"masker": "sequence", "superpixels": 3}, "must say players, fill of"),
    ],
)
def test_what_no_masker_takes_is_refused_by_name(background, says):
    with pytest.raises(InputError) as error:
        asked(background)
    assert says in str(error.value)


@pytest.mark.parametrize("scale", [0, -1.0, float("nan"), True, "255"])
def test_a_scale_is_a_positive_number(scale):
    with pytest.raises(InputError, match="`scale` must be a positive number"):
        asked({"how": "all"}, scale=scale)


@pytest.mark.parametrize(
    ("background", "says"),
    [
        ({"masker": "image", "fill": "smudge"}, "`fill` must be"),
        ({"masker": "image", "superpixels": 1}, "`superpixels` must be at least 2"),
        ({"masker": "sequence", "players": "pair"}, "`players` must be"),
    ],
)
def test_a_value_that_a_masker_refuses_is_said_by_the_masker(background, says):
    with pytest.raises(InputError, match=says):
        hiding.made_masker(background)


def test_texts_are_one_column_and_pictures_are_no_table():
    table = pd.DataFrame({"a": ["x"], "b": ["y"]})
    with pytest.raises(InputError, match=r"`features` must be one column, of text; got 2 columns"):
        hiding.samples_for({"masker": "text"}, table)
    with pytest.raises(InputError, match="`data` must be an array of pictures"):
        hiding.samples_for(BLUR, table)
    assert hiding.samples_for({"masker": "text"}, table[["a"]]).tolist() == ["x"]


def test_every_option_and_the_scale_are_part_of_what_is_asked():
    some = [
        asked({"masker": "image"}),
        asked({"masker": "image", "fill": "mean"}),
        asked({"masker": "image", "superpixels": 5}),
        asked({"masker": "image"}, scale=255),
        asked({"masker": "text"}),
        asked({"masker": "text", "mask_token": ""}),
    ]
    assert len({spec.id for spec in some}) == len({spec.source for spec in some}) == len(some)
    assert JobSpec.from_json(some[2].to_json()) == some[2]
    # What stands for absence does not come from the rows: they may share an explainer.
    assert asked(BLUR, rows=[0, 2]).source == asked(BLUR).source


# From an upload ---------------------------------------------------------------------------------


def pictures(folder: Path, side: int = 12) -> Path:
    """Grey pictures with a bright patch in one half, larger than the model takes."""
    from PIL import Image

    rng = np.random.default_rng(0)
    path = folder / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for k in range(5):
            pixels = rng.integers(0, 60, (side, side)).astype(np.uint8)
            half = slice(None, side // 2) if k % 2 else slice(side // 2, None)
            pixels[3:9, half] += 150
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "PNG")
            archive.writestr(f"patch {k}.png", file.getvalue())
    return path


def halves(folder: Path) -> Path:
    """A Keras model of 8×8 pictures that weighs their halves against each other."""
    import keras

    weights = np.ones((8, 8, 1))
    weights[:, :4] = -1
    inputs = keras.Input((8, 8, 1))
    dense = keras.layers.Dense(1)
    model = keras.Model(inputs, dense(keras.layers.Flatten()(inputs)))
    dense.set_weights([weights.reshape(64, 1) / 64, np.zeros(1)])
    model.save(folder / "halves.keras")
    return folder / "halves.keras"


def whole(store: Store, spec: JobSpec) -> Any:
    """All rows from the store, and the same in two parts, as two workers would make them."""
    found = ready((store.url, None), spec)
    parts = []
    for start, stop in ((0, 2), (2, len(found.rows))):
        rows, call = found.part(start, stop)
        parts.append(found.explainer(rows, **call))
    stored = store.explain(found.explainer, found.rows, name=spec.name, **spec.call, **found.labels)
    assert np.array_equal(concat(parts).values, stored.values)
    return stored


def test_from_a_zip_of_pictures_to_regions_over_them(tmp_path):
    store = Store(tmp_path / "store")
    model = store.materials.add_model(halves(tmp_path), name="halves", trusted=True)
    taken = admit_table(pictures(tmp_path), "patches.zip", store, size=(8, 8), channels=1)
    assert taken.record.shape == (5, 8, 8, 1)
    assert taken.notes == ("All 5 images are scaled to 8 × 8 pixels; nothing is cut off.",)
    spec = JobSpec(
        model={"kind": "stored", "digest": model.digest},
        data={"digest": taken.record.digest, "scale": 255},
        background=BLUR,
        name="patches",
    )
    known = probe_here((store.url, None), spec.to_json(), {"ranges": [[0, 5]]})
    found = whole(store, spec)
    assert modality(found) == "image"
    assert (known["rows"], known["exact"]) == (found.provenance["model_rows"], True)
    assert found.values.shape == (5, 6)
    assert found.on_regions().shape == (5, 8, 8)
    # By hand: bright on the left pulls down, and all values add up to what blurring took away.
    scaled = np.asarray(store.materials.table(taken.record.digest)) / 255
    weighed = scaled[..., 4:, 0].sum((1, 2)) - scaled[..., :4, 0].sum((1, 2))
    assert agree(found.predictions, weighed / 64, 1e-5)
    names = tuple(f"patch {k}.png" for k in range(5))
    assert (taken.names, store.materials.names(taken.record.digest)) == (names, names)
    assert found.sample_names == names
    assert agree(found.base_values + found.values.sum(axis=1), found.predictions, 1e-5)
    assert (found.predictions[1::2] < 0).all()
    assert (found.predictions[0::2] > 0).all()
    as_bytes = JobSpec(**{**spec.to_json(), "data": {"digest": taken.record.digest}})
    keys = {ready((store.url, None), each).asked().key for each in (spec, as_bytes)}
    coarser = JobSpec(**{**spec.to_json(), "background": {**BLUR, "superpixels": 4}})
    assert len(keys | {ready((store.url, None), coarser).asked().key}) == 3


def test_a_text_pipeline_that_nobody_vouched_for_is_explained_word_by_word(tmp_path):
    skops = pytest.importorskip("skops.io")
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    store = Store(tmp_path / "store")
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(C=100)).fit(TEXTS, GOOD)
    skops.dump(model, tmp_path / "m.skops")
    pd.DataFrame({"review": TEXTS[:5], "good": GOOD[:5]}).to_csv(tmp_path / "r.csv", index=False)
    taken = admit_model(tmp_path / "m.skops", "m.skops", store)
    assert (taken.facts.texts, taken.facts.ran) == (True, False)
    data = admit_table(tmp_path / "r.csv", "r.csv", store).record
    spec = JobSpec(
        model={"kind": "stored", "digest": taken.record.digest},
        data={"digest": data.digest, "features": ["review"], "target": "good", "rows": [1, 5]},
        background={"masker": "text", "mask_token": ""},
        name="reviews",
    )
    try:
        claim = contained.prepare(store, spec)
        first, _ = contained.explain(store, spec, claim["question"], 0, 1)
        # A vectorizer that was used is the same model as before.
        rest, _ = contained.explain(store, spec, claim["question"], 1, 4)
        told = contained.probe(store, spec, {"ranges": [[0, 1], [1, 4]]})
    finally:
        contained._children.close()
    found = concat([first, rest])
    assert modality(first) == modality(rest) == "text"
    assert found.sample_names == ("1", "2", "3", "4")
    assert list(found.truth) == GOOD[1:5]
    assert list(found.data[0][:4]) == ["bad", "plot", ",", "dull"]
    bad = [list(row).index("bad") for row in found.data[[0, 2]]]
    assert (found.values[[0, 2], bad, 1] < 0).all()
    assert agree(found.predictions[:, 1], model.predict_proba(TEXTS[1:5])[:, 1], 1e-9)
    sent = [part.provenance["model_rows"] for part in (first, rest)]
    assert (told["rows"], told["exact"]) == (sum(sent), True)


@pytest.mark.slow
def test_a_keras_model_with_text_vectorization_is_explained_on_a_worker(tmp_path, cluster):
    import keras
    import tensorflow as tf

    from shapviz import jobs
    from tests.jobs.working import until, working

    layer = keras.layers.TextVectorization(max_tokens=40, output_sequence_length=8)
    layer.adapt(TEXTS)
    inputs = keras.Input((1,), dtype="string")
    hidden = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(40, 4)(layer(inputs)))
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(hidden))
    model.save(tmp_path / "m.keras")
    store = Store(tmp_path / "store")
    taken = admit_model(tmp_path / "m.keras", "m.keras", store)
    assert taken.facts.texts
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS[:5]))
    data = admit_table(tmp_path / "texts.txt", "texts.txt", store, lines=True).record
    spec = JobSpec(
        model={"kind": "stored", "digest": taken.record.digest},
        data={"digest": data.digest},
        background={"masker": "text", "mask_token": "…", "collapse": False},
        name="reviews",
        ranges=[[0, 2], [2, 5]],
    )
    with working(store, cluster):
        job = jobs.submit(store, spec)
        until(lambda: jobs.find(store, job).state in ("complete", "failed"))
    ended = jobs.find(store, job)
    assert ended.state == "complete", ended.message
    found = store.get(ended.key)
    assert modality(found) == "text"
    assert len(found) == 5
    answers = np.asarray(model(tf.constant(TEXTS[:5])[:, None]))[:, 0]
    assert agree(found.predictions.ravel(), answers, 1e-5)


@pytest.mark.parametrize("empty", ["", "  ", None, float("nan")])
def test_a_row_without_text_is_named(empty: object) -> None:
    with pytest.raises(InputError, match=r"hold a text in every row; got none in rows 1, 2\."):
        hiding.samples_for({"masker": "text"}, pd.DataFrame({"review": ["good", empty, empty]}))


def test_pictures_are_cut_in_squares_where_nothing_else_can(monkeypatch: Any) -> None:
    from shapviz.cli.hiding import cut_of, hiding_of
    from shapviz.ui.explain_draft import Draft

    asked: dict[str, Any] = {"regions": 9, "text_column": None, "background": None}
    assert (hiding.cuts()[0], Draft().cut) == ("slic", "slic")
    assert cut_of(hiding_of("blur", **asked)) == ""
    monkeypatch.setattr(hiding, "find_spec", lambda name: None)
    assert (hiding.cuts(), Draft().cut) == (("grid",), "grid")
    found = hiding_of("blur", **asked)
    assert found == {"masker": "image", "fill": "blur", "superpixels": 9, "method": "grid"}
    assert "shapviz[images]" in cut_of(found)
