"""Trees over coalitions: their closed form against enumeration, and Kernel's choice of them."""

from __future__ import annotations

import numpy as np

from shapviz.coalitions import enumerate_all, paired_design
from shapviz.explainers import forest
from shapviz.explainers.estimators import paired_plan
from shapviz.explainers.exact import enumeration
from tests.oracles import agree


def test_values_are_those_of_what_the_trees_predict():
    draw = np.random.default_rng(0)
    known = enumerate_all(6)[draw.permutation(64)[:40]]
    grown = forest.grow(known, draw.normal(size=(40, 2)))
    plan = enumeration(6)
    exact = plan.read(grown.predict(plan.coalitions)[None]).values[0]
    assert agree(grown.values(), exact, 1e-9)


def test_the_same_trees_grow_every_time():
    known = enumerate_all(5)
    outcomes = np.random.default_rng(0).normal(size=(32, 1))
    first, again = (forest.grow(known, outcomes).values() for _ in range(2))
    assert (first == again).all()


def largest(costs, coalitions):
    return (coalitions * costs).max(axis=1)


def test_auto_takes_trees_where_the_largest_counts():
    costs = np.random.default_rng(1).random((3, 12)) ** 3
    all_of_them = enumeration(12)
    every = np.stack([largest(each, all_of_them.coalitions) for each in costs])
    exact = all_of_them.read(every[..., None]).values[..., 0]
    design = paired_design(12, 128, np.random.default_rng(0))
    played = np.stack([largest(each, design.coalitions) for each in costs])[..., None]
    auto = paired_plan(design, "auto").read(played)
    process = paired_plan(design, "gp").read(played)
    assert (auto.notes["estimator"] == "trees").sum() >= 2
    assert "trees" not in process.notes["estimator"]
    off = [np.sqrt(np.mean((each.values[..., 0] - exact) ** 2)) for each in (auto, process)]
    assert off[0] <= 0.7 * off[1]
    assert (np.abs(auto.values[..., 0] - exact) <= 1.96 * auto.errors[..., 0] + 1e-12).mean() > 0.85
    assert agree(auto.values.sum(axis=1), played[:, 1], 1e-12)
