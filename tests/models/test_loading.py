"""Models in files: safe formats for all, the others for those who say they trust them."""

from __future__ import annotations

import json
import pickle
import sys
import zipfile
from functools import cache
from importlib import import_module

import joblib
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from shapviz import load_model
from shapviz.errors import InputError, MissingExtraError, ModelError
from shapviz.models import as_predictor
from tests.conftest import missing
from tests.oracles import agree

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


def needs(name):
    try:
        return import_module(name)
    except ImportError:
        missing(f"{name} is not installed")


@cache
def forest():
    return make_pipeline(StandardScaler(), RandomForestClassifier(4, random_state=0)).fit(X, Y)


def doubled(rows):
    return rows * 2


# Estimators -----------------------------------------------------------------------------------


def test_skops_files_of_data_alone_are_opened(tmp_path):
    needs("skops.io").dump(forest(), tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    assert agree(loaded.predict_proba(X), forest().predict_proba(X), 1e-12)


def test_skops_files_with_other_types_name_them(tmp_path):
    model = make_pipeline(FunctionTransformer(doubled), LogisticRegression()).fit(X, Y)
    needs("skops.io").dump(model, tmp_path / "model.skops")
    with pytest.raises(InputError, match=r"types that could run code: .*doubled; got False"):
        load_model(tmp_path / "model.skops")
    loaded = load_model(str(tmp_path / "model.skops"), trusted=True)
    assert agree(loaded.predict_proba(X), model.predict_proba(X), 1e-12)


@pytest.mark.parametrize("ending", ["pkl", "pickle", "joblib"])
def test_pickles_are_opened_only_when_trusted(tmp_path, ending):
    path = tmp_path / f"model.{ending}"
    if ending == "joblib":
        joblib.dump(forest(), path)
    else:
        path.write_bytes(pickle.dumps(forest()))
    with pytest.raises(InputError, match="opening a pickle runs whatever code it holds"):
        load_model(path)
    assert agree(load_model(path, trusted=True).predict_proba(X), forest().predict_proba(X), 1e-12)


# Boosters -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["json", "ubj"])
def test_xgboost_files(tmp_path, ending):
    xgboost = needs("xgboost")
    model = xgboost.XGBClassifier(n_estimators=3, n_jobs=1).fit(X, Y)
    model.save_model(tmp_path / f"model.{ending}")
    loaded = load_model(tmp_path / f"model.{ending}")
    assert type(loaded) is xgboost.Booster
    assert agree(as_predictor(loaded)(X)[:, 0], model.predict_proba(X)[:, 1], 1e-6)


def test_lightgbm_files(tmp_path):
    lightgbm = needs("lightgbm")
    model = lightgbm.LGBMRegressor(n_estimators=3, verbose=-1, n_jobs=1).fit(X, X[:, 0])
    model.booster_.save_model(tmp_path / "model.txt")
    loaded = load_model(tmp_path / "model.txt")
    assert agree(as_predictor(loaded)(X)[:, 0], model.predict(X), 1e-12)


@pytest.mark.parametrize("kind", ["CatBoostClassifier", "CatBoostRegressor"])
def test_catboost_files(tmp_path, kind):
    options = {"iterations": 3, "verbose": False, "allow_writing_files": False, "thread_count": 1}
    model = getattr(needs("catboost"), kind)(**options).fit(X, Y)
    model.save_model(str(tmp_path / "model.cbm"))
    loaded = load_model(tmp_path / "model.cbm")
    assert type(loaded).__name__ == kind
    method = "predict_proba" if kind == "CatBoostClassifier" else "predict"
    assert agree(getattr(loaded, method)(X), getattr(model, method)(X), 1e-12)


# ONNX -----------------------------------------------------------------------------------------


def test_onnx_files(tmp_path):
    proto = needs("skl2onnx").to_onnx(forest(), X[:1])
    (tmp_path / "model.onnx").write_bytes(proto.SerializeToString())
    predictor = as_predictor(load_model(tmp_path / "model.onnx"))
    assert predictor.kind == "onnx"
    assert agree(predictor(X), forest().predict_proba(X), 1e-5)
    name = proto.graph.output[1].name
    assert load_model(tmp_path / "model.onnx", output=name).output == name
    (tmp_path / "broken.onnx").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="that onnxruntime can run"):
        load_model(tmp_path / "broken.onnx")


# Keras and TensorFlow -------------------------------------------------------------------------


@cache
def network():
    needs("tensorflow")
    import keras

    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])


def test_keras_files(tmp_path):
    network().save(tmp_path / "model.keras")
    assert agree(load_model(tmp_path / "model.keras")(X).numpy(), network()(X).numpy(), 1e-6)


