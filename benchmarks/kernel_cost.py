"""What Kernel costs: estimation, masked rows, a Keras net beside shap, a split layer, 784 features.

    python -m benchmarks.kernel_cost [--quick]

The Keras net is explained in child processes, by Kernel and by shap's KernelExplainer, which is
given the net as a plain call, and once as `net.predict`, as most users write it. Prints a table
and keeps it in results/kernel_cost.txt.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.gradient import _fitted
from benchmarks.peers import Answer, in_child
from shapviz import KernelExplainer
from shapviz.coalitions import paired_design
from shapviz.explainers.estimators import paired_plan
from shapviz.maskers import as_masker

RESULTS = Path(__file__).parent / "results" / "kernel_cost.txt"
SMALL = (62, 92, 122, 182, 300)
"""Budgets of Kernel that are tried against the error of shap's default."""

LONG = 12000
"""Coalitions of the reference."""

REFERRED = 20
"""Samples that have a reference."""


def best(work: Callable[[], Any], times: int = 5) -> tuple[float, float]:
    """Shortest wall clock and processor time of some work."""
    walls, busy = [], []
    for _ in range(times):
        started, before = perf_counter(), process_time()
        work()
        walls.append(perf_counter() - started)
        busy.append(process_time() - before)
    return min(walls), min(busy)


def estimation() -> Iterator[str]:
    """Design, factorisation, solution and standard errors, no model."""
    d, m, n = 30, 1100, 100
    outcomes = np.random.default_rng(0).normal(size=(n, m, 1))

    def work() -> None:
        paired_plan(paired_design(d, m, np.random.default_rng(0)), "wls").read(outcomes)

    wall, busy = best(work, 9)
    yield (
        f"estimation, d={d}, {m} coalitions, {n} samples, wls: {1000 * wall / n:.2f} ms a sample, "
        f"{1000 * busy / n:.2f} of CPU"
    )


def masked_rows() -> Iterator[str]:
    """Masked rows for a plain callable against a copy of the same bytes."""
    draw = np.random.default_rng(0)
    for d, rows, coalitions in ((30, 100, 9000), (784, 100, 400)):
        masker = as_masker(draw.normal(size=(rows, d)))
        x, kept = draw.normal(size=(1, d)), draw.random((coalitions, d)) < 0.5
        made = masker.rows(x, kept)
        copied, _ = best(made.copy)
        built, _ = best(partial(masker.rows, x, kept))
        yield (
            f"masked rows, d={d}, {made.nbytes / 1e6:.0f} MB: {1000 * built:.0f} ms, a copy "
            f"{1000 * copied:.0f} ms, {built / copied:.2f} times"
        )


def cancer() -> tuple[Any, Any, Any]:
    """A dense net on 30 features, background, samples."""
    from keras.layers import Dense
    from sklearn.datasets import load_breast_cancer
    from sklearn.preprocessing import scale

    X, y = load_breast_cancer(return_X_y=True)
    X = scale(X).astype("float32")
    layers = [lambda: Dense(64, "relu"), lambda: Dense(32, "relu"), lambda: Dense(1, "sigmoid")]
    return _fitted(layers, X, y, "binary_crossentropy", 30), X[:100], X[100:200]


def keras_net(samples: int) -> Iterator[str]:
    """Kernel and shap's KernelExplainer on the same net, in processes of their own."""
    net, background, X = cancer()
    X = X[:samples]
    asked = [("Kernel", {"call": {"budget": b, "estimator": "wls"}}) for b in SMALL]
    alike = ("shap Kernel", {"nsamples": 300, "l1_reg": False})
    default = ("shap Kernel", {"nsamples": "auto", "l1_reg": "num_features(10)"})
    answers = in_child(net, background, X, [*asked, alike], repeats=3)
    predicted = ("shap Kernel", {"nsamples": 300, "l1_reg": False, "predict": True})
    answers += in_child(net, background, X, [default, predicted], repeats=1)
    long = KernelExplainer(net, background)(X[:REFERRED], budget=LONG, estimator="wls", seed=99)
    unsure = np.sqrt(np.mean(np.square(long.standard_errors)))
    yield f"\ncancer, dense 64-32-1, 100 background rows, {len(X)} samples"
    yield f"(errors: first {REFERRED} samples against {LONG} coalitions, themselves {unsure:.1g})"
    yield f"{'':<34}{'RMSE':>9}{'seconds':>9}{'of CPU':>9}{'first':>9}"
    names = [f"Kernel, {b} coalitions, wls" for b in SMALL]
    names += ["shap, nsamples=300, l1_reg=False", "shap, nsamples and l1_reg default"]
    names += ["shap, 300, given net.predict"]
    errors = []
    for name, answer in zip(names, answers, strict=True):
        if answer.values is None:
            raise RuntimeError(answer.failure)
        off = answer.values.reshape(len(X), -1)[:REFERRED] - long.values
        errors.append(float(np.sqrt(np.mean(off**2))))
        times = f"{answer.warm:>9.2f}{answer.busy:>9.2f}{answer.first:>9.2f}"
        yield f"{name:<34}{errors[-1]:>9.5f}{times}"
    yield _faster("at 300 coalitions", answers[SMALL.index(300)], answers[-3])
    what = "at 300 coalitions, shap given net.predict"
    yield _faster(what, answers[SMALL.index(300)], answers[-1])
    enough = [k for k in range(len(SMALL)) if errors[k] <= errors[-2]]
    if enough:
        k = enough[0]
        words = f"to the error of shap's default ({SMALL[k]} coalitions)"
        yield _faster(words, answers[k], answers[-2])


