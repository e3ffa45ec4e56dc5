"""The doctor: what it says of models that are explained, refused, broken or missing."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

from shapviz.cli import app
from shapviz.errors import InputError
from shapviz.explainers.deep.doctor import diagnose
from shapviz.explainers.deep.rules import RULES

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
layers = keras.layers


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["doctor", *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.output


def tiny():
    return keras.Sequential(
        [keras.Input((3,)), layers.Dense(4, "gelu", name="hidden"), layers.Dense(1)], name="tiny"
    )


@pytest.fixture
def saved(tmp_path):
    """Saves a model and returns its path."""

    def save(model) -> str:
        path = tmp_path / "model.keras"
        model.save(path)
        return str(path)

    return save


def test_a_tiny_model_is_told_op_by_op(saved):
    status, said = call(saved(tiny()))
    assert status == 0
    lines = said.splitlines()
    assert lines[0] == "tiny: what meets the input"
    assert lines[1].split() == ["Op", "Count", "Layers", "Deep", "Gradient"]
    (product,) = [line for line in lines if line.startswith("MatMul")]
    assert "2  hidden, dense" in product
    assert "product, exact" in product
    assert lines[-3] == "Deep explains this model."
    assert lines[-2] == "Gradient explains this model."
    assert lines[-1].startswith("Kernel explains this model.")
    assert "more ops do not depend on the input." in lines[-4]


def test_one_explainer_alone(saved):
    status, said = call(saved(tiny()), "--explainer", "deep")
    assert status == 0
    assert "Gradient" not in said
    assert said.splitlines()[-1] == "Deep explains this model."


def test_a_loop_is_entered():
    found = diagnose(keras.Sequential([keras.Input((4, 2)), layers.LSTM(3, name="memory")]))
    (product,) = [use for use in found.uses if use.op == "MatMul"]
    assert product.layers == ("memory",)
    assert found.refusals["deep"] is None
    assert any("While" in use.op for use in found.uses)


def test_a_refusal_says_what_to_use_instead(saved, monkeypatch):
    monkeypatch.delitem(RULES, "Erfc", raising=False)
    monkeypatch.delitem(RULES, "Erf", raising=False)
    path = saved(tiny())
    status, said = call(path)
    assert status == 0
    assert said.splitlines()[2].startswith("Erf")
    assert "refused" in said.splitlines()[2]
    assert "Deep refuses this model:" in said
    assert "There is no rule for Erf" in said
    assert "Use GradientExplainer, or KernelExplainer" in said
    assert call(path, "--explainer", "deep")[0] == 1
    assert call(path, "--explainer", "gradient")[0] == 0
    assert call(path, "--explainer", "kernel")[0] == 0


def test_a_refusal_within_a_loop_is_named_where_it_is(monkeypatch):
    monkeypatch.delitem(RULES, "Tanh")
    found = diagnose(keras.Sequential([keras.Input((4, 2)), layers.LSTM(3, name="memory")]))
    refused = [use for use in found.uses if use.refusal]
    assert [use.op for use in refused] == ["Tanh"]
    assert refused[0].layers == ("memory",)
    assert "There is no rule for Tanh" in found.refusals["deep"]


def test_what_tensorflow_cannot_differentiate_is_said():
    x = keras.Input((4,))
    net = keras.Model(x, layers.Dense(1)(layers.Lambda(lambda x: tf.math.nextafter(x, 1.0))(x)))
    found = diagnose(net)
    assert "NextAfter" in [use.op for use in found.uses]


def test_a_broken_file(tmp_path):
    path = tmp_path / "broken.keras"
    path.write_bytes(b"not a model")
    status, said = call(str(path))
    assert status == 1
    assert "must be a model that Keras can load" in said
    assert "Traceback" not in said


def test_a_missing_file(tmp_path):
    status, said = call(str(tmp_path / "nothing.keras"))
    assert status == 1
    assert "`path` must exist" in said


def test_a_file_that_may_run_code_needs_trust(tmp_path):
    path = tmp_path / "model.h5"
    path.write_bytes(b"")
    status, said = call(str(path))
    assert status == 1
    assert "`trusted` must be True to open a Keras HDF5 file" in said


def test_code_in_a_file_is_run_only_when_trusted(saved):
    x = keras.Input((2,))
    path = saved(keras.Model(x, layers.Lambda(lambda x: x * 2)(x)))
    status, said = call(path)
    assert status == 1
    assert "trusted=True runs code in the file" in said
    assert call(path, "--trusted")[0] == 0


def test_an_unknown_explainer(saved):
    status, said = call("model.keras", "--explainer", "lime")
    assert status == 1
    assert "`--explainer` must be deep, gradient or kernel; got 'lime'" in said


def test_something_else_than_a_model():
    with pytest.raises(InputError, match="must be a Keras model"):
        diagnose(len)


def test_a_model_without_a_known_input():
    class Mine(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(InputError, match="must know the shape of its inputs"):
        diagnose(Mine())


def test_several_inputs_list_their_ops_all_the_same():
    a, b = keras.Input((3,)), keras.Input((2,))
    found = diagnose(keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([a, b]))))
    assert "ConcatV2" in [use.op for use in found.uses]


def test_a_booster_and_a_linear_model_are_told_what_explains_them(tmp_path):
    import skops.io
    import xgboost
    from sklearn.linear_model import LogisticRegression

    X = np.random.default_rng(0).normal(size=(40, 3))
    y = (X[:, 0] > 0).astype(int)
    xgboost.XGBClassifier(n_estimators=2).fit(X, y).save_model(tmp_path / "model.json")
    status, said = call(str(tmp_path / "model.json"))
    assert status == 0
    assert said.splitlines()[0] == "Booster: what explains it"
    assert "Deep refuses this model: a Booster is no Keras model." in said
    assert "Tree explains this model." in said
    assert "Linear" not in said

    skops.io.dump(LogisticRegression().fit(X, y), tmp_path / "model.skops")
    status, said = call(str(tmp_path / "model.skops"))
    assert (status, "Linear explains this model." in said) == (0, True)
    assert "Tree" not in said
    for explainer, expected in (("deep", 1), ("kernel", 0)):
        assert call(str(tmp_path / "model.skops"), "--explainer", explainer)[0] == expected
