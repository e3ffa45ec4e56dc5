"""What has been told of each sample so far: written stage by stage, an Estimate at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.explainers.appending import within
from shapviz.explainers.call import Estimate
from shapviz.explainers.interactions import with_main_effects
from shapviz.explainers.plans import EMPTY, FULL, Reading, Stage

__all__ = ["Told"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Told:
    """Arrays over n samples, d features and K chosen outputs.

    Attributes
    ----------
    values, errors : float64 (n, d, K)
    base, predictions : float64 (n, K)
    beyond : bool (n, K)
        Which answers the last judgement found beyond the tolerance.
    budgets : int (n,)
        Budget of the stage that the values are of.
    unsure : bool (n,)
        Which samples have no standard errors.
    labels : dict of str to str (n, K)
        What happened to each answer; None where nothing is said.
    designs : str (n,)
        Notes of the plans.
    interactions : float64 (n, d, d, K) or None
        Where they were asked for.
    """

    values: Floats
    errors: Floats
    base: Floats
    predictions: Floats
    beyond: Bools
    budgets: Ints
    unsure: Bools
    designs: NDArray[np.object_]
    interactions: Floats | None
    labels: dict[str, NDArray[np.object_]] = field(default_factory=dict)

    @classmethod
    def nothing(cls, n: int, d: int, K: int, *, pairs: bool) -> Told:
        """Before the first stage."""
        return cls(
            values=np.zeros((n, d, K)),
            errors=np.zeros((n, d, K)),
            base=np.empty((n, K)),
            predictions=np.empty((n, K)),
            beyond=np.zeros((n, K), dtype=bool),
            budgets=np.zeros(n, dtype=np.int64),
            unsure=np.zeros(n, dtype=bool),
            designs=np.empty(n, dtype=object),
            interactions=np.zeros((n, d, d, K)) if pairs else None,
        )

    def take(
        self,
        samples: Ints,
        players: Ints,
        outcomes: Floats,
        reading: Reading,
        chosen: list[int],
        stage: Stage,
    ) -> None:
        """Write down what a stage's outcomes (s, m, outputs) say of these samples."""
        cells = np.ix_(samples, players)
        self.values[cells] = reading.values[..., chosen]
        if self.interactions is not None and stage.plan.pairs is not None:
            index = stage.plan.pairs(outcomes)[..., chosen]
            pairs = with_main_effects(index, self.values[cells])
            self.interactions[np.ix_(samples, players, players)] = pairs
        self.unsure[samples] = reading.errors is None
        if reading.errors is not None:
            self.errors[cells] = reading.errors[..., chosen]
        self.base[samples] = outcomes[:, EMPTY, chosen]
        self.predictions[samples] = outcomes[:, FULL, chosen]
        self.budgets[samples], self.designs[samples] = stage.budget, stage.plan.note
        for name, labels in reading.notes.items():
            if name not in self.labels:
                self.labels[name] = np.empty(self.base.shape, dtype=object)
            self.labels[name][samples] = labels[:, chosen]

    def judge(self, samples: Ints, tolerance: float) -> Bools:
        """Which of these samples' answers (s, K) are within the tolerance."""
        scale = np.abs(self.base[samples]) + np.abs(self.predictions[samples])
        close = within(self.values[samples], self.errors[samples], scale, tolerance)
        close &= ~self.unsure[samples, None]
        self.beyond[samples] = ~close
        return close

    def estimate(self, budget: int, model_rows: int, tolerance: float | None) -> Estimate:
        """All of it, with its provenance."""
        said: dict[str, Any] = {
            "model_rows": model_rows,
            "budget": budget,
            "samples_by_design": _counted(self.designs),
            **{f"answers_by_{name}": _counted(each) for name, each in self.labels.items()},
        }
        if tolerance is not None:
            said["budget"] = int(self.budgets.max())
            said["samples_by_budget"] = _counted(np.sort(self.budgets))
            said["beyond_tolerance"] = int(self.beyond.sum())
        return Estimate(
            self.values,
            self.base,
            self.predictions,
            standard_errors=None if self.unsure.any() else self.errors,
            interactions=self.interactions,
            provenance=said,
        )


def _counted(labels: NDArray[Any]) -> dict[str, int]:
    """How often each label occurs."""
    return {str(k): n for k, n in Counter(labels.ravel().tolist()).items() if k is not None}
