"""Explaining samples that have players of their own: kind by kind, put together at the end."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from shapviz.explainers.call import Call, Estimate, Meter
from shapviz.explainers.joining import joined
from shapviz.maskers import OwnPlayers

if TYPE_CHECKING:
    from shapviz.explainers.base import BaseExplainer

__all__ = ["by_kind", "for_samples"]

Ints = NDArray[np.int64]
Explains = TypeVar("Explains", bound="BaseExplainer")


def for_samples(explainer: Explains, X: Any) -> Explains:
    """The explainer with its masker bound to these checked samples; itself where none need be."""
    masker = explainer.masker
    if not isinstance(masker, OwnPlayers):
        return explainer
    return _with(explainer, masker.bound(X))


def by_kind(explainer: BaseExplainer, X: Any, call: Call) -> Estimate:
    """The estimate for all samples, each explained with those that have players like it.

    So a sample's values do not depend on how many players its companions have.
    """
    masker = explainer.masker
    if not isinstance(masker, OwnPlayers):
        return explainer._estimate(X, call)
    kinds = masker.kinds(X, by_tree=explainer.by_tree)
    call.meter.plan(len(X))
    parts, cells = [], []
    for number, kind in enumerate(kinds):
        call.meter.begin(len(kind.samples))
        known = call.known
        if known is not None:
            # What the checks cost counts once; each kind has a background of its own.
            known = known.of(kind.samples, rows=0 if number else known.rows)
            known = replace(known, background=None)
        part = replace(call, meter=Meter(call.meter), known=known)
        own = _with(explainer, kind.masker)._estimate(X[kind.samples], part)
        parts.append(_spread(own, kind.places, masker.n_players))
        columns = np.arange(own.values.shape[-1])
        cells.append((kind.samples, np.tile(columns, (len(kind.samples), 1))))
    return joined(parts, cells, len(X), parts[0].values.shape[-1])


def _with(explainer: Explains, masker: OwnPlayers) -> Explains:
    twin = copy.copy(explainer)
    twin.masker, twin.feature_names = masker, masker.feature_names
    return twin


def _spread(own: Estimate, places: Ints, d: int) -> Estimate:
    """An estimate of some players in their places among d, all others exactly 0."""
    if len(places) == d:
        return own

    def wide(array: Any) -> Any:
        if array is None:
            return None
        whole = np.zeros((len(array), d, array.shape[-1]))
        whole[:, places] = array
        return whole

    pairs = None
    if own.interactions is not None:
        pairs = np.zeros((len(own.values), d, d, own.values.shape[-1]))
        pairs[np.ix_(np.arange(len(pairs)), places, places)] = own.interactions
    return replace(
        own,
        values=wide(own.values),
        standard_errors=wide(own.standard_errors),
        interactions=pairs,
    )
