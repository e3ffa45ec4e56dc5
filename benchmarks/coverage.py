"""Every public name of keras.layers, keras.activations and keras.ops through Deep.

``python -m benchmarks.coverage [space.name …]`` prints counts per class and the names that do not
do what their class says, and keeps both in results/coverage.txt; a whole sweep also keeps which
names meet which op, for docs/op-rules.md.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).resolve().parents[1]
KEPT = Path(__file__).parent / "results" / "coverage.txt"
MET = ROOT / "tests" / "coverage" / "met.json"
SLOWEST = 10


@cache
def known() -> dict[str, Any]:
    """Every name that has a probe, in a process that keeps quiet about retracing."""
    sys.path.insert(0, str(ROOT))
    import tensorflow as tf

    from tests.coverage.cases import cases

    warnings.simplefilter("ignore")
    # Each probe is a model of its own, so that each traces anew.
    tf.get_logger().setLevel(logging.ERROR)
    return {str(case): case for case in cases()}


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a name if anything is, the ops it met, and its processor seconds."""

    said: str | None
    ops: frozenset[str]
    seconds: float


def judged(name: str) -> tuple[str, Verdict]:
    """A name, and the verdict on it."""
    case = known()[name]
    from tests.coverage.cases import verdict

    ops: set[str] = set()
    started = time.process_time()
    try:
        said = verdict(case, ops)
    except Exception as error:
        # The sweep is to name every failure, this one too.
        said = f"{type(error).__name__}: {' '.join(str(error).split())[-300:]}"
    return name, Verdict(said, frozenset(ops), time.process_time() - started)


def swept(names: list[str]) -> Iterator[tuple[str, Verdict]]:
    """All verdicts, by as many processes as there are cores."""
    if len(names) == 1:
        yield judged(names[0])
        return
    cores = min(len(os.sched_getaffinity(0)), len(names))
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        yield from pool.imap_unordered(judged, names)


def table_of(results: dict[str, Verdict], wall: float) -> list[str]:
    """Counts per class, what is not probed and why, what failed, and what took longest."""
    import keras

    from tests.coverage.cases import tables
    from tests.coverage.probe import CLASSES

    spaces, cases = tables(), known()
    probed = Counter((cases[name].space, cases[name].entry.kind) for name in results)
    lines = [
        f"Keras {keras.__version__}: public names by class, and how many of them are probed",
        f"{'':<48}" + "".join(f"{space:>18}" for space in spaces),
    ]
    for kind in CLASSES:
        counts = [sum(e.kind == kind for e in table.values()) for table in spaces.values()]
        cells = [
            f"{count} ({probed[space, kind]})" for space, count in zip(spaces, counts, strict=True)
        ]
        lines.append(f"{kind:<48}" + "".join(f"{cell:>18}" for cell in cells))
    unprobed: dict[str, list[str]] = defaultdict(list)
    for space, table in spaces.items():
        for name, entry in table.items():
            if entry.why:
                unprobed[entry.why].append(f"{space}.{name}")
    lines += ["", "not probed:", *(f"  {why}: {', '.join(n)}" for why, n in unprobed.items())]
    failed = sorted((name, found.said) for name, found in results.items() if found.said)
    work = sum(found.seconds for found in results.values())
    slowest = sorted(results, key=lambda name: -results[name].seconds)[:SLOWEST]
    return [
        *lines,
        "",
        f"{len(results)} probes in {wall:.0f} s, {work:.0f} s of processor time; "
        f"{len(failed)} do not do what their class says",
        *(f"{name}: {said}" for name, said in failed),
        "most work: " + ", ".join(f"{name} {results[name].seconds:.0f} s" for name in slowest),
    ]


def main(chosen: list[str]) -> int:
    results: dict[str, Verdict] = {}
    started = time.perf_counter()
    for name, found in swept(chosen or list(known())):
        results[name] = found
        if found.said is not None:
            print(f"{name}: {found.said}", flush=True)
    lines = table_of(results, time.perf_counter() - started)
    print("\n".join(lines))
    if not chosen:
        keep(results, lines)
    return sum(found.said is not None for found in results.values())


def keep(results: dict[str, Verdict], lines: list[str]) -> None:
    """Write a whole sweep's table, and which names meet which op."""
    met: dict[str, list[str]] = defaultdict(list)
    for name, found in results.items():
        for op in found.ops:
            met[op].append(name)
    KEPT.write_text("\n".join(lines) + "\n")
    kept = {op: sorted(names) for op, names in sorted(met.items())}
    MET.write_text(json.dumps(kept, indent=0) + "\n")


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
