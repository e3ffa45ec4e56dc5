"""ONNX models as predictors: one tensor or one input a column, tensors or ZipMaps out."""

from __future__ import annotations

import pickle
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from shapviz.errors import InputError, ModelError
from shapviz.explainers.exact import ExactExplainer
from shapviz.models import as_predictor
from shapviz.models.onnx_model import OnnxModel
from tests.conftest import missing
from tests.oracles import agree

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 3)).astype(np.float32)
THREE = np.array(["low", "mid", "high"])[np.digitize(X[:, 1], [-0.5, 0.5])]
TABLE = pd.DataFrame({"age": X[:, 0], "city": np.where(X[:, 1] > 0, "Ulm", "Köln")})


@cache
def tools():
    """onnx, its helpers and the converter."""
    try:
        import onnx
        import onnxruntime  # noqa: F401 (must be there too)
        import skl2onnx
    except ImportError as error:
        missing(f"{error.name} is not installed")
    return onnx, skl2onnx


def convert(model, example, **options):
    found = {id(model): options} if options else None
    return tools()[1].to_onnx(model, example, options=found)


def made(inputs, outputs, nodes, weights=()):
    """A model of plain nodes: (name, kind, shape) of inputs and outputs."""
    onnx = tools()[0]
    value = onnx.helper.make_tensor_value_info
    kinds = onnx.TensorProto
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(*node) for node in nodes],
        "made",
        [value(name, getattr(kinds, kind), shape) for name, kind, shape in inputs],
        [value(name, getattr(kinds, kind), shape) for name, kind, shape in outputs],
        [onnx.numpy_helper.from_array(array, name) for name, array in weights],
    )
    opset = [onnx.helper.make_opsetid("", 17)]
    return onnx.helper.make_model(graph, opset_imports=opset, ir_version=9)


@cache
def classifier():
    return LogisticRegression().fit(X, THREE)


def test_regressors_answer_as_they_did():
    model = LinearRegression().fit(X, X @ [1.0, 2.0, 3.0])
    predictor = as_predictor(convert(model, X[:1]))
    assert predictor(X)[:, 0] == pytest.approx(model.predict(X), rel=1e-5, abs=1e-5)
    assert (predictor.kind, predictor.single_output, predictor.units) == ("onnx", True, "")
    assert predictor.feature_shape == (3,)
    with pytest.raises(InputError, match="have the shape the model takes"):
        predictor(X[:, :2])


@pytest.mark.parametrize(("zipmap", "names"), [(True, ("high", "low", "mid")), (False, None)])
def test_probabilities_as_tensors_and_as_dicts(zipmap, names):
    predictor = as_predictor(convert(classifier(), X[:1], zipmap=zipmap))
    assert agree(predictor(X), classifier().predict_proba(X), 1e-5)
    assert predictor.units == "probability"
    assert predictor.output_names == names
    assert predictor.n_outputs == 3


def test_given_names_win_over_those_in_the_dicts():
    proto = convert(classifier(), X[:1], zipmap=True)
    predictor = as_predictor(proto, output_names=["H", "L", "M"])
    predictor(X)
    assert predictor.output_names == ("H", "L", "M")


def test_columns_of_several_types_go_to_inputs_of_their_names():
    steps = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["city"]))
    model = make_pipeline(steps, LogisticRegression()).fit(TABLE, THREE == "mid")
    predictor = as_predictor(convert(model, TABLE[:1]))
    assert predictor.feature_names == ("age", "city")
    wanted = model.predict_proba(TABLE)
    assert agree(predictor(TABLE[["city", "age"]]), wanted, 1e-5)
    e = ExactExplainer(predictor, TABLE[:4])(TABLE[4:6])
    assert agree(e.predictions, wanted[4:6], 1e-5)
    assert agree(e.values, ExactExplainer(model, TABLE[:4])(TABLE[4:6]).values, 1e-4)
    with pytest.raises(InputError, match="'city' too"):
        predictor(TABLE[["age"]].assign(other=1))
    with pytest.raises(InputError, match=r"what input 'city' takes, tensor\(string\)"):
        predictor(TABLE.assign(city=None))


def test_the_digest_is_of_the_bytes_and_survives_pickling():
    proto = convert(classifier(), X[:1])
    model = OnnxModel(proto.SerializeToString())
    same = pickle.loads(pickle.dumps(model))  # noqa: S301 (made two words before)
    digest = as_predictor(model).digest
    assert digest is not None
    assert as_predictor(same).digest == digest == as_predictor(proto).digest
    other = OnnxModel(convert(LinearRegression().fit(X, X[:, 0]), X[:1]).SerializeToString())
    assert as_predictor(other).digest != digest
    session = as_predictor(model.session)
    assert session.digest is None
    assert agree(session(X), as_predictor(model)(X), 1e-12)


@pytest.mark.parametrize("size", [1, 4, "N"])
def test_fixed_batch_sizes_are_filled_up(size):
    shape = [("x", "FLOAT", [size, 3])], [("y", "FLOAT", [size, 3])]
    predictor = as_predictor(made(*shape, [("Exp", ["x"], ["y"])]))
    for n in (1, 4, 6):
        assert agree(predictor(X[:n]), np.exp(X[:n]), 1e-6)


def test_whole_numbers_are_not_rounded_behind_anyones_back():
    io = [("x", "INT64", ["N", 2])], [("y", "FLOAT", ["N", 2])]
    proto = made(*io, [("Cast", ["x"], ["f"]), ("Exp", ["f"], ["y"])])
    proto.graph.node[0].attribute.append(tools()[0].helper.make_attribute("to", 1))
    predictor = as_predictor(proto)
    assert agree(predictor(np.array([[1.0, 2.0]])), np.exp([[1.0, 2.0]]), 1e-6)
    with pytest.raises(InputError, match="whole numbers for input 'x'"):
        predictor(np.array([[1.5, 2.0]]))


def test_of_several_scores_one_is_named():
    io = [("x", "FLOAT", ["N", 2])], [("a", "FLOAT", ["N", 2]), ("b", "FLOAT", ["N", 2])]
    proto = made(*io, [("Exp", ["x"], ["a"]), ("Neg", ["x"], ["b"])])
    with pytest.raises(ModelError, match=r"one output of scores; got 2.*'a' \(tensor\(float\)\)"):
        as_predictor(proto)
    content = proto.SerializeToString()
    first, second = (as_predictor(OnnxModel(content, name)) for name in "ab")
    assert agree(second(X[:, :2]), -X[:, :2], 1e-6)
    assert first.digest != second.digest
    with pytest.raises(ModelError, match="have the output asked for; got 'c'"):
        as_predictor(OnnxModel(content, "c"))


def test_what_cannot_be_run_is_told():
    tools()
    with pytest.raises(ModelError, match="that onnxruntime can run; got 9 bytes"):
        as_predictor(OnnxModel(b"not onnx!"))
    io = [("x", "FLOAT", ["N", 2]), ("z", "FLOAT", ["N", 2])], [("y", "FLOAT", ["N", 2])]
    with pytest.raises(ModelError, match="2 inputs, 'x' wider than a column"):
        as_predictor(made(*io, [("Add", ["x", "z"], ["y"])]))
