"""Deep against exact Shapley values on small nets, beside shap's Deep and expected gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import comb
from typing import Any

import numpy as np

from benchmarks.peers import Answer, in_child

FEATURES = 10
BACKGROUND = 30
SAMPLES = 6
ROWS_AT_ONCE = 40_000

PEERS: list[tuple[str, Mapping[str, Any]]] = [
    ("shap Gradient", {"nsamples": 2000}),
    ("shap Deep", {}),
]

WALKS = ((1, 1), (2, 1), (2, 8), (4, 1), (4, 8))
"""Segments and antithetic orders."""


@dataclass(frozen=True)
class Case:
    """A net with its background and samples."""

    net: Any
    background: np.ndarray
    samples: np.ndarray


@cache
def coalitions(d: int) -> tuple[np.ndarray, np.ndarray]:
    """All coalitions (2^d, d), and the weights (d, 2^d) that make Shapley values of outcomes."""
    kept = (np.arange(2**d)[:, None] >> np.arange(d)) & 1 == 1
    size = kept.sum(1)
    joins = np.array([1 / (d * comb(d - 1, s - 1)) if s else 0.0 for s in range(d + 1)])
    stays = np.array([1 / (d * comb(d - 1, s)) if s < d else 0.0 for s in range(d + 1)])
    return kept, np.where(kept.T, joins[size], -stays[size])


def exact_values(case: Case) -> np.ndarray:
    """Shapley values (n, d, K) by all coalitions, in a few large calls of the net."""
    import tensorflow as tf

    kept, weights = coalitions(case.samples.shape[1])
    answer = tf.function(lambda rows: case.net(rows, training=False))
    values = []
    for x in case.samples:
        rows = np.where(kept[:, None], x, case.background).reshape(-1, len(x))
        outcomes = np.concatenate(
            [
                answer(tf.constant(rows[start : start + ROWS_AT_ONCE])).numpy().astype(float)
                for start in range(0, len(rows), ROWS_AT_ONCE)
            ]
        )
        mean = outcomes.reshape(len(kept), len(case.background), -1).mean(1)
        values.append(weights @ mean)
    return np.stack(values)


def relative_rmse(values: np.ndarray, exact: np.ndarray) -> float:
    """Root mean square of the error over that of the exact values."""
    error = values.reshape(exact.shape) - exact
    return float(np.sqrt(np.mean(error**2) / np.mean(exact**2)))


def task() -> tuple[np.ndarray, np.ndarray]:
    """Rows of ten features, and three classes that hang on their interactions."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(1500, FEATURES)).astype("float32")
    score = rows[:, 0] * rows[:, 1] + rows[:, 2] * rows[:, 5] - rows[:, 7]
    return rows, np.digitize(score, np.quantile(score, [1 / 3, 2 / 3]))


def _trained(build: Callable[[], Any], epochs: int = 8, logits: bool = False) -> Case:
    import keras

    rows, target = task()
    keras.utils.set_random_seed(0)
    net = build()
    if epochs:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=logits)
        net.compile(keras.optimizers.Adam(0.01), loss)
        net.fit(rows, target, epochs=epochs, verbose=0)
    return Case(net, rows[:BACKGROUND], rows[BACKGROUND : BACKGROUND + SAMPLES])


def _one_that_counts() -> Case:
    """shap issue 1506: two inputs around 100, a softmax on the first alone."""
    import keras

    rows = np.random.default_rng(0).normal(100, 50, (1000, 2)).astype("float32")
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(20, "relu"),
            keras.layers.Dense(20, "relu"),
            keras.layers.Dense(2, "softmax"),
        ]
    )
    net.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy")
    net.fit(rows, (rows[:, 0] >= 100).astype(int), epochs=20, verbose=0)
    return Case(net, rows[:BACKGROUND], rows[BACKGROUND : BACKGROUND + 20])


