"""Families: which explanations are one question asked more or less exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from shapviz import Explanation, Store
from shapviz.store.family import family_of, head_of, heads, siblings
from tests.ui.test_home import DONE, QUEUED

DIGESTS = {"model": "m", "background": "b", "data": "d"}
ASKED = {"explainer": "deep", "link": "logit", "seed": 0, "digests": DIGESTS, "segments": 1}


def finer(segments, **changes):
    parameters = {"segments": segments, "orders": 2}
    return {**ASKED, "parameters": parameters, "segments": segments, "orders": 2, **changes}


def test_segments_and_orders_alone_make_no_other_family():
    coarse, fine = family_of(ASKED, ["y"]), family_of(finer(8), ["y"])
    assert coarse[0] == fine[0]
    assert (coarse[1], fine[1]) == ((1, 0), (8, 2))


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"link": "identity"},
        {"digests": {**DIGESTS, "model": "other"}},
        {"digests": {**DIGESTS, "background": "other"}},
        {"digests": {**DIGESTS, "data": "other"}},
        {"parameters": {"segments": 8, "orders": 2, "rules": {"max": "cross"}}},
    ],
)
def test_anything_else_does(change):
    assert family_of(finer(8, **change), ["y"])[0] != family_of(ASKED, ["y"])[0]
    assert family_of(ASKED, ["y", "z"])[0] != family_of(ASKED, ["y"])[0]


@pytest.mark.parametrize(
    "provenance",
    [{}, {**ASKED, "segments": None}, {**ASKED, "digests": {**DIGESTS, "model": None}}],
)
def test_without_segments_or_digests_there_is_no_family(provenance):
    assert family_of(provenance, ["y"]) is None


def record(key, segments, *, demo=None, days=0, name="Deep"):
    made = DONE.created + timedelta(days=days)
    return replace(
        DONE, key=key, name=name, family="f", exactness=(segments, 2), demo=demo, created=made
    )


KERNEL = replace(DONE, key="kernel", explainer="kernel", demo=None)


def test_siblings_go_from_coarse_to_fine_one_a_step():
    one, eight, again = record("1", 1), record("8", 8, days=1), record("8 again", 8, days=2)
    every = [again, eight, KERNEL, one]
    assert [r.key for r in siblings(one, every)] == ["1", "8 again"]
    assert [r.key for r in siblings(eight, every)] == ["1", "8"]
    assert siblings(KERNEL, every) == [KERNEL]


def test_a_demo_s_own_step_comes_before_a_newer_namesake():
    one, eight = record("1", 1, demo="digits"), record("8", 8, demo="digits")
    other = record("8 by hand", 8, days=3)
    assert [r.key for r in siblings(one, [other, eight, one])] == ["1", "8"]


def test_only_the_coarsest_is_listed_and_stands_for_the_others():
    one, eight, named = record("1", 1), record("8", 8), record("1 named", 1, name="Mine")
    every = [eight, KERNEL, one, named]
    assert [r.key for r in heads(every)] == ["kernel", "1", "1 named"]
    assert head_of(eight, heads(every)).key == "1"
    assert head_of(named, heads(every)) == named
    assert head_of(KERNEL, heads(every)) == KERNEL


def test_a_queued_finer_step_of_a_demo_is_not_listed():
    one = record("1", 1, demo="digits")
    finer = replace(QUEUED, key="digits-deep-8")
    gradient = replace(QUEUED, key="digits-gradient", explainer="gradient")
    assert [r.key for r in heads([one, gradient, finer])] == ["1", "digits-gradient"]
    assert [r.key for r in heads([QUEUED, gradient, finer])] == ["digits-deep", "digits-gradient"]


def test_the_catalogue_knows_a_stored_explanation_s_family(tmp_path):
    store = Store(tmp_path)
    values = np.ones((2, 3))
    for provenance in (ASKED, finer(3)):
        explanation = Explanation(values=values, base_values=0.0, provenance=provenance)
        store.put(explanation, name=f"{provenance['segments']} segments")
    three, one = store.list()
    assert three.family == one.family is not None
    assert siblings(one, [three, one]) == [one, three]
    assert heads([three, one]) == [one]


def test_what_deep_says_of_itself_makes_one_family(tmp_path):
    """Explained by the store, put into it, or both: segments and orders make no other question."""
    import keras

    from shapviz.explainers.deep import DeepExplainer

    model = keras.Sequential(
        [keras.layers.Input((3,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(1)]
    )
    X = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    explainer, store = DeepExplainer(model, X[:2]), Store(tmp_path)
    store.explain(explainer, X, name="coarse")
    store.explain(explainer, X, name="finer", segments=2, orders=2)
    store.put(explainer(X, segments=3, orders=4), name="finest")
    store.explain(explainer, X, name="another seed", segments=2, orders=2, seed=1)
    store.explain(explainer, X[:3], name="other rows", segments=2, orders=2)
    every = store.list()
    coarse = next(each for each in every if each.name == "coarse")
    found = siblings(coarse, every)
    assert [(each.name, each.exactness) for each in found] == [
        ("coarse", (1, 0)),
        ("finer", (2, 2)),
        ("finest", (3, 4)),
    ]
    assert {each.name for each in heads(every)} == {"coarse", "another seed", "other rows"}
