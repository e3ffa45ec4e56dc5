"""What the store itself costs at a million samples: writing in parts, reading a row, a feature.

``python -m benchmarks.store [rows]``. Beside every figure stands what it is measured against on the
same machine in the same run: writing and reading the same bytes as plain files. "Cold" is a fresh
process after the system was asked to forget the store's files (``posix_fadvise``, DONTNEED); what
the process itself needs to start (imports) is left out.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from shapviz.explanation import Explanation
from shapviz.store import Store
from shapviz.store.row_digests import row_digests
from shapviz.store.staging import stage_part, stage_row_digests

FEATURES, OUTPUTS, PART = 50, 3, 20_000
REPEATS = 5

COLD = """
import json, sys, time
from pathlib import Path
from benchmarks.store import forget
from shapviz.store import Store
folder = Path(sys.argv[1])
for method, *arguments in json.loads(sys.argv[2]):
    forget(folder)
    store = Store(folder)
    wall, cpu = time.perf_counter(), time.process_time()
    getattr(store, method)(*arguments)
    print(time.perf_counter() - wall, time.process_time() - cpu)
"""


def piece(rng: np.random.Generator, start: int, stop: int, weights: Any) -> Explanation:
    """What a cheap explainer would give: noise, with a third of the features without effect."""
    data = rng.standard_normal((stop - start, FEATURES), dtype=np.float32)
    values = data[:, :, None] * weights
    base = np.zeros(OUTPUTS)
    return Explanation(
        values=values,
        base_values=base,
        predictions=base + values.sum(axis=1, dtype=np.float64),
        data=data,
        feature_names=[f"feature {j}" for j in range(FEATURES)],
        output_names=["a", "b", "c"],
        sample_names=[str(i) for i in range(start, stop)],
        provenance={"explainer": "made", "seconds": 0.1, "model_rows": stop - start},
    )


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Wall and processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def forget(folder: Path) -> None:
    """Ask the system to drop the files from its memory."""
    os.sync()
    for file in folder.rglob("*"):
        if file.is_file():
            descriptor = os.open(file, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def cold(folder: Path, calls: list[list[Any]]) -> list[tuple[float, float]]:
    """Wall and processor seconds of calls in a fresh process, the files forgotten before each."""
    out = subprocess.run(
        [sys.executable, "-c", COLD, str(folder), json.dumps(calls)],
        capture_output=True,
        text=True,
        check=True,
    )
    times = [float(word) for word in out.stdout.split()]
    return list(zip(times[::2], times[1::2], strict=True))


def write(folder: Path, samples: int) -> tuple[str, dict[str, tuple[float, float]]]:
    """Stage a million rows in parts and compact them; the store's own times."""
    store, rng = Store(folder), np.random.default_rng(0)
    weights = rng.normal(size=(FEATURES, OUTPUTS)).astype(np.float32)
    weights[::3] = 0.0
    key = "k" * 20
    row = {"key": key, "name": "million", "state": "computing", "location": ""}
    store.catalogue.insert({**row, "samples": samples, "asked": "asked"})
    ranges = [(a, min(samples, a + PART)) for a in range(0, samples, PART)]
    store.catalogue.plan(key, 0, ranges)
    staging, marking, digesting, digests = [], [], [], []
    for index, (start, stop) in enumerate(ranges):
        made = piece(rng, start, stop, weights)
        began = timed(lambda made=made: digests.append(row_digests(made.data)))  # type: ignore[misc]
        digesting.append(began)
        staged: list[Any] = []
        stage = partial(stage_part, store.files, key, index, made)
        staging.append(timed(lambda stage=stage, staged=staged: staged.append(stage())))  # type: ignore[misc]
        done = partial(store.catalogue.part_done, key, index, seconds=1.0, **staged[0])
        marking.append(timed(done))
    stage_row_digests(store.files, key, np.concatenate(digests))
    times = {
        name: (sum(w for w, _ in each), sum(c for _, c in each))
        for name, each in (
            ("digests of rows", digesting),
            ("staging parts", staging),
            ("marking parts done", marking),
        )
    }
    times["compacting, summaries, commit"] = timed(lambda: store.compact(key))
    return key, times


def plain(folder: Path, samples: int) -> dict[str, tuple[float, float]]:
    """The same number of bytes of values as one plain file, flushed to the disk, and read."""
    folder.mkdir()
    array = np.random.default_rng(0).standard_normal((samples, FEATURES, OUTPUTS), dtype=np.float32)

    def save() -> None:
        with (folder / "plain").open("wb") as stream:
            array.tofile(stream)
            os.fsync(stream.fileno())

    return {
        "plain file of the values, flushed": timed(save),
        "the same, read": timed(lambda: np.fromfile(folder / "plain", dtype=np.float32)),
    }


def calls(key: str, samples: int) -> dict[str, list[list[Any]]]:
    """Method and arguments of what is read, somewhere else each time."""
    rng = np.random.default_rng(1)
    rows = [int(row) for row in rng.integers(samples, size=REPEATS + 1)]
    features = [f"feature {j}" for j in rng.integers(FEATURES, size=REPEATS + 1)]
    return {
        "one row": [["rows", key, row, row + 1] for row in rows],
        "one feature": [["feature", key, name] for name in features],
        "all summaries": [["summary", key]] * (REPEATS + 1),
    }


def reading(folder: Path, key: str, samples: int) -> list[tuple[str, list[float]]]:
    """Median milliseconds: cold wall and cpu, warm wall and cpu."""
    # What was just written goes to the disk first, not while it is read.
    os.sync()
    store, found = Store(folder), []
    for name, said in calls(key, samples).items():
        warm = [timed(partial(getattr(store, method), *rest)) for method, *rest in said][1:]
        both = [*zip(*cold(folder, said[1:]), strict=True), *zip(*warm, strict=True)]
        found.append((name, [1e3 * statistics.median(times) for times in both]))
    return found


def main() -> None:
    """Print the tables."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    folder = Path(tempfile.mkdtemp(prefix="store-benchmark-"))
    try:
        base = plain(folder / "plain", samples)
        shutil.rmtree(folder / "plain")
        key, times = write(folder / "store", samples)
        size = sum(f.stat().st_size for f in (folder / "store").rglob("*") if f.is_file())
        print(f"{samples:,} × {FEATURES} × {OUTPUTS} float32, with data: {size / 1e6:,.0f} MB kept")
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")
        print(f"{'writing':36}{'wall s':>8}{'cpu s':>8}{'× plain':>9}")
        unit = base["plain file of the values, flushed"]
        for name, (wall, cpu) in {**base, **times}.items():
            print(f"{name:36}{wall:8.2f}{cpu:8.2f}{wall / unit[0]:9.2f}")
        wall, cpu = (sum(each[i] for each in times.values()) for i in (0, 1))
        print(f"{'the store in all':36}{wall:8.2f}{cpu:8.2f}{wall / unit[0]:9.2f}\n")
        heads = "".join(f"{head:>10}" for head in ("cold", "cpu", "warm", "cpu"))
        print(f"{'reading, ms':24}{heads}  (medians of {REPEATS})")
        for name, times_ in reading(folder / "store", key, samples):
            print(f"{name:24}" + "".join(f"{each:10.1f}" for each in times_))
        wall, cpu = timed(lambda: Store(folder / "store").get(key))
        print(f"{'everything (get)':24}{'':20}{1e3 * wall:10.0f}{1e3 * cpu:10.0f}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
