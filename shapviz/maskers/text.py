"""Text: an absent token becomes a mask, or is left out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from shapviz.digests import digest_of_json
from shapviz.errors import InputError, Words, complaint
from shapviz.hierarchy import Hierarchy
from shapviz.hierarchy_makers import grid
from shapviz.maskers.base import ALL_ROWS
from shapviz.maskers.itself import FromItself
from shapviz.maskers.own import Records, as_records, named, runs
from shapviz.maskers.tokens import Spans, as_tokenizer, phrase_tree

__all__ = ["Text"]

Bools = NDArray[np.bool_]

TREES = ("sentences", "halves")
TEXT_BYTES = 4096
"""Memory one masked text takes, about."""
FIX = "Pass a list of texts."


@dataclass(frozen=True, eq=False)
class Passage:
    """A text and its tokens.

    Attributes
    ----------
    text : str
    spans : tuple of (int, int)
        Start and end of each token.
    make_tree : callable
        The tree over the tokens, made when it is asked for.
    """

    text: str
    spans: Spans
    make_tree: Callable[[str, Spans], Hierarchy] = field(repr=False)

    @property
    def players(self) -> int:
        """How many tokens it has."""
        return len(self.spans)

    @cached_property
    def tree(self) -> Hierarchy:
        """The tree over the tokens."""
        return self.make_tree(self.text, self.spans)

    @cached_property
    def tokens(self) -> list[str]:
        """The tokens alone."""
        return [self.text[start:end] for start, end in self.spans]

    @cached_property
    def pieces(self) -> list[str]:
        """The tokens with what follows each, and what precedes the first: together the text."""
        cuts = [0, *(start for start, _ in self.spans[1:]), len(self.text)]
        return [self.text[a:b] for a, b in pairwise(cuts)]

    @cached_property
    def gaps(self) -> list[str]:
        """What follows each token, before the next."""
        after = [*(start for start, _ in self.spans[1:]), len(self.text)]
        return [self.text[end:start] for (_, end), start in zip(self.spans, after, strict=True)]

    def masked(self, kept: Bools, mask: str, collapse: bool, spaced: bool) -> str:
        """The text with tokens that are not kept masked, or left out where the mask is empty.

        Where tokens are what stands between spaces, a mask gets some too, and neighbours of what
        is left out do not grow together.
        """
        if kept.all():
            return self.text
        parts = [self.text[: self.spans[0][0]]] if kept[0] else []
        gap, apart, hiding = "", True, False
        for token, after, keep in zip(self.tokens, self.gaps, kept.tolist(), strict=True):
            if not keep and (not mask or (hiding and collapse)):
                gap = after if mask else gap
                apart, hiding = False, True
                continue
            if parts:
                touching = not gap and (hiding or not keep or not apart)
                parts.append(" " if spaced and touching else gap)
            parts.append(token if keep else mask)
            gap, apart, hiding = after, True, not keep
        return "".join(parts) + gap if mask else "".join(parts).strip()


class Text(FromItself):
    """Texts whose tokens are hidden.

    Parameters
    ----------
    tokenizer : "words", pattern, TextVectorization layer or callable, optional
        How a text is cut into players. "words": words of any script, and runs of other signs. A
        regular expression: its matches. A Keras TextVectorization layer: as it splits. Default: as
        the model's own TextVectorization layer does, where it has one, else "words".
        A function of a text that returns tokens as they stand in it, in order, or their (start,
        end), or a mapping with ``offset_mapping``.
    mask_token : str, default "…"
        What stands where a token is hidden; "" leaves it out, and the text is then shorter.
    collapse : bool, default True
        Whether neighbouring hidden tokens become one mask.
    tree : "sentences" or "halves", default "sentences"
        For Partition: sentences, phrases between commas, and halves of those; or halves alone.
    encode : callable, optional
        Turns a list of texts into what the model takes, for a model of token ids:
        ``lambda texts: layer(texts)``, ``lambda texts: tokenizer(texts, …)["input_ids"]``. Default:
        the model takes texts.

    Raises
    ------
    InputError
        No way to cut texts, or when explaining: a text that is none or has no token.

    Notes
    -----
    Texts have as many players as tokens. `Explanation.values` is as wide as the longest; past a
    text's end its tokens are "" and its values exactly 0, so padding that the model or `encode`
    adds gets nothing. With a mask as long as a token (``collapse=False``) padding stays as it is;
    where hidden tokens are left out or collapse, it grows with them, and what length is worth is
    part of their values. Base values, of a text with every token hidden, differ by sample.

    Examples
    --------
    >>> masker = Text()
    >>> X = masker.check(["Not a good film."])
    >>> kept = np.array([[True, False, False, True, True], [False, False, True, False, False]])
    >>> masker.rows(X, kept).tolist()
    ['Not … film.', '… good …']
    """

    modality = "text"

    def __init__(
        self,
        tokenizer: Any = None,
        *,
        mask_token: str = "…",
        collapse: bool = True,
        tree: str = "sentences",
        encode: Callable[[list[str]], Any] | None = None,
    ) -> None:
        self._tokenizer = as_tokenizer(tokenizer)
        self._is_free = tokenizer is None
        if not isinstance(mask_token, str):
            rule = "be text, '' to leave hidden tokens out"
            raise InputError(complaint("mask_token", rule, mask_token, "'…' and '[MASK]' do."))
        if tree not in TREES:
            rule = "be 'sentences' or 'halves'"
            raise InputError(complaint("tree", rule, tree, "Sentences suit prose."))
        if encode is not None and not callable(encode):
            rule = "be a function of a list of texts"
            raise InputError(complaint("encode", rule, encode, "Leave it out for a model of text."))
        self._mask, self._collapse, self._tree_kind = mask_token, bool(collapse), tree
        self._encode = encode
        self._named = "" if encode is None else named(encode)
        self._shape: tuple[int, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of how texts are cut, masked and encoded."""
        cut = [self._tokenizer.name, self._mask, self._collapse, self._tree_kind, self._named]
        return digest_of_json(["text", *cut])

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """Shape of one sample as the model takes it; () where that is a text."""
        return self._shape

    @property
    def row_bytes(self) -> int:
        """Memory one masked row takes, about."""
        return max(TEXT_BYTES, 8 * prod(self._shape))

    def for_model(
        self, shape: tuple[int, ...] | None, inputs: Mapping[str, tuple[int, ...]] | None
    ) -> Self:
        """The masker of texts as the model takes them: (n,) or (n, 1)."""
        if shape is None or shape == self._shape:
            return self
        if self._encode is None and prod(shape) != 1:
            raise InputError(
                complaint(
                    "encode",
                    "be given for a model that takes no text",
                    Words(f"a model of samples of shape {shape}"),
                    "Pass the function that turned texts into ids for training.",
                )
            )
        twin = copy.copy(self)
        twin._shape = shape
        return twin

    def cut_by(self, tokenizer: Any) -> Self:
        """The masker that cuts as the model does, where nobody said how else to."""
        if tokenizer is None or not self._is_free or self._encode is not None:
            return self
        twin = copy.copy(self)
        twin.__dict__.pop("digest", None)  # how it cuts is part of it
        twin._tokenizer, twin._is_free = as_tokenizer(tokenizer), False
        return twin

    def check(self, X: Any) -> Records:
        """Return texts as records; InputError where one is no text or has no token."""
        if isinstance(X, str):
            raise InputError(complaint("X", "be several texts", X, "Pass [text] for one."))
        values = X.to_numpy() if hasattr(X, "to_numpy") else X
        cells = values.reshape(-1).tolist() if isinstance(values, np.ndarray) else list(values)
        if isinstance(values, np.ndarray) and len(cells) != len(values):
            raise InputError(complaint("X", "hold one text a sample", values, FIX))
        if not cells:
            raise InputError(complaint("X", "hold at least one text", cells, FIX))
        make = phrase_tree if self._tree_kind == "sentences" else _halved
        found = []
        for i, cell in enumerate(cells):
            text = cell.decode() if isinstance(cell, bytes) else cell
            if not isinstance(text, str):
                rule = "be text"
                fix = "Write missing texts as words, or drop the sample."
                raise InputError(complaint(f"X[{i}]", rule, cell, fix))
            spans = self._tokenizer.cut(text)
            if not spans:
                rule = "hold at least one token"
                fix = "Drop empty texts: there is nothing in them to explain."
                raise InputError(complaint(f"X[{i}]", rule, text, fix))
            found.append(Passage(text, spans, make))
        return as_records(found)

    def plain(self, X: Records) -> Any:
        """Return the texts as the model takes them."""
        return self._as_taken([record.text for record in X])

    def rows(self, x: Records, coalitions: Bools, part: slice = ALL_ROWS) -> Any:
        """Return the masked texts as the model takes them, one a coalition."""
        spaced = self._tokenizer.spaced
        return self._as_taken(
            [
                record.masked(each, self._mask, self._collapse, spaced)
                for record, kept in runs(x, coalitions)
                for each in kept
            ]
        )

    def varying(self, x: Records) -> Bools:
        """Return (k,) flags, False for tokens that read as the mask."""
        return np.array([token != self._mask for token in np.atleast_1d(x)[0].tokens])

    def shown(self, X: Any) -> NDArray[np.object_]:
        """Return the tokens, (n, longest), "" past a text's end."""
        return self._table([record.tokens for record in X])

    def display(self, X: Records) -> NDArray[np.object_]:
        """Return tokens with the spaces between them: a row joined is the text."""
        return self._table([record.pieces for record in X])

    def names(self, count: int) -> tuple[str, ...]:
        """ "token 0" and on."""
        return tuple(f"token {k}" for k in range(count))

    def _table(self, rows: list[list[str]]) -> NDArray[np.object_]:
        table = np.full((len(rows), self.n_players), "", dtype=object)
        for cells, row in zip(table, rows, strict=True):
            cells[: len(row)] = row
        return table

    def _as_taken(self, texts: list[str]) -> Any:
        if self._encode is not None:
            encoded = np.asarray(self._encode(texts))
            if encoded.ndim < 1 or len(encoded) != len(texts):
                rule = f"return a row for each of {len(texts)} texts"
                raise InputError(complaint("encode", rule, encoded, "Pad them to one length."))
            return encoded
        table = np.empty(len(texts), dtype=object)
        table[:] = texts
        return table.reshape(len(texts), *self._shape)


def _halved(text: str, spans: Spans) -> Hierarchy:
    return grid((len(spans),))
