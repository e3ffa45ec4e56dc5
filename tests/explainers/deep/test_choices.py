"""Choices among rules: checked, part of the question, and what "cross" does to a maximum."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz.errors import InputError
from shapviz.explainers.deep import DeepExplainer
from shapviz.explainers.deep.rules import RULES, choose, chosen
from tests.oracles import agree

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
layers = keras.layers

SIDE = 4
rng = np.random.default_rng(3)
IMAGES = rng.normal(size=(9, SIDE, SIDE, 1)).astype("float32")


def pooling_net(pool):
    """The sum of pooled values, each times its own weight."""
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input((SIDE, SIDE, 1)), pool, layers.Flatten(), layers.Dense(1, use_bias=False)]
    )


def cross(x, b, weight):
    """Shares (SIDE, SIDE) of one pair, window by window: all to the winner of the higher end."""
    values = np.zeros((SIDE, SIDE))
    for (i, j), w in np.ndenumerate(weight):
        window = np.s_[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        higher = x if x[window].max() >= b[window].max() else b
        change = x[window].max() - b[window].max()
        values[window].flat[higher[window].argmax()] += w * change
    return values


def test_cross_gives_the_change_to_the_winner_of_the_higher_end():
    net = pooling_net(layers.MaxPooling2D())
    weight = net.get_weights()[0].reshape(2, 2)
    background, samples = IMAGES[:4], IMAGES[4:]
    expected = [
        np.mean([cross(x, b, weight) for b in background[..., 0]], 0) for x in samples[..., 0]
    ]
    e = DeepExplainer(net, background, rules={"max": "cross"})(samples)
    assert agree(e.values[..., 0], np.stack(expected), 1e-5)


@pytest.mark.parametrize(
    "pool", [layers.MaxPooling2D(3, 1, "same"), layers.GlobalMaxPooling2D()], ids=str
)
def test_both_choices_add_up_and_differ(pool):
    answers = [
        DeepExplainer(pooling_net(pool), IMAGES[:4], rules={"max": choice})(IMAGES[4:])
        for choice in ("path", "cross")
    ]
    for e in answers:
        change = np.abs(e.predictions - e.base_values).max()
        assert np.abs(e.additivity_gap).max() <= 1e-5 * change
    assert not agree(answers[0].values, answers[1].values, 1e-2)


def test_cross_goes_into_walks():
    net = pooling_net(layers.MaxPooling2D())
    path, other = (
        DeepExplainer(net, IMAGES[:2], rules={"max": choice})(IMAGES[4:6], segments=2)
        for choice in ("path", "cross")
    )
    assert not agree(path.values, other.values, 1e-2)


def test_the_choice_is_part_of_the_question():
    net = pooling_net(layers.MaxPooling2D())
    questions = [
        DeepExplainer(net, IMAGES[:4], rules=rules).question()
        for rules in (None, {"max": "path"}, {"max": "cross"})
    ]
    assert questions[0] == questions[1]
    assert questions[2]["parameters"]["rules"] == {"max": "cross"}
    assert "rules" not in questions[0]["parameters"]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"max": "best"}, r"`rules\['max'\]` must be one of 'path', 'cross'; got 'best'"),
        ({"softmax": "path"}, "`rules` must name rules there is a choice for; got 'softmax'"),
        ("cross", "`rules` must be a dict of choices by name; got 'cross'"),
    ],
)
def test_other_choices_are_refused(rules, words):
    with pytest.raises(InputError, match=words):
        DeepExplainer(pooling_net(layers.MaxPooling2D()), IMAGES[:4], rules=rules)


def test_a_choice_leaves_the_table_as_it_is():
    before = dict(RULES)
    table = choose(chosen({"max": "cross"}))
    assert before == RULES
    assert table["MaxPool"] is not RULES["MaxPool"]
    assert table["Relu"] is RULES["Relu"]
    with pytest.raises(TypeError):
        table["Relu"] = RULES["Tanh"]
