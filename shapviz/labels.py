"""How numbers, dates and names are written for people, everywhere the same."""

from __future__ import annotations

import html
import math
from datetime import datetime

__all__ = [
    "DASH",
    "LIME_MARK",
    "LIME_WEIGHT",
    "MINUS",
    "NARROW_SPACE",
    "count",
    "date",
    "escape",
    "gap",
    "number",
    "percent",
    "plural",
    "several",
    "shorten",
    "signed",
    "value_name",
    "with_unit",
]

LIME_WEIGHT, LIME_MARK = "LIME weight", "(LIME)"
"""The unit of LIME's weights where the model has none, and what follows the model's own."""

MINUS = "\u2212"
NARROW_SPACE = "\u202f"
DASH = "\u2013"
_TINY, _THOUSAND, _HUGE = 1e-4, 1e3, 1e7
_ROUNDING = 1e-9
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _is_missing(x: object) -> bool:
    return x is None or (isinstance(x, float) and math.isnan(x))


def _group(digits: str) -> str:
    """Return digits with narrow spaces at the thousands, from four digits on."""
    whole, point, rest = digits.partition(".")
    grouped = f"{int(whole):,}".replace(",", NARROW_SPACE) if whole else whole
    return f"{grouped}{point}{rest}"


def _positive(x: float, digits: int) -> str:
    if math.isinf(x):
        return "∞"
    if x == 0:
        return "0"
    if x < _TINY or x >= _HUGE:
        mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
        return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    decimals = max(0, digits - 1 - math.floor(math.log10(x)))
    return _group(f"{x:.{decimals}f}")


def number(x: float | None, digits: int = 3) -> str:
    """Return a number with `digits` significant digits and a true minus sign.

    Parameters
    ----------
    x : float or None
        None and NaN are missing and become an en dash.
    digits : int, default 3
        Significant digits; whole digits are never dropped.

    Returns
    -------
    str

    Examples
    --------
    >>> number(0.02901), number(-1.2345), number(None)
    ('0.0290', '−1.23', '–')
    """
    if _is_missing(x):
        return DASH
    x = float(x)  # type: ignore[arg-type]
    return f"{MINUS if x < 0 else ''}{_positive(abs(x), digits)}"


def signed(x: float | None, decimals: int = 2) -> str:
    """Return a SHAP value with its sign: ``+1.40``, ``−0.95``, ``0.00``.

    Values too small to show at these decimals get significant digits instead, so that a
    model with small outputs does not read as zeros; from a thousand on decimals go.

    Examples
    --------
    >>> signed(1.4), signed(-0.951), signed(0.0), signed(0.00042)
    ('+1.40', '−0.95', '0.00', '+0.00042')
    >>> signed(-1234.56) == "−1" + NARROW_SPACE + "235", signed(6.2e32)
    (True, '+6.20×10³²')
    """
    if _is_missing(x):
        return DASH
    x = float(x)  # type: ignore[arg-type]
    sign = "+" if x > 0 else MINUS if x < 0 else ""
    size = abs(x)
    if size != 0 and (size < 0.5 * 10**-decimals or math.isinf(size)):
        return f"{sign}{_positive(size, 2)}"
    if size >= _THOUSAND:
        return f"{sign}{_positive(size, 3)}"
    return f"{sign}{_group(f'{size:.{decimals}f}')}"


def gap(x: float | None, *, sign: bool = False) -> str:
    """Return an additivity gap; what is only the arithmetic's rounding reads as such.

    Examples
    --------
    >>> gap(0.0061), gap(3e-17), gap(-0.0082, sign=True), gap(None)
    ('0.0061', '<10⁻⁹', '−0.008', '–')
    """
    if x is not None and 0 < abs(x) < _ROUNDING:
        return "<10⁻⁹"
    return signed(x, 3) if sign else number(x, 2)


