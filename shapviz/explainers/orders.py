"""Orders of players consistent with a hierarchy, drawn in balance, and what Owen values count.

An order is consistent when the players below every node stand together: at each merge one side
comes first. Pure NumPy; nothing here calls a model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapviz.hierarchy import Hierarchy

__all__ = ["Orders", "balancing", "count_of_all", "every_coalition", "hadamard", "starts"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def count_of_all(tree: Hierarchy) -> int:
    """How many coalitions the consistent orders pass through, the empty and full one included."""
    inner = tree.depths[tree.d :]
    return 2 + 2 * sum(2 ** int(depth) for depth in inner)


def starts(tree: Hierarchy, left_first: Bools) -> Ints:
    """Where each node's players start in the order, int (2d−1,).

    `left_first` (d−1,) says of each merge which side comes first.
    """
    begin = np.zeros(2 * tree.d - 1, dtype=np.int64)
    for node, (left, right) in tree.from_above():
        first, second = (left, right) if left_first[node - tree.d] else (right, left)
        begin[first] = begin[node]
        begin[second] = begin[node] + tree.sizes[first]
    return begin


def balancing(most: int) -> int:
    """How many of at most `most` ≥ 1 orders balance best: a power of two, or three of four.

    Some of the rows of a larger matrix balance less than all rows of a smaller one.
    """
    return 3 if most == 3 else 2 ** (most.bit_length() - 1)


def hadamard(size: int) -> Ints:
    """Sylvester's matrix of ±1 with orthogonal columns, int (size, size); a power of two."""
    matrix = np.ones((1, 1), dtype=np.int64)
    while len(matrix) < size:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


@dataclass(frozen=True)
class Orders:
    """Consistent orders that balance each other, each to be walked forwards and backwards.

    Which side comes first, as a sign, is a column of a Hadamard matrix chosen by the merge's depth
    times a random sign of its own. Every order alone is uniform among the consistent ones, so the
    mean is unbiased; together they show each player every combination of its upper merges equally
    often, as far as there are columns.

    Attributes
    ----------
    orders : int (J, d)
        J is as `balancing` says.
    columns : int (depths,)
        Column of each depth, in the Hadamard matrix of J rows (of four rows where J is three).
    """

    orders: Ints
    columns: Ints

    @classmethod
    def drawn(cls, tree: Hierarchy, count: int, rng: np.random.Generator) -> Orders:
        """`count` orders of a tree over d ≥ 2 players, as many as `balancing` allows."""
        matrix = hadamard(4)[rng.permutation(4)[:3]] if count == 3 else hadamard(count)
        depths = tree.depths[tree.d :]
        columns = _columns(matrix.shape[1], int(depths.max()) + 1)
        own = rng.choice(np.array([-1, 1]), len(depths))
        signs = matrix[:, columns[depths]] * own
        places = np.stack([starts(tree, sign > 0)[: tree.d] for sign in signs])
        return cls(np.argsort(places, axis=1), columns)


def _columns(size: int, depths: int) -> Ints:
    """Which column each depth gets: all before one comes again, then back and forth.

    Effects of four merges stay where the product of three's columns is the fourth's: each depth
    takes the column for which that happens least, and among the highest merges least of all.
    Coming back, the lowest merges share columns with each other; the highest keeps its own.
    """
    ranked, products = [0], dict.fromkeys(range(size), 0.0)
    while len(ranked) < min(size, depths):
        new = min(set(range(size)) - set(ranked), key=lambda column: (products[column], column))
        k = len(ranked)
        for i, a in enumerate(ranked):
            for j, b in enumerate(ranked[:i]):
                # Columns multiply as the bits of their numbers add.
                products[a ^ b ^ new] += 2.0 ** -(i + j + k)
        ranked.append(new)
    again = ranked[1:] or ranked
    cycle = [*reversed(again), *again]
    return np.array((ranked + cycle * (depths // len(cycle) + 1))[:depths])


def every_coalition(tree: Hierarchy) -> tuple[Bools, Floats]:
    """All coalitions that consistent orders pass through, and what each counts in each value.

    Returns
    -------
    bool (m, d), float64 (d, m)
        The first coalition is empty, the second full. Values = weights @ outcomes: the Owen value
        of a player is its mean contribution to the 2^h coalitions that its h merges can put before
        it.
    """
    d = tree.d
    below = np.zeros((2 * d - 1, d), dtype=bool)
    below[np.arange(d), np.arange(d)] = True
    for node, (left, right) in enumerate(tree.merges, d):
        below[node] = below[left] | below[right]
    before = {tree.root: np.zeros((1, d), dtype=bool)}
    for node, (left, right) in tree.from_above():
        above = before.pop(node)
        before[left] = np.concatenate([above, above | below[right]])
        before[right] = np.concatenate([above, above | below[left]])
    without = [before[i] for i in range(d)]
    found: dict[bytes, int] = {}
    coalitions: list[Bools] = []

    def place(coalition: Bools) -> int:
        key = np.packbits(coalition).tobytes()
        if key not in found:
            found[key] = len(coalitions)
            coalitions.append(coalition)
        return found[key]

    place(np.zeros(d, dtype=bool))
    place(np.ones(d, dtype=bool))
    cells: list[tuple[int, int, float]] = []
    for i, contexts in enumerate(without):
        for context in contexts:
            cells.append((i, place(context), -1.0 / len(contexts)))
            cells.append((i, place(context | below[i]), 1.0 / len(contexts)))
    weights = np.zeros((d, len(coalitions)))
    for i, column, weight in cells:
        weights[i, column] += weight
    return np.stack(coalitions), weights
