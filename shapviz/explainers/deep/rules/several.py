"""Ops of several elements at once: by the straight path of what they mix."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from shapviz.explainers.deep import maxima, paths, windows
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
    "TopK": quadrature(1, 0),
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
            "MatrixExponential",
            "MatrixSquareRoot",
            "MatrixLogarithm",
        ),
        quadrature(2, 0),
    ),
    **dict.fromkeys(("MatrixSolve", "MatrixTriangularSolve", "MatrixSolveLs"), quadrature(2, 0, 1)),
    "Betainc": quadrature(0),
}
