"""The masker: what a model is shown when features are absent. Calls no model."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.background import Background
from shapviz.hierarchy import Hierarchy

__all__ = ["ALL_ROWS", "Masker", "Rows"]

Rows = NDArray[Any] | pd.DataFrame

ALL_ROWS = slice(None)
"""The whole background."""


@runtime_checkable
class Masker(Protocol):
    """Fills absent players; `d` players, `b` background rows.

    The full coalition shows the sample itself, and the empty one `base_rows` where there are any.
    """

    @property
    def background(self) -> Background:
        """The weighted rows that stand in for absence; InputError where there are none."""
        ...

    @property
    def weights(self) -> NDArray[np.float64]:
        """Of the b rows that stand in for absence, summing to 1."""
        ...

    @property
    def base_rows(self) -> Rows | None:
        """What the empty coalition shows; None where that depends on the sample."""
        ...

    @property
    def tree(self) -> Hierarchy | None:
        """A tree over the players that comes with the masker, or None."""
        ...

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name per player."""
        ...

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        ...

    @property
    def n_players(self) -> int:
        """d."""
        ...

    @property
    def player_shape(self) -> tuple[int, ...]:
        """Shape of one sample's values: `feature_shape` where every entry is a player."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of what decides the masked rows."""
        ...

    @property
    def row_bytes(self) -> int:
        """Memory one masked row takes, about."""
        ...

    @property
    def dense_background(self) -> NDArray[Any] | None:
        """The background as one array of entries that coalitions switch, so that a predictor may
        mix rows itself; None where only `rows` can."""
        ...

    def entries(self, coalitions: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
        """Return what coalitions (m, d) keep of a sample's entries, (m, entries); None where that
        depends on the sample."""
        ...

    def shown(self, X: Any) -> Any:
        """Return samples' data as the players hold them, (n, *player_shape)."""
        ...

    def check(self, X: Any) -> Rows:
        """Return samples ready to be masked; InputError where they do not fit."""
        ...

    def plain(self, X: Any) -> Rows:
        """Return checked samples as the model takes them."""
        ...

    def varying(self, x: Rows) -> NDArray[np.bool_]:
        """Return (d,) flags, False where the sample equals every background row."""
        ...

    def rows(self, x: Rows, coalitions: NDArray[np.bool_], part: slice = ALL_ROWS) -> Rows:
        """Return the masked rows, (m·b, …), coalition by coalition.

        `x` is one sample, or m of them, one for each coalition; `part` picks background rows.
        """
        ...
