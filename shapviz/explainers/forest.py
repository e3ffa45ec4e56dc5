"""Shapley values read off decision trees grown on the outcomes of coalitions.

A tree over coalitions is a sum of conjunctions, one a leaf: these players present, those absent.
The Shapley values of a conjunction have a closed form, so those of a forest are a sum over leaves.
Trees see what is neither smooth nor spread over all players: the largest of some numbers, steps on
few of them. They need the outcomes themselves, not only their odd part. Nothing here calls a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

__all__ = ["Forest", "grow"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TREES = 12

PART = 0.8
"""Share of the players that a split chooses from: trees differ where players are equally good."""


@dataclass(frozen=True)
class Forest:
    """Trees grown to the last outcome, each of its own choice where players are equally good."""

    trees: tuple[Any, ...]

    def predict(self, coalitions: Bools) -> Floats:
        """Outcomes (m, K) expected of coalitions (m, d)."""
        asked = coalitions.astype(np.float32)
        every = [tree.predict(asked).reshape(len(asked), -1) for tree in self.trees]
        mean: Floats = np.mean(every, axis=0)
        return mean

    def values(self) -> Floats:
        """Shapley values (d, K) of what the forest predicts."""
        mean: Floats = np.mean([_values(tree.tree_, tree.n_features_in_) for tree in self.trees], 0)
        return mean


def grow(coalitions: Bools, outcomes: Floats) -> Forest:
    """Trees on the outcomes of coalitions; the same ones on every call.

    Parameters
    ----------
    coalitions : bool (m, d)
    outcomes : float64 (m, K)
        Of about one scale: the trees' splits serve all columns.

    Returns
    -------
    Forest
    """
    from sklearn.tree import DecisionTreeRegressor

    known = coalitions.astype(np.float32)
    return Forest(
        tuple(
            DecisionTreeRegressor(max_features=PART, random_state=k).fit(known, outcomes)
            for k in range(TREES)
        )
    )


def _values(tree: Any, d: int) -> Floats:
    """Shapley values (d, K) of one tree.

    A leaf worth c, on the way to which a players are present and b absent, gives each of the
    present (a−1)! b! / (a+b)! of c, and takes a! (b−1)! / (a+b)! of c from each of the absent.
    """
    present, absent = _ways(tree, d)
    leaf = tree.children_left < 0
    present, absent = present[leaf], absent[leaf]
    a, b = present.sum(axis=1), absent.sum(axis=1)
    logs = gammaln(a + b + 1.0)
    given = np.exp(gammaln(np.maximum(a, 1.0)) + gammaln(b + 1.0) - logs)
    taken = np.exp(gammaln(a + 1.0) + gammaln(np.maximum(b, 1.0)) - logs)
    worth = tree.value[leaf][:, :, 0]
    values: Floats = present.T @ (given[:, None] * worth) - absent.T @ (taken[:, None] * worth)
    return values


def _ways(tree: Any, d: int) -> tuple[Floats, Floats]:
    """Which players are present, and which absent, on the way to each node: 0 or 1, (nodes, d)."""
    present, absent = np.zeros((tree.node_count, d)), np.zeros((tree.node_count, d))
    level = np.zeros(1, dtype=np.int64)
    while True:
        level = level[tree.children_left[level] >= 0]
        if not level.size:
            return present, absent
        left, right, asked = (
            tree.children_left[level],
            tree.children_right[level],
            tree.feature[level],
        )
        for below in (left, right):
            present[below], absent[below] = present[level], absent[level]
        absent[left, asked] = 1.0
        present[right, asked] = 1.0
        level = np.concatenate([left, right])
