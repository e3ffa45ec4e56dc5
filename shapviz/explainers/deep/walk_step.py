"""The compiled step of a walk: contributions of each walk from a baseline to a sample."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from shapviz.explainers.deep.engine import largest, multipliers_of, of_every_seed
from shapviz.explainers.deep.entries import pair_entry
from shapviz.explainers.deep.interpreter import linked_pair
from shapviz.explainers.deep.pair import Tensor
from shapviz.explainers.deep.rules import RULES, Rules
from shapviz.explainers.deep.trace import Graph


def make_walk_step(
    graph: Graph, sizes: tuple[int, int, int] | None = None, rules: Rules = RULES
) -> Callable[..., Any]:
    """A compiled function of (samples, baselines, segment, count, seeds).

    Parameters
    ----------
    graph : Graph
    sizes : tuple of int, optional
        Numbers (n, T, k) of walks, segments and outputs in every call, for a function fused by
        XLA. None: traced once for any numbers.
    rules : mapping, default `RULES`
        Op type → rule.

    Returns
    -------
    callable
        ``(n, *f), (n, *f), int32 (n, p), int32 (), float64 (k, K) → float64 (k, n, p),
        float64 ()``: for walk i, features change from baseline i to sample i in the segment that
        is given for them, T segments one after the other, and each segment's contributions go to
        the features that change in it; and the largest residual any rule put back.
    """
    import tensorflow as tf

    n, steps, k = sizes or (None, None, None)
    p = prod(graph.row_shape)
    signature = [
        tf.TensorSpec((n, *graph.row_shape), graph.dtype),
        tf.TensorSpec((n, *graph.row_shape), graph.dtype),
        tf.TensorSpec((n, p), tf.int32),
        tf.TensorSpec((), tf.int32),
        tf.TensorSpec((k, graph.n_outputs), tf.float64),
    ]

    def step(
        samples: Tensor, baselines: Tensor, segment: Tensor, count: Tensor, seeds: Tensor
    ) -> Any:
        walks = n or tf.shape(samples)[0]
        total = steps or count
        first = tf.range(total, dtype=tf.int32)[None, :, None]
        high, low = (tf.reshape(half, [walks, 1, p]) for half in (samples, baselines))
        place = segment[:, None]
        after, before = (
            tf.reshape(tf.where(place < first + more, high, low), [-1, *graph.row_shape])
            for more in (1, 0)
        )
        entry = pair_entry(graph, after, before)
        pair, notes = linked_pair(graph, entry.argument, rules)

        def of_seed(seed: Tensor) -> Tensor:
            slope = multipliers_of(pair.sample, entry.source, seed)
            share = tf.reshape(slope * entry.difference, [walks, total, p])
            # One entry of each sum is not zero: nothing is rounded.
            return tf.cast(tf.reduce_sum(share, 1), tf.float64)

        return of_every_seed(of_seed, seeds, k), largest(notes)

    return tf.function(
        step, input_signature=signature, autograph=False, jit_compile=sizes is not None
    )
