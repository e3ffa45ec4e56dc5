"""Checks of view options. Nothing here reads SHAP values."""

from __future__ import annotations

from collections.abc import Sequence

from shapviz.errors import InputError, complaint

__all__ = ["at_least_one", "one_of"]


def at_least_one(name: str, value: int) -> None:
    """Raise InputError unless `value` is a whole number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(complaint(name, "be a whole number from 1 on", value, "Use 9 or 20."))


def one_of(name: str, value: object, allowed: Sequence[str]) -> None:
    """Raise InputError unless `value` is one of the allowed words."""
    if value not in allowed:
        raise InputError(
            complaint(name, f"be one of {', '.join(map(repr, allowed))}", value, "Choose one.")
        )
