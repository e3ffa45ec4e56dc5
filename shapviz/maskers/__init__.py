"""Hiding features: what a model is shown when some are absent. Calls no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapviz.errors import InputError, complaint
from shapviz.maskers.base import Masker
from shapviz.maskers.grouped import Grouped
from shapviz.maskers.tabular import Tabular

__all__ = ["Grouped", "Masker", "Tabular", "as_masker"]


def as_masker(
    background_or_masker: Any,
    feature_names: Sequence[str] | None = None,
    *,
    packed: bool = False,
) -> Masker:
    """Return the masker, or a `Tabular` one over the background.

    Parameters
    ----------
    background_or_masker : Masker, Background, array, sparse matrix or DataFrame
    feature_names : sequence of str, optional
        One per player; a masker given here must have as many.
    packed : bool, default False
        Whether background rows are several inputs side by side; see `Tabular`.

    Returns
    -------
    Masker

    Raises
    ------
    InputError
        As `Tabular` does, or names of another number than the masker's players.

    Examples
    --------
    >>> as_masker([[0.0, 1.0], [2.0, 3.0]]).n_players
    2
    """
    if not isinstance(background_or_masker, Masker):
        return Tabular(background_or_masker, feature_names, packed=packed)
    masker = background_or_masker
    if feature_names is not None and len(feature_names) != masker.n_players:
        raise InputError(
            complaint(
                "feature_names",
                f"name the masker's {masker.n_players} players",
                tuple(feature_names),
                "Give one name per player, or leave it out.",
            )
        )
    return masker
