"""The Gaussian process: its closed forms against enumeration, and Kernel's choice of it."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz.coalitions import enumerate_all, paired_design
from shapviz.errors import InputError
from shapviz.explainers import gaussian
from shapviz.explainers.exact import ExactExplainer, enumeration
from shapviz.explainers.kernel import KernelExplainer
from tests.explainers.test_permutation import product, smooth
from tests.oracles import agree

D = 5
PRIOR = gaussian.Prior(np.array([0.1, 0.5, 1.2, 0.02, 0.7]), slope=0.6, size=0.3, noise=0.2)
SIGNS = np.where(enumerate_all(D), 1.0, -1.0)


def every_covariance():
    """Between the odd parts of all 2^d coalitions, each pair's own part among it."""
    same = np.eye(2**D)
    return gaussian._covariance(SIGNS, SIGNS, PRIOR) + PRIOR.noise * (same - same[::-1])


def shapley_matrix():
    """From the outcomes of all coalitions, in the order of their bits, to Shapley values."""
    plan = enumeration(D)
    codes = plan.coalitions @ (1 << np.arange(D))
    outcomes = np.eye(2**D)[None][:, codes].reshape(1, 2**D, 2**D)
    return plan.read(outcomes).values[0]


def test_the_kernel_is_that_of_products_of_odd_numbers_of_signs():
    rho = np.tanh(PRIOR.lengths)
    expected = np.zeros((2**D, 2**D))
    for members in enumerate_all(D):
        if members.sum() % 2:
            term = SIGNS[:, members].prod(axis=1)
            expected += rho[members].prod() * np.outer(term, term)
    expected /= expected[-1, -1]
    alone = gaussian.Prior(PRIOR.lengths, slope=0.0, size=0.0, noise=0.0)
    assert agree(gaussian._covariance(SIGNS, SIGNS, alone), expected, 1e-12)


def test_covariances_of_shapley_values_are_those_of_enumeration():
    matrix, covariance = shapley_matrix(), every_covariance()
    inner = SIGNS[1:]
    assert agree(gaussian._of_values(inner, PRIOR), (matrix @ covariance)[:, 1:], 1e-9)
    variances = np.diag(matrix @ covariance @ matrix.T)
    # The quadrature of the logarithm is good to a few parts in a million.
    assert agree(gaussian._variance_of_values(PRIOR), variances, 1e-5)


def test_all_pairs_give_the_exact_values_without_doubt():
    game = np.random.default_rng(0).normal(size=2**D)
    odd = (game - game[::-1]) / 2
    half = SIGNS[2 ** (D - 1) :]
    found = gaussian.posterior(half, odd[2 ** (D - 1) :, None], PRIOR, np.zeros(len(half)))
    assert agree(found.values[:, 0], shapley_matrix() @ game, 1e-9)
    assert (np.sqrt(found.variances) < 3e-3 * np.abs(found.values).max()).all()


def test_surprise_is_what_leaving_each_pair_out_would_show():
    signs, unseen = SIGNS[17:], np.random.default_rng(1).random(15)
    odd = np.random.default_rng(0).normal(size=(15, 2))
    found = gaussian.posterior(signs, odd, PRIOR, unseen)
    own = gaussian._covariance(signs, signs, PRIOR) + PRIOR.noise * np.eye(15)
    amplitude = (odd * np.linalg.solve(own, odd)).sum(axis=0) / 15
    pull = np.linalg.solve(own, gaussian._of_values(signs, PRIOR).T)
    missed, claimed = np.zeros((5, 2)), np.zeros((5, 2))
    for k in range(15):
        rest = np.arange(15) != k
        weights = np.linalg.solve(own[np.ix_(rest, rest)], own[rest, k])
        counts = unseen[k] * pull[k][:, None] ** 2
        missed += counts * (odd[k] - weights @ odd[rest]) ** 2
        claimed += counts * (own[k, k] - weights @ own[rest, k]) * amplitude
    assert agree(found.surprise, missed / claimed, 1e-9)


def test_a_prior_is_learned_from_neighbours_too():
    design = paired_design(12, 2048, np.random.default_rng(0))
    signs = np.vstack([np.where(design.pairs, 1.0, -1.0), np.ones(12)])
    some, _ = gaussian._thinned(signs, signs)
    assert len(some) == gaussian.MOST_PAIRS
    assert len(np.unique(some, axis=0)) == len(some)
    assert (some[-1] == 1).all()
    alike = np.abs(some @ some.T) - 12 * np.eye(len(some))
    assert (alike[:-1].max(axis=1) >= 10).mean() > 0.95


