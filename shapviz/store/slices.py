"""Parts of a stored explanation: one feature of every sample, and which ranges there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from shapviz.errors import InputError, Words, complaint
from shapviz.selection import nearest
from shapviz.store.codec import Node, unpack
from shapviz.types import Array

__all__ = ["Feature", "check_range", "read_feature"]


@dataclass(frozen=True, eq=False)
class Feature:
    """One feature of every sample.

    Attributes
    ----------
    name : str
    values : float array of shape (n,) or (n, outputs)
        SHAP values.
    data : array of shape (n,) or None
        What the model saw.
    display_data : array of shape (n,) or None
        What people should read instead; None where nothing else was given.
    standard_errors : float array like `values`, or None
    """

    name: str
    values: Array
    data: Array | None
    display_data: Array | None
    standard_errors: Array | None


class ByFeature(Protocol):
    """Reads whole arrays, and one feature of them."""

    def __call__(self, name: str) -> Any:
        """Return a whole array."""
        ...

    def column(self, name: str, feature: tuple[int, ...]) -> Any:
        """Return one feature of every row."""
        ...

    def shape(self, name: str) -> tuple[int, ...]:
        """Return an array's shape."""
        ...


def read_feature(document: Mapping[str, Node], arrays: ByFeature, name: str) -> Feature:
    """Return one feature of every sample.

    Raises
    ------
    InputError
        There is none of this name.
    """
    names = unpack(document["feature_names"], arrays)
    if name not in names:
        raise InputError(complaint("name", "be a feature", name, nearest(name, names)))
    shape = arrays.shape("values")[1:]
    if len(arrays.shape("base_values")) == 2:
        shape = shape[:-1]
    position = tuple(int(i) for i in np.unravel_index(names.index(name), shape))

    def column(field: str) -> Array | None:
        node = document.get(field)
        if node is None:
            return None
        if node["is"] == "array":
            return arrays.column(node["at"], position)
        # Text and mixed cells lie by rows: read whole.
        whole: Array = unpack(node, arrays)
        at: tuple[Any, ...] = (slice(None), *position)
        return whole[at]

    beside = {field: column(field) for field in ("data", "display_data", "standard_errors")}
    return Feature(name=name, values=arrays.column("values", position), **beside)


def check_range(start: int, stop: int, samples: int) -> None:
    """Refuse a range of rows that is empty or leaves the explanation."""
    if not 0 <= start < stop <= samples:
        got = Words(f"{start} to {stop}")
        rule = f"be a range of rows within 0 to {samples}"
        raise InputError(complaint("rows", rule, got, "Count from 0, end excluded."))
