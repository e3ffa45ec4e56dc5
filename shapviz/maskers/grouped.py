"""Groups of features as players: all of a group's features are kept or hidden together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz import regroup
from shapviz.background import Background
from shapviz.digests import digest_of_json
from shapviz.errors import InputError, Words, complaint
from shapviz.hierarchy import Hierarchy
from shapviz.maskers.base import ALL_ROWS, Masker, Rows

__all__ = ["Grouped"]


class Grouped:
    """A masker over another one, whose features are switched by the group.

    A group's value is what hiding all its features together does: one number for a one-hot
    category or a block of a table, at the cost of one player.

    Parameters
    ----------
    inner : Masker
        Over single features, of one axis.
    groups : mapping of str to sequence of str
        Group to the names of its features, none of them twice. Features in no group stay players
        of their own; a group stands where its first feature stood.

    Raises
    ------
    InputError
        Features in several axes, an empty group, an unknown name, or a name in two groups.

    Examples
    --------
    >>> from shapviz.maskers import Tabular
    >>> masker = Grouped(Tabular(np.zeros((1, 3)), ["red", "blue", "size"]),
    ...                  {"colour": ["red", "blue"]})
    >>> masker.feature_names
    ('colour', 'size')
    >>> masker.rows(np.array([1.0, 2.0, 3.0]), np.array([[True, False]]))
    array([[1., 2., 0.]])
    """

    def __init__(self, inner: Masker, groups: Mapping[str, Sequence[str]]) -> None:
        if len(inner.feature_shape) != 1:
            raise InputError(
                complaint(
                    "groups",
                    "be given for features of one axis",
                    Words(f"samples of shape {inner.feature_shape}"),
                    "Leave it out, and sum afterwards: explanation.flat().sum_groups({...}).",
                )
            )
        self.inner = inner
        self._plan = regroup.plan(groups, inner.feature_names)
        self.feature_names: tuple[str, ...] = tuple(name for name, _ in self._plan)
        self._owner = np.empty(inner.n_players, dtype=np.int64)
        for player, (_, members) in enumerate(self._plan):
            self._owner[members] = player

    @property
    def background(self) -> Background:
        """The weighted rows that stand in for absence."""
        return self.inner.background

    @property
    def weights(self) -> NDArray[np.float64]:
        """Of the background's rows, summing to 1."""
        return self.inner.weights

    @property
    def base_rows(self) -> Rows | None:
        """What the empty coalition shows."""
        return self.inner.base_rows

    @property
    def tree(self) -> Hierarchy | None:
        """None: any tree may be laid over the groups."""
        return None

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """Shape of one sample, before grouping."""
        return self.inner.feature_shape

    @property
    def player_shape(self) -> tuple[int, ...]:
        """(groups and single features,)."""
        return (self.n_players,)

    @property
    def n_players(self) -> int:
        """Groups and single features."""
        return len(self._plan)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what decides the masked rows."""
        return digest_of_json(
            ["grouped", self.inner.digest, self.feature_names, self._owner.tolist()]
        )

    @property
    def row_bytes(self) -> int:
        """Memory one masked row takes, about."""
        return self.inner.row_bytes

    @property
    def dense_background(self) -> NDArray[Any] | None:
        """The background as one array of entries; None for tables that are not numeric."""
        return self.inner.dense_background

    def entries(self, coalitions: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
        """Return what coalitions of groups keep of the single features."""
        return self.inner.entries(coalitions[:, self._owner])

    def shown(self, X: Any) -> Any:
        """Return samples as the groups hold them: ``name=value, name=value`` for several."""
        rows = self.inner.shown(X)
        table = rows.to_numpy(dtype=object) if hasattr(rows, "iloc") else np.asarray(rows)
        return regroup.read_as(table, self._plan, self.inner.feature_names)

    def check(self, X: Any) -> Rows:
        """Return samples ready to be masked; InputError where they do not fit."""
        return self.inner.check(X)

    def plain(self, X: Any) -> Rows:
        """Return checked samples as the model takes them."""
        return self.inner.plain(X)

    def varying(self, x: Any) -> NDArray[np.bool_]:
        """Return (d,) flags, False where all of a group equals every background row."""
        found = np.zeros(self.n_players, dtype=bool)
        found[self._owner[self.inner.varying(x)]] = True
        return found

    def rows(self, x: Any, coalitions: NDArray[np.bool_], part: slice = ALL_ROWS) -> Rows:
        """Return the masked rows, (m·b, features), coalition by coalition."""
        return self.inner.rows(x, coalitions[:, self._owner], part)
