"""Regions as features: which have no value of their own, and where in a picture each lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

import numpy as np

from shapviz.explanation import Explanation
from shapviz.labels import DASH
from shapviz.types import Array, BoolArray
from shapviz.views.image_places import PLACES

__all__ = ["placed_names", "unmeasured"]


def unmeasured(explanation: Explanation) -> BoolArray | None:
    """Return flags over flat features, True where nothing is measured; None where all are.

    A region of a picture, or some steps of several signals, holds many readings: their mean is
    what `data` tells, and no value that a person would name. One signal's mean is one.
    """
    flags = np.zeros(len(explanation.feature_names), dtype=bool)
    for start, stop, regions, wholes, kind in _parts(explanation):
        one_signal = wholes is not None and (
            regions.shape == wholes.shape or wholes.shape[-1:] == (1,)
        )
        flags[start:stop] = kind != "sequence" or not one_signal
    return flags if flags.any() else None


def placed_names(explanation: Explanation, sample: int) -> tuple[str, ...]:
    """Return one sample's feature names, regions of a picture with their place; () without any.

    Places are ninths of the frame, by a region's middle: "Region 3 (upper left)". Blocks of a
    window are called by their steps: "Steps 4–7".
    """
    names = list(explanation.feature_names)
    found = False
    for start, stop, regions, _, kind in _parts(explanation):
        if kind == "sequence":
            # As the sentences about windows call them.
            for k in range(start, stop):
                steps = names[k].removeprefix("time ")
                if steps != names[k]:
                    found = True
                    names[k] = f"{'Steps' if DASH in steps else 'Step'} {steps}"
        if kind != "image":
            continue
        found = True
        for player, place in _places(regions[sample], stop - start):
            name = names[start + player]
            # A capital as other names have, where it is a word of ours.
            name = f"R{name[1:]}" if name.startswith("region ") else name
            names[start + player] = f"{name} ({place})"
    return tuple(names) if found else ()


def _parts(explanation: Explanation) -> Iterator[tuple[int, int, Array, Array | None, str]]:
    """Flat features that are regions: first and past the last, regions, wholes, what they are."""
    told, regions, wholes = explanation.provenance, explanation.regions, explanation.wholes
    if regions is None:
        return
    if explanation.inputs is None:
        kind = str(told.get("modality") or _by_shape(regions))
        yield 0, len(explanation.feature_names), regions, wholes, kind
        return
    each: Mapping[str, Any] = told.get("told_by_input") or {}
    start = 0
    for name, shape in explanation.inputs.items():
        stop = start + prod(shape)
        if name in regions:
            kind = str(each.get(name, {}).get("modality") or _by_shape(regions[name]))
            yield start, stop, regions[name], wholes.get(name), kind
        start = stop


def _by_shape(regions: Array) -> str:
    return "image" if regions.ndim == 3 else "sequence"


def _places(held: Array, players: int) -> Iterator[tuple[int, str]]:
    """Of each region that holds a pixel: the ninth of the frame that its middle lies in."""
    height, width = held.shape
    y, x = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    inside = held >= 0
    sizes = np.bincount(held[inside], minlength=players)

    def third(at: Array, side: int) -> Array:
        middle: Array = np.bincount(held[inside], at[inside] + 0.5, minlength=players)
        share = middle / (np.maximum(sizes, 1) * side)
        return np.minimum((3 * share).astype(int), 2)

    ninths = 3 * third(y, height) + third(x, width)
    for player in np.flatnonzero(sizes):
        yield int(player), PLACES[int(ninths[player])]
