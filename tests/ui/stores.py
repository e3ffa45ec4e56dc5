"""A small store as the dashboard finds it: a table, pictures with classes, hostile names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shapviz import Explanation, Store

HOSTILE = "<b>%{x}</b><script>alert(1)</script> [a](http://b)"


@dataclass(frozen=True)
class Keys:
    """Where the explanations of the small store are."""

    url: str
    tumour: str
    digits: str
    prices: str
    hostile: str


def tumour(n: int = 80, d: int = 12) -> Explanation:
    """Yes or no in log-odds, with truth, standard errors and a small gap."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d))
    values = X * np.linspace(1.5, 0.1, d)
    predictions = -0.5 + values.sum(axis=1) + 0.001
    return Explanation(
        values=values,
        base_values=-0.5,
        predictions=predictions,
        data=X,
        standard_errors=np.full((n, d), 0.02),
        feature_names=[f"Worst part {j}" for j in range(d)],
        feature_units=["px²", *[""] * (d - 1)],
        output_names=["malignant"],
        units="log-odds",
        truth=np.where(predictions + rng.normal(size=n) > 0, "malignant", "benign"),
        provenance={"explainer": "kernel", "seed": 7, "budget": 64, "sample_noun": "biopsy"},
    )


def digits(n: int = 12) -> Explanation:
    """Small pictures of three classes."""
    rng = np.random.default_rng(1)
    X = rng.random((n, 4, 4, 1))
    values = rng.normal(size=(n, 4, 4, 1, 3)) * 0.02
    base = np.array([0.2, 0.3, 0.5])
    classes = np.argmax(base + values.sum(axis=(1, 2, 3)), axis=1)
    return Explanation(
        values=values,
        base_values=base,
        data=X,
        output_names=["one", "two", "three"],
        units="probability",
        truth=np.array(["one", "two", "three"], dtype=object)[classes],
        provenance={"explainer": "deep"},
    )


def prices(n: int = 30) -> Explanation:
    """A number in euros with sample names, a category and a missing value."""
    rng = np.random.default_rng(2)
    area = rng.uniform(40, 200, n)
    town = rng.choice(["Rome", "Oslo"], n)
    data = np.empty((n, 2), dtype=object)
    data[:, 0], data[:, 1] = area, town
    data[3, 0] = np.nan
    values = np.column_stack([2.0 * (area - 120), np.where(town == "Rome", 20.0, -20.0)])
    return Explanation(
        values=values,
        base_values=300.0,
        data=data,
        feature_names=["Area", "Town"],
        feature_units=["m²", ""],
        output_names=["price"],
        sample_names=[f"house {100 + i}" for i in range(n)],
        units="€",
        truth=300.0 + values.sum(axis=1) + rng.normal(size=n),
        interactions=values[:, :, None] * np.eye(2) + np.array([[-3.0, 3.0], [3.0, -3.0]]),
        provenance={"explainer": "exact", "estimand": "shapley"},
    )


def hostile() -> Explanation:
    """Names that would be markup, templates or links if anything forgot to escape them."""
    values = np.array([[1.0, -2.0], [0.5, 0.5], [-1.0, 0.25]])
    return Explanation(
        values=values,
        base_values=0.0,
        data=values,
        feature_names=[HOSTILE, "**bold** $x$ :red[y]"],
        sample_names=[f"{HOSTILE} {i}" for i in range(3)],
    )


def fill(folder: Path) -> Keys:
    """Put all of them in a new store; the tumours are the newest."""
    store = Store(folder)
    return Keys(
        url=str(folder),
        hostile=store.put(hostile(), name=f"Hostile {HOSTILE}"),
        prices=store.put(prices(), name="House prices"),
        digits=store.put(digits(), name="Digits, small", demo="digits"),
        tumour=store.put(tumour(), name="Tumour, Kernel", demo="breast_cancer"),
    )
