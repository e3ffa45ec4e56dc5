"""Partition: Owen values, exact where the budget allows, near and honest where it does not."""

from __future__ import annotations

import json
import warnings
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from shapviz.background import Background
from shapviz.coalitions import prefixes
from shapviz.errors import InputError
from shapviz.explainers.orders import Orders, count_of_all, every_coalition
from shapviz.explainers.partition import PartitionExplainer, _of_inputs
from shapviz.hierarchy import Hierarchy
from shapviz.hierarchy_makers import as_hierarchy, grid
from shapviz.maskers.clustering import by_correlation
from tests.contracts.explainer import BACKGROUND, ExplainerContract, X, numpy_model
from tests.oracles import agree, consistent_orders, outcome_table, owen

ROWS = load_diabetes().data * 20
CHAIN = [[["0", "1"], "2"], "3"]
MIXED = [[0, [7, 2]], [[1, 9], [[3, 4], [[5, 6], 8]]]]


def as_pairs(tree: Hierarchy):
    made = [*range(tree.d)]
    for a, b in tree.merges:
        made.append((made[a], made[b]))
    return made[-1]


class TestPartition(ExplainerContract):
    """The default budget covers all that a tree of four features allows."""

    explainer_class = PartitionExplainer
    shapley = False

    def test_values_are_owen_values(self):
        explainer = self.make("two outputs")
        f, tree = self.reference("two outputs"), as_pairs(explainer.hierarchy)
        expected = np.array([owen(outcome_table(f, x, BACKGROUND), tree) for x in X])
        e = explainer(X)
        assert agree(e.values, expected, self.rel)
        assert (e.standard_errors == 0).all()
        assert e.provenance["estimand"] == "owen"


class TestPartitionSampled(ExplainerContract):
    """Two pairs on a chain of four, which has 16 coalitions."""

    explainer_class = PartitionExplainer
    call_options: ClassVar = {"budget": 14}
    exact = False
    shapley = False

    def make(self, kind="interacting", background=BACKGROUND, **options):
        d = np.asarray(background).shape[1]
        tree = [[[0, 1], 2], 3] if d == 4 else list(range(d))
        return super().make(kind, background, **{"hierarchy": tree, **options})

    def test_an_idle_feature_gets_nothing(self):
        e = self.explain("interacting")
        assert np.abs(e.values[:, 3]).max() <= 1e-12 * np.abs(e.values).max()
        assert e.standard_errors is None

    def test_interchangeable_features_get_the_same(self):
        """On average over seeds: any order of a tree is as likely as another."""
        rows, background = X.copy(), BACKGROUND.copy()
        rows[:, 1], background[:, 1] = rows[:, 0], background[:, 0]
        explainer = self.make("interacting", background)
        values = np.array([explainer(rows, budget=14, seed=s).values for s in range(60)])
        gap = values[:, :, 0] - values[:, :, 1]
        assert (np.abs(gap.mean(0)) <= 4 * gap.std(0, ddof=1) / 60**0.5).all()
        assert gap.std() > 1e-6 * np.abs(values).max()


def waves(rows):
    weights = np.random.default_rng(0).normal(size=(10, 12)) / 2
    return np.tanh(rows @ weights) @ np.linspace(-1, 1, 12)


def boxes(rows):
    """A small forest: sums of boxes over three features each."""
    draws = np.random.default_rng(5)
    total = np.zeros(len(rows))
    for _ in range(25):
        box = draws.choice(10, 3, replace=False)
        total += draws.normal() * (rows[:, box] > draws.normal(size=3)).all(axis=1)
    return total


def pairs_only(rows):
    return np.sin(rows[:, 0]) + rows[:, 1] * rows[:, 2] + np.abs(rows[:, 5] - rows[:, 9])


