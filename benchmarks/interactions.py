"""Kernel's pairwise interactions beside least squares of order two, on games that are known whole.

    python -m benchmarks.interactions [--quick]

Both read the same pairs of coalitions. Prints the error of all pairs of features, relative to the
size of the exact interactions, and keeps the table in results/interactions.txt.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.kernel import tables
from shapviz.coalitions import Design, enumerate_all, paired_design
from shapviz.explainers.estimators import paired_plan
from shapviz.explainers.interactions import index_of

RESULTS = Path(__file__).parent / "results" / "interactions.txt"
BUDGETS = (256, 512, 1024, 2048)


def squares(design: Design, played: Any) -> Any:
    """The index (samples, d, d) by least squares on the even part; smallest where it is open.

    Weighted as the regression for the values is: unweighted was worse on most games.
    """
    P, d = design.pairs.shape
    even = (played[:, 2 : 2 + P] + played[:, 2 + P :] - played[:, :1] - played[:, 1:2]).T / 2
    signs = np.where(design.pairs, 1.0, -1.0)
    rows, columns = np.triu_indices(d, 1)
    # The empty and the full coalition are known: the terms are what differs from there.
    terms = signs[:, rows] * signs[:, columns] - 1.0
    root = np.sqrt(design.weights)[:, None]
    found = np.linalg.lstsq(terms * root, even * root, rcond=None)[0]
    index = np.zeros((len(played), d, d))
    index[:, rows, columns] = index[:, columns, rows] = 4 * found.T
    return index


def miss(found: Any, exact: Any) -> float:
    """Root of the squared errors of all pairs, relative to the exact ones'."""
    return float(np.sqrt(((found - exact) ** 2).sum() / (exact**2).sum()))


def compare(name: str, table: Any, seeds: int) -> Iterator[str]:
    """A row a game: error by least squares and by the process at each budget, and the time."""
    d = int(np.log2(table.shape[1]))
    exact = np.moveaxis(index_of(enumerate_all(d), table.T), -1, 0)
    if np.abs(exact).max() <= 1e-12 * np.abs(table).max():
        yield f"| {name} | no interactions |{' |' * len(BUDGETS)}"
        return
    cells, seconds, read = [], 0.0, 0
    for budget in BUDGETS:
        if budget >= 2**d:
            cells.append("")
            continue
        errors = []
        for seed in range(seeds):
            design = paired_design(d, budget, np.random.default_rng([seed, d]))
            played = table[:, design.coalitions @ (1 << np.arange(d))]
            started = perf_counter()
            pairs = paired_plan(design, "auto").pairs
            found = pairs(played[..., None])[..., 0] if pairs else np.zeros_like(exact)
            seconds, read = seconds + perf_counter() - started, read + len(table)
            errors.append((miss(squares(design, played), exact), miss(found, exact)))
        plain, process = np.sqrt(np.square(errors).mean(axis=0))
        cells.append(f"{plain:.2g} → {process:.2g}")
    yield f"| {name} | {' | '.join(cells)} | {1000 * seconds / read:.0f} |"


def main() -> None:
    """Print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two samples a game, one seed")
    quick = parser.parse_args().quick
    warnings.filterwarnings("ignore", message="Stochastic Optimizer")
    lines = [
        "Relative RMSE of interaction values: least squares of order two → Gaussian process",
        f"| game | {' | '.join(map(str, BUDGETS))} | ms a sample |",
        f"|{'---|' * (len(BUDGETS) + 2)}",
    ]
    print("\n".join(lines))
    for name, table in tables(2 if quick else 10):
        for text in compare(name, table, 1 if quick else 2):
            print(text, flush=True)
            lines.append(text)
    if not quick:
        RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
