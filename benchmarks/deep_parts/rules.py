"""Alternatives to the rules of ops with several inputs, by their distance to Shapley values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.deep_parts.small import cases, exact_values, relative_rmse

NETS = (
    "softmax MLP, untrained",
    "softmax MLP",
    "LSTM",
    "attention + LayerNorm + GELU",
    "gated linear unit",
    "Dense + LayerNorm + GELU",
    "Conv1D + global max",
    "Conv1D + max pooling",
    "squeeze-excite",
)


def _split_softmax(pair: Any) -> Any:
    """Softmax as exp, sum, reciprocal and product; logits less their highest at either end."""
    import tensorflow as tf

    from shapviz.explainers.deep import primitives
    from shapviz.explainers.deep.pair import Pair

    top = tf.stop_gradient(tf.reduce_max(tf.maximum(pair.sample, pair.baseline), -1, keepdims=True))
    odds = primitives.elementwise(tf.exp, Pair(pair.sample - top, pair.baseline - top))
    total = Pair(*(tf.reduce_sum(h, -1, keepdims=True) for h in (odds.sample, odds.baseline)))
    inverse = primitives.elementwise(tf.math.reciprocal, total)
    return primitives.bilinear(tf.multiply, odds, inverse), tf.zeros(())


def _in_turn() -> Any:
    """A product whose left operand changes first, then the right: one of the two orders."""
    import tensorflow as tf

    from shapviz.explainers.deep.pair import Pair, baseline_half, is_pair, sample_half
    from shapviz.explainers.deep.replay import run_op
    from shapviz.explainers.deep.rules.makers import Rule

    def apply(op: Any, inputs: Sequence[Any], notes: list[Any]) -> list[Any]:
        def of(left: Any, right: Any) -> Any:
            return run_op(op, [left, right])[0]

        left, right = inputs
        high = of(*map(sample_half, inputs))
        low = of(*map(baseline_half, inputs))
        if not (is_pair(left) and is_pair(right)):
            return [Pair(high, low)]
        carrier = of(left.sample, right.baseline)
        carrier += of(tf.stop_gradient(left.sample), right.sample)
        return [Pair(tf.stop_gradient(high) + carrier - tf.stop_gradient(carrier), low)]

    return Rule(apply)


def alternatives() -> dict[str, dict[str, Any]]:
    """Name of an alternative → the lines it replaces in the table of rules."""
    from shapviz.explainers.deep.rules import ALTERNATIVES
    from shapviz.explainers.deep.rules.makers import path

    matrices = ("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Einsum")
    return {
        "as they are": {},
        "softmax in parts": {"Softmax": path(_split_softmax)},
        "maxima: cross": dict(ALTERNATIVES["max"]["cross"]),
        "gates: one order": {"Mul": _in_turn()},
        "matrix products: one order": dict.fromkeys(matrices, _in_turn()),
    }


def table() -> Iterator[str]:
    """The table: one row a net; empty where an alternative changes nothing."""
    from shapviz import DeepExplainer

    choices = alternatives()
    yield "Relative RMSE to exact Shapley values of Deep in one step, with a rule replaced"
    yield f"| net | {' | '.join(choices)} |"
    yield "|" + "---|" * (len(choices) + 1)
    makers = cases()
    for name in NETS:
        case = makers[name]()
        exact = exact_values(case)
        cells: list[str] = []
        for lines in choices.values():
            explainer = DeepExplainer(case.net, case.background)
            explainer.rules = {**explainer.rules, **lines}
            error = relative_rmse(explainer(case.samples).values, exact)
            same = cells and f"{error:.3f}" == cells[0]
            cells.append("" if same else f"{error:.3f}")
        yield f"| {name} | {' | '.join(cells)} |"
