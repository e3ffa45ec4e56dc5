"""Ranked outputs, "top2": each sample's own highest predictions, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, complaint

__all__ = ["names_of_ranked", "ranked", "top"]

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
