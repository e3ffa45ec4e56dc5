"""What Exact, Permutation and Kernel share: play a plan's coalitions, read the values off.

A method only says which coalitions its plan holds for d players and how values are read from
their outcomes. Grouping samples, leaving constant features out, memory and progress live here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, complaint
from shapviz.explainers.appending import TolerantOptions, growing
from shapviz.explainers.base import BaseExplainer, Call, Estimate, take
from shapviz.explainers.interactions import wants_pairs
from shapviz.explainers.plans import FULL, Plan, Play, Reading, Stage, Stages
from shapviz.explainers.told import Told
from shapviz.games import Game
from shapviz.maskers import Grouped

__all__ = ["CoalitionExplainer", "Group", "Plan", "PlanExplainer", "Play", "Reading"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OUTCOME_BYTES = 32 * 2**20
"""Memory that the outcomes of one part of the samples may take."""

COALITION_BYTES = 2**30
"""Memory that the coalitions of a plan may take."""

MOST_SAMPLES = 2**16
"""Samples in one part, whatever their size."""


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

    def _plans_for(self, players: Ints, budgets: Sequence[int], call: Call) -> Iterator[Plan]:
        """The plans of growing budgets; what a larger one has in common is not played again."""
        return (self._plan_for(players, budget, call) for budget in budgets)

    def _part_size(self, call: Call) -> int:
        """Most samples that are played together, and then read: fewer where reading is slow, so
        that progress goes on."""
        return MOST_SAMPLES

    def _first_budget(self, d: int) -> int:
        """Coalitions of the first stage on the way to a tolerance."""
        return self._default_budget(d)

    def _expected_in(self, game: Game) -> Floats:
        return game.base()

    def _game(self, call: Call | None = None) -> Game:
        if call is None:
            return super()._game()
        meter, cancel, known = call.meter, call.cancel, call.known
        return Game(self.predictor, self.masker, self.link, meter, cancel, known=known)

    def _estimate(self, X: Any, call: Call) -> Estimate:
        budget = self._default_budget(self.masker.n_players) if call.budget is None else call.budget
        groups = self._groups(X)
        rows = len(self.masker.weights)
        most = [self._coalitions_for(group.players, budget) for group in groups]
        for group, size in zip(groups, most, strict=True):
            _check_size(size, len(group.players), budget)
        planned = sum(len(g.samples) * m * rows for g, m in zip(groups, most, strict=True))
        call.meter.plan(planned)
        game = self._game(call)
        told = Told.nothing(
            len(X), self.masker.n_players, len(call.outputs), pairs=wants_pairs(call.options)
        )
        n_outputs = max(self.predictor.n_outputs or 1, 1)
        stages: Stages | None = None
        staged: Hashable = None
        for group, size in zip(groups, most, strict=True):
            # Groups come sorted by their number of players: the plans of one are held at a time.
            if stages is None or staged != self._plan_key(group.players):
                staged = self._plan_key(group.players)
                stages = self._stages(group.players, budget, call)
            for part in _parts(group.samples, 8 * size * n_outputs, self._part_size(call)):
                self._explain(X, Group(part, group.players), stages, game, call, told)
        return told.estimate(budget, int(game.model_rows), _tolerance(call))

    def _stages(self, players: Ints, budget: int, call: Call) -> Stages:
        """The stages for these players: one, or as many as it takes to be within a tolerance."""
        d = len(players)
        if d == 0:
            return Stages([budget], iter([_nobody()]))
        budgets = [budget]
        if _tolerance(call) is not None:
            budgets = growing(self._first_budget(d), min(budget, 2**d))
        return Stages(budgets, self._plans_for(players, budgets, call))

    def _explain(
        self, X: Any, part: Group, stages: Stages, game: Game, call: Call, told: Told
    ) -> None:
        """Stage after stage for those samples of the part that are not within the tolerance."""
        left, known = part, np.empty((len(part.samples), 0, 0))
        chosen, tolerance = list(call.outputs), _tolerance(call)
        for stage in stages:
            known = self._played(X, left, stage, known, game, call)
            step = 1 if stage.plan.follow else stage.plan.at_once or len(known)
            for at in range(0, len(known), step):
                call.stop_if_cancelled()
                samples, outcomes = left.samples[at : at + step], known[at : at + step]
                if stage.plan.follow is None:
                    reading = stage.plan.read(outcomes)
                else:
                    play = partial(_further, game, X, int(samples[0]), left.players)
                    reading = stage.plan.follow(outcomes[0], play)
                reading = replace(reading, values=_adding_up(reading.values, outcomes))
                told.take(samples, left.players, outcomes, reading, chosen, stage)
            if tolerance is None:
                return
            open_still = ~told.judge(left.samples, tolerance).all(axis=1)
            left, known = Group(left.samples[open_still], left.players), known[open_still]
            if not left.samples.size:
                return

    def _played(
        self, X: Any, group: Group, stage: Stage, known: Floats, game: Game, call: Call
    ) -> Floats:
        """Outcomes (n, m, K) of a stage's coalitions, given those of the stage before."""
        fresh = stage.transfer.fresh
        call.stop_if_cancelled()
        call.meter.begin(len(group.samples) * len(fresh) * len(self.masker.weights))
        if not fresh.size:
            return stage.transfer.outcomes(known, known[:, :0])
        wide = np.zeros((len(fresh), self.masker.n_players), dtype=bool)
        # The full coalition is full for features that are no players, too.
        wide[fresh == FULL] = True
        wide[:, group.players] = stage.plan.coalitions[fresh]
        played = game.play(take(X, group.samples), wide, first=group.samples)
        return stage.transfer.outcomes(known, played) if known.size else played

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
    """An explainer whose plan depends on how many players there are alone.

    Parameters
    ----------
    model, background
        As `BaseExplainer`'s.
    groups : mapping of str to sequence of str, optional
        Features that are kept or hidden together, as one player each: the explanation has one
        value for a group, and its data read ``name=value, name=value``. Unlike a sum of single
        values afterwards (`Explanation.sum_groups`) it costs one player, and gives the Shapley
        value of the group. `feature_names` are then those of the single features, and
        `feature_units` those of the players.
    **options
        As `BaseExplainer`'s.
    """

    def __init__(
        self,
        model: Any,
        background: Any,
        *,
        groups: Mapping[str, Sequence[str]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(model, background, **options)
        if groups is not None:
            self.masker = Grouped(self.masker, groups)
            self.feature_names = self.masker.feature_names

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

    def _plans(self, d: int, budgets: Sequence[int], call: Call) -> Iterator[Plan]:
        """The plans of growing budgets."""
        return (self._plan(d, budget, call) for budget in budgets)

    def _plans_for(self, players: Ints, budgets: Sequence[int], call: Call) -> Iterator[Plan]:
        return self._plans(len(players), budgets, call)

    def _plan_key(self, players: Ints) -> Hashable:
        return len(players)


def _further(game: Game, X: Any, sample: int, players: Ints, coalitions: Bools) -> Floats:
    """One sample's outcomes (q, K) of further coalitions of its players."""
    wide = np.zeros((len(coalitions), game.masker.n_players), dtype=bool)
    wide[:, players] = coalitions
    return game.play(take(X, slice(sample, sample + 1)), wide, first=np.array([sample]))[0]


def _tolerance(call: Call) -> float | None:
    """The tolerance of a call, where its method takes one and it was given."""
    return call.options.tolerance if isinstance(call.options, TolerantOptions) else None


def _nobody() -> Plan:
    """The plan for samples that equal the whole background: the base value and nothing else."""

    def read(outcomes: Floats) -> Reading:
        nothing = np.zeros((outcomes.shape[0], 0, outcomes.shape[2]))
        return Reading(nothing, nothing)

    return Plan(np.zeros((2, 0), dtype=bool), read, "no varying feature")


def _check_size(coalitions: int, d: int, budget: int) -> None:
    """InputError for more coalitions than can be held."""
    if coalitions * d > COALITION_BYTES:
        raise InputError(
            complaint(
                "budget",
                f"be at most {COALITION_BYTES // d:,} for {d} features, whose coalitions then "
                "fill a gigabyte",
                budget,
                "A thousand times the number of features is a large budget.",
            )
        )


def _parts(samples: Ints, bytes_each: int, most: int) -> Iterator[Ints]:
    """The samples in parts whose outcomes fit the memory set aside for them."""
    step = min(max(1, OUTCOME_BYTES // max(bytes_each, 1)), most)
    for start in range(0, len(samples), step):
        yield samples[start : start + step]


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
