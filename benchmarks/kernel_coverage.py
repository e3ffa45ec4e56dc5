"""Kernel against exact values: coverage of its 95% intervals, RMSE, and the cost of 784 features.

    python -m benchmarks.kernel_coverage [--quick]

Many seeds, hence estimator="wls", which takes all samples at once; coverage of "auto" stands in
`benchmarks.kernel`. The cost of 784 features is that of the default.

Prints tables and keeps them in benchmarks/results/kernel_coverage.txt. Peers' figures are those
measured for the same games with shapiq 1.8 and shap 0.51; their own standard error is about 7%.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler

from shapviz.coalitions import enumerate_all
from shapviz.explainers.call import Call, Meter
from shapviz.explainers.coalitional import Plan
from shapviz.explainers.estimators import KernelOptions
from shapviz.explainers.exact import ExactExplainer, enumeration
from shapviz.explainers.kernel import KernelExplainer
from shapviz.explainers.options import Options
from shapviz.explainers.permutation import PermutationExplainer
from shapviz.games import Game
from shapviz.maskers import as_masker
from shapviz.models import as_predictor
from shapviz.peak_memory import peak_memory

RESULTS = Path(__file__).parent / "results" / "kernel_coverage.txt"
Model = Callable[[Any], Any]
OPTIONS: dict[Any, Options] = {
    KernelExplainer: KernelOptions(estimator="wls"),
    PermutationExplainer: Options(),
}


@dataclass(frozen=True)
class Case:
    """A model with its background, the rows explained, and what peers reach."""

    name: str
    model: Model
    background: Any
    rows: Any
    budgets: tuple[int, ...]
    peers: dict[str, dict[int, float]]


def interactions(Z: Any) -> Any:
    """Products, a gate and a wave over ten features: hard for an additive surrogate."""
    return (
        Z[:, 0] * Z[:, 1] * Z[:, 2]
        + np.sin(2 * Z[:, 3] * Z[:, 4])
        + np.maximum(Z[:, 5] + Z[:, 6] * Z[:, 7], 0) * Z[:, 8]
        + 4 * np.tanh(Z).prod(axis=1)
        + 0.3 * Z[:, 9]
    )


def synthetic() -> tuple[Model, Any]:
    """The 16-feature game, with its 110 rows."""
    r = np.random.RandomState(0)
    X, w, W = r.randn(110, 16), r.randn(16), r.randn(16, 4) / 2

    def f(Z: Any) -> Any:
        return (
            4 * np.tanh(Z @ W).prod(axis=1)
            + np.sin(Z[:, 0] * Z[:, 1])
            + Z[:, 2] * (Z[:, 3] > 0)
            + np.maximum(Z[:, 4] + Z[:, 5] * Z[:, 6], 0)
            + 0.2 * Z @ w
            + np.cos(Z[:, 7] + Z[:, 8] + Z[:, 9] + Z[:, 10])
        )

    return f, X


def network_fast(fitted: MLPRegressor) -> Model:
    """The fitted network's own arithmetic without scikit-learn's checks of every batch."""
    layers = list(zip(fitted.coefs_, fitted.intercepts_, strict=True))

    def f(Z: Any) -> Any:
        for W, b in layers[:-1]:
            Z = np.maximum(Z @ W + b, 0)
        return (Z @ layers[-1][0] + layers[-1][1])[:, 0]

    return f


def cases(samples: int) -> Iterator[Case]:
    """The games: diabetes by three models, the synthetic one, breast cancer, thirty features."""
    X, y = load_diabetes(return_X_y=True)
    X, y = StandardScaler().fit_transform(X), (y - y.mean()) / y.std()
    rows = X[100 : 100 + samples]
    network = MLPRegressor(
        hidden_layer_sizes=(64, 32), max_iter=400, alpha=1e-3, random_state=0
    ).fit(X, y)
    forest = RandomForestRegressor(20, max_depth=7, random_state=0).fit(X, y)
    small = (64, 128, 256, 512)
    leverage = {128: 0.020, 256: 0.012, 512: 0.0047}
    kernel = {128: 0.028, 256: 0.017, 512: 0.0092}
    yield Case("diabetes MLP, ten rows as peers", network_fast(network), X[:100], X[100:110],
               small[1:], {"LeverageSHAP": leverage, "shap Kernel": kernel})  # fmt: skip
    yield Case("diabetes MLP", network_fast(network), X[:100], rows, small, {})
    yield Case("diabetes random forest", forest.predict, X[:100], rows, small, {})
    yield Case("diabetes interactions", interactions, X[:100], rows, small, {})
    f, Z = synthetic()
    leverage = {128: 0.082, 256: 0.053, 512: 0.033, 1024: 0.0216, 2048: 0.0134}
    kernel = {128: 0.099, 256: 0.063, 512: 0.039, 1024: 0.025, 2048: 0.0167}
    yield Case("synthetic, d=16", f, Z[:100], Z[100:], (128, 256, 512, 1024, 2048),
               {"LeverageSHAP": leverage, "shap Kernel": kernel})  # fmt: skip
    B, t = load_breast_cancer(return_X_y=True)
    B = StandardScaler().fit_transform(B)
    trees = GradientBoostingClassifier(n_estimators=50, max_depth=3, random_state=0)
    trees.fit(B[:, :12], t)
    yield Case("breast cancer boosting, d=12", trees.decision_function, B[:50, :12],
               B[100:120, :12], (128, 256, 512, 1024), {})  # fmt: skip
    yield Case("thirty features, triples of them", thirty, B[:30], B[100:200],
               (128, 256, 512, 2108), {})  # fmt: skip


def thirty(Z: Any) -> Any:
    """Products of three features each, so that exact values need no enumeration; plus a slope."""
    T = np.tanh(Z)
    slope = np.linspace(-1, 1, 30)
    return sum(T[:, i] * T[:, i + 1] * T[:, i + 2] for i in range(0, 30, 3)) + Z @ slope


def by_triples(case: Case) -> Any:
    """Exact values (n, 30) of `thirty`, one triple at a time: it is a sum over triples."""
    values = np.empty(case.rows.shape)
    for i in range(0, 30, 3):
        part = slice(i, i + 3)

        def alone(Z: Any, part: slice = part) -> Any:
            full = np.zeros((len(Z), 30))
            full[:, part] = Z
            return case.model(full)

        explainer = ExactExplainer(alone, case.background[:, part])
        values[:, part] = explainer(case.rows[:, part]).values
    return values


class Answers:
    """What a plan's values and standard errors are: from one table of all outcomes where 2^d can
    be played, so that many seeds cost nothing more, else by asking the model each time."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.d = case.background.shape[1]
        if self.d > 16:
            self.exact = by_triples(case)
            return
        game = Game(as_predictor(case.model), as_masker(case.background))
        self.table = game.play(case.rows, enumerate_all(self.d))
        self.exact = self.read(enumeration(self.d))[0]

    def read(self, plan: Plan) -> tuple[Any, Any]:
        """Values and standard errors (n, d) that a plan reads off the table."""
        read = plan.read(self.table[:, plan.coalitions @ (1 << np.arange(self.d))])
        errors = np.zeros(1) if read.errors is None else read.errors[..., 0]
        return read.values[..., 0], errors

    def estimate(self, method: Any, budget: int | None, seed: int) -> tuple[Any, Any]:
        """Values and standard errors of an explainer at a budget."""
        explainer = method(self.case.model, self.case.background)
        if self.d > 16:
            e = explainer(self.case.rows, budget=budget, seed=seed, **OPTIONS[method].asked())
            return e.values, e.standard_errors
        budget = explainer._default_budget(self.d) if budget is None else budget
        call = Call(budget, seed, (0,), Meter(None), options=OPTIONS[method])
        return self.read(explainer._plan(self.d, budget, call))

    def check(self) -> None:
        """The table gives what the explainer gives."""
        if self.d > 16:
            return
        budget = self.case.budgets[0]
        e = KernelExplainer(self.case.model, self.case.background)(
            self.case.rows[:2], budget=budget, estimator="wls"
        )
        values, errors = self.estimate(KernelExplainer, budget, 0)
        if not np.allclose(e.values, values[:2], atol=1e-9 * np.abs(values).max()):
            raise SystemExit(f"{self.case.name}: the table and the explainer differ")
        if not np.allclose(e.standard_errors, errors[:2], atol=1e-6 * np.abs(values).max()):
            raise SystemExit(f"{self.case.name}: standard errors differ")


