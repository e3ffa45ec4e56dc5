"""Permutation importance: how much worse a model scores when a feature's column is shuffled.

A global measure beside mean |SHAP value|: it asks what a feature is worth to a metric, and so
needs the true answers. It is no SHAP value, and makes no Explanation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from shapviz.background import as_background
from shapviz.errors import InputError, JobCancelled, ModelError, Words, complaint
from shapviz.explainers import checks
from shapviz.maskers import as_masker
from shapviz.models import Predictor, as_predictor
from shapviz.models.scoring import as_scorer
from shapviz.types import Cancel, Progress

__all__ = ["PermutationImportance", "permutation_importance"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PermutationImportance:
    """How much a metric drops without each feature.

    Attributes
    ----------
    feature_names : tuple of str
    drops : float64 (d, repeats)
        Score of the data as they are minus the score with the feature shuffled; above 0 where
        the model loses by it.
    score : float
        Of the data as they are.
    metric : str
        What was scored; greater is better.
    """

    feature_names: tuple[str, ...]
    drops: Floats
    score: float
    metric: str

    @property
    def means(self) -> Floats:
        """Mean drop of each feature, (d,)."""
        return np.asarray(self.drops.mean(axis=1))

    @property
    def standard_errors(self) -> Floats | None:
        """Of the means over shuffles, not over samples, (d,); None for a single shuffle."""
        repeats = self.drops.shape[1]
        if repeats < 2:
            return None
        return np.asarray(self.drops.std(axis=1, ddof=1) / np.sqrt(repeats))

    @property
    def interval(self) -> tuple[Floats, Floats] | None:
        """95% interval of each mean over shuffles, low and high (d,); None for a single one."""
        errors = self.standard_errors
        if errors is None:
            return None
        reach = stdtrit(self.drops.shape[1] - 1, 0.975) * errors
        return self.means - reach, self.means + reach

    @property
    def order(self) -> NDArray[np.int64]:
        """Feature positions, largest mean drop first; ties keep the features' order."""
        return np.argsort(-self.means, kind="stable")

    def top(self, k: int = 5) -> NDArray[np.int64]:
        """Return positions of the k features with the largest drop."""
        return self.order[:k]

    def to_frame(self) -> pd.DataFrame:
        """Return one row a feature, most important first: drop and its standard error."""
        frame = pd.DataFrame(
            {"drop": self.means}, index=pd.Index(self.feature_names, name="feature")
        )
        if self.standard_errors is not None:
            frame["standard_error"] = self.standard_errors
        return frame.iloc[self.order]


def permutation_importance(
    model: Any,
    X: Any,
    y: Any,
    *,
    scoring: str | Callable[[Any, Any, Any], float] | None = None,
    repeats: int = 10,
    seed: int = 0,
    feature_names: Sequence[str] | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PermutationImportance:
    """Return how much a metric drops when one feature after the other is shuffled.

    Costs n · (1 + d · repeats) model rows. Features that say the same share nothing: shuffle one,
    and the other still tells; both then look unimportant.

    Parameters
    ----------
    model : keras.Model, scikit-learn estimator or callable
        Anything an explainer takes.
    X : array (n, *features), DataFrame, or dict of input name to array
        Samples with known answers, best ones the model was not fitted on.
    y : array_like of shape (n,) or (n, outputs)
        The answers.
    scoring : str or callable, optional
        A name of scikit-learn's (`sklearn.metrics.get_scorer_names`), or a function
        ``(model, X, y) -> float``, greater is better. Default: "accuracy" for class labels,
        "r2" for numbers.
    repeats : int, default 10
        Shuffles of each feature.
    seed : int, default 0
        The same seed gives the same numbers, whatever other features there are.
    feature_names : sequence of str, optional
        Default: the columns, the names the model knows, or ``feature 0`` and on.
    progress : callable (done, total), optional
        Told the model rows done.
    cancel : object with ``is_set()``, optional
        Looked at before every shuffle.

    Returns
    -------
    PermutationImportance

    Raises
    ------
    InputError
        Fewer than two samples, answers of another length, an unknown metric.
    ModelError
        The model cannot be asked, or the metric gives no number.
    JobCancelled
        `cancel` was set.

    References
    ----------
    Breiman (2001), Random forests, Machine Learning 45. Fisher, Rudin & Dominici (2019), All
    models are wrong, but many are useful, JMLR 20.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(50, 2))
    >>> found = permutation_importance(lambda rows: rows[:, 0], X, X[:, 0])
    >>> found.score, found.means.round(1).tolist()
    (1.0, [2.1, 0.0])
    """
    predictor = as_predictor(model).taking(X)
    X = predictor.packed(X, "X")
    repeats = checks.whole_number("repeats", repeats, 1, "10 is a common choice.")
    seed = checks.whole_number("seed", seed, 0, "Pass an int such as 0.")
    if feature_names is None and not isinstance(X, pd.DataFrame):
        feature_names = _names_of_model(predictor, X)
    several = predictor.inputs is not None
    masker = as_masker(as_background(X), feature_names=feature_names, packed=several)
    X = masker.check(X)
    answers = y.to_numpy() if hasattr(y, "to_numpy") else np.asarray(y)
    checks.aligned("y", answers, len(X))
    if len(X) < 2:
        raise InputError(
            complaint("X", "hold at least two samples to shuffle", X, "Pass more of them.")
        )
    name, score_of = as_scorer(predictor, answers, scoring)
    n, d = len(X), masker.n_players
    total = n * (1 + d * repeats)

    def scored(rows: Any, done: int) -> float:
        if cancel is not None and cancel.is_set():
            raise JobCancelled(
                complaint(
                    "cancel",
                    "stay unset until the work is finished",
                    Words(f"a request to stop after {done} model rows"),
                    "Start again to compute it.",
                )
            )
        found = score_of(rows, answers)
        if progress is not None:
            progress(done + n, total)
        if not np.isfinite(found):
            raise ModelError(
                complaint("scoring", f"give a finite number ({name})", found, "Use another metric.")
            )
        return found

    whole = scored(X, 0)
    drops = np.empty((d, repeats))
    for j in range(d):
        rng = np.random.default_rng([seed, j])
        for r in range(repeats):
            done = n * (1 + j * repeats + r)
            drops[j, r] = whole - scored(_shuffled(X, j, rng.permutation(n)), done)
    drops.setflags(write=False)
    return PermutationImportance(masker.feature_names, drops, whole, name)


def _names_of_model(predictor: Predictor, X: Any) -> Sequence[str] | None:
    names = predictor.feature_names
    return names if names is not None and np.shape(X)[1:] == (len(names),) else None


def _shuffled(X: Any, j: int, order: NDArray[np.int64]) -> Any:
    """A copy whose j-th feature (entry, in C order) is another sample's."""
    rows = X.copy()
    if isinstance(rows, pd.DataFrame):
        rows.isetitem(j, rows.iloc[order, j].array)
        return rows
    flat = rows.reshape(len(rows), -1)
    flat[:, j] = flat[order, j]
    return flat.reshape(rows.shape)
