"""Making an Explanation of what it is given: arrays checked against each other, labelled, frozen.

`explanation_fields` says what one field must be, `input_parts` how several inputs lie side by
side; here they are put together, in the order in which complaints are to come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shapviz import explanation_fields as rules
from shapviz import explanation_regions as own
from shapviz import input_parts
from shapviz.entry_names import for_entries, units_for_entries
from shapviz.errors import InputError, complaint
from shapviz.types import Array, FloatArray

__all__ = ["Built", "Given", "build"]

Variables = dict[str, tuple[tuple[str, ...], Array]]
"""Name → dimensions and array."""


@dataclass(frozen=True)
class Given:
    """The parameters of `Explanation`, which documents them, as they came."""

    values: Any
    base_values: Any
    data: Any
    predictions: Any
    standard_errors: Any
    raw_additivity_gap: Any
    display_data: Any
    feature_names: Sequence[str] | None
    feature_units: Sequence[str] | None
    output_names: Any
    sample_names: Sequence[Any] | None
    units: str
    truth: Any
    metadata: pd.DataFrame | None
    provenance: Mapping[str, Any] | None
    inputs: Mapping[str, Sequence[int]] | None
    interactions: Any
    regions: Any
    wholes: Any
    trees: Any


@dataclass(frozen=True)
class Built:
    """What an Explanation holds.

    Attributes
    ----------
    dataset : xarray.Dataset
        Every array of floats and of samples, read-only, with its dimensions.
    names : dict
        Of features, their units, outputs and samples.
    inputs : mapping of str to tuple of int, or None
    regions, wholes, trees
        Read-only, or None.
    metadata : DataFrame or None
    provenance : mapping
    units : str
    """

    dataset: xr.Dataset
    names: dict[str, Any]
    inputs: input_parts.Shapes | None
    regions: Any
    wholes: Any
    trees: Any
    metadata: pd.DataFrame | None
    provenance: Mapping[str, Any]
    units: str


@dataclass(frozen=True)
class Extent:
    """How many samples, features and outputs, and what their axes are called."""

    n: int
    features: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def entries(self) -> int:
        """Entries of one sample."""
        return prod(self.features)

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of a sample's axes."""
        return rules.feature_dimensions(len(self.features))

    @property
    def totals(self) -> tuple[str, ...]:
        """Dimensions of what there is one of a sample and output."""
        return ("sample", "output") if self.outputs else ("sample",)

    @property
    def shares(self) -> tuple[str, ...]:
        """Dimensions of what there is one of a sample, feature and output."""
        return (self.totals[0], *self.axes, *self.totals[1:])


def build(given: Given) -> Built:
    """Check what was given and put it together.

    Raises
    ------
    InputError
        As `Explanation`.
    """
    inputs, given = _flat(given)
    phi = rules.floats("values", given.values)
    if phi.ndim < 2 or 0 in phi.shape:
        raise InputError(
            complaint(
                "values",
                "have shape (n, *features) or (n, *features, outputs), none of them 0",
                phi,
                "Pass one row per sample.",
            )
        )
    given = _unpacked(given)
    extent = _extent(given, phi, inputs)
    variables = _variables(given, phi, extent)
    names = _names(given, extent, inputs)
    dataset = _dataset(variables, names, extent)
    return Built(
        dataset,
        names,
        inputs,
        *own.checked(given.regions, given.wholes, given.trees, extent.n, extent.entries, inputs),
        metadata=rules.metadata(given.metadata, extent.n),
        provenance=MappingProxyType(dict(given.provenance or {})),
        units=str(given.units),
    )


def _flat(given: Given) -> tuple[input_parts.Shapes | None, Given]:
    """Arrays of several inputs side by side, and the shapes of those inputs."""
    outer = (given.base_values, given.predictions, given.output_names)
    inputs = input_parts.found(given.inputs, given.values, given.data, *outer)
    if inputs is None:
        return None, given
    names = ("values", "standard_errors", "data", "display_data")
    parts = (getattr(given, name) for name in names)
    flat = input_parts.side_by_side(inputs, *parts)
    return inputs, replace(given, **dict(zip(names, flat, strict=True)))


