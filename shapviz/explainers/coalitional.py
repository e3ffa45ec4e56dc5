"""What Exact, Permutation and Kernel share: play a plan's coalitions, read the values off.

A method only says which coalitions its plan holds for d players and how values are read from
their outcomes. Grouping samples, leaving constant features out, memory and progress live here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.explainers.base import BaseExplainer, Call, Estimate, take
from shapviz.explainers.interactions import wants_pairs, with_main_effects
from shapviz.games import Game

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OUTCOME_BYTES = 32 * 2**20
"""Memory that the outcomes of one part of the samples may take."""


@dataclass(frozen=True)
class Reading:
    """What a plan reads off the outcomes of n samples.

    Attributes
    ----------
    values : float64 (n, d, K)
    errors : float64 (n, d, K) or None
        Standard errors, where there are any.
    notes : mapping of str to mapping of str to int
        Counts of samples or answers by what happened to them, for provenance.
    """

    values: Floats
    errors: Floats | None
    notes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


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
class Group:
    """Samples that have the same players: their positions, and the players' positions."""

    samples: Ints
    players: Ints


class PlanExplainer(BaseExplainer):
    """An explainer that plays the same plan for all samples with the same players.

    A feature in which the sample equals every background row is no player: its value is exactly
    0, with standard error 0.
    """

    @abstractmethod
    def _plan_for(self, players: Ints, budget: int, call: Call) -> Plan:
        """The plan for these players, at least one. Depends on nothing else, so that a sample's
        values do not depend on its companions."""

    @abstractmethod
    def _coalitions_for(self, players: Ints, budget: int) -> int:
        """How many coalitions the plan for these players plays at most, without making it."""

    @abstractmethod
    def _default_budget(self, d: int) -> int:
        """Coalitions a sample when the caller gives no budget; d = all features."""

    def _plan_key(self, players: Ints) -> Hashable:
        """What players that share a plan have in common."""
        return players.tobytes()

    def _estimate(self, X: Any, call: Call) -> Estimate:
        d, n, K = self.masker.n_players, len(X), len(call.outputs)
        budget = self._default_budget(d) if call.budget is None else call.budget
        groups = self._groups(X)
        rows = len(self.masker.background)
        sizes = [self._coalitions_for(group.players, budget) * rows for group in groups]
        call.meter.plan(sum(len(g.samples) * size for g, size in zip(groups, sizes, strict=True)))

        game = self._game(call)
        n_outputs = max(self.predictor.n_outputs or 1, 1)
        values, errors = np.zeros((n, d, K)), np.zeros((n, d, K))
        base, fx = np.empty((n, K)), np.empty((n, K))
        interactions = np.zeros((n, d, d, K)) if wants_pairs(call.options) else None
        estimated = True
        notes: dict[str, int] = {}
        told: dict[str, Counter[str]] = {}
        plan: Plan | None = None
        planned: Hashable = None
        for group, size in zip(groups, sizes, strict=True):
            # Groups come sorted by their number of players: one plan is held at a time.
            if plan is None or planned != self._plan_key(group.players):
                planned = self._plan_key(group.players)
                some = len(group.players) > 0
                plan = self._plan_for(group.players, budget, call) if some else _nobody()
            wide = np.zeros((len(plan.coalitions), d), dtype=bool)
            wide[1] = True
            wide[:, group.players] = plan.coalitions
            notes[plan.note] = notes.get(plan.note, 0) + len(group.samples)
            for part in _parts(group.samples, 8 * len(wide) * n_outputs):
                call.stop_if_cancelled()
                call.meter.begin(len(part) * size)
                played = game.play(take(X, part), wide, first=int(part[0]))
                chosen = list(call.outputs)
                base[part], fx[part] = played[:, 0, chosen], played[:, 1, chosen]
                step = 1 if plan.follow else plan.at_once or len(part)
                for at in range(0, len(part), step):
                    call.stop_if_cancelled()
                    mine, outcomes = part[at : at + step], played[at : at + step]
                    if plan.follow is None:
                        reading = plan.read(outcomes)
                    else:
                        play = partial(_further, game, X, int(mine[0]), group.players)
                        reading = plan.follow(outcomes[0], play)
                    cells = np.ix_(mine, group.players)
                    values[cells] = _adding_up(reading.values, outcomes)[..., chosen]
                    if interactions is not None and plan.pairs is not None:
                        index = plan.pairs(outcomes)[..., chosen]
                        pairs = with_main_effects(index, values[cells])
                        interactions[np.ix_(mine, group.players, group.players)] = pairs
                    if reading.errors is None:
                        estimated = False
                    else:
                        errors[cells] = reading.errors[..., chosen]
                    for name, counts in reading.notes.items():
                        told.setdefault(name, Counter()).update(counts)
        return Estimate(
            values,
            base,
            fx,
            standard_errors=errors if estimated else None,
            interactions=interactions,
            provenance={
                "model_rows": int(game.model_rows),
                "budget": budget,
                "samples_by_design": notes,
                **{name: dict(counts) for name, counts in told.items()},
            },
        )

    def _groups(self, X: Any) -> list[Group]:
        """Samples by who their players are, fewest players first."""
        found: dict[bytes, tuple[Bools, list[int]]] = {}
        for i in range(len(X)):
            varying = self.masker.varying(take(X, slice(i, i + 1)))
            found.setdefault(np.packbits(varying).tobytes(), (varying, []))[1].append(i)
        groups = [
            Group(np.asarray(samples, dtype=np.int64), np.flatnonzero(varying).astype(np.int64))
            for varying, samples in found.values()
        ]
        return sorted(groups, key=lambda group: len(group.players))


