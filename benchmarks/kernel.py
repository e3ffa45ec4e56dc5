"""Kernel beside shap and shapiq at equal numbers of coalitions, on games whose values are known.

    python -m benchmarks.kernel [--quick]

shapiq needs Python 3.12: its environment, with shap in it, is made beside the project's own from a
newer interpreter where one stands; the script says so where none does. Prints RMSE to exact values
and coverage of 95% intervals, and keeps the tables in results/kernel.txt.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.kernel_coverage import interactions, network_fast, synthetic
from shapviz.coalitions import enumerate_all, paired_design
from shapviz.explainers.estimators import paired_plan
from shapviz.explainers.exact import enumeration
from shapviz.explainers.permutation import one_permutation
from shapviz.games import Game
from shapviz.maskers import as_masker
from shapviz.models import as_predictor

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "kernel.txt"
PEERS = HERE / "peers" / "games.py"
ENVIRONMENT = HERE.parent / ".venv-peers"
KEPT = HERE / ".peers"
"""Answers that peers gave before, which are not asked for again."""
METHODS = (
    "shap Kernel",
    "shap Permutation",
    "LeverageSHAP",
    "OddSHAP",
    "PolySHAP",
    "RegressionMSR",
)
BUDGETS = (64, 128, 256, 512, 1024, 2048, 4096)
OURS = ("wls", "gp", "auto")
NEWER = ("python3.12", "python3.13", "python3.14")


def tables(samples: int) -> Iterator[tuple[str, Any]]:
    """Name and outcomes (samples, 2^d) of each game, coalitions in the order of their bits."""
    from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    def of_model(model: Any, background: Any, rows: Any) -> Any:
        game = Game(as_predictor(model), as_masker(background))
        return game.play(rows[:samples], enumerate_all(rows.shape[1]))[..., 0]

    X, y = load_diabetes(return_X_y=True)
    X, y = StandardScaler().fit_transform(X), (y - y.mean()) / y.std()
    network = MLPRegressor(
        hidden_layer_sizes=(64, 32), max_iter=400, alpha=1e-3, random_state=0
    ).fit(X, y)
    yield "(a) diabetes MLP, d=10", of_model(network_fast(network), X[:100], X[100:110])
    B, t = load_breast_cancer(return_X_y=True)
    B = StandardScaler().fit_transform(B)
    try:
        from xgboost import XGBClassifier
    except ImportError:
        print("no xgboost here: game (b) is left out")
    else:
        trees = XGBClassifier(n_estimators=100, max_depth=4, n_jobs=1).fit(B[:, :14], t)

        def margin(Z: Any) -> Any:
            return trees.predict(Z, output_margin=True)

        yield "(b) cancer XGBoost, d=14", of_model(margin, B[:100, :14], B[100:110, :14])
    f, Z = synthetic()
    yield "(c) synthetic, d=16", of_model(f, Z[:100], Z[100:])
    forest = RandomForestRegressor(20, max_depth=7, random_state=0).fit(X, y)
    yield "diabetes forest, d=10", of_model(forest.predict, X[:100], X[100:110])
    yield "products and gates, d=10", of_model(interactions, X[:100], X[100:110])
    boosting = GradientBoostingClassifier(n_estimators=50, max_depth=3, random_state=0)
    boosting.fit(B[:, :12], t)
    yield (
        "cancer boosting, d=12",
        of_model(boosting.decision_function, B[:50, :12], B[100:110, :12]),
    )
    W, kinds = load_wine(return_X_y=True)
    W = StandardScaler().fit_transform(W)
    order = np.random.default_rng(0).permutation(len(W))
    margins = SVC(random_state=0).fit(W, kinds == 1).decision_function
    yield "wine SVM, d=13", of_model(margins, W[order[:40]], W[order[100:110]])
    draw = np.random.default_rng(0)
    weights, everyone = 3 * draw.random((samples, 12)), enumerate_all(12)
    votes = [everyone @ weight > weight.sum() / 2 for weight in weights]
    yield "weighted votes, d=12", np.array(votes, dtype=float)
    costs, everyone = draw.random((samples, 14)) ** 3, enumerate_all(14)
    yield "airport, d=14", np.stack([(everyone * cost).max(axis=1) for cost in costs])
    pairs, everyone = draw.normal(size=(samples, 12, 12)), enumerate_all(12).astype(float)
    signed = [np.sqrt(np.abs(np.einsum("si,ij,sj->s", everyone, p, everyone))) for p in pairs]
    yield "root of a quadratic, d=12", np.stack(signed)


def exact_values(table: Any) -> Any:
    """Shapley values (samples, d) of a table."""
    d = int(np.log2(table.shape[1]))
    return read(enumeration(d), table)[0]


def read(plan: Any, table: Any) -> tuple[Any, Any]:
    """Values and standard errors (samples, d) that a plan reads off a table."""
    codes = plan.coalitions @ (1 << np.arange(plan.coalitions.shape[1]))
    found = plan.read(table[:, codes][..., None])
    return found.values[..., 0], None if found.errors is None else found.errors[..., 0]


def ours(table: Any, estimator: str, budget: int, seed: int) -> tuple[Any, Any]:
    """Kernel's values and standard errors at a budget."""
    d = int(np.log2(table.shape[1]))
    rng = np.random.default_rng([seed, d])
    if budget < 2 * d:
        return read(one_permutation(d, rng), table)
    return read(paired_plan(paired_design(d, budget, rng), estimator), table)


