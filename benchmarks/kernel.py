"""Kernel beside shap and shapiq at equal numbers of coalitions, on games whose values are known.

    python -m benchmarks.kernel [--quick] [--kept] [--only PART OF A GAME'S NAME]

shapiq needs Python 3.12: its environment, with shap in it, is made beside the project's own from a
newer interpreter where one stands; the script says so where none does. Prints RMSE to exact values
and coverage of 95% intervals, and keeps the tables in results/kernel.txt. Answers are kept in
`.kept`, under what they depend on, ours too: the full run may be stopped and taken up again, or
made in pieces with --only, and after a change of ours no peer is asked again. With --kept the
tables are of what has been answered so far, and say by how many seeds.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from inspect import getsource
from itertools import product
from pathlib import Path
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
KEPT = HERE / ".kept"
"""Answers given before, peers' and ours, which are not asked for again."""
METHODS = (
    "shap Kernel",
    "shap Permutation",
    "LeverageSHAP",
    "OddSHAP",
    "PolySHAP",
    "RegressionMSR",
)
BUDGETS = (64, 128, 256, 512, 1024, 2048)
SEEDS = {"wls": 10, "LeverageSHAP": 10}
"""What costs next to nothing is told apart from luck by more seeds than the others' three."""
OURS = ("wls", "auto")
ALLOWED = {"(": 0.75, "": 1.1}
"""Start of a game's name → auto's error over the best peer's that is called a loss."""
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


def kept_tables(samples: int) -> dict[str, Any]:
    """The same as a dict, from what is kept of an earlier run of the same code and libraries."""
    made = "".join(map(getsource, (tables, interactions, network_fast, synthetic)))
    made += "".join(version(name) for name in ("numpy", "scikit-learn"))
    digest = hashlib.sha256(made.encode()).hexdigest()[:12]
    file = KEPT / f"games {samples} {digest}.npz"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, **dict(tables(samples)))
    return dict(np.load(file))


def exact_values(table: Any) -> Any:
    """Shapley values (samples, d) of a table."""
    d = int(np.log2(table.shape[1]))
    return read(enumeration(d), table)[0]


def read(plan: Any, table: Any) -> tuple[Any, Any]:
    """Values and standard errors (samples, d) that a plan reads off a table."""
    codes = plan.coalitions @ (1 << np.arange(plan.coalitions.shape[1]))
    found = plan.read(table[:, codes][..., None])
    return found.values[..., 0], None if found.errors is None else found.errors[..., 0]


