"""Samples of another size than a model takes: refused before anything is queued."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapviz.errors import InputError, Words, complaint
from shapviz.jobs.model_facts import ModelFacts
from shapviz.labels import count, several

__all__ = ["check_shape"]


def check_shape(option: str, rows: Any, facts: ModelFacts) -> None:
    """InputError for samples that the model cannot take, by their size; where it is known.

    Parameters
    ----------
    option : str
        By which the rows were given.
    rows : DataFrame or array of shape (n, ...)
        A table's columns are looked at elsewhere; a model of several axes takes none.
    facts : ModelFacts

    Examples
    --------
    >>> import numpy as np
    >>> check_shape("--data", np.zeros((5, 8, 8, 1)), ModelFacts("keras", shape=(8, None, 1)))
    """
    wanted = facts.shape
    if wanted is None or facts.texts:
        return
    is_table = hasattr(rows, "columns")
    if is_table and len(wanted) < 2:
        return
    there = () if is_table else tuple(rows.shape[1:])
    fits = len(wanted) == len(there) and all(
        a in (None, b) for a, b in zip(wanted, there, strict=True)
    )
    if fits:
        return
    got = f"a table of {several(len(rows.columns), 'column')}" if is_table else _sides(there)
    rule = f"hold samples of {_sides(wanted)}, which the model takes"
    fix = "Choose the data it was trained for, or bring them to that size."
    raise InputError(complaint(option, rule, Words(got), fix))


def _sides(shape: Sequence[int | None]) -> str:
    if not shape:
        return "one number"
    sides = " × ".join("any" if n is None else count(n) for n in shape)
    return sides if len(shape) > 1 else f"{sides} {'number' if shape == (1,) else 'numbers'}"
