"""Sensors: generated windows of four signals of a pump, in some of which a fault was planted.

Nothing here was measured. What a right explanation shows is known: which signal carries the
fault, and when.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from shapviz.background import sample
from shapviz.maskers import Sequence
from shapviz.samples.demo import Demo, DemoJob, Loaded
from shapviz.samples.training import cached_keras_model
from shapviz.types import Array

__all__ = ["DEMO", "FAULTS", "SIGNALS", "STEPS", "Windows", "windows"]

STEPS = 48
SIGNALS = {"Vibration": "mm/s", "Temperature": "°C", "Current": "A", "Pressure": "bar"}
LEVEL = np.array([2.0, 60.0, 12.0, 5.0])
NOISE = np.array([0.25, 0.6, 0.5, 0.06])

FAULTS = {"Worn bearing": ("Vibration", 8, 3.0), "Leak": ("Pressure", 10, -3.5)}
"""Class → the signal that carries the fault, for how many steps, how many noise widths."""

TRAINED, SHOWN, BACKGROUND = 900, 120, 30
BLOCK = 4
"""Steps that Partition hides together."""


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows as they were generated.

    Attributes
    ----------
    raw : array of shape (n, time, signal)
        In the signals' units.
    kind : int array of shape (n,)
        0 for healthy, else the fault's place in `FAULTS` plus one.
    planted : bool array of shape (n, time, signal)
        Where the fault is; nowhere in healthy windows.
    """

    raw: Array
    kind: Array
    planted: Array


def windows(n: int, seed: int) -> Windows:
    """Return windows of a pump, a third of each kind, always the same for a seed.

    Every signal wanders slowly about its level. A worn bearing shakes for eight steps; a leak
    lowers the pressure for ten. In all windows, whatever their kind, the current jumps once when
    the load changes and the temperature drifts: both catch the eye and mean nothing.
    """
    rng = np.random.default_rng(seed)
    time = np.arange(STEPS)
    noise = rng.normal(size=(n, STEPS, len(SIGNALS)))
    slow = np.cumsum(rng.normal(scale=0.12, size=noise.shape), axis=1)
    signals = 0.5 * noise + slow
    names = list(SIGNALS)
    drift = rng.uniform(-2.5, 2.5, size=(n, 1)) * np.linspace(-1, 1, STEPS)
    signals[:, :, names.index("Temperature")] += drift
    load = rng.integers(8, STEPS - 8, size=(n, 1))
    jump = rng.choice([-3.0, 3.0], size=(n, 1)) * (time >= load)
    signals[:, :, names.index("Current")] += jump
    kind = np.arange(n) % (len(FAULTS) + 1)
    rng.shuffle(kind)
    planted = np.zeros(noise.shape, dtype=bool)
    for k, (signal, length, size) in enumerate(FAULTS.values(), start=1):
        j = names.index(signal)
        begin = rng.integers(2, STEPS - length - 2, size=(n, 1))
        planted[:, :, j] = (kind == k)[:, None] & (time >= begin) & (time < begin + length)
        # A bearing shakes both ways about its level; pressure falls and comes back.
        wave = np.abs(size) * (1 + 0.5 * np.sin(2.1 * time)) if signal == "Vibration" else size
        signals[:, :, j] += np.where(planted[:, :, j], wave, 0.0)
    return Windows(LEVEL + NOISE * signals, kind, planted)


def load(folder: Path) -> Loaded:
    """Return the network and 120 windows, three quarters of them from its training."""
    trained, fresh = windows(TRAINED, 0), windows(SHOWN, 1)
    classes = np.array(["Healthy", *FAULTS])

    def fitted() -> Any:
        import keras

        layers = keras.layers
        model = keras.Sequential(
            [
                layers.Input((STEPS, len(SIGNALS))),
                # Scaled inside, so that explanations read in the signals' own units.
                layers.Normalization(mean=LEVEL, variance=np.square(2 * NOISE)),
                layers.GRU(16, return_sequences=True),
                layers.GlobalMaxPooling1D(),
                layers.Dense(len(classes), activation="softmax"),
            ]
        )
        model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy")
        model.fit(trained.raw, trained.kind, epochs=12, batch_size=64, verbose=0)
        return model

    model = cached_keras_model("sensors", __name__, folder, fitted)
    seen = SHOWN * 3 // 4
    X = np.concatenate([trained.raw[:seen], fresh.raw[: SHOWN - seen]]).astype(np.float32)
    kind = np.concatenate([trained.kind[:seen], fresh.kind[: SHOWN - seen]])
    predicted = np.asarray(model(fresh.raw.astype(np.float32))).argmax(axis=1)
    rows = sample(trained.raw[seen:].astype(np.float32), BACKGROUND)
    names = {"output_names": classes.tolist()}
    shared = Loaded(
        model=model,
        X=X,
        display_data=X,
        truth=classes[kind],
        train=np.arange(SHOWN) < seen,
        background=rows,
        score=float(np.mean(predicted == fresh.kind)),
        options={
            **names,
            "feature_names": list(SIGNALS),
            "feature_units": list(SIGNALS.values()),
        },
    )
    blocks = Sequence(
        rows,
        players=BLOCK,
        feature_names=list(SIGNALS),
        feature_units=list(SIGNALS.values()),
    )
    others = {"partition": replace(shared, background=blocks, display_data=None, options=names)}
    return replace(shared, others=others)


DEMO = Demo(
    name="sensors",
    title="Pump sensors",
    subtitle="120 generated windows, four signals, faults planted",
    sample_noun="window",
    model_name="Keras GRU",
    data_name="120 windows",
    samples=SHOWN,
    jobs=(
        DemoJob("deep", "Sensors, Deep", 4),
        DemoJob("partition", "Sensors, Partition over time", 16, {"budget": 64}),
        DemoJob("gradient", "Sensors, Gradient", 20, {"budget": 60}),
    ),
    load=load,
    modality="sequence",
)
