"""Deep in one and in several segments on the digits net with a softmax, beside shap's.

The reference is a long run of antithetic permutations in NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.peers import in_child

PERMUTATIONS = 30_000
"""Half of them reversed; the reference's own error is then under 0.01 of its size."""

WALKS = ((1, 1), (2, 1), (2, 2), (2, 8), (3, 4), (4, 2), (4, 8), (4, 16), (8, 8))
"""Segments and antithetic orders on the digits net."""


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


def table(seeds: int = 4) -> Iterator[str]:
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
    peers = [("shap Gradient", {"nsamples": 2000}), ("shap Deep", {})]
    for (name, options), answer in zip(
        peers, in_child(net, background, samples, peers, repeats=1), strict=True
    ):
        passes = options.get("nsamples", 50)
        if answer.values is None:
            yield f"| {name} | {passes} | fails: {answer.failure} | | |"
            continue
        error = np.sqrt(np.mean((answer.values - exact) ** 2) / np.mean(exact**2))
        yield f"| {name} {passes} | {passes} | {error:.3f} | | {answer.warm:.2f} |"
