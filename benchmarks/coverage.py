"""Every public name of keras.layers, keras.activations and keras.ops through Deep.

``python -m benchmarks.coverage [space.name …]`` prints counts per class and the names that do not
do what their class says, and keeps both in results/coverage.txt; a whole sweep also keeps which
names meet which op, for docs/op-rules.md.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections import Counter, defaultdict
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).resolve().parents[1]
KEPT = Path(__file__).parent / "results" / "coverage.txt"
MET = ROOT / "tests" / "coverage" / "met.json"


def main(chosen: list[str]) -> int:
    sys.path.insert(0, str(ROOT))
    import keras

    from tests.coverage.cases import cases, tables, verdict
    from tests.coverage.probe import CLASSES

    warnings.simplefilter("ignore")
    failed: dict[str, str] = {}
    met: dict[str, list[str]] = defaultdict(list)
    probed: Counter[tuple[str, str]] = Counter()
    started = time.perf_counter()
    for case in cases():
        if chosen and str(case) not in chosen:
            continue
        ops: set[str] = set()
        said = verdict(case, ops)
        probed[case.space, case.entry.kind] += 1
        for op in ops:
            met[op].append(str(case))
        if said is not None:
            failed[str(case)] = said
            print(f"{case}: {said}", flush=True)
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
    lines += [
        "",
        f"{sum(probed.values())} probes in {seconds:.0f} s; "
        f"{len(failed)} do not do what their class says",
        *(f"{name}: {said}" for name, said in sorted(failed.items())),
    ]
    print("\n".join(lines))
    if not chosen:
        KEPT.write_text("\n".join(lines) + "\n")
        kept = {op: sorted(names) for op, names in sorted(met.items())}
        MET.write_text(json.dumps(kept, indent=0) + "\n")
    return len(failed)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
