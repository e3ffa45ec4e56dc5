"""docs/op-rules.md from the registry of rules, by ``python -m shapviz.explainers.deep.table``.

Needs no TensorFlow. Which Keras names put a rule to the test is read from what the coverage sweep
last found, ``tests/coverage/met.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from shapviz.explainers.deep.discrete_rules import DISCRETE
from shapviz.explainers.deep.rules import RULES, VALUE_FREE

__all__ = ["rules_page"]

HEAD = """\
# Which rule each op gets

Written by `python -m shapviz.explainers.deep.table` from the rules in
`shapviz/explainers/deep/rules/`; a test holds it up to date. An op that is not here is refused
before anything is computed, with its name and layer. `shapviz doctor MODEL.keras` says the same of
one model.

| kind | what happens to a change that comes in |
|---|---|
"""

KINDS = {
    "identity": "handed on as it is",
    "linear": "the op's own transpose",
    "secant": "divided by the change of the operand; with two varying operands, the two-player "
    "Shapley value",
    "step": "as a secant, booleans and integers carried as the numbers they are",
    "choice": "which operand is taken is a player beside the operands: two-player Shapley value",
    "product": "linear in each operand: two-player Shapley value, the other at its midpoint",
    "quotient": "a product with a reciprocal",
    "composition": "taken apart into other rules",
    "path": "the straight path of all operands together, in closed form or on quadrature nodes",
    "quadrature": "local integrated gradients on quadrature nodes",
    "control": "its bodies are entered and replayed like the model itself",
}
"""Words for each kind of rule."""

RESIDUALS = """
"Exact" rules put nothing back. With "residual projected" the quadrature's small error of the sum
is put back; the largest is `provenance["largest_residual"]`.

"""

SHOWN = 3


def _probed(names: Sequence[str]) -> str:
    if not names:
        return "tests/explainers/deep/"
    more = len(names) - SHOWN
    return ", ".join(f"`{name}`" for name in names[:SHOWN]) + (f" and {more} more" * (more > 0))


def rules_page(met: Mapping[str, Sequence[str]]) -> str:
    """The page's text.

    Parameters
    ----------
    met : mapping
        Op → Keras names whose probe in the coverage sweep meets it.
    """
    kinds = sorted({rule.kind for rule in RULES.values()}, key=list(KINDS).index)
    lines = [HEAD + "\n".join(f"| {kind} | {KINDS[kind]} |" for kind in kinds)]
    lines += [RESIDUALS + "| op | rule | exactness | tested by |\n|---|---|---|---|"]
    lines += [
        f"| {op} | {rule.kind} | {rule.exactness} | {_probed(met.get(op, ()))} |"
        for op, rule in sorted(RULES.items())
    ]
    lines += [
        "\n## Where floats are made of what cannot be differentiated\n",
        "Token ids, words and categories have no slopes. Their contributions are those of the "
        "floats made of them, kept on the positions that they came from, through:\n",
        ", ".join(sorted(DISCRETE)) + ".",
        "\n## Where nothing passes\n",
        "These depend on shapes alone: " + ", ".join(sorted(VALUE_FREE)) + ".",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page of the repository one is in."""
    met = json.loads(Path("tests/coverage/met.json").read_text())
    Path("docs/op-rules.md").write_text(rules_page(met))


if __name__ == "__main__":
    main()
