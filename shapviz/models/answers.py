"""What a model answered, as float64 (n, outputs), or a ModelError that says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import ModelError, Words, complaint

if TYPE_CHECKING:
    from shapviz.models.base import Predictor

__all__ = ["as_answers", "check_deterministic", "first_not_finite", "not_finite_words"]

Answers = NDArray[np.float64]

NUMERIC_KINDS = "biuf"

REPEAT_TOLERANCE = 1e-4
"""Largest change between identical calls, relative to the largest answer: above the rounding of
float32 kernels that sum in varying order, below dropout left on."""


def as_answers(raw: Any, n: int) -> tuple[Answers, bool]:
    """Return the answers as (n, outputs) and whether the model spoke of a single output.

    Parameters
    ----------
    raw : array_like of shape (n,) or (n, outputs)
        What the model returned.
    n : int
        Rows that were asked about.

    Returns
    -------
    answers : float64 (n, outputs)
        NaN and infinities are left in: whoever knows the sample complains about them.
    single : bool
        True for shapes (n,) and (n, 1).

    Raises
    ------
    ModelError
        For several arrays, another shape, no output, or content that is not real numbers.
    """
    rule = f"return one answer a row, as (n,) or (n, outputs) with n = {n}"
    if isinstance(raw, dict | tuple) or (isinstance(raw, list) and _holds_arrays(raw)):
        raise ModelError(
            complaint(
                "model",
                rule,
                Words(f"{len(raw)} values in a {type(raw).__name__}"),
                "Wrap it in a function that returns the one array to explain.",
            )
        )
    try:
        array = np.asarray(raw)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ModelError(
            complaint("model", rule, raw, f"It cannot be read as an array: {error}.")
        ) from error
    if array.ndim not in (1, 2) or array.shape[0] != n or array.size == 0:
        raise ModelError(
            complaint("model", rule, array, "Wrap it in a function that returns that shape.")
        )
    if array.dtype.kind == "O":
        array = _unboxed(array)
    if array.dtype.kind not in NUMERIC_KINDS and not str(array.dtype).startswith("bfloat"):
        raise ModelError(
            complaint(
                "model",
                "return real numbers",
                array,
                "Explain a score or a probability instead of a label.",
            )
        )
    single = array.ndim == 1 or array.shape[1] == 1
    return array.reshape(n, -1).astype(np.float64), single


def _holds_arrays(values: list[Any]) -> bool:
    return any(getattr(value, "ndim", 0) > 1 for value in values)


def _unboxed(array: NDArray[Any]) -> NDArray[Any]:
    """Python numbers kept as objects, as numbers; text and the rest stay as they are."""
    if all(isinstance(cell, int | float | np.number | np.bool_) for cell in array.flat):
        return array.astype(np.float64)
    return array


def first_not_finite(answers: Answers) -> int | None:
    """Return the position of the first row that holds a NaN or an infinity, or None."""
    # The sum is finite for nearly every batch and needs no array of flags.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(answers.sum()):
            return None
    bad = ~np.isfinite(answers).all(axis=tuple(range(1, answers.ndim)))
    return int(bad.argmax()) if bad.any() else None


def not_finite_words(answers: Answers, where: str) -> Words:
    """Return how a complaint speaks of the first value in `answers` that is not finite."""
    value = answers[~np.isfinite(answers)].flat[0]
    what = "a value that is not a number" if np.isnan(value) else f"an infinite value ({value})"
    return Words(f"{what} for {where}")


def check_deterministic(predictor: Predictor, rows: Any) -> Answers:
    """Return the predictor's answers to `rows` after asking twice.

    Parameters
    ----------
    predictor : Predictor
    rows : array or DataFrame
        A few rows are enough.

    Returns
    -------
    float64 (n, outputs)

    Raises
    ------
    ModelError
        If the two answers differ by more than 1e-4 of the largest one.
    """
    first, second = predictor(rows), predictor(rows)
    change = float(np.max(np.abs(first - second)))
    if not change <= REPEAT_TOLERANCE * float(np.max(np.abs(first))):
        raise ModelError(
            complaint(
                "model",
                "give the same answer to the same rows",
                Words(f"answers that differ by {change:.3g} between two identical calls"),
                "Switch off dropout and other randomness, or fix the seed it uses.",
            )
        )
    return first
