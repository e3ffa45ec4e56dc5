"""Seconds of Deep and of shap's Deep, side by side, each in a fresh process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.peers import in_child

Case = tuple[Any, np.ndarray, np.ndarray]
"""A net, its background and the samples."""


def digit_images() -> tuple[np.ndarray, np.ndarray]:
    """The 8×8 digits as 28×28×1 images, each pixel three wide, two pixels of margin; and labels."""
    from sklearn.datasets import load_digits

    pixels, digit = load_digits(return_X_y=True)
    wide = np.kron(pixels.reshape(-1, 8, 8) / 16, np.ones((1, 3, 3)))
    return np.pad(wide, ((0, 0), (2, 2), (2, 2)))[..., None].astype("float32"), digit


def digit_cnn(epochs: int = 3) -> tuple[Any, np.ndarray]:
    """The convolutional net of ten probabilities, and the images."""
    import keras
    from keras import layers

    images, digit = digit_images()
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(64, "relu"),
            layers.Dropout(0.5),
            layers.Dense(10, "softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    net.fit(images, digit, epochs=epochs, verbose=0)
    return net, images


def _dense(width: int, *units: int, last: str) -> Case:
    import keras

    keras.utils.set_random_seed(0)
    *inner, outputs = units
    hidden = [keras.layers.Dense(n, "relu") for n in inner]
    net = keras.Sequential([keras.Input((width,)), *hidden, keras.layers.Dense(outputs, last)])
    rows = np.random.default_rng(0).normal(size=(200, width)).astype("float32")
    return net, rows[:100], rows[100:]


def _cnn() -> Case:
    net, images = digit_cnn()
    return net, images[:100], images[1000:1100]


def _residual() -> Case:
    import keras

    keras.utils.set_random_seed(0)
    net = keras.applications.ResNet50(weights=None, input_shape=(96, 96, 3), classes=10)
    rows = np.random.default_rng(0).uniform(size=(7, 96, 96, 3)).astype("float32")
    return net, rows[:5], rows[5:]


CASES: dict[str, tuple[Callable[[], Case], int]] = {
    "Dense 30-64-32-1, 100 × 100": (lambda: _dense(30, 64, 32, 1, last="sigmoid"), 3),
    "Dense 784-128-10, 100 × 100": (lambda: _dense(784, 128, 10, last="softmax"), 2),
    "CNN 28×28×1, 10 outputs, 100 × 100": (_cnn, 1),
    "ResNet50 96×96, 10 outputs, 2 × 5": (_residual, 1),
}
"""Case → how it is made, and how many warm answers are timed."""

METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "shap Deep": ("shap Deep", {}),
    "Deep": ("Deep", {}),
    'Deep, rules={"max": "cross"}': ("Deep", {"rules": {"max": "cross"}}),
}


def table() -> Iterator[str]:
    """The table."""
    yield "Seconds, samples × background; processor seconds are of both cores, of a warm answer"
    yield "| net | method | first | warm | processor | shap / ours, warm | processor |"
    yield "|---|---|---|---|---|---|---|"
    for case, (make, repeats) in CASES.items():
        net, background, samples = make()
        theirs = None
        for name, method in METHODS.items():
            if "max" in name and "Dense" in case:
                continue
            (a,) = in_child(net, background, samples, [method], repeats=repeats)
            if a.failure:
                yield f"| {case} | {name} | fails: {a.failure} | | | | |"
                continue
            theirs = theirs or a
            yield (
                f"| {case} | {name} | {a.first:.2f} | {a.warm:.2f} | {a.busy:.2f} "
                f"| {theirs.warm / a.warm:.1f} | {theirs.busy / a.busy:.1f} |"
            )
