"""An inner layer's values over the images: they add up, point where the cause is, refuse others."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import figures, views
from shapviz.errors import InputError
from shapviz.explainers.deep.layers import explain_layer
from tests.oracles import agree

keras = pytest.importorskip("keras")
layers = keras.layers

rng = np.random.default_rng(0)
X = rng.random((3, 12, 12, 3)).astype("float32")
GROUND = rng.random((4, 12, 12, 3)).astype("float32")


def network():
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            layers.Input((12, 12, 3)),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.AveragePooling2D(3, name="places"),
            layers.Conv2D(3, 2, activation="relu", name="deeper"),
            layers.Flatten(name="flat"),
            layers.Dense(2),
        ]
    )


@pytest.mark.parametrize("name", ["places", "deeper"])
def test_values_of_a_layer_add_up_and_lie_over_the_images(name):
    net = network()
    found = explain_layer(net, name, GROUND, X, output_names=["a", "b"])
    side = {"places": 4, "deeper": 3}[name]
    assert found.values.shape == (3, side**2, 2)
    assert agree(found.predictions, np.asarray(net(X)), 1e-5)
    assert np.abs(found.additivity_gap).max() <= 1e-5 * np.abs(found.predictions).max()
    assert found.regions[0, 0, 0] == 0
    assert found.regions[0, -1, -1] == side**2 - 1
    assert views.modality(found) == "image"
    assert views.image(found, 1).panels[0].values.shape == (12, 12)
    assert figures.image(found).data


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layer": "nothing"}, "`layer` must be one of the model's: .*places"),
        ({"layer": "flat"}, "`layer` must have an output of shape .* got flat"),
        ({"X": X[:, :5]}, r"`X` must be images of the model's size, \(n, 12, 12, 3\)"),
        ({"background": X[0]}, "`background` must be images of the model's size"),
        ({"explainer": "kernel"}, "`explainer` must be 'deep' or 'gradient'"),
    ],
)
def test_what_does_not_fit_is_said(change, message):
    given = {"layer": "places", "background": GROUND, "X": X, **change}
    with pytest.raises(InputError, match=message):
        explain_layer(network(), **given)