def percent(p: float | None) -> str:
    """Return a probability as a percentage: ``80.8%``, ``<0.1%``, ``>99.9%``.

    Examples
    --------
    >>> percent(0.8081), percent(0.0001), percent(0.9999), percent(1.0)
    ('80.8%', '<0.1%', '>99.9%', '100%')
    """
    if _is_missing(p):
        return DASH
    p = float(p)  # type: ignore[arg-type]
    if p in (0.0, 1.0):
        return f"{p:.0%}"
    if 0 < p < 0.001:
        return "<0.1%"
    if 0.999 < p < 1:
        return ">99.9%"
    return f"{100 * p:.1f}%".replace("-", MINUS)


def count(n: int) -> str:
    """Return a whole number with narrow spaces at the thousands.

    Examples
    --------
    >>> count(1299) == "1" + NARROW_SPACE + "299"
    True
    """
    return f"{int(n):,}".replace(",", NARROW_SPACE).replace("-", MINUS)


def plural(noun: str) -> str:
    """Return an English noun's regular plural.

    Examples
    --------
    >>> plural("biopsy"), plural("patient"), plural("box"), plural("day")
    ('biopsies', 'patients', 'boxes', 'days')
    """
    if noun.endswith("y") and noun[-2:-1] not in tuple("aeiou"):
        return f"{noun[:-1]}ies"
    return f"{noun}{'es' if noun.endswith(('s', 'x', 'ch', 'sh')) else 's'}"


def several(n: int, noun: str) -> str:
    """Return a counted noun.

    Examples
    --------
    >>> several(1, "biopsy"), several(401, "biopsy")
    ('1 biopsy', '401 biopsies')
    """
    return f"{count(n)} {noun if n == 1 else plural(noun)}"


def with_unit(x: object, unit: str | None) -> str:
    """Return a raw feature value with its unit; text stays text, missing is an en dash.

    Examples
    --------
    >>> with_unit(106.2, "px²") == "106" + NARROW_SPACE + "px²"
    True
    >>> with_unit("red", None)
    'red'
    """
    if _is_missing(x) or str(x) in ("nan", "NaT", "<NA>"):
        return DASH
    if isinstance(x, str | bytes | bool) or not hasattr(x, "__float__"):
        text = str(x)
    elif float(x) == int(float(x)) if math.isfinite(float(x)) else False:
        text = count(int(float(x))) if abs(float(x)) < _HUGE else number(float(x))
    else:
        text = number(float(x))
    return f"{text}{NARROW_SPACE}{unit}" if unit else text


def date(moment: datetime) -> str:
    """Return a readable date: ``12 Nov 2026, 09:40``, in the moment's own time zone.

    Examples
    --------
    >>> date(datetime(2026, 11, 12, 9, 40))
    '12 Nov 2026, 09:40'
    """
    return f"{moment.day} {moment:%b %Y, %H:%M}"


def shorten(name: str, longest: int = 28) -> str:
    """Return a name cut in the middle, so that start and end stay readable.

    Examples
    --------
    >>> shorten("Time since the very last payment", 20)
    'Time sinc … payment'
    """
    if len(name) <= longest:
        return name
    tail = max(1, (longest - 3) // 2)
    head = longest - 3 - tail
    return f"{name[:head].rstrip()} … {name[-tail:].lstrip()}"


def escape(text: object) -> str:
    """Return text that Plotly and HTML show as it is: no tags, no ``%{}`` templates.

    Examples
    --------
    >>> escape("<b>%{x}</b>")
    '&lt;b&gt;&#37;{x}&lt;/b&gt;'
    """
    return html.escape(str(text), quote=True).replace("%{", "&#37;{")


def value_name(units: str) -> str:
    """Return what a value in these units is called; only Shapley-like ones are SHAP values.

    Examples
    --------
    >>> value_name("log-odds"), value_name("log-odds (LIME)")
    ('SHAP value', 'LIME weight')
    """
    marked = units == LIME_WEIGHT or units.endswith(LIME_MARK)
    return LIME_WEIGHT if marked else "SHAP value"
