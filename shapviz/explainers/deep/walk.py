"""Deep refined: walks from baseline to sample in several segments, towards Shapley values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil, prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, complaint
from shapviz.explainers.base import Call, Estimate
from shapviz.explainers.checks import whole_number
from shapviz.explainers.deep import cost
from shapviz.explainers.deep.engine import seed_rows
from shapviz.explainers.deep.walk_design import order_of, segments_of
from shapviz.explainers.deep.walk_errors import standard_errors
from shapviz.explainers.options import Options, checked_tolerance

if TYPE_CHECKING:
    from shapviz.explainers.deep import DeepExplainer

__all__ = ["WalkOptions", "Walks", "refine"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ORDERS = 2
"""Antithetic pairs a background row when nothing is said: the fewest with standard errors."""

MOST_ASKED = 10_000
"""Most orders that can be asked for: beyond, standard errors are a hundredth of the spread."""

MOST_ORDERS = 64
"""Antithetic pairs a background row at which a tolerance gives up."""

TOLERANCE = 0.05
"""Of segments="auto": standard errors and changes, as a part of the range of the values."""


@dataclass(frozen=True)
class WalkOptions(Options):
    """What a call of Deep takes: see `DeepExplainer`."""

    segments: int | str = 1
    orders: int | None = None
    tolerance: float | None = None

    def __post_init__(self) -> None:
        fix = 'Use 1 for DeepLIFT in one step, 2 or more to come nearer, or "auto".'
        if self.segments != "auto":
            object.__setattr__(self, "segments", whole_number("segments", self.segments, 1, fix))
        tolerance = checked_tolerance(self.tolerance)
        object.__setattr__(self, "tolerance", tolerance)
        if tolerance is not None and self.segments == 1:
            raise InputError(
                complaint(
                    "tolerance",
                    "come with segments, for Deep: one step has no orders whose spread is an error",
                    tolerance,
                    'Add segments="auto", or segments=2 or more.',
                )
            )
        if self.orders is not None:
            sampled = tolerance is not None or self.segments == "auto"
            fix = "Leave it out for the default."
            orders = whole_number("orders", self.orders, 2 if sampled else 1, fix)
            if orders > MOST_ASKED:
                raise InputError(complaint("orders", f"be at most {MOST_ASKED:,}", orders, fix))
            object.__setattr__(self, "orders", orders)

    def asked(self) -> dict[str, Any]:
        """What identifies the question; in one segment there is no order to choose."""
        return {} if self.segments == 1 else super().asked()


@dataclass
class Found:
    """Values at one number of segments, for n samples, p features, K outputs.

    Attributes
    ----------
    values, errors : float64 (n, p, K)
    orders : int (n, K)
        Antithetic pairs a background row; 0 where nothing was asked.
    close : bool (n, K)
        Whether the standard errors are within the tolerance.
    """

    values: Floats
    errors: Floats
    orders: NDArray[np.int64]
    close: Bools

    @classmethod
    def nothing(cls, n: int, p: int, k: int) -> Found:
        """All zeros."""
        return cls(
            np.zeros((n, p, k)), np.zeros((n, p, k)), np.zeros((n, k), int), np.zeros((n, k), bool)
        )


def _spread_of(values: Floats) -> Floats:
    """Range (n, K) of each sample's values (n, p, K)."""
    return values.max(axis=1) - values.min(axis=1)


def _rounds(orders: int, growing: bool) -> Iterator[int]:
    """How many orders each round adds: all at once, or 2, 2, 4, 8 … up to `orders`."""
    done = 0
    while done < orders:
        count = min(max(done, 2), orders - done) if growing else orders
        # A lone order left over has no spread of its own: it goes with the round before.
        count += orders - done - count == 1
        yield count
        done += count


