"""LightGBM's boosters and wrappers as predictors."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from shapviz.errors import ModelError, complaint
from shapviz.models.boosters import BoosterPredictor, Floats, comes_from, shared

__all__ = ["LightGBMPredictor", "matches", "no_contributions", "wrap"]

MARGIN_UNITS = {
    **dict.fromkeys(("binary", "cross_entropy"), "log-odds"),
    **dict.fromkeys(("multiclass", "multiclassova"), "margin"),
    **dict.fromkeys(("poisson", "gamma", "tweedie"), "log"),
}
PROBABILITIES = ("binary", "cross_entropy", "multiclass", "multiclassova")


class LightGBMPredictor(BoosterPredictor):
    """A `lightgbm.Booster`, or a fitted LGBMClassifier, LGBMRegressor …

    Answers with its best iteration where it stopped early, as its own `predict` does.
    """

    kind = "lightgbm"

    def _ask(self, rows: Any) -> Any:
        rows = self.as_trained(rows)
        if self.margin:
            return _booster(self.model).predict(rows, raw_score=True)
        probable = hasattr(self.model, "predict_proba")
        return self.model.predict_proba(rows) if probable else self.model.predict(rows)

    def contributions(self, rows: Any) -> tuple[Floats, Floats]:
        """LightGBM's `pred_contrib` (n, d, K) and its base values (n, K)."""
        table = _booster(self.model).predict(self.as_trained(rows), pred_contrib=True)
        dense = table.toarray() if hasattr(table, "toarray") else table
        return shared(dense, self._width(self.model))

    def _content_digest(self) -> str | None:
        """SHA-256 of the booster as it is saved, and of how its wrapper asks it."""
        hasher = hashlib.sha256(_booster(self.model).model_to_string().encode())
        hasher.update(f"{type(self.model).__name__} {self.margin}".encode())
        return hasher.hexdigest()

    def _margin_units(self, model: Any) -> str:
        objective, *settings = _objective(model)
        if objective == "binary" and "sigmoid:1" not in settings:
            return "margin"
        return MARGIN_UNITS.get(objective, "")

    def _units(self, model: Any) -> str:
        return "probability" if _objective(model)[0] in PROBABILITIES else ""

    def _class_names(self, model: Any) -> tuple[str, ...] | None:
        classes = getattr(model, "classes_", None)
        return None if classes is None else tuple(str(name) for name in classes)

    def _columns(self, model: Any) -> tuple[str, ...] | None:
        names = _booster(model).feature_name()
        made_up = all(re.fullmatch(r"Column_\d+", name) for name in names)
        return None if made_up else tuple(names)

    def _width(self, model: Any) -> int:
        return int(_booster(model).num_feature())

    def _label(self, name: str) -> str:
        return name.replace(" ", "_")


def matches(model: Any) -> bool:
    """Whether this is a LightGBM booster or wrapper."""
    return comes_from(model, "lightgbm", "Booster", "LGBMModel")


def wrap(model: Any, output_names: Sequence[str] | None, model_id: str | None) -> LightGBMPredictor:
    """Return the booster as a predictor.

    Raises
    ------
    ModelError
        It is not fitted.
    """
    if not _is_booster(model) and not model.__sklearn_is_fitted__():
        raise ModelError(complaint("model", "be fitted", model, "Call its fit method first."))
    return LightGBMPredictor(model, output_names=output_names, model_id=model_id)


def no_contributions(model: Any) -> str | None:
    """What keeps LightGBM from sharing out its margins by trees, as words; None where nothing."""
    linear = "\nis_linear=1" in _booster(model).model_to_string(num_iteration=1)
    return "a LightGBM model with linear functions in its leaves" if linear else None


def _is_booster(model: Any) -> bool:
    return comes_from(model, "lightgbm", "Booster")


def _booster(model: Any) -> Any:
    return model if _is_booster(model) else model.booster_


def _objective(model: Any) -> list[str]:
    """The objective and its settings, as they are saved: ["binary", "sigmoid:1"]; [""] if none."""
    told = re.search(r"^objective=(.*)$", _booster(model).model_to_string(num_iteration=1), re.M)
    return told[1].split() if told else [""]
