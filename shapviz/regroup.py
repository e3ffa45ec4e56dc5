"""Summing features into groups, and joining samples: new fields for an Explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from shapviz import explanation_regions as own
from shapviz.errors import InputError, complaint
from shapviz.selection import nearest
from shapviz.types import Array

__all__ = ["check_alike", "joined", "plan", "read_as", "summed"]

_ALIKE = ("feature_names", "feature_shape", "inputs", "has_outputs", "units")
_NAMED = ("feature_names", "feature_units")
_STACKED = (
    "values",
    "base_values",
    "predictions",
    "standard_errors",
    "raw_additivity_gap",
    "data",
    "display_data",
    "truth",
    "interactions",
)


def summed(
    fields: Mapping[str, Any],
    shown: Array | None,
    feature_shape: tuple[int, ...],
    groups: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """Return an explanation's fields with grouped features summed into one each.

    Parameters
    ----------
    fields : mapping
        As `Explanation.fields` gives them.
    shown : array of shape (n, p) or None
        The data people read, from which a group's own data are written.
    feature_shape : tuple of int
        Of one sample; one axis only.
    groups : mapping of str to sequence of str

    Returns
    -------
    dict

    Raises
    ------
    InputError
        As `Explanation.sum_groups` documents.
    """
    if len(feature_shape) != 1:
        raise InputError(
            complaint(
                "groups", "be given for one feature axis", fields["values"], "Call .flat() first."
            )
        )
    names, units = fields["feature_names"], fields["feature_units"]
    planned = plan(groups, names)

    def total(array: Array | None) -> Array | None:
        if array is None:
            return None
        return np.stack([array[:, positions].sum(axis=1) for _, positions in planned], axis=1)

    pairs = total(fields["interactions"])
    pairs = None if pairs is None else total(np.swapaxes(pairs, 1, 2))
    changed = {
        "values": total(fields["values"]),
        "standard_errors": total(fields["standard_errors"]),
        "feature_names": [name for name, _ in planned],
        "feature_units": [units[p[0]] if len(p) == 1 else "" for _, p in planned],
        "inputs": None,
        **dict.fromkeys(("regions", "wholes", "trees")),
        # Once along each axis of the pairs.
        "interactions": None if pairs is None else np.swapaxes(pairs, 1, 2),
    }
    if shown is not None:
        changed |= {"data": read_as(shown, planned, names), "display_data": None}
    return {**fields, **changed}


def read_as(
    shown: Array, planned: Sequence[tuple[str, Sequence[int]]], names: Sequence[str]
) -> Array:
    """Return data (n, groups) as people read them: a group's as ``name=value, name=value``."""
    written = np.empty((len(shown), len(planned)), dtype=object)
    for j, (_, positions) in enumerate(planned):
        written[:, j] = (
            shown[:, positions[0]] if len(positions) == 1 else _written(shown, positions, names)
        )
    return written


def _written(shown: Array, positions: Sequence[int], names: Sequence[str]) -> list[str]:
    return [", ".join(f"{names[i]}={row[i]}" for i in positions) for row in shown]


def plan(groups: Mapping[str, Sequence[str]], names: Sequence[str]) -> list[tuple[str, list[int]]]:
    """Return new features and the positions of their members, in order.

    A group stands where its first member stood; features in no group stay.

    Raises
    ------
    InputError
        An empty group, an unknown name, or a name in two groups.
    """
    members = _members(groups, names)
    owner = {i: group for group, positions in members.items() for i in positions}
    found: list[tuple[str, list[int]]] = []
    for i, name in enumerate(names):
        if i not in owner:
            found.append((name, [i]))
        elif members[owner[i]][0] == i:
            found.append((owner[i], members[owner[i]]))
    return found


def _members(groups: Mapping[str, Sequence[str]], names: Sequence[str]) -> dict[str, list[int]]:
    position = {name: i for i, name in enumerate(names)}
    members: dict[str, list[int]] = {}
    taken: dict[str, str] = {}
    for group, wanted in groups.items():
        if isinstance(wanted, str) or not len(wanted):
            raise InputError(
                complaint("groups", "give each group a list of feature names", wanted, "Use [...].")
            )
        for name in wanted:
            if name not in position:
                raise InputError(
                    complaint("groups", "name existing features", name, nearest(name, names))
                )
            if name in taken:
                raise InputError(
                    complaint(
                        "groups", "use each feature once", name, f"It is in {taken[name]!r} too."
                    )
                )
            taken[name] = group
        members[group] = sorted(position[name] for name in wanted)
    return members


def check_alike(explanations: Sequence[Any]) -> None:
    """Refuse explanations that cannot be joined: none, or of different questions.

    Parameters
    ----------
    explanations : sequence of Explanation

    Raises
    ------
    InputError
        Naming the first field that differs.
    """
    if not explanations:
        raise InputError(
            complaint("explanations", "hold at least one Explanation", [], "Pass a list of them.")
        )
    first = explanations[0]
    for other in explanations[1:]:
        for field in _ALIKE:
            if field in ("feature_names", "feature_shape") and _own_players(first, other):
                continue
            if getattr(other, field) != getattr(first, field):
                raise _differs(field, getattr(other, field))
        if np.ndim(first.output_names) != np.ndim(other.output_names) or (
            np.ndim(first.output_names) == 1 and tuple(other.output_names) != first.output_names
        ):
            raise _differs("output_names", other.output_names)


def _own_players(a: Any, b: Any) -> bool:
    """Whether samples of both have players of their own, named by position: texts, superpixels."""
    short, long = sorted((a.feature_names, b.feature_names), key=len)
    further = list(enumerate(long))[len(short) :]
    return (
        len(a.feature_shape) == len(b.feature_shape) == 1
        and long[: len(short)] == short
        and all(name in (f"token {i}", f"region {i}") for i, name in further)
    )


def _differs(field: str, got: object) -> InputError:
    return InputError(
        complaint(
            "explanations",
            f"have the same {field}",
            got,
            "Join explanations of one question only.",
        )
    )


def joined(every: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the fields of one explanation that holds the samples of all.

    Parameters
    ----------
    every : sequence of mappings
        As `Explanation.fields` gives them, already checked to be alike.

    Returns
    -------
    dict
        An optional field is there when all have it; differing provenances are kept as parts.
    """
    # Whoever has the values on disk joins the rest without them.
    if len({each["values"].shape[1] for each in every if each["values"] is not None}) > 1:
        most = max(every, key=lambda each: int(each["values"].shape[1]))
        every = [own.widened(each, most["values"].shape[1]) for each in every]
        every[0] = {**every[0], **{name: most[name] for name in _NAMED}}
    fields = dict(every[0])
    for name in ("regions", "wholes", "trees"):
        fields[name] = own.stacked([each.get(name) for each in every])
    for name in _STACKED:
        arrays = [each[name] for each in every]
        fields[name] = None if any(a is None for a in arrays) else np.concatenate(arrays)
    fields["sample_names"] = [name for each in every for name in each["sample_names"]]
    if np.ndim(fields["output_names"]) == 2:
        fields["output_names"] = np.concatenate([each["output_names"] for each in every])
    frames = [each["metadata"] for each in every]
    fields["metadata"] = None if any(f is None for f in frames) else pd.concat(frames)
    provenances = [dict(each["provenance"]) for each in every]
    first, *rest = provenances
    if any(each != first for each in rest):
        agreed = {k: v for k, v in first.items() if all(k in e and e[k] == v for e in rest)}
        fields["provenance"] = {**agreed, "parts": provenances}
    return fields
