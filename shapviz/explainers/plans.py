"""Plans: which coalitions to play, and how values are read off their outcomes; stages of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shapviz.explainers.appending import Transfer, transfer

__all__ = ["EMPTY", "FULL", "Plan", "Play", "Reading", "Stage", "Stages"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

EMPTY, FULL = 0, 1
"""Positions of the empty and of the full coalition in every plan."""


@dataclass(frozen=True)
class Reading:
    """What a plan reads off the outcomes of n samples.

    Attributes
    ----------
    values : float64 (n, d, K)
    errors : float64 (n, d, K) or None
        Standard errors, where there are any.
    notes : mapping of str to str (n, K)
        What happened to each answer, to be counted in provenance.
    """

    values: Floats
    errors: Floats | None
    notes: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)


Read = Callable[[Floats], Reading]
Play = Callable[[Bools], Floats]
Follow = Callable[[Floats, Play], Reading]


@dataclass(frozen=True)
class Plan:
    """Which coalitions to play for d players, and how to read the values off.

    Attributes
    ----------
    coalitions : bool (m, d)
        The first is empty, the second full.
    read : callable
        Outcomes (n, m, K), of all outputs, to a `Reading`.
    note : str
        What the plan is, for provenance: "enumerated", "antithetic permutations" …
    at_once : int, optional
        Samples to read at a time where reading takes long; cancel is looked at in between.
    follow : callable, optional
        Instead of `read`, where what to play next depends on the sample: one sample's outcomes
        (m, K) and a function that plays further coalitions (q, d) for it, to a `Reading`.
    pairs : callable, optional
        Outcomes (n, m, K) to the interaction index (n, d, d, K), where the plan tells it.
    """

    coalitions: Bools
    read: Read = field(repr=False)
    note: str
    at_once: int | None = None
    follow: Follow | None = field(default=None, repr=False)
    pairs: Callable[[Floats], Floats] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Stage:
    """A plan at a budget, and what of it the stage before has played."""

    budget: int
    plan: Plan
    transfer: Transfer


class Stages:
    """The stages for some players, each made when it is first asked for, and kept."""

    def __init__(self, budgets: Sequence[int], plans: Iterator[Plan]) -> None:
        self._coming = zip(budgets, plans, strict=False)
        self._made: list[Stage] = []

    def __iter__(self) -> Iterator[Stage]:
        yield from self._made
        for budget, plan in self._coming:
            before = self._made[-1].plan.coalitions if self._made else None
            self._made.append(Stage(budget, plan, transfer(before, plan.coalitions)))
            yield self._made[-1]