def test_custom_objects_make_own_layers_known(tmp_path):
    needs("tensorflow")
    import keras

    class Double(keras.layers.Layer):
        def call(self, inputs):
            return 2 * inputs

    model = keras.Sequential([keras.Input((3,)), Double()])
    model.save(tmp_path / "model.keras")
    with pytest.raises(ModelError, match=r"custom_objects=\{name: class\} makes own layers known"):
        load_model(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras", custom_objects={"Double": Double})
    assert agree(loaded(X).numpy(), 2 * X, 1e-6)


def test_lambda_layers_are_not_run_unless_trusted(tmp_path):
    needs("tensorflow")
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x * 2)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(ModelError, match="trusted=True runs code in the file"):
        load_model(tmp_path / "model.keras")
    assert agree(load_model(tmp_path / "model.keras", trusted=True)(X).numpy(), 2 * X, 1e-6)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_h5_files_are_opened_only_when_trusted(tmp_path):
    network().save(tmp_path / "model.h5")
    with pytest.raises(InputError, match="may hold Lambda layers, code that runs with the model"):
        load_model(tmp_path / "model.h5")
    loaded = load_model(tmp_path / "model.h5", trusted=True)
    assert agree(loaded(X).numpy(), network()(X).numpy(), 1e-6)


def test_saved_models_answer_through_a_named_signature(tmp_path):
    tf = needs("tensorflow")
    module = tf.Module()
    module.w = tf.Variable([[1.0], [2.0], [3.0]])
    rows = tf.TensorSpec((None, 3), tf.float32, name="rows")
    score = tf.function(lambda rows: {"score": rows @ module.w}, input_signature=[rows])
    both = tf.function(lambda rows: {"a": rows, "b": rows}, input_signature=[rows])
    signatures = {"serving_default": score, "negative": tf.function(
        lambda rows: {"score": -(rows @ module.w)}, input_signature=[rows]
    ), "both": both}  # fmt: skip
    folder = tmp_path / "model"
    tf.saved_model.save(module, str(folder), signatures=signatures)
    with pytest.raises(InputError, match="a TensorFlow program, which can read and write files"):
        load_model(folder)
    wanted = X @ [[1.0], [2.0], [3.0]]
    predictor = as_predictor(load_model(folder, trusted=True))
    assert agree(predictor(X.astype(np.float64)), wanted, 1e-6)
    assert agree(load_model(folder, trusted=True, signature="negative")(X), -wanted, 1e-6)
    with pytest.raises(InputError, match="'both', 'negative', 'serving_default'; got 'no'"):
        load_model(folder, trusted=True, signature="no")
    with pytest.raises(ModelError, match="take one tensor and return one; got 'both'"):
        load_model(folder, trusted=True, signature="both")


def test_a_file_of_tf_keras_is_named_with_the_conversion_to_make(tmp_path):
    needs("tensorflow")
    path = tmp_path / "old.keras"
    config = {"module": "tf_keras.src.engine.sequential", "class_name": "Sequential", "config": {}}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "2.19.0"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"")
    with pytest.raises(ModelError) as caught:
        load_model(path)
    said = str(caught.value)
    assert "saved by tf_keras (Keras 2.19.0)" in said
    assert 'm = tf_keras.models.load_model(path); m.export("folder")' in said
    assert "new.set_weights(m.get_weights())" in said


def test_an_h5_file_of_tf_keras_that_cannot_be_read_is_named(tmp_path):
    needs("tensorflow")
    h5py = needs("h5py")
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["model_config"] = json.dumps({"class_name": "Gone", "config": {}})
    with pytest.raises(ModelError, match=r"saved by tf_keras \(Keras 2\.15\.0\)"):
        load_model(path, trusted=True)


# What is refused ------------------------------------------------------------------------------


def test_wrong_paths_and_choices_are_named(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"")
    (tmp_path / "model.txt").write_text("hello")
    cases = [
        (("none.keras",), {}, "`path` must exist"),
        (("model.bin",), {}, "`path` must end in .keras, .h5"),
        ((".",), {}, r"a SavedModel folder \(one with saved_model.pb\)"),
        (("model.txt",), {"signature": "x"}, "`signature` must be left out for a LightGBM file"),
        (("model.txt",), {"custom_objects": {}}, "`custom_objects` must be left out"),
        (("model.txt",), {"output": "y"}, "`output` must be left out"),
    ]
    for (name,), options, words in cases:
        with pytest.raises(InputError, match=words):
            load_model(tmp_path / name, **options)


def test_a_broken_keras_zip_is_told_by_keras(tmp_path):
    needs("tensorflow")
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", "{}" * 99)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"{}{}", b"{}}}", 1))
    with pytest.raises(ModelError, match="Keras says"):
        load_model(path)


def test_files_that_are_not_what_they_are_called(tmp_path):
    needs("xgboost")
    (tmp_path / "model.json").write_text('{"a": 1}')
    with pytest.raises(ModelError, match="be a readable XGBoost model"):
        load_model(tmp_path / "model.json")


def test_a_missing_library_names_its_extra(tmp_path, monkeypatch):
    for ending, package, extra in [
        ("onnx", "onnxruntime", "onnx"),
        ("skops", "skops", "skops"),
        ("cbm", "catboost", "catboost"),
    ]:
        (tmp_path / f"model.{ending}").write_bytes(b"")
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(MissingExtraError, match=rf"pip install 'shapviz\[{extra}\]'"):
            load_model(tmp_path / f"model.{ending}")
