"""Linear: coefficients times differences, through column-wise steps, on the model's own score."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import make_column_transformer
from sklearn.cross_decomposition import PLSRegression
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC

from shapviz.background import Background
from shapviz.errors import InputError
from shapviz.explainers.linear import LinearExplainer
from shapviz.models import as_predictor
from tests.contracts.explainer import COEFFICIENTS, ExplainerContract
from tests.oracles import agree, shapley

rng = np.random.default_rng(3)
ROWS = rng.normal(size=(60, 4))
TWO = (ROWS[:, 0] + ROWS[:, 1] > 0).astype(int)
THREE = np.digitize(ROWS[:, 1], [-0.5, 0.5])
WEIGHTS = rng.uniform(size=8)
BACKGROUND = Background(ROWS[:8], WEIGHTS)
SAMPLES = ROWS[10:14]
PAIRS = {
    "linear": (COEFFICIENTS[:, 0], 3.0),
    "interacting": ([[2.0, 2.0, -1.0, 0.0]], 0.5),
    "two outputs": ([[1.0, 1.0, 3.0, 0.0], [-2.0, -2.0, 1.0, 0.0]], [0.5, -1.0]),
    "one feature": ([2.0], 1.0),
    "nan": ([np.nan] * 4, 0.0),
}


class TestLinear(ExplainerContract):
    explainer_class = LinearExplainer
    takes_budget = False

    def model(self, kind):
        return PAIRS[kind]

    def reference(self, kind):
        coefficients, intercept = (np.squeeze(part) for part in PAIRS[kind])
        return lambda rows: np.asarray(rows) @ coefficients.T + intercept


SCALED = make_pipeline(StandardScaler(), make_pipeline(MinMaxScaler(clip=True), Ridge()))


@pytest.mark.parametrize(
    ("model", "target", "method"),
    [
        (LinearRegression(), ROWS[:, :2], "predict"),
        (SCALED, ROWS[:, 0] - ROWS[:, 3], "predict"),
        (LogisticRegression(), TWO, "decision_function"),
        (make_pipeline(StandardScaler(), LogisticRegression()), THREE, "decision_function"),
        (SVC(kernel="linear"), TWO, "decision_function"),
    ],
)
def test_values_are_those_of_brute_force_on_the_score(model, target, method):
    model = model.fit(ROWS, target)
    e = LinearExplainer(model, BACKGROUND)(SAMPLES)
    expected = shapley(getattr(model, method), SAMPLES, BACKGROUND.rows, BACKGROUND.weights)
    assert agree(e.values.reshape(expected.shape), expected, 1e-9)
    assert e.provenance["scale"] == method
    assert e.provenance["estimand"] == "shapley"


def test_a_logistic_regression_is_explained_in_log_odds():
    model = LogisticRegression().fit(ROWS, TWO)
    e = LinearExplainer(model, BACKGROUND, link="logit", output_names=["no", "yes"])(SAMPLES)
    assert (e.units, e.output_names, e.values.shape) == ("log-odds", ("yes",), (4, 4))
    odds = model.predict_proba(SAMPLES)[:, 1] / model.predict_proba(SAMPLES)[:, 0]
    assert agree(e.predictions, np.log(odds), 1e-9)


def test_several_classes_have_a_score_each_and_no_logit():
    model = LogisticRegression().fit(ROWS, THREE)
    assert LinearExplainer(model, BACKGROUND)(SAMPLES).units == ""
    with pytest.raises(InputError, match=r"`link` must be left out.*in its own scores"):
        LinearExplainer(model, BACKGROUND, link="logit")


def test_an_imputer_s_missing_values_are_values_like_any_other():
    frame = pd.DataFrame(ROWS.copy(), columns=list("abcd"))
    frame.iloc[:30:2, 1] = np.nan
    model = make_pipeline(SimpleImputer(), StandardScaler(), LinearRegression())
    model.fit(frame, ROWS[:, 1])
    e = LinearExplainer(model, frame[:8])(frame[10:14])
    names = frame.columns

    def f(rows):
        return model.predict(pd.DataFrame(rows, columns=names))

    expected = shapley(f, frame[10:14].to_numpy(), frame[:8].to_numpy())
    assert agree(e.values, expected[..., 0], 1e-9)


class Clipped(RegressorMixin, BaseEstimator):
    """Has coefficients, and does something after them."""

    def fit(self, X, y):
        inner = LinearRegression().fit(X, y)
        self.coef_, self.intercept_ = inner.coef_, inner.intercept_
        return self

    def predict(self, X):
        return np.maximum(X @ self.coef_ + self.intercept_, 0.0)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (RandomForestRegressor(2), "RandomForestRegressor, which has no coefficients"),
        (make_pipeline(PolynomialFeatures(2), Ridge()), "a pipeline with PolynomialFeatures"),
        (
            make_pipeline(make_column_transformer((StandardScaler(), [0])), Ridge()),
            "a pipeline with ColumnTransformer, which may mix columns",
        ),
        (
            make_pipeline(SimpleImputer(add_indicator=True), Ridge()),
            r"SimpleImputer\(add_indicator=True\), which adds columns",
        ),
        (PoissonRegressor(), "answers with a curve of its linear part"),
        (SVC(kernel="linear"), "counts of votes"),
        (PLSRegression(2), "whose coefficients belong to centred columns"),
    ],
)
def test_what_is_not_linear_is_refused_by_name(model, reason):
    with pytest.raises(InputError, match=rf"{reason}.*Use AdditiveExplainer"):
        LinearExplainer(model.fit(ROWS, THREE), BACKGROUND)


def test_a_function_is_refused():
    with pytest.raises(InputError, match="which is no scikit-learn estimator"):
        LinearExplainer(lambda rows: rows[:, 0], BACKGROUND)


def test_answers_are_held_against_the_coefficients():
    with pytest.raises(InputError, match=r"answer as its coefficients .* that differ by up to"):
        LinearExplainer(Clipped().fit(ROWS, ROWS[:, 0]), BACKGROUND)(SAMPLES)


def test_a_pair_is_a_predictor_with_a_digest():
    predictor = as_predictor(([1.0, 2.0], 3.0))
    assert predictor(np.ones((2, 2))).tolist() == [[6.0], [6.0]]
    assert predictor.digest == as_predictor(([1, 2], [3])).digest != as_predictor(([1, 2], 4))
    with pytest.raises(InputError, match="one intercept an output"):
        as_predictor(([[1.0, 2.0]], [3.0, 4.0]))
