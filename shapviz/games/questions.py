"""Which questions samples and coalitions come down to: equal masked rows are asked about once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Plan", "Questions", "plan", "plan_all"]

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BACKGROUND, SAMPLE, MIXED = 0, 1, 2
"""How `Plan.answer` counts: background alone, sample alone, then the mixed ones."""


@dataclass(frozen=True)
class Plan:
    """What one sample's coalitions ask, given its varying features.

    Attributes
    ----------
    mixed : int64 (u,)
        Positions, in the coalition matrix, of the distinct ones that mix sample and background.
    answer : int64 (m,)
        Each coalition's answer: 0 the background alone, 1 the sample alone, 2 + i the i-th mixed.
    """

    mixed: Ints
    answer: Ints

    @property
    def asks_background(self) -> bool:
        """Whether some coalition keeps nothing that varies."""
        return bool((self.answer == BACKGROUND).any())

    @property
    def asks_sample(self) -> bool:
        """Whether some coalition keeps everything that varies."""
        return bool((self.answer == SAMPLE).any())


@dataclass(frozen=True)
class Questions:
    """What all samples ask, as flat lists that can be cut into batches anywhere.

    Attributes
    ----------
    plans : tuple of Plan, length n
    m : int
        Coalitions per sample.
    """

    plans: tuple[Plan, ...]
    m: int

    @property
    def background(self) -> bool:
        """Whether any sample asks about the background alone."""
        return any(p.asks_background for p in self.plans)

    @cached_property
    def alone(self) -> Ints:
        """Positions of the samples that are asked about as they are."""
        return np.array([i for i, p in enumerate(self.plans) if p.asks_sample], dtype=np.int64)

    @property
    def alike(self) -> bool:
        """Whether all samples are asked about the same coalitions."""
        return all(p is self.plans[0] for p in self.plans)

    @cached_property
    def samples(self) -> Ints:
        """The sample of each mixed pair, (t,), in ascending order."""
        return np.repeat(np.arange(len(self.plans)), [p.mixed.size for p in self.plans])

    @cached_property
    def coalitions(self) -> Ints:
        """The coalition's position for each mixed pair, (t,)."""
        return np.concatenate([p.mixed for p in self.plans])

    def assemble(
        self, background: Floats | None, alone: Floats | None, mixed: Floats | None
    ) -> Floats:
        """Return the answers in their places.

        Parameters
        ----------
        background : float64 (K,), optional
        alone : float64 (len(alone), K), optional
        mixed : float64 (t, K), optional
            Each is needed only where it is asked for.

        Returns
        -------
        float64 (n, m, K)
        """
        k = next(part.shape[-1] for part in (background, alone, mixed) if part is not None)
        means = np.empty((len(self.plans), self.m, k))
        own = iter(()) if alone is None else iter(alone)
        start = 0
        for row, p in zip(means, self.plans, strict=True):
            stop = start + p.mixed.size
            if background is not None:
                row[p.answer == BACKGROUND] = background
            if p.asks_sample:
                row[p.answer == SAMPLE] = next(own)
            if mixed is not None:
                inner = p.answer >= MIXED
                row[inner] = mixed[start:stop][p.answer[inner] - MIXED]
            start = stop
        return means


def plan(coalitions: Bools, varying: Bools, *, alike: bool = True) -> Plan:
    """Return one sample's plan: coalitions that agree on what varies show the model the same.

    Parameters
    ----------
    coalitions : bool (m, d)
    varying : bool (d,)
        With nothing that varies, sample and background are one, and the sample answers for all.
    alike : bool, default True
        Whether the background alone is the same for all samples; else it is asked of each.

    Returns
    -------
    Plan
    """
    seen = coalitions[:, varying]
    kept = seen.sum(axis=1)
    full = seen.shape[1]
    answer = np.full(len(coalitions), BACKGROUND, dtype=np.int64)
    answer[kept == full] = SAMPLE
    inner = np.flatnonzero((kept >= alike) & (kept < full))
    if inner.size == 0:
        return Plan(inner, answer)
    packed = np.ascontiguousarray(np.packbits(seen[inner], axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).reshape(-1)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    # Numbered in the order of the coalitions given, not of their bits.
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    answer[inner] = MIXED + rank[inverse.reshape(-1)]
    return Plan(inner[first[order]], answer)


def plan_all(coalitions: Bools, varying: Iterable[Bools], *, alike: bool = True) -> Questions:
    """Return the plans of samples with these varying features; equal ones share a plan."""
    known: dict[bytes, Plan] = {}
    plans = []
    for flags in varying:
        key = flags.tobytes()
        if key not in known:
            known[key] = plan(coalitions, flags, alike=alike)
        plans.append(known[key])
    return Questions(tuple(plans), len(coalitions))