def _unpacked(given: Given) -> Given:
    """Names that a table of data brings, and its cells as an array."""
    features, samples = given.feature_names, given.sample_names
    if features is None:
        features = rules.column_names(given.data) or rules.column_names(given.display_data)
    if samples is None:
        samples = rules.index_names(given.data)
    data = rules.samples("data", given.data)
    return replace(given, data=data, feature_names=features, sample_names=samples)


def _extent(given: Given, phi: FloatArray, inputs: input_parts.Shapes | None) -> Extent:
    outer = (given.base_values, given.predictions, given.data, given.output_names)
    has_outputs = (
        rules.has_outputs(phi, *outer) if inputs is None else input_parts.checked(inputs, phi)
    )
    outputs = phi.shape[-1:] if has_outputs else ()
    return Extent(phi.shape[0], phi.shape[1 : phi.ndim - has_outputs], outputs)


def _variables(given: Given, phi: FloatArray, extent: Extent) -> Variables:
    """Every array with its dimensions; those that were left out are made or missing."""
    total_shape = (extent.n, *extent.outputs)
    base = rules.per_output("base_values", given.base_values, total_shape)
    total = phi.reshape(extent.n, -1, *extent.outputs).sum(axis=1, dtype=np.float64)
    fx = (
        base + total
        if given.predictions is None
        else rules.per_output("predictions", given.predictions, total_shape)
    )
    variables: Variables = {
        "values": (extent.shares, phi),
        "base_values": (extent.totals, base),
        "predictions": (extent.totals, fx),
        "additivity_gap": (extent.totals, fx - base - total),
    }
    for name, array, dims, shape in (
        ("standard_errors", given.standard_errors, extent.shares, phi.shape),
        ("raw_additivity_gap", given.raw_additivity_gap, extent.totals, total_shape),
    ):
        if array is not None:
            variables[name] = (dims, rules.shaped(name, rules.floats(name, array), shape))
    if given.interactions is not None:
        pairs = rules.interactions(given.interactions, phi, len(extent.features))
        variables["interactions"] = ((*extent.shares[:2], "partner", *extent.shares[2:]), pairs)
    shown = rules.samples("display_data", given.display_data)
    for name, array in (("data", given.data), ("display_data", shown)):
        if array is not None:
            shape = (extent.n, *extent.features)
            variables[name] = (("sample", *extent.axes), rules.shaped(name, array, shape))
    if given.truth is not None:
        truth = rules.shaped("truth", rules.plain(given.truth), (extent.n,))
        variables["truth"] = (("sample",), truth)
    return variables


def _names(given: Given, extent: Extent, inputs: input_parts.Shapes | None) -> dict[str, Any]:
    """Names of everything that has one; a signal's name stands for all its steps."""
    features, units = given.feature_names, given.feature_units
    if features is not None and not isinstance(features, str):
        features = for_entries(features, extent.features)
    if units is not None and not isinstance(units, str):
        units = units_for_entries(units, extent.features)
    count = extent.entries
    return {
        "feature_names": rules.strings("feature_names", features, count)
        or (
            rules.default_names(extent.features)
            if inputs is None
            else input_parts.entry_names(inputs)
        ),
        "feature_units": rules.strings("feature_units", units, count) or ("",) * count,
        "sample_names": rules.strings("sample_names", given.sample_names, extent.n)
        or tuple(str(i) for i in range(extent.n)),
        "output_names": rules.output_names(given.output_names, extent.n, extent.outputs),
    }


def _dataset(variables: Variables, names: Mapping[str, Any], extent: Extent) -> xr.Dataset:
    labels = {"sample": names["sample_names"]}
    if extent.axes == ("feature",):
        labels["feature"] = names["feature_names"]
    if extent.outputs and not isinstance(names["output_names"], np.ndarray):
        labels["output"] = names["output_names"]
    coordinates = {axis: (axis, np.array(each, dtype=object)) for axis, each in labels.items()}
    dataset = xr.Dataset(variables, coords=coordinates)
    for name in variables:
        dataset[name].values.setflags(write=False)
    return dataset
