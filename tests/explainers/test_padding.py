"""Padding, free and fixed: what is padded in both is nothing, and the rest adds up."""

from __future__ import annotations

import json

import numpy as np
import pytest

from shapviz.errors import InputError
from shapviz.explainers.deep import DeepExplainer
from shapviz.explainers.gradient import GradientExplainer
from tests.oracles import agree

keras = pytest.importorskip("keras")
layers = keras.layers

rng = np.random.default_rng(3)
IDS = rng.integers(1, 10, (14, 7))
LENGTHS = np.array([7, 5, 3, 6, 4, 7, 2, 5, 5, 3, 7, 1, 6, 4])
IDS[np.arange(7)[None] >= LENGTHS[:, None]] = 0
BACKGROUND, X = IDS[:5], IDS[5:]
BOTH = [DeepExplainer, GradientExplainer]


def pooled(mask=True):
    keras.utils.set_random_seed(2)
    return keras.Sequential(
        [
            keras.Input((7,), dtype="int32"),
            layers.Embedding(10, 4, mask_zero=mask),
            layers.GlobalAveragePooling1D(),
            layers.Dense(6, "tanh"),
            layers.Dense(2, "softmax"),
        ]
    )


def recurrent():
    keras.utils.set_random_seed(2)
    return keras.Sequential(
        [
            keras.Input((7,), dtype="int32"),
            layers.Embedding(10, 4, mask_zero=True),
            layers.LSTM(3),
            layers.Dense(2, "softmax"),
        ]
    )


def relative_gap(e) -> float:
    gap = e.additivity_gap if e.raw_additivity_gap is None else e.raw_additivity_gap
    return float(np.abs(gap).max() / np.abs(e.predictions - e.base_values).max())


@pytest.mark.parametrize("explainer", BOTH)
def test_free_padding_carries_what_length_is_worth(explainer):
    e = explainer(pooled(), BACKGROUND)(X)
    both = (X[:, None] == 0) & (BACKGROUND[None] == 0)
    assert (e.values[both.all(1)] == 0).all()
    assert np.abs(e.values[X == 0]).max() > 0
    assert np.ptp(e.base_values, axis=0).max() == 0
    assert relative_gap(e) <= (1e-5 if explainer is DeepExplainer else 0.03)


@pytest.mark.parametrize("explainer", BOTH)
def test_fixed_padding_is_worth_exactly_nothing(explainer):
    model = pooled()
    e = explainer(model, BACKGROUND, padding="fixed")(X)
    assert (e.values[X == 0] == 0).all()
    for i, row in enumerate(X):
        alike = np.where(row == 0, 0, BACKGROUND)
        assert agree(e.base_values[i], model.predict(alike, verbose=0).mean(0), 1e-5)
    assert np.ptp(e.base_values, axis=0).max() > 1e-3
    assert relative_gap(e) <= (1e-5 if explainer is DeepExplainer else 0.03)
    provenance = json.loads(json.dumps(dict(e.provenance)))
    assert provenance["padding"] == "fixed"
    assert provenance["base_values"] == "by sample"
    assert provenance["parameters"]["padding_id"] == 0
    assert provenance["model_rows"] >= len(X) * len(BACKGROUND)


@pytest.mark.slow
def test_the_masked_recurrent_net_adds_up():
    free = DeepExplainer(recurrent(), BACKGROUND)(X)
    assert relative_gap(free) <= 1e-4
    fixed = DeepExplainer(recurrent(), BACKGROUND, padding="fixed")(X)
    assert relative_gap(fixed) <= 1e-4
    assert (fixed.values[X == 0] == 0).all()


def test_values_do_not_depend_on_companions():
    explainer = DeepExplainer(pooled(), BACKGROUND, padding="fixed")
    whole, part = explainer(X), explainer(X[3:5])
    assert agree(part.values, whole.values[3:5], 1e-6)
    assert agree(part.base_values, whole.base_values[3:5], 1e-6)


def test_fixed_padding_is_another_question():
    free, fixed = (
        DeepExplainer(pooled(), BACKGROUND, padding=padding).question()
        for padding in ("free", "fixed")
    )
    assert free != fixed
    assert free == DeepExplainer(pooled(), BACKGROUND).question()


def test_the_padding_of_text_is_the_lookups_mask():
    words = np.array([["a", "b", ""], ["b", "", ""], ["a", "a", "b"]], dtype=object)
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((3,), dtype="string"),
            layers.StringLookup(vocabulary=["a", "b"], mask_token=""),
            layers.Embedding(4, 3, mask_zero=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1),
        ]
    )
    e = DeepExplainer(model, words[2:], padding="fixed")(words[:2])
    assert (e.values[words[:2] == ""] == 0).all()
    assert relative_gap(e) <= 1e-5


def test_progress_never_falls_and_ends_at_the_total():
    seen: list[tuple[int, int]] = []
    DeepExplainer(pooled(), BACKGROUND, padding="fixed")(
        X, progress=lambda done, total: seen.append((done, total))
    )
    done = [step for step, _ in seen]
    assert done == sorted(done)
    assert seen[-1] == (len(X), len(X))


def test_what_cannot_be_padded_is_refused():
    with pytest.raises(InputError, match="`padding` must be 'free' or 'fixed'"):
        DeepExplainer(pooled(), BACKGROUND, padding="loose")
    with pytest.raises(InputError, match=r"`padding_id` must be given.*padding_id=0"):
        DeepExplainer(pooled(mask=False), BACKGROUND, padding="fixed")
    e = DeepExplainer(pooled(mask=False), BACKGROUND, padding="fixed", padding_id=0)(X)
    assert (e.values[X == 0] == 0).all()
