"""A binary tree over players: who is hidden together first. Calls no model.

The value says nothing of how it was made; the makers here read linkage matrices, nested lists and
the shapes of arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, Words, complaint

__all__ = ["Hierarchy", "as_hierarchy", "grid", "halves", "side_by_side"]

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LINKAGE = "Pass a matrix as scipy.cluster.hierarchy.linkage gives it."
NESTED = "Pass nested lists in which each name stands once, such as [['a', 'b'], 'c']."


@dataclass(frozen=True)
class Hierarchy:
    """A binary tree over d players, as the merges that build it from below.

    Nodes 0 … d−1 are the players, and the k-th merge makes node d+k; the last one is the root.

    Parameters
    ----------
    merges : tuple of (int, int)
        d−1 of them: the two nodes joined, each made before and joined once; "left" comes first.
    heights : tuple of float, optional
        How far apart each merge's nodes are, in whatever measure made the tree. Default: the
        number of players below.

    Raises
    ------
    InputError
        The merges make no tree, or there is another number of heights.

    Examples
    --------
    >>> tree = Hierarchy(((0, 1), (3, 2)))
    >>> tree.nested(["a", "b", "c"])
    [['a', 'b'], 'c']
    >>> tree.groups(2, ["a", "b", "c"])
    {'a, b': ['a', 'b'], 'c': ['c']}
    """

    merges: tuple[tuple[int, int], ...]
    heights: tuple[float, ...] = field(default=())

    def __post_init__(self) -> None:
        d = len(self.merges) + 1
        merges = tuple((int(a), int(b)) for a, b in self.merges)
        joined: set[int] = set()
        for k, pair in enumerate(merges):
            for node in pair:
                if not 0 <= node < d + k or node in joined:
                    got = Words(f"node {node} in merge {k} of {d - 1}")
                    rule = "join nodes made before, each once"
                    raise InputError(complaint("hierarchy", rule, got, LINKAGE))
                joined.add(node)
        object.__setattr__(self, "merges", merges)
        heights = tuple(float(h) for h in self.heights) or tuple(
            float(size) for size in self.sizes[d:]
        )
        if len(heights) != d - 1:
            got = Words(f"{len(heights)} heights")
            raise InputError(complaint("heights", f"be {d - 1}, one a merge", got, LINKAGE))
        object.__setattr__(self, "heights", heights)

    @property
    def d(self) -> int:
        """Number of players."""
        return len(self.merges) + 1

    @property
    def root(self) -> int:
        """The node above all."""
        return 2 * len(self.merges)

    @cached_property
    def sizes(self) -> Ints:
        """Players below each node, int (2d−1,)."""
        sizes = np.ones(2 * len(self.merges) + 1, dtype=np.int64)
        for node, (a, b) in enumerate(self.merges, self.d):
            sizes[node] = sizes[a] + sizes[b]
        return sizes

    @cached_property
    def depths(self) -> Ints:
        """Merges above each node, int (2d−1,); 0 for the root."""
        depths = np.zeros(2 * len(self.merges) + 1, dtype=np.int64)
        for node, pair in self.from_above():
            depths[list(pair)] = depths[node] + 1
        return depths

    def from_above(self) -> Iterable[tuple[int, tuple[int, int]]]:
        """Each merge's node and the two it joins, the root first."""
        for k in range(len(self.merges) - 1, -1, -1):
            yield self.d + k, self.merges[k]

    def members(self, node: int) -> list[int]:
        """The players below a node, in the tree's order."""
        found, ahead = [], [int(node)]
        while ahead:
            node = ahead.pop()
            if node < self.d:
                found.append(node)
            else:
                ahead.extend(reversed(self.merges[node - self.d]))
        return found

    def restricted(self, players: Sequence[int] | Ints) -> Hierarchy:
        """The tree over some of the players, at least one, renumbered in the order given."""
        place: dict[int, int] = {int(player): i for i, player in enumerate(players)}
        merges: list[tuple[int, int]] = []
        heights: list[float] = []
        for node, (pair, height) in enumerate(zip(self.merges, self.heights, strict=True), self.d):
            kept = [place[each] for each in pair if each in place]
            if len(kept) == 2:
                merges.append((kept[0], kept[1]))
                heights.append(height)
                place[node] = len(players) + len(merges) - 1
            elif kept:
                place[node] = kept[0]
        return Hierarchy(tuple(merges), tuple(heights))

    def cut(self, count: int) -> list[int]:
        """At most `count` nodes that hold every player once: the highest merges are undone first.

        In the tree's order.
        """
        heights = {self.d + k: height for k, height in enumerate(self.heights)}
        nodes = [self.root]
        while len(nodes) < count:
            inner = [node for node in nodes if node >= self.d]
            if not inner:
                break
            highest = max(inner, key=lambda node: (heights[node], node))
            at = nodes.index(highest)
            nodes[at : at + 1] = self.merges[highest - self.d]
        return nodes

    def groups(self, count: int, names: Sequence[str]) -> dict[str, list[str]]:
        """At most `count` groups of features, as `Explanation.sum_groups` takes them."""
        found = [[str(names[i]) for i in self.members(node)] for node in self.cut(count)]
        return {", ".join(group): group for group in found}

    def nested(self, names: Sequence[str]) -> Any:
        """The tree as nested lists of names."""
        made: list[Any] = [str(name) for name in names]
        for a, b in self.merges:
            made.append([made[a], made[b]])
        return made[-1]

    def to_list(self) -> list[list[float]]:
        """[left, right, height] of each merge: JSON, from which `from_list` makes it again."""
        pairs = zip(self.merges, self.heights, strict=True)
        return [[a, b, height] for (a, b), height in pairs]

    @classmethod
    def from_list(cls, merges: Sequence[Sequence[float]]) -> Hierarchy:
        """What `to_list` gave, as a hierarchy again."""
        pairs = tuple((int(a), int(b)) for a, b, _ in merges)
        return cls(pairs, tuple(float(height) for _, _, height in merges))


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
