"""From the outcomes of a paired design to Shapley values: by regression, Gaussian process or trees.

Which is nearer depends on the game. Each is asked to predict the pairs of one third of the design
from the others, everything it chooses for itself included; who predicts best gives the values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from shapviz.coalitions import LOOSE, Design, determines
from shapviz.errors import InputError, complaint
from shapviz.explainers import forest, gaussian, gaussian_even
from shapviz.explainers.appending import TolerantOptions
from shapviz.explainers.coalitional import Plan, Reading
from shapviz.explainers.gaussian import Prior
from shapviz.explainers.interactions import PairOptions
from shapviz.explainers.permutation import widened
from shapviz.explainers.regression import Regression, regression
from shapviz.explainers.selecting import as_selection

__all__ = ["ESTIMATORS", "KernelOptions", "paired_plan"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FOLDS = 3

ROUNDING = 1e-9
"""Relative error of predictions at which a game counts as additive."""

WLS, TIED, FREE, TREES = "wls", "gp", "gp by feature", "trees"
CANDIDATES = (WLS, TIED, FREE, TREES)
"""What may give the values, as provenance names it."""

ESTIMATORS = {"auto": (0, 1, 2, 3), "wls": (0,), "gp": (1, 2)}
"""Name asked for → positions of the candidates it chooses from."""

HOPELESS = 10.0
"""Trees that miss the first third of the pairs by this factor more are not asked about the rest."""

WIDEST = 128
"""Features beyond which no trees are grown: they take their time with each."""


@dataclass(frozen=True)
class KernelOptions(PairOptions, TolerantOptions):
    """What a call of Kernel takes: see `KernelExplainer`."""

    estimator: str = "auto"
    l1_reg: str | float | bool = False

    def __post_init__(self) -> None:
        PairOptions.__post_init__(self)
        TolerantOptions.__post_init__(self)
        if self.estimator not in ESTIMATORS:
            names = ", ".join(map(repr, ESTIMATORS))
            raise InputError(
                complaint("estimator", f"be one of {names}", self.estimator, "Use 'auto'.")
            )
        # Read for its complaint alone: what it selects depends on the number of players.
        as_selection(self.l1_reg, 0.0)
        if self.l1_reg and self.tolerance is not None:
            raise InputError(
                complaint(
                    "tolerance",
                    "be left out with l1_reg, which has no standard errors to judge by",
                    self.tolerance,
                    "Give a budget, or use l1_reg=False.",
                )
            )
        if self.interactions and (self.estimator == WLS or self.l1_reg):
            raise InputError(
                complaint(
                    "interactions",
                    "be False with estimator='wls' or l1_reg, which know of none",
                    self.interactions,
                    "Use estimator='auto' and l1_reg=False.",
                )
            )


@dataclass(frozen=True)
class _Fold:
    """A third of the pairs, and the regression over the others (None: they leave values open)."""

    test: Ints
    train: Ints
    regression: Regression | None


@dataclass(frozen=True, eq=False)
class _Reader:
    """Reads values off the outcomes of a design."""

    design: Design
    candidates: tuple[int, ...]

    @cached_property
    def signs(self) -> Floats:
        """Pairs as ±1, the full coalition below them."""
        pairs = np.where(self.design.pairs, 1.0, -1.0)
        return np.concatenate([pairs, np.ones((1, pairs.shape[1]))])

    @cached_property
    def unseen(self) -> Floats:
        """Share of the pairs of each row's size that was not drawn."""
        return np.append(1.0 - self.design.shares, 0.0)

    @cached_property
    def whole(self) -> Regression:
        return regression(self.design)

    @cached_property
    def folds(self) -> list[_Fold]:
        every = np.arange(len(self.design.pairs))
        folds = []
        for k in range(FOLDS):
            train = every[every % FOLDS != k]
            part = self.design.take(train)
            solved = regression(part) if determines(part.pairs) else None
            folds.append(_Fold(every[every % FOLDS == k], train, solved))
        return folds

    def __call__(self, outcomes: Floats) -> Reading:
        """Read samples of outcomes (n, m, K), each sample and output by what suits it."""
        # Threads wait for each other longer than they work on matrices of some hundred rows.
        with threadpool_limits(1, "blas"):
            return self._read(outcomes)

    def _read(self, outcomes: Floats) -> Reading:
        n, _, K = outcomes.shape
        P = len(self.design.pairs)
        odd = (outcomes[:, 2 : 2 + P] - outcomes[:, 2 + P :]) / 2.0
        total = outcomes[:, 1] - outcomes[:, 0]
        # One matrix product for all samples and outputs: (P, n·K).
        flat = odd.transpose(1, 0, 2).reshape(P, n * K)
        found = self.whole.values(flat, total.reshape(-1))
        spread = self.whole.errors(flat, found)
        values, errors = _back(found, n, K), None if spread is None else _back(spread, n, K)
        used = np.full((n, K), WLS, dtype=object)
        if errors is None or self.candidates == (0,) or LOOSE * self.design.d // 2 > P + 1:
            # Too few pairs to compare by, or nothing to compare.
            return Reading(values, errors, {"estimator": used})
        for i in range(n):
            chosen = self._put_better(outcomes[i], odd[i], values[i], errors[i])
            used[i] = [CANDIDATES[k] for k in chosen]
        return Reading(values, errors, {"estimator": used})

    def _put_better(self, outcomes: Floats, odd: Floats, values: Floats, errors: Floats) -> Ints:
        """Values and errors (d, K) of one sample replaced where another candidate does better.

        Returns the position of the candidate used for each output.
        """
        total = outcomes[1] - outcomes[0]
        chosen = np.zeros(len(total), dtype=np.int64)
        scale = np.abs(np.vstack([odd, total[None] / 2])).max(axis=0)
        additive = self._regression_misses(odd, total) <= (ROUNDING * scale) ** 2
        left = np.flatnonzero(~additive)
        if not left.size:
            return chosen
        played = (outcomes[:, left] - outcomes[0, left]) / scale[left]
        odd, total, scale = odd[:, left], total[left], scale[left]
        data = np.vstack([odd, total[None] / 2]) / scale
        processes, priors = self._process_misses(data)
        losses = np.vstack(
            [
                self._regression_misses(odd, total) / scale**2,
                processes.sum(axis=1),
                self._forest_misses(played, data, processes.min(axis=0))[None],
            ]
        )
        allowed = np.asarray(self.candidates)
        best = allowed[losses[allowed].argmin(axis=0)]
        chosen[left] = best
        # Trees know nothing of their error: the better process lends them its own.
        judge = np.where(best == 3, 1 + losses[1:3].argmin(axis=0), best)
        learned = gaussian.learn(self.signs, data, begun=priors)
        for k, prior in zip((1, 2), learned, strict=True):
            mine = np.flatnonzero(judge == k)
            if mine.size:
                found = gaussian.posterior(self.signs, data[:, mine], prior, self.unseen)
                values[:, left[mine]] = found.values * scale[mine]
                # Never narrowed: the prior was chosen for its fit to the pairs then left out.
                spread = np.sqrt(found.variances * np.maximum(found.surprise, 1.0))
                errors[:, left[mine]] = self._widening(k) * spread * scale[mine]
        mine = np.flatnonzero(best == 3)
        if mine.size:
            grown = forest.grow(self.design.coalitions, played).values()[:, mine]
            # Each tree meets the total but for rounding.
            grown += (played[1, mine] - grown.sum(axis=0)) / len(grown)
            values[:, left[mine]] = grown * scale[mine]
            ratio = losses[3, mine] / losses[judge[mine], mine]
            errors[:, left[mine]] *= np.sqrt(np.maximum(ratio, 1 / len(odd)))
        return chosen

    def pairs(self, outcomes: Floats) -> Floats:
        """The interaction index (n, d, d, K), from the even part of the same outcomes."""
        n, _, K = outcomes.shape
        P, d = self.design.pairs.shape
        odd = outcomes[:, 2 : 2 + P] - outcomes[:, 2 + P :]
        ends = outcomes[:, :1] + outcomes[:, 1:2]
        even = (outcomes[:, 2 : 2 + P] + outcomes[:, 2 + P :] - ends) / 2.0
        index = np.zeros((n, d, d, K))
        with threadpool_limits(1, "blas"):
            for i in range(n):
                scale = np.abs(even[i]).max(axis=0)
                left = np.flatnonzero(scale > ROUNDING * np.abs(odd[i]).max(axis=0))
                if left.size:
                    data = np.vstack([even[i][:, left] / scale[left], np.zeros((1, left.size))])
                    # A strength for each feature: nearer than a common one on most games, never
                    # far off.
                    _, prior = gaussian_even.learn(self.signs, data)
                    found = gaussian_even.posterior(self.signs, data, prior)
                    index[i][..., left] = found * scale[left]
        return index

    def _regression_misses(self, odd: Floats, total: Floats) -> Floats:
        """Mean squared error (K,) of the regression at pairs it has not seen."""
        missed = np.zeros(len(total))
        for fold in self.folds:
            if fold.regression is None:
                return np.full(len(total), np.inf)
            values = fold.regression.values(odd[fold.train], total)
            predicted = fold.regression.predict(values, self.signs[fold.test])
            missed += self.design.weights[fold.test] @ (odd[fold.test] - predicted) ** 2
        return missed

    def _process_misses(self, data: Floats) -> tuple[Floats, list[tuple[Prior, Prior]]]:
        """The same (2, folds, K) of both Gaussian processes, and the priors by fold, learned
        without its pairs."""
        missed = np.zeros((2, FOLDS, data.shape[1]))
        learned: list[tuple[Prior, Prior]] = []
        last = len(self.signs) - 1
        for f, fold in enumerate(self.folds):
            known, asked = np.append(fold.train, last), self.signs[fold.test]
            learned.append(gaussian.learn(self.signs[known], data[known]))
            for k, prior in enumerate(learned[-1]):
                predicted = gaussian.predict(self.signs[known], data[known], prior, asked)
                missed[k, f] = self.design.weights[fold.test] @ (data[fold.test] - predicted) ** 2
        return missed, learned

    def _forest_misses(self, played: Floats, data: Floats, others: Floats) -> Floats:
        """The same (K,) of a forest, infinite where it is out of the running with `others`."""
        coalitions, P = self.design.coalitions, len(self.design.pairs)
        missed = np.zeros(played.shape[1])
        if 3 not in self.candidates or coalitions.shape[1] > WIDEST:
            return np.full_like(missed, np.inf)
        for f, fold in enumerate(self.folds):
            known = np.concatenate([[0, 1], 2 + fold.train, 2 + P + fold.train])
            grown = forest.grow(coalitions[known], played[known])
            halves = self.design.pairs[fold.test]
            predicted = (grown.predict(halves) - grown.predict(~halves)) / 2
            missed += self.design.weights[fold.test] @ (data[fold.test] - predicted) ** 2
            if f == 0 and (missed > HOPELESS * others[0]).all():
                return np.full_like(missed, np.inf)
        return missed

    def _widening(self, candidate: int) -> float:
        """Factor for standard errors: the posterior takes its prior for known, but it was learned
        from the same pairs."""
        P, d = self.signs.shape
        spent = 2 * d if CANDIDATES[candidate] == FREE else 0
        return widened(max(P - max(spent, d), 3)) * float(np.sqrt(P / max(P - spent, P / 4)))


def _back(flat: Floats, n: int, K: int) -> Floats:
    """(d, n·K) as (n, d, K), to be written into."""
    return np.ascontiguousarray(flat.reshape(-1, n, K).transpose(1, 0, 2))


def paired_plan(design: Design, estimator: str) -> Plan:
    """The plan that plays a design's coalitions and reads values off them."""
    reader = _Reader(design, ESTIMATORS[estimator])
    # The process takes its time for a sample; the regression takes all of them at once.
    at_once = None if estimator == "wls" else 1
    return Plan(design.coalitions, reader, "paired leverage sampling", at_once, pairs=reader.pairs)
