"""Who points at what was planted: a patch, a word, a window, a column.

    python -m benchmarks.pointing [--quick]

Generated samples whose cause is known (tests/planted/causes.py), small networks that have learnt
it. Hits: the share of samples whose largest value lies in what was planted; rank: of the best
planted place, 1 where it is a hit, averaged. Chance is the share of places that are planted.
Prints the table and keeps it in results/pointing.txt.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter

from tests.planted.causes import CAUSES, table

RESULTS = Path(__file__).parent / "results" / "pointing.txt"


def main() -> None:
    """Print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="twenty samples a cause")
    quick = parser.parse_args().quick
    n, lines, shown = (20 if quick else 100), [], None
    started = perf_counter()
    for cause, method, hits, rank in table(list(CAUSES), n):
        if cause.name != shown:
            shown = cause.name
            chance = cause.planted.mean()
            lines += [
                "",
                f"{cause.name}: {n} samples, network right on {cause.accuracy:.0%}, "
                f"chance {chance:.0%}",
                f"{'':<12}{'hits':>8}{'rank':>8}",
            ]
            print("\n".join(lines[-3:]), flush=True)
        lines.append(f"{method:<12}{hits:>8.0%}{rank:>8.2f}")
        print(lines[-1], flush=True)
    print(f"{perf_counter() - started:.0f} s")
    if not quick:
        RESULTS.write_text("\n".join(lines).strip() + "\n")


if __name__ == "__main__":
    main()
