"""Models that attack when they are loaded or run: contained, with words, the store untouched."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shapviz.errors import ModelError, UploadError
from shapviz.store import Store
from shapviz.uploads import admit_model
from shapviz.uploads.kinds import recognise
from shapviz.uploads.limits import ChildLimits
from shapviz.uploads.sandbox import Child
from tests.conftest import missing
from tests.uploads import corpus

LIMITS = ChildLimits(memory=2 * 2**30, cpu=60, timeout=60.0)


@pytest.fixture
def upload(tmp_path) -> Path:
    return tmp_path / "upload"


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(str(tmp_path / "store"))


def _helper():
    try:
        from onnx import helper
    except ImportError:
        missing("onnx is not installed")
    return helper


def _onnx(path: Path, *nodes, initializers=()) -> Path:
    """A model of three numbers a row to "y" of one."""
    helper = _helper()
    graph = helper.make_graph(
        list(nodes),
        "hostile",
        [helper.make_tensor_value_info("x", 1, [None, 3])],
        [helper.make_tensor_value_info("y", 1, None)],
        list(initializers),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path


def test_a_model_that_wants_a_hundred_gigabytes_is_refused(upload, store):
    helper = _helper()
    size = helper.make_tensor("size", 7, [1], [25 * 2**30])
    _onnx(
        upload,
        helper.make_node("ConstantOfShape", ["size"], ["much"]),
        helper.make_node("ReduceSum", ["much"], ["one"], keepdims=1),
        helper.make_node("MatMul", ["x", "x3"], ["rows"]),
        helper.make_node("Add", ["rows", "one"], ["y"]),
        initializers=[size, helper.make_tensor("x3", 1, [3, 1], [1.0, 1.0, 1.0])],
    )
    with pytest.raises(UploadError, match=r"in 2 GB of memory; got a wish for more"):
        admit_model(upload, "big.onnx", store, child_limits=LIMITS)
    assert store.materials.models() == []


def test_a_model_that_never_answers_is_stopped(upload, store):
    helper = _helper()
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["on"]),
            helper.make_node("Identity", ["value"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", 7, []),
            helper.make_tensor_value_info("go", 9, []),
            helper.make_tensor_value_info("value", 1, [None, 3]),
        ],
        [
            helper.make_tensor_value_info("on", 9, []),
            helper.make_tensor_value_info("next", 1, [None, 3]),
        ],
    )
    _onnx(
        upload,
        helper.make_node("Loop", ["", "yes", "x"], ["y"], body=body),
        initializers=[helper.make_tensor("yes", 9, [], [True])],
    )
    limits = replace(LIMITS, timeout=4.0)
    with pytest.raises(UploadError, match="answer within 4 seconds; got no answer by then"):
        admit_model(upload, "loop.onnx", store, child_limits=limits)
    assert store.materials.models() == []


@pytest.mark.slow
def test_a_skops_file_with_a_type_of_its_own_is_refused_without_a_way_to_trust_it(upload, store):
    skops = pytest.importorskip("skops.io")
    from sklearn.preprocessing import FunctionTransformer

    skops.dump(FunctionTransformer(np.load), upload)
    assert recognise(upload).name == "a skops model"
    with pytest.raises(UploadError, match=r"data alone; got numpy\..*load.*could run code here"):
        admit_model(upload, "m.skops", store)


def test_broken_boosters_are_refused(upload, store):
    upload.write_bytes(b'{"learner": {"attributes": {}')
    with pytest.raises((ModelError, UploadError), match=r"XGBoost|load and run"):
        admit_model(upload, "m.json", store)
    upload.write_bytes(b"CBM1" + bytes(range(200)))
    with pytest.raises((ModelError, UploadError), match=r"CatBoost|load and run"):
        admit_model(upload, "m.cbm", store)


# Keras: each loads TensorFlow in a child ----------------------------------------------------------


@pytest.mark.slow
def test_a_keras_model_comes_in_under_any_name_and_says_what_it_is(upload, store):
    pytest.importorskip("tensorflow")
    import keras

    layers = keras.layers
    vocabulary = layers.StringLookup(vocabulary=["a", "b"])
    assert vocabulary.get_config()["vocabulary"] == ["a", "b"]
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, activation="gelu", kernel_regularizer="l2")(inputs)
    x = keras.ops.relu(layers.BatchNormalization()(x)) + 1
    x = layers.Bidirectional(layers.LSTM(3))(layers.Reshape((36, 4))(x))
    model = keras.Model(inputs, layers.Dense(2, activation=layers.LeakyReLU())(x))
    model.compile("adam", loss=lambda truth, answer: answer)
    model.save(upload.with_suffix(".keras"))
    upload.with_suffix(".keras").rename(upload)
    found = admit_model(upload, "../model.pkl", store)
    assert (found.record.name, found.record.format, found.record.trusted) == (
        "model.pkl",
        "keras",
        False,
    )
    facts = found.facts
    assert (facts.shape, facts.outputs, facts.ran) == ((8, 8, 3), 2, True)
    assert facts.parameters == model.count_params()


@pytest.mark.slow
def test_what_the_scan_lets_through_the_child_contains(upload, store, tmp_path):
    pytest.importorskip("tensorflow")
    repeat = corpus.layer("RepeatVector", n=10**9)
    pool = corpus.layer("GlobalAveragePooling1D")
    corpus.keras_file(upload, corpus.sequential(corpus.INPUT, repeat, pool))
    with pytest.raises(UploadError, match="in 2 GB of memory; got a wish for more"):
        admit_model(upload, "repeat.keras", store, child_limits=LIMITS)
    # A Dense within the file's bytes on an input that makes it a hundred gigabytes.
    wide = corpus.layer("InputLayer", batch_shape=[None, 10**8], dtype="float32")
    dense = corpus.layer("Dense", units=300)
    corpus.keras_file(upload, corpus.sequential(wide, dense))
    with pytest.raises(UploadError, match="in 2 GB of memory; got a wish for more"):
        admit_model(upload, "wide.keras", store, child_limits=LIMITS)
    assert store.materials.models() == []


@pytest.mark.slow
def test_a_lambda_that_got_past_the_scan_is_still_not_run(upload, tmp_path):
    """Keras's safe mode is the second lock; the child's folder the third."""
    pytest.importorskip("tensorflow")
    import keras

    mark = tmp_path / corpus.MARK
    code = f"lambda x: open({str(mark)!r}, 'w') and x"
    model = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(eval(code))])  # noqa: S307
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert "__lambda__" in json.dumps(json.loads(archive.read("config.json")))
    mark.unlink(missing_ok=True)
    with Child(readable=[tmp_path], what="m.keras") as child:
        path = str(tmp_path / "m.keras")
        with pytest.raises((ModelError, UploadError), match=r"Lambda|lambda"):
            child.call("shapviz.uploads.trial:load_and_run", {"path": path})
    assert not mark.exists()
