"""Tabular: an absent entry takes the background row's value (interventional)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.background import Background, as_background
from shapviz.digests import digest_of_json
from shapviz.entry_names import for_entries
from shapviz.errors import InputError, complaint
from shapviz.explanation_fields import default_names
from shapviz.hierarchy import Hierarchy
from shapviz.maskers.arrays import ArrayLayout
from shapviz.maskers.base import ALL_ROWS, Rows
from shapviz.maskers.frames import FrameLayout

__all__ = ["Tabular"]


class Tabular:
    """Absent features take the values they have in a background row, one row after the other.

    Parameters
    ----------
    background : Background, array of shape (b, *features), sparse matrix or DataFrame
        Arrays hold numbers, and each entry of a row is a player: an 8×8×1 image has 64. Columns
        of a DataFrame may be of any type, and keep it in the rows the model is given.
    feature_names : sequence of str, optional
        One per player. Default: the table's columns, else "feature 0", "feature 1", …, and
        for images and sequences the position, such as "y0 x3".
    packed : bool, default False
        Whether a row is several inputs side by side, where numbers may stand beside text.

    Raises
    ------
    InputError
        An empty background, one of text outside a DataFrame, repeated column names, or another
        number of names than players.

    Examples
    --------
    >>> masker = Tabular(np.zeros((1, 2)))
    >>> masker.rows(np.array([3.0, 4.0]), np.array([[True, False], [True, True]]))
    array([[3., 0.],
           [3., 4.]])
    """

    def __init__(
        self,
        background: Any,
        feature_names: Sequence[str] | None = None,
        *,
        packed: bool = False,
    ) -> None:
        self.background: Background = as_background(background)
        rows = self.background.rows
        given = self.background.feature_names if feature_names is None else feature_names
        names = (
            None
            if given is None
            else for_entries(tuple(map(str, given)), self.background.feature_shape)
        )
        self._layout: ArrayLayout | FrameLayout = (
            FrameLayout(rows)
            if isinstance(rows, pd.DataFrame)
            else ArrayLayout(rows, names, packed)
        )
        self.feature_names: tuple[str, ...] = (
            default_names(self.feature_shape) if names is None else names
        )
        if len(self.feature_names) != self.n_players:
            raise InputError(
                complaint(
                    "feature_names",
                    f"name the {self.n_players} features",
                    self.feature_names,
                    "Give one name per feature, or leave it out.",
                )
            )

    @property
    def weights(self) -> NDArray[np.float64]:
        """Of the background's rows, summing to 1."""
        return np.asarray(self.background.weights, dtype=np.float64)

    @property
    def base_rows(self) -> Rows:
        """The background's rows, which the empty coalition shows."""
        return self.background.rows

    @property
    def tree(self) -> Hierarchy | None:
        """None: any tree may be laid over the columns."""
        return None

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return self.background.feature_shape

    @property
    def n_players(self) -> int:
        """Number of entries of one sample."""
        return prod(self.feature_shape)

    @property
    def player_shape(self) -> tuple[int, ...]:
        """Shape of one sample: every entry is a player."""
        return self.feature_shape

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the background and of how absence is filled."""
        return digest_of_json(["tabular", self.background.digest])

    @property
    def row_bytes(self) -> int:
        """Memory one masked row takes, about."""
        return self._layout.row_bytes

    @cached_property
    def dense_background(self) -> NDArray[Any] | None:
        """The background as one numeric array; None for tables with other columns."""
        return self._layout.dense

    def entries(self, coalitions: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the coalitions themselves: every entry is a player."""
        return coalitions

    def shown(self, X: Any) -> Any:
        """Return the samples themselves."""
        return X

    def check(self, X: Any) -> Rows:
        """Return the samples ready to be masked.

        Parameters
        ----------
        X : array of shape (n, *features), sparse matrix or DataFrame
            Sparse matrices become dense: the values that explain them are.

        Returns
        -------
        array or DataFrame
            Of the background's kind; columns of a DataFrame in the background's order and types.

        Raises
        ------
        InputError
            No rows, another number or shape of features, missing or unknown columns, a type that
            cannot be read as the background's without changing values.
        """
        return self._layout.check(X)

    def plain(self, X: Any) -> Rows:
        """Return the checked samples themselves."""
        return X  # type: ignore[no-any-return]

    def varying(self, x: Any) -> NDArray[np.bool_]:
        """Return which players can matter to a sample.

        Parameters
        ----------
        x : array of shape (*features) or (1, *features), or DataFrame of one row
            Checked.

        Returns
        -------
        bool (d,)
            False where x equals every background row; NaN equals NaN.
        """
        return self._layout.varying(x)

    def rows(self, x: Any, coalitions: NDArray[np.bool_], part: slice = ALL_ROWS) -> Rows:
        """Return the masked rows.

        Parameters
        ----------
        x : array of shape (*features) or (m, *features), or DataFrame of 1 or m rows
            One sample for all coalitions, or one for each. Checked.
        coalitions : bool (m, d)
            True where the sample's value is kept.
        part : slice, optional
            Background rows to use; default all.

        Returns
        -------
        array of shape (m·b, *features) or DataFrame
            Coalition by coalition.
        """
        return self._layout.rows(x, coalitions, part)
