"""Gradient against shap and independent draws: error, gap before projection, cover, time.

    python -m benchmarks.gradient [--quick]

All at the same number of gradient evaluations per sample and output. shap's GradientExplainer runs
in a process of its own, on the same nets (its log-odds are a net without the final sigmoid).
Independent draws are what it does, made here in plain TensorFlow: for each evaluation a background
row and a point on the way, both uniform. Prints tables and keeps them in
benchmarks/results/gradient.txt.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
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


def timed(call: Callable[[int], Any], seeds: int) -> tuple[list[Any], float]:
    """What the call gives for each seed, and the seconds of the shortest call."""
    found, seconds = [], []
    for seed in range(seeds):
        started = perf_counter()
        found.append(call(seed))
        seconds.append(perf_counter() - started)
    return found, min(seconds)


def log_odds(model: Any) -> Any:
    """The net without its final sigmoid, which is what shap can explain on log-odds."""
    import keras

    bare = keras.models.clone_model(model)
    bare.set_weights(model.get_weights())
    bare.layers[-1].activation = keras.activations.linear
    return keras.Sequential([keras.Input(model.input_shape[1:]), *bare.layers])


def run_peer(folder: Path, seeds: int) -> None:
    """Explain the net in the folder by shap, and leave values and seconds of a warm call there."""
    import keras
    import shap

    model = keras.models.load_model(folder / "net.keras", compile=False)
    given = np.load(folder / "rows.npz")
    explainer = shap.GradientExplainer(model, given["background"])
    explainer.shap_values(given["samples"], nsamples=BUDGETS[0], rseed=0)
    found = {}
    for budget in BUDGETS:

        def explained(seed: int, budget: int = budget) -> Any:
            return explainer.shap_values(given["samples"], nsamples=budget, rseed=seed)

        values, seconds = timed(explained, seeds)
        found[f"seconds {budget}"] = np.array(seconds)
        found[f"values {budget}"] = np.stack(values)
    np.savez(folder / "found.npz", **found)


def peer(net: Net, seeds: int) -> dict[str, np.ndarray]:
    """What `run_peer` leaves, from a process of its own."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        model = log_odds(net.model) if "log-odds" in net.name else net.model
        model.save(folder / "net.keras")
        np.savez(folder / "rows.npz", background=net.background, samples=net.samples)
        command = [sys.executable, "-m", "benchmarks.gradient", "--peer", name]
        subprocess.run([*command, "--seeds", str(seeds)], check=True, stdout=subprocess.DEVNULL)
        return dict(np.load(folder / "found.npz"))


def measure(net: Net, seeds: int) -> Iterator[tuple[int, dict[str, float]]]:
    """The figures of one net at each budget, over seeds."""
    from shapviz import GradientExplainer

    link = "logit" if "log-odds" in net.name else "identity"
    explainer = GradientExplainer(net.model, net.background, link=link)
    slope = slopes(explainer)
    limit = long_run(net, slope)
    size = rms(limit)
    answers = (len(net.samples), limit.shape[-1])
    shap = peer(net, seeds)
    for budget in BUDGETS:
        explainer(net.samples, budget=budget)

        def explained(seed: int, budget: int = budget) -> Any:
            return explainer(net.samples, budget=budget, seed=seed)

        found, seconds = timed(explained, seeds)
        values = np.stack([e.values.reshape(limit.shape) for e in found])
        errors = np.stack([e.standard_errors.reshape(limit.shape) for e in found])
        gaps = [(e.raw_additivity_gap, e.additivity_gap) for e in found]
        change = (found[0].predictions - found[0].base_values).reshape(answers)
        drawn = np.stack([independent(net, slope, budget, seed) for seed in range(seeds)])
        theirs = shap[f"values {budget}"].reshape(values.shape)
        inside = np.abs(values - limit) <= 1.96 * errors

        def gap(each: Any, change: Any = change) -> float:
            parts = [relative_gap(np.reshape(part, change.shape), change) for part in each]
            return float(np.median(parts))

        yield (
            budget,
            {
                "error": rms(values - limit) / size,
                "drawn": rms(drawn - limit) / size,
                "shap": rms(theirs - limit) / size,
                "ratio": rms(theirs - limit) / rms(values - limit),
                "raw gap": gap(raw for raw, _ in gaps),
                "shap gap": gap(change - part.sum(1) for part in theirs),
                "gap": gap(after for _, after in gaps),
                "cover": float(np.mean(inside[errors > 0])),
                "seconds": seconds,
                "faster": float(shap[f"seconds {budget}"]) / seconds,
            },
        )


def tables(seeds: int) -> Iterator[str]:
    """The tables, line by line."""
    found: dict[int, list[dict[str, float]]] = {budget: [] for budget in BUDGETS}
    yield f"Expected gradients, {seeds} seeds; errors relative to the long run's size; warm calls"
    yield (
        f"{'net':25}{'budget':>6}{'error':>8}{'draws':>8}{'shap':>8}{'ratio':>7}{'raw gap':>9}"
        f"{'shap gap':>9}{'gap':>7}{'cover':>7}{'seconds':>9}{'faster':>8}"
    )
    for net in nets():
        for budget, row in measure(net, seeds):
            found[budget].append(row)
            yield (
                f"{net.name:25}{budget:>6}{row['error']:>8.4f}{row['drawn']:>8.4f}"
                f"{row['shap']:>8.4f}{row['ratio']:>7.1f}{row['raw gap']:>9.2%}"
                f"{row['shap gap']:>9.1%}{row['gap']:>7.0e}{row['cover']:>7.3f}"
                f"{row['seconds']:>9.3f}{row['faster']:>8.1f}"
            )
    for budget, rows in found.items():
        gap = np.median([row["raw gap"] for row in rows])
        ratio, cover = min(row["ratio"] for row in rows), [row["cover"] for row in rows]
        yield (
            f"at {budget}: median gap before projection {gap:.2%}, least error ratio to shap "
            f"{ratio:.2f}, cover {min(cover):.3f} to {max(cover):.3f}"
        )


def main() -> None:
    """Print the tables and keep them; or, as the peer's process, run shap."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two seeds; nothing is kept")
    parser.add_argument("--peer", type=Path, help="explain what is in this folder by shap")
    parser.add_argument("--seeds", type=int, default=10)
    asked = parser.parse_args()
    if asked.peer is not None:
        run_peer(asked.peer, asked.seeds)
        return
    lines = []
    for line in tables(2 if asked.quick else asked.seeds):
        print(line, flush=True)
        lines.append(line)
    if not asked.quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
