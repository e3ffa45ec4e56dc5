"""Shapley values read off a Gaussian process on the odd part of a game.

Shapley values depend only on the odd part g(z) = (v(z) − v(z̄))/2, and a complementary pair of
coalitions gives exactly that. With players as signs z ∈ {−1, +1}^d, g is a sum of products of an
odd number of signs. The prior gives the product over a set S the variance Π_{i∈S} ρᵢ, and the
single signs some more; its kernel, and the covariance of Shapley values with g, have closed forms.
Nothing here calls a model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.linalg.lapack import dpotri
from scipy.optimize import minimize
from scipy.special import gammaln

__all__ = ["Posterior", "Prior", "learn", "posterior", "predict", "unit_nodes"]

Floats = NDArray[np.float64]

Loss = Callable[[Floats, Floats, Floats], tuple[float, Floats]]
"""Logarithms of a prior, signs and data → negative log likelihood a column, and its slope."""

FEWEST_PAIRS, MOST_PAIRS, PART = 128, 256, 3 / 8
"""A prior is learned from all pairs, or from this part of them, not less and not more than so many;
the posterior uses all."""

SPREAD = 4.0
"""Standard deviation of log atanh ρᵢ around their common value, where features may differ."""

TIED_STEPS, FREE_STEPS = 15, 40
"""Iterations of the search for a common ρ, and for one a feature."""

START = (np.log(0.3), 0.0, np.log(1e-4), np.log(1e-3))
"""Where the search starts: log atanh ρ, log slope, log size, log noise."""

LENGTH, SLOPE, SIZE, NOISE = (-9.0, 2.0), (-12.0, 6.0), (-16.0, 6.0), (-16.0, 3.0)
"""Bounds of the logarithms."""


def unit_nodes(count: int) -> tuple[Floats, Floats]:
    """Gauss–Legendre nodes and weights on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


@dataclass(frozen=True)
class Prior:
    """What is believed of the odd part before it is seen, relative to a column's own scale.

    Attributes
    ----------
    lengths : float64 (d,)
        atanh ρᵢ: how far feature i takes part in interactions.
    slope : float
        Variance that single features have besides.
    size : float
        Variance of what depends on a coalition's size alone.
    noise : float
        Variance of what is each pair's own. No error: it is part of the game, and of its values.
    """

    lengths: Floats
    slope: float
    size: float
    noise: float


@dataclass(frozen=True)
class Posterior:
    """Shapley values (d, K) and their variances (d, K) under the prior, and its honesty (d, K).

    `surprise` is the squared error at pairs left out one by one, over the variance claimed for it,
    where each pair counts as it pulls on the value: 1 for a game like the prior says, more for one
    that is rough where the prior expects it to be smooth.
    """

    values: Floats
    variances: Floats
    surprise: Floats


def learn(
    signs: Floats,
    odd: Floats,
    loss: Loss | None = None,
    begun: Sequence[tuple[Prior, Prior]] = (),
) -> tuple[Prior, Prior]:
    """The priors under which the columns are most likely, each column of its own amplitude.

    Parameters
    ----------
    signs : float64 (P, d)
        ±1; the last row is the full coalition.
    odd : float64 (P, K)
        Odd part there; no column all zero.
    loss : callable, optional
        Negative log likelihood of other data than an odd part, and its slope.
    begun : sequence of (Prior, Prior), optional
        What was learned from some of these rows: the search starts from the likeliest of them and
        its own start. The likelihood has valleys in which all is noise.

    Returns
    -------
    tuple of Prior
        Of the largest marginal likelihood with one ρ for all features, and with one each, held
        together by a wide log-normal prior of their own.
    """
    signs, odd = _thinned(signs, odd)
    d, K = signs.shape[1], odd.shape[1]
    unlikely = loss or partial(_loss, fixed=_fixed(signs))

    def tied(at: Floats) -> tuple[float, Floats]:
        lost, slope = unlikely(np.concatenate([np.full(d, at[0]), at[1:]]), signs, odd)
        return lost, np.concatenate([[slope[:d].sum()], slope[d:]])

    starts = [np.array(START), *(_logs(prior)[d - 1 :] for prior, _ in begun)]
    common = _smallest(
        tied, min(starts, key=lambda at: tied(at)[0]), [LENGTH, SLOPE, SIZE, NOISE], TIED_STEPS
    )

    def free(at: Floats) -> tuple[float, Floats]:
        lost, slope = unlikely(at, signs, odd)
        away = (at[:d] - common[0]) / SPREAD
        slope[:d] += away / SPREAD / K
        return lost + 0.5 * float(away @ away) / K, slope

    start = np.concatenate([np.full(d, common[0]), common[1:]])
    starts = [start, *(_logs(prior) for _, prior in begun)]
    found = _smallest(
        free,
        min(starts, key=lambda at: free(at)[0]),
        [*[LENGTH] * d, SLOPE, SIZE, NOISE],
        FREE_STEPS,
    )
    return _prior(start, d), _prior(found, d)


