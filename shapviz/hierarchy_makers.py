"""Hierarchies from linkage matrices, nested lists of names, and the shapes of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, Words, complaint
from shapviz.hierarchy import LINKAGE, Hierarchy

__all__ = ["as_hierarchy", "grid", "halves", "side_by_side"]

NESTED = "Pass nested lists in which each name stands once, such as [['a', 'b'], 'c']."


def as_hierarchy(given: Any, names: Sequence[str]) -> Hierarchy:
    """Return a hierarchy over the named players.

    Parameters
    ----------
    given : Hierarchy, linkage matrix of shape (d−1, 4), or nested lists
        Lists hold names, or positions where no name is one; more than two in a list are halved.
    names : sequence of str
        Of the d players.

    Raises
    ------
    InputError
        It is none of these, or is not over these players.

    Examples
    --------
    >>> as_hierarchy([["a", "b"], "c"], ["a", "b", "c"]).merges
    ((0, 1), (3, 2))
    """
    d = len(names)
    if isinstance(given, Hierarchy):
        found = given
    elif isinstance(given, list | tuple):
        found = _from_nested(given, [str(name) for name in names])
    else:
        found = _from_linkage(given)
    if found.d != d:
        rule = f"be over the {d} features"
        raise InputError(complaint("hierarchy", rule, Words(f"one over {found.d}"), NESTED))
    return found


def _from_linkage(given: Any) -> Hierarchy:
    matrix = np.asarray(given)
    if matrix.ndim != 2 or matrix.shape[1:] != (4,) or matrix.dtype.kind not in "iuf":
        rule = "be a linkage matrix of shape (d−1, 4), or nested lists of names"
        raise InputError(complaint("hierarchy", rule, given, NESTED))
    if not np.isfinite(matrix).all() or (matrix[:, :2] % 1).any():
        rule = "hold whole node numbers and finite distances"
        raise InputError(complaint("hierarchy", rule, matrix, LINKAGE))
    pairs = tuple((int(a), int(b)) for a, b in matrix[:, :2])
    return Hierarchy(pairs, tuple(float(height) for height in matrix[:, 2]))


def _from_nested(given: Sequence[Any], names: list[str]) -> Hierarchy:
    places = {name: i for i, name in enumerate(names)}
    if len(places) != len(names):
        rule = "be a linkage matrix where names repeat"
        raise InputError(complaint("hierarchy", rule, Words("nested lists"), LINKAGE))
    merges: list[tuple[int, int]] = []
    met: list[int] = []

    def joined(nodes: list[int]) -> int:
        if len(nodes) == 1:
            return nodes[0]
        middle = (len(nodes) + 1) // 2
        merges.append((joined(nodes[:middle]), joined(nodes[middle:])))
        return len(names) + len(merges) - 1

    def node_of(part: Any) -> int:
        if isinstance(part, list | tuple):
            if not part:
                raise InputError(complaint("hierarchy", "have no empty list", part, NESTED))
            return joined([node_of(each) for each in part])
        place = places.get(str(part))
        if place is None and isinstance(part, int | np.integer) and 0 <= part < len(names):
            place = int(part)
        if place is None or place in met:
            rule = "name each feature once"
            raise InputError(complaint("hierarchy", rule, part, NESTED))
        met.append(place)
        return place

    node_of(given)
    if len(met) != len(names):
        missing = next(name for i, name in enumerate(names) if i not in met)
        got = Words(f"nested lists without {missing!r}")
        raise InputError(complaint("hierarchy", "name each feature once", got, NESTED))
    return Hierarchy(tuple(merges))


def halves(players: Sequence[int], made: list[tuple[int, int]], d: int) -> int:
    """Join players by halving their row again and again; merges are appended to `made`.

    Returns the node above them all.
    """
    if len(players) == 1:
        return int(players[0])
    middle = (len(players) + 1) // 2
    pair = halves(players[:middle], made, d), halves(players[middle:], made, d)
    made.append(pair)
    return d + len(made) - 1


def side_by_side(parts: Sequence[Hierarchy]) -> Hierarchy:
    """Return the tree over the players of several, one after the other, joined above all of them.

    Examples
    --------
    >>> side_by_side([grid((2,)), grid((2,))]).nested("abcd")
    [['a', 'b'], ['c', 'd']]
    """
    d = sum(part.d for part in parts)
    merges: list[tuple[int, int]] = []
    heights: list[float] = []
    tops: list[int] = []
    start = 0
    for part in parts:
        place = [*range(start, start + part.d), *range(d + len(merges), d + len(merges) + part.d)]
        merges += [(place[a], place[b]) for a, b in part.merges]
        heights += part.heights
        tops.append(place[part.root])
        start += part.d
    halves(tops, merges, d)
    above = max(heights, default=0.0) + 1.0
    return Hierarchy(tuple(merges), (*heights, *[above] * (len(merges) - len(heights))))


def grid(shape: Sequence[int]) -> Hierarchy:
    """Return the tree over the entries of an array, by halving its longer side again and again.

    The first two axes (rows and columns, or time and channels) are halved until a single place
    is left, then what lies deeper (an image's channels): a place's channels stay together. On a
    square whose side is a power of two every two levels make quarters.

    Parameters
    ----------
    shape : sequence of int
        Of one sample; players are its entries in C order.

    Raises
    ------
    InputError
        The shape has no entry.

    Examples
    --------
    >>> grid((2, 2)).merges
    ((0, 1), (2, 3), (4, 5))
    """
    sides = tuple(int(side) for side in shape)
    if not sides or min(sides) < 1:
        rule = "have at least one entry along each axis"
        raise InputError(complaint("shape", rule, sides, "Pass the shape of one sample."))
    d = int(np.prod(sides))
    place = np.arange(d).reshape(sides)
    merges: list[tuple[int, int]] = []

    def node_of(block: NDArray[Any]) -> int:
        if block.size == 1:
            return int(block.reshape(-1)[0])
        front = range(min(2, block.ndim))
        axes = front if max(block.shape[axis] for axis in front) > 1 else range(block.ndim)
        axis = max(axes, key=lambda each: (block.shape[each], -each))
        middle = (block.shape[axis] + 1) // 2
        first, second = np.split(block, [middle], axis=axis)
        merges.append((node_of(first), node_of(second)))
        return d + len(merges) - 1

    node_of(place)
    return Hierarchy(tuple(merges))
