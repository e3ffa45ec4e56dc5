"""Groups of features as players: the Shapley values of the grouped game, by every method."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from shapviz import (
    ExactExplainer,
    Explainer,
    KernelExplainer,
    PermutationExplainer,
    SamplingExplainer,
)
from shapviz.errors import InputError
from shapviz.maskers import Grouped, Tabular

NAMES = ["red", "blue", "size", "age", "green"]
GROUPS = {"colour": ["red", "green", "blue"]}


def model(rows):
    rows = np.asarray(rows, dtype=float)
    return rows[:, 0] * rows[:, 2] + rows[:, 1] * rows[:, 3] ** 2 + rows[:, 4]


def by_hand(x, background):
    """Values of (colour, size, age), from all orders."""
    owner = np.array([0, 0, 1, 2, 0])

    def value(players):
        kept = np.isin(owner, list(players))
        return model(np.where(kept, x, background)).mean()

    values = np.zeros(3)
    orders = list(permutations(range(3)))
    for order in orders:
        for k, player in enumerate(order):
            values[player] += value(order[: k + 1]) - value(order[:k])
    return values / len(orders)


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(12, 5))


@pytest.mark.parametrize(
    "method", [ExactExplainer, KernelExplainer, PermutationExplainer, SamplingExplainer]
)
def test_a_group_is_one_player(method, rows):
    explainer = method(model, rows[:6], feature_names=NAMES, groups=GROUPS)
    found = explainer(rows[6:])
    assert found.feature_names == ("colour", "size", "age")
    expected = np.array([by_hand(x, rows[:6]) for x in rows[6:]])
    if method is SamplingExplainer:
        # Errors of ten standard errors do not happen.
        errors = np.maximum(found.standard_errors, 1e-12)
        assert (np.abs(found.values - expected) <= 10 * errors).all()
    else:
        np.testing.assert_allclose(found.values, expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.additivity_gap, 0, atol=1e-9)
    assert found.data[0, 0] == f"red={rows[6, 0]}, blue={rows[6, 1]}, green={rows[6, 4]}"
    assert found.data[0, 1] == rows[6, 2]


def test_columns_of_any_type_are_grouped_and_shown():
    table = pd.DataFrame(
        {"town": ["Bern", "Thun", "Bern"], "street": ["A", "B", "C"], "rooms": [3, 4, 5]}
    )

    def rent(rows):
        return 100.0 * rows["rooms"] + 50.0 * ((rows["town"] == "Bern") & (rows["street"] == "A"))

    explainer = ExactExplainer(rent, table, groups={"address": ["town", "street"]})
    found = explainer(table[:1], display_data=table[:1])
    np.testing.assert_allclose(found.values, [[50 * 2 / 3, -100.0]])
    assert list(found.data[0]) == ["town=Bern, street=A", 3]


def test_a_keras_model_mixes_groups_itself(rows):
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)]
    )
    plain = ExactExplainer(
        lambda X: np.asarray(net(np.asarray(X, "float32"))),
        rows[:6].astype("float32"),
        feature_names=NAMES,
        groups=GROUPS,
    )
    inside = ExactExplainer(net, rows[:6].astype("float32"), feature_names=NAMES, groups=GROUPS)
    X = rows[6:].astype("float32")
    np.testing.assert_allclose(inside(X).values, plain(X).values, rtol=1e-5, atol=1e-6)


def test_interactions_are_between_groups(rows):
    explainer = ExactExplainer(model, rows[:6], feature_names=NAMES, groups=GROUPS)
    found = explainer(rows[6:8], interactions=True)
    assert found.interactions.shape == (2, 3, 3)
    np.testing.assert_allclose(found.interactions.sum(axis=2), found.values)
    # Size and age meet in no product.
    np.testing.assert_allclose(found.interactions[:, 1, 2], 0, atol=1e-9)


def test_groups_are_part_of_the_question(rows):
    def asked(groups):
        return KernelExplainer(model, rows, feature_names=NAMES, groups=groups, model_id="m")

    digests = {
        asked(groups).question()["background"]
        for groups in (None, GROUPS, {"colour": ["red", "blue"]}, {"shade": GROUPS["colour"]})
    }
    assert len(digests) == 4


def test_a_group_that_equals_the_background_is_no_player(rows):
    background = rows[:1]
    x = background.copy()
    x[0, 3] += 1
    found = KernelExplainer(model, background, feature_names=NAMES, groups=GROUPS)(x)
    assert found.values[0, 0] == 0
    assert found.standard_errors[0, 0] == 0


@pytest.mark.parametrize(
    ("groups", "rule"),
    [
        ({"colour": ["rouge"]}, "name existing features"),
        ({"a": ["red"], "b": ["red"]}, "use each feature once"),
        ({"a": []}, "list of feature names"),
    ],
)
def test_wrong_groups_are_refused(groups, rule):
    with pytest.raises(InputError, match=rule):
        Grouped(Tabular(np.zeros((1, 5)), NAMES), groups)


def test_images_are_grouped_afterwards():
    with pytest.raises(InputError, match="one axis"):
        Grouped(Tabular(np.zeros((1, 2, 2))), {"top": ["y0 x0", "y0 x1"]})


def test_auto_takes_a_method_that_knows_groups(rows):
    keras = pytest.importorskip("keras")
    net = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
    explainer = Explainer(net, rows.astype("float32"), feature_names=NAMES, groups=GROUPS)
    assert explainer.name == "exact"
    assert explainer.why == (
        "Exact: 3 features and groups make only 8 coalitions, few enough to ask for all of them."
    )