def _prior(at: Floats, d: int) -> Prior:
    return Prior(np.exp(at[:d]), *(float(each) for each in np.exp(at[d:])))


def _logs(prior: Prior) -> Floats:
    """What `_prior` makes a prior of."""
    return np.log(np.concatenate([prior.lengths, [prior.slope, prior.size, prior.noise]]))


def _thinned(signs: Floats, odd: Floats) -> tuple[Floats, Floats]:
    """The rows that a prior is learned from, the last among them.

    Half are evenly spaced, half are neighbours of those: where most pairs are known, it is what
    neighbours have in common that tells the others.
    """
    last = len(signs) - 1
    most = int(np.clip(PART * last, FEWEST_PAIRS, MOST_PAIRS)) - 1
    if last <= most:
        return signs, odd
    spaced = np.linspace(0, last - 1, most // 2).astype(np.int64)
    near = np.abs(signs[spaced] @ signs[:last].T)
    near[:, spaced] = -1.0
    chosen = [*spaced.tolist(), last]
    for k in range(most - len(spaced)):
        nearest = int(near[k % len(spaced)].argmax())
        near[:, nearest] = -1.0
        chosen.append(nearest)
    rows = np.sort(np.array(chosen))
    return signs[rows], odd[rows]


def _smallest(loss: object, start: Floats, bounds: list[tuple[float, float]], steps: int) -> Floats:
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": steps}
    )
    best: Floats = found.x
    return best


def _fixed(signs: Floats) -> tuple[Floats, Floats]:
    """What single features, and what size alone, makes alike: the same whatever the prior."""
    return (signs @ signs.T) / signs.shape[1], _same_size(signs, signs)


def _loss(
    at: Floats, signs: Floats, odd: Floats, fixed: tuple[Floats, Floats] | None = None
) -> tuple[float, Floats]:
    """Negative log likelihood a column, amplitudes at their best, and its slope."""
    (P, d), K = signs.shape, odd.shape[1]
    lengths, (slope, size, noise) = np.exp(at[:d]), np.exp(at[d:])
    total = lengths.sum()
    product = (signs * lengths) @ signs.T
    up, down = np.exp(product - total), np.exp(-product - total)
    scale = -np.expm1(-2 * total)
    curved, cosine = (up - down) / scale, (up + down) / scale
    straight, alike = fixed or _fixed(signs)
    covariance = curved + slope * straight + size * alike
    covariance[np.diag_indices(P)] += noise
    factor = cho_factor(covariance, lower=True, overwrite_a=True, check_finite=False)
    answer = cho_solve(factor, odd, check_finite=False)
    inverse = np.tril(dpotri(factor[0], lower=1)[0])
    inverse += np.tril(inverse, -1).T
    amplitude = (odd * answer).sum(axis=0) / P
    loss = 0.5 * P * np.log(amplitude).mean() + np.log(np.diag(factor[0])).sum()
    pull = (answer / amplitude) @ answer.T / K - inverse
    by_length = np.einsum("pi,pi->i", signs, (pull * cosine) @ signs)
    by_length -= (pull * curved).sum() / np.tanh(total)
    slopes = np.concatenate(
        [
            by_length * lengths,
            [
                (pull * straight).sum() * slope,
                (pull * alike).sum() * size,
                np.trace(pull) * noise,
            ],
        ]
    )
    return float(loss), -0.5 * slopes


def _covariance(left: Floats, right: Floats, prior: Prior) -> Floats:
    """Of the odd part between coalitions (P, d) and (Q, d), each pair's own part left out."""
    product = (left * prior.lengths) @ right.T
    total = prior.lengths.sum()
    curved = (np.exp(product - total) - np.exp(-product - total)) / -np.expm1(-2 * total)
    straight = (left @ right.T) / left.shape[1]
    whole: Floats = curved + prior.slope * straight + prior.size * _same_size(left, right)
    return whole


def _same_size(left: Floats, right: Floats) -> Floats:
    """1 where two coalitions are of one size, −1 where one is of the other's complement's.

    Between the empty and the full one: what only size decides changes no value.
    """
    a, b = left.sum(axis=1)[:, None], right.sum(axis=1)[None, :]
    inside = np.abs(a) < left.shape[1]
    signed: Floats = inside * ((a == b).astype(np.float64) - (a == -b))
    return signed


