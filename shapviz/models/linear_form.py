"""What makes a model linear: its coefficients, and the column-wise steps before them.

Reads estimators, asks them nothing; `LinearExplainer` compares what is read with their answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.digests import digest
from shapviz.errors import InputError, Words, complaint
from shapviz.models.base import Predictor
from shapviz.models.sklearn_model import as_scores, matches

__all__ = ["CoefficientPredictor", "LinearForm", "is_pair", "linear_form", "not_linear", "wrap"]

Floats = NDArray[np.float64]

COLUMN_WISE = (
    "Binarizer",
    "MaxAbsScaler",
    "MinMaxScaler",
    "OrdinalEncoder",
    "PowerTransformer",
    "QuantileTransformer",
    "RobustScaler",
    "SimpleImputer",
    "StandardScaler",
)
"""scikit-learn's transformers that make each column from the same column alone."""

LOG_ODDS = ("LogisticRegression", "LogisticRegressionCV")
"""Classifiers whose score for two classes is the log of the odds."""

CURVED = ("GammaRegressor", "PoissonRegressor", "TweedieRegressor")
"""Regressors that answer with the exponential of their linear part."""


class CoefficientPredictor(Predictor):
    """Coefficients and an intercept given as they are: ``rows @ coefficients.T + intercept``."""

    kind = "linear"

    def __init__(self, coefficients: Any, intercept: Any, **known: Any) -> None:
        self.coefficients, self.intercept = _as_table(coefficients, intercept)
        outputs, features = self.coefficients.shape
        super().__init__(
            (coefficients, intercept),
            feature_shape=(features,),
            n_outputs=outputs,
            single_output=outputs == 1,
            **known,
        )

    def _ask(self, rows: Any) -> Any:
        return np.asarray(rows, dtype=np.float64) @ self.coefficients.T + self.intercept

    def _content_digest(self) -> str | None:
        return digest(np.column_stack([self.coefficients, self.intercept]))


@dataclass(frozen=True, eq=False)
class LinearForm:
    """A model read as ``coefficients · z(x) + intercept``, where z works column by column.

    Attributes
    ----------
    predictor : Predictor
        Asks the model for the score that is linear.
    coefficients : float64 (outputs, features)
    intercept : float64 (outputs,)
    steps : tuple of transformers
        z, in order; empty where the model takes the columns as they are.
    units : str
        "log-odds" for a logistic regression of two classes, else "".
    """

    predictor: Predictor
    coefficients: Floats
    intercept: Floats
    steps: tuple[Any, ...] = ()
    units: str = ""

    def columns(self, rows: Any) -> Floats:
        """Rows (n, d) as the coefficients meet them: after the column-wise steps."""
        prepared = getattr(self.predictor, "as_fitted", np.asarray)(rows)
        for step in self.steps:
            prepared = step.transform(prepared)
        dense = prepared.toarray() if hasattr(prepared, "toarray") else prepared
        return np.asarray(dense, dtype=np.float64)


def is_pair(model: Any) -> bool:
    """Whether this is (coefficients, intercept): two arrays or lists of numbers."""
    if not isinstance(model, tuple) or len(model) != 2:
        return False
    try:
        kinds = [np.asarray(part).dtype.kind for part in model]
    except (TypeError, ValueError):
        return False
    return all(kind in "biuf" for kind in kinds)


def wrap(
    model: Any, output_names: Sequence[str] | None, model_id: str | None
) -> CoefficientPredictor:
    """Return (coefficients, intercept) as a predictor."""
    return CoefficientPredictor(*model, output_names=output_names, model_id=model_id)


