"""Arrays and tables of SHAP values computed elsewhere, in the shapes that other tools use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from shapviz.errors import InputError, Words, complaint
from shapviz.explanation import Explanation

__all__ = ["from_values"]


def from_values(
    values: Any, data: Any = None, base_values: Any = None, **fields: Any
) -> Explanation:
    """Return an Explanation of SHAP values that something else computed.

    Parameters
    ----------
    values : array (n, *features) or (n, *features, outputs), DataFrame (n, features), list or dict
        A list holds one array (n, *features), or table, an output, as shap before 0.45 gave them;
        a dict names the outputs. Columns and index of a table give feature and sample names. R's
        shapviz keeps this as the matrix ``S``.
    data : array (n, *features) or DataFrame, optional
        What the model saw (``X`` in R's shapviz). Columns of a table are put in the order of
        `values`; further columns become `metadata` unless that is given.
    base_values : float or array of shape (n,), (outputs,), (n, outputs), or (n, 1) for one output
        What the values add up from: shap's ``expected_value``, ``baseline`` in R's shapviz, the
        last column of XGBoost's and LightGBM's contributions.
    **fields
        Any other parameter of `Explanation`: ``predictions``, ``units``, ``truth`` …
        Without `predictions` there is no telling whether the values add up to them, and
        ``provenance["predictions"]`` is "unknown". With `inputs`
        a dict of values names inputs instead of outputs.

    Raises
    ------
    InputError
        `base_values` is missing, outputs differ in shape or features, the data lack a feature or
        have the samples in another order.

    Examples
    --------
    >>> S = pd.DataFrame({"age": [1.0, -1.0], "bmi": [0.5, 0.0]})
    >>> X = pd.DataFrame({"id": [7, 8], "bmi": [22.0, 30.0], "age": [61, 18]})
    >>> e = from_values(S, X, base_values=2.0)
    >>> e.feature_names, e.data.tolist(), e.metadata["id"].tolist()
    (('age', 'bmi'), [[61.0, 22.0], [18.0, 30.0]], [7, 8])
    """
    if base_values is None:
        raise InputError(
            complaint(
                "base_values",
                "say what the values add up from",
                base_values,
                "Pass the explainer's expected_value, or the mean prediction over its background.",
            )
        )
    about = {} if fields.get("predictions") is not None else {"predictions": "unknown"}
    read: dict[str, Any] = {"provenance": {"explainer": "computed elsewhere", **about}}
    if "inputs" in fields:
        read.update(values=values, data=data, base_values=base_values)
        return Explanation(**{**read, **fields})
    if isinstance(values, Mapping):
        read["output_names"] = [str(name) for name in values]
        values = list(values.values())
    # Lists of numbers, however deep, are one array: what `tolist` gives.
    one_each = isinstance(values, list | tuple) and all(
        len(getattr(part, "shape", ())) > 1 for part in values
    )
    parts = list(values) if one_each else [values]
    first = parts[0]
    _alike(parts)
    if isinstance(first, pd.DataFrame):
        read["feature_names"] = [str(name) for name in first.columns]
        if not _plain_index(first):
            read["sample_names"] = [str(label) for label in first.index]
        if isinstance(data, pd.DataFrame):
            data, read["metadata"] = _beside(first, data)
    arrays = [np.asarray(part) for part in parts]
    read["values"] = np.stack(arrays, axis=-1) if one_each else arrays[0]
    read["data"] = data
    read["base_values"] = _per_output(base_values, read["values"], data)
    return Explanation(**{**read, **fields})


def _alike(parts: list[Any]) -> None:
    """InputError where outputs have other shapes, features or samples than the first."""
    first = parts[0]
    for k, part in enumerate(parts[1:], start=1):
        tables = isinstance(first, pd.DataFrame), isinstance(part, pd.DataFrame)
        same = np.shape(part) == np.shape(first) and tables[0] == tables[1]
        if same and all(tables):
            same = part.columns.equals(first.columns) and part.index.equals(first.index)
        if not same:
            raise InputError(
                complaint(
                    "values",
                    "have the same samples and features for each output",
                    Words(f"shape {np.shape(part)} for output {k} and {np.shape(first)} for 0"),
                    "Give every output one matrix of the same columns.",
                )
            )


def _plain_index(table: pd.DataFrame) -> bool:
    return table.index.equals(pd.RangeIndex(len(table)))


def _beside(values: pd.DataFrame, data: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The data's features in the values' order, and its other columns."""
    missing = [str(name) for name in values.columns if name not in data.columns]
    if missing:
        raise InputError(
            complaint(
                "data",
                "have a column for each feature of `values`",
                Words(f"none named {', '.join(map(repr, missing[:5]))}"),
                "Rename its columns, or pass arrays in the same order.",
            )
        )
    named = not _plain_index(values) and not _plain_index(data)
    if len(values) != len(data) or (named and not values.index.equals(data.index)):
        raise InputError(
            complaint(
                "data",
                "have the samples of `values`, in the same order",
                data,
                "Use data.loc[values.index].",
            )
        )
    others = data.drop(columns=list(values.columns))
    return data[list(values.columns)], others if others.shape[1] else None


def _per_output(base: Any, values: Any, data: Any) -> Any:
    """Base values without the axis of length 1 that single-output models leave on them."""
    array = np.asarray(base, dtype=np.float64)
    outputs = values.ndim > 2 and (data is None or values.ndim > np.ndim(data))
    return array[:, 0] if not outputs and array.ndim == 2 and array.shape[1] == 1 else array
