"""Estimates of parts of the samples or outputs, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.explainers.call import Estimate

ADDED = ("model_rows", "backward_rows", "passes", "beyond_tolerance")
"""Entries of provenance that count work; of other numbers the largest is kept."""

FIELDS = (
    "values",
    "base_values",
    "predictions",
    "standard_errors",
    "raw_additivity_gap",
    "interactions",
)

Cell = tuple[NDArray[Any], NDArray[Any]]
"""Positions of samples (m,), and where among their outputs the estimate belongs (m, k)."""


def joined(parts: Sequence[Estimate], cells: Sequence[Cell], n: int, k: int) -> Estimate:
    """One estimate for n samples and k outputs.

    A field is None where a part has none.
    """

    def field(name: str) -> Any:
        arrays = [getattr(part, name) for part in parts]
        if any(array is None for array in arrays):
            return None
        whole = np.empty((n, *arrays[0].shape[1:-1], k))
        for array, (rows, places) in zip(arrays, cells, strict=True):
            for column in range(array.shape[-1]):
                whole[rows, ..., places[:, column]] = array[..., column]
        return whole

    return Estimate(
        **{name: field(name) for name in FIELDS},
        provenance=_together([part.provenance for part in parts]),
    )


def _together(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = dict(entries[0])
    for entry in entries[1:]:
        for key, value in entry.items():
            merged[key] = _pooled(key, merged.get(key), value)
    return merged


def _pooled(key: str, a: Any, b: Any) -> Any:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return {name: a.get(name, 0) + b.get(name, 0) for name in {**a, **b}}
    if isinstance(a, Number) and isinstance(b, Number):
        return a + b if key in ADDED else max(a, b)  # type: ignore[operator, call-overload]
    return b if a is None else a
