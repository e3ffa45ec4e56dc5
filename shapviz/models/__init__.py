"""Calling models: anything that predicts becomes a `Predictor`. Knows nothing of backgrounds.

A new kind of model is one file with `matches` and `wrap`, and one line in `REGISTRY`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shapviz.errors import ModelError, complaint
from shapviz.models import (
    callable_model,
    catboost_model,
    keras_model,
    lightgbm_model,
    linear_form,
    onnx_model,
    sklearn_model,
    xgboost_model,
)
from shapviz.models.answers import check_deterministic
from shapviz.models.base import ExpandingPredictor, Predictor

__all__ = ["REGISTRY", "ExpandingPredictor", "Predictor", "as_predictor", "check_deterministic"]

Matches = Callable[[Any], bool]
Wrap = Callable[[Any, Sequence[str] | None, str | None], Predictor]

REGISTRY: tuple[tuple[Matches, Wrap], ...] = (
    (keras_model.matches, keras_model.wrap),
    (linear_form.is_pair, linear_form.wrap),
    (xgboost_model.matches, xgboost_model.wrap),
    (lightgbm_model.matches, lightgbm_model.wrap),
    (catboost_model.matches, catboost_model.wrap),
    (onnx_model.matches, onnx_model.wrap),
    (sklearn_model.matches, sklearn_model.wrap),
    (callable_model.matches, callable_model.wrap),
)
"""Kinds of model, the first that matches wins."""


def as_predictor(
    model: Any, *, output_names: Sequence[str] | None = None, model_id: str | None = None
) -> Predictor:
    """Return the model as a callable ``rows -> float64 (n, outputs)``.

    Parameters
    ----------
    model : keras.Model, scikit-learn estimator or pipeline, booster, ONNX model, callable or
        Predictor
        Boosters are those of XGBoost, LightGBM and CatBoost; (coefficients, intercept) is a
        linear model. A `Predictor` is returned as it is, unless a name or an id is given.
    output_names : sequence of str, optional
        One per output; default the model's class names, or None.
    model_id : str, optional
        Stands in for the model's content in `digest`; a plain function has no digest without it.

    Returns
    -------
    Predictor

    Raises
    ------
    ModelError
        The model is of no known kind, not fitted or built, or has an output of too many axes.
    InputError
        `output_names` has the wrong length.

    Examples
    --------
    >>> import numpy as np
    >>> as_predictor(lambda X: X.sum(axis=1))(np.ones((2, 3)))
    array([[3.],
           [3.]])
    """
    if isinstance(model, Predictor):
        if output_names is None and model_id is None:
            return model
        names = model.output_names if output_names is None else output_names
        return as_predictor(model.model, output_names=names, model_id=model_id)
    for matches, wrap in REGISTRY:
        if matches(model):
            return wrap(model, output_names, model_id)
    raise ModelError(
        complaint(
            "model",
            "be a Keras model, a scikit-learn estimator, a booster, an ONNX model or a function of "
            "rows",
            model,
            "Pass an object that can be called with an array or a DataFrame.",
        )
    )