@pytest.mark.parametrize("model", [waves, boxes])
def test_enumerated_values_are_the_oracle_s(model):
    tree = as_hierarchy(MIXED, [str(i) for i in range(10)])
    count = count_of_all(tree)
    assert count < 2**10
    e = PartitionExplainer(model, ROWS[:8], hierarchy=tree)(ROWS[100:102], budget=count)
    expected = [owen(outcome_table(model, x, ROWS[:8]), as_pairs(tree)) for x in ROWS[100:102]]
    assert agree(e.values, np.array(expected)[..., 0], 1e-9)
    assert e.provenance["samples_by_design"] == {"enumerated": 2}
    # The sum over players without a tree is something else.
    other = PartitionExplainer(model, ROWS[:8], hierarchy=list(range(10)))(ROWS[100:102])
    assert not agree(other.values, np.array(expected)[..., 0], 1e-3)


def test_a_budget_counts_what_is_played():
    seen = []

    def counted(rows):
        seen.append(len(rows))
        return waves(rows)

    explainer = PartitionExplainer(counted, ROWS[:5], hierarchy=MIXED)
    for budget, most in ((4, 4), (9, 8), (19, 18), (20, 20), (37, 20), (38, 38), (60, 56)):
        e = explainer(ROWS[100:102], budget=budget)
        assert e.provenance["budget"] == budget
        # Each sample's full coalition takes a row, asked twice, and the empty one is shared.
        assert e.provenance["model_rows"] <= 2 * (5 * (most - 2) + 2) + 5
        assert agree(e.base_values + e.values.sum(axis=1), e.predictions, 1e-12)
        assert e.standard_errors is None


@pytest.mark.parametrize("budget", [20, 38, 60])
def test_interactions_of_two_features_are_exact_from_one_pair_on(budget):
    tree = as_hierarchy(MIXED, [str(i) for i in range(10)])
    exact = PartitionExplainer(pairs_only, ROWS[:8], hierarchy=tree)(ROWS[100:103], budget=1024)
    e = PartitionExplainer(pairs_only, ROWS[:8], hierarchy=tree)(ROWS[100:103], budget=budget)
    assert agree(e.values, exact.values, 1e-9)


def test_every_drawn_order_is_consistent_and_all_are_drawn():
    tree = as_hierarchy([[0, 1], [2, [3, 4]]], list("abcde"))
    allowed = {tuple(order) for order in consistent_orders(as_pairs(tree))}
    rng = np.random.default_rng(0)
    met = {tuple(o.tolist()) for _ in range(60) for o in Orders.drawn(tree, 4, rng).orders}
    assert met == allowed


def test_all_coalitions_are_those_that_orders_pass_through():
    tree = as_hierarchy([[0, 1], [2, [3, 4]]], list("abcde"))
    orders = consistent_orders(as_pairs(tree))
    walked = np.concatenate([prefixes(np.array(order)) for order in orders])
    coalitions, _ = every_coalition(tree)
    assert len(coalitions) == count_of_all(tree)
    assert {row.tobytes() for row in coalitions[2:]} == {row.tobytes() for row in walked}


def test_four_balanced_pairs_are_exact_for_three_features_on_a_shallow_tree():
    """Sixteen players, merges four deep: what three features do together cancels in four pairs,
    and in two only where one of the three is in the other half."""

    def threes(rows):
        z = rows.reshape(len(rows), 16)
        return z[:, 0] * z[:, 5] * z[:, 10] + z[:, 0] * z[:, 1] * z[:, 6] + z[:, 1] ** 3

    background, rows = np.zeros((1, 4, 4)), np.random.default_rng(1).normal(size=(2, 4, 4))
    explainer = PartitionExplainer(threes, background)
    assert explainer.hierarchy == grid((4, 4))
    exact = explainer(rows, budget=count_of_all(explainer.hierarchy))
    assert agree(explainer(rows, budget=122).values, exact.values, 1e-12)
    assert not agree(explainer(rows, budget=62).values, exact.values, 1e-3)