def measure(case: Case, seeds: int) -> Iterator[str]:
    """One line per budget, and one for ten antithetic permutations."""
    answers = Answers(case)
    answers.check()
    exact = answers.exact
    yield f"\n{case.name}: {len(case.rows)} samples, {seeds} seeds, rms {rms(exact):.4g}"
    yield f"{'budget':>7} {'within 1.96 se, by seed':>24} {'4 se':>7} {'RMSE':>9}  peers' RMSE"
    for budget in case.budgets:
        yield line(answers, KernelExplainer, budget, seeds)
    yield line(answers, PermutationExplainer, None, seeds)


def rms(array: Any) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(array**2)))


def line(answers: Answers, method: Any, budget: int | None, seeds: int) -> str:
    """Coverage and error of one method at one budget, over seeds."""
    exact, peers = answers.exact, answers.case.peers
    inside, four, errors = [], [], []
    for seed in range(seeds):
        values, se = answers.estimate(method, budget, seed)
        error, slack = np.abs(values - exact), 1e-12 * np.abs(exact).max()
        inside.append(np.mean(error <= 1.96 * se + slack))
        four.append(np.mean(error <= 4 * se + slack))
        errors.append(error)
    known = ", ".join(f"{name} {of[budget]:.4g}" for name, of in peers.items() if budget in of)
    label = "perm." if budget is None else str(budget)
    spread = f"{np.mean(inside):.3f} [{min(inside):.2f}–{max(inside):.2f}]"
    return f"{label:>7} {spread:>24} {np.mean(four):>7.4f} {rms(np.array(errors)):>9.5f}  {known}"


