"""Half and double precision: explained in float32 or better, and nothing of the model changed."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from shapviz.explainers.deep import DeepExplainer
from shapviz.explainers.gradient import GradientExplainer
from tests.oracles import agree

keras = pytest.importorskip("keras")
layers = keras.layers

rng = np.random.default_rng(6)
TABLE = rng.normal(size=(12, 6))
IDS = rng.integers(0, 10, (12, 6))
BOTH = [DeepExplainer, GradientExplainer]
POLICIES = ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"]


def table_net(policy):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, "tanh", dtype=policy),
            layers.LayerNormalization(dtype=policy),
            layers.Dense(3, "softmax", dtype=policy),
        ]
    )


def token_net(policy):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            layers.Embedding(10, 4, mask_zero=True, dtype=policy),
            layers.GlobalAveragePooling1D(dtype=policy),
            layers.Dense(3, "softmax", dtype=policy),
        ]
    )


def relative_gap(e) -> float:
    gap = e.additivity_gap if e.raw_additivity_gap is None else e.raw_additivity_gap
    return float(np.abs(gap).max() / np.abs(e.predictions - e.base_values).max())


SOON = [("mixed_float16", DeepExplainer), ("mixed_float16", GradientExplainer)]
SOON += [("float64", DeepExplainer)]
"""Tried with every change: a half, by both explainers, and double precision."""


@pytest.mark.parametrize(
    ("policy", "explainer"),
    [
        pytest.param(*pair, marks=() if pair in SOON else pytest.mark.slow)
        for pair in product(POLICIES, BOTH)
    ],
)
def test_it_adds_up_whatever_the_precision(policy, explainer):
    for make, rows in ((table_net, TABLE), (token_net, IDS)):
        net = make(policy)
        e = explainer(net, rows[:5])(rows[5:])
        assert relative_gap(e) <= (1e-4 if explainer is DeepExplainer else 0.05)
        assert agree(e.predictions, net.predict(rows[5:], verbose=0), 0.02)


def test_half_precision_is_explained_like_single():
    net, single = table_net("mixed_float16"), table_net("float32")
    single.set_weights(net.get_weights())
    halved, whole = (DeepExplainer(n, TABLE[:5])(TABLE[5:]) for n in (net, single))
    assert agree(halved.values, whole.values, 1e-6)


def test_double_precision_is_kept():
    net = keras.Sequential(
        [
            keras.Input((6,), dtype="float64"),
            layers.Dense(8, "tanh", dtype="float64"),
            layers.Dense(3, dtype="float64"),
        ]
    )
    assert relative_gap(DeepExplainer(net, TABLE[:5])(TABLE[5:])) <= 1e-12


def test_the_model_keeps_its_policies():
    net = table_net("mixed_float16")
    before = [layer.dtype_policy.name for layer in net.layers]
    DeepExplainer(net, TABLE[:5])(TABLE[5:])
    with pytest.raises(Exception, match=r"background|callable"):
        DeepExplainer(net, TABLE[:5, :4])(TABLE[5:, :4])
    assert [layer.dtype_policy.name for layer in net.layers] == before == ["mixed_float16"] * 3
    assert str(net(TABLE[:1].astype("float32")).dtype) in ("float16", "<dtype: 'float16'>")
