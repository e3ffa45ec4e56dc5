"""Composite: one masker an input, for models that take a picture and a table, or a text and one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from shapviz.digests import digest_of_json
from shapviz.errors import InputError, Words, complaint
from shapviz.hierarchy import Hierarchy
from shapviz.hierarchy_makers import side_by_side
from shapviz.input_parts import check_names, entry_name, flattened, split
from shapviz.maskers.base import ALL_ROWS, Masker
from shapviz.maskers.own import OwnPlayers, Record, Records, as_records, runs
from shapviz.maskers.rows import Rows
from shapviz.maskers.tabular import Tabular
from shapviz.maskers.text import Text

__all__ = ["Composite"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Parts:
    """A sample of several inputs.

    Attributes
    ----------
    parts : tuple of Record
        One an input, in order.
    players : int
        Of all of them.
    """

    parts: tuple[Record, ...]
    players: int

    @cached_property
    def tree(self) -> Hierarchy:
        """The inputs' trees, joined above: players of two inputs are never one group alone."""
        return side_by_side([part.tree for part in self.parts if part.players])


class Composite(OwnPlayers):
    """One masker for each input of a model that takes several.

    Parameters
    ----------
    maskers : mapping of str to masker or background
        Every input of the model by name. Rows stand for a `Tabular` masker; `Fixed` for an input
        that is not explained. Maskers that fill from the sample itself stand beside one with b
        background rows; two with background rows must have the same number of them and the same
        weights, because row j of one goes with row j of the other.

    Raises
    ------
    InputError
        No masker, inputs that are not the model's, backgrounds that do not go together, or a
        model of one input.

    Notes
    -----
    Values are by input, each of its masker's own shape: (regions,) for superpixels, (tokens,) for
    text, the input's shape where entries are players. They sum to the prediction over all inputs;
    `Explanation.input_shares` has the sum of each.

    Examples
    --------
    >>> from shapviz.maskers import Image
    >>> masker = Composite({"picture": Image(fill=0), "table": np.zeros((4, 2))})
    >>> len(masker.weights)
    4
    """

    modality = "mixed"

    def __init__(self, maskers: Mapping[str, Any]) -> None:
        if not isinstance(maskers, Mapping) or not maskers:
            rule = "map every input's name to a masker or its background rows"
            fix = "Pass {'picture': maskers.Image(…), 'table': rows}."
            raise InputError(complaint("maskers", rule, maskers, fix))
        self._parts = {str(name): _as_part(given) for name, given in maskers.items()}
        self._shapes: dict[str, tuple[int, ...]] = {}
        widest = max(self._parts.values(), key=lambda part: len(part.weights))
        self._weights = widest.weights
        for name, part in self._parts.items():
            if len(part.weights) > 1 and not np.array_equal(part.weights, self._weights):
                rule = "have the background rows and weights of the other inputs"
                got = Words(f"{len(part.weights)} rows beside {len(self._weights)}")
                fix = "Give them the rows of the same samples."
                raise InputError(complaint(f"maskers[{name!r}]", rule, got, fix))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all inputs' maskers."""
        return digest_of_json(["composite", {k: part.digest for k, part in self._parts.items()}])

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """(p,): the entries of all inputs side by side."""
        return (sum(prod(shape) for shape in self._shapes.values()),)

    @property
    def row_bytes(self) -> int:
        """Memory one masked row takes, about."""
        return sum(part.row_bytes for part in self._parts.values())

    @property
    def weights(self) -> Floats:
        """Of the rows that stand in for absence."""
        return self._weights

    @property
    def told(self) -> dict[str, Any]:
        """The kind of sample, and by input what its own masker says of it."""
        each = {name: part.told for name, part in self._parts.items() if part.told}
        return {**super().told, **({"told_by_input": each} if each else {})}

    @property
    def base_rows(self) -> None:
        """None: some input may be filled from the sample."""
        return None

    @property
    def by_input(self) -> dict[str, tuple[int, ...]]:
        """Input name → shape of its players."""
        return {name: part.player_shape for name, part in self._parts.items()}

    def for_model(
        self, shape: tuple[int, ...] | None, inputs: Mapping[str, tuple[int, ...]] | None
    ) -> Self:
        """The masker of the model's inputs, in its order."""
        if inputs is None:
            rule = "be a Keras model of several inputs under Composite"
            fix = "Pass the one masker itself; wrap a function of several inputs in a Keras model."
            got = Words("a model of one input, or a function, which names none")
            raise InputError(complaint("model", rule, got, fix))
        check_names("maskers", self._parts, tuple(inputs))
        twin = copy.copy(self)
        twin._shapes = dict(inputs)
        twin._parts = {
            name: self._parts[name].for_model(each, None) for name, each in inputs.items()
        }
        for name, part in twin._parts.items():
            own = part.feature_shape
            if isinstance(part, Rows) and own != inputs[name] and prod(own) != prod(inputs[name]):
                rule = f"hold rows of the shape the input takes, {inputs[name]}"
                fix = "Give the rows that the model was trained on."
                raise InputError(complaint(f"maskers[{name!r}]", rule, Words(str(own)), fix))
        return twin

    def check(self, X: Any) -> Records:
        """Return rows (n, p), all inputs side by side, as records."""
        array = np.asarray(X)
        read = [
            part.check(_as_given(each, part))
            for part, each in zip(
                self._parts.values(), split(array, self._shapes).values(), strict=True
            )
        ]
        records = []
        for parts in zip(*read, strict=True):
            players = sum(part.players for part in parts)
            if not players:
                rule = "have a player in some input"
                got = Words("inputs that are all fixed")
                raise InputError(complaint("maskers", rule, got, "Leave one to be explained."))
            records.append(Parts(parts, players))
        return as_records(records)

    def plain(self, X: Records) -> NDArray[Any]:
        """Return all inputs' entries side by side, (n, p)."""
        return flattened([part.plain(each) for part, each in self._each(X)])

    def rows(self, x: Records, coalitions: Bools, part: slice = ALL_ROWS) -> NDArray[Any]:
        """Return the masked rows, (m·b, p), coalition by coalition."""
        count = len(self._weights[part])
        found = []
        for record, kept in runs(x, coalitions):
            start, columns = 0, []
            for masker, own in zip(self._parts.values(), record.parts, strict=True):
                mine = kept[:, start : start + own.players]
                start += own.players
                several = len(masker.weights) > 1
                rows = masker.rows(as_records([own]), mine, part if several else ALL_ROWS)
                columns.append(rows if several else np.repeat(rows, count, axis=0))
            found.append(flattened(columns))
        return np.concatenate(found)

    def varying(self, x: Records) -> Bools:
        """Return (k,) flags of all inputs' own players."""
        record = np.atleast_1d(x)[0]
        pairs = zip(self._parts.values(), record.parts, strict=True)
        return np.concatenate([part.varying(as_records([own])) for part, own in pairs])

    def shown(self, X: Any) -> NDArray[Any]:
        """Return the data of all inputs' players, side by side."""
        return flattened([part.shown(each) for part, each in self._each(X)])

    def display(self, X: Records) -> Any:
        """What people should read instead, where an input has such a thing."""
        read = [(part.display(each), part, each) for part, each in self._each(X)]
        if all(shown is None for shown, _, _ in read):
            return None
        return flattened([p.shown(each) if shown is None else shown for shown, p, each in read])

    def regions(self, X: Records) -> dict[str, Any] | None:
        """Which player of its input holds each entry, for inputs with regions."""
        return self._where_there("regions", X)

    def wholes(self, X: Records) -> dict[str, Any] | None:
        """The samples of inputs with regions."""
        return self._where_there("wholes", X)

    def names(self, count: int) -> tuple[str, ...]:
        """The inputs' names of players, after the input's own; that alone where it has one."""
        found = []
        for name, part in self._parts.items():
            own = part.feature_names
            found += [name] if len(own) == 1 else [entry_name(name, each) for each in own]
        return tuple(found)

    def most(self, X: Records) -> int:
        """Places that these samples take together."""
        return sum(part.most(each) for part, each in self._each(X))

    def places(self, record: Parts) -> Ints:  # type: ignore[override]
        """Where a record's players stand: each input's begin at a place of its own."""
        found, start = [np.zeros(0, dtype=np.int64)], 0
        for part, own in zip(self._parts.values(), record.parts, strict=True):
            found.append(start + part.places(own))
            start += prod(part.player_shape)
        return np.concatenate(found)

    def bound(self, X: Records) -> Self:
        """The masker whose inputs have as many places as these samples need."""
        masker = super().bound(X)
        if masker is self:
            return self
        masker._parts = {
            name: part.bound(each)
            for (name, part), (_, each) in zip(self._parts.items(), self._each(X), strict=True)
        }
        return masker

    def _each(self, X: Records) -> list[tuple[OwnPlayers, Records]]:
        """Every input's masker with its records."""
        return [
            (part, as_records([record.parts[i] for record in X]))
            for i, part in enumerate(self._parts.values())
        ]

    def _where_there(self, name: str, X: Records) -> dict[str, Any] | None:
        named = zip(self._parts, self._each(X), strict=True)
        found = {key: getattr(part, name)(each) for key, (part, each) in named}
        return {key: array for key, array in found.items() if array is not None} or None


def _as_part(given: Any) -> OwnPlayers:
    """A masker, or rows, as one among several."""
    if isinstance(given, OwnPlayers):
        return given
    return Rows(given if isinstance(given, Masker) else Tabular(given))


def _as_given(rows: NDArray[Any], part: OwnPlayers) -> NDArray[Any]:
    """Entries of one input as its masker checks them: numbers beside text are objects."""
    if rows.dtype.kind != "O":
        return rows
    if isinstance(part, Text):
        return rows.reshape(len(rows), -1)
    flat = rows.reshape(-1)
    text = any(isinstance(cell, str | bytes) for cell in flat)
    return rows if text else rows.astype(np.float64)
