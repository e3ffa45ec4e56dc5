"""The masker: what a model is shown when features are absent. Calls no model."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.background import Background

__all__ = ["ALL_ROWS", "Masker", "Rows"]

Rows = NDArray[Any] | pd.DataFrame

ALL_ROWS = slice(None)
"""The whole background."""


@runtime_checkable
class Masker(Protocol):
    """Fills absent players; `d` players, `b` background rows.

    The full coalition shows the sample itself, and the empty one the background rows themselves.
    """

    @property
    def background(self) -> Background:
        """The weighted rows that stand in for absence."""
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

    def entries(self, coalitions: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return what coalitions (m, d) keep of a sample's entries, (m, entries)."""
        ...

    def shown(self, X: Any) -> Any:
        """Return samples' data as the players hold them, (n, *player_shape)."""
        ...

    def check(self, X: Any) -> Rows:
        """Return samples ready to be masked; InputError where they do not fit."""
        ...

    def varying(self, x: Rows) -> NDArray[np.bool_]:
        """Return (d,) flags, False where the sample equals every background row."""
        ...

    def rows(self, x: Rows, coalitions: NDArray[np.bool_], part: slice = ALL_ROWS) -> Rows:
        """Return the masked rows, (m·b, …), coalition by coalition.

        `x` is one sample, or m of them, one for each coalition; `part` picks background rows.
        """
        ...
