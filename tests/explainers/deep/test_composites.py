"""Whole models of many layers: their contributions add up, and follow the model."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz.explainers import DeepExplainer, GradientExplainer
from tests.explainers.deep.composites import COMPOSITES, SEVERAL

keras = pytest.importorskip("keras")

GAP = 1e-4
"""Largest additivity gap, relative to the largest change of a prediction; float32."""


def explained(name):
    shape, make = COMPOSITES[name]
    keras.utils.set_random_seed(3)
    model = make()
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(7, *shape)).astype("float32")
    if "masked" in name:
        # Whole steps of the value that is masked out: some of the samples', some of a baseline's.
        rows[0, 2:] = rows[1, 1] = rows[5, 3:] = 0.25
    samples, baselines = rows[:4], rows[4:]
    return DeepExplainer(model, baselines)(samples)


def gap(explanation):
    change = explanation.predictions - explanation.base_values
    values = explanation.flat().values.reshape(len(change), -1, *change.shape[1:])
    return np.abs(change - values.sum(1)).max() / np.abs(change).max()


SOON = ("LSTM", "GRU", "transformer", "U-Net", "gated", "temporal")
"""Tried with every change; the others take ten seconds each and come with `make test-all`."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in SOON else pytest.mark.slow) for name in COMPOSITES],
)
def test_contributions_add_up(name):
    explanation = explained(name)
    assert np.abs(explanation.values).max() > 0
    assert gap(explanation) <= GAP


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name == "siamese" else ()) for name in SEVERAL],
)
def test_contributions_of_several_inputs_add_up(name):
    rows, make = SEVERAL[name]
    keras.utils.set_random_seed(3)
    model, rng = make(), np.random.default_rng(0)
    samples, baselines = rows(rng, 4), rows(rng, 3)
    explanation = DeepExplainer(model, baselines)(samples)
    assert gap(explanation) <= GAP
    assert set(explanation.values) == set(samples)
    assert all(np.abs(values).max() > 0 for values in explanation.values.values())
    slopes = GradientExplainer(model, baselines)(samples, budget=200)
    change = explanation.predictions - explanation.base_values
    assert np.abs(slopes.raw_additivity_gap).max() <= 0.05 * np.abs(change).max()
    found = [each.flat().values.ravel() for each in (explanation, slopes)]
    assert np.corrcoef(*found)[0, 1] >= 0.5
