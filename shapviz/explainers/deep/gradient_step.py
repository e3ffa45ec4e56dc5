"""The compiled step of expected gradients: what one block of samples and baselines adds up to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shapviz.errors import UnsupportedOpError
from shapviz.explainers.deep.discrete import discretises_at_once
from shapviz.explainers.deep.entries import straight_entry
from shapviz.explainers.deep.interpreter import check, linked_points
from shapviz.explainers.deep.trace import Graph


def enters_later(graph: Graph) -> bool:
    """Whether the straight way must be taken behind the input, where floats are made of it.

    Always for whole numbers and text. A float input that is cut into bins or compared at once is
    taken there as well where every op on the way can be followed; elsewhere its steps, which have
    no slope, are part of the gap.

    Raises
    ------
    UnsupportedOpError
        The input is not of floats, and an op on the way loses its positions.
    """
    if graph.differentiable and not discretises_at_once(graph.body):
        return False
    try:
        check(graph, straight=True)
    except UnsupportedOpError:
        if graph.differentiable:
            return False
        raise
    return True


def make_gradient_step(graph: Graph, later: bool = False) -> Callable[..., Any]:
    """A compiled function of (samples, baselines, points, weights, seeds, noise).

    Parameters
    ----------
    graph : Graph
    later : bool, default False
        Whether the straight way is taken behind the input (`enters_later`).

    Returns
    -------
    callable
        ``(s, *f), (r, *f), float64 (r, c), float64 (r,), float64 (k, K), (r, c, *f)
         or (1, 1, *f)`` → what `Tally` sums: values, within, across and jumps
        (k, s, p), each row's sum over features (k, s, r), and sum_within (k, s). All float64.
    """
    import tensorflow as tf

    rows = tf.TensorSpec((None, *graph.row_shape), graph.dtype)
    signature = [
        rows,
        rows,
        tf.TensorSpec((None, None), tf.float64),
        tf.TensorSpec((None,), tf.float64),
        tf.TensorSpec((None, graph.n_outputs), tf.float64),
        tf.TensorSpec((None, None, *graph.row_shape), graph.noise_dtype),
    ]
    rank = len(graph.row_shape)

    def points_on_the_way(samples: Any, baselines: Any, alpha: Any, noise: Any) -> Any:
        """Outputs at the points, what to differentiate them by, and what to multiply by."""
        if not later:
            difference = samples[:, None] - baselines[None]
            met = baselines[None, :, None] + alpha * difference[:, :, None] + noise[None]
            flat = tf.reshape(met, [-1, *graph.row_shape])
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(flat)
                out = graph.forward(flat)
            return out, flat, difference[:, :, None], tape
        grid = [tf.shape(samples)[0], tf.shape(baselines)[0], tf.shape(alpha)[2]]
        high, low = (
            tf.reshape(tf.broadcast_to(half, [*grid, *graph.row_shape]), [-1, *graph.row_shape])
            for half in (samples[:, None, None], baselines[None, :, None])
        )
        if graph.dtype.is_floating:
            # Numbers among packed inputs: noise moves both ends.
            more = tf.reshape(
                tf.broadcast_to(noise[None], [*grid, *graph.row_shape]), [-1, *graph.row_shape]
            )
            high, low = high + more, low + more
        way = tf.broadcast_to(tf.cast(alpha, tf.float64), [*grid, *graph.row_shape])
        entry = straight_entry(high, low, tf.reshape(way, [-1, *graph.row_shape]))
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(entry.source)
            out = linked_points(graph, entry.argument)
        return out, entry.source, tf.ones([], tf.float64), tape

    def step(
        samples: Any,
        baselines: Any,
        points: Any,
        weights: Any,
        seeds: Any,
        noise: Any,
    ) -> Any:
        s, r = tf.shape(samples)[0], tf.shape(points)[0]
        c = tf.shape(points)[1]
        alpha = tf.reshape(tf.cast(points, graph.noise_dtype), [1, r, c, *[1] * rank])
        out, flat, difference, tape = points_on_the_way(samples, baselines, alpha, noise)
        n = tf.cast(c, tf.float64)
        # Scales to the variance of a row's mean: of independent points; and of an evenly spaced
        # grid with a random shift, over a jump somewhere (which bends the contributions twice)
        # and over a slope of the row's own (seen in its ends).
        independent = 1 / (2 * n * tf.maximum(n - 1, 1))
        jump = 1 / (24 * tf.maximum((n - 1) * (n - 2), 1))
        slope_scale = 1 / (12 * tf.maximum(n - 1, 1) ** 2)
        last, first = weights[1:], weights[:-1]
        across_scale = tf.math.divide_no_nan(tf.reduce_sum(weights**2), tf.reduce_sum(last * first))

        def of_seed(seed: Any) -> Any:
            slope = tape.gradient(
                out,
                flat,
                output_gradients=tf.cast(seed, out.dtype) + tf.zeros_like(out),
                unconnected_gradients="zero",
            )
            slope = tf.reshape(slope, [s, r, c, *graph.row_shape])
            share = tf.reshape(tf.cast(slope * difference, tf.float64), [s, r, c, -1])
            of_row = tf.reduce_mean(share, 2)
            steps = share[:, :, 1:] - share[:, :, :-1]
            bends = steps[:, :, 1:] - steps[:, :, :-1]
            along = tf.reduce_sum(steps**2, 2) * independent
            between = (of_row[:, 1:] - of_row[:, :-1]) ** 2 / 2
            ends = share[:, :, -1] - share[:, :, 0]
            slopes = (ends[:, 1:] - ends[:, :-1]) ** 2 / 2 * slope_scale
            total = tf.reduce_sum(share, -1)
            sum_along = tf.reduce_sum((total[:, :, 1:] - total[:, :, :-1]) ** 2, 2) * independent
            return (
                tf.einsum("srp,r->sp", of_row, weights),
                tf.einsum("srp,r->sp", along, weights**2),
                tf.einsum("srp,r->sp", between, last * first) * across_scale,
                tf.einsum("srp,r->sp", tf.reduce_sum(bends**2, 2) * jump, weights**2)
                + tf.einsum("srp,r->sp", slopes, last * first) * across_scale,
                tf.reduce_sum(of_row, -1),
                tf.einsum("sr,r->s", sum_along, weights**2),
            )

        return tf.map_fn(
            of_seed, seeds, fn_output_signature=(tf.float64,) * 6, parallel_iterations=1
        )

    return tf.function(step, input_signature=signature, autograph=False, jit_compile=False)
