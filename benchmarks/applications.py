"""Families of keras.applications with random weights through Deep: do the sums hold, how long.

``python -m benchmarks.applications [family …]`` prints each family's largest additivity gap and its
seconds, and keeps a whole run in results/applications.txt.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).resolve().parents[1]
KEPT = Path(__file__).parent / "results" / "applications.txt"


def main(chosen: list[str]) -> int:
    sys.path.insert(0, str(ROOT))
    import keras
    import tensorflow as tf

    from tests.coverage.test_applications import (
        BASELINES,
        FAMILIES,
        LARGEST_GAP,
        SAMPLES,
        largest_gap,
    )

    warnings.simplefilter("ignore")
    tf.get_logger().setLevel(logging.ERROR)
    lines = [
        f"Keras {keras.__version__}, random weights: {SAMPLES} samples × {BASELINES} background "
        "rows, one output",
        f"{'family':<20}{'pixels a side':>15}{'largest gap / change':>22}{'seconds':>10}",
    ]
    print("\n".join(lines), flush=True)
    beyond = 0
    for name in chosen or FAMILIES:
        started = time.perf_counter()
        gap = largest_gap(name)
        seconds = time.perf_counter() - started
        beyond += not gap <= LARGEST_GAP
        lines.append(f"{name:<20}{FAMILIES[name]:>15}{gap:>22.1e}{seconds:>10.0f}")
        print(lines[-1], flush=True)
    lines.append(f"{beyond} beyond {LARGEST_GAP:g}")
    print(lines[-1])
    if not chosen:
        KEPT.write_text("\n".join(lines) + "\n")
    return beyond


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
