"""The Explanation: SHAP values with everything needed to read and to trust them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from shapviz import explanation_regions as own
from shapviz import input_parts, regroup, shap_objects, subset
from shapviz.errors import InputError, complaint
from shapviz.explanation_building import Given, build
from shapviz.hierarchy import Hierarchy
from shapviz.types import Array, FloatArray

__all__ = ["Explanation", "concat"]

_FIELDS = (
    "values",
    "base_values",
    "data",
    "predictions",
    "standard_errors",
    "raw_additivity_gap",
    "display_data",
    "feature_names",
    "feature_units",
    "output_names",
    "sample_names",
    "units",
    "truth",
    "metadata",
    "provenance",
    "inputs",
    "interactions",
    "regions",
    "wholes",
    "trees",
)


class Explanation:
    """SHAP values of n samples, labelled, frozen, with their predictions and their error.

    ``values`` has one number per sample and feature, and per output when there are several:
    shape ``(n, *features)`` or ``(n, *features, outputs)``. They are in `units`, the link's
    scale, and add up: ``predictions = base_values + Σ values + additivity_gap``.

    Parameters
    ----------
    values : array_like of shape (n, *features) or (n, *features, outputs)
        SHAP values, finite.
    base_values : float or array_like of shape (n,), (outputs,) or (n, outputs)
        What the values add up from. With outputs, a vector means one per output.
    data : array_like of shape (n, *features) or DataFrame, optional
        What the model saw.
    predictions : array_like shaped like ``base_values``, optional
        Link output at each sample. Default: ``base_values + Σ values``, which makes the gap zero.
    standard_errors : array_like shaped like ``values``, optional
        Of each estimate; None where the method gives none, zeros where it is exact.
    raw_additivity_gap : array_like shaped like ``predictions``, optional
        The gap before a method projected it away.
    display_data : array_like of shape (n, *features) or DataFrame, optional
        What people should read instead of `data`: raw units, category names.
    feature_names, feature_units : sequence of str, optional
        Flat, one per entry of a sample (in C order). Default names: the table's columns,
        ``feature 0`` and on, or the position such as ``y3 x4``. Of windows (time, feature) one
        a signal will do: entries are then called ``speed, t = 3``.
    output_names : sequence of str, or array of shape (n, outputs), optional
        One per output; per sample when each sample has its own (``outputs="top2"``).
    sample_names : sequence, optional
        Default: the table's index, or ``0`` and on.
    units : str, optional
        Of values, base values and predictions: ``"log-odds"``, ``"probability"``, ``"€"``.
    truth : array_like of shape (n,), optional
        What really happened: numbers, or one of the output names.
    metadata : DataFrame of n rows, optional
        Columns that were not features.
    provenance : mapping, optional
        Explainer, parameters, seed, digests, versions, cost. JSON values only.
    inputs : mapping of str to tuple of int, optional
        For a model with several inputs: input name → shape of one sample. Arrays are then flat,
        (n, p) or (n, p, outputs), all inputs' entries side by side, or mappings of input name to
        array; `values`, `data`, `display_data` and `standard_errors` are shown as mappings.
        Default: none, or those that `values` given as a mapping has.
    interactions : array_like of shape (n, features, features) or with outputs last, optional
        Pairwise interaction values, for one feature axis (all entries side by side, of several
        inputs): symmetric, half a pair's effect at (i, j) and half at (j, i), the main effect on
        the diagonal, rows summing to `values`.
    regions : int array of shape (n, *axes), or {input name: such an array}, optional
        Where a player holds several entries of a sample (a superpixel, a block of time): which
        one, −1 for none. `values` then have one feature axis, the players.
    wholes : array of shape (n, *axes, …), or by input, optional
        The samples that `regions` are of: pictures, signals.
    trees : float array of shape (n, players − 1, 3), optional
        Where every sample has a tree of its own: left, right and height of each merge, NaN past
        a sample's own. The k-th merge makes node players + k.

    Raises
    ------
    InputError
        If shapes or names do not fit each other, values are not finite, or interactions are not
        symmetric or do not sum to the values (to 1e-4 of the largest).

    Examples
    --------
    >>> e = Explanation(values=[[1.0, -0.5]], base_values=2.0, feature_names=["age", "bmi"])
    >>> e.predictions
    array([2.5])
    >>> e[:, "age"].values
    array([[1.]])
    """

    __slots__ = (
        "_dataset",
        "_inputs",
        "_metadata",
        "_names",
        "_provenance",
        "_regions",
        "_trees",
        "_units",
        "_wholes",
    )

    def __init__(
        self,
        *,
        values: Any,
        base_values: Any,
        data: Any = None,
        predictions: Any = None,
        standard_errors: Any = None,
        raw_additivity_gap: Any = None,
        display_data: Any = None,
        feature_names: Sequence[str] | None = None,
        feature_units: Sequence[str] | None = None,
        output_names: Any = None,
        sample_names: Sequence[Any] | None = None,
        units: str = "",
        truth: Any = None,
        metadata: pd.DataFrame | None = None,
        provenance: Mapping[str, Any] | None = None,
        inputs: Mapping[str, Sequence[int]] | None = None,
        interactions: Any = None,
        regions: Any = None,
        wholes: Any = None,
        trees: Any = None,
    ) -> None:
        built = build(
            Given(
                values=values,
                base_values=base_values,
                data=data,
                predictions=predictions,
                standard_errors=standard_errors,
                raw_additivity_gap=raw_additivity_gap,
                display_data=display_data,
                feature_names=feature_names,
                feature_units=feature_units,
                output_names=output_names,
                sample_names=sample_names,
                units=units,
                truth=truth,
                metadata=metadata,
                provenance=provenance,
                inputs=inputs,
                interactions=interactions,
                regions=regions,
                wholes=wholes,
                trees=trees,
            )
        )
        self._dataset = built.dataset
        self._names = built.names
        self._inputs = built.inputs
        self._regions = built.regions
        self._wholes = built.wholes
        self._trees = built.trees
        self._metadata = built.metadata
        self._provenance = built.provenance
        self._units = built.units

    # What it holds

    def _array(self, name: str) -> Any:
        return self._dataset[name].values if name in self._dataset else None

    def _by_input(self, array: Any) -> Any:
        """A flat array as people see it: by input where there are several."""
        if array is None or self._inputs is None:
            return array
        return input_parts.split(array, self._inputs)

    @property
    def inputs(self) -> Mapping[str, tuple[int, ...]] | None:
        """Input name → shape of one sample, of a model with several inputs; else None."""
        return self._inputs

    @property
    def input_shares(self) -> dict[str, FloatArray]:
        """{input name: sum of its values}, shape (n,) or (n, outputs), in `units`.

        How much each of several inputs moved the prediction: the sums add up to the change.

        Raises
        ------
        InputError
            The explanation is of a model with one input.
        """
        if self._inputs is None:
            raise InputError(
                complaint(
                    "inputs",
                    "be known for shares by input",
                    self._inputs,
                    "This model has one; use sum_groups to sum over features.",
                )
            )
        parts = input_parts.split(self._array("values"), self._inputs)
        tail = self.base_values.shape[1:]
        return {
            name: part.reshape(len(self), -1, *tail).sum(axis=1, dtype=np.float64)
            for name, part in parts.items()
        }

    @property
    def values(self) -> Any:
        """SHAP values, shape (n, *features) or (n, *features, outputs), in `units`.

        {input name: such an array} for a model with several inputs.
        """
        return self._by_input(self._array("values"))

    @property
    def base_values(self) -> FloatArray:
        """What the values add up from, shape (n,) or (n, outputs), in `units`."""
        return self._array("base_values")

    @property
    def predictions(self) -> FloatArray:
        """Link output at each sample, shaped like `base_values`, in `units`."""
        return self._array("predictions")

    @property
    def standard_errors(self) -> Any:
        """Standard error of each value, like `values`; None where the method estimates none."""
        return self._by_input(self._array("standard_errors"))

    @property
    def interactions(self) -> FloatArray | None:
        """Pairwise interaction values, shape (n, features, features) or with outputs last.

        In `units`. A pair's effect is the sum of (i, j) and (j, i), which are equal; (i, i) is the
        main effect; rows sum to `values`. None where none were computed, and in a selection of
        features, which has no rows that sum.
        """
        return self._array("interactions")

    @property
    def regions(self) -> Any:
        """Which player holds each entry of a sample, int (n, *axes), −1 for none; by input where
        there are several. None where every entry is a player."""
        return self._regions

    @property
    def wholes(self) -> Any:
        """The samples that `regions` are of, (n, *axes, …), or by input; None without regions."""
        return self._wholes

    @property
    def trees(self) -> FloatArray | None:
        """Trees of samples that each have their own, (n, players − 1, 3); see `hierarchy_of`."""
        return self._trees

    def hierarchy_of(self, sample: int) -> tuple[Hierarchy, NDArray[np.int64]]:
        """Return a sample's tree over its own players, and their positions among all features.

        Parameters
        ----------
        sample : int

        Raises
        ------
        InputError
            No tree was kept: the values are no Owen values.
        """
        if self._trees is not None:
            return own.hierarchy_of(self._trees, sample)
        merges = self.provenance.get("hierarchy")
        if merges is None:
            rule = "be asked of Owen values"
            got = self.provenance.get("explainer", "values without a tree")
            raise InputError(complaint("hierarchy", rule, got, "Use PartitionExplainer."))
        tree = Hierarchy.from_list(merges)
        return tree, np.arange(tree.d)

    def on_regions(self) -> Any:
        """Return values laid over the samples: at each entry that of the region holding it.

        Returns
        -------
        float array of shape (n, *axes) or (n, *axes, outputs), or {input name: such an array}
            To be looked at, never summed: a region's value stands at each of its entries.

        Raises
        ------
        InputError
            Every entry is a player: `values` are laid over the samples already.
        """
        if self._regions is None:
            rule = "be there to lay values over them"
            fix = "Use `values`: every entry has its own."
            raise InputError(complaint("regions", rule, self._regions, fix))
        if not isinstance(self._regions, Mapping):
            return own.spread(self._array("values"), self._regions)
        flat = {
            name: part.reshape(len(self), -1, *part.shape[part.ndim - self.has_outputs :])
            for name, part in self.values.items()
        }
        return {name: own.spread(flat[name], held) for name, held in self._regions.items()}

    @property
    def additivity_gap(self) -> FloatArray:
        """``predictions − base_values − Σ values`` of the whole explanation, in `units`.

        Computed once, when the explanation is made; selecting features keeps it.
        """
        return self._array("additivity_gap")

    @property
    def raw_additivity_gap(self) -> FloatArray | None:
        """The gap before a method projected it away; None where nothing was projected."""
        return self._array("raw_additivity_gap")

    @property
    def data(self) -> Any:
        """What the model saw, shape (n, *features), by input where there are several; or None."""
        return self._by_input(self._array("data"))

    @property
    def display_data(self) -> Any:
        """What people should read, shaped like `data`; `data` where nothing else was given."""
        return self._by_input(self._shown)

    @property
    def _shown(self) -> Array | None:
        shown = self._array("display_data")
        return self._array("data") if shown is None else shown

    @property
    def truth(self) -> Array | None:
        """What really happened, shape (n,), or None."""
        return self._array("truth")

    @property
    def metadata(self) -> pd.DataFrame | None:
        """Columns that were not features (a copy), or None."""
        return None if self._metadata is None else self._metadata.copy()

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of a sample's entries, flat."""
        return self._names["feature_names"]

    @property
    def feature_units(self) -> tuple[str, ...]:
        """Units of a sample's entries, flat; empty strings where none."""
        return self._names["feature_units"]

    @property
    def output_names(self) -> tuple[str, ...] | np.ndarray[Any, Any]:
        """One name per output (a single one without an output axis), or (n, outputs) names."""
        return self._names["output_names"]

    @property
    def sample_names(self) -> tuple[str, ...]:
        """One name per sample."""
        return self._names["sample_names"]

    @property
    def units(self) -> str:
        """Units of values, base values and predictions; empty when the model's own."""
        return self._units

    @property
    def provenance(self) -> Mapping[str, Any]:
        """How the values came about (read-only)."""
        return self._provenance

    @property
    def dataset(self) -> xr.Dataset:
        """All arrays with their dimensions (a copy)."""
        return self._dataset.copy(deep=True)

    # Its shape

    def __len__(self) -> int:
        return int(self._array("values").shape[0])

    def __iter__(self) -> Iterator[Explanation]:
        """Yield each sample as an explanation of its own."""
        return (self[i] for i in range(len(self)))

    @property
    def has_outputs(self) -> bool:
        """Whether `values` has an output axis."""
        return "output" in self._dataset["values"].dims

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """Shape of one sample; (p,), the entries of all, for several inputs."""
        values = self._array("values")
        return tuple(values.shape[1 : values.ndim - self.has_outputs])

    def __repr__(self) -> str:
        shape = " × ".join(map(str, self.feature_shape))
        of = "" if self._inputs is None else f" of {len(self._inputs)} inputs"
        outputs = f", {self.base_values.shape[-1]} outputs" if self.has_outputs else ""
        units = f" in {self.units}" if self.units else ""
        return f"Explanation({len(self)} samples, {shape} features{of}{outputs}{units})"

    def fields(self) -> dict[str, Any]:
        """Return everything `Explanation(...)` takes: ``Explanation(**e.fields())`` equals e.

        Arrays of several inputs are flat.
        """
        fields = {name: getattr(self, name) for name in _FIELDS}
        held = ("values", "standard_errors", "data", "display_data")
        return {**fields, **{name: self._array(name) for name in held}}

    def equals(self, other: object) -> bool:
        """Return whether `other` holds the same numbers, labels and provenance; NaN equals NaN."""
        if not isinstance(other, Explanation):
            return False
        same_names = all(
            np.array_equal(np.asarray(self._names[key]), np.asarray(other._names[key]))
            for key in self._names
        )
        same_frame = (
            other._metadata is None
            if self._metadata is None
            else other._metadata is not None and self._metadata.equals(other._metadata)
        )
        return (
            same_names
            and same_frame
            and self._inputs == other._inputs
            and own.same(self._regions, other._regions)
            and own.same(self._wholes, other._wholes)
            and own.same(self._trees, other._trees)
            and self._dataset.identical(other._dataset)
            and dict(self.provenance) == dict(other.provenance)
            and self.units == other.units
        )

    # Other explanations from it

    def replace(self, **changes: Any) -> Explanation:
        """Return a copy with some fields changed, checked like a new one.

        Parameters
        ----------
        **changes
            Any parameter of `Explanation`.

        Raises
        ------
        InputError
            For an unknown field, or one that does not fit.
        """
        unknown = sorted(set(changes) - set(_FIELDS))
        if unknown:
            raise InputError(
                complaint(
                    unknown[0], f"be one of {', '.join(_FIELDS)}", changes[unknown[0]], "Rename it."
                )
            )
        return Explanation(**{**self.fields(), **changes})

    def flat(self) -> Explanation:
        """Return the same values with one feature axis: shape (n, p) or (n, p, outputs).

        Entries of several inputs stand side by side, in plain arrays.
        """
        if self._inputs is not None:
            parts = {} if self._regions is None else {"regions": None, "wholes": None}
            return self.replace(inputs=None, **parts)._with_gap(self.additivity_gap)
        if len(self.feature_shape) == 1:
            return self
        tail = self.values.shape[-1:] if self.has_outputs else ()
        shapes = {
            "values": (len(self), -1, *tail),
            "standard_errors": (len(self), -1, *tail),
            "data": (len(self), -1),
            "display_data": (len(self), -1),
        }
        fields = self.fields()
        return Explanation(
            **{
                name: field.reshape(shapes[name]) if name in shapes and field is not None else field
                for name, field in fields.items()
            }
        )

    def of_input(self, name: str) -> Explanation:
        """Return one of several inputs as an explanation of its own, in its own shape.

        As of any selection of features, predictions, base values and the gap stay those of the
        whole explanation: the values sum to `input_shares`, not to the prediction.

        Parameters
        ----------
        name : str
            One of `inputs`.

        Raises
        ------
        InputError
            There is no such input, or the model has one.
        """
        if self._inputs is None or name not in self._inputs:
            known = "none: the model has one input" if self._inputs is None else None
            rule = f"be one of {known or ', '.join(map(repr, self._inputs or ()))}"
            raise InputError(complaint("input", rule, name, "Name one of the model's inputs."))
        part = input_parts.part(self.fields(), self._inputs, name)
        return Explanation(**part)._with_gap(self.additivity_gap)

    def __getitem__(self, key: Any) -> Explanation:
        """Select samples, features and outputs, by position or by name.

        The sample and feature axes always stay; one output (``e[..., "malignant"]``) drops its
        axis, a list or slice of outputs keeps it. Entries of several inputs are one feature axis;
        selecting some of them gives plain arrays. Predictions, base values and the gap stay those
        of the whole explanation when features are selected; interactions are left out.
        """
        chosen, gap = subset.chosen(self.fields(), self.additivity_gap, self.has_outputs, key)
        return Explanation(**chosen)._with_gap(gap)

    def _with_gap(self, gap: FloatArray) -> Explanation:
        """Put the whole explanation's gap on a selection of its features."""
        self._dataset["additivity_gap"] = (self._dataset["additivity_gap"].dims, gap)
        self._dataset["additivity_gap"].values.setflags(write=False)
        return self

    def sum_groups(self, groups: Mapping[str, Sequence[str]]) -> Explanation:
        """Return an explanation whose grouped features are one each, their values summed.

        Features in no group stay; a group stands where its first member stood. A group's
        standard error is the sum of its members', an upper bound, because how their errors
        hang together is not stored. Its data read ``name=value, name=value``.

        Parameters
        ----------
        groups : mapping of str to sequence of str
            New name to the names of its features, none of them twice.

        Returns
        -------
        Explanation
            Predictions, base values and gap unchanged.

        Raises
        ------
        InputError
            For features in several axes, an unknown name, a name in two groups, or an empty group.
        """
        parts = regroup.summed(self.fields(), self._shown, self.feature_shape, groups)
        return Explanation(**parts)._with_gap(self.additivity_gap)

    @classmethod
    def from_shap(cls, explanation: Any, **fields: Any) -> Explanation:
        """Return a shap.Explanation as one of ours; shap itself is not needed.

        Parameters
        ----------
        explanation : shap.Explanation
            Of several samples, of one (``e[0]``) whose features lie on one axis, or of one
            feature (``e[:, "age"]``). Of texts: one sample, because their lengths differ.
        **fields
            Any parameter of `Explanation`, instead of what is read: shap knows nothing of
            predictions, units or truth.

        Raises
        ------
        InputError
            It holds interaction values, texts of several lengths, no base values, or one sample
            whose features lie on several axes (slice that as ``e[3:4]``).

        Notes
        -----
        shap's ``error_std`` is not read: its explainers put the spread of single permutations
        there, which is no standard error of the estimate. Pass ``standard_errors=`` if yours is.
        """
        read = shap_objects.fields_of(explanation, predictions_known="predictions" in fields)
        return cls(**{**read, **fields})

    def to_shap(self) -> Any:
        """Return a shap.Explanation with copies of the same arrays, for code that draws those.

        Predictions, gap, units, truth, metadata and provenance stay behind: shap has no place for
        them. Standard errors become ``error_std``. Several inputs stand side by side.

        Raises
        ------
        MissingExtraError
            shap is not installed.
        """
        return shap_objects.shap_object(
            values=self._array("values"),
            base_values=self.base_values,
            data=self._array("data"),
            display_data=self._array("display_data"),
            feature_names=self.feature_names,
            output_names=self.output_names,
            sample_names=self.sample_names,
            standard_errors=self._array("standard_errors"),
            seconds=self.provenance.get("seconds"),
            has_outputs=self.has_outputs,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per sample (and output): values by feature, then the sums.

        Returns
        -------
        DataFrame
            Columns: the feature names, ``base_value``, ``prediction``, ``additivity_gap``.
            Index: sample names, and output names as a second level when there are several.
        """
        flat = self.flat()
        if not flat.has_outputs:
            return _frame(flat, pd.Index(flat.sample_names, name="sample"))
        frames = []
        for k in range(flat.values.shape[-1]):
            names = flat.output_names
            column = names[:, k] if isinstance(names, np.ndarray) else [names[k]] * len(flat)
            index = pd.MultiIndex.from_arrays(
                [flat.sample_names, column], names=["sample", "output"]
            )
            frames.append(_frame(flat[..., k], index))
        order = np.arange(len(frames) * len(flat)).reshape(len(frames), -1).T.ravel()
        return pd.concat(frames).iloc[order]


def concat(explanations: Sequence[Explanation]) -> Explanation:
    """Return one explanation with the samples of all, in order.

    Parameters
    ----------
    explanations : sequence of Explanation
        With the same features, outputs and units.

    Returns
    -------
    Explanation
        An optional field is kept when all of them have it. Of differing provenances what all
        agree on is kept, and all of them under ``"parts"``.

    Raises
    ------
    InputError
        For none at all, or ones that do not match.
    """
    parts = list(explanations)
    regroup.check_alike(parts)
    gap = np.concatenate([part.additivity_gap for part in parts])
    return Explanation(**regroup.joined([part.fields() for part in parts]))._with_gap(gap)


def _frame(flat: Explanation, index: pd.Index) -> pd.DataFrame:
    table = pd.DataFrame(flat.values, columns=list(flat.feature_names), index=index)
    sums = pd.DataFrame(
        {
            "base_value": flat.base_values,
            "prediction": flat.predictions,
            "additivity_gap": flat.additivity_gap,
        },
        index=index,
    )
    return pd.concat([table, sums], axis=1)
