"""The table of rules: one line an op. What is not in it is refused before anything is computed.

One file a family; `makers` has what the lines are made of.
"""

from __future__ import annotations

from shapviz.explainers.deep.rules import control, elementwise, moves, products, several
from shapviz.explainers.deep.rules.control import Control
from shapviz.explainers.deep.rules.makers import Rule

__all__ = ["RULES", "VALUE_FREE", "Control", "Rule"]

RULES: dict[str, Rule | Control] = {
    **moves.RULES,
    **elementwise.RULES,
    **products.RULES,
    **several.RULES,
    **control.RULES,
}
"""Op type → rule."""

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
