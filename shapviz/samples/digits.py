"""Digits: 1,797 small pictures of handwritten digits, ten classes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from shapviz.background import sample
from shapviz.labels import count
from shapviz.maskers import Image
from shapviz.samples.demo import Demo, DemoJob, Loaded
from shapviz.samples.training import cached_keras_model, held_out

__all__ = ["DEMO"]

BRIGHTEST = 16.0
SQUARES, COALITIONS = 16, 32
"""Regions of 2 × 2 pixels that Partition explains pictures by, and what it asks of each."""


def load(folder: Path) -> Loaded:
    """Return the network and all 1,797 pictures, 8 × 8 pixels of one channel."""
    from sklearn.datasets import load_digits

    raw, digit = load_digits(return_X_y=True)
    images = raw.reshape(-1, 8, 8, 1)
    X = (images / BRIGHTEST).astype(np.float32)
    train = held_out(digit, stratified=True)

    def fitted() -> Any:
        import keras

        layers = keras.layers
        model = keras.Sequential(
            [
                layers.Input((8, 8, 1)),
                layers.Conv2D(16, 3, padding="same", activation="relu"),
                layers.MaxPooling2D(),
                layers.Conv2D(32, 3, padding="same", activation="relu"),
                layers.Flatten(),
                layers.Dense(32, activation="relu"),
                layers.Dense(10, activation="softmax"),
            ]
        )
        model.compile(
            optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy"
        )
        model.fit(X[train], digit[train], epochs=25, batch_size=64, verbose=0)
        return model

    model = cached_keras_model("digits", __name__, folder, fitted)
    predicted = np.asarray(model(X[~train])).argmax(axis=1)
    made = Loaded(
        model=model,
        X=X,
        display_data=images,
        truth=digit.astype(str),
        train=train,
        background=sample(X[train], 100),
        score=float(np.mean(predicted == digit[~train])),
        options={"output_names": [str(k) for k in range(10)]},
    )
    # An empty picture stands for absence: a hundred of them would take a hundred times as long.
    squares = Image(fill=0.0, superpixels=SQUARES, method="grid")
    by_square = replace(made, background=squares, display_data=None)
    return replace(made, others={"partition": by_square})


DEMO = Demo(
    name="digits",
    title="Handwritten digits",
    subtitle=f"{count(1797)} small images, ten classes",
    sample_noun="image",
    model_name="Keras CNN",
    data_name=f"{count(1797)} images",
    samples=1797,
    jobs=(
        DemoJob("deep", "Digits, Deep", 3),
        DemoJob("gradient", "Digits, Gradient", 13, {"budget": 200}),
        DemoJob("partition", "Digits, Partition", 18, {"budget": COALITIONS}),
    ),
    load=load,
    modality="image",
)
