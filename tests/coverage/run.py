"""Running a probe: the model, Deep's values, their gap, and the agreement with slopes."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapviz import DeepExplainer
from shapviz.explainers.deep.doctor import ops_met
from tests.coverage.probe import Probe

SAMPLES, BASELINES, OUTPUTS = 2, 3, 2
POINTS = 32
"""On the way from a background row to a sample, where slopes are taken."""


@dataclass(frozen=True)
class Outcome:
    """What a probe gave.

    Attributes
    ----------
    gap : float
        Largest |additivity gap| over the largest |prediction − base|; infinite if not finite.
    largest : float
        Largest |value|.
    correlation : float or None
        With expected gradients, None where slopes say nothing.
    ops : frozenset of str
        Kinds of op between input and output.
    """

    gap: float
    largest: float
    correlation: float | None
    ops: frozenset[str] = frozenset()


def seed_of(name: str) -> int:
    return zlib.crc32(name.encode())


def joined(outputs: Any) -> Any:
    """Every output as float columns (n, columns) side by side."""
    import keras

    flat = keras.tree.flatten(outputs)
    columns = [keras.layers.Flatten()(each) for each in flat]
    return columns[0] if len(columns) == 1 else keras.layers.Concatenate()(columns)


def randomise(model: Any, seed: int) -> None:
    """Every float weight drawn anew: what is zero or one at the start would hide a rule."""
    rng = np.random.default_rng(seed)
    for weight in model.variables:
        if "float" not in str(weight.dtype):
            continue
        scale = any(word in weight.path for word in ("gamma", "variance", "scale"))
        value = rng.uniform(0.5, 1.5, weight.shape) if scale else rng.normal(0, 0.5, weight.shape)
        weight.assign(value)


def model_of(probe: Probe, name: str) -> Any:
    """The name between an input and a random dense head of two outputs."""
    import keras

    inputs = keras.Input(probe.shape, dtype=probe.dtype)
    model = keras.Model(inputs, keras.layers.Dense(OUTPUTS)(joined(probe.build(inputs))))
    randomise(model, seed_of(name))
    return model


def rows_of(probe: Probe, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Samples and baselines that differ from each other in every entry."""
    rng = np.random.default_rng(seed_of(name))
    size = (SAMPLES + BASELINES, *probe.shape)
    if probe.dtype == "float32":
        rows = rng.uniform(probe.low, probe.high, size).astype("float32")
    else:
        low, width = int(probe.low), int(probe.high - probe.low)
        # Consecutive numbers down each column, so that no two rows agree anywhere.
        start = rng.integers(0, width, (1, *probe.shape))
        down = np.arange(size[0]).reshape(-1, *[1] * len(probe.shape))
        rows = (low + (start + down) % width).astype("int32")
    if probe.dtype == "string":
        rows = np.array(list("abcdefghijklmnop"), dtype=object)[rows]
    return rows[:SAMPLES], rows[SAMPLES:]


@contextmanager
def each_graph_once() -> Iterator[None]:
    """No optimising of graphs: for one that runs once it takes longer than it saves."""
    import tensorflow as tf

    options = tf.config.optimizer.get_experimental_options()
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options(
            {"disable_meta_optimizer": options.get("disable_meta_optimizer", False)}
        )


def expected_gradients(model: Any, samples: np.ndarray, baselines: np.ndarray) -> np.ndarray:
    """Difference times slope (n, p, outputs), averaged over the way and over background rows."""
    import tensorflow as tf

    shape = samples.shape[1:]
    step = samples[:, None] - baselines[None]
    alpha = ((np.arange(POINTS) + 0.5) / POINTS).reshape(-1, *[1] * len(shape))
    points = baselines[None, :, None] + alpha * step[:, :, None]
    flat = tf.constant(points.reshape(-1, *shape).astype("float32"))

    @tf.function(autograph=False)
    def slopes(rows):
        out = model(rows, training=False)
        return [
            tf.gradients(out[:, k], rows, unconnected_gradients="zero")[0] for k in range(OUTPUTS)
        ]

    found = [(slope.numpy().reshape(points.shape).mean(2) * step).mean(1) for slope in slopes(flat)]
    return np.stack([values.reshape(len(samples), -1) for values in found], -1)


def explain(probe: Probe, name: str, *, slopes: bool = True) -> Outcome:
    """Deep on the probe's model, and expected gradients beside it where they mean something."""
    model = model_of(probe, name)
    samples, baselines = rows_of(probe, name)
    with warnings.catch_warnings(), each_graph_once():
        # A gap is what is measured here.
        warnings.simplefilter("ignore", UserWarning)
        explainer = DeepExplainer(model, baselines)
        deep = explainer(samples)
        change = np.abs(deep.predictions - deep.base_values).max()
        gap = np.abs(deep.additivity_gap).max() / max(change, np.finfo(float).tiny)
        correlation = None
        if slopes and probe.smooth:
            other = expected_gradients(model, samples, baselines)
            correlation = float(np.corrcoef(deep.values.ravel(), other.ravel())[0, 1])
    finite = np.isfinite(deep.values).all() and np.isfinite(gap) and change > 0
    largest = float(np.abs(deep.values).max())
    ops = frozenset(ops_met(explainer.graph))
    return Outcome(float(gap) if finite else np.inf, largest, correlation, ops)
