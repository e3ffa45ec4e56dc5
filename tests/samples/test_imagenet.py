"""Networks trained on ImageNet: what is said offline, the way from photograph to picture."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import figures, views
from shapviz.errors import InputError, ModelError
from shapviz.samples import imagenet

keras = pytest.importorskip("keras")


def test_without_a_connection_it_says_what_to_do(monkeypatch):
    def no_answer(**_):
        raise Exception("URL fetch failure on https://…: None")

    monkeypatch.setattr(keras.applications, "MobileNetV2", no_answer)
    with pytest.raises(
        ModelError, match=r"weights of MobileNetV2.*URL fetch failure.*\.keras/models"
    ):
        imagenet.explain_photographs()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "resnet"}, "`name` must be one of vgg16, mobilenet_v2"),
        ({"explainer": "deep"}, "`explainer` must be 'partition' or 'kernel'"),
        ({"photographs": np.zeros((1, 8, 8))}, "`photographs` must be colour photographs"),
        ({"photographs": np.full((1, 8, 8, 3), 300)}, "`photographs` must be colour photographs"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_fetched(given, message, monkeypatch):
    monkeypatch.setattr(imagenet, "network", lambda name: pytest.fail("fetched"))
    with pytest.raises(InputError, match=message):
        imagenet.explain_photographs(**given)


def test_superpixels_of_both_photographs_are_explained(monkeypatch):
    keras.utils.set_random_seed(0)
    small = keras.Sequential(
        [
            keras.layers.Input((224, 224, 3)),
            keras.layers.AveragePooling2D(56),
            keras.layers.Flatten(),
            keras.layers.Dense(1000, activation="softmax"),
        ]
    )
    monkeypatch.setattr(imagenet, "network", lambda name: small)
    monkeypatch.setattr(imagenet, "classes", lambda name: [f"kind {k}" for k in range(1000)])
    found = imagenet.explain_photographs(superpixels=9, budget=40, top=2)
    assert found.values.shape == (2, 9, 2)
    assert views.modality(found) == "image"
    assert views.image(found, 1).panels[0].name.startswith("kind ")
    assert [panel.name for panel in views.image_mean(found).panels] == [
        "class 1 of each",
        "class 2 of each",
    ]
    assert figures.image_grid(found).data