def cases() -> dict[str, Callable[[], Case]]:
    """Makers of the cases."""
    import keras
    from keras import layers

    def net(*stack: Any, last: str | None = "softmax") -> Any:
        return keras.Sequential([keras.Input((FEATURES,)), *stack, layers.Dense(3, last)])

    def over_steps(*stack: Any) -> Any:
        return net(layers.Reshape((5, 2)), *stack)

    def attention() -> Any:
        inputs = keras.Input((FEATURES,))
        steps = layers.Dense(8)(layers.Reshape((5, 2))(inputs))
        steps = layers.LayerNormalization()(steps + layers.MultiHeadAttention(2, 4)(steps, steps))
        flat = layers.Flatten()(layers.Dense(8, "gelu")(steps))
        return keras.Model(inputs, layers.Dense(3, "softmax")(flat))

    def gated() -> Any:
        inputs = keras.Input((FEATURES,))
        product = layers.Dense(16)(inputs) * layers.Dense(16, "sigmoid")(inputs)
        return keras.Model(inputs, layers.Dense(3, "softmax")(product))

    def squeezed() -> Any:
        inputs = keras.Input((FEATURES,))
        steps = layers.Conv1D(8, 3, activation="relu")(layers.Reshape((5, 2))(inputs))
        pooled = layers.GlobalAveragePooling1D(keepdims=True)(steps)
        gate = layers.Dense(8, "sigmoid")(layers.Dense(4, "relu")(pooled))
        flat = layers.Flatten()(steps * gate)
        return keras.Model(inputs, layers.Dense(3, "softmax")(flat))

    def dense() -> Any:
        return net(layers.Dense(20, "relu"))

    def logits() -> Any:
        return net(layers.Dense(20, "relu"), layers.Dense(10, "relu"), last=None)

    def normalised() -> Any:
        return net(layers.Dense(16), layers.LayerNormalization(), layers.Dense(16, "gelu"))

    def pooled(pool: Any) -> Any:
        return over_steps(layers.Conv1D(8, 3, activation="relu"), pool)

    return {
        "softmax MLP, untrained": lambda: _trained(dense, epochs=0),
        "softmax MLP": lambda: _trained(dense),
        "shap issue 1506": _one_that_counts,
        "logits MLP": lambda: _trained(logits, logits=True),
        "LSTM": lambda: _trained(lambda: over_steps(layers.LSTM(8))),
        "GRU": lambda: _trained(lambda: over_steps(layers.GRU(8))),
        "attention + LayerNorm + GELU": lambda: _trained(attention),
        "gated linear unit": lambda: _trained(gated),
        "Dense + LayerNorm + GELU": lambda: _trained(normalised),
        "Conv1D + global max": lambda: _trained(lambda: pooled(layers.GlobalMaxPooling1D())),
        "Conv1D + max pooling": lambda: _trained(
            lambda: over_steps(
                layers.Conv1D(8, 2, activation="relu"), layers.MaxPooling1D(2), layers.Flatten()
            )
        ),
        "squeeze-excite": lambda: _trained(squeezed),
    }


def _cell(answer: Answer, exact: np.ndarray) -> str:
    return "fails" if answer.values is None else f"{relative_rmse(answer.values, exact):.3f}"


def table(seeds: int = 3) -> Iterator[str]:
    """The table: one row a net."""
    from shapviz import DeepExplainer

    heads = [f"{t}×{o}" for t, o in WALKS if t > 1]
    yield (
        f"Relative RMSE to exact Shapley values, background {BACKGROUND}; Deep in one step, and "
        f"in segments × orders (root mean square of {seeds} seeds)"
    )
    yield f"| net | shap Deep | shap Gradient 2000 | Deep | {' | '.join(heads)} | largest gap |"
    yield "|" + "---|" * (len(heads) + 5)
    for name, make in cases().items():
        case = make()
        exact = exact_values(case)
        gradient, deep = in_child(case.net, case.background, case.samples, PEERS)
        explainer = DeepExplainer(case.net, case.background)
        cells, gaps = [], []
        for segments, orders in WALKS:
            found = [
                explainer(case.samples, segments=segments, orders=orders, seed=seed)
                for seed in range(seeds if segments > 1 else 1)
            ]
            errors = [relative_rmse(e.values, exact) for e in found]
            cells.append(f"{np.sqrt(np.mean(np.square(errors))):.3f}")
            change = np.abs(found[0].predictions - found[0].base_values).max()
            gaps.append(np.abs(found[0].additivity_gap).max() / change)
        yield (
            f"| {name} | {_cell(deep, exact)} | {_cell(gradient, exact)} | {' | '.join(cells)} "
            f"| {max(gaps):.0e} |"
        )
