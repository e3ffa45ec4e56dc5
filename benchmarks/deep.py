"""Deep against shap and against Shapley values: values, errors, seconds, memory.

    python -m benchmarks.deep [PART ...]

Prints the tables of these parts, all if none is named, and keeps each in
benchmarks/results/deep_PART.txt. shap runs in child processes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.deep_parts import agreement, cost, digits, memory, rules, small

RESULTS = Path(__file__).parent / "results"

PARTS: dict[str, Callable[[], Iterator[str]]] = {
    # First: what a process has once held counts in its peak.
    "memory": memory.table,
    "agreement": agreement.table,
    "digits": digits.table,
    "small": small.table,
    "rules": rules.table,
    "cost": cost.table,
}


def main() -> None:
    """Print the tables and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parts = parser.parse_args().parts or list(PARTS)
    for name in parts:
        if name not in PARTS:
            parser.error(f"there is no part {name}; there are {', '.join(PARTS)}")
    for name in parts:
        lines = []
        for line in PARTS[name]():
            print(line, flush=True)
            lines.append(line)
        (RESULTS / f"deep_{name}.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
