"""XGBoost's boosters and wrappers as predictors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from scipy.special import softmax

from shapviz.errors import ModelError, complaint
from shapviz.models.boosters import (
    BoosterPredictor,
    Floats,
    comes_from,
    shared,
    shared_pairs,
)

__all__ = ["XGBoostPredictor", "matches", "no_contributions", "wrap"]

MARGIN_UNITS = {
    **dict.fromkeys(("binary:logistic", "binary:logitraw", "reg:logistic"), "log-odds"),
    **dict.fromkeys(("multi:softprob", "multi:softmax"), "margin"),
    **dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie"), "log"),
}
PROBABILITIES = ("binary:logistic", "reg:logistic", "multi:softprob", "multi:softmax")


class XGBoostPredictor(BoosterPredictor):
    """An `xgboost.Booster`, or a fitted XGBClassifier, XGBRegressor, XGBRFClassifier …

    A wrapper answers with its best iteration where it stopped early, as its own `predict` does.
    """

    kind = "xgboost"

    def _ask(self, rows: Any) -> Any:
        rows = self.as_trained(rows)
        if not _is_booster(self.model):
            if self.margin:
                return self.model.predict(rows, output_margin=True)
            probable = hasattr(self.model, "predict_proba")
            return self.model.predict_proba(rows) if probable else self.model.predict(rows)
        labels = _objective(self.model) == "multi:softmax"
        margin = self.margin or labels
        answers = _booster(self.model).predict(self._matrix(rows), output_margin=margin)
        return softmax(answers, axis=1) if labels and not self.margin else answers

    def contributions(self, rows: Any) -> tuple[Floats, Floats]:
        """XGBoost's `pred_contribs` (n, d, K) and its base values (n, K)."""
        return shared(self._shared(rows, pred_contribs=True), self._width(self.model))

    def interactions(self, rows: Any) -> Floats:
        """XGBoost's `pred_interactions` (n, d, d, K)."""
        return shared_pairs(self._shared(rows, pred_interactions=True), self._width(self.model))

    def _shared(self, rows: Any, **what: bool) -> Any:
        matrix = self._matrix(self.as_trained(rows))
        best = None if _is_booster(self.model) else _best_iteration(self.model)
        return _booster(self.model).predict(
            matrix, iteration_range=(0, 0) if best is None else (0, best + 1), **what
        )

    def _matrix(self, rows: Any) -> Any:
        import xgboost

        missing = getattr(self.model, "missing", float("nan"))
        return xgboost.DMatrix(rows, missing=missing, enable_categorical=True)

    def _content_digest(self) -> str | None:
        """SHA-256 of the booster's saved bytes, and of how its wrapper asks it."""
        hasher = hashlib.sha256(bytes(_booster(self.model).save_raw("ubj")))
        hasher.update(f"{type(self.model).__name__} {self.margin}".encode())
        return hasher.hexdigest()

    def _margin_units(self, model: Any) -> str:
        return MARGIN_UNITS.get(_objective(model), "")

    def _units(self, model: Any) -> str:
        return "probability" if _objective(model) in PROBABILITIES else ""

    def _class_names(self, model: Any) -> tuple[str, ...] | None:
        classes = getattr(model, "classes_", None)
        return None if classes is None else tuple(str(name) for name in classes)

    def _columns(self, model: Any) -> tuple[str, ...] | None:
        names = _booster(model).feature_names
        return None if names is None else tuple(names)

    def _width(self, model: Any) -> int:
        return int(_booster(model).num_features())


def matches(model: Any) -> bool:
    """Whether this is an XGBoost booster or wrapper."""
    return comes_from(model, "xgboost", "Booster", "XGBModel")


def wrap(model: Any, output_names: Sequence[str] | None, model_id: str | None) -> XGBoostPredictor:
    """Return the booster as a predictor.

    Raises
    ------
    ModelError
        It is not fitted.
    """
    if not _is_booster(model) and not model.__sklearn_is_fitted__():
        raise ModelError(complaint("model", "be fitted", model, "Call its fit method first."))
    return XGBoostPredictor(model, output_names=output_names, model_id=model_id)


def _is_booster(model: Any) -> bool:
    return comes_from(model, "xgboost", "Booster")


def _booster(model: Any) -> Any:
    return model if _is_booster(model) else model.get_booster()


def no_contributions(model: Any) -> str | None:
    """What keeps XGBoost from sharing out its margins by trees, as words; None where nothing."""
    learner = _learner(model)
    if learner["gradient_booster"]["name"] == "gblinear":
        return "an XGBoost model of linear functions (gblinear), without trees"
    if learner["learner_train_param"].get("multi_strategy") == "multi_output_tree":
        return "an XGBoost model whose trees have several outputs each"
    return None


def _learner(model: Any) -> dict[str, Any]:
    """What the booster's configuration says of its learner: objective, kind of booster."""
    found: dict[str, Any] = json.loads(_booster(model).save_config())["learner"]
    return found


def _objective(model: Any) -> str:
    return str(_learner(model)["objective"]["name"])


def _best_iteration(model: Any) -> int | None:
    """The iteration at which training stopped early, or None where it did not."""
    try:
        return int(model.best_iteration)
    except AttributeError:
        return None
