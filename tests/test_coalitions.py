"""Designs: complete, distinct, balanced, right in their weights, fast at 784 players."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import comb
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapviz.coalitions import (
    antithetic_permutations,
    enumerate_all,
    paired_design,
    prefixes,
)


def rng(seed=0):
    return np.random.default_rng(seed)


def pair_keys(design):
    return {bytes(z if z[0] else ~z) for z in design.pairs}


def test_enumeration_holds_every_coalition_once():
    for d in range(8):
        rows = enumerate_all(d)
        assert rows.shape == (2**d, d)
        assert rows.dtype == bool
        assert len({bytes(z) for z in rows}) == 2**d
        assert not rows[0].any()
        assert rows[-1].all()


def test_prefixes_grow_by_one_player_of_the_order():
    order = np.array([2, 0, 3, 1])
    assert prefixes(order).astype(int).tolist() == [[0, 0, 1, 0], [1, 0, 1, 0], [1, 0, 1, 1]]


@given(st.integers(1, 12), st.integers(1, 30), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_orders_are_permutations_with_balanced_ends(d, n, seed):
    orders = antithetic_permutations(d, n, rng(seed))
    assert orders.shape == (n, d)
    assert (np.sort(orders, axis=1) == np.arange(d)).all()
    starts = Counter(orders[:, 0].tolist() + orders[:, -1].tolist())
    counts = [starts[i] for i in range(d)]
    assert max(counts) - min(counts) <= 2


def test_every_feature_starts_equally_often():
    for d in (4, 6, 10):
        orders = antithetic_permutations(d, 3 * d, rng())
        starts = Counter(orders[:, 0].tolist() + orders[:, -1].tolist())
        assert set(starts.values()) == {6}


@given(st.integers(2, 40), st.data(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_designs_fill_the_budget_with_distinct_pairs(d, data, seed):
    budget = data.draw(st.integers(2 * d, min(2**d, 2 * d + 400)))
    design = paired_design(d, budget, rng(seed))
    assert len(design.pairs) == (min(budget, 2**d) - 2) // 2
    assert len(pair_keys(design)) == len(design.pairs)
    sizes = design.pairs.sum(axis=1)
    assert ((sizes > 0) & (sizes < d)).all()
    assert (np.minimum(sizes, d - sizes) == design.strata).all()
    assert np.isclose(design.weights.sum(), 1.0)
    assert (design.weights > 0).all()
    assert ((design.shares > 0) & (design.shares <= 1)).all()
    rows = design.coalitions
    assert len(rows) <= budget
    assert not rows[0].any()
    assert rows[1].all()
    P = len(design.pairs)
    assert (rows[2 : 2 + P] == ~rows[2 + P :]).all()
    assert np.linalg.matrix_rank(np.where(np.vstack([design.pairs, rows[1:2]]), 1.0, -1.0)) == d


def test_budget_2d_is_one_antithetic_permutation():
    design = paired_design(7, 14, rng())
    chain = sorted(
        (z for pair in design.pairs for z in (pair, ~pair)), key=lambda z: (z.sum(), bytes(z))
    )
    # Two nested chains of six sets each, one the complement of the other.
    first = [z for z in chain if (z & chain[0]).any()]
    assert [int(z.sum()) for z in first] == [1, 2, 3, 4, 5, 6]
    assert all((small <= large).all() for small, large in pairwise(first))


def test_weights_are_the_shapley_kernel_over_the_share_drawn():
    for d, budget in ((7, 60), (8, 100)):
        design = paired_design(d, budget, rng())
        kernel = (d - 1) / np.array([comb(d, s) * s * (d - s) for s in design.strata])
        ratio = design.weights * design.shares / kernel
        assert np.allclose(ratio, ratio[0], rtol=1e-12)


def test_sizes_are_enumerated_as_soon_as_the_budget_covers_them():
    shares = {}
    for budget in (128, 256, 512, 1000):
        design = paired_design(10, budget, rng())
        shares[budget] = dict(zip(design.strata.tolist(), design.shares, strict=True))
    assert [shares[b][1] for b in shares] == [1.0] * 4
    assert [shares[b][2] == 1.0 for b in shares] == [False, False, True, True]
    assert [shares[b][4] == 1.0 for b in shares] == [False, False, False, True]


def test_sampled_sizes_have_equal_chances():
    design = paired_design(30, 2000, rng())
    counts = Counter(design.strata[design.shares < 1].tolist())
    assert max(counts[s] for s in range(2, 15)) - min(counts[s] for s in range(2, 15)) <= 1
    assert abs(counts[15] - counts[14] / 2) <= 1


def test_players_occur_equally_often_within_a_size():
    design = paired_design(20, 900, rng())
    for s in range(2, 10):
        halves = design.pairs[design.strata == s]
        halves = np.where((halves.sum(axis=1) == s)[:, None], halves, ~halves)
        counts = halves.sum(axis=0)
        assert counts.max() - counts.min() <= 1


def test_every_coalition_of_a_size_is_equally_likely():
    seen = Counter()
    for seed in range(3000):
        design = paired_design(6, 40, rng(seed))
        seen.update(
            bytes(z) if z.sum() == 2 else bytes(~z) for z in design.pairs[design.strata == 2]
        )
    counts = np.array(list(seen.values()))
    assert len(counts) == comb(6, 2)
    expected = counts.mean()
    # The draws of one design exclude each other, so a chi-squared bound is on the safe side.
    assert ((counts - expected) ** 2 / expected).sum() < 36.1


def test_the_same_state_gives_the_same_design():
    one, two = paired_design(15, 300, rng(4)), paired_design(15, 300, rng(4))
    assert (one.pairs == two.pairs).all()
    assert not (one.pairs == paired_design(15, 300, rng(5)).pairs).all()


@pytest.mark.parametrize("budget", [1568, 3616])
def test_784_players_take_less_than_a_few_seconds(budget):
    started = perf_counter()
    design = paired_design(784, budget, rng())
    assert perf_counter() - started < 5.0
    assert len(design.pairs) == (budget - 2) // 2
    assert np.isfinite(design.weights).all()


@given(st.integers(2, 12), st.integers(0, 300), st.integers(0, 300), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_grown_design_holds_the_smaller_one(d, more, later, seed):
    draw = rng(seed)
    small = paired_design(d, min(2 * d + more, 2**d), draw)
    large = paired_design(d, min(2 * d + more + later, 2**d), draw, small)
    assert pair_keys(small) <= pair_keys(large)
    assert len(pair_keys(large)) == len(large.pairs)
    assert len(large.coalitions) <= min(2 * d + more + later, 2**d)
    assert abs(large.weights.sum() - 1) < 1e-12


def test_a_grown_design_stays_balanced():
    draw = rng()
    design = paired_design(14, 60, draw)
    for budget in (90, 135, 300):
        design = paired_design(14, budget, draw, design)
    fresh = paired_design(14, 300, rng())
    # Every size has as many pairs as in a design drawn at once, to within one.
    sizes = range(1, 8)
    drawn = [[(each.strata == s).sum() for s in sizes] for each in (design, fresh)]
    assert np.abs(np.subtract(*drawn)).max() <= 1
    for s in range(1, 7):
        halves = design.pairs[design.strata == s]
        halves = np.where((halves.sum(axis=1) == s)[:, None], halves, ~halves)
        assert np.ptp(halves.sum(axis=0)) <= 2
