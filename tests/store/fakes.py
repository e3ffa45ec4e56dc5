"""Explanations and an explainer made by hand: exact, quick, and able to die on purpose."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
import pandas as pd

from shapviz.explanation import Explanation


def rich_explanation(n: int = 6, outputs: int = 0, seed: int = 0) -> Explanation:
    """Every field filled, with what is hard to store: mixed, missing, hostile, foreign."""
    rng = np.random.default_rng(seed)
    tail = (outputs,) if outputs else ()
    values = rng.normal(size=(n, 3, *tail))
    base = np.full((n, *tail), 0.25)
    data = np.empty((n, 3), dtype=object)
    data[:, 0] = [["rouge", None, np.nan, 7, True, "\udce9\u2028"][i % 6] for i in range(n)]
    data[:, 1] = rng.normal(size=n).tolist()
    data[:, 2] = [pd.Timestamp("2026-11-20 09:40") + pd.Timedelta(i, "h") for i in range(n)]
    metadata = pd.DataFrame(
        {
            "split": pd.Categorical(["train", "test"] * (n // 2), categories=["test", "train"]),
            "überschrift/../x": [None, "a"] * (n // 2),
            "count": pd.array([1, None] * (n // 2), dtype="Int64"),
            "when": pd.date_range("2026-01-01", periods=n, tz="Europe/Zurich"),
            "size": rng.normal(size=n).astype(np.float32),
            "mixed": [1, "one"] * (n // 2),
            "hole": [np.nan, 2.5] * (n // 2),
        }
    )
    return Explanation(
        values=values,
        base_values=base,
        predictions=base + values.sum(axis=1) + 1e-7,
        standard_errors=np.abs(values) / 10,
        raw_additivity_gap=np.full((n, *tail), 1e-4),
        data=data,
        display_data=np.where(pd.isna(data), "–", data),
        feature_names=["Größe <b>", "bmi", "時間"],
        feature_units=["", "kg/m²", ""],
        output_names=[f"class {k}" for k in range(outputs)] if outputs else ["risk"],
        sample_names=[f"patient №{i}" for i in range(n)],
        units="log-odds",
        truth=np.array(["yes", None] * (n // 2), dtype=object),
        metadata=metadata,
        provenance={
            "explainer": "fake",
            "parameters": {"shape": (2, 3), "nested": [1, {"a": None}]},
            "seconds": 0.5,
            "model_rows": 12,
            "sample_noun": "patient",
            "tolerance": float("inf"),
        },
    )


class FakeExplainer:
    """Values weight × x per feature; counts its calls; may cancel, fail or die on a row."""

    name = "fake"
    feature_names = ("a", "b", "c")
    feature_units = None
    units = "€"

    def __init__(
        self,
        weight: float = 1.0,
        model: str | None = "model",
        seconds_per_row: float = 0.0,
        at_row: Any = None,
    ) -> None:
        self.weight = weight
        self.model = None if model is None else f"{model} {weight}"
        self.seconds_per_row = seconds_per_row
        self.at_row = at_row
        self.rows_explained = 0

    def question(self, *, seed: int = 0, **_call: Any) -> dict[str, Any]:
        return {"explainer": self.name, "model": self.model, "seed": seed}

    def __call__(
        self,
        X: Any,
        *,
        budget: int | None = None,
        seed: int = 0,
        progress: Any = None,
        cancel: Any = None,
        **labels: Any,
    ) -> Explanation:
        rows = np.asarray(X, dtype=np.float64)
        for i, row in enumerate(rows):
            if self.at_row is not None:
                self.at_row(row)
            if self.seconds_per_row:
                time.sleep(self.seconds_per_row)
            if progress is not None:
                progress(i + 1, len(rows))
        self.rows_explained += len(rows)
        return Explanation(
            values=rows * self.weight,
            base_values=1.0,
            data=rows,
            feature_names=self.feature_names,
            units=self.units,
            provenance={"explainer": self.name, "seed": seed, "model_rows": 10 * len(rows)},
            **labels,
        )


def table(n: int = 100, seed: int = 0) -> Any:
    """Rows for the fake explainer; the first column is the row's position."""
    rows = np.random.default_rng(seed).normal(size=(n, 3))
    rows[:, 0] = np.arange(n)
    return rows


def die_at(position: int) -> Any:
    """A callable that kills this process without any clean-up at a row."""

    def check(row: Any) -> None:
        if row[0] == position:
            os.kill(os.getpid(), 9)

    return check
