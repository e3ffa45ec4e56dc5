"""What a commit writes, as rows on demand: from an explanation in memory, or from staged parts.

Arrays of numbers with a row a sample are handed out a range at a time; the rest (names, text,
tables) is small or already as Python has it, and is held.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from shapviz import regroup
from shapviz.errors import StoreError, Words, complaint
from shapviz.explanation import Explanation, concat
from shapviz.store.arrays import ArrayFiles
from shapviz.store.catalogue import Row
from shapviz.store.codec import Node, pack, pack_names, unpack
from shapviz.store.parcel import to_parcel
from shapviz.store.staging import DamagedPartError, check_part, place_of, read_part, what_part

__all__ = ["PartSource", "Source", "WholeSource", "source_of"]

Array = np.ndarray[Any, Any]

STREAMED = (
    "values",
    "base_values",
    "predictions",
    "standard_errors",
    "raw_additivity_gap",
    "additivity_gap",
    "data",
    "display_data",
    "truth",
    "interactions",
    "regions",
    "wholes",
    "trees",
)
"""Fields with a row a sample, when they are plain numbers."""

ALIKE = ("feature_names", "inputs", "units")
"""Fields that all parts share."""


@dataclass(frozen=True)
class Streamed:
    """Shape and type of an array that is handed out by rows."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Source(Protocol):
    """What a commit writes."""

    @property
    def document(self) -> Mapping[str, Node]:
        """How the explanation is put together from its arrays."""
        ...

    @property
    def held(self) -> Mapping[str, Array]:
        """Arrays that are in memory."""
        ...

    @property
    def streamed(self) -> Mapping[str, Streamed]:
        """Arrays that `rows` gives."""
        ...

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Of the explanation."""
        ...

    def rows(self, name: str, start: int, stop: int) -> Array:
        """Return rows of a streamed array."""
        ...


def source_of(
    parts: Sequence[Row], samples: int, files: ArrayFiles, provenance: Mapping[str, Any]
) -> Source:
    """Return the source of staged parts: by rows, or in memory where parts differ in width.

    Samples with players of their own (tokens, superpixels) make parts of different widths, which
    have to be widened to the widest before they can stand below each other.

    Parameters
    ----------
    parts, samples, files, provenance
        As `PartSource` takes them.

    Raises
    ------
    DamagedPartError, StoreError
        As `PartSource`.
    """
    widths = {tuple(part["manifest"]["values"]["shape"][1:]) for part in parts}
    if len(widths) < 2:
        return PartSource(parts, samples, files, provenance)
    _check_cover(parts, samples)
    whole = concat([read_part(part, files) for part in parts])
    return WholeSource(whole.replace(provenance=dict(provenance)))


class WholeSource:
    """An explanation in memory."""

    def __init__(self, explanation: Explanation) -> None:
        document, arrays = to_parcel(explanation)
        self.document: Mapping[str, Node] = document
        self.provenance: Mapping[str, Any] = explanation.provenance
        self._arrays = {
            name: arrays[name] for name in STREAMED if document.get(name, {}).get("is") == "array"
        }
        self.held = {name: array for name, array in arrays.items() if name not in self._arrays}
        self.streamed = {
            name: Streamed(array.shape, array.dtype) for name, array in self._arrays.items()
        }

    def rows(self, name: str, start: int, stop: int) -> Array:
        """Return rows of a streamed array; not copied."""
        return self._arrays[name][start:stop]


class PartSource:
    """Staged parts of one explanation, every array checked when it is read.

    Parameters
    ----------
    parts : sequence of dict
        Rows of the catalogue, in order; all done.
    samples : int
        Rows of the whole.
    files : ArrayFiles
    provenance : mapping
        Of the whole.

    Raises
    ------
    DamagedPartError
        A part is not what was written.
    StoreError
        The parts do not cover all rows, or are of different questions.
    """

    def __init__(
        self,
        parts: Sequence[Row],
        samples: int,
        files: ArrayFiles,
        provenance: Mapping[str, Any],
    ) -> None:
        self._parts, self._files = parts, files
        self.provenance = provenance
        _check_cover(parts, samples)
        for part in parts:
            check_part(part)
            _check_alike(part, parts[0])
        self.streamed = self._plan(samples)
        self.held: dict[str, Array] = {}
        self.document: dict[str, Node] = self._gathered()
        self._last: tuple[int, str, Array] | None = None
        self._room: dict[str, Array] = {}

    def rows(self, name: str, start: int, stop: int) -> Array:
        """Return rows of a streamed array, read from the parts that have them.

        Good until the next call for the same array, which may use the same memory.
        """
        about = self.streamed[name]
        out: Array | None = None
        for part in self._parts:
            first, last = max(start, part["start"]), min(stop, part["stop"])
            if first >= last:
                continue
            array = self._read(part, name)
            piece = array[first - part["start"] : last - part["start"]]
            if (first, last) == (start, stop) and piece.dtype == about.dtype:
                return piece
            if out is None:
                out = self._room_for(name, stop - start)
            out[first - start : last - start] = piece
        return np.empty((0, *about.shape[1:]), about.dtype) if out is None else out

    def _room_for(self, name: str, rows: int) -> Array:
        about = self.streamed[name]
        room = self._room.get(name)
        if room is None or len(room) < rows:
            room = self._room[name] = np.empty((rows, *about.shape[1:]), about.dtype)
        return room[:rows]

    def _read(self, part: Row, name: str) -> Array:
        index = part["index"]
        if self._last is not None and self._last[:2] == (index, name):
            return self._last[2]
        location = place_of(part)
        try:
            array = self._files.read(location, name, part["manifest"][name], what_part(part))
        except StoreError as error:
            raise DamagedPartError(str(error), index) from error
        if array.shape[:1] != (part["stop"] - part["start"],):
            rule = f"have {part['stop'] - part['start']} rows ({what_part(part)})"
            raise DamagedPartError(complaint(name, rule, array, "Compute it again."), index)
        # A part may lie across two ranges.
        self._last = (index, name, array)
        return array

    def _plan(self, samples: int) -> dict[str, Streamed]:
        found = {}
        for name in STREAMED:
            nodes = [part["document"].get(name) for part in self._parts]
            if any(node is None or node["is"] != "array" for node in nodes):
                continue
            entries = [part["manifest"][name] for part in self._parts]
            dtype = np.result_type(*(np.dtype(entry["dtype"]) for entry in entries))
            found[name] = Streamed((samples, *entries[0]["shape"][1:]), dtype)
        return found

    def _gathered(self) -> dict[str, Node]:
        """The document; whatever is not streamed is put together in memory."""
        first = self._parts[0]["document"]
        document: dict[str, Node] = {name: {"is": "array", "at": name} for name in self.streamed}
        fields = regroup.joined([self._unstreamed(part) for part in self._parts])
        if fields["metadata"] is not None:
            fields["metadata"] = fields["metadata"].reset_index(drop=True)
        fields["provenance"] = dict(self.provenance)
        names = fields.pop("sample_names")
        for name, value in fields.items():
            if value is not None and name not in document:
                document[name] = pack(value, name, self.held)
        counted = _counted([part["document"]["sample_names"] for part in self._parts])
        document["sample_names"] = counted or pack_names(names, "sample_names", self.held)
        # In the order of the fields, as an explanation in memory would say it.
        return {
            name: document[name] for name in dict.fromkeys([*first, *document]) if name in document
        }

    def _unstreamed(self, part: Row) -> dict[str, Any]:
        location, what = place_of(part), what_part(part)

        def read(name: str) -> Array:
            return self._files.read(location, name, part["manifest"][name], what)

        known: dict[str, Any] = dict.fromkeys((*STREAMED, "metadata", "output_names"))
        # Joining asks how many players there are; the values themselves are streamed.
        known["values"] = np.empty((0, *part["manifest"]["values"]["shape"][1:]))
        try:
            fields = {
                name: unpack(node, read)
                for name, node in part["document"].items()
                if name not in self.streamed and name != "provenance"
            }
        except StoreError as error:
            raise DamagedPartError(str(error), part["index"]) from error
        return {**known, **fields, "provenance": {}}


def _counted(nodes: Sequence[Node]) -> Node | None:
    """One node for names that go on counting from part to part."""
    if any(node["is"] != "count" for node in nodes):
        return None
    if any(a["stop"] != b["start"] for a, b in itertools.pairwise(nodes)):
        return None
    return {"is": "count", "start": nodes[0]["start"], "stop": nodes[-1]["stop"]}


def _check_cover(parts: Sequence[Row], samples: int) -> None:
    edges = [(part["start"], part["stop"]) for part in parts]
    at = 0
    for start, stop in edges:
        if start != at or stop <= start:
            break
        at = stop
    if at != samples or not parts:
        rule = f"cover rows 0 to {samples} without a hole"
        raise StoreError(complaint("parts", rule, Words(f"{at} rows"), "Compute what is missing."))


def _check_alike(part: Row, first: Row) -> None:
    def said(row: Row) -> list[Any]:
        document, manifest = row["document"], row["manifest"]
        shapes = [manifest[name]["shape"][1:] for name in ("values", "base_values")]
        return [*shapes, *(document.get(name) for name in ALIKE)]

    if said(part) != said(first):
        rule = "have the shape, names, inputs and units of the first part"
        raise StoreError(
            complaint(what_part(part), rule, Words("others"), "Delete it and compute it again.")
        )