def _faster(what: str, mine: Answer, theirs: Answer) -> str:
    return (
        f"{what}: {theirs.warm / mine.warm:.1f} times faster, "
        f"{theirs.busy / mine.busy:.1f} times less processor time"
    )


def split_layer() -> Iterator[str]:
    """A first Dense layer taken apart, against every mixed row made."""
    import keras

    from shapviz.models import keras_expand

    yield "\nfirst Dense layer: every mixed row | taken apart, seconds of CPU; relative difference"
    for d, n, m, first in ((30, 100, 300, 64), (784, 10, 1600, 128), (784, 1, 1600, 128)):
        keras.utils.set_random_seed(0)
        dense = [keras.layers.Dense(units, "relu") for units in (first, 32)]
        net = keras.Sequential([keras.Input((d,)), *dense, keras.layers.Dense(1)])
        draw = np.random.default_rng(0)
        background, X = (draw.normal(size=(k, d)).astype("float32") for k in (100, n))
        explainers = [KernelExplainer(net, background) for _ in range(2)]
        call = {"budget": m, "estimator": "wls"}
        with patch.object(keras_expand, "split_of", lambda *_: None):
            whole = explainers[0](X, **call).values
        halves = explainers[1](X, **call).values
        off = np.abs(whole - halves).max() / np.abs(whole).max()
        times = [best(partial(explainer, X, **call), 2)[1] for explainer in explainers]
        yield (
            f"  d={d}, {n} samples, {m} coalitions, {first} units: {times[0]:.2f} | {times[1]:.2f}"
            f", {times[0] / times[1]:.1f} times; {off:.0e}"
        )


WIDE = """
import sys
import numpy as np
from shapviz import KernelExplainer
from shapviz.peak_memory import peak_memory
r = np.random.default_rng(0)
W, V, rows = r.normal(size=(784, 4)) / 28, r.normal(size=(4, 2)), r.random((101, 784))
if sys.argv[1] != "none":
    e = KernelExplainer(lambda x: np.tanh(x @ W) @ V, rows[:100])(
        rows[100:], estimator=sys.argv[1], budget=int(sys.argv[2]) or None
    )
    if not (e.values != 0).all():
        sys.exit("a feature without a value")
print(peak_memory())
"""


def wide() -> Iterator[str]:
    """Peak memory with 784 features, above what the imports take."""

    def peak(*how: str) -> int:
        call = [sys.executable, "-c", WIDE, *how]
        done = subprocess.run(call, check=True, capture_output=True, text=True, env=os.environ)
        return int(done.stdout)

    start = peak("none", "0")
    for estimator in ("wls", "auto"):
        above = (peak(estimator, "0") - start) / 1e6
        yield f"d=784, 100 background rows, {estimator}: {above:.0f} MB above the imports"


def rows_sent() -> Iterator[str]:
    """Rows that reach a model, against what provenance says and the bound."""
    draw, met = np.random.default_rng(0), [0]
    background, X, weights = draw.normal(size=(20, 12)), draw.normal(size=(7, 12)), np.ones(12)

    def model(rows: Any) -> Any:
        met[0] += len(rows)
        return np.tanh(rows @ weights)

    yield "\nrows met by the model | provenance | N × budget × B + B + N"
    explainer = KernelExplainer(model, background)
    for call in ({"budget": 100}, {"budget": 1000}, {"tolerance": 0.02}, {}):
        met[0] = 0
        told = explainer(X, estimator="wls", **call).provenance
        bound = len(X) * told["budget"] * 20 + 20 + len(X)
        yield f"  {call}: {met[0]} | {told['model_rows']} | {bound}"


def main() -> None:
    """Print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 samples, nothing kept")
    quick = parser.parse_args().quick
    lines: list[str] = []
    parts = (
        # First: a process starts with the peak of the one that started it.
        wide(),
        estimation(),
        masked_rows(),
        keras_net(20 if quick else 100),
        split_layer(),
        rows_sent(),
    )
    for part in parts:
        for text in part:
            print(text, flush=True)
            lines.append(text)
    if not quick:
        RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
