"""Any predictor as what scikit-learn's scorers take: something that predicts, with a metric."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, ModelError, ShapvizError, Words, complaint
from shapviz.models.base import Predictor
from shapviz.models.sklearn_model import SklearnPredictor

__all__ = ["as_scorer"]

Scored = Callable[[Any, Any], float]


def as_scorer(predictor: Predictor, y: NDArray[Any], scoring: Any) -> tuple[str, Scored]:
    """The metric's name, and ``(rows, y) -> float`` of this model.

    scikit-learn estimators are scored themselves; other models as a classifier where `y` are
    labels, one for each output (of one output, the probability of the second of two), else as a
    regressor.

    Parameters
    ----------
    predictor : Predictor
    y : array (n,) or (n, outputs)
    scoring : str, callable or None

    Raises
    ------
    InputError
        scikit-learn knows no such metric, or it is neither a name nor a function.
    """
    from sklearn.metrics import get_scorer, get_scorer_names

    labels = _are_labels(y)
    if scoring is None:
        scoring = "accuracy" if labels else "r2"
    if callable(scoring):
        name, scorer = str(getattr(scoring, "__name__", type(scoring).__name__)), scoring
    elif isinstance(scoring, str) and scoring in get_scorer_names():
        name, scorer = scoring, get_scorer(scoring)
    else:
        raise InputError(
            complaint(
                "scoring",
                "be a function (model, X, y) or a name in sklearn.metrics.get_scorer_names()",
                scoring,
                'Use "r2", "neg_mean_absolute_error", "accuracy", "roc_auc" or "neg_log_loss".',
            )
        )
    own = predictor if isinstance(predictor, SklearnPredictor) else None
    asked = _stand_in(predictor, y, labels) if own is None else own.model

    def score(rows: Any, answers: Any) -> float:
        try:
            return float(scorer(asked, rows if own is None else own.as_fitted(rows), answers))
        except ShapvizError:
            raise
        except Exception as error:
            raise ModelError(
                complaint(
                    "scoring",
                    "give a number for this model and `y`",
                    Words(f"{type(error).__name__} from {name}"),
                    f"It said: {str(error).strip() or 'nothing'}",
                )
            ) from error

    return name, score


def _are_labels(y: NDArray[Any]) -> bool:
    """Whether answers are classes: text, booleans or whole numbers that recur."""
    if y.ndim > 1 or y.dtype.kind == "f":
        return False
    return y.dtype.kind in "bOUS" or 2 * len(np.unique(y)) <= len(y)


def _stand_in(predictor: Predictor, y: NDArray[Any], labels: bool) -> Any:
    """The predictor in the clothes of a scikit-learn estimator."""
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    class Regressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
        def predict(self, rows: Any) -> Any:
            answers = predictor(rows)
            return answers[:, 0] if answers.shape[1] == 1 else answers

        def __sklearn_is_fitted__(self) -> bool:
            return True

    if not labels:
        return Regressor()
    classes = np.unique(y)

    class Classifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        classes_ = classes

        def predict_proba(self, rows: Any) -> Any:
            answers = predictor(rows)
            if answers.shape[1] == 1:
                answers = np.concatenate([1 - answers, answers], axis=1)
            if answers.shape[1] != len(classes):
                raise InputError(
                    complaint(
                        "y",
                        f"have as many classes as the model has outputs, {answers.shape[1]}",
                        len(classes),
                        "Pass samples of every class, or numbers for a regression.",
                    )
                )
            return answers

        def predict(self, rows: Any) -> Any:
            return classes[self.predict_proba(rows).argmax(axis=1)]

        def __sklearn_is_fitted__(self) -> bool:
            return True

    return Classifier()
