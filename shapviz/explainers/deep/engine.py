"""The compiled step: contributions of a block of samples against a block of baselines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shapviz.explainers.deep.entries import pair_entry
from shapviz.explainers.deep.interpreter import linked_pair
from shapviz.explainers.deep.pair import Tensor
from shapviz.explainers.deep.rules import RULES, Rules
from shapviz.explainers.deep.trace import Graph

Step = Callable[..., tuple[Any, Any]]


def every_pair(samples: Tensor, baselines: Tensor) -> tuple[Tensor, Tensor]:
    """Samples (s, …) and baselines (b, …) as (s·b, …) each, the baseline running fastest."""
    import tensorflow as tf

    n, m = (half.shape[0] or tf.shape(half)[0] for half in (samples, baselines))
    row = samples.shape[1:]
    left = tf.repeat(samples, m, axis=0)
    right = tf.tile(baselines, [n] + [1] * len(row))
    return tf.reshape(left, [n * m, *row]), tf.reshape(right, [n * m, *row])


def seed_rows(outputs: Any, n_outputs: int) -> Any:
    """One-hot rows (k, n_outputs) float64 choosing these outputs, for `make_step`."""
    import numpy as np

    return np.eye(n_outputs)[list(outputs)]


def multipliers_of(out: Tensor, source: Tensor, seed: Tensor) -> Tensor:
    """Gradient of the outputs (n, K), weighted by the seed (K,), with respect to the source.

    Not by a tape: one that is asked once for each output makes every loop be built a second time.
    """
    import tensorflow as tf

    weights = tf.cast(seed, out.dtype) + tf.zeros_like(out)
    (slope,) = tf.gradients(out, source, grad_ys=weights, unconnected_gradients="zero")
    return slope


def of_every_seed(of_seed: Callable[[Tensor], Tensor], seeds: Tensor, k: int | None) -> Tensor:
    """The answers to each row of seeds (k, K), stacked; k is known where XLA fuses them."""
    import tensorflow as tf

    if k is None:
        return tf.map_fn(of_seed, seeds, fn_output_signature=tf.float64, parallel_iterations=1)
    # Unrolled: XLA on a CPU runs loops without its fast kernels.
    return tf.stack([of_seed(seeds[i]) for i in range(k)])


def largest(notes: Sequence[Tensor]) -> Tensor:
    """The largest residual that any rule put back, float64; 0 where none did."""
    import tensorflow as tf

    residuals = [tf.cast(note, tf.float64) for note in notes]
    return tf.reduce_max(tf.stack(residuals)) if residuals else tf.zeros((), tf.float64)


def make_multipliers(graph: Graph) -> Callable[[Any, Any, Any], Tensor]:
    """A compiled function of (samples, baselines, seed): n of each, and a weight per output.

    Returns
    -------
    callable
        ``(n, *f), (n, *f), (K,) → (n, *f)``: Δout/Δin of the weighted sum of outputs.
    """
    import tensorflow as tf

    def multipliers(samples: Tensor, baselines: Tensor, seed: Tensor) -> Tensor:
        entry = pair_entry(graph, samples, baselines)
        with tf.GradientTape() as tape:
            tape.watch(entry.source)
            pair, _ = linked_pair(graph, entry.argument)
            total = tf.linalg.matvec(pair.sample, tf.cast(seed, pair.sample.dtype))
        return tape.gradient(total, entry.source, unconnected_gradients="zero")

    rows = tf.TensorSpec((None, *graph.row_shape), graph.dtype)
    signature = [rows, rows, tf.TensorSpec((graph.n_outputs,), tf.float64)]
    return tf.function(multipliers, input_signature=signature, autograph=False)


def make_step(
    graph: Graph, sizes: tuple[int, int, int] | None = None, rules: Rules = RULES
) -> Step:
    """A compiled function of (samples, baselines, weights, seeds).

    Parameters
    ----------
    graph : Graph
    sizes : tuple of int, optional
        Numbers (s, b, k) of samples, baselines and outputs in every call, for a function fused
        by XLA: two to three times faster, after some seconds of compiling. None: traced once, at
        once, for any numbers.
    rules : mapping, default `RULES`
        Op type → rule.

    Returns
    -------
    callable
        ``(s, *f), (b, *f), float64 (b,), float64 (k, K) → float64 (k, s, p), float64 ()``: the
        weighted sum over baselines of multiplier × difference, for each combination of outputs
        given by a row of seeds; and the largest residual any rule put back. Both halves of the
        forward pass are shared by all outputs; each output costs one backward pass.
    """
    import tensorflow as tf

    s, b, k = sizes or (None, None, None)
    signature = [
        tf.TensorSpec((s, *graph.row_shape), graph.dtype),
        tf.TensorSpec((b, *graph.row_shape), graph.dtype),
        tf.TensorSpec((b,), tf.float64),
        tf.TensorSpec((k, graph.n_outputs), tf.float64),
    ]

    def step(samples: Tensor, baselines: Tensor, weights: Tensor, seeds: Tensor) -> Any:
        high, low = every_pair(samples, baselines)
        entry = pair_entry(graph, high, low)
        pair, notes = linked_pair(graph, entry.argument, rules)
        shape = [s or tf.shape(samples)[0], b or tf.shape(baselines)[0], -1]

        def of_seed(seed: Tensor) -> Tensor:
            slope = multipliers_of(pair.sample, entry.source, seed)
            share = tf.cast(tf.reshape(slope * entry.difference, shape), tf.float64)
            return tf.einsum("sbf,b->sf", share, weights)

        return of_every_seed(of_seed, seeds, k), largest(notes)

    return tf.function(
        step, input_signature=signature, autograph=False, jit_compile=sizes is not None
    )