def sources() -> str:
    """Digest of the code that our answers depend on."""
    package = HERE.parent / "shapviz"
    rooms = ("estimators", "regression", "gaussian", "forest", "permutation", "exact")
    files = [package / "coalitions.py", *(package / "explainers" / f"{room}.py" for room in rooms)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def ours(table: Any, estimator: str, budget: int, seed: int) -> tuple[Any, Any]:
    """Kernel's values and standard errors at a budget."""
    d = int(np.log2(table.shape[1]))
    rng = np.random.default_rng([seed, d])
    if budget < 2 * d:
        return read(one_permutation(d, rng), table)
    return read(paired_plan(paired_design(d, budget, rng), estimator), table)


def kept_at(table: Any, estimator: str, budget: int, seed: int) -> Path:
    """Where the answers of our present code are kept."""
    digest = hashlib.sha256(np.ascontiguousarray(table).tobytes()).hexdigest()[:16]
    return KEPT / f"shapviz {sources()}" / f"{digest} {estimator} {budget} {seed}.npy"


def kept(table: Any, estimator: str, budget: int, seed: int) -> tuple[Any, Any]:
    """Our values and standard errors, from what is kept of an earlier run of the same code."""
    file = kept_at(table, estimator, budget, seed)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        values, errors = ours(table, estimator, budget, seed)
        np.save(file, [values, np.full_like(values, np.nan) if errors is None else errors])
    values, errors = np.load(file)
    return values, None if np.isnan(errors).all() else errors


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
    """Their values (seeds, samples, d) under "game/method/budget"; empty where they cannot run."""
    python = peers_python()
    if python is None:
        return {}
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "tables.npz", Path(folder) / "values.npz"
        np.savez(given, **games)
        for method in METHODS:
            many = seeds if seeds == 1 else SEEDS.get(method, seeds)
            asked = [python, PEERS, given, method, ",".join(map(str, budgets)), str(many)]
            subprocess.run([*asked, out, KEPT], check=True, stdout=subprocess.DEVNULL)
            found |= dict(np.load(out))
    return found


def rms(array: Any) -> float:
    return float(np.sqrt(np.mean(array**2)))


@dataclass(frozen=True)
class Measured:
    """A game with everybody's errors on it: what the lines are written from."""

    name: str
    exact: Any
    budgets: list[int]
    peers: dict[str, dict[int, float]]
    ours: dict[str, dict[int, float]]
    covered: dict[str, dict[int, float]]
    seeds: dict[str, dict[int, int]]

    def best(self, budget: int) -> float:
        """Least error of a peer."""
        return min((errors[budget] for errors in self.peers.values()), default=np.inf)


def measured(
    name: str,
    table: Any,
    theirs: dict[str, Any],
    budgets: tuple[int, ...],
    seeds: int,
    only_kept: bool,
) -> Measured:
    """Everybody's errors on one game, and how often our intervals cover."""
    exact = exact_values(table)
    fit = [budget for budget in budgets if budget < table.shape[1]]
    peers: dict[str, dict[int, float]] = {}
    for method in METHODS if theirs else ():
        errors = {b: rms(theirs[f"{name}/{method}/{b}"] - exact) for b in fit}
        peers[method] = {b: e if np.isfinite(e) else np.inf for b, e in errors.items()}
    mine: dict[str, dict[int, float]] = {estimator: {} for estimator in OURS}
    covered: dict[str, dict[int, float]] = {estimator: {} for estimator in OURS}
    counts: dict[str, dict[int, int]] = {estimator: {} for estimator in OURS}
    slack = 1e-9 * np.abs(exact).max()
    for estimator, budget in product(OURS, fit):
        asked = list(range(seeds if seeds == 1 else SEEDS.get(estimator, seeds)))
        if only_kept:
            asked = [s for s in asked if kept_at(table, estimator, budget, s).exists()]
        runs = [kept(table, estimator, budget, seed) for seed in asked]
        if not runs:
            continue
        counts[estimator][budget] = len(runs)
        mine[estimator][budget] = rms(np.stack([values for values, _ in runs]) - exact)
        inside = [np.abs(v - exact) <= 1.96 * se + slack for v, se in runs if se is not None]
        if inside:
            covered[estimator][budget] = float(np.mean(inside))
    return Measured(name, exact, fit, peers, mine, covered, counts)


def lines_of(game: Measured) -> Iterator[str]:
    """One line a method: RMSE at each budget; then ours over the best of theirs."""
    yield f"\n{game.name}: {len(game.exact)} samples, rms {rms(game.exact):.4g}"
    yield f"{'':<26}" + "".join(f"{budget:>10}" for budget in game.budgets)
    for method, errors in [*game.peers.items(), *game.ours.items()]:
        label = f"shapviz {method}" if method in game.ours else method
        yield f"{label:<26}" + "".join(cell(errors.get(b, np.inf), 5) for b in game.budgets)
        if method in game.ours:
            if game.peers:
                ratios = [errors.get(b, np.inf) / game.best(b) for b in game.budgets]
                yield f"{'  over the best of theirs':<26}" + "".join(cell(r, 2) for r in ratios)
            shares = [game.covered[method].get(b, np.nan) for b in game.budgets]
            yield f"{'  95% intervals cover':<26}" + "".join(cell(share, 3) for share in shares)
            many = game.seeds[method].values()
            if len(set(many)) > 1 or len(many) < len(game.budgets):
                counts = [str(game.seeds[method].get(b, "–")) for b in game.budgets]
                yield f"{'  seeds':<26}" + "".join(f"{count:>10}" for count in counts)


def cell(number: float, digits: int) -> str:
    """A number in a column, or a dash."""
    return f"{number:>10.{digits}f}" if np.isfinite(number) else f"{'–':>10}"


def summary(games: list[Measured]) -> Iterator[str]:
    """Where we lose, wls beside LeverageSHAP, and coverage over budgets."""
    yield "\nauto over the best of theirs, budgets of 128 and more; a game's largest"
    for game in (each for each in games if each.peers):
        allowed = next(limit for start, limit in ALLOWED.items() if game.name.startswith(start))
        ratios = {b: error / game.best(b) for b, error in game.ours["auto"].items() if b >= 128}
        if not ratios:
            continue
        worst = max(ratios, key=lambda b: ratios[b])
        lost = [str(b) for b in ratios if ratios[b] > allowed]
        verdict = f"above {allowed} at {', '.join(lost)}" if lost else f"never above {allowed}"
        yield f"{game.name:<28}{ratios[worst]:>6.2f} at {worst:<6}{verdict}"
    yield "\nwls over LeverageSHAP, as many seeds each"
    for game in (each for each in games if each.peers):
        theirs = game.peers["LeverageSHAP"]
        ratios = {b: error / theirs[b] for b, error in game.ours["wls"].items() if b >= 128}
        cells = "".join(f"  {ratio:.2f} at {b}" for b, ratio in ratios.items())
        yield f"{game.name:<28}{cells}"
    yield "\n95% intervals, all budgets together; the budgets that cover least and most"
    for game, estimator in product(games, OURS):
        covered = game.covered[estimator]
        if not covered:
            continue
        low, high = min(covered, key=lambda b: covered[b]), max(covered, key=lambda b: covered[b])
        yield (
            f"{game.name:<28}{estimator:<6}{np.mean(list(covered.values())):>6.3f}"
            f"   {covered[low]:.3f} at {low}, {covered[high]:.3f} at {high}"
        )


def main() -> None:
    """Print the tables and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed, up to 512 coalitions")
    parser.add_argument("--kept", action="store_true", help="of ours, what is kept alone")
    parser.add_argument("--only", default="", help="games whose name holds this; nothing is kept")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore", message="Stochastic Optimizer")
    budgets, seeds = (BUDGETS[:4], 1) if asked.quick else (BUDGETS, 3)
    games = {name: table for name, table in kept_tables(10).items() if asked.only in name}
    theirs = of_peers(games, budgets, seeds)
    more = ", ".join(f"{many} of {name}" for name, many in SEEDS.items())
    lines = [
        "RMSE to exact values by coalitions evaluated, the empty and the full one included;",
        f"{seeds} seeds" + (f", {more}" if seeds > 1 else "") + "; – where a peer failed.",
    ]
    print("\n".join(lines), flush=True)
    found = []
    for name, table in games.items():
        found.append(measured(name, table, theirs, budgets, seeds, asked.kept))
        for text in lines_of(found[-1]):
            print(text, flush=True)
            lines.append(text)
    for text in summary(found):
        print(text, flush=True)
        lines.append(text)
    if not asked.quick and not asked.only:
        RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
