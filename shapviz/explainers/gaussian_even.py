"""Pairwise interactions read off a Gaussian process on the even part of a game.

The Shapley interaction index depends only on the even part h(z) = (v(z) + v(z̄))/2, which the
complementary pairs of a design give beside the odd part that the values are read off. With players
as signs, h is a constant and a sum of products of an even number of signs. The prior is that of
`gaussian`, for even products, single pairs having some variance more; the constant is free, and
drops out. Nothing here calls a model.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from shapviz.explainers import gaussian
from shapviz.explainers.gaussian import Prior
from shapviz.explainers.interactions import index_of

__all__ = ["learn", "posterior"]

Floats = NDArray[np.float64]


def learn(signs: Floats, even: Floats) -> tuple[Prior, Prior]:
    """The priors under which the columns are most likely, each of its own mean and amplitude.

    Parameters
    ----------
    signs : float64 (P, d)
        ±1; the last row is the full coalition.
    even : float64 (P, K)
        Even part there; no column constant.

    Returns
    -------
    tuple of Prior
        As `gaussian.learn` says; ``slope`` is the variance that single pairs have besides.
    """
    return gaussian.learn(signs, even, _loss)


def _contrasts(rows: Floats) -> Floats:
    """Rows (P, c) as P − 1 orthonormal contrasts between them, to which a constant is nothing.

    By the reflection that takes the vector of ones to an axis.
    """
    count = len(rows)
    reflected: Floats = rows[1:] - (rows[0] + rows.sum(axis=0) / np.sqrt(count)) / (
        1 + np.sqrt(count)
    )
    return reflected


def _expanded(contrasts: Floats) -> Floats:
    """The transpose of `_contrasts`: contrasts (P − 1, c) as rows (P, c) that sum to nothing."""
    count = len(contrasts) + 1
    total = contrasts.sum(axis=0)
    first = -total / np.sqrt(count)
    rest = contrasts - total / (np.sqrt(count) * (1 + np.sqrt(count)))
    return np.concatenate([first[None], rest])


def _parts(left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """What pairs of features alone, and what size alone, makes alike between coalitions.

    Coalitions are of one size here when they or their complements are: h does not tell the two
    apart. A game of sizes is the same for all pairs of features.
    """
    d = left.shape[1]
    pairs = ((left @ right.T) ** 2 - d) / (d * (d - 1))
    a, b = np.abs(left.sum(axis=1))[:, None], np.abs(right.sum(axis=1))[None, :]
    return pairs, (a == b).astype(np.float64)


def _scale(lengths: Floats) -> tuple[float, float, float]:
    """Σ lengths; what products vary by at the full coalition, and their mean, over e^Σ."""
    total = float(lengths.sum())
    mean = float(np.exp(np.log1p(np.expm1(-2 * lengths) / 2).sum()))
    return total, 1 + float(np.exp(-2 * total)) - 2 * mean, mean


def _covariance(left: Floats, right: Floats, prior: Prior) -> Floats:
    """Of the even part between coalitions (P, d) and (Q, d), each pair's own part left out."""
    total, scale, mean = _scale(prior.lengths)
    product = (left * prior.lengths) @ right.T
    curved = (np.exp(product - total) + np.exp(-product - total) - 2 * mean) / scale
    pairs, alike = _parts(left, right)
    whole: Floats = curved + prior.slope * pairs + prior.size * alike
    return whole


def _loss(at: Floats, signs: Floats, even: Floats) -> tuple[float, Floats]:
    """Negative log likelihood of the contrasts a column, amplitudes at their best; its slope."""
    (P, d), K = signs.shape, even.shape[1]
    lengths, (slope, size, noise) = np.exp(at[:d]), np.exp(at[d:])
    total, scale, mean = _scale(lengths)
    product = (signs * lengths) @ signs.T
    up, down = np.exp(product - total), np.exp(-product - total)
    curved, sine = (up + down - 2 * mean) / scale, (up - down) / scale
    pairs, alike = _parts(signs, signs)
    covariance = curved + slope * pairs + size * alike + noise * np.eye(P)
    factor = cho_factor(_contrasts(_contrasts(covariance).T), lower=True, check_finite=False)
    seen = _contrasts(even)
    answer = cho_solve(factor, seen, check_finite=False)
    inverse = cho_solve(factor, np.eye(P - 1), check_finite=False)
    amplitude = (seen * answer).sum(axis=0) / (P - 1)
    loss = 0.5 * (P - 1) * np.log(amplitude).mean() + np.log(np.diag(factor[0])).sum()
    pull = _expanded(_expanded((answer / amplitude) @ answer.T / K - inverse).T)
    tanh = np.tanh(lengths)
    # A constant is nothing to the contrasts: what a length adds to the mean drops out.
    by_length = np.einsum("pi,pi->i", signs, (pull * sine) @ signs)
    edge = -np.expm1(-2 * total) / scale - 2 * mean / scale * tanh
    by_length -= (pull * curved).sum() * edge
    slopes = np.concatenate(
        [
            by_length * lengths,
            [
                (pull * pairs).sum() * slope,
                (pull * alike).sum() * size,
                np.trace(pull) * noise,
            ],
        ]
    )
    return float(loss), -0.5 * slopes


def _answer(signs: Floats, even: Floats, prior: Prior) -> Floats:
    """Weights (P, K) of the coalitions: what is expected of anything is its covariance times them.

    They sum to 0, which is how a free constant drops out.
    """
    covariance = _covariance(signs, signs, prior) + prior.noise * np.eye(len(signs))
    factor = cho_factor(_contrasts(_contrasts(covariance).T), lower=True)
    return _expanded(cho_solve(factor, _contrasts(even)))


def posterior(signs: Floats, even: Floats, prior: Prior) -> Floats:
    """The interaction index (d, d, K) expected, given the even part at some coalitions.

    Parameters
    ----------
    signs : float64 (P, d)
        The last row is the full coalition.
    even : float64 (P, K)
    prior : Prior

    Returns
    -------
    float64 (d, d, K)
        The diagonal is 0.
    """
    return _index(signs, _answer(signs, even, prior), prior)


def _index(signs: Floats, answer: Floats, prior: Prior) -> Floats:
    """Covariance of the interaction index with the even part, times an answer (P, K).

    A product over a set S counts 4/(|S| − 1) for each two of its members: ∫ t^{|S|−2} dt.
    """
    d = signs.shape[1]
    rho = np.tanh(prior.lengths)
    total, scale, _ = _scale(prior.lengths)
    logged = -np.log(np.cosh(prior.lengths)).sum() + total + np.log(scale / 2)
    kept = signs > 0
    # Each pair's own part stands at a coalition and at its complement, which count alike.
    found = 2 * prior.noise * index_of(kept, answer)
    for node, weight in zip(*gaussian.unit_nodes(12), strict=True):
        for sign in (1.0, -1.0):
            logs = np.log1p(sign * node * rho * signs)
            whole = 2 * weight * np.exp(logs.sum(axis=1) - logged)
            each = rho * signs * np.exp(-logs)
            for k, column in enumerate(answer.T):
                found[..., k] += each.T @ (each * (column * whole)[:, None])
    for k, column in enumerate(answer.T):
        found[..., k] += 8 * prior.slope / (d * (d - 1)) * (signs.T @ (signs * column[:, None]))
    inside = np.abs(signs.sum(axis=1))
    ends = (inside == d).astype(np.float64) - (inside == d - 2)
    found += 2 * prior.size / (d - 1) * (ends @ answer)
    found[np.diag_indices(d)] = 0.0
    return found
