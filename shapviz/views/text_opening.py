"""Parts of a text with their values, opened one by one into the next finer level inside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shapviz.hierarchy import Hierarchy
from shapviz.types import Array, FloatArray
from shapviz.views.text_chips import PADDING, Chip, Spans

__all__ = ["Part", "Place", "chips", "open_ones", "opened_parts", "toggled"]

Place = tuple[int, int]
"""Where a part starts and ends among a text's own tokens: no two parts have the same."""


@dataclass(frozen=True)
class Part:
    """What is coloured as one.

    Attributes
    ----------
    start, stop : int
        Its tokens.
    level : str
        What it is: "words", "phrases", "sentences" or "groups".
    opens : bool
        Whether it has parts itself.
    inside : tuple of (int, int)
        The opened parts that hold it, the largest first.
    """

    start: int
    stop: int
    level: str
    opens: bool = False
    inside: tuple[Place, ...] = ()


def opened_parts(
    levels: Mapping[str, Spans],
    level: str,
    tree: Hierarchy | None,
    opened: Collection[Place],
) -> tuple[Part, ...]:
    """Return the parts of a level, and in place of each opened one the parts inside it.

    Phrases and sentences open into the next finer level that has more than one part inside them,
    groups into the two that the tree joined.

    Parameters
    ----------
    levels : mapping of str to spans
        Finer ones first, as `text_chips.levels_of` gives them.
    level : str
        One of them.
    tree : Hierarchy or None
        Over the text's own tokens; "groups" are its nodes.
    opened : collection of (int, int)
        Those that the text does not have, or that stand in a closed one, change nothing.
    """
    finer = list(levels)[: list(levels).index(level)]
    joined = _joined(tree) if level == "groups" and tree is not None else {}

    def inner(place: Place) -> list[tuple[Place, str]]:
        if place in joined:
            return [(part, "groups" if part in joined else "words") for part in joined[place]]
        each = ([(span, name) for span in _within(levels[name], place)] for name in reversed(finer))
        return next(found for found in each if len(found) > 1)

    def parts(place: Place, name: str, inside: tuple[Place, ...]) -> Iterator[Part]:
        if place in opened and _has_parts(place):
            for part, its_name in inner(place):
                yield from parts(part, its_name, (*inside, place))
        else:
            yield Part(*place, name, _has_parts(place), inside)

    return tuple(part for span in levels[level] for part in parts(span, level, ()))


def _has_parts(place: Place) -> bool:
    """Whether it holds more than one token: then the level of words, or a tree, parts it."""
    return place[1] - place[0] > 1


def _within(spans: Spans, place: Place) -> Iterator[Place]:
    start, stop = place
    return (span for span in spans if start <= span[0] and span[1] <= stop)


def _joined(tree: Hierarchy) -> dict[Place, tuple[Place, Place]]:
    """Where each merge's group stands and where the two it joins; the leaves are in order."""
    places: list[Place] = [(k, k + 1) for k in range(tree.d)]
    found = {}
    for a, b in tree.merges:
        first, second = sorted((places[a], places[b]))
        places.append((first[0], second[1]))
        found[places[-1]] = (first, second)
    return found


def chips(
    pieces: Sequence[str],
    values: FloatArray,
    errors: Array | None,
    parts: Sequence[Part],
    beyond: float,
) -> tuple[Chip, ...]:
    """Return the parts with their values; at the end one for the padding, where it carries any.

    Parameters
    ----------
    pieces, values, errors
        Of the sample's own tokens.
    parts : sequence of Part
        Which of them are one.
    beyond : float
        What all padded positions carry together.
    """
    made = []
    for part in parts:
        start, stop = part.start, part.stop
        whole = "".join(pieces[start:stop])
        text = whole.rstrip()
        error = float(errors[start]) if errors is not None and stop - start == 1 else None
        value = float(values[start:stop].sum())
        made.append(
            Chip(
                text, whole[len(text) :], value, error, stop - start,
                start=start, level=part.level, opens=part.opens, inside=part.inside,
            )
        )  # fmt: skip
    if beyond:
        if made:
            made[-1] = replace(made[-1], after=made[-1].after or " ")
        made.append(Chip(PADDING, "", beyond, tokens=0, is_padding=True))
    return tuple(made)


def open_ones(parts: Collection[Part], opened: Collection[Place]) -> tuple[Place, ...]:
    """Return those of `opened` that do stand open, in their order."""
    found = {place for part in parts for place in part.inside}
    return tuple(place for place in dict.fromkeys(opened) if place in found)


def toggled(opened: Collection[Place], chip: Chip) -> tuple[Place, ...]:
    """Return what is open after a click: a chip with parts opens, any other closes what holds it.

    The newest comes last.
    """
    if chip.opens:
        return (*opened, (chip.start, chip.start + chip.tokens))
    if not chip.inside:
        return tuple(opened)
    first, last = chip.inside[-1]
    return tuple(place for place in opened if not first <= place[0] < place[1] <= last)
