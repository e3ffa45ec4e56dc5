"""shap's Explanation objects to the fields of ours, and back. Only writing one imports shap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from shapviz.errors import InputError, MissingExtraError, Words, complaint

__all__ = ["fields_of", "shap_object"]

ROW, COLUMN, WHOLE = "one sample", "one feature", "several samples"
"""What a shap.Explanation may be a slice of; ours always has both axes."""


def fields_of(explanation: Any, *, predictions_known: bool = False) -> dict[str, Any]:
    """What `Explanation(...)` takes, read from a shap.Explanation.

    Parameters
    ----------
    explanation : shap.Explanation
        Of several samples, of one (``e[0]``) whose features lie on one axis, or of one feature
        (``e[:, "age"]``). Anything with the same attributes will do.
    predictions_known : bool, default False
        Whether the caller has them: shap's objects do not, and provenance says so.

    Raises
    ------
    InputError
        It has no values, holds interaction values or texts of several lengths, or is one sample
        whose features lie on several axes.
    """
    values = _stacked(getattr(explanation, "values", None))
    if values is None or values.ndim == 0:
        raise _not_ours(explanation, "Use shapviz.from_values for plain arrays.")
    data, shown = _stacked(explanation.data), _stacked(getattr(explanation, "display_data", None))
    names, features = explanation.output_names, explanation.feature_names
    base = explanation.base_values
    base = None if base is None else np.asarray(base, dtype=np.float64)
    outputs = _has_outputs(values, data, base, names)
    axes = values.ndim - outputs
    kind = COLUMN if isinstance(features, str) else ROW if axes == 1 else WHOLE
    if kind == WHOLE:
        _refuse_what_is_no_table(values, base, outputs, names)

    def lifted(array: Any) -> Any:
        if array is None or kind == WHOLE:
            return array
        cells = np.asarray(array)
        return cells[None] if kind == ROW else cells[:, None]

    seconds = getattr(explanation, "compute_time", None)
    return {
        "values": lifted(values),
        "base_values": base[None] if kind == ROW and base is not None and base.ndim else base,
        "data": lifted(data),
        "display_data": lifted(shown),
        "feature_names": _feature_names(features),
        "output_names": _output_names(names, kind, outputs),
        "sample_names": _as_list(getattr(explanation, "instance_names", None)),
        "provenance": {
            "explainer": "shap",
            "seconds": None if seconds is None else float(seconds),
            **({} if predictions_known else {"predictions": "unknown"}),
        },
    }


def _not_ours(got: Any, fix: str) -> InputError:
    return InputError(complaint("explanation", "be a shap.Explanation of SHAP values", got, fix))


def _stacked(array: Any) -> Any:
    """An array or table as it is; one array a sample as one array."""
    if array is None or isinstance(array, pd.DataFrame) or hasattr(array, "toarray"):
        return array
    if isinstance(array, np.ndarray) and (array.dtype != object or array.ndim != 1):
        return array
    if not all(isinstance(part, np.ndarray | list | tuple) for part in array):
        return np.asarray(array)
    shapes = {np.shape(part) for part in array}
    if len(shapes) > 1:
        got = Words(f"samples of {len(shapes)} shapes")
        raise _not_ours(got, "Read texts one by one: [from_shap(e[i]) for i in range(len(e))].")
    return np.array([np.asarray(part) for part in array])


def _has_outputs(values: Any, data: Any, base: Any, names: Any) -> bool:
    """Whether the last axis of values is one of outputs: what shap's own slices no longer say."""
    if names is not None and not isinstance(names, str):
        return np.shape(names)[-1:] == values.shape[-1:]
    if data is not None:
        return bool(values.ndim > data.ndim)
    if base is None or base.ndim != 1 or values.ndim != 2:
        return base is not None and base.ndim == 2
    return bool(len(base) == values.shape[1] != values.shape[0])


def _refuse_what_is_no_table(values: Any, base: Any, outputs: bool, names: Any) -> None:
    n, square = len(values), values.ndim > 2 and values.shape[1:2] == values.shape[2:3]
    # Interactions come with the base values of single outputs, outputs with their own.
    if outputs and names is None and square and (base is None or base.shape in [(), (n,)]):
        got = Words(f"values of shape {values.shape}, which are interactions")
        raise _not_ours(got, "Sum them: shap.Explanation(e.values.sum(2), e.base_values, e.data).")
    if values.ndim - outputs > 2 and base is not None and base.ndim != 1 + outputs:
        got = Words(f"base values of shape {base.shape} for values of shape {values.shape}")
        raise _not_ours(got, "Give each sample its base value; slice one sample as e[3:4].")


def _as_list(names: Any) -> list[str] | None:
    if names is None:
        return None
    return [str(names)] if np.ndim(names) == 0 else [str(name) for name in names]


def _feature_names(names: Any) -> list[str] | None:
    """Names of a sample's entries; None where each text has words of its own."""
    if names is None or isinstance(names, str) or np.ndim(names[0]) == 0:
        return _as_list(names)
    words = [list(map(str, row)) for row in names]
    return words[0] if all(row == words[0] for row in words) else None


def _output_names(names: Any, kind: str, outputs: bool) -> Any:
    if names is None or isinstance(names, str):
        return _as_list(names)
    if np.ndim(names) == 2 or not outputs:
        return np.asarray(names, dtype=object) if outputs else None
    return _as_list(names)


def shap_object(
    *,
    values: Any,
    base_values: Any,
    data: Any,
    display_data: Any,
    feature_names: Sequence[str],
    output_names: Any,
    sample_names: Sequence[str],
    standard_errors: Any,
    seconds: float | None,
    has_outputs: bool,
) -> Any:
    """A shap.Explanation with copies of the arrays; `standard_errors` become its error_std.

    Raises
    ------
    MissingExtraError
        shap is not installed.
    """
    try:
        import shap
    except ImportError as error:
        raise MissingExtraError(
            complaint(
                "shap",
                "be installed to make its objects",
                Words("no such package"),
                "Install it: pip install 'shapviz[shap]'.",
            )
        ) from error
    one_axis = values.ndim - has_outputs == 2
    return shap.Explanation(
        values=np.array(values),
        base_values=np.array(base_values),
        data=None if data is None else np.array(data),
        display_data=None if display_data is None else np.array(display_data),
        feature_names=list(feature_names) if one_axis else None,
        output_names=_names_for_shap(output_names) if has_outputs else None,
        instance_names=list(sample_names),
        error_std=None if standard_errors is None else np.array(standard_errors),
        compute_time=seconds,
    )


def _names_for_shap(names: Any) -> Any:
    return names.tolist() if isinstance(names, np.ndarray) else list(names)
