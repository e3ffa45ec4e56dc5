"""Sequence: an absent entry of a window is a background window's, or follows from the rest."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Row
from functools import cached_property
from numbers import Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from shapviz.background import Background, as_background
from shapviz.digests import digest_of_json
from shapviz.entry_names import by_signal
from shapviz.errors import InputError, Words, complaint
from shapviz.hierarchy import Hierarchy
from shapviz.hierarchy_makers import grid
from shapviz.maskers.arrays import not_finite
from shapviz.maskers.clustering import by_correlation
from shapviz.maskers.regional import Regional, Sample

__all__ = ["Sequence"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KINDS = ("entries", "time", "feature")
FILLS = ("hold", "mean")
FIX = "Pass windows of shape (n, time, feature), X[None] for one."


class Sequence(Regional):
    """Windows of signals, (time, feature), whose entries, steps, blocks or features are hidden.

    Parameters
    ----------
    background : array of shape (b, time, feature) or Background, optional
        Windows, one of which after the other stands where something is hidden.
    players : "entries", "time", "feature" or int, default "entries"
        What is hidden together: each number by itself, a step's features, a feature's steps, or
        blocks of so many steps (the last may be shorter).
    fill : "hold", "mean" or a number, optional
        Where there is no background: "hold" (default) repeats the last value seen, before the
        first one seen that, and the feature's mean where none is; "mean" is the feature's mean
        over the window. Base values then differ by sample.
    feature_names, feature_units : sequence of str, optional
        Of the signals.

    Raises
    ------
    InputError
        A background and a fill, an unknown one, players that are no such thing, blocks that hold
        the whole window, a window of one step where steps are players, another number of names
        or units than signals, or NaN or infinities in windows that "hold" or "mean" fill in.

    Notes
    -----
    NaN is no padding here: with a background, or a number as the fill, the model is given it as it
    is; filled in from the window itself it is refused, since it would stand for other steps too.

    For Partition time is halved again and again; features are clustered by correlation where
    there is a background, and entries halved along the longer side.

    Examples
    --------
    >>> masker = Sequence(players="time", fill="hold")
    >>> X = masker.check(np.array([[[1.0], [5.0], [2.0]]]))
    >>> masker.rows(X, np.array([[True, False, True]])).tolist()
    [[[1.0], [1.0], [2.0]]]
    """

    modality = "sequence"

    def __init__(
        self,
        background: Any = None,
        *,
        players: str | int = "entries",
        fill: str | float | None = None,
        feature_names: Row[str] | None = None,
        feature_units: Row[str] | None = None,
    ) -> None:
        if background is not None and fill is not None:
            rule = "be left out where background windows stand for what is hidden"
            raise InputError(complaint("fill", rule, fill, "Give one of them."))
        self._given: Background | None = None if background is None else as_background(background)
        self._fill = None if background is not None else _checked_fill(fill)
        self._players = _checked_players(players)
        self._whole = players == "entries"
        self._axes = 2 if players == "feature" else 1
        self._signals = None if feature_names is None else tuple(map(str, feature_names))
        self._units = None if feature_units is None else tuple(map(str, feature_units))
        if self._given is not None:
            self._take(self._given.feature_shape, "background")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of background or filling, and of who the players are."""
        given = self._fill if self._given is None else self._given.digest
        return digest_of_json(["sequence", given, self._players])

    def for_model(
        self, shape: tuple[int, ...] | None, inputs: Mapping[str, tuple[int, ...]] | None
    ) -> Self:
        """The masker of windows as the model takes them."""
        if shape is None or shape == self._shape:
            return self
        if self._shape:
            wanted = ", ".join(map(str, shape))
            rule = f"hold windows of the shape the model takes, ({wanted})"
            raise InputError(complaint("background", rule, Words(f"shape {self._shape}"), FIX))
        return self._of(shape, "model")

    def bound(self, X: Any) -> Self:
        """The masker with the players of windows of this size."""
        masker = self if self._shape else self._of(X[0].whole.shape, "X")
        return super(Sequence, masker).bound(X)

    def names(self, count: int) -> tuple[str, ...]:
        """Of signals, steps ("time 3"), blocks ("time 0–4"), or both ("speed, t = 3")."""
        if not count:
            return ()
        steps, features = self._shape
        signals = self._signals or tuple(f"feature {f}" for f in range(features))
        if self._players == "feature":
            return signals
        if self._players == "entries":
            return by_signal(signals, steps)
        block = 1 if self._players == "time" else int(self._players)
        starts = range(0, steps, block)
        ends = [min(start + block, steps) - 1 for start in starts]
        return tuple(
            f"time {a}" if a == b else f"time {a}–{b}" for a, b in zip(starts, ends, strict=True)
        )

    @property
    def told(self) -> dict[str, Any]:
        """The kind of sample, and the signals' names and units, which blocks do not tell."""
        each = {"signals": self._signals, "signal_units": self._units}
        return {**super().told, **{name: list(own) for name, own in each.items() if own}}

    @property
    def shares_tree(self) -> bool:
        """Players are the same in every window."""
        return True

    def _of(self, shape: tuple[int, ...], name: str) -> Self:
        twin = copy.copy(self)
        twin._take(shape, name)
        return twin

    def _take(self, shape: tuple[int, ...], name: str) -> None:
        """Windows of this shape from here on; InputError where the players do not suit it."""
        if len(shape) != 2 or min(shape) < 1:
            rule = "be windows of shape (n, time, feature)"
            raise InputError(complaint(name, rule, Words(f"windows of shape {shape}"), FIX))
        steps, features = shape
        block = 1 if self._players == "time" else self._players
        if isinstance(block, int) and block >= steps:
            got = Words(f"{'one step' if steps == 1 else f'{steps} steps'}, one player in all")
            rule = "have at least two players along time"
            fix = "Use players='feature' or 'entries', or smaller blocks."
            raise InputError(complaint(name, rule, got, fix))
        for name, given in (("feature_names", self._signals), ("feature_units", self._units)):
            if given is not None and len(given) != features:
                rule = f"have one for each of the {features} signals"
                raise InputError(complaint(name, rule, given, "Give as many, or leave it out."))
        self._shape = (steps, features)

    def _fits(self, X: NDArray[Any]) -> None:
        if X.ndim != 3 or 0 in X.shape[1:]:
            rule = "be windows, shape (n, time, feature)"
            raise InputError(complaint("X", rule, X, FIX))
        if self._shape and X.shape[1:] != self._shape:
            steps, features = self._shape
            rule = f"be windows as the background or the model has, (n, {steps}, {features})"
            raise InputError(complaint("X", rule, X, "Cut them as for training."))
        if not self._shape:
            self._of(X.shape[1:], "X")
        if self._fill in FILLS:
            _without_gaps(X)

    def _read(self, sample: NDArray[Any]) -> Sample:
        owner, players = self._owner(sample.shape)
        return Sample(sample, owner, players, self._absent(sample), lambda: self._grown(sample))

    def _owner(self, shape: tuple[int, ...]) -> tuple[Ints, int]:
        steps, features = shape
        time, feature = np.divmod(np.arange(steps * features), features)
        if self._players == "entries":
            return np.arange(steps * features), steps * features
        if self._players == "feature":
            return feature, features
        block = 1 if self._players == "time" else int(self._players)
        return time // block, -(-steps // block)

    def _grown(self, sample: NDArray[Any]) -> Hierarchy:
        if self._whole:
            return grid(sample.shape)
        if self._players == "feature" and self._given is not None:
            rows = np.asarray(self._given.rows)
            return by_correlation(Background(rows.reshape(-1, rows.shape[2])))
        return grid((self._owner(sample.shape)[1],))

    def _absent(self, sample: NDArray[Any]) -> NDArray[Any] | Callable[[Bools], NDArray[Any]]:
        if self._given is not None:
            return np.asarray(self._given.rows)
        if self._fill == "hold":
            return lambda kept: _held(sample, kept)
        value = sample.mean(axis=0) if self._fill == "mean" else float(self._fill)  # type: ignore[arg-type]
        return np.broadcast_to(value, sample.shape).astype(np.result_type(sample, np.float32))[None]


