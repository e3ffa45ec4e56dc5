"""Small explanations that views and figures are tested on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from shapviz import Explanation
from shapviz.maskers import Text

HOSTILE = (
    "<b>%{x}</b>",
    "<script>alert(1)</script>",
    '<a href="javascript:alert(1)">free</a>',
    "&lt;i&gt; %{customdata}",
)
LONG = "Time since the very last payment that this customer made in the branch"
FOREIGN = "中文特征名称非常非常长的一个名字需要缩短显示出来"


def table(n: int = 60, d: int = 12, seed: int = 0, **fields: Any) -> Explanation:
    """A linear model in log-odds on d numeric features, the first one strongest, with truth."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    values = X * np.linspace(2.0, 0.2, d)
    given: dict[str, Any] = {
        "values": values,
        "base_values": -0.5,
        "data": X,
        "standard_errors": np.full((n, d), 0.05),
        "feature_names": [f"Feature {chr(65 + j % 26)}{j // 26 or ''}" for j in range(d)],
        "feature_units": ["px²", *[""] * (d - 1)],
        "output_names": ["malignant"],
        "units": "log-odds",
        "truth": np.where(values.sum(axis=1) > 0, "malignant", "benign"),
    }
    return Explanation(**{**given, **fields})


def hostile(n: int = 20) -> Explanation:
    """Names, units, categories, outputs and samples that try to be markup."""
    rng = np.random.default_rng(1)
    data = pd.DataFrame(
        {
            HOSTILE[0]: rng.normal(size=n),
            HOSTILE[1]: rng.choice([*HOSTILE[:2], None], n),
            LONG: rng.integers(0, 3, n).astype(float),
            FOREIGN: np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
        }
    )
    return Explanation(
        values=rng.normal(size=(n, 4)) * [3, 2, 1, 0.5],
        base_values=1.0,
        data=data,
        feature_units=list(HOSTILE),
        output_names=[HOSTILE[2]],
        sample_names=[f"{HOSTILE[0]} {i}" for i in range(n)],
        units=HOSTILE[0],
        provenance={"sample_noun": HOSTILE[0]},
    )


def messy(n: int = 40) -> Explanation:
    """NaN, infinities, strings, booleans, a constant and nothing at all as feature values."""
    rng = np.random.default_rng(2)
    data = pd.DataFrame(
        {
            "gaps": np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
            "endless": np.where(rng.random(n) < 0.2, np.inf, rng.normal(size=n)),
            "word": rng.choice(["low", "high", None], n),
            "flag": rng.random(n) < 0.5,
            "constant": 1.0,
            "empty": np.full(n, np.nan),
        }
    )
    return Explanation(values=rng.normal(size=(n, 6)), base_values=0.0, data=data)


def classes(n: int = 30, outputs: int = 3) -> Explanation:
    """Several outputs, as probabilities."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=(n, 4, outputs)) * 0.02
    return Explanation(
        values=values,
        base_values=np.full(outputs, 1 / outputs),
        data=rng.normal(size=(n, 4)),
        feature_names=["a", "b", "c", "d"],
        output_names=[f"class {k}" for k in range(outputs)],
        units="probability",
        truth=rng.integers(0, outputs, n),
    )


def images(n: int = 3, side: int = 6, channels: int = 1, outputs: int = 8) -> Explanation:
    """Grey or RGB pictures with a bright block, and several classes."""
    rng = np.random.default_rng(4)
    data = np.zeros((n, side, side, channels))
    data[:, 1:4, 2:4] = 1.0
    return Explanation(
        values=rng.normal(size=(n, side, side, channels, outputs)),
        base_values=np.zeros(outputs),
        data=data,
        output_names=[str(k) for k in range(outputs)],
        units="log-odds",
    )


def by_region(
    n: int = 3, side: int = 12, outputs: int = 4, names: list[str] | None = None
) -> Explanation:
    """RGB pictures cut into nine regions, of which the last picture has eight."""
    rng = np.random.default_rng(6)
    rows, columns = np.indices((side, side)) * 3 // side
    regions = np.repeat((3 * rows + columns)[None], n, axis=0)
    regions[-1][regions[-1] == 8] = 7
    values = rng.normal(size=(n, 9, outputs))
    values[-1, 8] = 0.0
    return Explanation(
        values=values,
        base_values=np.zeros(outputs),
        regions=regions,
        wholes=rng.random((n, side, side, 3)),
        output_names=names or [f"class {k}" for k in range(outputs)],
        units="log-odds",
        provenance={"modality": "image"},
    )


def paired(explanation: Explanation, seed: int = 5) -> Explanation:
    """The same with interactions that take a third of each feature's effect; at most 5 samples."""
    some = explanation[:5]
    values = some.values.reshape(len(some), some.feature_shape[0], -1)
    n, d, outputs = values.shape
    halves = np.random.default_rng(seed).normal(size=(n, d, d, outputs))
    halves = (halves + halves.swapaxes(1, 2)) * np.abs(values).max() / (6 * d)
    at = np.arange(d)
    halves[:, at, at] = 0.0
    halves[:, at, at] = values - halves.sum(axis=2)
    shape = (*some.values.shape[:2], *some.values.shape[1:])
    return some.replace(interactions=halves.reshape(shape))


