"""Text: one text with the words, phrases or sentences that pushed the output up or down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from math import inf

import numpy as np
import pandas as pd

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.hierarchy import Hierarchy
from shapviz.labels import percent, several
from shapviz.types import FloatArray
from shapviz.views.checks import one_of
from shapviz.views.one_output import OneOutput, one_output, sample_position
from shapviz.views.text_chips import (
    LEVELS,
    Chip,
    level_shown,
    levels_of,
    pieces_of,
    plain_text,
    quoted_word,
)
from shapviz.views.text_opening import Place, chips, open_ones, opened_parts
from shapviz.views.words import (
    Span,
    amount_text,
    called,
    effect,
    effect_text,
    join,
    say,
    strong,
)

__all__ = ["TextView", "text"]

WRITTEN = 0.3
"""Values are written from this share of the largest on."""
SEEN = 0.05
"""From this share of the largest value on a word's colour can be seen."""
UNCLEAR = "Dotted, without colour: uncertain, zero lies within 1.96 standard errors of the value."
LONG = 300
"""Above so many chips a text is set smaller, and all values are left to the hover labels."""
NOUNS = {"words": "word", "phrases": "phrase", "sentences": "sentence", "groups": "group"}


@dataclass(frozen=True, eq=False)
class TextView:
    """A text and what its parts are worth.

    Attributes
    ----------
    chips : tuple of Chip
        In the text's order; that of the padding, where it carries anything, is the last.
    level : str
        "words", "phrases", "sentences" or "groups".
    levels : tuple of str
        Those that this text has.
    opened : tuple of (int, int)
        Parts of the level that stand open: where each starts and ends among the text's tokens.
    limit : float
        Symmetric end of the colour scale.
    has_unclear : bool
        Whether some words whose colour would be seen are marked as uncertain instead.
    written_from : float
        Values below this size are left to the hover label; infinite in a small one.
    is_small : bool
        Whether it is set small, without numbers under its words.
    text : str
        The plain text.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    sample: int
    sample_name: str
    output: str
    chips: tuple[Chip, ...]
    level: str
    levels: tuple[str, ...]
    opened: tuple[Place, ...]
    limit: float
    has_unclear: bool
    written_from: float
    is_small: bool
    units: str
    text: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row a chip: its text, how many tokens it holds, its SHAP value."""
        return pd.DataFrame(
            {
                "text": [chip.text for chip in self.chips],
                "level": [chip.level for chip in self.chips],
                "tokens": [chip.tokens for chip in self.chips],
                "shap_value": [chip.value for chip in self.chips],
                "standard_error": [chip.standard_error for chip in self.chips],
            }
        )


def text(
    explanation: Explanation,
    sample: int | str = 0,
    *,
    output: str | int | None = None,
    level: str = "words",
    opened: Collection[Place] = (),
    limit: float | None = None,
    small: bool | None = None,
) -> TextView:
    """Return one text with its values in place.

    Parameters
    ----------
    explanation : Explanation
        Of texts: tokens as `data`, or token ids with the words as `display_data`; "" is padding.
    sample : int or str, default 0
        Position or name.
    output : str or int, optional
        Default: the sample's largest prediction.
    level : {"words", "phrases", "sentences", "groups"}, default "words"
        What is coloured as one. A level that the text does not have shows the next finer one.
    opened : collection of (int, int)
        Parts that stand open into the next finer level, by start and end among the text's tokens:
        of a chip ``(chip.start, chip.start + chip.tokens)``. What is no part changes nothing.
    limit : float, optional
        End of the colour scale. Default: the largest value shown; give one for texts side by side.
    small : bool, optional
        Set smaller, without numbers under the words. Default: only a long text is.

    Raises
    ------
    InputError
        If the explanation is not of texts, or a name or level is unknown.
    """
    one_of("level", level, LEVELS)
    if explanation.regions is not None:
        rule = "be of texts"
        fix = "Use views.image or views.sequence for its regions."
        got = explanation.provenance.get("modality")
        raise InputError(complaint("explanation", rule, got, fix))
    i = sample_position(explanation, sample)
    one = one_output(explanation, output, sample=i)
    pieces = pieces_of(explanation, i)
    kept, own, beyond = _own(pieces, one.values[i])
    errors = one.explanation.standard_errors
    tree = _tree(explanation, i, len(own))
    levels = levels_of(own, tree)
    found = level_shown(level, own, levels)
    shown = opened_parts(levels, found, tree, opened)
    parts = chips(
        own,
        one.values[i][kept],
        None if errors is None else errors[i][kept],
        shown,
        beyond,
    )
    largest = max((abs(chip.value) for chip in parts), default=0.0)
    end = largest if limit is None else limit
    is_small = len(parts) > LONG if small is None else small
    return TextView(
        title=f"Which words decided this {one.noun}?",
        sentence=_sentence(one, i, parts),
        footnote=_footnote(
            explanation, parts, found, len(own), 0.0 if is_small else end, one.units
        ),
        sample=i,
        sample_name=one.sample_label(i),
        output=one.output,
        chips=parts,
        level=found,
        levels=tuple(levels),
        opened=open_ones(shown, opened),
        limit=end,
        has_unclear=_has_unclear(parts, end),
        written_from=inf if is_small else WRITTEN * end,
        is_small=is_small,
        units=one.units,
        text=plain_text(own),
    )


