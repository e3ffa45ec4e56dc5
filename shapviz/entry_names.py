"""Names of a signal window's entries: made of the signals' names, and read back from them."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["by_signal", "for_entries", "signals_of", "units_for_entries"]

_WRITTEN = (
    re.compile(r"^(?P<signal>.+), t = (?P<time>\d+)$", re.DOTALL),
    re.compile(r"^time (?P<time>\d+), (?P<signal>.+)$", re.DOTALL),
)
"""How this package writes an entry of a window, and how it names one that nobody named."""


def by_signal(signals: Sequence[str], steps: int) -> tuple[str, ...]:
    """Return a name per entry of a window, flat: signal and time step.

    Examples
    --------
    >>> by_signal(["speed", "heat"], 2)
    ('speed, t = 0', 'heat, t = 0', 'speed, t = 1', 'heat, t = 1')
    """
    return tuple(f"{signal}, t = {t}" for t in range(steps) for signal in signals)


def for_entries(names: Sequence[str], shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return names as given, or, where they name a window's signals, one for each entry.

    Examples
    --------
    >>> for_entries(["speed"], (2, 1))
    ('speed, t = 0', 'speed, t = 1')
    """
    if _are_signals(names, shape):
        return by_signal(names, shape[0])
    return tuple(names)


def units_for_entries(units: Sequence[str], shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return units as given, or, where they are of a window's signals, one for each entry."""
    return tuple(units) * shape[0] if _are_signals(units, shape) else tuple(units)


def _are_signals(labels: Sequence[str], shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 and shape[0] > 1 and len(labels) == shape[1]


def signals_of(names: Sequence[str], shape: tuple[int, int]) -> tuple[str, ...]:
    """Return the signals' names, read from those of a window's entries.

    Names that tell no signal give "feature 0" and on.

    Examples
    --------
    >>> signals_of(("speed, t = 0", "heat, t = 0", "speed, t = 1", "heat, t = 1"), (2, 2))
    ('speed', 'heat')
    """
    steps, features = shape
    for pattern in _WRITTEN:
        read = [pattern.match(name) for name in names[: steps * features]]
        found = [(match["signal"], int(match["time"])) for match in read if match]
        signals = [signal for signal, _ in found[:features]]
        if len(signals) == features and found == [
            (signal, t) for t in range(steps) for signal in signals
        ]:
            return tuple(signals)
    return tuple(f"feature {j}" for j in range(features))
