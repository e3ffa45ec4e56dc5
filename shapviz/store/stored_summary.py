"""A summary as one file beside an explanation's arrays, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from shapviz.explanation import Explanation
from shapviz.store.arrays import ArrayFiles, Manifest
from shapviz.store.parcel import from_parcel, to_parcel
from shapviz.store.sources import Source
from shapviz.summaries import Distributions, Extremes, Importance, Summary

__all__ = ["SUMMARY", "Picked", "read_summary", "write_summary"]

Array = np.ndarray[Any, Any]

SUMMARY = "summary"
"""Name of the file, and the start of its arrays' names."""

GROUPS: dict[str, type] = {
    "importance": Importance,
    "extremes": Extremes,
    "distributions": Distributions,
}
PLAIN = ("drawn", "shown", "interactions")
SAMPLE = "sample"


class Picked:
    """Reads of a source what was picked from its streamed rows, and what it holds.

    Parameters
    ----------
    source : Source
    positions : int array
        The rows that were picked, ascending.
    """

    def __init__(self, source: Source, positions: Array) -> None:
        self._source, self._positions = source, positions
        self._picked: dict[str, list[Array]] = {name: [] for name in source.streamed}

    def add(self, name: str, start: int, rows: Array) -> None:
        """Pick from rows of a streamed array, from row `start` on."""
        first, last = np.searchsorted(self._positions, [start, start + len(rows)])
        self._picked[name].append(rows[self._positions[first:last] - start])

    def __call__(self, name: str) -> Array:
        """Return an array that is held."""
        return self._source.held[name]

    def rows(self, name: str, wanted: Any) -> Array:
        """Return the picked rows of a streamed array, some of one that is held."""
        if name in self._picked:
            return np.concatenate(self._picked[name])
        return self._source.held[name][wanted]

    def explanation(self) -> Explanation:
        """Return the picked rows."""
        return from_parcel(self._source.document, self, self._positions)


def write_summary(files: ArrayFiles, location: str, summary: Summary) -> Manifest:
    """Write a summary and return its arrays' entries."""
    arrays: dict[str, Array] = {}
    for group in GROUPS:
        found = getattr(summary, group)
        if found is not None:
            arrays |= {f"{group}/{name}": array for name, array in vars(found).items()}
    for name in PLAIN:
        array = getattr(summary, name)
        if array is not None:
            arrays[name] = array
    if summary.sample is not None:
        document, sample = to_parcel(summary.sample)
        # Names and provenance again: here, so that a listing does not read them.
        arrays[SAMPLE] = np.frombuffer(json.dumps(document).encode(), dtype=np.uint8)
        arrays |= {f"{SAMPLE}/{name}": array for name, array in sample.items()}
    written = files.stage(f"{location}/{SUMMARY}", arrays)
    return {f"{SUMMARY}/{name}": entry for name, entry in written.items()}


def read_summary(samples: int, arrays: Mapping[str, Array]) -> Summary:
    """Return the summary that `write_summary` wrote.

    Parameters
    ----------
    samples : int
        Of the explanation.
    arrays : mapping
        By their names in the manifest.
    """
    groups: dict[str, Any] = {group: _read(group, kind, arrays) for group, kind in GROUPS.items()}
    plain: dict[str, Any] = {
        n: arrays[f"{SUMMARY}/{n}"] for n in PLAIN if f"{SUMMARY}/{n}" in arrays
    }
    sample = None
    if f"{SUMMARY}/{SAMPLE}" in arrays:
        document = json.loads(arrays[f"{SUMMARY}/{SAMPLE}"].tobytes())
        sample = from_parcel(document, lambda name: arrays[f"{SUMMARY}/{SAMPLE}/{name}"])
    return Summary(samples=samples, sample=sample, **groups, **plain)


def _read(group: str, kind: type, arrays: Mapping[str, Array]) -> Any:
    """One group of arrays; None where nothing of it was written."""
    names = [field.name for field in fields(kind)]
    if f"{SUMMARY}/{group}/{names[0]}" not in arrays:
        return None
    return kind(**{name: arrays[f"{SUMMARY}/{group}/{name}"] for name in names})
