"""Gradient against independent draws: error against the long run, gap before projection, cover.

    python -m benchmarks.gradient [--quick]

Independent draws are what shap's GradientExplainer does: for each evaluation a background row and
a point on the way, both uniform. They are made here in plain TensorFlow, at the same number of
gradient evaluations. Prints tables and keeps them in benchmarks/results/gradient.txt.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results" / "gradient.txt"
BUDGETS = (200, 1000)
LONG_RUN = 2000
"""Points on the way to each background row, by the midpoint rule."""


@dataclass(frozen=True)
class Net:
    """A trained net, its background and the samples explained."""

    name: str
    model: Any
    background: np.ndarray
    samples: np.ndarray


def _fitted(layers: list[Any], rows: Any, target: Any, loss: str, epochs: int) -> Any:
    import keras

    keras.utils.set_random_seed(0)
    net = keras.Sequential([keras.Input(rows.shape[1:]), *(make() for make in layers)])
    net.compile("adam", loss)
    net.fit(rows, target, epochs=epochs, verbose=0)
    return net


def nets() -> Iterator[Net]:
    """Diabetes, cancer log-odds, digits by a dense and by a convolutional net."""
    from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
    from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
    from sklearn.preprocessing import scale

    X, y = load_diabetes(return_X_y=True)
    X, y = scale(X).astype("float32"), scale(y)
    dense = [lambda: Dense(64, "relu"), lambda: Dense(32, "relu")]
    net = _fitted([*dense, lambda: Dense(1)], X, y, "mse", 60)
    yield Net("diabetes, dense", net, X[:100], X[100:110])
    X, y = load_breast_cancer(return_X_y=True)
    X = scale(X).astype("float32")
    net = _fitted([*dense, lambda: Dense(1, "sigmoid")], X, y, "binary_crossentropy", 30)
    yield Net("cancer, dense, log-odds", net, X[:100], X[100:110])
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype("float32")
    loss = "sparse_categorical_crossentropy"
    net = _fitted([*dense, lambda: Dense(10, "softmax")], X, y, loss, 25)
    yield Net("digits, dense", net, X[:50], X[1000:1006])
    images = X.reshape(-1, 8, 8, 1)
    convolutional = [
        lambda: Conv2D(8, 3, activation="relu"),
        lambda: MaxPooling2D(),
        Flatten,
        lambda: Dense(32, "relu"),
        lambda: Dense(10, "softmax"),
    ]
    net = _fitted(convolutional, images, y, loss, 10)
    yield Net("digits, convolutional", net, images[:50], images[1000:1006])


def slopes(explainer: Any) -> Callable[[Any], np.ndarray]:
    """Gradients (n, p, K) of all outputs at rows (n, *features), in plain TensorFlow."""
    import tensorflow as tf

    graph = explainer.graph

    @tf.function(input_signature=[tf.TensorSpec((None, *graph.row_shape), graph.dtype)])
    def compiled(rows: Any) -> Any:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(rows)
            answers = graph.forward(rows)
            single = [answers[:, k] for k in range(graph.n_outputs)]
        return tf.stack([tape.gradient(part, rows) for part in single], -1)

    def of(rows: Any) -> np.ndarray:
        found = compiled(tf.constant(rows, graph.dtype)).numpy()
        return found.reshape(len(rows), -1, graph.n_outputs).astype(np.float64)

    return of


def long_run(net: Net, slope: Callable[[Any], np.ndarray]) -> np.ndarray:
    """Expected gradients (n, p, K) by the midpoint rule with many points."""
    alpha = ((np.arange(LONG_RUN) + 0.5) / LONG_RUN).reshape(-1, *[1] * (net.samples.ndim - 1))
    values = []
    for x in net.samples:
        parts = [
            slope(b + alpha * (x - b)).mean(0) * (x - b).reshape(-1, 1) for b in net.background
        ]
        values.append(np.mean(parts, 0))
    return np.stack(values)


def independent(net: Net, slope: Callable[[Any], np.ndarray], budget: int, seed: int) -> np.ndarray:
    """Expected gradients (n, p, K) by independent draws of rows and points."""
    rng = np.random.default_rng(seed)
    values = []
    for x in net.samples:
        rows = net.background[rng.integers(len(net.background), size=budget)]
        alpha = rng.uniform(size=budget).reshape(-1, *[1] * x.ndim)
        step = (x - rows).reshape(budget, -1, 1)
        values.append((slope(rows + alpha * (x - rows)) * step).mean(0))
    return np.stack(values)


def rms(array: Any) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(array))))


def relative_gap(gap: Any, change: Any) -> float:
    """Largest |gap| over largest |prediction − base|, per output, the median of outputs."""
    return float(np.median(np.abs(gap).max(0) / np.abs(change).max(0)))


def measure(net: Net, budget: int, seeds: int) -> dict[str, float]:
    """The figures of one net at one budget, means over seeds."""
    from shapviz import GradientExplainer

    link = "logit" if "log-odds" in net.name else "identity"
    explainer = GradientExplainer(net.model, net.background, link=link)
    slope = slopes(explainer)
    limit = long_run(net, slope)
    ours, theirs, raw, gap, inside, their_gap = [], [], [], [], [], []
    for seed in range(seeds):
        e = explainer(net.samples, budget=budget, seed=seed)
        values = e.values.reshape(limit.shape)
        answers = (len(net.samples), limit.shape[-1])
        change = (e.predictions - e.base_values).reshape(answers)
        drawn = independent(net, slope, budget, seed)
        ours.append(rms(values - limit))
        theirs.append(rms(drawn - limit))
        raw.append(relative_gap(np.reshape(e.raw_additivity_gap, answers), change))
        gap.append(relative_gap(np.reshape(e.additivity_gap, answers), change))
        their_gap.append(relative_gap(change - drawn.sum(1), change))
        errors = e.standard_errors.reshape(limit.shape)
        inside.append(np.mean((np.abs(values - limit) <= 1.96 * errors)[errors > 0]))
    return {
        "error": rms(ours) / rms(limit),
        "independent": rms(theirs) / rms(limit),
        "ratio": rms(theirs) / rms(ours),
        "raw gap": float(np.median(raw)),
        "independent gap": float(np.median(their_gap)),
        "gap": float(np.median(gap)),
        "cover": float(np.mean(inside)),
    }


def tables(seeds: int) -> Iterator[str]:
    """The tables, line by line."""
    found: dict[int, list[dict[str, float]]] = {budget: [] for budget in BUDGETS}
    yield f"Expected gradients, {seeds} seeds; errors relative to the long run's size"
    yield (
        f"{'net':26}{'budget':>7}{'error':>8}{'indep.':>8}{'ratio':>7}"
        f"{'raw gap':>9}{'indep.':>8}{'gap':>9}{'cover':>7}"
    )
    for net in nets():
        for budget in BUDGETS:
            figures = measure(net, budget, seeds)
            found[budget].append(figures)
            yield (
                f"{net.name:26}{budget:>7}{figures['error']:>8.4f}{figures['independent']:>8.4f}"
                f"{figures['ratio']:>7.1f}{figures['raw gap']:>9.2%}"
                f"{figures['independent gap']:>8.1%}{figures['gap']:>9.0e}{figures['cover']:>7.3f}"
            )
    for budget, rows in found.items():
        gap = np.median([row["raw gap"] for row in rows])
        ratio = min(row["ratio"] for row in rows)
        yield f"at {budget}: median gap before projection {gap:.2%}, least ratio {ratio:.2f}"


def main() -> None:
    """Print the tables and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two seeds; nothing is kept")
    quick = parser.parse_args().quick
    lines = []
    for line in tables(2 if quick else 10):
        print(line, flush=True)
        lines.append(line)
    if not quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
