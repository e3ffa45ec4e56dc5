"""The rows that reach a model: all of them are counted, and there are never too many."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz.explainers.exact import ExactExplainer
from shapviz.explainers.kernel import KernelExplainer
from shapviz.explainers.partition import PartitionExplainer
from shapviz.explainers.permutation import PermutationExplainer
from shapviz.explainers.sampling import SamplingExplainer

D = 5
CALLS = [
    (KernelExplainer, {"budget": D + 1}),
    (KernelExplainer, {"budget": 2 * D + 3, "estimator": "wls"}),
    (KernelExplainer, {"tolerance": 0.2, "estimator": "wls"}),
    (PermutationExplainer, {"budget": 2 * D}),
    (SamplingExplainer, {"budget": 3 * D}),
    (PartitionExplainer, {"budget": 2 * D}),
    (ExactExplainer, {}),
]
rng = np.random.default_rng(4)
WEIGHTS = rng.normal(size=(D, 3))


def most(told, n, b):
    return n * told["budget"] * b + b + n


@pytest.mark.parametrize("b", [1, 2, 100])
@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(("explainer", "call"), CALLS)
def test_every_row_that_a_function_meets_is_counted(explainer, call, n, b):
    met = []

    def model(rows):
        met.append(len(rows))
        return np.tanh(rows @ WEIGHTS)

    made = explainer(model, rng.normal(size=(b, D)))
    X = rng.normal(size=(n, D))
    for outputs in (None, "top1"):
        met.clear()
        told = made(X, outputs=outputs, **call).provenance
        assert sum(met) == told["model_rows"]
        if outputs is None:
            assert sum(met) <= most(told, n, b)


@pytest.mark.parametrize("b", [1, 100])
@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(("explainer", "call"), CALLS)
def test_every_row_that_a_keras_model_is_asked_about_is_counted(explainer, call, n, b, monkeypatch):
    keras = pytest.importorskip("keras")
    net = keras.Sequential([keras.Input((D,)), keras.layers.Dense(4, "relu")])
    made = explainer(net, rng.normal(size=(b, D)))
    met, predictor = [], made.predictor
    answers, expand = predictor.answers, predictor.expand

    def counted(rows):
        met.append(len(rows))
        return answers(rows)

    def counted_pairs(x, background, coalitions, weights):
        met.append(len(x) * len(background))
        return expand(x, background, coalitions, weights)

    monkeypatch.setattr(predictor, "answers", counted)
    monkeypatch.setattr(predictor, "expand", counted_pairs)
    told = made(rng.normal(size=(n, D)), **call).provenance
    assert sum(met) == told["model_rows"] <= most(told, n, b)
