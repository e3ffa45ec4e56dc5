"""Demos that need no TensorFlow: a linear function, quick or slow, loadable or broken."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from shapviz.background import Background
from shapviz.samples import Demo, DemoJob, Loaded

ROWS = 40
LOADS: list[str] = []


def _loaded(name: str, seconds_per_call: float = 0.0) -> Loaded:
    LOADS.append(name)
    X = np.random.default_rng(0).normal(size=(ROWS, 3))

    def model(rows: Any) -> Any:
        time.sleep(seconds_per_call)
        return np.asarray(rows) @ [1.0, 2.0, 3.0]

    return Loaded(
        model=model,
        X=X,
        display_data=X,
        truth=X[:, 0],
        train=np.arange(ROWS) % 4 != 0,
        background=Background(X[:2]),
        score=1.0,
        options={"model_id": name, "feature_names": ["a", "b", "c"]},
    )


def load_quick(_folder: Path) -> Loaded:
    return _loaded("quick")


def load_slow(_folder: Path) -> Loaded:
    return _loaded("slow", 0.05)


def load_broken(_folder: Path) -> Loaded:
    raise OSError("the data are gone")


def demo(name: str, load: Any, *jobs: DemoJob) -> Demo:
    return Demo(name, name.title(), "a demo", "row", "Line", f"{ROWS} rows", ROWS, jobs, load)


QUICK = demo(
    "quick", load_quick, DemoJob("exact", "Quick, Exact", 1), DemoJob("kernel", "Quick, Kernel", 3)
)
BROKEN = demo("broken", load_broken, DemoJob("exact", "Broken, Exact", 0))
SLOW = demo("slow", load_slow, DemoJob("exact", "Slow, Exact", 2))
