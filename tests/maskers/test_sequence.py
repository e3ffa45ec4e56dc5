"""Windows of signals: who the players are, and what stands for hidden steps."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import ExactExplainer, KernelExplainer, PartitionExplainer
from shapviz.errors import InputError
from shapviz.maskers import Sequence
from tests.oracles import agree, brute_force

rng = np.random.default_rng(0)
X = rng.normal(size=(3, 6, 2))
GROUND = rng.normal(size=(4, 6, 2))


def model(rows):
    """A step counts by what came before it."""
    rows = np.asarray(rows, float)
    return np.tanh(rows[:, :-1, 0] * rows[:, 1:, 1]).sum(axis=1) + rows[:, 2, 0]


OWNERS = {
    "time": np.arange(6)[:, None].repeat(2, 1),
    "feature": np.arange(2)[None].repeat(6, 0),
    2: (np.arange(6) // 2)[:, None].repeat(2, 1),
    4: (np.arange(6) // 4)[:, None].repeat(2, 1),
}


@pytest.mark.parametrize("players", list(OWNERS), ids=str)
def test_values_are_those_of_the_game(players):
    found = ExactExplainer(model, Sequence(GROUND, players=players))(X)
    owner = OWNERS[players]
    d = owner.max() + 1
    for x, values in zip(X, found.values, strict=True):
        table = []
        for code in range(2**d):
            kept = np.array([code >> i & 1 for i in range(d)], bool)[owner]
            table.append([model(np.where(kept, x, GROUND)).mean()])
        assert agree(values, brute_force(np.array(table))[:, 0], 1e-9)
    laid = found.on_regions()
    expected = found.values[:, owner if players == "feature" else owner[:, 0]]
    np.testing.assert_array_equal(laid, expected)
    np.testing.assert_array_equal(found.wholes, X)


def test_entries_are_those_of_a_table():
    found = PartitionExplainer(model, Sequence(GROUND))(X, budget=60)
    table = PartitionExplainer(model, GROUND)(X, budget=60)
    np.testing.assert_array_equal(found.values, table.values)


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ([1, 0, 0, 1, 0], [1, 1, 1, 4, 4]),
        ([0, 0, 1, 0, 1], [3, 3, 3, 3, 5]),
        ([0, 0, 0, 0, 0], [3, 3, 3, 3, 3]),
    ],
)
def test_holding_repeats_the_last_value_seen(kept, expected):
    masker = Sequence(players="time", fill="hold")
    records = masker.check(np.arange(1.0, 6.0).reshape(1, 5, 1))
    rows = masker.bound(records).rows(records, np.array([kept], bool))
    assert rows[0, :, 0].tolist() == expected


def test_signals_are_held_apart():
    masker = Sequence(players="entries", fill="hold")
    records = masker.check(np.arange(6.0).reshape(1, 3, 2))
    kept = np.array([[True, True, False, True, True, False]])
    rows = masker.bound(records).rows(records, kept)
    assert rows[0].tolist() == [[0, 1], [0, 3], [4, 3]]


@pytest.mark.parametrize(
    ("players", "names"),
    [
        ("time", ("time 0", "time 1", "time 2", "time 3", "time 4", "time 5")),
        (4, ("time 0–3", "time 4–5")),
        (5, ("time 0–4", "time 5")),
        ("feature", ("speed", "heat")),
    ],
)
def test_players_have_names(players, names):
    masker = Sequence(players=players, fill="mean", feature_names=["speed", "heat"])
    found = KernelExplainer(model, masker)(X)
    assert found.feature_names == names
    assert np.abs(found.additivity_gap).max() < 1e-9


GAPPED = X.copy()
GAPPED[1, 2, 0] = np.nan


@pytest.mark.parametrize("how", [{"fill": 0}, {"background": GROUND}], ids=["number", "rows"])
def test_gaps_go_to_the_model_where_nothing_follows_from_them(how):
    masker = Sequence(players="time", **how)
    kept = np.array([[True] * 6, [True, True, False, True, True, True]])
    rows = masker.rows(masker.check(GAPPED[1:2]), kept)
    whole, without = np.split(rows, 2)
    assert np.isnan(whole[:, 2, 0]).all()
    assert np.isfinite(without).all()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Sequence(GROUND, fill="mean"), "left out where background"),
        (lambda: Sequence(fill="zero"), "'hold', 'mean' or a number"),
        (lambda: Sequence(players="steps"), "'entries', 'time', 'feature'"),
        (lambda: Sequence(players=0), "a number of steps"),
        (lambda: Sequence(GROUND[:, :, 0]), "(n, time, feature)"),
        (lambda: Sequence(GROUND, players=6), "at least two players"),
        (lambda: KernelExplainer(model, Sequence(players="time"))(X[:, :1]), "one step"),
        (lambda: KernelExplainer(model, Sequence(GROUND))(X[:, :5]), "(n, 6, 2)"),
        (lambda: KernelExplainer(model, Sequence())(X[0]), "(n, time, feature)"),
        (lambda: Sequence(GROUND, feature_names=["one"]), "2 signals"),
        (lambda: Sequence(fill="hold").check(GAPPED), "got nan in sample 1, at (2, 0)"),
        (lambda: Sequence(fill="mean").check(GAPPED), "filled in from themselves"),
    ],
)
def test_bad_input_is_told(make, words):
    with pytest.raises(InputError) as error:
        make()
    assert words in str(error.value)