def large() -> Iterator[str]:
    """784 features, background 100, default budget, ten outputs."""
    r = np.random.default_rng(0)
    W, V = r.normal(size=(784, 64)) / 28, r.normal(size=(64, 10)) / 8

    def f(Z: Any) -> Any:
        return np.maximum(Z @ W, 0) @ V

    rows = r.random((102, 784))
    started = perf_counter()
    e = KernelExplainer(f, rows[:100])(rows[100:])
    seconds = (perf_counter() - started) / 2
    peak = peak_memory() / 1e6
    yield "\n784 features, background 100, budget 3,616, ten outputs (shap: 1.8–2.5 s, 5–7 GB)"
    yield (
        f"{seconds:.2f} s a sample, peak {peak:.0f} MB, {e.values.shape[1]} values, "
        f"{np.mean(e.standard_errors > 0):.0%} with standard errors"
    )


def main() -> None:
    """Print the tables and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three seeds, fewer samples")
    quick = parser.parse_args().quick
    warnings.filterwarnings("ignore", message="Stochastic Optimizer")
    lines: list[str] = []

    def say(text: str) -> None:
        print(text, flush=True)
        lines.append(text)

    # First, while nothing else has raised the peak.
    for text in large():
        say(text)
    for case in cases(20 if quick else 100):
        seeds = 3 if quick else 10 if case.background.shape[1] > 16 else 40
        for text in measure(case, seeds):
            say(text)
    if not quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text("\n".join(lines).strip() + "\n")


if __name__ == "__main__":
    main()
