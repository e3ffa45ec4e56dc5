"""Checks of a call's arguments, made before any long computation. Calls no model."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, ModelError, Words, complaint
from shapviz.maskers.arrays import not_finite


def whole_number(name: str, value: Any, low: int, fix: str) -> int:
    """`value` as an int of at least `low`; InputError otherwise (booleans and floats too)."""
    rule = f"be a whole number of at least {low}"
    if isinstance(value, bool | np.bool_):
        raise InputError(complaint(name, rule, value, fix))
    try:
        number = operator.index(value)
    except TypeError as error:
        raise InputError(complaint(name, rule, value, fix)) from error
    if number < low:
        raise InputError(complaint(name, rule, number, fix))
    return number


def aligned(name: str, value: Any, n: int) -> None:
    """InputError when a companion of X (truth, metadata …) has another length."""
    if value is None:
        return
    rule = f"have one entry for each of the {n} samples"
    fix = f"Pass {name} in the order of X."
    shape = getattr(value, "shape", None)
    size = shape[0] if shape else len(value) if hasattr(value, "__len__") else None
    if size is None:
        raise InputError(complaint(name, rule, value, fix))
    if size != n:
        raise InputError(complaint(name, rule, Words(f"{size} entries"), fix))


def as_output_list(outputs: Any) -> list[int | str]:
    """The outputs asked for as a list of names and positions, unresolved."""
    if isinstance(outputs, str | int | np.integer):
        outputs = [outputs]
    rule = "be names or positions of the model's outputs"
    fix = "Leave it out to explain all outputs."
    try:
        chosen = [o if isinstance(o, str) else int(operator.index(o)) for o in outputs]
    except TypeError as error:
        raise InputError(complaint("outputs", rule, outputs, fix)) from error
    if not chosen:
        raise InputError(complaint("outputs", "name at least one output", outputs, fix))
    return chosen


def resolve_outputs(
    outputs: Any, n_outputs: int, output_names: Sequence[str] | None
) -> tuple[int, ...]:
    """Positions of the outputs asked for; InputError on an unknown or repeated one."""
    if outputs is None:
        return tuple(range(n_outputs))
    names = [] if output_names is None else [str(name) for name in output_names]
    known = f"Use {', '.join(map(repr, names))} or " if names else "Use "
    known += f"positions 0 to {n_outputs - 1}."
    positions: list[int] = []
    for output in as_output_list(outputs):
        if isinstance(output, str):
            if output not in names:
                raise InputError(complaint("outputs", "name outputs of the model", output, known))
            positions.append(names.index(output))
        elif -n_outputs <= output < n_outputs:
            positions.append(output % n_outputs)
        else:
            rule = "be positions within the model's outputs"
            raise InputError(complaint("outputs", rule, output, known))
    if len(set(positions)) != len(positions):
        raise InputError(complaint("outputs", "name each output once", outputs, known))
    return tuple(positions)


def finite(name: str, values: NDArray[np.float64], fix: str) -> NDArray[np.float64]:
    """`values` unchanged; ModelError when one is NaN or infinite."""
    bad = ~np.isfinite(values)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        got = Words(f"{values[where]} at {where}, {int(bad.sum())} of {bad.size} not finite")
        raise ModelError(complaint(name, "be finite numbers", got, fix))
    return values


def finite_values(values: NDArray[np.float64], X: Any, background: Callable[[], Any]) -> None:
    """ModelError when a SHAP value is NaN or infinite, naming what was given that is, if any is.

    Parameters
    ----------
    X : array, or records that cannot be looked into
    background : callable
        Its rows; asked for only where a value is not finite.
    """
    if np.isfinite(values).all():
        return
    given = {"X": X, "background": background()}
    found = [
        f"`{name}` holds {where}" for name, rows in given.items() if (where := not_finite(rows))
    ]
    fix = (
        f"{' and '.join(found)}: fill it in first, as np.where(np.isfinite(X), X, 0) does, or "
        "leave that one out."
        if found
        else "Check X and the background for missing or infinite entries, and what the model "
        "answers on mixed rows."
    )
    finite("SHAP values", values, fix)
