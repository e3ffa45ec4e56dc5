"""A binary tree over players: who is hidden together first. Calls no model.

The value says nothing of how it was made; `hierarchy_makers` reads linkage matrices, nested lists
and the shapes of arrays, and `maskers.clustering` a background.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, Words, complaint

__all__ = ["LINKAGE", "Hierarchy"]

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LINKAGE = "Pass a matrix as scipy.cluster.hierarchy.linkage gives it."


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
