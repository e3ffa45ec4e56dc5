"""The table of rules: one line an op. What is not in it is refused before anything is computed.

One file a family; `makers` has what the lines are made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from shapviz.errors import InputError, complaint
from shapviz.explainers.deep.rules import control, elementwise, moves, products, several
from shapviz.explainers.deep.rules.control import Control
from shapviz.explainers.deep.rules.makers import Rule

__all__ = ["ALTERNATIVES", "RULES", "VALUE_FREE", "Control", "Rule", "Rules", "choose", "chosen"]

Rules = Mapping[str, Rule | Control]
"""Op type → rule."""

RULES: dict[str, Rule | Control] = {
    **moves.RULES,
    **elementwise.RULES,
    **products.RULES,
    **several.RULES,
    **control.RULES,
}
"""Op type → rule."""

ALTERNATIVES: dict[str, dict[str, Rules]] = {
    "max": {"path": {}, "cross": several.TO_WINNER},
}
"""What may be chosen: name → choice → the lines it replaces in `RULES`. The first is the default.

"cross" gives the whole change of a maximum to the winner at whichever end is higher.
"""


def chosen(choices: Any) -> dict[str, str]:
    """The choices that differ from the defaults, checked.

    Raises
    ------
    InputError
        Not a table of names, or a name or a choice that there is not.
    """
    known = "; ".join(
        f"{name!r}: {' or '.join(map(repr, of))}" for name, of in ALTERNATIVES.items()
    )
    fix = f"Leave it out, or choose from {{{known}}}."
    if choices is None:
        return {}
    if not isinstance(choices, Mapping):
        raise InputError(complaint("rules", "be a dict of choices by name", choices, fix))
    for name, choice in choices.items():
        if name not in ALTERNATIVES:
            raise InputError(complaint("rules", "name rules there is a choice for", name, fix))
        if choice not in ALTERNATIVES[name]:
            rule = "be one of " + ", ".join(map(repr, ALTERNATIVES[name]))
            raise InputError(complaint(f"rules[{name!r}]", rule, choice, fix))
    return {
        name: choice
        for name, choice in sorted(choices.items())
        if choice != next(iter(ALTERNATIVES[name]))
    }


def choose(choices: Mapping[str, str]) -> Rules:
    """`RULES` with these choices, as a table that stays as it is."""
    table: dict[str, Rule | Control] = dict(RULES)
    for name, choice in choices.items():
        table.update(ALTERNATIVES[name][choice])
    return MappingProxyType(table)


VALUE_FREE = frozenset(
    {
        "Shape",
        "ShapeN",
        "Size",
        "Rank",
        "ZerosLike",
        "OnesLike",
        "TensorListLength",
        "TensorListElementShape",
    }
)
"""Ops whose outputs depend on their inputs' shapes alone, so that nothing passes through them."""
