"""What the right answer is: slow or closed-form Shapley values that share no code with shapviz."""

from __future__ import annotations

from math import factorial

import numpy as np

MOST_PLAYERS = 14


def agree(actual, expected, rel):
    """Whether arrays are equal to within `rel` of the largest expected magnitude."""
    actual, expected = np.asarray(actual, float), np.asarray(expected, float)
    if actual.shape != expected.shape or not np.isfinite(actual).all():
        return False
    scale = np.max(np.abs(expected), initial=0.0)
    return bool(np.max(np.abs(actual - expected), initial=0.0) <= rel * scale)


def outcome_table(f, x, background, weights=None, link=lambda p: p):
    """v(S) for every S of one sample, (2^d, K); row k holds the coalition of the bits of k."""
    d = len(x)
    if d > MOST_PLAYERS:
        raise ValueError(f"{d} players are too many for brute force")
    b = len(background)
    weights = np.full(b, 1.0 / b) if weights is None else np.asarray(weights)
    table = []
    for code in range(2**d):
        rows = np.array(background, dtype=float)
        for i in range(d):
            if code >> i & 1:
                rows[:, i] = x[i]
        table.append(weights @ np.asarray(f(rows), dtype=float).reshape(b, -1))
    return link(np.array(table))


def brute_force(table):
    """Shapley values (d, K) from outcomes (2^d, K), by the sum over coalitions without i."""
    d = int(np.log2(len(table)))
    values = np.zeros((d, table.shape[1]))
    for i in range(d):
        for code in range(2**d):
            if not code >> i & 1:
                s = code.bit_count()
                weight = factorial(s) * factorial(d - s - 1) / factorial(d)
                values[i] += weight * (table[code | 1 << i] - table[code])
    return values


def consistent_orders(tree):
    """All orders of a nested pair tree's leaves in which every branch stays together."""
    if not isinstance(tree, tuple | list):
        return [[tree]]
    left, right = map(consistent_orders, tree)
    return [a + b for p, q in ((left, right), (right, left)) for a in p for b in q]


def owen(table, tree):
    """Owen values (d, K) from outcomes (2^d, K): the mean contribution over consistent orders.

    The tree is nested pairs of player numbers, such as ((0, 1), 2).
    """
    orders = consistent_orders(tree)
    values = np.zeros((len(orders[0]), table.shape[1]))
    for order in orders:
        code = 0
        for i in order:
            values[i] += table[code | 1 << i] - table[code]
            code |= 1 << i
    return values / len(orders)


def brute_force_interactions(table):
    """Interaction values (d, d, K) from outcomes (2^d, K), by the sum over coalitions without i, j.

    Half the index off the diagonal; on it what is left of the Shapley value.
    """
    d = int(np.log2(len(table)))
    values = np.zeros((d, d, table.shape[1]))
    for i in range(d):
        for j in range(i):
            for code in range(2**d):
                if not (code >> i & 1 or code >> j & 1):
                    s = code.bit_count()
                    weight = factorial(s) * factorial(d - s - 2) / factorial(d - 1) / 2
                    both, one, other = code | 1 << i | 1 << j, code | 1 << i, code | 1 << j
                    values[i, j] += weight * (table[both] - table[one] - table[other] + table[code])
            values[j, i] = values[i, j]
    for i, value in enumerate(brute_force(table)):
        values[i, i] = value - values[i].sum(axis=0)
    return values


def interactions(f, X, background, weights=None, link=lambda p: p):
    """Exact interaction values (n, d, d, K) of the background game."""
    tables = [outcome_table(f, x, background, weights, link) for x in X]
    return np.array([brute_force_interactions(table) for table in tables])


def shapley(f, X, background, weights=None, link=lambda p: p):
    """Exact Shapley values (n, d, K) of the background game."""
    return np.array([brute_force(outcome_table(f, x, background, weights, link)) for x in X])


def linear_values(coefficients, X, background):
    """Values (n, d) of f(x) = coefficients · x + anything."""
    return np.asarray(coefficients) * (np.asarray(X) - np.mean(background, axis=0))


def product_values(x, b):
    """Values (d,) of f(x) = Π xᵢ against one background row b.

    φᵢ = (xᵢ − bᵢ) ∫₀¹ Π_{j≠i} (bⱼ + t (xⱼ − bⱼ)) dt, the integral of a polynomial.
    """
    x, b = np.asarray(x, float), np.asarray(b, float)
    values = np.empty(len(x))
    for i in range(len(x)):
        polynomial = np.polynomial.Polynomial([x[i] - b[i]])
        for j in range(len(x)):
            if j != i:
                polynomial *= np.polynomial.Polynomial([b[j], x[j] - b[j]])
        values[i] = polynomial.integ()(1.0)
    return values
