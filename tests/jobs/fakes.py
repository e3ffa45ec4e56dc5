"""Demos that need no TensorFlow: a linear function, quick, slow, broken, or deadly on purpose.

Workers import this module first, so that its demos can be asked for by name.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import shapviz.samples
from shapviz.background import Background
from shapviz.jobs import JobSpec
from shapviz.samples import Demo, DemoJob, Loaded

ROWS = 40
WEIGHTS = np.array([1.0, 2.0, 3.0])


def _loaded(name: str, folder: Path, act: Callable[[Any], None], rows: int) -> Loaded:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "loads").open("a") as log:
        log.write(f"{name}\n")
    X = np.random.default_rng(0).normal(size=(rows, 3))
    # Told apart by what they show, even when mixed with the background.
    X[:, 0] = np.arange(rows)

    def model(asked: Any) -> Any:
        act(np.asarray(asked))
        return np.asarray(asked) @ WEIGHTS

    return Loaded(
        model=model,
        X=X,
        display_data=X,
        truth=X[:, 0],
        train=np.arange(rows) % 4 != 0,
        background=Background(-X[:2] - 1),
        score=1.0,
        options={"model_id": name, "feature_names": ["a", "b", "c"]},
    )


def _nothing(_rows: Any) -> None:
    """A model as quick as can be."""


def _slow(_rows: Any) -> None:
    time.sleep(0.05)


def _by_rows(rows: Any) -> None:
    time.sleep(1e-4 * len(rows))


def _counting(rows: Any) -> None:
    """Write down where each part begins: its first two rows are asked about twice, as they are."""
    time.sleep(2e-4 * len(rows))
    log_file = os.environ.get("SHAPVIZ_TEST_LOG")
    if log_file and len(rows) == 2 and rows[0, 0] >= 0 and rows[1, 0] == rows[0, 0] + 1:
        with Path(log_file).open("a") as log:
            log.write(f"{rows[0, 0]:.0f}\n")


def _poisoned(rows: Any) -> None:
    if (rows[:, 0] == 20).any():
        raise ValueError("row 20 is not to my taste")


def _deadly(rows: Any) -> None:
    if (rows[:, 0] == 20).any():
        os._exit(1)


def _late(_rows: Any) -> None:
    time.sleep(0.5)
    raise OSError("the data are gone by now")


def _broken(_rows: Any) -> None:
    raise OSError("the data are gone")


def demo(name: str, act: Callable[[Any], None], *jobs: DemoJob, rows: int = ROWS) -> Demo:
    """A demo whose model does something each time it is asked."""

    def load(folder: Path) -> Loaded:
        if act in (_broken, _late):
            act(None)
        return _loaded(name, folder, act, rows)

    load.__module__ = __name__
    return Demo(name, name.title(), "a demo", "row", "Line", f"{rows} rows", rows, jobs, load)


QUICK = demo(
    "quick", _nothing, DemoJob("exact", "Quick, Exact", 1), DemoJob("kernel", "Quick, Kernel", 3)
)
BROKEN = demo("broken", _broken, DemoJob("exact", "Broken, Exact", 0))
LATE = demo("late", _late, DemoJob("exact", "Late, Exact", 0))
SLOW = demo("slow", _slow, DemoJob("exact", "Slow, Exact", 2))
POISONED = demo("poisoned", _poisoned, DemoJob("exact", "Poisoned, Exact", 4))
DEADLY = demo("deadly", _deadly, DemoJob("exact", "Deadly, Exact", 5))
LONG = demo("long", _by_rows, DemoJob("exact", "Long, Exact", 6), rows=4000)
COUNTING = demo("counting", _counting, DemoJob("exact", "Counting, Exact", 7), rows=720)
LONGEST = demo("longest", _by_rows, DemoJob("exact", "Longest, Exact", 8), rows=40_000)
ALL = (LONGEST, COUNTING, QUICK, BROKEN, LATE, SLOW, POISONED, DEADLY, LONG)


def spec(fake: Demo, name: str = "asked", **more: Any) -> JobSpec:
    """What a person asks about a fake demo's model."""
    asked = {"model": {"kind": "demo", "demo": fake.name}, "data": {"kind": "demo"}}
    return JobSpec(
        **{**asked, "background": {"kind": "demo"}, "explainer": "exact", "name": name, **more}
    )


def dask_setup(_worker: Any) -> None:
    """Called in each worker: its demos are these."""
    shapviz.samples.DEMOS = ALL
