"""Every public name of keras.layers, keras.activations and keras.ops is classed, and probed."""

from __future__ import annotations

import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("keras")

from shapviz.explainers.deep.pair import Pair
from shapviz.explainers.deep.rules import RULES, Rule
from tests.coverage.cases import (
    FAST,
    Case,
    cases,
    public_names,
    tables,
    verdict,
)
from tests.coverage.probe import (
    CLASSES,
    COMPLEX,
    NO_FLOAT,
    NO_GRAPH,
    REFUSED,
    SUPPORTED,
    Entry,
    Probe,
)

SPACES = ("layers", "activations", "ops")


@pytest.mark.parametrize("space", SPACES)
def test_every_public_name_is_classed(space):
    assert sorted(public_names(space) - set(tables()[space])) == []


@pytest.mark.parametrize("space", SPACES)
def test_the_table_names_nothing_that_keras_lacks(space):
    assert sorted(set(tables()[space]) - public_names(space)) == []


@pytest.mark.parametrize("space", SPACES)
def test_what_needs_a_probe_has_one(space):
    for name, entry in tables()[space].items():
        assert entry.kind in CLASSES
        if entry.kind in (SUPPORTED, REFUSED):
            assert entry.probe is not None, name
        assert (entry.op is not None) == (entry.kind == REFUSED), name
        assert (entry.probe is None) == bool(entry.why), name


def test_the_fast_names_exist():
    wanted = {f"{space}.{name}" for space, names in FAST.items() for name in names}
    assert wanted == {str(case) for case in cases(fast=True)}


@pytest.mark.parametrize("case", cases(fast=True), ids=str)
def test_a_name_does_what_its_class_says(case):
    assert verdict(case) is None


@pytest.mark.sweep
@pytest.mark.parametrize("case", cases(), ids=str)
def test_every_name_does_what_its_class_says(case):
    assert verdict(case) is None


def judged(kind, op=None):
    """The verdict on tanh, were it of this class."""
    import keras
    import tensorflow as tf

    return verdict(Case("ops", "tanh", Entry(kind, Probe(keras.layers.Lambda(tf.tanh)), op)))


def plain(pair):
    """A rule that keeps the plain derivative."""
    import tensorflow as tf

    return Pair(tf.tanh(pair.sample), tf.tanh(pair.baseline))


def first(pair):
    """A rule that adds up, but gives the first entry everything."""
    import tensorflow as tf

    high, low = tf.tanh(tf.stop_gradient(pair.sample)), tf.tanh(pair.baseline)
    moved = pair.sample - tf.stop_gradient(pair.sample)
    share = moved / tf.stop_gradient(pair.sample - pair.baseline)
    return Pair(high + tf.stop_gradient(high - low) * share[:, :1], low)


@pytest.fixture
def tanh_by(monkeypatch):
    """Puts another rule in tanh's place, or none."""

    def put(rule):
        if rule is None:
            monkeypatch.delitem(RULES, "Tanh")
        else:
            monkeypatch.setitem(RULES, "Tanh", Rule(lambda op, inputs, notes: [rule(inputs[0])]))

    return put


def test_tanh_is_supported_and_nothing_else():
    assert judged(SUPPORTED) is None
    assert "refused no longer" in judged(REFUSED, "Tanh")


def test_a_wrong_sum_is_caught(tanh_by):
    tanh_by(plain)
    assert "the sum misses by" in judged(SUPPORTED)
    assert "the sum misses by" in judged(COMPLEX)
    assert "the sum misses by" in judged(NO_FLOAT)


def test_values_that_disagree_with_slopes_are_caught(tanh_by):
    tanh_by(first)
    assert "correlation" in judged(SUPPORTED)


def test_support_that_vanishes_is_caught(tanh_by):
    tanh_by(None)
    assert "UnsupportedOpError" in judged(SUPPORTED)
    assert judged(COMPLEX) is None
    assert judged(REFUSED, "Tanh") is None
    assert "not Qr refuses it" in judged(REFUSED, "Qr")


def test_a_name_that_keras_can_trace_is_caught():
    assert judged(NO_GRAPH) == "Keras can trace it now"
