"""Fields of an Explanation whose players are not a sample's entries: regions, wholes and trees.

Each is an array over samples, or, of several inputs, a mapping of input names to such arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, Words, complaint
from shapviz.explanation_fields import plain
from shapviz.hierarchy import Hierarchy
from shapviz.input_parts import Shapes
from shapviz.types import Array

__all__ = ["REGIONAL", "checked", "each", "hierarchy_of", "same", "spread", "stacked", "widened"]

REGIONAL = ("regions", "wholes")
"""Fields that are by input where there are several."""

Floats = NDArray[np.float64]


def each(field: Any, change: Callable[[Array], Array]) -> Any:
    """A field with every array of it changed; None stays None."""
    if field is None:
        return None
    if isinstance(field, Mapping):
        return {name: change(array) for name, array in field.items()}
    return change(field)


def same(a: Any, b: Any) -> bool:
    """Whether two fields hold the same; NaN equals NaN."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return list(a) == list(b) and all(same(a[name], b[name]) for name in a)
    if a is None or b is None or isinstance(a, Mapping) or isinstance(b, Mapping):
        return a is b
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def checked(
    regions: Any, wholes: Any, trees: Any, n: int, players: int, inputs: Shapes | None
) -> tuple[Any, Any, Any]:
    """The three fields, read-only; InputError where they do not fit each other or the values."""
    places = {name: int(np.prod(shape)) for name, shape in (inputs or {}).items()}
    by_input = isinstance(regions, Mapping)
    if by_input and (inputs is None or not set(regions) <= set(places)):
        raise InputError(
            complaint(
                "regions",
                "be by input where there are several",
                Words(", ".join(regions)),
                "Check `inputs`.",
            )
        )

    def owner(name: str, given: Any, count: int) -> Array:
        array = np.array(given)
        fits = array.ndim > 1 and len(array) == n and array.dtype.kind in "iu"
        if not fits or (array.size and not -1 <= array.min() <= array.max() < count):
            rule = f"be whole numbers from -1 to {count - 1}, a row for each of {n} samples"
            fix = "Say of each entry which player holds it, -1 for none."
            raise InputError(complaint(name, rule, array, fix))
        return _frozen(array.astype(np.int32))

    def whole(name: str, given: Any, held: Any) -> Array:
        array = plain(given)
        shape = None if held is None else held.shape
        if shape is None or array.shape[: len(shape)] != shape:
            rule = f"have the axes of `regions` first, {shape}"
            fix = "They are the samples that regions are of."
            raise InputError(complaint(name, rule, array, fix))
        return _frozen(array)

    if by_input:
        regions = {k: owner(f"regions[{k!r}]", v, places[k]) for k, v in regions.items()}
        known = wholes if isinstance(wholes, Mapping) else {}
        wholes = {k: whole(f"wholes[{k!r}]", v, regions.get(k)) for k, v in known.items()}
        regions, wholes = MappingProxyType(regions), MappingProxyType(wholes)
    else:
        regions = None if regions is None else owner("regions", regions, players)
        wholes = None if wholes is None else whole("wholes", wholes, regions)
    if trees is not None:
        trees = np.array(trees, dtype=np.float64)
        if trees.shape != (n, players - 1, 3):
            rule = f"have shape ({n}, {players - 1}, 3): left, right and height of each merge"
            raise InputError(complaint("trees", rule, trees, "NaN past a sample's own merges."))
        _frozen(trees)
    return regions, wholes, trees


def spread(values: Array, regions: Array) -> Array:
    """Each entry with the value of the region that holds it, (n, \\*axes, \\*outputs), else 0."""
    beyond = np.zeros_like(values[:, :1])
    padded = np.concatenate([values, beyond], axis=1)
    rows = np.arange(len(values)).reshape(-1, *[1] * (regions.ndim - 1))
    return padded[rows, regions]


def hierarchy_of(trees: Array, sample: int) -> tuple[Hierarchy, NDArray[np.int64]]:
    """One sample's tree over its own players, and where these stand among all."""
    d = trees.shape[1] + 1
    merges = trees[sample]
    merges = merges[~np.isnan(merges[:, 0])]
    nodes = merges[:, :2].astype(np.int64)
    places = np.unique(nodes[nodes < d]) if len(nodes) else np.zeros(1, np.int64)
    number = np.concatenate([np.searchsorted(places, np.arange(d)), len(places) + np.arange(d)])
    pairs = tuple((int(a), int(b)) for a, b in number[nodes])
    return Hierarchy(pairs, tuple(merges[:, 2].tolist())), places


def widened(fields: Mapping[str, Any], players: int) -> dict[str, Any]:
    """Fields of an explanation with one axis of own players, given empty places up to so many."""
    values = fields["values"]
    more = players - values.shape[1]
    if not more:
        return dict(fields)

    def wider(array: Array | None, fill: Any, axes: Sequence[int] = (1,)) -> Array | None:
        if array is None:
            return None
        fill = "" if array.dtype.kind == "O" else fill
        return np.pad(
            array,
            [(0, more if axis in axes else 0) for axis in range(array.ndim)],
            constant_values=fill,
        )

    trees = fields["trees"]
    if trees is not None:
        # Merges are numbered after all places.
        moved = np.where(trees[..., :2] >= values.shape[1], trees[..., :2] + more, trees[..., :2])
        trees = wider(np.concatenate([moved, trees[..., 2:]], axis=2), np.nan)
    return {
        **fields,
        **{name: wider(fields[name], 0.0) for name in ("values", "standard_errors")},
        **{name: wider(fields[name], np.nan) for name in ("data", "display_data")},
        "interactions": wider(fields["interactions"], 0.0, (1, 2)),
        "trees": trees,
    }


def stacked(fields: Sequence[Any]) -> Any:
    """The samples of several fields, one after the other; None where one has none."""
    if any(field is None for field in fields):
        return None
    if isinstance(fields[0], Mapping):
        return {name: np.concatenate([field[name] for field in fields]) for name in fields[0]}
    return np.concatenate(list(fields))


def _frozen(array: Array) -> Array:
    array.setflags(write=False)
    return array
