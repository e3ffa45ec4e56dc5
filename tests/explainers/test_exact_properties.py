"""Efficiency, symmetry, dummy and linearity to rounding, of every method where it is exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shapviz.explainers.additive import AdditiveExplainer
from shapviz.explainers.exact import ExactExplainer
from shapviz.explainers.kernel import KernelExplainer
from shapviz.explainers.linear import LinearExplainer
from shapviz.explainers.partition import PartitionExplainer
from shapviz.explainers.permutation import PermutationExplainer

few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
REL = 1e-9


def close(a, b, scale):
    return np.abs(np.asarray(a) - b).max() <= REL * max(scale, 1.0)


def any_game(seed, d):
    """A smooth function of d features with interactions of every order, and jumps."""
    r = np.random.default_rng(seed)
    W, w = r.normal(size=(d, 3)), r.normal(size=d)
    return lambda Z: np.tanh(Z @ W).prod(axis=1) + Z @ w + (Z[:, 0] > 0) * (Z[:, -1] < 0.2)


def pairs_at_most(seed, d):
    """Products of two features: what antithetic permutations are exact for."""
    Q = np.random.default_rng(seed).normal(size=(d, d))
    return lambda Z: np.einsum("ni,ij,nj->n", Z, Q, Z)


def no_interactions(seed, d):
    w = np.random.default_rng(seed).normal(size=d)
    return lambda Z: np.tanh(3 * Z) @ w


# (method, games that it is exact for): the whole budget is played unless said otherwise.
EXACT = {
    "exact": (ExactExplainer, any_game),
    "kernel": (KernelExplainer, any_game),
    "partition": (PartitionExplainer, any_game),
    "permutation": (PermutationExplainer, pairs_at_most),
    "additive": (AdditiveExplainer, no_interactions),
}


@pytest.mark.parametrize("name", EXACT)
@given(seed=st.integers(0, 999), d=st.integers(2, 6), b=st.integers(1, 4))
@few
def test_sums_idle_features_and_linearity(name, seed, d, b):
    make, game = EXACT[name]
    rows = np.random.default_rng(seed).normal(size=(b + 2, d + 1))
    one, other = game(seed, d), game(seed + 1, d)

    def values(model):
        # The last feature is not looked at.
        return make(lambda Z: model(Z[:, :-1]), rows[:b])(rows[b:])

    first, second = values(one), values(other)
    both = values(lambda Z: one(Z) - 2.5 * other(Z))
    scale = np.abs(first.values).max() + np.abs(second.values).max()
    for e in (first, second, both):
        assert close(e.additivity_gap, 0, scale)
        assert close(e.values[:, -1], 0, scale)
    assert close(both.values, first.values - 2.5 * second.values, scale)


# Owen values treat alike only features that stand alike in the tree.
@pytest.mark.parametrize("name", [name for name in EXACT if name != "partition"])
@given(seed=st.integers(0, 999), d=st.integers(2, 6))
@few
def test_interchangeable_features_share_alike(name, seed, d):
    make, game = EXACT[name]
    rows = np.random.default_rng(seed).normal(size=(5, d))
    rows[:, 1] = rows[:, 0]
    inner = game(seed, d)

    def model(Z):
        turned = Z.copy()
        turned[:, [0, 1]] = Z[:, [1, 0]]
        return inner(Z) + inner(turned)

    e = make(model, rows[:3])(rows[3:])
    assert close(e.values[:, 0], e.values[:, 1], np.abs(e.values).max())


@given(seed=st.integers(0, 999), d=st.integers(3, 9))
@few
def test_permutations_of_one_seed_are_linear_in_the_model(seed, d):
    rows = np.random.default_rng(seed).normal(size=(5, d))
    one, other = any_game(seed, d), any_game(seed + 1, d)

    def values(model):
        return PermutationExplainer(model, rows[:3])(rows[3:], budget=2 * d + 2, seed=7).values

    both = values(lambda Z: one(Z) + 3 * other(Z))
    assert close(both, values(one) + 3 * values(other), np.abs(both).max())


@given(seed=st.integers(0, 999), d=st.integers(1, 6), b=st.integers(1, 4))
@few
def test_linear_models_in_closed_form(seed, d, b):
    r = np.random.default_rng(seed)
    rows, w = r.normal(size=(b + 2, d)), r.normal(size=d)
    w[-1] = 0.0
    e = LinearExplainer((w, 1.5), rows[:b])(rows[b:])
    exact = ExactExplainer(lambda Z: Z @ w + 1.5, rows[:b])(rows[b:])
    scale = np.abs(e.values).max()
    assert close(e.values, exact.values, scale)
    assert close(e.values[:, -1], 0, scale)
    assert close(e.additivity_gap, 0, scale)
    doubled = LinearExplainer((2 * w, 3.0), rows[:b])(rows[b:])
    assert close(doubled.values, 2 * e.values, scale)
