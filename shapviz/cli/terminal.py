"""The terminal: whether there is one, and text that cannot steer it."""

from __future__ import annotations

import sys
import unicodedata

__all__ = ["DOWN", "UP", "asks", "is_terminal", "one_line"]

UP, DOWN = "#C14F18", "#2672B7"
UNPRINTED = ("Cc", "Cs", "Zl", "Zp")
"""Unicode categories: controls, half characters, line and paragraph ends."""


def is_terminal() -> bool:
    """Return whether people read along."""
    return sys.stdout.isatty()


def asks() -> bool:
    """Return whether a question would be answered."""
    return sys.stdin.isatty()


def one_line(text: object) -> str:
    """Return text with a space for whatever would break the line or steer the terminal."""
    return "".join(" " if unicodedata.category(c) in UNPRINTED else c for c in str(text))
