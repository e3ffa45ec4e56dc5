"""Texts cut into tokens: by kinds of characters, a pattern, or a function; and into a tree."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shapviz.errors import InputError, Words, complaint
from shapviz.hierarchy import Hierarchy
from shapviz.hierarchy_makers import halves
from shapviz.maskers.own import named

__all__ = ["Spans", "Tokenizer", "as_tokenizer", "phrase_tree", "words"]

Spans = tuple[tuple[int, int], ...]
"""Start and end of each token in a text, in order and apart."""

INNER = "'’-‐"
"""Characters that belong to a word when they stand inside it."""
SENTENCE_END = tuple(".!?…。！？؟۔।")
PHRASE_END = tuple(",;:—–)]،؛、，；：")
FIX = "Pass 'words', a pattern, a TextVectorization layer, or a function of a text."


@dataclass(frozen=True)
class Tokenizer:
    """How texts are cut.

    Attributes
    ----------
    name : str
        Part of the question.
    cut : callable
        Text to spans.
    spaced : bool
        Whether tokens are what stands between spaces, so that a mask must stand apart too.
    """

    name: str
    cut: Callable[[str], Spans] = field(repr=False)
    spaced: bool = True


def as_tokenizer(given: Any) -> Tokenizer:
    """Return how texts are cut; InputError for what says nothing of it.

    Parameters
    ----------
    given : None, "words", pattern, TextVectorization layer or callable
        A pattern is a regular expression whose matches are tokens. A layer is followed in how it
        splits. A function returns tokens as they stand in the text, in order, or their (start,
        end), or a mapping with ``offset_mapping``, as fast tokenizers do.
    """
    if given is None or given == "words":
        return Tokenizer("words", words)
    if isinstance(given, str | re.Pattern):
        try:
            pattern = re.compile(given)
        except re.error as error:
            rule = "be a regular expression"
            raise InputError(complaint("tokenizer", rule, given, f"{error}. {FIX}")) from error
        return Tokenizer(f"pattern {pattern.pattern}", lambda text: _matches(pattern, text))
    if any(kind.__name__ == "TextVectorization" for kind in type(given).__mro__):
        return _of_layer(getattr(given, "_split", "whitespace"))
    if callable(given):
        return Tokenizer(named(given), lambda text: _called(given, text), spaced=False)
    rule = "say how a text is cut into tokens"
    raise InputError(complaint("tokenizer", rule, given, FIX))


def words(text: str) -> Spans:
    """Return words, numbers and runs of other signs; letters of any script, with their marks.

    Examples
    --------
    >>> [text[a:b] for text in ["Don't stop!!"] for a, b in words(text)]
    ["Don't", 'stop', '!!']
    """
    spans: list[tuple[int, int]] = []
    before = " "
    for i in range(len(text)):
        kind = _kind(text, i, before)
        if kind != " ":
            if kind == before:
                spans[-1] = (spans[-1][0], i + 1)
            else:
                spans.append((i, i + 1))
        before = kind
    return tuple(spans)


def _kind(text: str, i: int, before: str) -> str:
    """What a character is: " " space, "w" of a word, "s" another sign."""
    sign = text[i]
    if sign.isspace():
        return " "
    category = unicodedata.category(sign)
    if category[0] == "M" or category == "Cf":
        # Accents, variation selectors and joiners go with what they stand on.
        return before if before != " " else "w"
    if sign in INNER and before == "w" and i + 1 < len(text) and text[i + 1].isalnum():
        return "w"
    return "s" if category[0] in "PS" else "w"


def phrase_tree(text: str, spans: Spans) -> Hierarchy:
    """Return the tree of sentences, of phrases between commas in them, and of halves of those."""
    phrases: list[list[list[int]]] = [[[]]]
    for k, (start, end) in enumerate(spans):
        phrases[-1][-1].append(k)
        token = text[start:end]
        gap = text[end : spans[k + 1][0]] if k + 1 < len(spans) else ""
        if k + 1 == len(spans):
            break
        if token.endswith(SENTENCE_END) or "\n" in gap:
            phrases.append([[]])
        elif token.endswith(PHRASE_END):
            phrases[-1].append([])
    d = len(spans)
    merges: list[tuple[int, int]] = []
    levels: list[int] = []

    def joined(nodes: Sequence[int], level: int) -> int:
        top = halves(nodes, merges, d)
        levels.extend([level] * (len(merges) - len(levels)))
        return top

    tops = [joined([joined(each, 1) for each in sentence], 2) for sentence in phrases]
    joined(tops, 3)
    sizes = [1] * d
    heights = []
    for (a, b), level in zip(merges, levels, strict=True):
        sizes.append(sizes[a] + sizes[b])
        # Between sentences first, then between phrases, then the larger halves.
        heights.append(level + sizes[-1] / (d + 1))
    return Hierarchy(tuple(merges), tuple(heights))


def _matches(pattern: re.Pattern[str], text: str) -> Spans:
    return tuple(found.span() for found in pattern.finditer(text) if found.end() > found.start())


def _of_layer(split: Any) -> Tokenizer:
    """As a TextVectorization layer splits, before it strips and lowers."""
    if split == "character":
        return Tokenizer("characters", lambda text: _matches(re.compile(r"\S"), text), False)
    if split in ("whitespace", None):
        return Tokenizer("whitespace", lambda text: _matches(re.compile(r"\S+"), text))
    rule = "be a layer that splits at spaces or characters"
    got = Words(f"a TextVectorization with split={split!r}")
    raise InputError(complaint("tokenizer", rule, got, "Pass a pattern or a function instead."))


def _called(function: Callable[[str], Any], text: str) -> Spans:
    found = function(text)
    pairs = found.get("offset_mapping") if isinstance(found, Mapping) else found
    if pairs is None or isinstance(pairs, str):
        rule = "return tokens, their (start, end), or a mapping with 'offset_mapping'"
        raise InputError(complaint("tokenizer", rule, found, FIX))
    spans: list[tuple[int, int]] = []
    at = 0
    for piece in list(pairs):
        if isinstance(piece, str):
            start = text.find(piece, at)
            end = start + len(piece)
            if start < 0 and piece:
                rule = "return tokens as they stand in the text, in order"
                got = Words(f"{piece!r}, not found in {text[at : at + 40]!r}")
                fix = "Return (start, end) of each token where it changes them."
                raise InputError(complaint("tokenizer", rule, got, fix))
        else:
            start, end = (int(side) for side in piece)
            if end > start and not at <= start < end <= len(text):
                rule = f"return places within the text, in order, from {at} to {len(text)}"
                raise InputError(complaint("tokenizer", rule, Words(f"({start}, {end})"), FIX))
        if end > start:
            # Empty ones stand for what a tokenizer adds: the start, the end, padding.
            spans.append((start, end))
            at = end
    return tuple(spans)
