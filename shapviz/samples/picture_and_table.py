"""A picture and a table: generated photographs of parts with records, and what their repair costs.

Nothing here was measured. What a right explanation shows is known: a scratch costs, and twice as
much on a coated part; so do hours of use. Shift and humidity mean nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from shapviz.background import Background
from shapviz.input_parts import entry_name, entry_names
from shapviz.maskers import Composite, Image, Tabular
from shapviz.samples.demo import Demo, DemoJob, Loaded
from shapviz.samples.training import cached_keras_model
from shapviz.types import Array

__all__ = ["COLUMNS", "DEMO", "SIDE", "Parts", "parts"]

SIDE = 16
COLUMNS = {"Hours of use": "h", "Coated": "", "Shift": "", "Humidity": "%"}
USUAL = np.array([3000.0, 0.5, 2.0, 50.0])
SPREAD = np.array([1700.0, 0.5, 0.8, 12.0])

TRAINED, SHOWN, BACKGROUND = 1000, 80, 20
SQUARES = 16
SCRATCH = 5
"""Pixels of a scratch, each two wide."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Parts as they were generated.

    Attributes
    ----------
    picture : float array of shape (n, 16, 16, 1)
        0 to 1.
    table : float array of shape (n, 4)
        As in `COLUMNS`.
    cost : float array of shape (n,)
        In euros.
    scratch : bool array of shape (n, 16, 16)
        Where a scratch was planted; nowhere in half of them.
    """

    picture: Array
    table: Array
    cost: Array
    scratch: Array


def parts(n: int, seed: int) -> Parts:
    """Return parts, every other one scratched, always the same for a seed.

    A repair costs 40 € and a cent an hour of use; a scratch adds 60 €, on a coated part 120 €.
    """
    rng = np.random.default_rng(seed)
    scratched = rng.permutation(np.arange(n) % 2 == 1)
    y, x = np.indices((SIDE, SIDE))
    bend, angle = rng.uniform(0.5, 1.5, (n, 1, 1)), rng.uniform(0, np.pi, (n, 1, 1))
    grain = 0.06 * np.sin(bend * (np.cos(angle) * x + np.sin(angle) * y))
    picture = 0.45 + grain + rng.normal(scale=0.04, size=(n, SIDE, SIDE))
    top = rng.integers(1, SIDE - SCRATCH - 1, size=(n, 1, 1))
    left = rng.integers(1, SIDE - SCRATCH - 2, size=(n, 1, 1))
    down, across = y[None] - top, x[None] - left
    scratch = (down >= 0) & (down < SCRATCH) & ((across == down) | (across == down + 1))
    scratch &= scratched[:, None, None]
    picture = np.clip(np.where(scratch, picture + 0.4, picture), 0, 1)
    coated = rng.integers(0, 2, n)
    table = np.stack(
        [
            rng.uniform(0, 6000, n).round(),
            coated,
            rng.integers(1, 4, n),
            rng.normal(50, 12, n).round(1),
        ],
        axis=1,
    )
    cost = 40 + 0.01 * table[:, 0] + 60 * scratched * (1 + coated) + rng.normal(scale=3, size=n)
    return Parts(picture[..., None], table, cost, scratch)


def load(folder: Path) -> Loaded:
    """Return the network and 80 parts, three quarters of them from its training."""
    from sklearn.metrics import r2_score

    trained, fresh = parts(TRAINED, 0), parts(SHOWN, 1)

    def fitted() -> Any:
        import keras

        layers = keras.layers
        picture = keras.Input((SIDE, SIDE, 1), name="picture")
        table = keras.Input((len(COLUMNS),), name="table")
        seen = layers.Conv2D(8, 5, activation="relu")(picture)
        seen = layers.GlobalMaxPooling2D()(seen)
        known = layers.Normalization(mean=USUAL, variance=np.square(SPREAD))(table)
        both = layers.Concatenate()([seen, known])
        for units in (32, 16):
            both = layers.Dense(units, activation="relu")(both)
        # In euros from the start: the network learns what differs from the mean.
        euros = layers.Rescaling(50.0, offset=115.0)(layers.Dense(1)(both))
        model = keras.Model({"picture": picture, "table": table}, euros)
        model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
        model.fit(_rows(trained), trained.cost, epochs=15, batch_size=64, verbose=0)
        return model

    model = cached_keras_model("picture_and_table", __name__, folder, fitted)
    seen = SHOWN * 3 // 4
    X = {
        name: np.concatenate([a[:seen], b[: SHOWN - seen]])
        for (name, a), b in zip(_rows(trained).items(), _rows(fresh).values(), strict=True)
    }
    cost = np.concatenate([trained.cost[:seen], fresh.cost[: SHOWN - seen]])
    chosen = np.sort(np.random.default_rng(0).choice(np.arange(seen, TRAINED), BACKGROUND, False))
    rows = {name: part[chosen] for name, part in _rows(trained).items()}
    predicted = np.asarray(model(_rows(fresh)))[:, 0]
    shapes = {name: part.shape[1:] for name, part in rows.items()}
    pixels = entry_names({"picture": shapes["picture"]})
    columns = [entry_name("table", name) for name in COLUMNS]
    shared = Loaded(
        model=model,
        X=X,
        display_data=None,
        truth=cost,
        train=np.arange(SHOWN) < seen,
        background=rows,
        score=float(r2_score(fresh.cost, predicted)),
        options={
            "feature_names": [*pixels, *columns],
            "feature_units": [*[""] * len(pixels), *COLUMNS.values()],
            "output_names": ["repair cost"],
            "units": "€",
        },
    )
    # Sixteen squares of the picture are hidden beside the table's columns, by rows of both.
    table = Tabular(Background(rows["table"], feature_names=tuple(COLUMNS)))
    squares = Image(rows["picture"], superpixels=SQUARES, method="grid")
    masker = Composite({"picture": squares, "table": table})
    names = {name: shared.options[name] for name in ("output_names", "units")}
    others = {"partition": replace(shared, background=masker, options=names)}
    return replace(shared, others=others)


def _rows(of: Parts) -> dict[str, Array]:
    return {"picture": of.picture.astype(np.float32), "table": of.table.astype(np.float32)}


DEMO = Demo(
    name="picture_and_table",
    title="Repair cost",
    subtitle="80 generated parts, a picture and a table each",
    sample_noun="part",
    model_name="Keras, two inputs",
    data_name="80 parts",
    samples=SHOWN,
    jobs=(
        DemoJob("deep", "Repair cost, Deep", 7),
        DemoJob("partition", "Repair cost, Partition", 17, {"budget": 200}),
    ),
    load=load,
    modality="mixed",
)
