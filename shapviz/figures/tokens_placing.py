"""Where each piece of a text stands: lines of a given width, right to left where it is read so.

Works in pixels with approximate widths, on a text's chips; draws nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from shapviz.figures.text import width
from shapviz.views.text_chips import Chip

__all__ = ["Segment", "is_right_to_left", "placed"]

PAD, TIGHT, GAP = 5, 1, 5
"""Space inside a chip, where it touches its neighbour, and between two."""
RIGHT_TO_LEFT = ("R", "AL")
MIRROR = str.maketrans("()[]{}<>\u00ab\u00bb", ")(][}{><\u00bb\u00ab")


@dataclass(frozen=True)
class Segment:
    """The part of a chip that stands on one line.

    Attributes
    ----------
    chip : int
        Its position among all.
    text : str
    line : int
    x, width : float
        Left edge and width in pixels, the space inside it included.
    is_widest : bool
        Whether no other part of its chip is wider: what is written under it stands here.
    """

    chip: int
    text: str
    line: int
    x: float
    width: float
    is_widest: bool = True


class _Atom(NamedTuple):
    """What is never broken unless it is wider than a line."""

    chip: int
    text: str
    before: str
    """"" where it touches what stands before, " ", or "\\n" where a line begins."""
    at_least: float
    """Pixels that it takes even where its text is narrower."""
    across: float
    """Pixels of its text."""
    is_sign: bool
    """Whether it is punctuation alone."""


def placed(
    chips: Sequence[Chip], wide: float, size: int, least: Sequence[float]
) -> tuple[Segment, ...]:
    """Return the chips' segments, line by line.

    Parameters
    ----------
    chips : sequence of Chip
    wide : float
        Width of a line.
    size : int
        Of the type.
    least : sequence of float
        Width that each chip has at least, for what is written under it.
    """
    segments: list[Segment] = []
    x, line = 0.0, 0
    for cluster in _clusters(_atoms(chips, wide, size, least)):
        widths = [_width(cluster, k) for k in range(len(cluster))]
        gap = cluster[0].before
        if (gap == "\n" and segments) or (x and x + GAP + sum(widths) > wide):
            x, line = 0.0, line + 1
        elif x:
            x += GAP
        for atom, across in zip(cluster, widths, strict=True):
            if x and x + across > wide:
                x, line = 0.0, line + 1
            segments.append(Segment(atom.chip, atom.text, line, x, across))
            x += across
    return tuple(_ordered(_joined(segments), wide))


def is_right_to_left(text: str) -> bool:
    """Return whether the first letter that has a direction is read from right to left."""
    kinds = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind in RIGHT_TO_LEFT for kind in kinds if kind in ("L", *RIGHT_TO_LEFT)), False)


def _is_sign(text: str) -> bool:
    """Whether it is punctuation alone, which stands without space inside."""
    return not text.isalnum() and all(unicodedata.category(sign)[0] == "P" for sign in text)


def _atoms(
    chips: Sequence[Chip], wide: float, size: int, least: Sequence[float]
) -> Iterator[_Atom]:
    before = "\n"
    for k, chip in enumerate(chips):
        for text, own in _words(chip.text):
            for part, across in _fitting(text, wide - 2 * PAD, size):
                # Only one word of a chip has to make room for its number.
                room = least[k] if own is None else 0.0
                own = before if own is None else own
                yield _Atom(k, part, own, room, across, _is_sign(part))
                own = before = ""
        before = "\n" if "\n" in chip.after else " " if chip.after else ""


def _words(text: str) -> Iterable[tuple[str, str | None]]:
    """Words of a chip with what stands before each: None before the first."""
    if text.split() == [text]:
        return ((text, None),)
    return _spaced(text)


def _spaced(text: str) -> Iterator[tuple[str, str | None]]:
    before: str | None = None
    for is_space, signs in groupby(text, str.isspace):
        run = "".join(signs)
        if is_space:
            before = "\n" if "\n" in run else " "
        else:
            yield run, before
            before = ""
    if not text.strip():
        yield "\u2423", None  # an open box: a token that is only a space


def _fitting(text: str, wide: float, size: int) -> Iterator[tuple[str, float]]:
    """A word in parts that fit a line, each with its width."""
    whole = width(text, size)
    if whole <= wide:
        yield text, whole
        return
    start, across = 0, 0.0
    for end, sign in enumerate(text):
        more = width(sign, size)
        if across + more > wide and end > start:
            yield text[start:end], across
            start, across = end, 0.0
        across += more
    yield text[start:], across


def _clusters(atoms: Iterator[_Atom]) -> Iterator[list[_Atom]]:
    """Atoms that touch."""
    found: list[_Atom] = []
    for atom in atoms:
        if atom.before and found:
            yield found
            found = []
        found.append(atom)
    if found:
        yield found


def _width(cluster: list[_Atom], k: int) -> float:
    atom = cluster[k]
    inside = 2 * TIGHT
    if not atom.is_sign:
        before = TIGHT if k > 0 and not cluster[k - 1].is_sign else PAD
        after = TIGHT if k + 1 < len(cluster) and not cluster[k + 1].is_sign else PAD
        inside = before + after
    return max(atom.across + inside, atom.at_least)


def _joined(segments: list[Segment]) -> list[Segment]:
    """Neighbours of one chip on one line as one."""
    found: list[Segment] = []
    for segment in segments:
        last = found[-1] if found else None
        if last is not None and (last.chip, last.line) == (segment.chip, segment.line):
            apart = segment.x - last.x - last.width > TIGHT
            text = f"{last.text}{' ' if apart else ''}{segment.text}"
            found[-1] = replace(last, text=text, width=segment.x + segment.width - last.x)
            continue
        found.append(segment)
    widest: dict[int, Segment] = {}
    for segment in found:
        if segment.chip not in widest or segment.width > widest[segment.chip].width:
            widest[segment.chip] = segment
    return [s if s is widest[s.chip] else replace(s, is_widest=False) for s in found]


def _ordered(segments: list[Segment], wide: float) -> Iterator[Segment]:
    """Each line as it is read: runs of the other direction turned round."""
    every = " ".join(segment.text for segment in segments)
    if not any(unicodedata.bidirectional(sign) in RIGHT_TO_LEFT for sign in set(every)):
        yield from segments
        return
    whole = is_right_to_left(every)
    for _, each in groupby(segments, lambda segment: segment.line):
        # Each is drawn alone, so nothing else turns brackets round.
        line = [replace(s, text=_mirrored(s.text)) if whole else s for s in each]
        if whole:
            line = [replace(s, x=wide - s.x - s.width) for s in line]
        turned = [_direction(s.text, whole) != whole for s in line]
        for is_turned, run in groupby(zip(turned, line, strict=True), lambda pair: pair[0]):
            together = [segment for _, segment in run]
            if not is_turned or len(together) == 1:
                yield from together
                continue
            left = min(s.x for s in together)
            right = max(s.x + s.width for s in together)
            yield from (replace(s, x=left + right - s.x - s.width) for s in together)


def _mirrored(text: str) -> str:
    """Signs without a letter or number, as they look where one reads from right to left."""
    return text[::-1].translate(MIRROR) if _is_sign(text) else text


def _direction(text: str, whole: bool) -> bool:
    """Whether it is read from right to left; what has no direction goes with the whole."""
    kinds = {unicodedata.bidirectional(sign) for sign in text}
    if not kinds & {"L", *RIGHT_TO_LEFT}:
        return whole
    return is_right_to_left(text)