def _held(sample: NDArray[Any], kept: Bools) -> NDArray[Any]:
    """Windows (m, time, feature) in which what is hidden repeats the value seen before."""
    seen = kept.reshape(-1, *sample.shape)
    steps = np.arange(len(sample))[None, :, None]
    before = np.maximum.accumulate(np.where(seen, steps, -1), axis=1)
    first = np.where(seen, steps, len(sample)).min(axis=1, keepdims=True)
    at = np.where(before >= 0, before, np.minimum(first, len(sample) - 1))
    held = np.take_along_axis(np.broadcast_to(sample, seen.shape), at, axis=1)
    nothing = ~seen.any(axis=1, keepdims=True)
    return np.where(nothing, sample.mean(axis=0), held)


def _without_gaps(X: NDArray[Any]) -> None:
    """InputError for windows that cannot be filled in from themselves: a gap would spread."""
    where = not_finite(X)
    if where:
        rule = "hold finite numbers where windows are filled in from themselves"
        fix = (
            "Fill the gaps first, cut padded steps off, or pass background windows: then the model "
            "is given gaps as they are."
        )
        raise InputError(complaint("X", rule, Words(where), fix))


def _checked_players(players: Any) -> str | int:
    if isinstance(players, str) and players in KINDS:
        return players
    whole = isinstance(players, int | np.integer) and not isinstance(players, bool)
    if whole and players >= 1:
        return int(players)
    rule = "be 'entries', 'time', 'feature', or a number of steps"
    raise InputError(complaint("players", rule, players, "5 makes blocks of five steps."))


def _checked_fill(fill: Any) -> str | float:
    if fill is None:
        return "hold"
    if isinstance(fill, str) and fill in FILLS:
        return fill
    if isinstance(fill, Real) and not isinstance(fill, bool) and np.isfinite(float(fill)):
        return float(fill)
    rule = "be 'hold', 'mean' or a number"
    raise InputError(complaint("fill", rule, fill, "Or pass background windows."))
