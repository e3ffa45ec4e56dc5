"""Training small models the same way each time, and finding them again instead."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from shapviz.digests import digest_of_json
from shapviz.samples.demo import sources
from shapviz.types import Array

__all__ = ["cached_keras_model", "held_out", "standardised"]

HELD_OUT = 0.25
SPLIT_SEED = 1


def held_out(labels: Array, *, stratified: bool) -> Array:
    """Return which rows to train on: a boolean array, a quarter of it False, always the same."""
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(labels))
    chosen, _ = train_test_split(
        rows, test_size=HELD_OUT, random_state=SPLIT_SEED, stratify=labels if stratified else None
    )
    train: Array = np.isin(rows, chosen)
    return train


def standardised(raw: Array, train: Array) -> Array:
    """Return float32 columns with the training rows' mean 0 and standard deviation 1."""
    mean, sd = raw[train].mean(axis=0), raw[train].std(axis=0)
    scaled: Array = ((raw - mean) / sd).astype(np.float32)
    return scaled


def cached_keras_model(name: str, module: str, folder: Path, train: Callable[[], Any]) -> Any:
    """Return the trained model from its file, or train it and keep it.

    Parameters
    ----------
    name : str
        Of the demo.
    module : str
        The demo's module: another source is another model.
    folder : Path
        Where models are kept; made when missing.
    train : callable
        Returns a compiled and fitted model; called only when there is no file.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    version = digest_of_json([sources(module), keras.__version__])[:12]
    file = folder / f"{name}-{version}.keras"
    if not file.exists():
        keras.utils.set_random_seed(0)
        _keep(train(), file)
        for other in folder.glob(f"{name}-*.keras"):
            if other != file:
                other.unlink()
    # Read back by the process that trained it too: what all workers have is one and the same.
    return keras.saving.load_model(file, safe_mode=True)


def _keep(model: Any, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Renamed when whole: a worker that is stopped here leaves no half a model behind.
    unfinished = file.parent / f"unfinished-{os.getpid()}-{file.name}"
    model.save(unfinished)
    unfinished.replace(file)
