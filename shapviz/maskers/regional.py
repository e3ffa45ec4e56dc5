"""Samples cut into regions, each a player: what pictures and sequences have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.background import Background
from shapviz.errors import InputError, complaint
from shapviz.hierarchy import Hierarchy
from shapviz.maskers.arrays import numeric_array
from shapviz.maskers.base import ALL_ROWS
from shapviz.maskers.itself import FromItself
from shapviz.maskers.own import Records, as_records, runs

__all__ = ["Regional", "Sample"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sample:
    """A sample and its regions.

    Attributes
    ----------
    whole : array (\\*shape)
        What the model takes.
    owner : int (entries,)
        The player of each entry, in C order.
    players : int
    absent : array (b, \\*shape) or callable
        What stands where entries are hidden; or how to make masked rows (m, \\*shape) of the
        entries kept, bool (m, entries).
    make_tree : callable
        The tree over the players, made when it is asked for.
    """

    whole: NDArray[Any]
    owner: Ints
    players: int
    absent: NDArray[Any] | Callable[[Bools], NDArray[Any]]
    make_tree: Callable[[], Hierarchy] = field(repr=False)

    @cached_property
    def tree(self) -> Hierarchy:
        """The tree over the players."""
        return self.make_tree()

    def rows(self, coalitions: Bools, part: slice) -> NDArray[Any]:
        """The masked rows (m·b, \\*shape)."""
        kept, shape = coalitions[:, self.owner], self.whole.shape
        if not isinstance(self.absent, np.ndarray):
            return self.absent(kept)
        hidden = self.absent[part].reshape(-1, self.owner.size)
        mixed = np.where(kept[:, None, :], self.whole.reshape(-1), hidden[None])
        return mixed.reshape(-1, *shape)

    @cached_property
    def varying(self) -> Bools:
        """Which players' entries differ from what stands for them."""
        if not isinstance(self.absent, np.ndarray):
            differs = np.full(self.owner.size, np.ptp(self.whole) > 0)
        else:
            same = (self.absent == self.whole) | ((self.absent != self.absent) & _nan(self.whole))
            differs = ~same.all(axis=0).reshape(-1)
        return np.bincount(self.owner, differs, minlength=self.players) > 0

    @cached_property
    def means(self) -> Floats:
        """Mean of each player's entries."""
        totals = np.bincount(self.owner, self.whole.reshape(-1), minlength=self.players)
        means: Floats = totals / np.bincount(self.owner, minlength=self.players)
        return means


class Regional(FromItself):
    """A masker of arrays of one shape, whose players are regions of a sample or all its entries.

    `_shape` is the samples' shape, () until it is known; `_axes` how many of its axes regions lie
    in; `_whole` whether every entry is a player.
    """

    _shape: tuple[int, ...] = ()
    _whole: bool
    _axes: int
    _given: Background | None = None
    """Rows that stand in for what is hidden, where there are any."""

    @abstractmethod
    def _read(self, sample: NDArray[Any]) -> Sample:
        """One sample's record."""

    @abstractmethod
    def _fits(self, X: NDArray[Any]) -> None:
        """InputError for samples of the wrong shape."""

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """Shape of one sample; () until it is known."""
        return self._shape

    @property
    def row_bytes(self) -> int:
        """Memory one masked row takes, about."""
        return 8 * prod(self._shape)

    @property
    def shares_tree(self) -> bool:
        """Where every entry is a player: samples differ in nothing else."""
        return self._whole

    @property
    def weights(self) -> Floats:
        """Of the background's rows; of one row where a sample is filled in from itself."""
        return super().weights if self._given is None else np.asarray(self._given.weights)

    @property
    def base_rows(self) -> NDArray[Any] | None:
        """The background's rows; None where a sample is filled in from itself."""
        return super().base_rows if self._given is None else np.asarray(self._given.rows)

    @property
    def player_shape(self) -> tuple[int, ...]:
        """Shape of one sample where every entry is a player, else (regions,)."""
        return self._shape if self._whole else (self.n_players,)

    def check(self, X: Any) -> Records:
        """Return samples as records; InputError where they do not fit."""
        array = numeric_array("X", X)
        self._fits(array)
        if len(array) == 0:
            raise InputError(complaint("X", "hold at least one sample", array, "Pass some."))
        return as_records([self._read(sample) for sample in array])

    def plain(self, X: Records) -> NDArray[Any]:
        """Return the samples as the model takes them, (n, \\*feature_shape)."""
        return np.stack([record.whole for record in X])

    def rows(self, x: Records, coalitions: Bools, part: slice = ALL_ROWS) -> NDArray[Any]:
        """Return the masked rows, (m·b, \\*feature_shape), coalition by coalition."""
        return np.concatenate([record.rows(kept, part) for record, kept in runs(x, coalitions)])

    def varying(self, x: Records) -> Bools:
        """Return (k,) flags, False where hiding a region changes nothing."""
        flags: Bools = np.atleast_1d(x)[0].varying
        return flags

    def shown(self, X: Any) -> NDArray[Any]:
        """Return the entries, or each region's mean, NaN past a sample's own regions."""
        if self._whole:
            return self.plain(X)
        table = np.full((len(X), self.n_players), np.nan)
        for row, record in zip(table, X, strict=True):
            row[: record.players] = record.means
        return table

    def regions(self, X: Records) -> NDArray[Any] | None:
        """Which region holds each entry, int32 (n, \\*axes); None where entries are players."""
        if self._whole:
            return None
        owners = np.stack([record.owner for record in X])
        held = owners.reshape(len(X), *self._shape[: self._axes], -1)[..., 0]
        return held.astype(np.int32)

    def wholes(self, X: Records) -> NDArray[Any] | None:
        """The samples themselves, (n, \\*feature_shape); None where entries are players."""
        return None if self._whole else self.plain(X)


def _nan(array: NDArray[Any]) -> Bools:
    flags: Bools = array != array
    return flags
