"""The oracles agree with each other, and each of them can say no."""

from __future__ import annotations

import numpy as np
import pytest

from tests.oracles import (
    agree,
    brute_force,
    brute_force_interactions,
    consistent_orders,
    interactions,
    linear_values,
    outcome_table,
    owen,
    product_values,
    shapley,
)

rng = np.random.default_rng(0)
X = rng.normal(size=(3, 5))
BACKGROUND = rng.normal(size=(4, 5))
COEFFICIENTS = np.array([1.0, -2.0, 0.5, 0.0, 3.0])


def linear(rows):
    return rows @ COEFFICIENTS + 7.0


def test_agree_is_relative_to_the_scale_and_can_fail():
    assert agree([1e6 + 1e-4, 0.0], [1e6, 0.0], 1e-9)
    assert not agree([1.0 + 1e-8, 0.0], [1.0, 0.0], 1e-9)
    assert not agree([1.0, 1e-8], [1.0, 0.0], 1e-9)
    assert not agree([np.nan], [1.0], 1.0)
    assert not agree([1.0], [1.0, 1.0], 1.0)


def test_brute_force_is_the_linear_closed_form():
    assert agree(
        shapley(linear, X, BACKGROUND)[..., 0], linear_values(COEFFICIENTS, X, BACKGROUND), 1e-12
    )


def test_brute_force_is_the_product_closed_form():
    values = shapley(lambda rows: rows.prod(axis=1), X[:1], BACKGROUND[:1])[0, :, 0]
    assert agree(values, product_values(X[0], BACKGROUND[0]), 1e-12)


def test_unanimity_game_shares_equally():
    assert agree(product_values(np.full(4, 2.0), np.zeros(4)), np.full(4, 4.0), 1e-12)


def test_weights_move_the_background():
    weights = np.array([0.7, 0.1, 0.1, 0.1])
    expected = COEFFICIENTS * (X - weights @ BACKGROUND)
    assert agree(shapley(linear, X, BACKGROUND, weights)[..., 0], expected, 1e-12)


def test_the_link_applies_to_the_mean():
    table = outcome_table(linear, X[0], BACKGROUND, link=np.square)
    assert agree(table[0], np.square([linear(BACKGROUND).mean()]), 1e-12)
    assert not agree(table[0], [np.square(linear(BACKGROUND)).mean()], 1e-3)


def test_brute_force_can_fail():
    table = outcome_table(linear, X[0], BACKGROUND)
    expected = linear_values(COEFFICIENTS, X[:1], BACKGROUND)[0]
    table[5] += 1e-6
    assert not agree(brute_force(table)[:, 0], expected, 1e-9)


def test_owen_values_of_a_glove_game_are_known():
    """One left glove (player 0) and two right ones: the right ones bargain together or not."""
    worth = np.array([0.0, 0, 0, 1, 0, 1, 0, 1])[:, None]
    assert agree(owen(worth, (0, (1, 2)))[:, 0], [1 / 2, 1 / 4, 1 / 4], 1e-12)
    assert agree(owen(worth, ((0, 1), 2))[:, 0], [3 / 4, 1 / 4, 0.0], 1e-12)
    assert agree(brute_force(worth)[:, 0], [2 / 3, 1 / 6, 1 / 6], 1e-12)
    assert len(consistent_orders(((0, 1), (2, (3, 4))))) == 2**4


def test_owen_values_are_shapley_values_without_interactions_only():
    tree = (((0, 1), 2), (3, 4))
    table = outcome_table(linear, X[0], BACKGROUND)
    assert agree(owen(table, tree), brute_force(table), 1e-12)
    product = outcome_table(lambda rows: rows.prod(axis=1), X[0], BACKGROUND)
    assert not agree(owen(product, tree), brute_force(product), 1e-2)
    assert agree(owen(product, tree).sum(0), product[-1] - product[0], 1e-12)


def test_brute_force_interactions_are_those_of_a_product_and_can_fail():
    right = interactions(
        lambda rows: rows[:, 0] * rows[:, 1], np.full((1, 3), 2.0), np.zeros((1, 3))
    )
    expected = np.zeros((3, 3))
    expected[0, 1] = expected[1, 0] = 2.0
    assert agree(right[0, :, :, 0], expected, 1e-12)
    # A unanimity game of three: S of one other player counts half.
    table = np.zeros((8, 1))
    table[7] = 6.0
    three = brute_force_interactions(table)[..., 0]
    assert agree(three, 1.5 * np.ones((3, 3)) - 2.5 * np.eye(3), 1e-12)
    table[3] += 1e-6
    assert not agree(brute_force_interactions(table)[..., 0], three, 1e-9)


@pytest.mark.parametrize("change", [{"x": 1.001}, {"b": 1.001}])
def test_closed_forms_can_fail(change):
    x, b = X[0] * change.get("x", 1.0), BACKGROUND[0] * change.get("b", 1.0)
    right = shapley(lambda rows: rows.prod(axis=1), X[:1], BACKGROUND[:1])[0, :, 0]
    assert not agree(product_values(x, b), right, 1e-6)
    assert not agree(
        linear_values(COEFFICIENTS, [x], BACKGROUND * change.get("b", 1.0)),
        linear_values(COEFFICIENTS, X[:1], BACKGROUND),
        1e-6,
    )


def test_too_many_players_are_refused():
    with pytest.raises(ValueError, match="15 players are too many"):
        outcome_table(linear, np.zeros(15), np.zeros((1, 15)))
