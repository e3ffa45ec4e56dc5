"""Photographs: scenes cut from scikit-learn's two pictures, a piece of flower or temple in some.

Put together here, so that what decides each scene is known: `scenes` says where it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from shapviz.background import sample
from shapviz.maskers import Image
from shapviz.samples.demo import Demo, DemoJob, Loaded
from shapviz.samples.training import cached_keras_model
from shapviz.types import Array

__all__ = ["CLASSES", "DEMO", "scenes"]

CLASSES = ("flower", "temple", "neither")
SIDE = 64
SMALLEST, LARGEST = 11, 16
"""Radius of the round piece, in pixels."""
WHITE = 255.0
TEMPLE, FLOWER = 0, 1
GROUNDS = ((TEMPLE, 390, 640, 0, 427), (FLOWER, 0, 165, 0, 427), (FLOWER, 460, 640, 0, 320))
"""Photograph, left, right, top and bottom of the parts where neither is seen."""
CAUSES = {"flower": (FLOWER, 215, 400, 130, 310), "temple": (TEMPLE, 95, 315, 110, 340)}
"""The same of the parts that show nothing else."""
FITTED, HELD_OUT = 480, 200
SHOWN = 24
"""Of each kind, fitted and held out, in the demo."""
REGIONS, BUDGET = 64, 256


def scenes(n: int, seed: int) -> tuple[Array, Array, Array]:
    """Return scenes of which the cause is known.

    Parameters
    ----------
    n : int
    seed : int

    Returns
    -------
    pictures : float32 array of shape (n, 64, 64, 3)
        0 to 1.
    kinds : array of str of shape (n,)
        Of `CLASSES`.
    causes : bool array of shape (n, 64, 64)
        The round piece; nowhere True in a scene of neither.
    """
    from sklearn.datasets import load_sample_images

    photographs = _read(load_sample_images())
    rng = np.random.default_rng(seed)
    pictures = np.empty((n, SIDE, SIDE, 3), dtype=np.float32)
    kinds = np.array([CLASSES[i % len(CLASSES)] for i in range(n)], dtype=object)
    causes = np.zeros((n, SIDE, SIDE), dtype=bool)
    y, x = np.indices((SIDE, SIDE))
    for i, kind in enumerate(kinds):
        scene = _cut(photographs, GROUNDS[rng.integers(len(GROUNDS))], rng)
        if kind in CAUSES:
            radius = rng.integers(SMALLEST, LARGEST + 1)
            down, across = rng.integers(radius, SIDE - radius, 2)
            causes[i] = (y - down) ** 2 + (x - across) ** 2 <= radius**2
            scene = np.where(causes[i][..., None], _cut(photographs, CAUSES[kind], rng), scene)
        pictures[i] = scene
    return pictures, kinds, causes


def _read(found: Any) -> list[Array]:
    order = [Path(name).stem for name in found.filenames]
    read = [found.images[order.index(name)] for name in ("china", "flower")]
    return [whole.astype(np.float32) / np.float32(WHITE) for whole in read]


def _cut(
    photographs: list[Array], place: tuple[int, int, int, int, int], rng: np.random.Generator
) -> Array:
    which, left, right, top, bottom = place
    x = rng.integers(left, right - SIDE + 1)
    y = rng.integers(top, bottom - SIDE + 1)
    piece = photographs[which][y : y + SIDE, x : x + SIDE]
    return piece if rng.random() < 0.5 else piece[:, ::-1]


def _network() -> Any:
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((SIDE, SIDE, 3)),
            layers.Conv2D(16, 5, strides=2, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="features"),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(len(CLASSES), activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy")
    return model


def load(folder: Path) -> Loaded:
    """Return the network and 48 scenes, half of them held out."""
    fitted, kinds, _ = scenes(FITTED, seed=0)
    new, new_kinds, _ = scenes(HELD_OUT, seed=1)

    def trained() -> Any:
        model = _network()
        codes = np.array([CLASSES.index(kind) for kind in kinds])
        model.fit(fitted, codes, epochs=16, batch_size=32, verbose=0)
        return model

    model = cached_keras_model("photographs", __name__, folder, trained)
    answers = np.asarray(model(new)).argmax(axis=1)
    X = np.concatenate([new[:SHOWN], fitted[:SHOWN]])
    whole: dict[str, Any] = {
        "model": model,
        "X": X,
        "truth": np.concatenate([new_kinds[:SHOWN], kinds[:SHOWN]]),
        "train": np.arange(len(X)) >= SHOWN,
        "score": float(np.mean(np.array(CLASSES)[answers] == new_kinds)),
        "options": {"output_names": list(CLASSES)},
    }
    # Blur would leave a red spot where the flower was, and the model knows it by that.
    ground = fitted[kinds == "neither"].mean(axis=0, keepdims=True)
    by_region = Loaded(
        **whole,
        display_data=None,
        background=Image(ground, superpixels=REGIONS, method="grid"),
    )
    return Loaded(
        **whole,
        display_data=X,
        background=sample(fitted, 12),
        others={"partition": by_region},
    )


DEMO = Demo(
    name="photographs",
    title="Flower or temple?",
    subtitle="Two photographs, pieces put together here",
    sample_noun="scene",
    model_name="Keras CNN",
    data_name=f"{2 * SHOWN} scenes made from two photographs",
    samples=2 * SHOWN,
    jobs=(
        DemoJob("partition", "Photographs, Partition", 5, {"budget": BUDGET}),
        DemoJob("deep", "Photographs, Deep", 14),
    ),
    load=load,
    modality="image",
)
