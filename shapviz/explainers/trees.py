"""Who explains a tree ensemble: a table from kinds of model to a source of contributions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.background import Background
from shapviz.errors import InputError, MissingExtraError, Words, complaint
from shapviz.explainers.base import take
from shapviz.models import Predictor, as_predictor, catboost_model, lightgbm_model, xgboost_model
from shapviz.models.boosters import BoosterPredictor
from shapviz.models.sklearn_model import SklearnPredictor, as_scores, matches, wrap

__all__ = ["Trees", "not_trees", "trees_of"]

Floats = NDArray[np.float64]
Sharing = Callable[[Any], tuple[Floats, Floats]]

BY_ANSWER = (
    "DecisionTreeClassifier",
    "DecisionTreeRegressor",
    "ExtraTreeClassifier",
    "ExtraTreeRegressor",
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
    "RandomForestClassifier",
    "RandomForestRegressor",
)
"""scikit-learn's ensembles whose answers are means of leaves."""

BY_SCORE = (
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
)
"""Those whose scores are sums of leaves."""

HISTOGRAMS = "Hist"
"""How the names of those begin that compare numbers as they are given."""

LIBRARIES = (xgboost_model, lightgbm_model, catboost_model)
"""Those that explain their own boosters."""

UNREAD: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    (
        "of more than two classes",
        lambda model: (
            type(model).__name__ == "GradientBoostingClassifier" and len(model.classes_) > 2
        ),
    ),
    ("with exponential loss", lambda model: getattr(model, "loss", "") == "exponential"),
    (
        "that starts from another model",
        lambda model: (
            hasattr(model, "init_")
            and model.init_ != "zero"
            and not type(model.init_).__name__.startswith("Dummy")
        ),
    ),
    (
        "with categorical columns",
        lambda model: (
            getattr(model, "is_categorical_", None) is not None
            and bool(np.any(model.is_categorical_))
        ),
    ),
)
"""What of scikit-learn's trees shap refuses or reads wrongly, in words, and how to tell."""


class Trees(ABC):
    """A tree ensemble and who explains it.

    Attributes
    ----------
    predictor : Predictor
        Asks the model for what the contributions add up to.
    estimand : str
        "shapley" for the background game, or "tree_path_dependent".
    source : str
        The library that computes the contributions.
    pairing : callable or None
        Rows → pairwise interaction values (n, d, d, K), where that library has them.
    """

    predictor: Predictor
    estimand: str
    source: str
    pairing: Callable[[Any], Floats] | None = None

    @abstractmethod
    def sharing(self, background: Background) -> Sharing:
        """Rows → values (n, d, K) and base values (n, K), with all preparation done."""


class OwnLibrary(Trees):
    """A booster, explained by the library that made it."""

    estimand = "tree_path_dependent"

    def __init__(self, predictor: BoosterPredictor) -> None:
        self.predictor: BoosterPredictor = predictor
        self.source = predictor.kind
        self.pairing = getattr(predictor, "interactions", None)

    def sharing(self, background: Background) -> Sharing:
        return self.predictor.contributions


class ShapPackage(Trees):
    """scikit-learn's trees, explained by shap against the background."""

    estimand = "shapley"
    source = "shap"

    def __init__(self, predictor: SklearnPredictor) -> None:
        self.predictor: SklearnPredictor = predictor

    def sharing(self, background: Background) -> Sharing:
        shap = _shap()
        # shap weighs background rows alike: rows of one weight go together, the groups add up.
        groups = []
        for weight in np.unique(background.weights[background.weights > 0]):
            alike = np.flatnonzero(background.weights == weight)
            some = self._numbers(take(background.rows, alike))
            masker = shap.maskers.Independent(some, max_samples=len(some))
            explainer = shap.TreeExplainer(
                self.predictor.model, masker, feature_perturbation="interventional"
            )
            groups.append((float(weight) * len(alike), explainer))

        def share(rows: Any) -> tuple[Floats, Floats]:
            numbers = self._numbers(rows)
            values: Any = 0.0
            base: Any = 0.0
            for weight, explainer in groups:
                table = np.asarray(explainer.shap_values(numbers, check_additivity=False), float)
                values = values + weight * table.reshape(*numbers.shape, -1)
                base = base + weight * np.asarray(explainer.expected_value, float).reshape(-1)
            return values, np.tile(base, (len(numbers), 1))

        return share

    def _numbers(self, rows: Any) -> NDArray[Any]:
        numbers = np.asarray(self.predictor.as_fitted(rows), dtype=np.float64)
        if type(self.predictor.model).__name__.startswith(HISTOGRAMS):
            return numbers
        # These trees round to single precision before they compare; a number between two leaves
        # would else be counted to the other one.
        return numbers.astype(np.float32).astype(np.float64)


def not_trees(model: Any) -> str | None:
    """What keeps a model from being explained by its trees, as words; None where nothing does."""
    model = model.model if isinstance(model, Predictor) else model
    for library in LIBRARIES:
        if library.matches(model):
            return library.no_contributions(model)
    name = type(model).__name__
    if not matches(model) or not type(model).__module__.startswith("sklearn."):
        return f"a {name}"
    if name not in BY_ANSWER + BY_SCORE:
        return f"a {name}, which is no single tree ensemble"
    unread = next((words for words, holds in UNREAD if holds(model)), None)
    return None if unread is None else f"a {name} {unread}, unread by shap"


def trees_of(
    model: Any, output_names: Sequence[str] | None = None, model_id: str | None = None
) -> Trees:
    """Return the model with who explains it.

    Raises
    ------
    InputError
        It is no tree ensemble that anyone here explains.
    MissingExtraError
        It is one of scikit-learn's, and shap is not installed.
    """
    model = model.model if isinstance(model, Predictor) else model
    reason = not_trees(model)
    if reason is not None:
        raise InputError(
            complaint(
                "model",
                "be a tree ensemble of XGBoost, LightGBM, CatBoost or scikit-learn",
                Words(reason),
                "Use PermutationExplainer or KernelExplainer, which take any model.",
            )
        )
    if _is_booster(model):
        booster: Any = as_predictor(model)
        return OwnLibrary(booster.as_margins(output_names, model_id))
    _shap()
    if type(model).__name__ in BY_SCORE:
        scores = as_scores(model, output_names, model_id)
        if getattr(model, "loss", "") == "log_loss":
            scores.units = "log-odds" if len(model.classes_) == 2 else "margin"
        return ShapPackage(scores)
    return ShapPackage(wrap(model, output_names, model_id))


def _is_booster(model: Any) -> bool:
    return any(library.matches(model) for library in LIBRARIES)


def _shap() -> Any:
    """The shap package; MissingExtraError, with the extra's name, where it is not installed."""
    try:
        import shap
    except ImportError as error:
        raise MissingExtraError(
            complaint(
                "model",
                "be explained by the shap package, as scikit-learn's trees are",
                Words("no such package"),
                'Install it: pip install "shapviz[shap]".',
            )
        ) from error
    return shap
