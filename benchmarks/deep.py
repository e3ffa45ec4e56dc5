"""Deep in one and in several segments against Shapley values: distance, gap, passes, seconds.

    python -m benchmarks.deep [--quick]

On the digits net with a softmax the reference is a long run of antithetic permutations in NumPy;
on small nets with ten features it is exact, by brute force. Prints tables and keeps them in
benchmarks/results/deep.txt.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results" / "deep.txt"

PERMUTATIONS = 30_000
"""Half of them reversed; the reference's own error is then under 0.01 of its size."""

WALKS = ((1, 1), (2, 1), (2, 2), (2, 8), (3, 4), (4, 2), (4, 8), (4, 16), (8, 8))
"""Segments and antithetic orders on the digits net."""

SMALL_WALKS = ((1, 1), (2, 1), (2, 8), (4, 8))
"""The same on small nets."""


def digits_net() -> tuple[Any, np.ndarray]:
    """The trained net (64 relu, 32 relu, 10 softmax) and the rows, divided by 16."""
    import keras
    from sklearn.datasets import load_digits

    pixels, digit = load_digits(return_X_y=True)
    rows = (pixels / 16).astype("float32")
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(64, "relu"),
            keras.layers.Dense(32, "relu"),
            keras.layers.Dense(10, "softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    net.fit(rows, digit, epochs=25, verbose=0)
    return net, rows


def answers(weights: list[np.ndarray], rows: np.ndarray) -> np.ndarray:
    """The net in NumPy, (n, 10)."""
    first, a, second, b, third, c = weights
    logits = np.maximum(np.maximum(rows @ first + a, 0) @ second + b, 0) @ third + c
    odds = np.exp(logits - logits.max(-1, keepdims=True))
    return odds / odds.sum(-1, keepdims=True)


def reference(net: Any, x: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Shapley values (64, 10) of one sample by permutations, each over one background row."""
    rng = np.random.default_rng(0)
    weights = net.get_weights()
    d = len(x)
    total = np.zeros((d, 10))
    for draw in range(PERMUTATIONS // 2):
        baseline = background[draw % len(background)]
        order = rng.permutation(d)
        for path in (order, order[::-1]):
            kept = np.argsort(path)[None] < np.arange(d + 1)[:, None]
            outcome = answers(weights, np.where(kept, x, baseline))
            total[path] += np.diff(outcome, axis=0)
    return total / (2 * (PERMUTATIONS // 2))


def distance(explainer: Any, samples: Any, exact: Any, seeds: int, **call: Any) -> list[Any]:
    """Over seeds: relative RMSE; and of the last one the gap and the explanation."""
    found = [explainer(samples, seed=seed, **call) for seed in range(seeds)]
    values = np.stack([e.values.reshape(exact.shape) for e in found])
    error = np.sqrt(np.mean((values - exact) ** 2) / np.mean(exact**2))
    change = np.abs(found[-1].predictions - found[-1].base_values).max(0)
    gap = np.max(np.abs(found[-1].additivity_gap).max(0) / change)
    return [error, gap, found[-1]]


def on_digits(seeds: int) -> Iterator[str]:
    """The table of the digits net."""
    from shapviz import DeepExplainer, GradientExplainer

    net, rows = digits_net()
    background, samples = rows[:50], rows[1000:1005]
    exact = np.stack([reference(net, x, background) for x in samples])
    deep, gradient = DeepExplainer(net, background), GradientExplainer(net, background)
    yield f"Digits, 64-32-10 softmax, background 50, {seeds} seeds"
    yield "| method | passes a sample | relative RMSE | additivity gap | seconds |"
    yield "|---|---|---|---|---|"
    methods: list[tuple[str, Any, dict[str, Any], int]] = [
        (f"Deep {t}×{o}", deep, {"segments": t, "orders": o}, 50 * (1 if t == 1 else 2 * t * o))
        for t, o in WALKS
    ]
    methods += [(f"Gradient {n}", gradient, {"budget": n}, n) for n in (200, 2000)]
    for name, explainer, call, passes in methods:
        explainer(samples, **call)
        started = perf_counter()
        many = seeds if passes > 50 and explainer is deep else 1
        error, gap, _ = distance(explainer, samples, exact, many, **call)
        seconds = (perf_counter() - started) / many
        yield f"| {name} | {passes} | {error:.3f} | {gap:.1e} | {seconds:.2f} |"


def small_nets() -> dict[str, Callable[[], Any]]:
    """Builders of three-class nets over ten features."""
    import keras
    from keras import layers

    def net(*stack: Any) -> Any:
        return keras.Sequential([keras.Input((10,)), *stack, layers.Dense(3, "softmax")])

    def over_steps(*stack: Any) -> Any:
        return net(layers.Reshape((5, 2)), *stack)

    def attention() -> Any:
        inputs = keras.Input((10,))
        steps = layers.Dense(8)(layers.Reshape((5, 2))(inputs))
        steps = layers.LayerNormalization()(steps + layers.MultiHeadAttention(2, 4)(steps, steps))
        flat = layers.Flatten()(layers.Dense(8, "gelu")(steps))
        return keras.Model(inputs, layers.Dense(3, "softmax")(flat))

    def gated() -> Any:
        inputs = keras.Input((10,))
        product = layers.Dense(16)(inputs) * layers.Dense(16, "sigmoid")(inputs)
        return keras.Model(inputs, layers.Dense(3, "softmax")(product))

    return {
        "dense": lambda: net(layers.Dense(20, "relu")),
        "LSTM": lambda: over_steps(layers.LSTM(8)),
        "GRU": lambda: over_steps(layers.GRU(8)),
        "attention + LayerNorm + GELU": attention,
        "gated linear unit": gated,
        "Dense + LayerNorm + GELU": lambda: net(
            layers.Dense(16), layers.LayerNormalization(), layers.Dense(16, "gelu")
        ),
        "Conv1D + global max": lambda: over_steps(
            layers.Conv1D(8, 3, activation="relu"), layers.GlobalMaxPooling1D()
        ),
    }


def exact_values(net: Any, samples: Any, background: Any) -> np.ndarray:
    """Shapley values (n, 10, 3) by all coalitions."""
    from shapviz.explainers.exact import ExactExplainer

    def answers(rows: Any) -> Any:
        return net.predict(rows.astype("float32"), batch_size=16384, verbose=0)

    return np.asarray(ExactExplainer(answers, background)(samples).values)


def on_small_nets(seeds: int) -> Iterator[str]:
    """The table of the small nets, trained briefly on a task with interactions."""
    import keras

    from shapviz import DeepExplainer, GradientExplainer
    from shapviz.errors import UnsupportedOpError

    rng = np.random.default_rng(0)
    rows = rng.normal(size=(1500, 10)).astype("float32")
    score = rows[:, 0] * rows[:, 1] + rows[:, 2] * rows[:, 5] - rows[:, 7]
    target = np.digitize(score, np.quantile(score, [1 / 3, 2 / 3]))
    background, samples = rows[:30], rows[30:36]
    heads = [f"{t}×{o}" for t, o in SMALL_WALKS]
    yield f"\nRelative RMSE on small softmax nets, background 30, {seeds} seeds; Deep T×orders"
    yield f"| net | Gradient 2000 | {' | '.join(heads)} | largest gap |"
    yield "|" + "---|" * (len(heads) + 3)
    for name, build in small_nets().items():
        keras.utils.set_random_seed(0)
        net = build()
        net.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
        net.fit(rows, target, epochs=8, verbose=0)
        exact = exact_values(net, samples, background)
        gradient = GradientExplainer(net, background)
        cells = [distance(gradient, samples, exact, 1, budget=2000)[0]]
        try:
            deep = DeepExplainer(net, background)
        except UnsupportedOpError as error:
            yield f"| {name} | {cells[0]:.3f} | {error} |"
            continue
        gaps = []
        for t, o in SMALL_WALKS:
            error, gap, _ = distance(deep, samples, exact, seeds, segments=t, orders=o)
            cells.append(error)
            gaps.append(gap)
        yield f"| {name} | {' | '.join(f'{cell:.3f}' for cell in cells)} | {max(gaps):.0e} |"


def main() -> None:
    """Print the tables and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed; nothing is kept")
    quick = parser.parse_args().quick
    lines = []
    for table in (on_digits, on_small_nets):
        for line in table(1 if quick else 4):
            print(line, flush=True)
            lines.append(line)
    if not quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
