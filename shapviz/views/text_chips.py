"""A text cut into what is coloured as one: words, phrases or sentences."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from unicodedata import bidirectional

import numpy as np

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.hierarchy import Hierarchy
from shapviz.labels import shorten
from shapviz.maskers.tokens import PHRASE_END, SENTENCE_END

__all__ = [
    "LEVELS",
    "PADDING",
    "SIGNS",
    "Chip",
    "Spans",
    "level_shown",
    "levels_of",
    "pieces_of",
    "plain_text",
    "quoted_word",
]

LEVELS = ("words", "phrases", "sentences", "groups")
"""How much is coloured as one: "groups" are those of a tree that knows of no sentences."""
PADDING = "[padding]"
REACH = 1.96
"""Standard errors to either side of a value that are its interval of 95%."""
SIGNS = " \t\r\n.,;:!?\u2026\"'\u201c\u201d\u2018\u2019()[]{}\u2013\u2014\u00ab\u00bb"
"""Signs around a word that do not make it another one."""

Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class Chip:
    """What is coloured as one.

    Attributes
    ----------
    text : str
        As it stands in the text, without the space after it.
    after : str
        What follows before the next one: spaces, a line's end, or nothing.
    value : float
        The sum of its tokens' SHAP values.
    standard_error : float or None
        Of a single token; sums have none.
    tokens : int
        How many it holds.
    is_padding : bool
        Whether it stands for all that only fills the sample up.
    start : int
        Its first token among the text's own.
    level : str
        What it is: "words", "phrases", "sentences" or "groups".
    opens : bool
        Whether it has parts that it can be opened into.
    inside : tuple of (int, int)
        Start and end of the opened parts that hold it, the largest first.
    """

    text: str
    after: str
    value: float
    standard_error: float | None = None
    tokens: int = 1
    is_padding: bool = False
    start: int = 0
    level: str = "words"
    opens: bool = False
    inside: tuple[tuple[int, int], ...] = ()

    @property
    def reach(self) -> float:
        """Half the width of its interval, 1.96 standard errors; 0 where there is none."""
        return REACH * self.standard_error if self.standard_error else 0.0

    @property
    def is_unclear(self) -> bool:
        """Whether the interval around its value holds zero."""
        return abs(self.value) < self.reach


def pieces_of(explanation: Explanation, sample: int) -> list[str]:
    """Return a sample's tokens, each with what follows it; "" where there is only padding.

    Where no token says what follows it, that is a space.
    """
    shown = explanation.display_data
    cells = shown if shown is not None else explanation.data
    if cells is None or len(explanation.feature_shape) != 1:
        raise InputError(
            complaint(
                "explanation",
                "hold texts: one axis of tokens, with the tokens as `data` or `display_data`",
                explanation.feature_shape,
                "Pass the words as `display_data` where the model takes token ids.",
            )
        )
    words = ["" if cell is None else str(cell) for cell in np.asarray(cells)[sample].tolist()]
    spaced = any(word != word.strip() for word in words) or sum(map(bool, words)) < 2
    return words if spaced else [f"{word} " if word else "" for word in words]


def plain_text(pieces: Sequence[str]) -> str:
    """Return the text that the tokens make."""
    return "".join(pieces).strip()


def quoted_word(text: str, longest: int = 28) -> str:
    """Return a piece of text in quotes; numbers after it stay after it, however it is read."""
    whole = " ".join((text.strip(SIGNS) or text).split())
    # Several words are cut between words, one long word in its middle.
    cut = textwrap.shorten(whole, longest, placeholder=" \u2026")
    said = f"\u201c{cut if len(cut) > 2 else shorten(whole, longest)}\u201d"
    turned = any(bidirectional(sign) in ("R", "AL") for sign in said)
    return f"\u2068{said}\u2069" if turned else said


def levels_of(pieces: Sequence[str], tree: Hierarchy | None) -> dict[str, Spans]:
    """Return each level that a text has, coarser and coarser, with where its parts start and end.

    Phrases end at commas and the like, sentences at full stops and at ends of lines. Where both
    are the same they are called sentences. Where the explanation's own tree does not keep these
    together, its groups stand in their place, about as many as the square root of the tokens.
    """
    d = len(pieces)
    words = [(k, k + 1) for k in range(d)]
    if tree is not None and tree.d == d and not _keeps_together(tree, _cut(pieces, SENTENCES)):
        groups = _spans_of(tree, max(2, round(d**0.5)))
        return {"words": words} | ({} if groups is None or d < 3 else {"groups": groups})
    phrases, sentences = _cut(pieces, PHRASES), _cut(pieces, SENTENCES)
    found = {"words": words}
    if 1 < len(phrases) < d and phrases != sentences:
        found["phrases"] = phrases
    if 1 < len(sentences) < d:
        found["sentences"] = sentences
    return found


def level_shown(asked: str, pieces: Sequence[str], levels: dict[str, Spans]) -> str:
    """Return the level that shows what was asked for; where there is none, the next finer one."""
    if asked == "phrases" and levels.get("sentences") == _cut(pieces, PHRASES):
        return "sentences"
    return [each for each in levels if LEVELS.index(each) <= LEVELS.index(asked)][-1]


SENTENCES, PHRASES = SENTENCE_END, SENTENCE_END + PHRASE_END


def _cut(pieces: Sequence[str], ends: tuple[str, ...]) -> Spans:
    last = len(pieces) - 1
    stops = [
        k + 1
        for k, piece in enumerate(pieces)
        if k == last or piece.rstrip().endswith(ends) or "\n" in piece[len(piece.rstrip()) :]
    ]
    return list(pairwise([0, *stops]))


def _keeps_together(tree: Hierarchy, spans: Spans) -> bool:
    """Whether each span is all that lies below one node."""
    low = list(range(tree.d)) + [0] * len(tree.merges)
    for node, (a, b) in enumerate(tree.merges, tree.d):
        low[node] = min(low[a], low[b])
    nodes = {(first, first + int(size)) for first, size in zip(low, tree.sizes, strict=True)}
    return all(span in nodes for span in spans)


def _spans_of(tree: Hierarchy, count: int) -> Spans | None:
    """The tree's groups as spans, or None where they do not stand in the text's order."""
    members = [tree.members(node) for node in tree.cut(count)]
    if [k for group in members for k in group] != list(range(tree.d)):
        return None
    return list(pairwise([0, *accumulate(map(len, members))]))
