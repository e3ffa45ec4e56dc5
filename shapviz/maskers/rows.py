"""Rows of one of several inputs as a masker of its own: the same players in every sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.hierarchy import Hierarchy
from shapviz.maskers.base import ALL_ROWS, Masker
from shapviz.maskers.clustering import default_tree
from shapviz.maskers.own import OwnPlayers, Records, as_records, runs

__all__ = ["Row", "Rows"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Row:
    """A sample of one input, whose players are the same for all."""

    whole: NDArray[Any]
    players: int
    tree: Hierarchy


class Rows(OwnPlayers):
    """A masker whose players are the same for all samples, as one among others."""

    def __init__(self, inner: Masker) -> None:
        self.inner = inner
        given = inner.tree
        self._grown = default_tree(inner.background) if given is None else given

    @property
    def digest(self) -> str:
        """The inner masker's."""
        return self.inner.digest

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return self.inner.feature_shape

    @property
    def player_shape(self) -> tuple[int, ...]:
        """Shape of one sample's values."""
        return self.inner.player_shape

    @property
    def row_bytes(self) -> int:
        """Memory one masked row takes, about."""
        return self.inner.row_bytes

    @property
    def weights(self) -> Floats:
        """Of the background's rows."""
        return self.inner.weights

    @property
    def base_rows(self) -> Any:
        """What the empty coalition shows."""
        return self.inner.base_rows

    def check(self, X: Any) -> Records:
        """Return samples as records."""
        table = np.asarray(self.inner.check(X))
        return as_records([Row(row, self.inner.n_players, self._grown) for row in table])

    def plain(self, X: Records) -> NDArray[Any]:
        """Return the samples as the model takes them."""
        return np.stack([record.whole for record in X])

    def rows(self, x: Records, coalitions: Bools, part: slice = ALL_ROWS) -> NDArray[Any]:
        """Return the masked rows."""
        found = [
            np.asarray(self.inner.rows(record.whole, kept, part))
            for record, kept in runs(x, coalitions)
        ]
        return np.concatenate(found)

    def varying(self, x: Records) -> Bools:
        """Return flags, False where the sample equals every background row."""
        return self.inner.varying(np.atleast_1d(x)[0].whole)

    def shown(self, X: Any) -> Any:
        """Return samples' data as the players hold them."""
        return self.inner.shown(self.plain(X))

    def names(self, count: int) -> tuple[str, ...]:
        """The inner masker's names."""
        return self.inner.feature_names