def _log_scale(prior: Prior) -> float:
    """Logarithm of what the full coalition's variance is divided by to be one."""
    total = prior.lengths.sum()
    rho = np.tanh(prior.lengths)
    return float(
        0.5 * np.log1p(-(rho**2)).sum() + total + np.log(-np.expm1(-2 * total)) - np.log(2)
    )


def _of_values(signs: Floats, prior: Prior) -> Floats:
    """Covariance (d, P) of the Shapley values with the odd part: a set's product, over its size."""
    rho, scale = np.tanh(prior.lengths), _log_scale(prior)
    whole = np.zeros_like(signs)
    for node, weight in zip(*unit_nodes(12), strict=True):
        for sign in (1.0, -1.0):
            logs = np.log1p(sign * node * rho * signs)
            whole += weight * np.exp(logs.sum(axis=1, keepdims=True) - logs - scale)
    curved = rho * signs * whole
    own = prior.noise * signs * _pair_weights(signs)
    every: Floats = (curved + 2 * prior.slope * signs / signs.shape[1] + own).T
    return every


def _joining(d: int) -> Floats:
    """s!(d−s−1)!/d! for s = 0 … d−1: what joining a coalition of s players counts."""
    logs = gammaln(np.arange(1, d + 1)) + gammaln(np.arange(d, 0, -1)) - gammaln(d + 1)
    weights: Floats = np.exp(logs)
    return weights


def _pair_weights(signs: Floats) -> Floats:
    """Each pair's weight (P, d) in each player's value, by the size of the half with the player."""
    kept = (signs > 0).sum(axis=1)
    size = np.where(signs > 0, kept[:, None], signs.shape[1] - kept[:, None])
    weights: Floats = 2 * _joining(signs.shape[1])[size - 1]
    return weights


def _variance_of_values(prior: Prior) -> Floats:
    """Variance (d,) of the Shapley values before anything is seen."""
    rho, scale = np.tanh(prior.lengths), _log_scale(prior)
    whole = np.zeros_like(rho)
    # ∫ h(u)·(−ln u) du: each set's product counts over its size squared. By u = v², which flattens
    # the logarithm.
    for node, weight in zip(*unit_nodes(24), strict=True):
        for sign in (1.0, -1.0):
            logs = np.log1p(sign * node**2 * rho)
            whole += weight * -4 * node * np.log(node) * np.exp(logs.sum() - logs - scale)
    own = 4 * prior.noise * _joining(len(rho)).mean()
    every: Floats = 2 * rho * whole + 4 * prior.slope / len(rho) + own
    return every


def posterior(signs: Floats, odd: Floats, prior: Prior, unseen: Floats) -> Posterior:
    """Shapley values and their variances, given the odd part at some coalitions.

    Parameters
    ----------
    signs : float64 (P, d)
        The last row is the full coalition.
    odd : float64 (P, K)
    prior : Prior
    unseen : float64 (P,)
        Share of the pairs of this size that is not among them: where all are, nothing is left to
        be wrong about.

    Returns
    -------
    Posterior

    References
    ----------
    Rasmussen & Williams (2006), Gaussian processes for machine learning, MIT Press, section 5.4.2
    on predicting each observation from the others.
    """
    P = len(signs)
    factor = cho_factor(_covariance(signs, signs, prior) + prior.noise * np.eye(P), lower=True)
    answer = cho_solve(factor, odd)
    shared = _of_values(signs, prior)
    pull = cho_solve(factor, shared.T)
    left = _variance_of_values(prior) - np.einsum("dp,pd->d", shared, pull)
    amplitude = (odd * answer).sum(axis=0) / P
    return Posterior(
        shared @ answer,
        np.maximum(left, 0.0)[:, None] * amplitude,
        _surprise(factor[0], answer, amplitude, pull**2 * unseen[:, None]),
    )


def _surprise(factor: Floats, answer: Floats, amplitude: Floats, counts: Floats) -> Floats:
    """Squared errors of leaving each pair out over their variances, as they count (P, d)."""
    inverse = solve_triangular(factor, np.eye(len(factor)), lower=True, check_finite=False)
    precision = (inverse**2).sum(axis=0)[:, None]
    missed = counts.T @ (answer / precision) ** 2
    claimed = counts.T @ (amplitude / precision)
    found: Floats = np.divide(missed, claimed, out=np.ones_like(missed), where=claimed > 0)
    return found


def predict(signs: Floats, odd: Floats, prior: Prior, where: Floats) -> Floats:
    """The odd part (Q, K) expected at other coalitions `where` (Q, d)."""
    own = prior.noise * np.eye(len(signs))
    factor = cho_factor(_covariance(signs, signs, prior) + own, lower=True)
    expected: Floats = _covariance(where, signs, prior) @ cho_solve(factor, odd)
    return expected
