"""Ranked outputs, "top2": each sample's own highest predictions, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, complaint
from shapviz.explainers.call import Call, Estimate, Meter, take
from shapviz.explainers.joining import joined

if TYPE_CHECKING:
    from shapviz.explainers.base import BaseExplainer

__all__ = ["by_ranking", "names_of_ranked", "ranked", "top"]

Ranking = NDArray[np.int64]


def top(outputs: Any) -> int | None:
    """How many outputs a ranking asks for ("top3" → 3), or None for anything else."""
    if isinstance(outputs, str) and outputs.startswith("top") and outputs[3:].isdigit():
        return int(outputs[3:])
    return None


def ranked(predictions: NDArray[np.float64], count: int) -> Ranking:
    """Positions (n, count) of each sample's highest predictions (n, K), the highest first.

    Of equal ones the first comes first.

    Raises
    ------
    InputError
        The model has fewer outputs, or none is asked for.
    """
    available = predictions.shape[1]
    if not 1 <= count <= available:
        raise InputError(
            complaint(
                "outputs",
                f"rank from 1 to {available} outputs",
                f"top{count}",
                "Leave it out to explain all outputs.",
            )
        )
    return np.argsort(-predictions, axis=1, kind="stable")[:, :count]


def names_of_ranked(ranking: Ranking, names: Sequence[str] | None) -> NDArray[Any]:
    """The names (n, count) of ranked outputs."""
    known = names or [f"output {k}" for k in range(int(ranking.max()) + 1)]
    return np.array([[str(known[k]) for k in row] for row in ranking], dtype=object)


def by_ranking(explainer: BaseExplainer, X: Any, call: Call) -> Estimate:
    """The estimate of each sample's own outputs; rows asking for the same go together."""
    ranking = np.asarray(call.ranking)
    kinds, which = np.unique(ranking, axis=0, return_inverse=True)
    call.meter.plan(len(X))
    parts, cells = [], []
    for kind, row in enumerate(kinds):
        positions = np.flatnonzero(which.reshape(-1) == kind)
        call.meter.begin(len(positions))
        outputs = tuple(int(output) for output in row)
        known = call.known
        if known is not None:
            # What the checks cost counts once.
            known = known.of(positions, rows=0 if kind else known.rows)
        meter = Meter(call.meter)
        part = replace(call, outputs=outputs, ranking=None, meter=meter, known=known)
        parts.append(explainer._answer(take(X, positions), part))
        cells.append((positions, np.tile(np.arange(len(row)), (len(positions), 1))))
    return joined(parts, cells, len(X), ranking.shape[1])
