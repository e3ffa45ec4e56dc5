"""A window of signals and its players: who holds which steps of which signal, what was read there.

What the views of sequences share. An explanation's players are a window's entries, its steps,
blocks of steps, or its signals.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.entry_names import signals_of
from shapviz.errors import InputError, Words, complaint
from shapviz.explanation import Explanation
from shapviz.types import Array, FloatArray
from shapviz.views.modality import of_input_words

__all__ = ["Window", "window_of"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Window:
    """One sample's window.

    Attributes
    ----------
    signals, units : tuple of str
        A name and a unit each; units are empty where unknown.
    readings : array of shape (time, signal) or None
        What people should read; numbers where it can be drawn.
    owner : int array of shape (time, signal)
        Which player holds each entry; −1 for none.
    """

    signals: tuple[str, ...]
    units: tuple[str, ...]
    readings: Array | None
    owner: Ints

    @property
    def shape(self) -> tuple[int, int]:
        """Time steps and signals."""
        steps, features = self.owner.shape
        return steps, features

    def laid(self, values: FloatArray) -> FloatArray:
        """Return the players' values (p,) over the window's entries, 0 where nobody stands."""
        return np.append(values, 0.0)[self.owner]

    @property
    def blocks(self) -> tuple[Ints, Ints] | None:
        """Players' first and last steps where each holds steps of its own; None where not.

        Signals held together share a player's steps; players of one step stand in it together.
        """
        first, last = _extent(self.owner, axis=0)
        found = sorted(set(zip(first.tolist(), last.tolist(), strict=True)))
        apart = all(b < c for (_, b), (c, _) in pairwise(found))
        if not apart or (len(found) == 1 and self.shape[0] > 1):
            return None
        starts, stops = zip(*found, strict=True)
        return np.array(starts), np.array(stops)

    @property
    def apart_by_signal(self) -> bool:
        """Whether no player holds entries of two signals."""
        first, last = _extent(self.owner, axis=1)
        return bool((first == last).all())

    @property
    def is_band(self) -> bool:
        """Whether every player holds all of several signals: one band over time, no lanes."""
        return self.shape[1] > 1 and bool((self.owner == self.owner[:, :1]).all())

    def by_block(self, values: FloatArray) -> FloatArray:
        """Return sums of the players' values (p, …) in each of `blocks`."""
        if self.blocks is None:
            raise ValueError("players that stand in several steps have no sums by time")
        first, _ = _extent(self.owner, axis=0)
        return _sums(values, np.searchsorted(self.blocks[0], first), len(self.blocks[0]))

    def by_signal(self, values: FloatArray) -> FloatArray:
        """Return sums of the players' values (p, …) in each signal."""
        first, _ = _extent(self.owner, axis=1)
        return _sums(values, first, self.shape[1])


def _extent(owner: Ints, axis: int) -> tuple[Ints, Ints]:
    """First and last position along an axis of each player that stands somewhere."""
    at = np.broadcast_to(np.expand_dims(np.arange(owner.shape[axis]), 1 - axis), owner.shape)
    players = int(owner.max()) + 1
    first, last = np.full(players, owner.shape[axis]), np.full(players, -1)
    held = owner >= 0
    np.minimum.at(first, owner[held], at[held])
    np.maximum.at(last, owner[held], at[held])
    return first, last


def _sums(values: FloatArray, group: Ints, groups: int) -> FloatArray:
    found = np.zeros((groups, *values.shape[1:]))
    np.add.at(found, group, values[: len(group)])
    return found


def window_of(explanation: Explanation, i: int) -> Window:
    """Return a sample's window.

    Raises
    ------
    InputError
        The explanation is of no windows of shape (time, signal).
    """
    shape = explanation.feature_shape
    if explanation.inputs is None and len(shape) == 2:
        steps, features = shape
        signals = signals_of(explanation.feature_names, (steps, features))
        shown = explanation.display_data
        return Window(
            signals,
            explanation.feature_units[:features],
            None if shown is None else np.asarray(shown)[i],
            np.arange(steps * features).reshape(steps, features),
        )
    owner, wholes = explanation.regions, explanation.wholes
    if isinstance(owner, np.ndarray) and isinstance(wholes, np.ndarray) and wholes.ndim == 3:
        # Where steps are players, signals share an owner.
        spread = owner if owner.ndim == 3 else owner[:, :, None]
        features = wholes.shape[2]
        return Window(
            _told_signals(explanation, features),
            _told_units(explanation, features),
            wholes[i],
            np.broadcast_to(spread[i], wholes.shape[1:]).astype(np.int64),
        )
    part = of_input_words(explanation, "sequence")
    raise InputError(
        complaint(
            "explanation",
            "hold windows: features of shape (time, feature), or regions of such",
            Words(f"{len(explanation.inputs)} inputs, {', '.join(map(repr, explanation.inputs))}")
            if explanation.inputs
            else shape,
            f"Pass {part}, which is the window."
            if part
            else "Use views.waterfall for tables, views.image for pictures.",
        )
    )


def _told_signals(explanation: Explanation, features: int) -> tuple[str, ...]:
    told: Any = explanation.provenance.get("signals")
    if isinstance(told, list | tuple) and len(told) == features:
        return tuple(map(str, told))
    return tuple(f"feature {j}" for j in range(features))


def _told_units(explanation: Explanation, features: int) -> tuple[str, ...]:
    told: Any = explanation.provenance.get("signal_units")
    if isinstance(told, list | tuple) and len(told) == features:
        return tuple(map(str, told))
    # Where every signal is a player, its unit is the player's.
    own = explanation.feature_units
    return own if len(own) == features else ("",) * features
