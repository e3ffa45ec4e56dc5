"""Maskers whose players, or what stands for their absence, depend on the sample.

A checked sample is a record that knows its own players; samples with as many players (and the same
tree, where that matters) are of one kind, and are explained together. Calls no model.
"""

from __future__ import annotations

import copy
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from shapviz.background import Background
from shapviz.errors import InputError, Words, complaint
from shapviz.hierarchy import Hierarchy
from shapviz.maskers.base import ALL_ROWS, Rows

__all__ = ["Kind", "OwnPlayers", "Record", "Records", "as_records", "named", "runs"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Records = Any
"""Records of checked samples, an array (n,) of objects that is indexed as samples are."""


class Record(Protocol):
    """A sample as its masker holds it."""

    @property
    def players(self) -> int:
        """How many players the sample has."""
        ...

    @property
    def tree(self) -> Hierarchy:
        """Its players' tree."""
        ...


@dataclass(frozen=True, eq=False)
class Kind:
    """Samples whose masked rows are made alike.

    Attributes
    ----------
    samples : int (s,)
        Their positions.
    places : int (k,)
        Where their players stand among all players.
    masker : OwnPlayers
        Of exactly these k players.
    """

    samples: Ints
    places: Ints
    masker: OwnPlayers


class OwnPlayers(ABC):
    """A masker that is bound to samples before they are explained.

    Unbound, it does not know how many players there are (`n_players` is 0); bound, as many as the
    sample with the most has, and others have values of exactly 0 in the places past their own.
    """

    modality: ClassVar[str] = ""
    """What its samples are to the eye: "image", "text", "sequence" or "mixed"; "" unknown."""

    _tree: Hierarchy | None = None
    _bound: int | None = None

    # What a masker of its own says -------------------------------------------------------------

    @property
    @abstractmethod
    def digest(self) -> str:
        """SHA-256 of what decides the masked rows."""

    @property
    @abstractmethod
    def feature_shape(self) -> tuple[int, ...]:
        """Shape of one sample as the model takes it; () where a sample is a text."""

    @property
    @abstractmethod
    def row_bytes(self) -> int:
        """Memory one masked row takes, about."""

    @property
    @abstractmethod
    def weights(self) -> Floats:
        """Of the rows that stand in for absence, summing to 1."""

    @property
    @abstractmethod
    def base_rows(self) -> Rows | None:
        """What the empty coalition shows, where that is the same for all samples; else None."""

    @abstractmethod
    def check(self, X: Any) -> Records:
        """Return samples as records; InputError where they do not fit."""

    @abstractmethod
    def plain(self, X: Records) -> Any:
        """Return the samples as the model takes them."""

    @abstractmethod
    def rows(self, x: Records, coalitions: Bools, part: slice = ALL_ROWS) -> Any:
        """Return the masked rows, (m·b, …), coalition by coalition, of 1 or m records."""

    @abstractmethod
    def varying(self, x: Records) -> Bools:
        """Return (k,) flags of a record's own players, False where absence changes nothing."""

    @abstractmethod
    def shown(self, X: Any) -> Any:
        """Return samples' data as the players hold them, (n, \\*player_shape)."""

    @abstractmethod
    def names(self, count: int) -> tuple[str, ...]:
        """A name for each of so many players."""

    # What some know besides --------------------------------------------------------------------

    def for_model(
        self, shape: tuple[int, ...] | None, inputs: Mapping[str, tuple[int, ...]] | None
    ) -> OwnPlayers:
        """The masker for a model that takes samples of this shape, or these inputs."""
        return self

    def cut_by(self, tokenizer: Any) -> OwnPlayers:
        """The masker for a model that cuts texts itself, where nobody said how else to."""
        return self

    def display(self, X: Records) -> Any:
        """What people should read instead of `shown`, or None."""
        return None

    def regions(self, X: Records) -> Any:
        """Which player holds each entry, int (n, \\*axes); by input for several; or None."""
        return None

    def wholes(self, X: Records) -> Any:
        """The samples that `regions` are of, (n, \\*feature_shape); by input; or None."""
        return None

    @property
    def told(self) -> dict[str, Any]:
        """What an explanation's provenance says of the samples, as JSON: what they are to the eye,
        and what names do not tell."""
        return {"modality": self.modality} if self.modality else {}

    @property
    def by_input(self) -> dict[str, tuple[int, ...]] | None:
        """Input name → shape of its players, where there are several inputs."""
        return None

    def places(self, record: Record) -> Ints:
        """Where a record's players stand among all players."""
        return np.arange(record.players)

    def most(self, X: Records) -> int:
        """Places that these samples take together."""
        return max(int(record.players) for record in X)

    # What all of them share --------------------------------------------------------------------

    @property
    def tree(self) -> Hierarchy | None:
        """The tree that all samples of a kind share; None before they are sorted by it."""
        return self._tree

    @property
    def shares_tree(self) -> bool:
        """Whether all samples, of whatever kind, have the same tree."""
        return False

    @property
    def n_players(self) -> int:
        """Places for players; 0 before the masker is bound."""
        return self._bound or 0

    @property
    def player_shape(self) -> tuple[int, ...]:
        """Shape of one sample's values."""
        return (self.n_players,)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name per player."""
        return self.names(self.n_players)

    @property
    def background(self) -> Background:
        """There is none: InputError for methods that need rows."""
        raise InputError(
            complaint(
                "background",
                "be rows for this method",
                Words(f"a masker, {type(self).__name__}"),
                "Pass background rows, or use Partition, Kernel, Permutation, Sampling or Exact.",
            )
        )

    @property
    def dense_background(self) -> None:
        """No one array of entries: only `rows` can mix."""
        return None

    def entries(self, coalitions: Bools) -> None:
        """None: which entries a coalition keeps depends on the sample."""
        return None

    def bound(self, X: Records) -> Self:
        """The masker with as many places as these samples need; itself where it has them."""
        needed = self.most(X)
        if self._bound is not None:
            if needed > self._bound:
                raise InputError(
                    complaint(
                        "X",
                        f"have at most {self._bound} players a sample, as those bound before",
                        needed,
                        "Make the explainer anew.",
                    )
                )
            return self
        return self._with(needed, None)

    def kinds(self, X: Records, *, by_tree: bool) -> list[Kind]:
        """The samples sorted by their players, and by their tree where that matters."""
        found: dict[Any, list[int]] = {}
        for i, record in enumerate(X):
            places = self.places(record).tobytes()
            found.setdefault((places, record.tree.merges if by_tree else None), []).append(i)
        kinds = []
        for samples in found.values():
            first = X[samples[0]]
            masker = self._with(first.players, first.tree if by_tree else None)
            kinds.append(Kind(np.array(samples, np.int64), self.places(first), masker))
        return kinds

    def trees(self, X: Records) -> Floats:
        """The samples' trees, float64 (n, d−1, 3): left, right and height of each merge.

        Nodes below d are places of players, and the k-th merge makes node d+k; NaN past a sample's
        own.
        """
        d = self.n_players
        found = np.full((len(X), d - 1, 3), np.nan)
        for i, record in enumerate(X):
            tree, own = record.tree, self.places(record)
            nodes = np.concatenate([own, np.arange(d, d + len(tree.merges))])
            if tree.merges:
                found[i, : tree.d - 1, :2] = nodes[np.array(tree.merges)]
                found[i, : tree.d - 1, 2] = tree.heights
        return found

    def _with(self, places: int, tree: Hierarchy | None) -> Self:
        twin = copy.copy(self)
        twin._bound, twin._tree = places, tree
        return twin


def named(function: Any) -> str:
    """A name for a function that no other has, however alike: its content cannot be told.

    So a masker made anew with one asks a question of its own, and the store computes it.
    """
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{name} {uuid.uuid4().hex}"


def as_records(found: list[Any]) -> Records:
    """Records in an array that can be indexed as samples are."""
    records = np.empty(len(found), dtype=object)
    records[:] = found
    return records


def runs(x: Records, coalitions: Bools) -> Iterator[tuple[Any, Bools]]:
    """Each record with the coalitions asked of it: one for all, or one for each."""
    samples = np.atleast_1d(x)
    if len(samples) == 1:
        yield samples[0], coalitions
        return
    start = 0
    for stop in range(1, len(samples) + 1):
        if stop == len(samples) or samples[stop] is not samples[start]:
            yield samples[start], coalitions[start:stop]
            start = stop
