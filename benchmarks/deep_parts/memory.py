"""Peak memory of Deep on 1,000 samples × 1,000 background rows, stopped after thirty batches."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

from benchmarks.deep_parts.cost import digit_cnn
from shapviz.peak_memory import peak_memory

BATCHES = 30
ROWS = 1000


def resident() -> float:
    """Gigabytes this process holds now."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise RuntimeError("/proc/self/status does not say what memory is held")
    return int(found[1]) / 2**20


def peak() -> float:
    """Gigabytes this process has held at most."""
    return peak_memory() / 2**30


def table() -> Iterator[str]:
    """The table. The peak is of the process: what came before counts, if it was higher."""
    from shapviz import DeepExplainer
    from shapviz.errors import JobCancelled

    net, images = digit_cnn(epochs=1)
    net.predict(images[:ROWS], verbose=0)
    before = resident()
    stop, told = threading.Event(), []

    def progress(done: int, total: int) -> None:
        told.append(done)
        if len(told) == BATCHES:
            stop.set()

    try:
        DeepExplainer(net, images[:ROWS])(images[-ROWS:], progress=progress, cancel=stop)
    except JobCancelled:
        yield f"CNN 28×28×1, 10 outputs, {ROWS:,} × {ROWS:,}, stopped after {len(told)} batches"
        yield "| model and data, GB | peak, GB | above, GB |"
        yield "|---|---|---|"
        yield f"| {before:.2f} | {peak():.2f} | {peak() - before:.2f} |"
    else:
        raise RuntimeError(f"Done after {len(told)} batches: nothing was cancelled")
