"""The Gaussian process on the even part: its closed forms against enumeration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shapviz.coalitions import enumerate_all
from shapviz.explainers import gaussian, gaussian_even
from tests.oracles import agree, brute_force_interactions

D = 5
PRIOR = gaussian.Prior(np.array([0.1, 0.5, 1.2, 0.02, 0.7]), slope=0.6, size=0.3, noise=0.2)
SIGNS = np.where(enumerate_all(D), 1.0, -1.0)
HALF = SIGNS[2 ** (D - 1) :]


def index_matrix():
    """From the outcomes of all coalitions to the interaction index (d, d, 2^d)."""
    index = 2 * brute_force_interactions(np.eye(2**D))
    index[np.diag_indices(D)] = 0.0
    return index


def test_the_kernel_is_that_of_products_of_even_numbers_of_signs():
    rho = np.tanh(PRIOR.lengths)
    expected = np.zeros((2**D, 2**D))
    for members in enumerate_all(D)[1:]:
        if members.sum() % 2 == 0:
            term = SIGNS[:, members].prod(axis=1)
            expected += rho[members].prod() * np.outer(term, term)
    expected /= expected[-1, -1]
    alone = gaussian.Prior(PRIOR.lengths, slope=0.0, size=0.0, noise=0.0)
    assert agree(gaussian_even._covariance(SIGNS, SIGNS, alone), expected, 1e-12)


@pytest.mark.parametrize("part", ["all", "slope", "size", "noise"])
def test_covariances_of_the_index_are_those_of_enumeration(part):
    only = {name: 0.0 for name in ("slope", "size", "noise") if part not in ("all", name)}
    prior = replace(PRIOR, **only)
    same = np.eye(2**D)
    every = gaussian_even._covariance(SIGNS, SIGNS, prior) + prior.noise * (same + same[::-1])
    found = gaussian_even._index(HALF, np.eye(len(HALF)), prior)
    assert agree(found, index_matrix() @ every[:, 2 ** (D - 1) :], 1e-9)


def test_all_pairs_give_the_exact_index_whatever_the_prior():
    game = np.random.default_rng(0).normal(size=2**D) + 7.0
    even = ((game + game[::-1]) / 2)[2 ** (D - 1) :, None]
    found = gaussian_even.posterior(HALF, even, PRIOR)
    assert agree(found[..., 0], index_matrix() @ game, 1e-9)


def test_a_constant_is_no_interaction():
    some = SIGNS[9:]
    even = np.random.default_rng(0).normal(size=(len(some), 1))
    moved = gaussian_even.posterior(some, even + 3.0, PRIOR)
    assert agree(moved, gaussian_even.posterior(some, even, PRIOR), 1e-9)


def test_slopes_of_the_likelihood_are_its_differences():
    signs, even = SIGNS[7:], np.random.default_rng(0).normal(size=(2**D - 7, 3))
    at = np.concatenate([np.log(PRIOR.lengths), np.log([0.6, 0.3, 0.2])])
    _, slopes = gaussian_even._loss(at, signs, even)
    for i in range(len(at)):
        step = np.zeros(len(at))
        step[i] = 1e-5
        high, low = (gaussian_even._loss(at + sign * step, signs, even)[0] for sign in (1, -1))
        assert agree(slopes[i], (high - low) / 2e-5, 1e-5)
