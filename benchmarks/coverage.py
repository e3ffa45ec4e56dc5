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


def judged(name: str) -> tuple[str, str | None, set[str], float]:
    """A name, what is wrong with it, the ops it met, and its seconds."""
    case = known()[name]
    from tests.coverage.cases import verdict

    ops: set[str] = set()
    started = time.perf_counter()
    try:
        said = verdict(case, ops)
    except Exception as error:
        # The sweep is to name every failure, this one too.
        said = f"{type(error).__name__}: {' '.join(str(error).split())[-300:]}"
    return name, said, ops, time.perf_counter() - started


def swept(names: list[str]) -> Iterator[tuple[str, str | None, set[str], float]]:
    """All verdicts, by as many processes as there are cores."""
    if len(names) == 1:
        yield judged(names[0])
        return
    cores = min(len(os.sched_getaffinity(0)), len(names))
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        yield from pool.imap_unordered(judged, names)


def main(chosen: list[str]) -> int:
    names = chosen or list(known())
    import keras

    from tests.coverage.cases import tables
    from tests.coverage.probe import CLASSES

    failed: dict[str, str] = {}
    met: dict[str, list[str]] = defaultdict(list)
    probed: Counter[tuple[str, str]] = Counter()
    took: dict[str, float] = {}
    started = time.perf_counter()
    for name, said, ops, seconds in swept(names):
        case = known()[name]
        probed[case.space, case.entry.kind] += 1
        took[name] = seconds
        for op in ops:
            met[op].append(name)
        if said is not None:
            failed[name] = said
            print(f"{name}: {said}", flush=True)
    seconds = time.perf_counter() - started
    spaces = tables()
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
    slowest = sorted(took, key=lambda name: -took[name])[:SLOWEST]
    lines += [
        "",
        f"{sum(probed.values())} probes in {seconds:.0f} s "
        f"({sum(took.values()):.0f} s of processes, {len(os.sched_getaffinity(0))} cores); "
        f"{len(failed)} do not do what their class says",
        *(f"{name}: {said}" for name, said in sorted(failed.items())),
        "slowest: " + ", ".join(f"{name} {took[name]:.0f} s" for name in slowest),
    ]
    print("\n".join(lines))
    if not chosen:
        KEPT.write_text("\n".join(lines) + "\n")
        kept = {op: sorted(found) for op, found in sorted(met.items())}
        MET.write_text(json.dumps(kept, indent=0) + "\n")
    return len(failed)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
