"""A selection of an Explanation's samples, features and outputs: new fields for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shapviz import explanation_regions as own
from shapviz import selection
from shapviz.types import Array

__all__ = ["chosen"]


def chosen(
    fields: Mapping[str, Any], gap: Array, has_outputs: bool, key: Any
) -> tuple[dict[str, Any], Array]:
    """Return the fields of the selected part, and the gap that goes with it.

    Parameters
    ----------
    fields : mapping
        As `Explanation.fields` gives them.
    gap : float array of shape (n,) or (n, outputs)
        The whole explanation's additivity gap, which selecting features keeps.
    has_outputs : bool
        Whether values end in an output axis.
    key : anything between the brackets
        Samples, features, output; see `Explanation.__getitem__`.

    Returns
    -------
    dict, array

    Raises
    ------
    InputError
        As `selection.resolve` does.
    """
    shape = fields["values"].shape
    features = shape[1 : len(shape) - has_outputs]
    picks = selection.resolve(
        key, shape, _labels(fields, features, has_outputs), _kinds(shape, has_outputs)
    )
    rows = picks[0].positions
    columns = [pick.positions for pick in picks[1 : 1 + len(features)]]
    output = picks[-1] if has_outputs else None

    def per_feature(array: Array | None) -> Array | None:
        return None if array is None else array[np.ix_(rows, *columns)]

    def per_value(array: Array | None) -> Array | None:
        if array is None or output is None:
            return per_feature(array)
        picked = array[np.ix_(rows, *columns, output.positions)]
        return picked[..., 0] if output.drop else picked

    def per_output(array: Array) -> Array:
        if output is None:
            return array[rows]
        picked = array[np.ix_(rows, output.positions)]
        return picked[..., 0] if output.drop else picked

    def named(names: Sequence[str]) -> list[str]:
        grid = np.array(names, dtype=object).reshape(features)
        return list(grid[np.ix_(*columns)].ravel())

    def per_pair(array: Array | None) -> Array | None:
        if array is None or not whole:
            return None
        if output is None:
            return array[rows]
        picked = array[rows][..., output.positions]
        return picked[..., 0] if output.drop else picked

    whole = all(
        np.array_equal(chosen, np.arange(size))
        for chosen, size in zip(columns, features, strict=True)
    )
    changes = {
        **{name: per_value(fields[name]) for name in ("values", "standard_errors")},
        **{name: per_feature(fields[name]) for name in ("data", "display_data")},
        **{
            name: None if fields[name] is None else per_output(fields[name])
            for name in ("base_values", "predictions", "raw_additivity_gap")
        },
        **{name: named(fields[name]) for name in ("feature_names", "feature_units")},
        "output_names": _outputs(fields["output_names"], rows, output),
        "sample_names": [fields["sample_names"][i] for i in rows],
        "truth": None if fields["truth"] is None else fields["truth"][rows],
        "metadata": None if fields["metadata"] is None else fields["metadata"].iloc[rows],
        # Some entries of an input are no longer the input.
        "inputs": fields["inputs"] if whole else None,
        # Rows of some features no longer sum to the values.
        "interactions": per_pair(fields["interactions"]),
        # Without all players, what holds an entry may be gone.
        **{
            name: own.each(fields[name], lambda array: array[rows]) if whole else None
            for name in ("regions", "wholes", "trees")
        },
    }
    return {**fields, **changes}, per_output(gap)


def _labels(
    fields: Mapping[str, Any], features: tuple[int, ...], has_outputs: bool
) -> list[Sequence[str] | None]:
    """Return the names along each axis; None where positions are all there is."""
    by_feature = [fields["feature_names"]] if len(features) == 1 else [None] * len(features)
    names = fields["output_names"]
    by_output = [None if isinstance(names, np.ndarray) else names] if has_outputs else []
    return [fields["sample_names"], *by_feature, *by_output]


def _kinds(shape: tuple[int, ...], has_outputs: bool) -> list[str]:
    features = len(shape) - 1 - has_outputs
    return ["sample", *["feature"] * features, *["output"] * has_outputs]


def _outputs(names: Any, rows: Array, output: selection.Pick | None) -> Any:
    if output is None:
        return names[rows] if isinstance(names, np.ndarray) else names
    if isinstance(names, np.ndarray):
        return names[np.ix_(rows, output.positions)]
    return tuple(names[i] for i in output.positions)
