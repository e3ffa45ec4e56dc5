"""Models of several inputs: what arrays, importance and shap's objects look like then."""

from __future__ import annotations

import numpy as np

import shapviz
from shapviz.explainers.kernel import KernelExplainer
from tests.conftest import missing
from tests.oracles import agree

RNG = np.random.default_rng(0)
X = {"a": RNG.normal(size=(20, 2)), "b": RNG.normal(size=(20, 1))}


def model():
    try:
        import keras
    except ImportError:
        missing("keras is not installed")
    a, b = keras.Input((2,), name="a"), keras.Input((1,), name="b")
    return keras.Model([a, b], keras.ops.sum(a, axis=1, keepdims=True) * 3 + b)


def few(rows, n):
    return {name: array[:n] for name, array in rows.items()}


def test_shap_values_come_as_a_list_and_importance_by_entry():
    net = model()
    explainer = KernelExplainer(net, few(X, 4))
    e = explainer(few(X, 3))
    parts = explainer.shap_values(few(X, 3))
    assert [part.shape for part in parts] == [(3, 2), (3, 1)]
    assert agree(np.concatenate(parts, axis=1), e.flat().values, 1e-6)
    theirs = e.flat().to_shap()
    assert e.to_shap().feature_names == theirs.feature_names
    back = shapviz.from_values(e.values, e.data, e.base_values, inputs=e.inputs)
    np.testing.assert_array_equal(back.values["a"], e.values["a"])
    answers = 3 * X["a"].sum(axis=1) + X["b"][:, 0]
    found = shapviz.permutation_importance(net, X, answers, repeats=2)
    assert found.score > 0.999
    assert found.feature_names == ("a: feature 0", "a: feature 1", "b")
    assert (found.means[:2] > found.means[2]).all()
