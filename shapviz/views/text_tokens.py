"""Text over all samples: what each word is worth where it stands, on average and altogether."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.labels import count, plural, several
from shapviz.types import FloatArray, IntArray
from shapviz.views.checks import at_least_one, one_of
from shapviz.views.one_output import OneOutput, one_output
from shapviz.views.swarm import offsets
from shapviz.views.text_chips import SIGNS, pieces_of, quoted_word
from shapviz.views.words import Span, effect, join, say, strong

__all__ = ["TextTokensView", "TokenRow", "text_tokens"]

ORDERS = ("total", "average")
SELDOM = 3
"""Words that stand in fewer places are left out of the order by average."""
MOST_DOTS = 400
"""Places of one word that are drawn."""


@dataclass(frozen=True, eq=False)
class TokenRow:
    """One word.

    Attributes
    ----------
    word : str
        In lower case, without the signs around it.
    mean, total : float
        Of its SHAP values over all places.
    size : float
        What words are ordered by: the sum of |SHAP value| over all places, or their mean.
    places : int
        How often it stands anywhere.
    texts : int
        In how many texts.
    samples : int array of shape (m,)
        Text of each place that is drawn.
    x, offset : float array of shape (m,)
        SHAP values, and heights above the row's middle in marker widths.
    """

    word: str
    mean: float
    total: float
    size: float
    places: int
    texts: int
    samples: IntArray
    x: FloatArray
    offset: FloatArray


@dataclass(frozen=True, eq=False)
class TextTokensView:
    """The words that move the output most, over all texts.

    Attributes
    ----------
    order : {"total", "average"}
        Whether a row's size is a sum over its places or their mean.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    order: str
    rows: tuple[TokenRow, ...]
    limits: tuple[float, float]
    sample_names: tuple[str, ...]
    default_names: bool
    noun: str
    output: str
    units: str
    values_title: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row a word: mean, total and size of SHAP values, places, texts."""
        return pd.DataFrame(
            {
                "word": [row.word for row in self.rows],
                "mean": [row.mean for row in self.rows],
                "total": [row.total for row in self.rows],
                "size": [row.size for row in self.rows],
                "places": [row.places for row in self.rows],
                "texts": [row.texts for row in self.rows],
            }
        )


def text_tokens(
    explanation: Explanation,
    *,
    output: str | int | None = None,
    order: str = "total",
    max_display: int = 12,
) -> TextTokensView:
    """Return what each word is worth over all texts.

    Words are taken in lower case and without the signs around them; padding is no word.

    Parameters
    ----------
    explanation : Explanation
        Of texts: tokens as `data`, or token ids with the words as `display_data`.
    output : str or int, optional
        Default: the first.
    order : {"total", "average"}, default "total"
        Largest first by the summed size of its values, or by their mean size, then of words that
        stand in three places or more.
    max_display : int, default 12
        Words with a row.

    Raises
    ------
    InputError
        If the explanation is not of texts or holds no word, or an output or order is unknown.
    """
    one_of("order", order, ORDERS)
    at_least_one("max_display", max_display)
    one = one_output(explanation, output)
    found = _places(explanation, one)
    words = list(found)
    sizes = [float(np.abs([value for _, value in found[word]]).sum()) for word in words]
    if order == "average":
        often = min(SELDOM, max(map(len, found.values())))
        sizes = [
            size / len(found[word]) if len(found[word]) >= often else -1.0
            for word, size in zip(words, sizes, strict=True)
        ]
    best = np.argsort(-np.asarray(sizes), kind="stable")[:max_display]
    # What never moves the output has no row, unless nothing does.
    least = 0.0 if max(sizes) <= 0 else 1e-12 * max(sizes)
    shown = [(words[k], found[words[k]], sizes[k]) for k in best if sizes[k] >= least]
    every = np.concatenate([[value for _, value in places] for _, places, _ in shown])
    limits = (min(0.0, float(every.min())), max(0.0, float(every.max())))
    rows = tuple(_row(word, places, size, limits) for word, places, size in shown)
    return TextTokensView(
        title=f"Which words matter over all {plural(one.noun)}?",
        sentence=_sentence(one, rows, order),
        footnote=_footnote(rows, len(words), order),
        order=order,
        rows=rows,
        limits=limits,
        sample_names=explanation.sample_names,
        default_names=one.default_names,
        noun=one.noun,
        output=one.output,
        units=one.units,
        values_title=one.values_title,
    )


def _places(explanation: Explanation, one: OneOutput) -> dict[str, list[tuple[int, float]]]:
    """Each word with the text and the value of each of its places."""
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for i in range(one.n):
        for piece, value in zip(pieces_of(explanation, i), one.values[i].tolist(), strict=True):
            bare = piece.strip()
            if bare:
                found[bare.strip(SIGNS).lower() or bare].append((i, value))
    if not found:
        rule = "hold at least one word"
        raise InputError(
            complaint("explanation", rule, explanation.feature_shape, "Check `display_data`.")
        )
    return dict(found)


def _row(
    word: str, places: list[tuple[int, float]], size: float, limits: tuple[float, float]
) -> TokenRow:
    samples = np.array([i for i, _ in places], dtype=np.int64)
    values = np.array([value for _, value in places])
    drawn = np.arange(values.size)
    if values.size > MOST_DOTS:
        # Evenly over the sorted values, so that both ends are among them.
        drawn = np.argsort(values, kind="stable")
        drawn = np.sort(drawn[np.linspace(0, values.size - 1, MOST_DOTS).round().astype(int)])
    x = values[drawn]
    return TokenRow(
        word=word,
        mean=float(values.mean()),
        total=float(values.sum()),
        size=size,
        places=values.size,
        texts=int(np.unique(samples).size),
        samples=samples[drawn],
        x=x,
        offset=offsets(x, x, limits),
    )


SAID = {"total": "altogether", "average": "on average"}
"""How a sentence calls what an order sorts by."""


def _sentence(one: OneOutput, rows: tuple[TokenRow, ...], order: str) -> tuple[Span, ...]:
    """What the chosen order has first, and which of the words drawn push one way most by it."""
    first, how = rows[0], SAID[order]
    if not first.size:
        return say("No word moves the output.")
    head = say(
        strong(quoted_word(first.word)),
        f" moves the output most: by {one.amount(first.size)} {how}, in "
        f"{several(first.places, 'place')}.",
    )
    signed = {row: row.total if order == "total" else row.mean for row in rows}
    up, down = max(rows, key=signed.__getitem__), min(rows, key=signed.__getitem__)

    def said(row: TokenRow, way: str) -> tuple[Span, ...]:
        pushed = effect(signed[row], one.units)
        return say(strong(quoted_word(row.word)), f" pushes {way} most (", pushed, f" {how})")

    parts = [said(up, "up")] if signed[up] > 0 else []
    parts += [said(down, "down")] if signed[down] < 0 else []
    return say(head, " ", join(parts, ", "), ".") if parts else head


def _footnote(rows: tuple[TokenRow, ...], of: int, order: str) -> str:
    by = "largest sum of sizes first" if order == "total" else "largest mean size first"
    seldom = "" if order == "total" else f" Words in fewer than {SELDOM} places are left out."
    some = any(row.samples.size < row.places for row in rows)
    dots = f"at most {MOST_DOTS} of a word\u2019s places" if some else "each place of a word"
    return (
        f"{count(len(rows))} of {count(of)} different words, {by}; a size is a value without its "
        f"sign.{seldom} Dots: {dots}; lines: means. A word on its own means little where others "
        "turn it round."
    )
