"""scikit-learn estimators and pipelines, and boosters that speak their language."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from shapviz.errors import InputError, ModelError, complaint
from shapviz.models.base import Predictor

__all__ = ["SklearnPredictor", "as_scores", "matches", "wrap"]

METHODS = (("predict_proba", "probability"), ("decision_function", ""), ("predict", ""))
"""What is asked of an estimator, the first it has, with the units of the answer."""

SCORES = (("decision_function", ""), ("predict", ""))
"""What is asked where the scale matters on which an estimator adds up, before any probability."""


class SklearnPredictor(Predictor):
    """An estimator asked through `predict_proba`, `decision_function` or `predict`."""

    kind = "sklearn"

    def __init__(self, model: Any, method: str, **known: Any) -> None:
        super().__init__(model, **known)
        self.method = method
        # The estimator's own labels: what it was fitted with, which may not be text.
        self._columns = getattr(model, "feature_names_in_", None)

    def _ask(self, rows: Any) -> Any:
        return getattr(self.model, self.method)(self.as_fitted(rows))

    def as_fitted(self, rows: Any) -> Any:
        """Rows in the container the estimator was fitted on, columns in its order."""
        if self._columns is None:
            numeric = isinstance(rows, pd.DataFrame) and all(
                isinstance(kind, np.dtype) and kind.kind in "biuf" for kind in rows.dtypes
            )
            return rows.to_numpy() if numeric else rows
        if not isinstance(rows, pd.DataFrame):
            return pd.DataFrame(rows, columns=self._columns)
        if rows.columns.equals(pd.Index(self._columns)):
            return rows
        missing = [str(name) for name in self._columns if name not in rows.columns]
        if missing:
            raise InputError(
                complaint(
                    "rows",
                    f"have the columns the model was fitted on, {_listed(missing)} too",
                    rows,
                    "Rename or add the missing columns.",
                )
            )
        return rows[list(self._columns)]

    def _content_digest(self) -> str | None:
        """SHA-256 of the estimator's pickled content; None where it holds a local function.

        `joblib.hash` pickles in an order that depends on content alone. A function that the
        estimator refers to counts by its name: give a `model_id` when its code changes.
        """
        try:
            content = _hashed(self.model)
        except (pickle.PicklingError, AttributeError, TypeError):
            return None
        kind = f"{type(self.model).__module__}.{type(self.model).__qualname__}"
        return hashlib.sha256(f"{kind}:{self.method}:{content}".encode()).hexdigest()


REMEMBERED = frozenset({"_stop_words_id"})
"""Attributes that a text vectorizer sets while it is used: an address in memory, new each time."""

NEIGHBOURS = ("KDTree", "KDTree32", "BallTree", "BallTree32")
COUNTED = slice(7, 11)
"""Of the state of scikit-learn's trees of neighbours: how often they were asked, and what for."""


def _hashed(model: Any) -> str:
    """`joblib.hash` of a model without what its parts merely remember of their last call.

    Records (a tree's nodes) are taken field by field: the room between the fields is never
    written, and another one in every process.
    """
    from joblib.hashing import NumpyHasher

    class Hasher(NumpyHasher):  # type: ignore[misc]
        def save(self, obj: Any) -> None:
            if type(obj) is dict and not REMEMBERED.isdisjoint(obj):
                obj = {name: value for name, value in obj.items() if name not in REMEMBERED}
            if isinstance(obj, np.random.RandomState | np.random.Generator):
                # It fitted the model; what a fitted one answers does not hang on it.
                obj = type(obj).__name__
            if isinstance(obj, np.ndarray) and obj.dtype.names is not None:
                obj = {name: np.ascontiguousarray(obj[name]) for name in obj.dtype.names}
            if type(obj).__name__ in NEIGHBOURS and type(obj).__module__.startswith("sklearn."):
                state = obj.__getstate__()
                obj = [type(obj).__name__, *state[: COUNTED.start], *state[COUNTED.stop :]]
            super().save(obj)

    found: str = Hasher(hash_name="sha1").hash(model)
    return found


def matches(model: Any) -> bool:
    """Whether this is an estimator: it predicts and lists its parameters."""
    return (
        not isinstance(model, type) and hasattr(model, "predict") and hasattr(model, "get_params")
    )


def wrap(
    model: Any,
    output_names: Sequence[str] | None,
    model_id: str | None,
    methods: Sequence[tuple[str, str]] = METHODS,
) -> SklearnPredictor:
    """Return the estimator as a predictor, asked through the first of the methods that it has.

    Raises
    ------
    ModelError
        It is not fitted, or offers class or cluster labels only.
    """
    _check_fitted(model)
    method, units = next(pair for pair in methods if hasattr(model, pair[0]))
    classes = getattr(model, "classes_", None)
    if method == "predict" and (classes is not None or _labels_only(model)):
        raise ModelError(
            complaint(
                "model",
                "have predict_proba or decision_function, or be a regressor",
                model,
                "Pass a function that returns a score, for example a distance or a vote share.",
            )
        )
    n_outputs, names = _outputs(model, method, classes)
    columns = getattr(model, "feature_names_in_", None)
    width = getattr(model, "n_features_in_", None)
    return SklearnPredictor(
        model,
        method,
        output_names=names if output_names is None else output_names,
        model_id=model_id,
        feature_names=None if columns is None else [str(name) for name in columns],
        feature_shape=None if width is None else (int(width),),
        n_outputs=n_outputs,
        single_output=None if n_outputs is None else n_outputs == 1,
        units=units,
    )


def as_scores(
    model: Any, output_names: Sequence[str] | None, model_id: str | None
) -> SklearnPredictor:
    """Return the estimator asked for its scores: `decision_function`, else `predict`.

    A classifier of two classes has one score, positive for the second class; of two names given
    for its outputs the second is kept.

    Raises
    ------
    ModelError
        As `wrap` does, or a classifier that has probabilities only.
    """
    return wrap(model, names_of_scores(model, output_names), model_id, SCORES)


def names_of_scores(model: Any, names: Sequence[str] | None) -> Sequence[str] | None:
    """Names given for the outputs of a classifier, as far as its scores go."""
    classes = getattr(model, "classes_", None)
    two = classes is not None and len(classes) == 2
    return names[1:] if two and names is not None and len(names) == 2 else names


def _outputs(model: Any, method: str, classes: Any) -> tuple[int | None, list[str] | None]:
    """Number and names of the outputs as `classes_` tells them."""
    if method == "predict" or not isinstance(classes, np.ndarray):
        return None, None
    names = [str(name) for name in classes]
    if method == "decision_function":
        last = model[-1] if hasattr(model, "steps") else model
        if len(names) > 2 and getattr(last, "decision_function_shape", "ovr") == "ovo":
            # One column per pair of classes.
            return None, None
        if len(names) == 2:
            # One score; positive speaks for the second class.
            names = names[1:]
    return len(names), names


def _check_fitted(model: Any) -> None:
    from sklearn.base import BaseEstimator
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    if not isinstance(model, BaseEstimator):
        return
    try:
        check_is_fitted(model)
    except NotFittedError as error:
        raise ModelError(
            complaint("model", "be fitted", model, "Call its fit method first.")
        ) from error


def _labels_only(model: Any) -> bool:
    from sklearn.base import is_classifier, is_clusterer

    return bool(is_classifier(model) or is_clusterer(model))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:5]))
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