def not_linear(model: Any) -> str | None:
    """What keeps a model from being read as a linear one, as words; None where it is one."""
    if is_pair(model):
        return None
    if not matches(model):
        return f"a {type(model).__name__}, which is no scikit-learn estimator"
    steps, last = _taken_apart(model)
    if type(last).__module__.split(".")[0] in ("xgboost", "lightgbm", "catboost"):
        return f"{type(last).__name__}, a booster"
    if getattr(last, "coef_", None) is None or getattr(last, "intercept_", None) is None:
        return f"{type(last).__name__}, which has no coefficients"
    if hasattr(last, "classes_") and not hasattr(last, "decision_function"):
        return f"{type(last).__name__}, which has no decision_function"
    if type(last).__name__ in CURVED:
        return f"{type(last).__name__}, which answers with a curve of its linear part"
    if type(last).__module__.startswith("sklearn.cross_decomposition"):
        return f"{type(last).__name__}, whose coefficients belong to centred columns"
    if len(getattr(last, "classes_", ())) > 2 and type(last).__name__ in ("SVC", "NuSVC"):
        return f"{type(last).__name__} of more than two classes, whose scores are counts of votes"
    for step in steps:
        name = type(step).__name__
        if name not in COLUMN_WISE or not type(step).__module__.startswith("sklearn."):
            return f"a pipeline with {name}, which may mix columns"
        if getattr(step, "add_indicator", False):
            return f"a pipeline with {name}(add_indicator=True), which adds columns"
    return None


def linear_form(
    model: Any, output_names: Sequence[str] | None = None, model_id: str | None = None
) -> LinearForm:
    """Return the model as coefficients over column-wise steps.

    Parameters
    ----------
    model : scikit-learn estimator, pipeline, (coefficients, intercept) or their Predictor
    output_names : sequence of str, optional
    model_id : str, optional

    Raises
    ------
    InputError
        The model is not linear, with what keeps it from being read as such.
    ModelError
        It is not fitted.
    """
    model = getattr(model, "model", model) if isinstance(model, Predictor) else model
    reason = not_linear(model)
    if reason is not None:
        raise InputError(
            complaint(
                "model",
                "be a linear model of scikit-learn, a pipeline of column-wise scalers that ends "
                "in one, or (coefficients, intercept)",
                Words(reason),
                "Use AdditiveExplainer where no features interact, else ExactExplainer or "
                "KernelExplainer, which take any model.",
            )
        )
    if is_pair(model):
        pair = wrap(model, output_names, model_id)
        return LinearForm(pair, pair.coefficients, pair.intercept)
    steps, last = _taken_apart(model)
    coefficients, intercept = _as_table(last.coef_, last.intercept_)
    binary = len(coefficients) == 1 and type(last).__name__ in LOG_ODDS
    units = "log-odds" if binary else ""
    return LinearForm(
        as_scores(model, output_names, model_id), coefficients, intercept, steps, units
    )


def _taken_apart(model: Any) -> tuple[tuple[Any, ...], Any]:
    """The transformers of a pipeline, pipelines within it opened, and its last estimator."""
    if not hasattr(model, "steps"):
        return (), model
    parts = [part for _, part in model.steps if part is not None and part != "passthrough"]
    if not parts:
        return (), model
    steps: list[Any] = []
    for part in parts[:-1]:
        inner, end = _taken_apart(part)
        steps += [*inner, end]
    inner, last = _taken_apart(parts[-1])
    return (*steps, *inner), last


def _as_table(coefficients: Any, intercept: Any) -> tuple[Floats, Floats]:
    """Coefficients as (outputs, features) and intercepts as (outputs,); InputError otherwise."""
    dense = coefficients.toarray() if hasattr(coefficients, "toarray") else coefficients
    table = np.atleast_2d(np.asarray(dense, dtype=np.float64))
    offsets = np.asarray(intercept, dtype=np.float64).reshape(-1)
    if offsets.size == 1:
        offsets = np.full(len(table), offsets[0])
    if table.ndim != 2 or offsets.shape != (len(table),):
        raise InputError(
            complaint(
                "model",
                "have coefficients (outputs, features) with one intercept an output",
                Words(f"coefficients {table.shape} and intercept {offsets.shape}"),
                "Transpose the coefficients, or give one intercept for all outputs.",
            )
        )
    return table, offsets
