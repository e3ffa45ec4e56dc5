"""The words beside a figure: spans with a role, and the small grammar every sentence shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from shapviz.labels import DASH, LIME_MARK, NARROW_SPACE, number, percent, signed, with_unit

__all__ = [
    "Role",
    "Span",
    "alt_text",
    "amount_text",
    "axis_percent",
    "called",
    "described",
    "effect",
    "effect_text",
    "headed",
    "inline",
    "join",
    "measured",
    "quoted",
    "said_units",
    "say",
    "scaled",
    "share",
    "spell",
    "strong",
]

Role = Literal["plain", "strong", "up", "down"]

PROBABILITY = "probability"
"""Units under which outputs are written as percentages, and SHAP values as points of them."""

CLASS_UNITS = ("", "log-odds", PROBABILITY)
"""Units of outputs that are classes; without units they are taken for such."""

_SPELLED = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


@dataclass(frozen=True)
class Span:
    """A piece of a sentence.

    Attributes
    ----------
    text : str
        Not escaped; whoever draws it escapes it.
    role : {"plain", "strong", "up", "down"}
        How it stands out: bold, or bold in the colour of a direction.
    """

    text: str
    role: Role = "plain"


def strong(text: str) -> Span:
    """Return a span in bold."""
    return Span(text, "strong")


def effect(value: float, units: str = "") -> Span:
    """Return a SHAP value with its sign, in the colour of its direction."""
    role: Role = "up" if value > 0 else "down" if value < 0 else "strong"
    return Span(effect_text(value, units), role)


def scaled(value: float, units: str) -> float:
    """Return a SHAP value as it is written: where outputs read as percentages, 100 times it."""
    return 100 * value if units == PROBABILITY else value


def said_units(units: str) -> str:
    """Return the units that a written SHAP value is in.

    Examples
    --------
    >>> said_units("probability"), said_units("€"), scaled(0.25, "probability")
    ('percentage points', '€', 25.0)
    """
    return "percentage points" if units == PROBABILITY else units


def measured(text: str, units: str) -> str:
    """Return a written number with ``pp`` where it counts percentage points."""
    return f"{text}{NARROW_SPACE}pp" if units == PROBABILITY else text


def effect_text(value: float, units: str = "", decimals: int = 2) -> str:
    """Return a SHAP value with its sign; in percentage points where outputs are percentages.

    Examples
    --------
    >>> effect_text(0.0803), effect_text(0.0803, "probability") == "+8.0\u202fpp"
    ('+0.08', True)
    """
    shown = decimals - 1 if units == PROBABILITY else decimals
    return measured(signed(scaled(value, units), shown), units)


def amount_text(value: float, units: str = "", digits: int = 3) -> str:
    """Return a size, such as a standard error, written like the SHAP values beside it."""
    return measured(number(scaled(value, units), digits), units)


def called(name: str, units: str = "") -> str:
    """Return an output’s name as it reads beside numbers; one that is a number says what it is.

    Examples
    --------
    >>> called("malignant"), called("5"), called("5", "€")
    ('malignant', 'class 5', 'output 5')
    """
    if not name.lstrip("+-").replace(".", "", 1).isdecimal():
        return name
    own = units.removesuffix(LIME_MARK).strip()
    return f"{'class' if own in CLASS_UNITS else 'output'} {name}"


def quoted(name: str, units: str = "") -> str:
    """Return an output’s name in quotes; one that is a number as `called` has it.

    Examples
    --------
    >>> quoted("malignant"), quoted("5")
    ('“malignant”', 'class 5')
    """
    said = called(name, units)
    return f"\u201c{name}\u201d" if said == name else said


def headed(name: str, units: str = "") -> str:
    """Return what stands over a picture of one output: `quoted`, with a capital."""
    said = quoted(name, units) if name else "output"
    return said[0].upper() + said[1:]


def say(*parts: str | Span | Iterable[Span]) -> tuple[Span, ...]:
    """Return one sentence from strings and spans; neighbouring plain pieces become one."""
    spans: list[Span] = []
    for part in parts:
        pieces = (
            [Span(part)] if isinstance(part, str) else [part] if isinstance(part, Span) else part
        )
        for span in pieces:
            if not span.text:
                continue
            if spans and spans[-1].role == span.role == "plain":
                spans[-1] = Span(spans[-1].text + span.text)
            else:
                spans.append(span)
    return tuple(spans)


def alt_text(sentence: Sequence[Span]) -> str:
    """Return a sentence without its roles, for `alt` texts and logs."""
    return "".join(span.text for span in sentence)


def spell(n: int) -> str:
    """Return small whole numbers as words: ``"nine"``; from eleven on as digits.

    Examples
    --------
    >>> spell(9), spell(12)
    ('nine', '12')
    """
    return _SPELLED[n] if 0 <= n < len(_SPELLED) else str(n)


def inline(name: str) -> str:
    """Return a feature's name as it reads inside a sentence.

    Only an ordinary capitalised word loses its capital; codes, acronyms and names that are not
    in lower case otherwise stay as they are.

    Examples
    --------
    >>> inline("Worst area"), inline("BMI"), inline("HbA1c"), inline("s5")
    ('worst area', 'BMI', 'HbA1c', 's5')
    """
    first = name.split(" ", 1)[0]
    if len(first) > 1 and first[0].isupper() and first[1:].islower() and first.isalpha():
        return name[0].lower() + name[1:]
    return name


def join(parts: Sequence[Sequence[Span]], last: str = " and ") -> tuple[Span, ...]:
    """Return sentences' parts as an enumeration: a, b and c."""
    out: list[str | Span | Iterable[Span]] = []
    for i, part in enumerate(parts):
        if i:
            out.append(last if i == len(parts) - 1 else ", ")
        out.append(part)
    return say(*out)


def described(name: str, value: object, unit: str, *, known: bool, opening: bool = False) -> str:
    """Return a feature with its value: ``perimeter error of 8.08 px``, ``sex “female”``."""
    shown = name if opening else inline(name)
    if not known:
        return shown
    text = with_unit(value, unit)
    if text == DASH:
        return f"{shown}, missing"
    if isinstance(value, str | bytes):
        return f"{shown} \u201c{text}\u201d"
    return f"{shown} of {text}"


def share(part: float) -> str:
    """Return a share of a whole in whole percent: ``61%``; tiny ones as ``<1%``."""
    return "<1%" if 0 < part < 0.005 else f"{100 * part:.0f}%"


def axis_percent(p: float) -> str:
    """Return a probability for an axis: no decimals between 10% and 90%."""
    if 0.0995 <= p <= 0.9005:
        return f"{100 * p:.0f}%"
    return percent(p)