def cases() -> dict[str, Explanation]:
    """Every awkward table by name."""
    plain = table()
    zeros = np.zeros((20, 5))
    return {
        "plain": plain,
        "one sample": table(n=1),
        "two samples": table(n=2),
        "one feature": table(d=1),
        "500 features": table(n=30, d=500),
        "all zero": Explanation(values=zeros, base_values=0.0, data=zeros),
        "messy": messy(),
        "no data": plain.replace(data=None),
        "huge": table().replace(
            values=plain.values * 1e9, standard_errors=None, base_values=0.0, predictions=None
        ),
        "tiny": table().replace(
            values=plain.values * 1e-9, standard_errors=None, base_values=0.0, predictions=None
        ),
        "classes": classes(),
        "hostile": hostile(),
    }


HOSTILE_TEXT = (
    "<script>alert(1)</script> <b>%{x}</b> &lt; \u05e9\u05dc\u05d5\u05dd "
    "\u0645\u0631\u062d\u0628\u0627 \U0001f600, and that was that. A second sentence!"
)
"""Markup, a template, an entity, Hebrew, Arabic and an emoji."""


def texts(n: int = 12, outputs: int = 0) -> Explanation:
    """Texts cut by the Text masker, with trees; the first one tries to be markup."""
    rng = np.random.default_rng(4)
    said = [
        "The",
        "plot",
        "was",
        "not",
        "dull,",
        "and",
        "the",
        "music",
        "was",
        "rather",
        "fine.",
        "I",
        "left",
        "early.",
    ]
    made = [
        HOSTILE_TEXT,
        "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd",
        "Fine",
        "line one\nline two " + "x" * 90,
    ]
    made += [" ".join(rng.permutation(said)) for _ in range(n - len(made))]
    X = Text().check(made)
    longest = max(record.players for record in X)
    shape = (len(made), longest, *([outputs] if outputs else []))
    values = rng.normal(size=shape)
    data, shown = (np.full((len(made), longest), "", dtype=object) for _ in range(2))
    for i, record in enumerate(X):
        data[i, : record.players], shown[i, : record.players] = record.tokens, record.pieces
        values[i, record.players :] = 0.0
    return Explanation(
        values=values,
        base_values=np.zeros(shape[2:]) if outputs else 0.0,
        data=data,
        display_data=shown,
        standard_errors=np.full(shape, 0.1),
        output_names=[f"class {k}" for k in range(outputs)] if outputs else ["positive"],
        units="" if outputs else "log-odds",
        sample_names=[HOSTILE[0], *(f"text {i}" for i in range(1, len(made)))],
        provenance={"modality": "text", "sample_noun": "review"},
    )


def token_ids(*, free: bool) -> Explanation:
    """Two short texts as token ids, with words; where free, padding carries something."""
    length = [0.25, 0.5] if free else [0.0, 0.0]
    return Explanation(
        values=[[2.0, -0.5, *length], [-1.0, 0.25, 0.5, 0.0]],
        base_values=0.0,
        data=np.array([[2, 3, 0, 0], [4, 3, 5, 0]]),
        display_data=np.array([["good", "film", "", ""], ["bad", "film", "indeed", ""]], object),
        output_names=["positive"],
        units="log-odds",
        provenance={"padding": "free" if free else "fixed", "sample_noun": "review"},
    )
