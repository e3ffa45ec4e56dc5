"""LIME's local surrogate, for comparison. Its weights are never called SHAP values."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import InputError, MissingExtraError, Words, complaint
from shapviz.explainers.base import BaseExplainer, Call, Estimate
from shapviz.labels import LIME_MARK, LIME_WEIGHT

__all__ = ["LimeExplainer"]

Floats = NDArray[np.float64]

DEFAULT_BUDGET = 5000
"""The lime package's own default."""


class LimeExplainer(BaseExplainer):
    """Weights of a linear surrogate around each sample, by the lime package. Not SHAP values.

    LIME draws rows around the background's quartiles, asks the model about them, and fits a ridge
    regression to its answers, nearby rows counting more. Its features say whether a row lies in
    the sample's own quartile; a weight is what being there adds in the surrogate. The weights and
    the surrogate's intercept add up to the surrogate's answer, not to the model's: the difference
    is the additivity gap, and it need not be small. They have none of the properties that define
    Shapley values, so the unit is "LIME weight", or the model's
    own with "(LIME)" after it, and ``provenance["estimand"]`` is "lime".

    Parameters
    ----------
    model : keras.Model, scikit-learn estimator or callable
        Anything an explainer takes.
    background : array or DataFrame of numbers, or Background with equal weights
        What LIME takes for its training rows: quartiles, means and spreads.
    link, feature_names, feature_units, output_names, units, model_id
        As for every explainer, see `BaseExplainer`.

    Raises
    ------
    MissingExtraError
        The lime package is not installed.
    InputError
        A background or rows that are not finite numbers, unequal weights, or a `budget` below
        the number of features + 2.

    Notes
    -----
    `budget` counts model rows a sample, by default 5,000, as in the lime package, whose settings
    are kept otherwise, but that all features have a weight. The draws depend on the seed alone.
    base_values are the surrogates' intercepts, one a sample. There are no standard errors.

    References
    ----------
    Ribeiro, Singh & Guestrin (2016), "Why should I trust you?": explaining the predictions of any
    classifier, KDD.
    """

    name: ClassVar[str] = "lime"
    most_budget: ClassVar[int | None] = 1_000_000
    estimand: ClassVar[str] = "lime"
    base: ClassVar[str] = "surrogate_intercept"
    remark: str = "Its numbers are weights of a local surrogate, not SHAP values."

    def __init__(self, model: Any, background: Any, **options: Any) -> None:
        _lime()
        super().__init__(model, background, **options)
        known = self.masker.background
        _numbers("background", known.rows)
        if not np.allclose(known.weights, known.weights[0]):
            raise InputError(
                complaint(
                    "background",
                    "have equal weights for LIME",
                    Words(f"weights from {known.weights.min():.3g} to {known.weights.max():.3g}"),
                    "Use shapviz.sample, which draws rows that count alike.",
                )
            )

    @property
    def units(self) -> str:
        """Unit of the weights: the model's or as given, marked as LIME's."""
        own = super().units
        return f"{own} {LIME_MARK}" if own else LIME_WEIGHT

    def _check_call(self, X: Any, call: Call) -> None:
        _numbers("X", X)
        least = self.masker.n_players + 2
        if call.budget is not None and call.budget < least:
            raise InputError(
                complaint(
                    "budget",
                    f"be at least {least}, two more than the features of the surrogate",
                    call.budget,
                    f"LIME's own default is {DEFAULT_BUDGET:,}.",
                )
            )

    def _estimate(self, X: Any, call: Call) -> Estimate:
        budget = DEFAULT_BUDGET if call.budget is None else call.budget
        samples = _numbers("X", X)
        n, d = samples.shape
        values, base = np.zeros((n, d, len(call.outputs))), np.empty((n, len(call.outputs)))
        call.meter.plan(n * budget)
        game = self._game(call)
        predictions = game.predict(X)
        known = _numbers("background", self.masker.background.rows)
        for i, sample in enumerate(samples):
            call.stop_if_cancelled()
            call.meter.begin(budget)
            # Made anew, so that a sample's draws do not depend on its companions.
            surrogate = _lime().LimeTabularExplainer(known, random_state=call.seed)
            with warnings.catch_warnings():
                # Scores and single outputs are explained too, and do not add up to one.
                warnings.filterwarnings("ignore", r"\s*Prediction probabilties", UserWarning)
                found = surrogate.explain_instance(
                    sample,
                    lambda rows: game.predict(self._as_rows(rows)),
                    labels=call.outputs,
                    num_features=d,
                    num_samples=budget,
                )
            for k, output in enumerate(call.outputs):
                base[i, k] = found.intercept[output]
                for feature, weight in found.local_exp[output]:
                    values[i, feature, k] = weight
        return Estimate(
            values,
            base,
            predictions[:, list(call.outputs)],
            provenance={"model_rows": int(game.model_rows), "budget": budget},
        )

    def _as_rows(self, matrix: Floats) -> Any:
        """LIME's rows (m, d) as the model takes them."""
        rows = self.masker.background.rows
        if isinstance(rows, pd.DataFrame):
            return pd.DataFrame(matrix, columns=rows.columns)
        return matrix.reshape(-1, *self.masker.feature_shape)


def _numbers(name: str, rows: Any) -> Floats:
    """Rows as float64 (n, d); InputError where they are not finite numbers."""
    fix = "LIME takes quartiles of every feature. Use KernelExplainer, which takes any rows."
    try:
        matrix = np.asarray(rows, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(complaint(name, "hold numbers only for LIME", rows, fix)) from error
    if not np.isfinite(matrix).all():
        got = Words(f"{int((~np.isfinite(matrix)).sum())} missing or infinite values")
        raise InputError(complaint(name, "hold finite numbers for LIME", got, fix))
    return matrix.reshape(len(matrix), -1)


def _lime() -> Any:
    """lime's module for tables; MissingExtraError, with the extra's name, where it is missing."""
    try:
        from lime import lime_tabular
    except ImportError as error:
        raise MissingExtraError(
            complaint(
                "algorithm",
                "be installed: the lime package makes the surrogates",
                Words("no such package"),
                'Install it: pip install "shapviz[lime]".',
            )
        ) from error
    return lime_tabular