@dataclass
class Walks:
    """All samples' walks, played in steps bounded in memory and time."""

    explainer: DeepExplainer
    samples: NDArray[Any]
    outputs: list[int]
    call: Call
    pairs: int = 0
    residual: float = 0.0
    _baselines: NDArray[Any] = field(init=False)
    _weights: Floats = field(init=False)

    def __post_init__(self) -> None:
        self._baselines, self._weights = self.explainer.baselines, self.explainer.weights
        self.features = prod(self.samples.shape[1:])

    def at(self, segments: int, wanted: Bools, orders: int, tolerance: float | None) -> Found:
        """Values in this number of segments where `wanted` (n, K)."""
        found = Found.nothing(wanted.shape[0], self.features, wanted.shape[1])
        total, spread, fourth = (np.zeros_like(found.values) for _ in range(3))
        left, done, degrees = wanted.copy(), 0, 0
        for count in _rounds(orders, tolerance is not None):
            i, m = np.flatnonzero(left.any(1)), np.flatnonzero(left.any(0))
            cells = np.ix_(i, np.arange(self.features), m)
            sums = self._round(i, m, segments, done, count)
            for whole, part in zip((total, spread, fourth), sums, strict=True):
                whole[cells] += part
            done, degrees = done + count, degrees + count - 1
            here = left[:, None, :]
            found.values = np.where(here, total / done, found.values)
            found.orders[left] = done
            if degrees:
                errors = standard_errors(spread, fourth, self._varied(), degrees, done)
                found.errors = np.where(here, errors, found.errors)
            if tolerance is not None:
                allowed = tolerance * _spread_of(found.values)
                found.close |= left & (found.errors.max(axis=1) <= allowed)
                left &= ~found.close
                if not left.any():
                    break
        return found

    def _round(
        self, rows: NDArray[np.int64], outputs: NDArray[np.int64], segments: int, first: int, n: int
    ) -> tuple[Floats, ...]:
        """For n orders from `first` on, (rows, p, outputs) each: the sum over orders of the
        values; the sum over baselines of weight² × squared deviations from the baseline's mean;
        and the sum of that one's squares."""
        shape = (len(rows), self.features, len(outputs))
        found = tuple(np.zeros(shape) for _ in range(3))
        for start in range(0, len(outputs), cost.MOST_OUTPUTS):
            m = slice(start, start + cost.MOST_OUTPUTS)
            chosen = [self.outputs[output] for output in outputs[m]]
            step, size, fused = self._step(len(rows), segments, len(chosen), n)
            b = min(len(self._baselines), max(size // 2, 1))
            s = max(size // (2 * b), 1)
            seeds = seed_rows(chosen, self.explainer.graph.n_outputs)
            for i in range(0, len(rows), s):
                part = self.samples[rows[i : i + s]]
                for j in range(0, len(self._baselines), b):
                    where = np.arange(j, min(j + b, len(self._baselines)))
                    sums = self._block(
                        step, part, where, seeds, segments, range(first, first + n), size * fused
                    )
                    for whole, more in zip(found, sums, strict=True):
                        whole[i : i + s, :, m] += more
        return found

    def _block(
        self,
        step: Any,
        samples: NDArray[Any],
        where: NDArray[np.int64],
        seeds: Floats,
        segments: int,
        orders: range,
        size: int,
    ) -> tuple[Floats, Floats, Floats]:
        """What `_round` sums, for a block of samples and baselines that fits one step."""
        s, b = len(samples), len(where)
        high = np.repeat(samples, b, axis=0)
        low = np.tile(self._baselines[where], (s,) + (1,) * (samples.ndim - 1))
        varies = (high != low).reshape(s, b, -1)
        weights = self._weights[where]
        mean = np.zeros((len(seeds), s, b, self.features))
        squares = np.zeros_like(mean)
        # Filled up to the size that a fused step was compiled for.
        filled = np.minimum(np.arange(size or 2 * s * b), 2 * s * b - 1)
        highs, lows = (np.concatenate([half, half])[filled] for half in (high, low))
        for number, order in enumerate(orders):
            self.call.stop_if_cancelled()
            work = s * b * 2 * segments * len(seeds)
            self.call.meter.begin(work)
            drawn = np.stack(
                [order_of(self.features, int(row), order, self.call.seed) for row in where]
            )
            forth = segments_of(varies, drawn, segments).reshape(s * b, -1)
            both = np.concatenate([forth, segments - 1 - forth])[filled]
            shares, left = step(highs, lows, both, np.int32(segments), seeds)
            halves = shares.numpy()[:, : 2 * s * b].reshape(len(seeds), 2, s, b, -1)
            # Welford's update: a small spread around a large value must not cancel.
            off = halves.mean(axis=1) - mean
            mean += off / (number + 1)
            squares += off**2 * (number / (number + 1))
            self.residual = max(self.residual, float(left))
            self.pairs += s * b * 2 * segments
            self.call.meter(work, work)
        return (
            np.einsum("ksbp,b->spk", mean, weights) * len(orders),
            np.einsum("ksbp,b->spk", squares, weights**2),
            np.einsum("ksbp,b->spk", squares**2, weights**4),
        )

    def _varied(self) -> Bools:
        """Whether a feature (n, p) differs from any baseline: only those can have a spread."""
        rows = self.samples.reshape(len(self.samples), -1)
        baselines = self._baselines.reshape(len(self._baselines), -1)
        return (rows[:, None] != baselines[None]).any(axis=1)

    def _step(self, rows: int, segments: int, k: int, orders: int) -> tuple[Any, int, bool]:
        """The compiled step, how many walks it takes at once, and whether exactly so many."""
        each = cost.visits(self.explainer.graph.body)
        pairs = min(cost.CALL_WORK / (3 + k), cost.CALL_ELEMENTS) / each
        held = cost.CALL_ELEMENTS / (4 * self.features * k)
        walks = 2 * max(int(min(pairs / segments, held)) // 2, 1)
        walks = min(walks, 2 * rows * len(self._baselines))
        work = each * 2 * rows * len(self._baselines) * segments * orders * (3 + k)
        small = len(self.explainer.graph.body.ops) * k <= cost.COMPILABLE
        fused = work > cost.WORTH_COMPILING and small
        fused = fused and not cost.has_text(self.explainer.graph.body)
        if fused:
            b = min(len(self._baselines), walks // 2)
            walks = 2 * b * (walks // (2 * b))
        return self.explainer._walk_step((walks, segments, k) if fused else None), walks, fused


def refine(explainer: DeepExplainer, X: Any, call: Call, options: WalkOptions) -> Estimate:
    """The estimate in several segments, their number fixed or found."""
    samples, chosen = explainer.as_rows(X), list(call.outputs)
    walks = Walks(explainer, samples, chosen, call)
    if options.segments == "auto":
        found, segments, far = _growing(walks, options)
    else:
        # A feature changes once: more segments than features would be empty.
        count = min(int(options.segments), walks.features)
        tolerance = options.tolerance
        orders = options.orders or (ORDERS if tolerance is None else MOST_ORDERS)
        _plan(walks, [count], orders)
        everything = np.ones((len(samples), len(chosen)), dtype=bool)
        found = walks.at(count, everything, orders, tolerance)
        segments = np.full(found.orders.shape, count)
        far = ~found.close if tolerance is not None else ~everything
    met = int(segments.max()), int(found.orders.max())
    single = segments.min() == segments.max()
    return Estimate(
        values=found.values,
        base_values=np.tile(explainer.base_row[chosen], (len(samples), 1)),
        predictions=explainer.linked(X, call)[:, chosen],
        standard_errors=found.errors if found.orders.min() > 1 or not single else None,
        provenance={
            "estimand": f"deep({met[0]})" if options.segments != "auto" else "deep(auto)",
            "segments": met[0],
            "orders": met[1],
            "passes": walks.pairs,
            "model_rows": walks.pairs * 2,
            "backward_rows": walks.pairs * len(chosen),
            "largest_residual": walks.residual,
            "answers_by_segments": _counted(segments),
            "answers_by_orders": _counted(found.orders),
            "beyond_tolerance": int(far.sum()),
        },
    )


def _counted(numbers: NDArray[Any]) -> dict[str, int]:
    """How many answers (a sample's values for an output) each number stands for."""
    return {str(number): n for number, n in sorted(Counter(numbers.ravel().tolist()).items())}


def _plan(walks: Walks, segments: list[int], orders: int) -> None:
    """Tell the meter the most that may come."""
    rows = len(walks.samples) * len(walks._baselines) * len(walks.outputs)
    walks.call.meter.plan(rows * sum(segments) * 2 * orders)


def _growing(walks: Walks, options: WalkOptions) -> tuple[Found, NDArray[np.int64], Bools]:
    """Twice the segments until neither the orders nor the last doubling leave more than the
    tolerance, for each sample and output: what was found, in how many, and what was not reached."""
    d, n, k = walks.features, len(walks.samples), len(walks.outputs)
    tolerance = TOLERANCE if options.tolerance is None else options.tolerance
    orders = MOST_ORDERS if options.orders is None else options.orders
    stages = [min(2**stage, d) for stage in range(1, ceil(np.log2(max(d, 2))) + 1)]
    _plan(walks, stages, orders)
    found, segments = Found.nothing(n, d, k), np.ones((n, k), dtype=np.int64)
    wanted = np.ones((n, k), dtype=bool)
    found.values = walks.explainer.in_one(walks.samples, walks.outputs, walks.call)
    if d == 1:
        return found, segments, ~wanted
    for count in stages:
        now = walks.at(count, wanted, orders, tolerance)
        # What a change owes to the orders alone does not count.
        doubt = np.hypot(now.errors, found.errors)
        change = (np.abs(now.values - found.values) - doubt).max(axis=1)
        settled = change <= tolerance * _spread_of(now.values)
        here = wanted[:, None, :]
        found.values = np.where(here, now.values, found.values)
        found.errors = np.where(here, now.errors, found.errors)
        for name in ("orders", "close"):
            setattr(found, name, np.where(wanted, getattr(now, name), getattr(found, name)))
        segments[wanted] = count
        wanted = wanted & ~settled & (count < d)
        if not wanted.any():
            break
    return found, segments, ~found.close
