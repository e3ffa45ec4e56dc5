"""Shapley values of linear models, from their coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, Words, complaint
from shapviz.explainers.base import BaseExplainer, Call, Estimate
from shapviz.explainers.scale import own_scale
from shapviz.links import Link
from shapviz.models.linear_form import linear_form

__all__ = ["LinearExplainer"]

Floats = NDArray[np.float64]

AGREEMENT = 1e-5
"""Largest difference between the model's answers and its coefficients', relative to the largest
term: above the rounding of float32 rows, below anything the model does besides."""


class LinearExplainer(BaseExplainer):
    """Exact Shapley values of a linear model: coefficient × (value − background mean).

    Absent features take the values of the background rows, weighted. The model answers for the
    rows and the background once, to hold its coefficients against; nothing else is asked of it.

    Parameters
    ----------
    model : scikit-learn estimator, Pipeline or (coefficients, intercept)
        One with ``coef_`` and ``intercept_``; a pipeline of column-wise scalers, encoders or
        imputers that ends in one; or coefficients (features,) or (outputs, features) with an
        intercept for each output.
    background : array, DataFrame, Background or masker
        The rows that stand in for absence.
    link : "identity" or "logit", default "identity"
        Of a classifier its `decision_function` is explained, never a probability: for a logistic
        regression of two classes the log-odds of the second class, under either link; for others
        one score a class, and "logit" is refused.
    feature_names, feature_units, output_names, units, model_id
        As for every explainer, see `BaseExplainer`.

    Raises
    ------
    InputError
        The model is not linear, or a step before it may mix columns; the message names it.
        When called: the model does not answer as its coefficients say.

    Notes
    -----
    φⱼ = cⱼ·(zⱼ(xⱼ) − Σ_b w_b zⱼ(bⱼ)), where z are the pipeline's column-wise steps; no
    interactions, hence exact for every coalition game of the background. Standard errors are
    zero. Missing values that an imputer fills are values like any other.

    References
    ----------
    Štrumbelj & Kononenko (2014), Explaining prediction models and individual predictions with
    feature contributions, Knowledge and Information Systems 41.

    Examples
    --------
    >>> import numpy as np
    >>> explainer = LinearExplainer(([2.0, -1.0], 5.0), np.array([[0.0, 0.0], [2.0, 2.0]]))
    >>> explainer(np.array([[3.0, 4.0]])).values
    array([[ 4., -3.]])
    """

    name: ClassVar[str] = "linear"
    takes_budget: ClassVar[bool] = False

    def __init__(
        self,
        model: Any,
        background: Any,
        *,
        link: str | Link = "identity",
        output_names: Sequence[str] | None = None,
        model_id: str | None = None,
        **options: Any,
    ) -> None:
        self.form = linear_form(model, output_names, model_id)
        link = own_scale(link, self.form.units, self.name)
        super().__init__(self.form.predictor, background, link=link, **options)

    @property
    def units(self) -> str:
        """Unit of the values: as given, else "log-odds" for a logistic regression, else ""."""
        return self.form.units if self._units is None else self._units

    @property
    def remark(self) -> str:  # type: ignore[override]
        """What of a classifier is explained; "" for others."""
        if self._scale() != "decision_function":
            return ""
        scores = "Log-odds" if self.form.units else "Scores (decision_function)"
        return f"{scores} are explained; algorithm='kernel' explains its answers."

    def _estimate(self, X: Any, call: Call) -> Estimate:
        game = self._game(call)
        rows, background = self.masker.background.rows, self.masker.background
        call.meter.plan(len(X) + len(rows))
        call.meter.begin(len(rows))
        base = game.base()
        call.meter.begin(len(X))
        predictions = game.predict(X)
        z, z_background = self.form.columns(X), self.form.columns(rows)
        self._compare(z, predictions)
        self._compare(background.weights @ z_background, base)
        chosen = list(call.outputs)
        # The mean of equal rows need not be equal to them, to the last digit.
        idle = (z_background == z_background[:1]).all(axis=0) & (z == z_background[:1])
        moved = np.where(idle, 0.0, z - background.weights @ z_background)
        values = moved[:, :, None] * self.form.coefficients[chosen].T[None]
        return Estimate(
            values,
            np.tile(base[chosen], (len(X), 1)),
            predictions[:, chosen],
            standard_errors=np.zeros_like(values),
            provenance={"model_rows": int(game.model_rows), "scale": self._scale()},
        )

    def _scale(self) -> str:
        """What of the model is explained, for provenance."""
        return str(getattr(self.form.predictor, "method", "coefficients"))

    def _compare(self, z: Floats, answers: Floats) -> None:
        """InputError where the model's answers differ from what its coefficients say."""
        z, answers = np.atleast_2d(z), np.atleast_2d(answers)
        coefficients, intercept = self.form.coefficients, self.form.intercept
        if z.shape[1] != coefficients.shape[1] or answers.shape[1] != len(coefficients):
            got = f"{coefficients.shape} for {z.shape[1]} columns and {answers.shape[1]} outputs"
            raise self._otherwise(Words(f"coefficients of shape {got}"))
        largest = np.abs(z) @ np.abs(coefficients).T + np.abs(intercept)
        gap = np.abs(z @ coefficients.T + intercept - answers)
        if not (gap <= AGREEMENT * largest.max()).all():
            raise self._otherwise(Words(f"answers that differ by up to {gap.max():.3g}"))

    def _otherwise(self, got: Words) -> InputError:
        return InputError(
            complaint(
                "model",
                "answer as its coefficients and intercept say",
                got,
                "Something comes after its linear part: KernelExplainer takes any model.",
            )
        )