def _own(pieces: list[str], values: FloatArray) -> tuple[list[int], list[str], float]:
    """Where the sample has tokens of its own, these, and what all the rest carries."""
    kept = [k for k, piece in enumerate(pieces) if piece]
    beyond = float(np.delete(values, kept).sum()) if len(kept) < len(pieces) else 0.0
    return kept, [pieces[k] for k in kept], beyond


def _tree(explanation: Explanation, i: int, tokens: int) -> Hierarchy | None:
    if explanation.trees is None:
        return None
    tree, _ = explanation.hierarchy_of(i)
    return tree if tree.d == tokens else None


def _name(chip: Chip) -> str:
    return "its length" if chip.is_padding else quoted_word(chip.text)


def _sentence(one: OneOutput, i: int, parts: tuple[Chip, ...]) -> tuple[Span, ...]:
    predicted = float(one.explanation.predictions[i])
    p = one.probability(predicted)
    if p is not None and one.output:
        answer = _answer(one, i)
        head = (
            say("The model reads it as ", strong(f"{percent(p)} {one.called}"))
            if not answer
            else say("The model gives ", strong(f"{percent(p)} {one.called}"), answer)
        )
    else:
        amount = f"{one.output_text(predicted)} {one.unit_words}".rstrip()
        of = f" of {one.quoted}" if one.output else ""
        head = say(f"The model\u2019s prediction{of} is ", strong(amount))
    moving = [chip for chip in parts if chip.value]
    order = sorted((c for c in moving if not c.is_unclear), key=lambda chip: -abs(chip.value))
    if not order:
        none = "no word\u2019s value can be told from zero" if moving else "no word of it moves it"
        return say(head, f"; {none}.")
    up = sum(chip.value for chip in order) >= 0
    leading = [chip for chip in order if (chip.value > 0) == up][:2]
    against = [chip for chip in order if (chip.value > 0) != up][:1]
    one_sided = not against or not leading
    shown = leading or against
    said = join([say(f"{_name(c)} (", effect(c.value, one.units), ")") for c in shown])
    if one_sided:
        way = "up" if shown[0].value > 0 else "down"
        verb = "pushes" if len(shown) == 1 else "push"
        return say(head, ": ", said, f" {verb} it {way} most.")
    verb = "outweighs" if len(leading) == 1 else "outweigh"
    other = against[0]
    return say(head, ": ", said, f" {verb} {_name(other)} (", effect(other.value, one.units), ").")


def _answer(one: OneOutput, i: int) -> str:
    """What the model's own answer is where it is another output than the one shown."""
    given = one.whole
    if not given.has_outputs:
        return ""
    predictions = given.predictions[i]
    best = int(np.argmax(predictions))
    names = given.output_names
    name = str(names[i, best] if isinstance(names, np.ndarray) else names[best])
    p = one.probability(float(predictions[best]))
    if name == one.output or p is None:
        return ""
    return f" (its answer is {percent(p)} {called(name, one.units)})"


def _footnote(
    explanation: Explanation,
    parts: tuple[Chip, ...],
    level: str,
    tokens: int,
    end: float,
    units: str,
) -> str:
    said = [f"{_counted(parts, level, tokens)}."]
    if end:
        said.append(f"Numbers are written from {amount_text(WRITTEN * end, units, 2)} up.")
    beyond = next((chip for chip in parts if chip.is_padding), None)
    if beyond is not None:
        said.append(
            f"What fills the {_noun(explanation)} up to the model\u2019s length carries "
            f"{effect_text(beyond.value, units)}: what its length is worth."
        )
    elif explanation.provenance.get("padding") == "fixed":
        said.append("Padding is worth nothing, and base values differ by sample.")
    if _has_unclear(parts, end or max((abs(c.value) for c in parts), default=0.0)):
        said.append(UNCLEAR)
    return " ".join(said)


def is_marked(chip: Chip, limit: float) -> bool:
    """Whether a word is marked as uncertain: one whose colour would be seen."""
    return chip.is_unclear and abs(chip.value) >= SEEN * limit


def _has_unclear(parts: tuple[Chip, ...], limit: float) -> bool:
    return any(is_marked(chip, limit) for chip in parts)


def _counted(parts: tuple[Chip, ...], level: str, tokens: int) -> str:
    """How many parts of each level there are: ``2 sentences and 8 single words of 17 words``."""
    often = Counter(chip.level for chip in parts if not chip.is_padding)
    if level == "words":
        return several(often["words"], "word")
    nouns = {**NOUNS, "words": "single word"}
    each = [several(often[name], nouns[name]) for name in reversed(LEVELS) if often[name]]
    head = ", ".join(each[:-1])
    return f"{head}{' and ' if head else ''}{each[-1]} of {several(tokens, 'word')}"


def _noun(explanation: Explanation) -> str:
    return str(explanation.provenance.get("sample_noun", "sample"))