def test_slopes_of_the_likelihood_are_its_differences():
    draw = np.random.default_rng(0)
    signs, odd = SIGNS[7:], draw.normal(size=(2**D - 7, 3))
    at = np.concatenate([np.log(PRIOR.lengths), np.log([0.6, 0.3, 0.2])])
    _, slopes = gaussian._loss(at, signs, odd)
    for i in range(len(at)):
        step = np.zeros(len(at))
        step[i] = 1e-5
        high, low = (
            gaussian._loss(at + step, signs, odd)[0],
            gaussian._loss(at - step, signs, odd)[0],
        )
        assert agree(slopes[i], (high - low) / 2e-5, 1e-5)


def test_values_sum_to_the_outcome_of_all():
    design = paired_design(12, 100, np.random.default_rng(0))
    signs = np.vstack([np.where(design.pairs, 1.0, -1.0), np.ones(12)])
    odd = np.tanh(signs @ np.linspace(-1, 1.5, 12))[:, None]
    for prior in gaussian.learn(signs, odd):
        total = gaussian.posterior(signs, odd, prior, np.ones(len(signs))).values.sum(axis=0)
        assert agree(total, 2 * odd[-1], 1e-9)


ROWS = np.random.default_rng(0).normal(size=(150, 10))


def error(model, estimator, budget):
    exact = ExactExplainer(model, ROWS[:10])(ROWS[100:105]).values
    e = KernelExplainer(model, ROWS[:10])(ROWS[100:105], budget=budget, estimator=estimator)
    inside = np.abs(e.values - exact) <= 1.96 * e.standard_errors + 1e-12
    return np.sqrt(np.mean((e.values - exact) ** 2)), np.mean(inside), e


@pytest.mark.parametrize("model", [smooth, product])
def test_auto_is_nearer_than_regression(model):
    auto, covered, e = error(model, "auto", 200)
    wls, _, _ = error(model, "wls", 200)
    assert auto <= 0.9 * wls
    assert covered >= 0.85
    counts = e.provenance["answers_by_estimator"]
    assert sum(counts.values()) == 5
    assert set(counts) <= {"wls", "gp", "gp by feature", "trees"}
    assert np.abs(e.additivity_gap).max() <= 1e-12 * np.abs(e.predictions).max()


def test_an_additive_game_needs_no_process():
    e = KernelExplainer(lambda rows: rows @ np.arange(10.0), ROWS[:5])(ROWS[100:103], budget=100)
    assert e.provenance["answers_by_estimator"] == {"wls": 3}
    assert agree(e.values, np.arange(10.0) * (ROWS[100:103] - ROWS[:5].mean(axis=0)), 1e-9)


def test_a_sample_alone_has_the_values_it_has_in_company():
    explainer = KernelExplainer(product, ROWS[:10])
    together = explainer(ROWS[100:103], budget=80).values
    assert agree(explainer(ROWS[101:102], budget=80).values, together[1:2], 1e-6)


def test_a_constant_output_beside_a_varying_one():
    explainer = KernelExplainer(lambda r: np.stack([product(r), 0 * r[:, 0] + 3], 1), ROWS[:10])
    e = explainer(ROWS[100:102], budget=80)
    assert (e.values[..., 1] == 0).all()
    assert (e.standard_errors[..., 1] <= 1e-12).all()


def test_an_unknown_estimator_is_refused():
    explainer = KernelExplainer(product, ROWS[:5])
    with pytest.raises(InputError, match=r"`estimator` must be one of 'auto', 'wls', 'gp'; got"):
        explainer(ROWS[100:102], estimator="sparse")


def test_learning_begins_where_parts_of_the_pairs_have_led():
    """The likelihood has valleys in which all is noise: a prior already found is never left."""
    r = np.random.default_rng(3)
    signs = np.vstack([np.where(r.random((60, 6)) < 0.5, -1.0, 1.0), np.ones((1, 6))])
    odd = np.tanh(2 * signs @ r.normal(size=(6, 1))) + 0.3 * signs[:, :1] * signs[:, 1:2]
    found = gaussian.learn(signs, odd)
    # Where the search stands still at once, it stands at the best of its starts.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gaussian, "_smallest", lambda loss, start, bounds, steps: start)
        alone = gaussian.learn(signs, odd)
        begun = gaussian.learn(signs, odd, begun=[alone, found])
    for kept, prior in zip(begun, found, strict=True):
        assert np.allclose(kept.lengths, prior.lengths)
        assert np.isclose(kept.noise, prior.noise)
    assert not np.isclose(alone[0].noise, found[0].noise)
