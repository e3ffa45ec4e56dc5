"""Breast cancer: thirty shape measurements of 569 biopsies, malignant or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from shapviz.background import sample
from shapviz.samples.demo import Demo, DemoJob, Loaded, rungs
from shapviz.samples.training import cached_keras_model, held_out, standardised

__all__ = ["DEMO"]

UNITS = {"radius": "px", "perimeter": "px", "area": "px²"}


def unit_of(name: str) -> str:
    """Unit of a measurement; lengths were taken in pixels of the microscope's image."""
    return next((unit for word, unit in UNITS.items() if word in name), "")


def load(folder: Path) -> Loaded:
    """Return the network and all 569 biopsies."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    # The data set's 1 is benign; the question people ask is whether it is malignant.
    malignant = 1 - data.target
    train = held_out(malignant, stratified=True)
    X = standardised(data.data, train)

    def fitted() -> Any:
        import keras

        layers = keras.layers
        decay = keras.regularizers.L2(0.02)
        model = keras.Sequential(
            [
                layers.Input((30,)),
                layers.Dense(32, activation="relu", kernel_regularizer=decay),
                layers.Dense(16, activation="relu", kernel_regularizer=decay),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
        # Smoothed labels keep every answer where float32 still tells it from 0 and 1, so that its
        # log-odds exist for masked rows too.
        loss = keras.losses.BinaryCrossentropy(label_smoothing=0.05)
        model.compile(optimizer=keras.optimizers.Adam(0.005), loss=loss)
        model.fit(X[train], malignant[train], epochs=40, batch_size=64, verbose=0)
        return model

    model = cached_keras_model("breast_cancer", __name__, folder, fitted)
    predicted = np.asarray(model(X[~train]))[:, 0] > 0.5
    return Loaded(
        model=model,
        X=X,
        display_data=data.data,
        truth=np.where(malignant == 1, "malignant", "benign"),
        train=train,
        background=sample(X[train], 100),
        score=float(np.mean(predicted == malignant[~train])),
        options={
            "feature_names": [str(name).capitalize() for name in data.feature_names],
            "feature_units": [unit_of(name) for name in data.feature_names],
            "output_names": ["malignant"],
            "link": "logit",
        },
    )


DEMO = Demo(
    name="breast_cancer",
    title="Tumour biopsies",
    subtitle="569 biopsies, 30 features, yes or no",
    sample_noun="biopsy",
    model_name="Keras MLP",
    data_name="569 biopsies",
    samples=569,
    jobs=(
        DemoJob("deep", "Tumour, Deep", 1),
        DemoJob("kernel", "Tumour, Kernel", 11, {"budget": 512, "estimator": "wls"}),
        *rungs("Tumour", 40, (2, 2), (4, 4), (8, 8), (30, 8)),
    ),
    load=load,
)
