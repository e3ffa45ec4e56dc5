"""Diabetes: ten measurements of 442 patients, and how far the disease went in a year."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from shapviz.background import sample
from shapviz.samples.demo import Demo, DemoJob, Loaded, rungs
from shapviz.samples.training import cached_keras_model, held_out, standardised

__all__ = ["DEMO"]

# s1 to s6 as the data set's authors describe them; units only where they state them.
FEATURES = {
    "Age": "years",
    "Sex (1 or 2)": "",
    "Body mass index": "kg/m²",
    "Mean blood pressure": "mm Hg",
    "Total cholesterol": "",
    "LDL cholesterol": "",
    "HDL cholesterol": "",
    "Total cholesterol / HDL": "",
    "Triglycerides, log": "",
    "Blood sugar": "",
}


def load(folder: Path) -> Loaded:
    """Return the network and all 442 patients."""
    from sklearn.datasets import load_diabetes
    from sklearn.metrics import r2_score

    raw, truth = load_diabetes(return_X_y=True, scaled=False)
    train = held_out(truth, stratified=False)
    X = standardised(raw, train)
    mean, sd = float(truth[train].mean()), float(truth[train].std())
    target = (truth - mean) / sd

    def fitted() -> Any:
        import keras

        layers = keras.layers
        decay = keras.regularizers.L2(0.05)
        model = keras.Sequential(
            [
                layers.Input((10,)),
                layers.Dense(32, activation="relu", kernel_regularizer=decay),
                layers.Dense(16, activation="relu", kernel_regularizer=decay),
                layers.Dense(1),
            ]
        )
        model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
        model.fit(X[train], target[train], epochs=20, batch_size=32, verbose=0)
        # The last layer speaks in the target's own units.
        kernel, bias = model.layers[-1].get_weights()
        model.layers[-1].set_weights([kernel * sd, bias * sd + mean])
        return model

    model = cached_keras_model("diabetes", __name__, folder, fitted)
    predicted = np.asarray(model(X[~train]))[:, 0]
    return Loaded(
        model=model,
        X=X,
        display_data=raw,
        truth=truth,
        train=train,
        background=sample(X[train], 100),
        score=float(r2_score(truth[~train], predicted)),
        options={
            "feature_names": list(FEATURES),
            "feature_units": list(FEATURES.values()),
            "output_names": ["disease progression"],
        },
    )


DEMO = Demo(
    name="diabetes",
    title="Diabetes",
    subtitle="442 patients, 10 features, a number",
    sample_noun="patient",
    model_name="Keras MLP",
    data_name="442 patients",
    samples=442,
    jobs=(
        DemoJob("deep", "Diabetes, Deep", 0),
        DemoJob("kernel", "Diabetes, Kernel", 10, {"budget": 256, "estimator": "wls"}),
        *rungs("Diabetes", 30, (2, 2), (4, 4), (10, 8)),
    ),
    load=load,
)
