"""Selecting along labelled axes by position, slice, mask or name."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapviz.errors import InputError, complaint
from shapviz.types import IntArray

__all__ = ["Pick", "nearest", "pick", "resolve"]


@dataclass(frozen=True)
class Pick:
    """What one part of a selection chooses along one axis.

    Attributes
    ----------
    positions : int array
    drop : bool
        True where a single output was named, whose axis goes.
    """

    positions: IntArray
    drop: bool


def nearest(name: object, names: Sequence[str]) -> str:
    """Return a sentence that points at the names most like `name`.

    Examples
    --------
    >>> nearest("bim", ["age", "bmi"])
    "Did you mean 'bmi'?"
    """
    close = difflib.get_close_matches(str(name), list(names), n=3, cutoff=0.5)
    if close:
        return f"Did you mean {' or '.join(map(repr, close))}?"
    shown = ", ".join(map(repr, names[:6]))
    return f"There are {len(names)}: {shown}{', …' if len(names) > 6 else ''}."


def pick(key: Any, size: int, names: Sequence[str] | None, kind: str) -> Pick:
    """Return the positions that `key` chooses along one axis.

    Parameters
    ----------
    key : int, str, slice, or sequence of int, str or bool
    size : int
        Length of the axis.
    names : sequence of str or None
        Its labels; None where it has none.
    kind : str
        ``"sample"``, ``"feature"`` or ``"output"``, for messages; one output drops its axis.

    Returns
    -------
    Pick

    Raises
    ------
    InputError
        For an unknown name, a position outside the axis, or a selection of nothing.
    """
    if isinstance(key, slice):
        positions = np.arange(size)[key]
    else:
        single = isinstance(key, str | int | np.integer) and not isinstance(key, bool)
        keys = np.array([key], dtype=object) if single else np.asarray(key)
        if keys.dtype == bool:
            if keys.shape != (size,):
                raise InputError(
                    complaint(kind, f"be a mask of {size} booleans", keys, "Match its length.")
                )
            positions = np.flatnonzero(keys)
        else:
            positions = np.array([_position(k, size, names, kind) for k in keys.ravel()], dtype=int)
    if positions.size == 0:
        raise InputError(
            complaint(kind, "select at least one", key, f"There are {size} to choose from.")
        )
    one = isinstance(key, str | int | np.integer)
    return Pick(positions, drop=kind == "output" and one)


def _position(key: Any, size: int, names: Sequence[str] | None, kind: str) -> int:
    if isinstance(key, str):
        if names is None:
            raise InputError(
                complaint(kind, "be a position, since this axis has no names", key, "Use a number.")
            )
        if key not in names:
            raise InputError(
                complaint(kind, f"be one of the {kind} names", key, nearest(key, names))
            )
        return list(names).index(key)
    if not isinstance(key, int | np.integer) or isinstance(key, bool):
        raise InputError(complaint(kind, "be a position, a name or a slice", key, "Use one."))
    position = int(key) + size if key < 0 else int(key)
    if not 0 <= position < size:
        raise InputError(
            complaint(kind, f"be from 0 to {size - 1}", key, "Choose a position in that range.")
        )
    return position


def resolve(
    key: Any,
    shape: tuple[int, ...],
    names: Sequence[Sequence[str] | None],
    kinds: Sequence[str],
) -> list[Pick]:
    """Return one `Pick` per axis for an indexing expression, with ``...`` filled in.

    Parameters
    ----------
    key : anything between the brackets
    shape : tuple of int
    names, kinds : one per axis, as `pick` takes them

    Returns
    -------
    list of Pick

    Raises
    ------
    InputError
        For more parts than axes, and as `pick` does.
    """
    parts = list(key) if isinstance(key, tuple) else [key]
    fills = [i for i, part in enumerate(parts) if part is Ellipsis]
    missing = len(shape) - (len(parts) - len(fills))
    if len(fills) > 1 or missing < 0:
        raise InputError(
            complaint(
                "selection",
                f"have at most {len(shape)} parts: {', '.join(kinds)}",
                len(parts),
                "Select samples first, then features, then the output.",
            )
        )
    at = fills[0] if fills else len(parts)
    parts[at : at + len(fills)] = [slice(None)] * missing
    return [
        pick(part, size, labels, kind)
        for part, size, labels, kind in zip(parts, shape, names, kinds, strict=True)
    ]
