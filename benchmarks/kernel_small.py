"""Kernel at two and four evaluations a feature beside shap's Permutation, on known games.

    python -m benchmarks.kernel_small [--quick]

2d + 1 evaluations are one antithetic permutation and one left over, 4d + 2 are two of each. shap
runs in a process of its own, at the same max_evals. Prints RMSE to exact values over samples and
seeds, and keeps the table in results/kernel_small.txt.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.kernel import KEPT, PEERS, exact_values, ours, rms, tables

RESULTS = Path(__file__).parent / "results" / "kernel_small.txt"
THEIRS = "shap Permutation"
OURS = ("auto", "wls")
SIZES = {"2d+1": (2, 1, 100), "4d+2": (4, 2, 10)}
"""Name of a size → evaluations a feature, evaluations more, seeds.

At 2d + 1 both walk one permutation there and back: they differ by luck alone, hence the seeds.
"""
ALLOWED = 1.05


def players(table: Any) -> int:
    """Number of players of a table."""
    return int(np.log2(table.shape[1]))


def of_shap(games: dict[str, Any], quick: bool) -> dict[str, Any]:
    """Its values under "game/method/budget", games of as many players together."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "tables.npz", Path(folder) / "values.npz"
        for d in sorted({players(table) for table in games.values()}):
            np.savez(given, **{n: table for n, table in games.items() if players(table) == d})
            for a, b, seeds in SIZES.values():
                asked = [THEIRS, str(a * d + b), str(2 if quick else seeds)]
                call = [sys.executable, PEERS, given, *asked, out, KEPT]
                subprocess.run(call, check=True, stdout=subprocess.DEVNULL)
                found |= dict(np.load(out))
    return found


def compare(games: dict[str, Any], theirs: dict[str, Any]) -> Iterator[str]:
    """Lines: one a game and size, then how often ours is within the allowance and lower."""
    yield f"{'':<26}{'':>6}{THEIRS:>18}" + "".join(f"{f'{e}':>10}{'ratio':>7}" for e in OURS)
    ratios: dict[tuple[str, str], list[float]] = {}
    for name, table in games.items():
        exact = exact_values(table)
        for size, (a, b, _) in SIZES.items():
            budget = a * players(table) + b
            found = theirs[f"{name}/{THEIRS}/{budget}"]
            error = rms(found - exact)
            cells = []
            for estimator in OURS:
                runs = [ours(table, estimator, budget, seed)[0] for seed in range(len(found))]
                mine = rms(np.stack(runs) - exact)
                ratios.setdefault((estimator, size), []).append(mine / error)
                cells.append(f"{mine:>10.5f}{mine / error:>7.3f}")
            yield f"{name:<26}{size:>6}{error:>18.5f}" + "".join(cells)
    yield ""
    for (estimator, size), each in ratios.items():
        those = np.array(each)
        yield (
            f"{estimator} at {size}: at most {ALLOWED} times on {(those <= ALLOWED).sum()} of "
            f"{len(those)} games, lower on {(those < 1).sum()}; largest {those.max():.3f}, "
            f"geometric mean {np.exp(np.log(those).mean()):.3f}"
        )


def main() -> None:
    """Print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two seeds, nothing kept")
    quick = parser.parse_args().quick
    warnings.filterwarnings("ignore", message="Stochastic Optimizer")
    games = dict(tables(10))
    seeds = ", ".join(f"{2 if quick else n} seeds at {size}" for size, (_, _, n) in SIZES.items())
    lines = [f"RMSE to exact values, 10 samples, {seeds}"]
    print(lines[0], flush=True)
    for text in compare(games, of_shap(games, quick)):
        print(text, flush=True)
        lines.append(text)
    if not quick:
        RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