@pytest.mark.parametrize("columns", [4, 5])
def test_intervals_hold_and_are_not_idly_wide(columns):
    """Four orders; the tree of 4 × 5 places is deeper than there are columns to balance with."""
    d = 4 * columns
    weights = np.random.default_rng(3).normal(size=(d, 20)) / 2

    def net(rows):
        return np.tanh(rows.reshape(len(rows), -1) @ weights) @ np.sin(np.arange(40.0)).reshape(
            20, 2
        )

    draws = np.random.default_rng(1)
    background, rows = draws.normal(size=(5, 4, columns)), draws.normal(size=(20, 4, columns))
    explainer = PartitionExplainer(net, background)
    exact = explainer(rows, budget=1000).values
    errors, spreads = [], []
    for seed in range(4):
        e = explainer(rows, budget=2 + 8 * (d - 1), seed=seed)
        errors.append(np.abs(e.values - exact))
        spreads.append(e.standard_errors)
    error, spread = np.stack(errors), np.stack(spreads)
    assert (error <= 4 * spread).mean() >= 0.99
    assert (error <= 1.96 * spread).mean() >= 0.93
    assert np.sqrt((error**2).mean()) >= 0.3 * np.sqrt((spread**2).mean())


def test_a_digits_network_is_known_within_a_percent_at_128_coalitions():
    """Squared error relative to exact values: 0.01 at 128 and 0.001 at 512 coalitions."""
    pixels, digit = load_digits(return_X_y=True)
    pixels = pixels / 16 + 0.02 * np.random.default_rng(0).normal(size=pixels.shape)
    net = MLPClassifier((32,), max_iter=15, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        net.fit(pixels[:800], digit[:800])

    def logits(rows):
        hidden = np.maximum(rows.reshape(-1, 64) @ net.coefs_[0] + net.intercepts_[0], 0)
        return hidden @ net.coefs_[1] + net.intercepts_[1]

    images = pixels.reshape(-1, 8, 8)
    explainer = PartitionExplainer(logits, images[:5])
    exact = explainer(images[1000:1002], budget=3000).values
    for budget, most in ((128, 0.01), (512, 0.001)):
        off = explainer(images[1000:1002], budget=budget).values - exact
        assert (off**2).sum() <= most * (exact**2).sum()


def test_a_small_budget_finds_the_patch():
    """One pixel of 256 matters: half of the coalitions are the same for all, half look for it."""

    def pixel(rows):
        return 5 * rows[:, 11, 6] + 0.01 * rows.reshape(len(rows), -1).sum(axis=1)

    explainer = PartitionExplainer(pixel, np.zeros((1, 16, 16)))
    e = explainer(np.ones((2, 16, 16)), budget=60)
    assert e.provenance["samples_by_design"] == {"one order of 30 groups": 2}
    assert e.standard_errors is None
    values = e.values[0]
    assert np.unravel_index(values.argmax(), values.shape) == (11, 6)
    assert values.max() == pytest.approx(5.01, rel=1e-9)
    assert agree(values.sum(), e.predictions[0] - e.base_values[0], 1e-12)


def test_values_of_a_refined_cut_do_not_depend_on_companions():
    explainer = PartitionExplainer(waves, ROWS[:5])
    whole = explainer(ROWS[100:106], budget=12)
    part = explainer(ROWS[103:105], budget=12)
    assert agree(part.values, whole.values[3:5], 1e-12)
    again = explainer(ROWS[100:106], budget=12, seed=1)
    assert not agree(again.values, whole.values, 1e-6)


def test_the_hierarchy_is_kept_and_part_of_the_question():
    explainer = PartitionExplainer(waves, ROWS[:50], model_id="waves")
    e = explainer(ROWS[100:102])
    kept = json.loads(json.dumps(dict(e.provenance)))["hierarchy"]
    assert Hierarchy.from_list(kept) == explainer.hierarchy
    other = PartitionExplainer(waves, ROWS[:50], model_id="waves", hierarchy=MIXED)
    assert other.question() != explainer.question()
    assert "top2" in str(explainer.question(outputs="top2"))


def test_ranked_outputs_keep_the_hierarchy():
    explainer = PartitionExplainer(numpy_model("two outputs"), BACKGROUND)
    e = explainer(X, outputs="top1")
    assert Hierarchy.from_list(e.provenance["hierarchy"]) == explainer.hierarchy


def test_too_small_a_budget_is_refused():
    with pytest.raises(InputError, match=r"at least 4 for the partition.*got 3. Use 20 or more"):
        PartitionExplainer(waves, ROWS[:5])(ROWS[100:103], budget=3)


def test_several_inputs_each_have_their_own_tree():
    shapes = {"image": (2, 2), "table": (3,), "flag": (1,)}
    rows = np.random.default_rng(0).normal(size=(30, 8))
    rows[:, 5] = rows[:, 0]
    tree = _of_inputs(Background(rows), shapes)
    assert [sorted(tree.members(node)) for node in tree.cut(3)] == [[0, 1, 2, 3], [4, 5, 6], [7]]
    assert tree.nested("abcdefgh")[0][0] == grid((2, 2)).nested("abcd")


# Clustering -----------------------------------------------------------------------------------


def table():
    draws = np.random.default_rng(0)
    size = draws.normal(size=60)
    return pd.DataFrame(
        {
            "size": size,
            "noise": draws.normal(size=60),
            "fixed": 1.0,
            "cube": -(size**3),
            "grade": pd.Categorical(np.where(size > 0, "high", "low"), ["low", "high"]),
            "town": np.where(draws.random(60) < 0.5, "Ulm", "Bonn"),
            "also fixed": "x",
        }
    )


def test_columns_that_move_together_are_joined_first():
    frame = table()
    tree = by_correlation(Background(frame))
    names = list(frame.columns)
    # −size³ has size's ranks backwards: distance 0.
    assert tree.nested(names)[0][0] != "fixed"
    assert sorted(tree.members(7)) == [0, 3]
    assert tree.heights[0] == 0.0
    assert sorted(tree.members(8)) == [0, 3, 4]
    assert tree.nested(names)[1] == ["fixed", "also fixed"]


def test_missing_values_and_weights_count():
    draws = np.random.default_rng(0)
    a = draws.normal(size=40)
    rows = np.stack([a, draws.normal(size=40), np.where(a < -0.5, np.nan, a)], axis=1)
    assert sorted(by_correlation(Background(rows)).members(3)) == [0, 2]
    # Rows of no weight say nothing.
    rows = np.stack([a, -a, draws.normal(size=40)], axis=1)
    rows[30:, 0], rows[30:, 2] = 9.0 + np.arange(10), 9.0 + np.arange(10) ** 2
    weights = np.r_[np.ones(30), np.zeros(10)]
    assert sorted(by_correlation(Background(rows, weights)).members(3)) == [0, 1]


def test_several_inputs_side_by_side_are_columns_of_any_type():
    draws = np.random.default_rng(0)
    a = draws.normal(size=30)
    rows = np.array(
        [[x, "up" if x > 0 else "down", y] for x, y in zip(a, a**2, strict=True)], object
    )
    assert sorted(by_correlation(Background(rows)).members(3)) == [0, 1]


def test_a_background_of_one_row_is_halved():
    tree = by_correlation(Background(np.zeros((1, 8))))
    assert set(tree.depths[:8]) == {3}
    assert by_correlation(Background(np.zeros((3, 1)))).d == 1


def test_columns_without_an_order_are_refused_by_name():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": pd.Series([1, "x"], dtype=object)})
    with pytest.raises(InputError, match=r"column 'b' of mixed types. Give the hierarchy"):
        by_correlation(Background(frame))
