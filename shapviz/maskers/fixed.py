"""Fixed: an input of several that is not explained."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from shapviz.digests import digest_of_json
from shapviz.hierarchy import Hierarchy
from shapviz.maskers.base import ALL_ROWS
from shapviz.maskers.itself import FromItself
from shapviz.maskers.own import Records, as_records, runs
from shapviz.maskers.rows import Row

__all__ = ["Fixed"]

Bools = NDArray[np.bool_]


class Fixed(FromItself):
    """An input that is never hidden: it has no players, and its values are exactly 0.

    For one of the inputs of a `Composite`.

    Examples
    --------
    >>> masker = Fixed()
    >>> X = masker.check([[1.0, 2.0]])
    >>> masker.rows(X, np.zeros((2, 0), dtype=bool)).tolist()
    [[1.0, 2.0], [1.0, 2.0]]
    """

    _shape: tuple[int, ...] = ()

    @property
    def digest(self) -> str:
        """There is nothing to decide."""
        return digest_of_json(["fixed"])

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return self._shape

    @property
    def player_shape(self) -> tuple[int, ...]:
        """Shape of one sample's values, all 0."""
        return self._shape

    @property
    def row_bytes(self) -> int:
        """Memory one row takes, about."""
        return 8 * prod(self._shape)

    def for_model(
        self, shape: tuple[int, ...] | None, inputs: Mapping[str, tuple[int, ...]] | None
    ) -> Self:
        """The masker of samples as the model takes them."""
        twin = copy.copy(self)
        twin._shape = shape or ()
        return twin

    def check(self, X: Any) -> Records:
        """Return samples as records."""
        array = np.asarray(X)
        return as_records([Row(row, 0, Hierarchy(())) for row in array])

    def plain(self, X: Records) -> NDArray[Any]:
        """Return the samples themselves."""
        return np.stack([record.whole for record in X])

    def rows(self, x: Records, coalitions: Bools, part: slice = ALL_ROWS) -> NDArray[Any]:
        """Return the sample, once a coalition."""
        return np.concatenate(
            [
                np.repeat(record.whole[None], len(kept), axis=0)
                for record, kept in runs(x, coalitions)
            ]
        )

    def varying(self, x: Records) -> Bools:
        """Nobody."""
        return np.zeros(0, dtype=bool)

    def shown(self, X: Any) -> Any:
        """Return the samples themselves."""
        return self.plain(X)

    def names(self, count: int) -> tuple[str, ...]:
        """ "entry 0" and on."""
        return tuple(f"entry {k}" for k in range(prod(self._shape)))

    def most(self, X: Records) -> int:
        """Places for the entries, though nobody stands in them."""
        return prod(self._shape)
