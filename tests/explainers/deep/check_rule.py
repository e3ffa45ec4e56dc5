"""One-line checks of op rules: conservation and the limit of small differences, both precisions."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from shapviz.explainers.deep.engine import make_multipliers, make_step
from shapviz.explainers.deep.interpreter import check
from shapviz.explainers.deep.trace import Graph, trace

TOLERANCE = {"float32": 5e-6, "float64": 1e-12}
"""Of the sum, relative to the largest change of an output."""

SLOPE_TOLERANCE = {"float32": 2e-3, "float64": 1e-6}
"""Of multipliers over a tiny difference against the gradient, relative to the largest slope."""


def graph_of(function: Callable[[Any], Any], shape: tuple[int, ...], dtype: str) -> Graph:
    """The graph of a TensorFlow function of rows, its answer flattened to (n, outputs)."""
    import tensorflow as tf

    class Model:
        inputs = (SimpleNamespace(dtype=dtype),)

        def _flatten_layers(self, **options):
            return []

        def __call__(self, rows, training):
            out = function(rows)
            return tf.reshape(out, [-1, int(np.prod(out.shape[1:]))])

    graph = trace(Model(), shape)
    check(graph)
    return graph


def sums(graph: Graph, x: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Σ contributions (n, K) for each pair of rows, and the change they should add up to."""
    step = make_step(graph)
    seeds, weight = np.eye(graph.n_outputs), np.ones(1)
    pairs = [step(x[i : i + 1], b[i : i + 1], weight, seeds)[0].numpy() for i in range(len(x))]
    change = graph.forward(x).numpy().astype(float) - graph.forward(b).numpy()
    return np.stack([pair.sum(-1)[:, 0] for pair in pairs]), change


def check_rule(
    function: Callable[[Any], Any],
    shape: tuple[int, ...] = (4,),
    *,
    low: float = -3.0,
    high: float = 3.0,
    limit: bool = True,
    dtypes: tuple[str, ...] = ("float32", "float64"),
) -> None:
    """Fail unless contributions add up and tend to the gradient where the difference does.

    Compiled in the first precision; in others the same rules are tried as they are, since
    compiling takes longer than everything else here.
    """
    compiled, *others = dtypes
    check_compiled(function, shape, low=low, high=high, limit=limit, dtype=compiled)
    for dtype in others:
        check_eagerly(function, shape, low=low, high=high, limit=limit, dtype=dtype)


def check_compiled(
    function: Callable[[Any], Any],
    shape: tuple[int, ...] = (4,),
    *,
    low: float = -3.0,
    high: float = 3.0,
    limit: bool = True,
    dtype: str = "float64",
) -> None:
    """As `check_rule`, in one precision, by the compiled functions that explainers use.

    Rows hold a common entry (Δ = 0), entries a hair apart, and entries far apart.
    """
    import tensorflow as tf

    rng = np.random.default_rng(0)
    graph = graph_of(function, shape, dtype)
    x = rng.uniform(low, high, (6, *shape)).astype(dtype)
    b = rng.uniform(low, high, (6, *shape)).astype(dtype)
    b.reshape(6, -1)[:, 0] = x.reshape(6, -1)[:, 0]
    b[4] = x[4] * (1 + 1e-6)
    b[5] = x[5]
    total, change = sums(graph, x, b)
    scale = np.abs(change).max()
    assert scale > 0, "the function does not depend on its input"
    worst = np.abs(total - change).max() / scale
    assert worst <= TOLERANCE[dtype], f"{dtype}: the sum misses by {worst:.1e} of the change"
    if not limit:
        return
    rows = tf.constant(x)
    near = tf.constant(x * (1 + (1e-5 if dtype == "float32" else 1e-8)))
    # A graph of its own: reverse mode adds to the bodies of the loops that it goes through.
    plain = graph_of(function, shape, dtype)
    mixture = rng.normal(size=graph.n_outputs)
    with tf.GradientTape() as tape:
        tape.watch(rows)
        chosen = tf.linalg.matvec(plain.forward(rows), tf.constant(mixture, rows.dtype))
    slope = tape.gradient(chosen, rows).numpy()
    multipliers = make_multipliers(graph)
    for baseline in (near, rows):
        found = multipliers(rows, baseline, mixture).numpy()
        assert np.isfinite(found).all(), f"{dtype}: multipliers are not finite"
        off = np.abs(found - slope).max() / np.abs(slope).max()
        assert off <= SLOPE_TOLERANCE[dtype], f"{dtype}: off the gradient by {off:.1e}"


def check_eagerly(
    function: Callable[[Any], Any],
    shape: tuple[int, ...] = (4,),
    *,
    low: float = -3.0,
    high: float = 3.0,
    limit: bool = True,
    dtype: str = "float64",
) -> set[str]:
    """As `check_rule`, in one precision and without compiling; the kinds of op that it met."""
    import tensorflow as tf

    from shapviz.explainers.deep.doctor import ops_met
    from shapviz.explainers.deep.interpreter import linked_pair
    from shapviz.explainers.deep.pair import Pair

    rng = np.random.default_rng(0)
    graph = graph_of(function, shape, dtype)
    x, b = rng.uniform(low, high, (2, 5, *shape)).astype(dtype)
    b.reshape(5, -1)[:, 0] = x.reshape(5, -1)[:, 0]
    b[3] = x[3] * (1 + 1e-6)
    b[4] = x[4]
    near = x * (1 + (1e-5 if dtype == "float32" else 1e-8))
    mixture = tf.constant(rng.normal(size=(5, graph.n_outputs)), dtype)

    def multipliers(baseline: np.ndarray) -> tuple[np.ndarray, Any]:
        rows = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(rows)
            pair, _ = linked_pair(graph, Pair(rows, tf.constant(baseline)))
            total = tf.reduce_sum(tf.cast(pair.sample, dtype) * mixture)
        return tape.gradient(total, rows).numpy(), pair

    found, pair = multipliers(b)
    change = tf.cast(pair.sample - pair.baseline, dtype)
    assert np.abs(change).max() > 0, "the function does not depend on its input"
    rows = change.numpy() * mixture
    missed = (found * (x - b)).reshape(5, -1).sum(1) - np.sum(rows, 1)
    worst = np.abs(missed).max() / np.abs(rows).sum(1).max()
    assert worst <= TOLERANCE[dtype], f"the sum misses by {worst:.1e} of the change"
    if limit:
        points = tf.constant(x)
        plain = graph_of(function, shape, dtype)
        with tf.GradientTape() as tape:
            tape.watch(points)
            total = tf.reduce_sum(tf.cast(plain.forward(points), dtype) * mixture)
        slope = tape.gradient(total, points).numpy()
        off = np.abs(multipliers(near)[0] - slope).max() / np.abs(slope).max()
        assert off <= SLOPE_TOLERANCE[dtype], f"off the gradient by {off:.1e}"
    return set(ops_met(graph))
