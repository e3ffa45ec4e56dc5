"""Reviews made up by rules, so that it is known which words make them good or bad.

A review is a few clauses with neutral ones between. A clause says of one thing how it was; a
degree makes that stronger or weaker, a negation turns it round, and a closing remark may turn
round everything that stands before it, however far away. Nothing here is anybody's opinion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["CAUSES", "FEWEST", "HIDDEN", "Review", "hidden", "reviews", "score"]

THINGS = (
    "acting", "plot", "music", "dialogue", "ending", "cast", "pacing", "lighting", "humour",
    "first hour", "last scene", "camera work",
)  # fmt: skip
PRAISE = (
    "brilliant", "clever", "moving", "warm", "funny", "gripping", "beautiful", "charming", "fresh",
)  # fmt: skip
BLAME = (
    "dull", "clumsy", "boring", "flat", "tedious", "noisy", "shallow", "tired", "predictable",
)  # fmt: skip
DEGREES = {"utterly": 2.0, "really": 1.5, "slightly": 0.5}
NEGATIONS = ("not", "never", "hardly")
FILLERS = (
    "we sat in the third row",
    "it was a rainy evening",
    "my sister came along",
    "the tickets were sold out",
    "it runs for two hours",
    "the story is set in a harbour town",
    "we had seen the poster on the bus",
    "they showed it with subtitles",
)
TURNS = ("Or so they claim, and they are wrong.", "At least that is what the poster pretends.")
"""Closing remarks that turn round all that stands before."""
TURNING = ("wrong", "pretends")
LINKS = (", and ", ", ", ". ", "; ")

HIDDEN = "…"
"""What stands where a word is hidden."""
FEWEST = 0.5
"""The least size of a score: what is neither good nor bad is no use to learn from."""
CAUSES = frozenset({*PRAISE, *BLAME, *DEGREES, *NEGATIONS, *TURNING})
"""The words that a review's score depends on."""


@dataclass(frozen=True)
class Review:
    """A review and what is known of it.

    Attributes
    ----------
    text : str
    score : float
        Above zero it is positive; see `score`.
    causes : tuple of int
        Positions, among its words, of those that the score depends on.
    """

    text: str
    score: float
    causes: tuple[int, ...]

    @property
    def is_positive(self) -> bool:
        """Whether it praises."""
        return self.score > 0

    @property
    def words(self) -> list[str]:
        """What stands between spaces."""
        return self.text.split()


def bare(word: str) -> str:
    """Return a word in lower case without the signs around it."""
    return word.strip(".,;").lower()


def score(words: Sequence[str]) -> float:
    """Return how good a review is, from its words alone: the rule that made it.

    Each word of praise counts +1 and each of blame −1, times the degree before it, and the other
    way round after a negation within the two words before; a turning remark changes the sign of
    what came before it.

    Examples
    --------
    >>> score("The plot was really clever".split()), score("It was not really clever".split())
    (1.5, -1.5)
    """
    total = 0.0
    said = [bare(word) for word in words]
    for i, word in enumerate(said):
        if word in PRAISE or word in BLAME:
            before = said[max(0, i - 2) : i]
            size = DEGREES.get(before[-1], 1.0) if before else 1.0
            turned = any(each in NEGATIONS for each in before)
            total += size * (1 if word in PRAISE else -1) * (-1 if turned else 1)
        elif word in TURNING:
            total = -total
    return total


def reviews(count: int, seed: int = 0, least: float = FEWEST) -> list[Review]:
    """Return so many different reviews, the same ones for the same seed.

    Parameters
    ----------
    count : int
    seed : int, default 0
    least : float, default 0.5
        The least size of a score; 0 for reviews that are neither good nor bad as well.
    """
    rng = np.random.default_rng(seed)
    made: dict[str, Review] = {}
    while len(made) < count:
        text = _text(rng)
        words = text.split()
        value = score(words)
        if abs(value) >= least:
            causes = tuple(i for i, word in enumerate(words) if bare(word) in CAUSES)
            made[text] = Review(text, value, causes)
    return list(made.values())


def hidden(made: Sequence[Review], seed: int = 0) -> list[Review]:
    """Return the reviews with words hidden, of each a random share, and with what is left of them.

    A model that was taught with these knows what to make of a text whose words are hidden, which
    is how explainers ask.
    """
    rng = np.random.default_rng(seed)
    found = []
    for review in made:
        keep = rng.random(len(review.words)) > rng.random()
        words = [word if kept else HIDDEN for word, kept in zip(review.words, keep, strict=True)]
        causes = tuple(i for i in review.causes if keep[i])
        found.append(Review(" ".join(words), score(words), causes))
    return found


def _one(rng: np.random.Generator, among: Sequence[str]) -> str:
    return among[int(rng.integers(len(among)))]


def _text(rng: np.random.Generator) -> str:
    clauses = [_clause(rng) for _ in range(int(rng.integers(1, 4)))]
    if rng.random() < 0.6:
        clauses.insert(int(rng.integers(len(clauses) + 1)), _one(rng, FILLERS))
    text = clauses[0]
    for clause in clauses[1:]:
        text += _one(rng, LINKS) + clause
    sentences = [_capital(sentence) for sentence in text.split(". ")]
    turn = [_one(rng, TURNS)] if rng.random() < 0.3 else []
    return " ".join([". ".join(sentences) + ".", *turn])


def _clause(rng: np.random.Generator) -> str:
    words = ["the", _one(rng, THINGS), _one(rng, ("was", "felt", "seemed"))]
    negation = _one(rng, ("", *NEGATIONS)) if rng.random() < 0.5 else ""
    degree = _one(rng, tuple(DEGREES)) if rng.random() < 0.45 else ""
    if negation and degree:
        degree = "" if negation == "hardly" else "really"  # as people say it
    words += [word for word in (negation, degree) if word]
    words.append(_one(rng, PRAISE + BLAME))
    return " ".join(words)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
