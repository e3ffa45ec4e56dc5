"""Families of keras.applications with random weights: the sums hold on whole networks."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from shapviz import DeepExplainer
from tests.coverage.run import seed_of

keras = pytest.importorskip("keras")

FAMILIES = {
    "ConvNeXtTiny": 32,
    "DenseNet121": 32,
    "EfficientNetB0": 32,
    "EfficientNetV2B0": 32,
    "InceptionV3": 75,
    "MobileNet": 32,
    "MobileNetV2": 32,
    "MobileNetV3Small": 32,
    "NASNetMobile": 32,
    "ResNet50": 32,
    "ResNet50V2": 32,
    "VGG16": 32,
    "Xception": 71,
}
"""Family → pixels a side, the fewest it takes."""

LARGEST_GAP = 1e-3


SAMPLES, BASELINES = 2, 2


def application(name: str):
    """The network without its top, averaged over space, and two logits of that."""
    keras.utils.set_random_seed(seed_of(name))
    side = FAMILIES[name]
    body = getattr(keras.applications, name)(
        weights=None, include_top=False, input_shape=(side, side, 3), pooling="avg"
    )
    return keras.Sequential([body, keras.layers.Dense(2)])


def largest_gap(name: str) -> float:
    """Largest |additivity gap| over the largest change of the first logit."""
    rng = np.random.default_rng(0)
    size = (SAMPLES + BASELINES, FAMILIES[name], FAMILIES[name], 3)
    rows = rng.uniform(0, 255, size).astype("float32")
    with warnings.catch_warnings():
        # A gap is what is measured here.
        warnings.simplefilter("ignore", UserWarning)
        e = DeepExplainer(application(name), rows[SAMPLES:])(rows[:SAMPLES], outputs=[0])
    keras.backend.clear_session()
    change = np.abs(e.predictions - e.base_values).max()
    assert change > 0
    return float(np.abs(e.additivity_gap).max() / change)


@pytest.mark.sweep
@pytest.mark.parametrize("name", FAMILIES)
def test_an_application_adds_up(name):
    assert largest_gap(name) <= LARGEST_GAP
