"""Ops of several elements at once: by the straight path of what they mix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from shapviz.explainers.deep import maxima, paths, primitives, windows
from shapviz.explainers.deep.pair import Pair, Tensor, Value, is_pair
from shapviz.explainers.deep.rules.makers import (
    EXACT,
    LOCAL,
    PROJECTED,
    STRAIGHT,
    Rule,
    path,
    quadrature,
)


def _maxima(maximum: maxima.Maximum, kind: str, exactness: str) -> dict[str, Rule]:
    """Maxima over axes and over pooling windows, all by one primitive."""
    over_axes = Rule(
        partial(windows.reduce_extreme, maximum=maximum),
        (0,),
        accepts=windows.unusual_axes,
        kind=kind,
        exactness=exactness,
    )
    pooled = replace(
        over_axes,
        apply=partial(windows.max_pool, maximum=maximum),
        accepts=windows.unusual_layout,
    )
    return {
        **dict.fromkeys(("Max", "Min", "Any", "All"), over_axes),
        **dict.fromkeys(("MaxPool", "MaxPool3D"), pooled),
    }


TO_WINNER = _maxima(maxima.to_winner, "winner", EXACT)
"""The cross-evaluated rule, for those who ask for it."""


def _colours(arguments: Sequence[Tensor]) -> list[Tensor]:
    """Red, green and blue of hue, saturation and value."""
    import tensorflow as tf

    hue, saturation, value = tf.unstack(arguments[0], axis=-1)
    turn = 6 * hue
    strengths = (
        tf.abs(turn - 3) - 1,
        2 - tf.abs(turn - 2),
        2 - tf.abs(turn - 4),
    )
    return [
        tf.stack(
            [
                value * (1 - saturation + saturation * tf.clip_by_value(strength, 0, 1))
                for strength in strengths
            ],
            -1,
        )
    ]


def _cross_entropy(op: Any, inputs: Sequence[Value], notes: list[Tensor]) -> list[Value]:
    """−Σ label × log-softmax of the logits; of the class that is meant, in the sparse op."""
    import tensorflow as tf

    logits, labels = inputs
    if not is_pair(logits):
        logits = Pair(logits, logits)
    if op.type.startswith("Sparse"):
        labels = tf.one_hot(labels, tf.shape(logits.sample)[-1], dtype=logits.sample.dtype)
    likely, residual = paths.log_softmax(logits)
    notes.append(residual)
    loss = primitives.bilinear(
        lambda left, right: -tf.reduce_sum(tf.math.multiply_no_nan(left, right), -1), likely, labels
    )
    return [loss, *op.outputs[1:]]


def _only_the_loss(op: Any) -> str | None:
    return "its second output is used" if op.outputs[1].consumers() else None


ALONG = Rule(
    windows.along_axes, (0,), accepts=windows.unusual_axes, kind="quadrature", exactness=LOCAL
)
WHICH = Rule(
    windows.along_axes, (0,), accepts=windows.unusual_axes, kind="step", exactness=PROJECTED
)

RULES: dict[str, Rule] = {
    "Softmax": path(paths.softmax),
    "LogSoftmax": path(paths.log_softmax),
    **_maxima(maxima.along_path, "path", STRAIGHT),
    **dict.fromkeys(("Prod", "EuclideanNorm", "Cumprod", "CumulativeLogsumexp"), ALONG),
    **dict.fromkeys(("ArgMax", "ArgMin"), WHICH),
    "TopKV2": quadrature(1, 0),
    "SoftmaxCrossEntropyWithLogits": Rule(
        _cross_entropy,
        accepts=_only_the_loss,
        varies=lambda op, varying: [True, False],
        kind="path",
        exactness=PROJECTED,
    ),
    "SparseSoftmaxCrossEntropyWithLogits": Rule(
        _cross_entropy,
        (0,),
        accepts=_only_the_loss,
        varies=lambda op, varying: [True, False],
        kind="path",
        exactness=PROJECTED,
    ),
    "RGBToHSV": quadrature(1, 0),
    "HSVToRGB": quadrature(1, 0, by=_colours),
    **dict.fromkeys(
        ("UnsortedSegmentMax", "UnsortedSegmentMin", "UnsortedSegmentProd"),
        Rule(windows.by_segment, (0,), kind="quadrature", exactness=LOCAL),
    ),
    **dict.fromkeys(
        (
            "MatrixInverse",
            "MatrixDeterminant",
            "LogMatrixDeterminant",
            "Cholesky",
            "Qr",
            "Svd",
            "SelfAdjointEigV2",
            "MatrixSquareRoot",
        ),
        quadrature(2, 0),
    ),
    **dict.fromkeys(("MatrixSolve", "MatrixTriangularSolve", "MatrixSolveLs"), quadrature(2, 0, 1)),
}
