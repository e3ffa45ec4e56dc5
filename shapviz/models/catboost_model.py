"""CatBoost's models as predictors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from shapviz.errors import ModelError, complaint
from shapviz.models.boosters import (
    BoosterPredictor,
    Floats,
    comes_from,
    shared,
    shared_pairs,
)

__all__ = ["CatBoostPredictor", "matches", "no_contributions", "wrap"]

MARGIN_UNITS = {
    **dict.fromkeys(("Logloss", "CrossEntropy"), "log-odds"),
    **dict.fromkeys(("MultiClass", "MultiClassOneVsAll"), "margin"),
    **dict.fromkeys(("Poisson", "Tweedie"), "log"),
}
"""Loss trained on → unit of the sums of leaves."""


class CatBoostPredictor(BoosterPredictor):
    """A fitted CatBoost, CatBoostClassifier, CatBoostRegressor …

    A plain CatBoost answers with its margins, as its own `predict` does.
    """

    kind = "catboost"

    def _ask(self, rows: Any) -> Any:
        rows = self.as_trained(rows)
        if self.margin:
            return self.model.predict(rows, prediction_type="RawFormulaVal")
        probable = hasattr(self.model, "predict_proba")
        return self.model.predict_proba(rows) if probable else self.model.predict(rows)

    def contributions(self, rows: Any) -> tuple[Floats, Floats]:
        """CatBoost's ShapValues (n, d, K) and its base values (n, K)."""
        return shared(self._shared(rows, "ShapValues"), self._width(self.model))

    def interactions(self, rows: Any) -> Floats:
        """CatBoost's ShapInteractionValues (n, d, d, K)."""
        return shared_pairs(self._shared(rows, "ShapInteractionValues"), self._width(self.model))

    def _shared(self, rows: Any, what: str) -> Any:
        import catboost

        pool = catboost.Pool(
            self.as_trained(rows), cat_features=self.model.get_cat_feature_indices() or None
        )
        return self.model.get_feature_importance(pool, type=what)

    def _content_digest(self) -> str | None:
        """SHA-256 of the bytes that CatBoost saves, and of how they are asked."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "model.cbm"
            self.model.save_model(str(path), format="cbm")
            hasher = hashlib.sha256(path.read_bytes())
        hasher.update(f"{type(self.model).__name__} {self.margin}".encode())
        return hasher.hexdigest()

    def _margin_units(self, model: Any) -> str:
        return MARGIN_UNITS.get(_loss(model), "")

    def _units(self, model: Any) -> str:
        return "probability" if hasattr(model, "predict_proba") else ""

    def _class_names(self, model: Any) -> tuple[str, ...] | None:
        if not hasattr(model, "predict_proba"):
            return None
        return tuple(str(name) for name in model.classes_)

    def _columns(self, model: Any) -> tuple[str, ...] | None:
        names = [str(name) for name in model.feature_names_]
        made_up = names == [str(i) for i in range(len(names))]
        return None if made_up else tuple(names)

    def _width(self, model: Any) -> int:
        return len(model.feature_names_)


def matches(model: Any) -> bool:
    """Whether this is a CatBoost model."""
    return comes_from(model, "catboost", "CatBoost")


def wrap(model: Any, output_names: Sequence[str] | None, model_id: str | None) -> CatBoostPredictor:
    """Return the model as a predictor.

    Raises
    ------
    ModelError
        It is not fitted.
    """
    if not model.is_fitted():
        raise ModelError(complaint("model", "be fitted", model, "Call its fit method first."))
    return CatBoostPredictor(model, output_names=output_names, model_id=model_id)


def no_contributions(model: Any) -> str | None:
    """What keeps CatBoost from sharing out its margins by trees: nothing that is known here."""
    return None


def _loss(model: Any) -> str:
    """The loss trained on, without its settings."""
    return str(model.get_all_params().get("loss_function", "")).partition(":")[0]