def newer_interpreter() -> str | None:
    """A Python of at least 3.12, or None."""
    managed = sorted((Path.home() / ".pyenv" / "versions").glob("3.1[2-9]*/bin/python"))
    for candidate in (*NEWER, *map(str, managed)):
        found = shutil.which(candidate)
        if found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:
            return found
    return None


def peers_python() -> str | None:
    """The interpreter of the peers' environment, made where it is missing; None says why."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        newer = newer_interpreter()
        if newer is None:
            print("No Python of at least 3.12 here: shapiq, which needs it, is left out.")
            return None
        subprocess.run([newer, "-m", "venv", ENVIRONMENT], check=True)
    wanted = ["shapiq>=1.8", "shap>=0.50", "xgboost-cpu"]
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
    if subprocess.run(install).returncode != 0:
        print("shapiq could not be installed: the peers are left out.")
        return None
    return str(python)


def of_peers(games: dict[str, Any], budgets: tuple[int, ...], seeds: int) -> dict[str, Any]:
    """Their values under "game/method/budget"; empty where they cannot run."""
    python = peers_python()
    if python is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "tables.npz", Path(folder) / "values.npz"
        np.savez(given, **games)
        call = [python, PEERS, given, ",".join(METHODS), ",".join(map(str, budgets)), str(seeds)]
        subprocess.run([*call, out, KEPT], check=True)
        return dict(np.load(out))


def rms(array: Any) -> float:
    return float(np.sqrt(np.mean(array**2)))


def compare(
    name: str, table: Any, theirs: dict[str, Any], budgets: tuple[int, ...], seeds: int
) -> Iterator[str]:
    """One line a method: RMSE at each budget; then ours over the best of theirs."""
    exact = exact_values(table)
    d = exact.shape[1]
    fit = [budget for budget in budgets if budget < 2**d]
    yield f"\n{name}: {len(table)} samples, {seeds} seeds, rms {rms(exact):.4g}"
    yield f"{'':<26}" + "".join(f"{budget:>10}" for budget in fit)
    best = dict.fromkeys(fit, np.inf)
    for method in METHODS:
        cells = []
        for budget in fit:
            values = theirs.get(f"{name}/{method}/{budget}")
            error = np.inf if values is None else rms(values - exact)
            best[budget] = min(best[budget], error if np.isfinite(error) else np.inf)
            cells.append(f"{error:>10.5f}" if np.isfinite(error) else f"{'–':>10}")
        if theirs:
            yield f"{method:<26}" + "".join(cells)
    for estimator in OURS:
        errors, covered, ratios, started = [], [], [], perf_counter()
        for budget in fit:
            runs = [ours(table, estimator, budget, seed) for seed in range(seeds)]
            errors.append(rms(np.stack([values for values, _ in runs]) - exact))
            slack = 1e-9 * np.abs(exact).max()
            inside = [np.abs(v - exact) <= 1.96 * se + slack for v, se in runs if se is not None]
            covered.append(np.mean(inside) if inside else np.nan)
            ratios.append(errors[-1] / best[budget])
        each = (perf_counter() - started) / (len(fit) * seeds * len(table))
        yield f"{f'shapviz {estimator}':<26}" + "".join(f"{error:>10.5f}" for error in errors)
        if theirs:
            yield f"{'  over the best of theirs':<26}" + "".join(f"{r:>10.2f}" for r in ratios)
        yield (
            f"{'  95% intervals cover':<26}"
            + "".join(f"{c:>10.3f}" for c in covered)
            + (f"   {1000 * each:.0f} ms a sample")
        )


def main() -> None:
    """Print the tables and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed, up to 512 coalitions")
    quick = parser.parse_args().quick
    warnings.filterwarnings("ignore", message="Stochastic Optimizer")
    budgets, seeds = (BUDGETS[:3], 1) if quick else (BUDGETS, 3)
    games = dict(tables(10))
    theirs = of_peers(games, budgets, seeds)
    lines: list[str] = []
    for name, table in games.items():
        for text in compare(name, table, theirs, budgets, seeds):
            print(text, flush=True)
            lines.append(text)
    if not quick:
        RESULTS.write_text("\n".join(lines).strip() + "\n")


if __name__ == "__main__":
    main()
