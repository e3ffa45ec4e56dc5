"""What each field of an Explanation must be, and what it is when left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from shapviz.errors import InputError, Words, complaint
from shapviz.types import Array, FloatArray

__all__ = [
    "column_names",
    "default_names",
    "feature_dimensions",
    "floats",
    "has_outputs",
    "index_names",
    "interactions",
    "metadata",
    "output_names",
    "per_output",
    "plain",
    "samples",
    "shaped",
    "strings",
]


INTERACTION_GAP = 1e-4
"""Largest gap in interaction values, relative to the largest of them and the SHAP values: above
the rounding of float32 sums over thousands of trees."""


def floats(name: str, array: Any) -> FloatArray:
    try:
        out = np.array(array)
        if out.dtype not in (np.float32, np.float64):
            out = out.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(complaint(name, "hold numbers", array, "Convert it to floats.")) from error
    if not np.isfinite(out).all():
        where = np.argwhere(~np.isfinite(out))[0]
        raise InputError(
            complaint(
                name,
                "be finite",
                float(out[tuple(where)]),
                f"It stands at position {tuple(map(int, where))}; drop that sample or repair it.",
            )
        )
    return out


def shaped(name: str, array: Array, shape: tuple[int, ...]) -> Array:
    if array.shape != shape:
        raise InputError(complaint(name, f"have shape {shape}", array, "Match it to `values`."))
    return array


def interactions(array: Any, values: FloatArray, n_axes: int) -> FloatArray:
    """Check pairwise interaction values against the SHAP values (n, d) or (n, d, outputs)."""
    name = "interactions"
    found = floats(name, array)
    if n_axes != 1:
        raise InputError(
            complaint(name, "be left out with several feature axes", found, "Pass None.")
        )
    d = values.shape[1]
    shaped(name, found, (len(values), d, d, *values.shape[2:]))
    scale = max(np.abs(values).max(), np.abs(found).max())
    lopsided = np.abs(found - np.swapaxes(found, 1, 2)).max()
    if lopsided > INTERACTION_GAP * scale:
        raise InputError(
            complaint(
                name,
                "be symmetric: (i, j) and (j, i) hold half the pair's effect each",
                Words(f"a difference of {lopsided:.3g}"),
                "Average them with their transpose.",
            )
        )
    gap = np.abs(found.sum(axis=2, dtype=np.float64) - values).max()
    if gap > INTERACTION_GAP * scale:
        raise InputError(
            complaint(
                name,
                "have rows that sum to `values`",
                Words(f"a gap of {gap:.3g}"),
                "Put what is left of a value, its main effect, on the diagonal.",
            )
        )
    return found


def per_output(name: str, array: Any, shape: tuple[int, ...]) -> FloatArray:
    numbers = floats(name, array).astype(np.float64)
    allowed = {(), shape, shape[1:]} if len(shape) == 2 else {(), shape, (1,)}
    if numbers.shape not in allowed:
        raise InputError(complaint(name, f"have shape {shape}", numbers, "Match it to `values`."))
    return np.broadcast_to(numbers, shape).copy()


def column_names(table: Any) -> list[str] | None:
    return [str(name) for name in table.columns] if isinstance(table, pd.DataFrame) else None


def index_names(table: Any) -> list[str] | None:
    return [str(name) for name in table.index] if isinstance(table, pd.DataFrame) else None


def plain(values: Any) -> Array:
    array = np.array(values)
    return array.astype(object) if array.dtype.kind in "USO" else array


def samples(name: str, rows: Any) -> Array | None:
    """Return rows as an array of one dtype: numbers stay numbers, anything mixed is objects."""
    if rows is None:
        return None
    if hasattr(rows, "toarray"):
        rows = rows.toarray()
    if isinstance(rows, pd.DataFrame):
        numeric = all(pd.api.types.is_numeric_dtype(t) for t in rows.dtypes)
        return rows.to_numpy(dtype=np.float64 if numeric else object, na_value=np.nan)
    try:
        return plain(rows)
    except ValueError as error:
        raise InputError(
            complaint(name, "be a rectangular array", rows, "Pad its rows.")
        ) from error


def has_outputs(
    values: FloatArray, base: Any, predictions: Any, data: Array | None, output_names: Any
) -> bool:
    """Tell whether the last axis of values is an output axis, from what came with it."""
    if values.ndim == 2:
        return False
    if data is not None:
        return values.ndim == data.ndim + 1
    if max(np.ndim(base), np.ndim(predictions) if predictions is not None else 0) == 2:
        return True
    names = None if output_names is None else np.shape(output_names)
    return names is not None and names[-1:] == values.shape[-1:]


def strings(name: str, labels: Sequence[Any] | None, count: int) -> tuple[str, ...] | None:
    if labels is None:
        return None
    if isinstance(labels, str) or len(labels) != count:
        raise InputError(
            complaint(name, f"hold {count} names, one each", list(labels), "Add or drop some.")
        )
    return tuple(str(label) for label in labels)


_DIMENSIONS = {
    1: ("feature",),
    2: ("time", "feature"),
    3: ("y", "x", "channel"),
}


def feature_dimensions(axes: int) -> tuple[str, ...]:
    """Return the names of a sample's axes."""
    return _DIMENSIONS.get(axes, tuple(f"axis_{i}" for i in range(axes)))


def default_names(features: tuple[int, ...]) -> tuple[str, ...]:
    """Return a name per entry of a sample of this shape, flat: its position."""
    if len(features) == 1:
        return tuple(f"feature {i}" for i in range(features[0]))
    axes = feature_dimensions(len(features))
    if axes[:2] == ("y", "x"):
        channels = features[2] > 1
        return tuple(
            f"y{y} x{x} c{c}" if channels else f"y{y} x{x}" for y, x, c in np.ndindex(*features)
        )
    return tuple(
        ", ".join(f"{axis} {i}" for axis, i in zip(axes, index, strict=True))
        for index in np.ndindex(*features)
    )


def output_names(names: Any, n: int, outputs: tuple[int, ...]) -> Any:
    if np.ndim(names) == 2:
        array = np.array(names, dtype=object)
        return shaped("output_names", array, (n, *(outputs or (1,))))
    count = outputs[0] if outputs else 1
    default = tuple(f"output {k}" for k in range(count)) if outputs else ("output",)
    return strings("output_names", names, count) or default


def metadata(frame: pd.DataFrame | None, n: int) -> pd.DataFrame | None:
    if frame is None:
        return None
    if not isinstance(frame, pd.DataFrame) or len(frame) != n:
        raise InputError(
            complaint("metadata", f"be a DataFrame of {n} rows", frame, "Match it to `values`.")
        )
    return frame.reset_index(drop=True)