class CoalitionExplainer(PlanExplainer):
    """An explainer whose plan depends on how many players there are alone."""

    @abstractmethod
    def _plan(self, d: int, budget: int, call: Call) -> Plan:
        """The plan for d ≥ 1 players."""

    @abstractmethod
    def _coalitions(self, d: int, budget: int) -> int:
        """How many coalitions the plan for d players plays at most, without making it."""

    def _plan_for(self, players: Ints, budget: int, call: Call) -> Plan:
        return self._plan(len(players), budget, call)

    def _coalitions_for(self, players: Ints, budget: int) -> int:
        return self._coalitions(len(players), budget)

    def _plan_key(self, players: Ints) -> Hashable:
        return len(players)


def _further(game: Game, X: Any, sample: int, players: Ints, coalitions: Bools) -> Floats:
    """One sample's outcomes (q, K) of further coalitions of its players."""
    wide = np.zeros((len(coalitions), game.masker.n_players), dtype=bool)
    wide[:, players] = coalitions
    return game.play(take(X, slice(sample, sample + 1)), wide, first=sample)[0]


def _nobody() -> Plan:
    """The plan for samples that equal the whole background: the base value and nothing else."""

    def read(outcomes: Floats) -> Reading:
        nothing = np.zeros((outcomes.shape[0], 0, outcomes.shape[2]))
        return Reading(nothing, nothing)

    return Plan(np.zeros((2, 0), dtype=bool), read, "no varying feature")


def _parts(samples: Ints, bytes_each: int) -> Iterator[Ints]:
    """The samples in runs without a break, whose outcomes fit the memory set aside for them.

    Without a break, so that a complaint can name a sample by its position.
    """
    step = max(1, OUTCOME_BYTES // max(bytes_each, 1))
    for run in np.split(samples, np.flatnonzero(np.diff(samples) != 1) + 1):
        for start in range(0, len(run), step):
            yield run[start : start + step]


def _adding_up(values: Floats, outcomes: Floats) -> Floats:
    """Values (n, d, K) with the rounding error of their sum spread evenly over those not 0."""
    if values.shape[1] == 0:
        return values
    gap = outcomes[:, 1] - outcomes[:, 0] - values.sum(axis=1)
    # An exact 0 is a statement: a feature left out, or one that never mattered.
    moved = values != 0
    moved |= ~moved.any(axis=1, keepdims=True)
    spread: Floats = values + moved * (gap / moved.sum(axis=1))[:, None, :]
    return spread
