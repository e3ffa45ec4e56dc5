"""Hiding features: what a model is shown when some are absent. Calls no model."""

from __future__ import annotations

from collections.abc import Sequence as Names
from typing import Any, TypeGuard

from shapviz.errors import InputError, complaint
from shapviz.maskers.base import Masker
from shapviz.maskers.composite import Composite
from shapviz.maskers.fixed import Fixed
from shapviz.maskers.grouped import Grouped
from shapviz.maskers.image import Image
from shapviz.maskers.own import OwnPlayers
from shapviz.maskers.partition import Partition
from shapviz.maskers.sequence import Sequence
from shapviz.maskers.tabular import Tabular
from shapviz.maskers.text import Text

__all__ = [
    "Composite",
    "Fixed",
    "Grouped",
    "Image",
    "Masker",
    "OwnPlayers",
    "Partition",
    "Sequence",
    "Tabular",
    "Text",
    "as_masker",
    "is_masker",
]


def is_masker(given: Any) -> TypeGuard[Masker]:
    """Whether this hides features, rather than being rows that stand in for absence."""
    # Own players first: the protocol looks at every attribute, and they have no `background`.
    return isinstance(given, (OwnPlayers, Masker))


def as_masker(
    background_or_masker: Any,
    feature_names: Names[str] | None = None,
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
    if not is_masker(background_or_masker):
        return Tabular(background_or_masker, feature_names, packed=packed)
    masker = background_or_masker
    if isinstance(masker, OwnPlayers) and feature_names is not None:
        raise InputError(
            complaint(
                "feature_names",
                f"be left out with {type(masker).__name__}, which names the players itself",
                tuple(feature_names),
                "Leave it out.",
            )
        )
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
