"""How long views and figures take, and how large their JSON is: python -m benchmarks.figures"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from shapviz import Explanation, figures, views

KINDS = (
    "importance_beeswarm",
    "beeswarm",
    "bar",
    "waterfall",
    "force",
    "force_stacked",
    "dependence",
)
SIZES = ((569, 30), (100_000, 20))


def example(n: int, d: int) -> Explanation:
    """Return an explanation with one interaction, n samples of d features."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d))
    values = X * np.linspace(1.0, 0.1, d)
    values[:, 0] += 0.3 * X[:, 0] * X[:, 1]
    return Explanation(values=values, base_values=0.0, data=X, units="log-odds")


def best(call: Callable[[], Any], repeats: int = 3) -> tuple[Any, float]:
    """Return a call's result and its shortest time in milliseconds."""
    times = []
    result = None
    for _ in range(repeats):
        start = time.perf_counter()
        result = call()
        times.append(1e3 * (time.perf_counter() - start))
    return result, min(times)


def main() -> None:
    """Print one row per figure and size."""
    print(f"{'figure':22s} {'samples':>8s} {'view ms':>8s} {'figure ms':>10s} {'JSON kB':>8s}")
    for n, d in SIZES:
        explanation = example(n, d)
        for kind in KINDS:
            view, viewed = best(lambda k=kind, e=explanation: getattr(views, k)(e))
            figure, drawn = best(lambda k=kind, v=view: getattr(figures, k)(v))
            size = len(figure.to_json()) / 1e3
            print(f"{kind:22s} {n:8d} {viewed:8.1f} {drawn:10.1f} {size:8.1f}")


if __name__ == "__main__":
    main()
