"""Plans for Owen values: all that a hierarchy allows, balanced walks, or a cut that is refined."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from shapviz.coalitions import prefixes
from shapviz.explainers.coalitional import Plan, Play, Reading
from shapviz.explainers.order_errors import balanced_errors
from shapviz.explainers.orders import Orders, every_coalition, starts
from shapviz.explainers.permutation import ends, path
from shapviz.hierarchy import Hierarchy

__all__ = ["cut_plan", "enumerated_plan", "walks_plan"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ENOUGH = 4
"""Orders from which on there are standard errors. Two balance the top merge against the others
alone, and what differs between them says nothing of what they have in common: on a tree ensemble
such 95% intervals held 80% of the values."""


def enumerated_plan(tree: Hierarchy) -> Plan:
    """The plan that plays every coalition consistent orders pass through; exact to rounding."""
    coalitions, weights = every_coalition(tree)

    def read(outcomes: Floats) -> Reading:
        # Outcomes are centred first: a large base value would cost digits.
        values: Floats = weights @ (outcomes - outcomes[:, :1])
        return Reading(values, np.zeros_like(values))

    return Plan(coalitions, read, "enumerated")


def walks_plan(tree: Hierarchy, pairs: int, rng: np.random.Generator) -> Plan:
    """The plan of `pairs` consistent orders of d ≥ 2 players, each walked both ways."""
    d = tree.d
    drawn = Orders.drawn(tree, pairs, rng)
    walks = np.concatenate([prefixes(order) for order in drawn.orders])
    coalitions = np.concatenate([ends(d), walks, ~walks])
    steps = np.arange(len(walks), dtype=np.int64).reshape(pairs, d - 1) + 2
    forwards = np.stack([path(forth) for forth in steps])
    backwards = np.stack([path(forth[::-1] + len(walks)) for forth in steps])

    def read(outcomes: Floats) -> Reading:
        n, _, K = outcomes.shape
        forth, back = np.empty((2, pairs, n, d, K))
        for j, order in enumerate(drawn.orders):
            forth[j][:, order] = np.diff(outcomes[:, forwards[j]], axis=1)
            back[j][:, order[::-1]] = np.diff(outcomes[:, backwards[j]], axis=1)
        both = (forth + back) / 2.0
        errors = None
        if pairs >= ENOUGH:
            errors = balanced_errors(both, (forth - back) / 2.0, drawn, tree.depths[:d])
        return Reading(both.mean(axis=0), errors)

    return Plan(coalitions, read, "balanced hierarchical permutations")


@dataclass(frozen=True, eq=False)
class _Cut:
    """One consistent order, of which only some prefixes are played."""

    tree: Hierarchy
    begin: Ints
    """Where each node starts in the order."""
    first: tuple[int, ...]
    """The cut that every sample starts from."""
    groups: int
    """Nodes in the cut that each sample ends with."""
    order: Ints = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", np.argsort(self.begin[: self.tree.d]))

    def middle(self, node: int) -> int:
        """Length of the prefix that parts a node's two sides."""
        return int(max(self.begin[child] for child in self.children(node)))

    def children(self, node: int) -> tuple[int, int]:
        return self.tree.merges[node - self.tree.d]

    def prefixes(self, lengths: list[int]) -> Bools:
        """The prefixes of those lengths and their complements, bool (2·len, d)."""
        kept = self.begin[None, : self.tree.d] < np.asarray(lengths)[:, None]
        return np.concatenate([kept, ~kept])

    @cached_property
    def lengths(self) -> list[int]:
        """Of the prefixes that part the first cut."""
        return sorted(int(self.begin[node]) for node in self.first if self.begin[node])

    def read(self, outcomes: Floats) -> Reading:
        """Values of the first cut, from its outcomes (n, m, K)."""
        return Reading(
            np.stack([self._shares(list(self.first), self._at_first(one)) for one in outcomes]),
            None,
        )

    def follow(self, outcomes: Floats, play: Play) -> Reading:
        """Refine one sample's cut, from the outcomes (m, K) of the first; its values."""
        odd, nodes = self._at_first(outcomes), list(self.first)
        while len(nodes) < self.groups:
            split = self._worth_splitting(nodes, odd)
            lengths = [self.middle(node) for node in split]
            odd[lengths] = _odd(play(self.prefixes(lengths)))
            nodes = [node for node in nodes if node not in set(split)]
            nodes += [child for node in split for child in self.children(node)]
        return Reading(self._shares(nodes, odd)[None], None)

    def _at_first(self, outcomes: Floats) -> Floats:
        """The odd part (d+1, K) at each prefix of the order, NaN where it was not played.

        Contributions, forwards and backwards averaged, are its differences.
        """
        odd = np.full((self.tree.d + 1, outcomes.shape[1]), np.nan)
        odd[-1] = (outcomes[1] - outcomes[0]) / 2
        odd[0] = -odd[-1]
        odd[self.lengths] = _odd(outcomes[2:])
        return odd

    def _shares(self, nodes: list[int], odd: Floats) -> Floats:
        """Values (d, K): players of one group share alike."""
        shares = np.empty((self.tree.d, odd.shape[1]))
        for node in nodes:
            start, size = int(self.begin[node]), int(self.tree.sizes[node])
            shares[self.order[start : start + size]] = (odd[start + size] - odd[start]) / size
        return shares

    def _worth_splitting(self, nodes: list[int], odd: Floats) -> list[int]:
        """The groups whose values are largest, up to half of what the budget still allows."""
        at = self.begin[nodes]
        values = odd[at + self.tree.sizes[nodes]] - odd[at]
        scale = np.abs(values).max(axis=0)
        size = ((values / np.where(scale > 0, scale, 1.0)) ** 2).sum(axis=1)
        # Rounded: what differs in the last digit only is equal, on any machine.
        score = np.round(size, 9)
        inner = [k for k, node in enumerate(nodes) if node >= self.tree.d]
        inner.sort(key=lambda k: (-score[k], -self.tree.sizes[nodes[k]], nodes[k]))
        room = self.groups - len(nodes)
        return [nodes[k] for k in inner[: (room + 1) // 2]]


def cut_plan(tree: Hierarchy, groups: int, rng: np.random.Generator) -> Plan:
    """The plan of one order over groups of players, split further where values are large.

    Parameters
    ----------
    tree : Hierarchy
        Over d players.
    groups : int
        Fewer than d: how many nodes the last cut has. Half of them are the same for all samples:
        the largest are parted first.
    """
    begin = starts(tree, rng.random(tree.d - 1) < 0.5)
    nodes = [tree.root]
    while len(nodes) < (groups + 1) // 2:
        largest = max(nodes, key=lambda node: (tree.sizes[node], node))
        nodes.remove(largest)
        nodes += tree.merges[largest - tree.d]
    cut = _Cut(tree, begin, tuple(nodes), groups)
    coalitions = np.concatenate([ends(tree.d), cut.prefixes(cut.lengths)])

    return Plan(coalitions, cut.read, f"one order of {groups} groups", follow=cut.follow)


def _odd(outcomes: Floats) -> Floats:
    """The odd part (p, K) from outcomes of p coalitions and then of their complements."""
    half = len(outcomes) // 2
    part: Floats = (outcomes[:half] - outcomes[half:]) / 2
    return part
