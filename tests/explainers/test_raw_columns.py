"""Pipelines with a ColumnTransformer, explained on the columns people know: text and gaps too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from shapviz.explainers.exact import ExactExplainer
from shapviz.explainers.kernel import KernelExplainer
from tests.oracles import agree

RNG = np.random.default_rng(0)
N = 60
TABLE = pd.DataFrame(
    {
        "age": RNG.integers(18, 90, N),
        "bmi": np.where(RNG.random(N) < 0.2, np.nan, RNG.normal(25, 4, N)),
        "city": pd.Series(RNG.choice(["Ulm", "Köln", None], N), dtype=object),
        "level": pd.Categorical(RNG.choice(["low", "high"], N), categories=["low", "high"]),
        "smoker": RNG.random(N) < 0.3,
        "unused": RNG.choice(["x", "y"], N),
    }
)
RISK = TABLE["age"] / 20 + TABLE["bmi"].fillna(20) / 5 * (TABLE["city"] == "Ulm")
SICK = RISK.gt(RISK.median()).to_numpy()


def prepared(model, target):
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["age", "bmi"]),
        (OneHotEncoder(handle_unknown="ignore"), ["city"]),
        (OrdinalEncoder(), ["level"]),
        ("passthrough", ["smoker"]),
    )
    return make_pipeline(columns, model).fit(TABLE, target)


@pytest.fixture(scope="module")
def classifier():
    return prepared(LogisticRegression(max_iter=1000), SICK)


@pytest.fixture(scope="module")
def regressor():
    return prepared(GradientBoostingRegressor(n_estimators=20, random_state=0), RISK)


@pytest.mark.parametrize("explainer", [ExactExplainer, KernelExplainer])
def test_values_are_those_of_the_raw_columns(explainer, classifier):
    e = explainer(classifier, TABLE[:12], link="logit")(TABLE[20:24])
    assert e.feature_names == tuple(TABLE.columns)
    assert e.output_names == ("False", "True")
    assert e.data[0].tolist()[:2] == [TABLE["age"][20], TABLE["bmi"][20]]
    wanted = classifier.decision_function(TABLE[20:24])
    assert agree(e.predictions[:, 1], wanted, 1e-9)
    assert agree(e.base_values + e.values.sum(axis=1), e.predictions, 1e-9)
    assert np.abs(e[:, "unused"].values).max() < 1e-12
    assert np.abs(e[:, "city"].values).max() > 0
    assert np.abs(e[:, "bmi"].values).max() > 0


def test_kernel_agrees_with_exact_on_raw_columns(regressor):
    exact = ExactExplainer(regressor, TABLE[:8])(TABLE[20:23])
    kernel = KernelExplainer(regressor, TABLE[:8])(TABLE[20:23])
    assert agree(kernel.values, exact.values, 1e-9)
    found = KernelExplainer(regressor, TABLE[:8]).shap_values(
        TABLE[20:23], nsamples=40, l1_reg="num_features(4)"
    )
    assert agree(found.sum(axis=1), exact.values.sum(axis=1), 1e-9)


def test_a_gap_is_a_value_like_any_other(regressor):
    """A missing entry that the background fills, and one that it shares."""
    gap = TABLE[TABLE["bmi"].isna()].iloc[:1]
    filled = TABLE[TABLE["bmi"].notna()].iloc[:6]
    assert ExactExplainer(regressor, filled)(gap)[:, "bmi"].values[0, 0] != 0
    shared = ExactExplainer(regressor, TABLE[TABLE["bmi"].isna()].iloc[1:4])(gap)
    assert shared[:, "bmi"].values[0, 0] == 0
