"""Deep and Gradient on the digits net with a softmax: distance from Shapley values, gap, seconds.

The reference is a long run of antithetic permutations in NumPy. Run with
``python -m benchmarks.deep``.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np

PERMUTATIONS = 4000
"""Half of them reversed; the reference's own error is then about 0.02 of its size."""


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


def main() -> None:
    """Print the table."""
    from shapviz import DeepExplainer, GradientExplainer

    net, rows = digits_net()
    background, samples = rows[:50], rows[1000:1005]
    exact = np.stack([reference(net, x, background) for x in samples])
    size = np.sqrt(np.mean(exact**2))
    print("| method | relative RMSE | additivity gap | gap before projection | seconds |")
    print("|---|---|---|---|---|")
    methods: list[tuple[str, Any, dict[str, Any]]] = [
        ("Deep", DeepExplainer(net, background), {}),
        ("Gradient, 200", GradientExplainer(net, background), {}),
        ("Gradient, 2000", GradientExplainer(net, background), {"budget": 2000}),
    ]
    for name, explainer, options in methods:
        explainer(samples, **options)
        started = perf_counter()
        e = explainer(samples, **options)
        seconds = perf_counter() - started
        change = np.abs(e.predictions - e.base_values).max(0)
        error = np.sqrt(np.mean((e.values - exact) ** 2)) / size
        gap = np.max(np.abs(e.additivity_gap).max(0) / change)
        raw = (
            gap
            if e.raw_additivity_gap is None
            else np.max(np.abs(e.raw_additivity_gap).max(0) / change)
        )
        print(f"| {name} | {error:.3f} | {gap:.1e} | {raw:.1e} | {seconds:.2f} |")


if __name__ == "__main__":
    main()
