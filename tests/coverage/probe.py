"""What the tables are made of: how a name is classed, and how a tiny model with it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Build = Callable[[Any], Any]

SUPPORTED = "supported"
NO_FLOAT = "no varying float output"
COMPLEX = "complex or decomposition"
RANDOM = "random or stateful"
FOREIGN = "foreign"
NO_GRAPH = "not traceable by Keras itself on TensorFlow"
REFUSED = "refused today"
CLASSES = (SUPPORTED, NO_FLOAT, COMPLEX, RANDOM, FOREIGN, NO_GRAPH, REFUSED)


@dataclass(frozen=True)
class Probe:
    """A tiny model around one name.

    Attributes
    ----------
    build : callable
        Symbolic input → symbolic output, or several.
    shape : tuple of int
        Of one input row.
    low, high : float
        Bounds that inputs are drawn from.
    smooth : bool
        Whether slopes say anything, so that expected gradients are worth comparing with.
    dtype : str
        Of the input.
    """

    build: Build
    shape: tuple[int, ...] = (4,)
    low: float = -2.0
    high: float = 2.0
    smooth: bool = True
    dtype: str = "float32"


@dataclass(frozen=True)
class Entry:
    """A row of a table: the class of a name, its probe or why it has none, and what refuses it."""

    kind: str
    probe: Probe | None = None
    op: str | None = None
    why: str = ""


def row_wise(function: Build) -> Build:
    """A function of one row, which knows no batch, as a function of rows."""
    import keras

    return lambda x: keras.ops.vectorized_map(function, x)


def halves(function: Callable[[Any, Any], Any]) -> Build:
    """A function of two operands, given both halves of the last axis."""
    import keras

    return lambda x: function(*keras.ops.split(x, 2, axis=-1))


def filled(size: tuple[int, ...], seed: int = 0, low: float = -1.0, high: float = 1.0) -> Any:
    """A constant of this size, float32."""
    return np.random.default_rng(seed).uniform(low, high, size).astype("float32")


def refused(table: Mapping[str, Entry], ops: Mapping[str, str]) -> dict[str, Entry]:
    """The table with these names refused, each by the op given."""
    return dict(table) | {
        name: replace(table[name], kind=REFUSED, op=op) for name, op in ops.items()
    }


def entries(
    kind: str, probes: Mapping[str, Probe | Build | str], **shared: Any
) -> dict[str, Entry]:
    """Table rows of one class; a bare function gets the shared fields of a probe.

    Words instead of a probe say why there is none.
    """
    made = {}
    for name, probe in probes.items():
        if isinstance(probe, str):
            made[name] = Entry(kind, why=probe)
        elif isinstance(probe, Probe):
            made[name] = Entry(kind, probe)
        else:
            made[name] = Entry(kind, Probe(probe, **shared))
    return made


def functions(table: Mapping[str, Entry]) -> dict[str, Entry]:
    """The same rows, their builders being functions of tensors that a Lambda layer wraps."""
    import keras

    def wrapped(build: Build) -> Build:
        return lambda x: keras.layers.Lambda(build)(x)

    return {
        name: replace(entry, probe=replace(entry.probe, build=wrapped(entry.probe.build)))
        if entry.probe
        else entry
        for name, entry in table.items()
    }
