"""Tree: the libraries' own numbers, named for what they are; scikit-learn's against brute force."""

from __future__ import annotations

import builtins
from itertools import product
from typing import ClassVar

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.ensemble import (
    AdaBoostRegressor,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeRegressor

from shapviz.background import Background
from shapviz.errors import EstimationError, InputError, MissingExtraError
from shapviz.explainers import trees
from shapviz.explainers.tree import TreeExplainer
from tests.contracts.explainer import BACKGROUND, ExplainerContract, X, numpy_model
from tests.explainers.boosters import (
    BOOSTERS,
    FRAME,
    ROWS,
    SCORE,
    THREE,
    TWO,
    catboosted,
    lightgbm_fitted,
    xgboosted,
)
from tests.oracles import agree, shapley

WEIGHTED = Background(ROWS[:6], np.random.default_rng(1).uniform(size=6))
SAMPLES = ROWS[20:24]


def _meetings():
    """Every mixture of sample and background row that the contract's games show a model."""
    shown = []
    for rows, background in _variants():
        for keep in product([True, False], repeat=4):
            mixed = np.where(keep, rows[:, None], background[None])
            shown.append(mixed.reshape(-1, 4))
    return np.unique(np.concatenate(shown), axis=0)


def _variants():
    yield X, BACKGROUND
    yield BACKGROUND[:1], BACKGROUND[:1]
    alike, constant = (X.copy(), BACKGROUND.copy()), (X.copy(), BACKGROUND.copy())
    for part in alike:
        part[:, 1] = part[:, 0]
    for part in constant:
        part[:, 2] = 1.5
    yield alike
    yield constant
    yield X, constant[1]


class TestTree(ExplainerContract):
    """A tree grown until it knows every row of the game by heart computes the very network."""

    explainer_class = TreeExplainer
    takes_budget = False
    rel = 1e-6
    grown: ClassVar[dict] = {}

    def model(self, kind):
        if kind not in self.grown:
            rows = np.array([[0.0], [1.0], [3.0]]) if kind == "one feature" else _meetings()
            target = rows[:, 0] if kind == "nan" else numpy_model(kind)(rows)
            tree = DecisionTreeRegressor(random_state=0).fit(rows, target)
            if kind == "nan":
                tree.tree_.value[:] = np.nan
            self.grown[kind] = tree
        return self.grown[kind]


@pytest.mark.parametrize(
    ("model", "target", "asked", "units"),
    [
        (ExtraTreesRegressor(3, max_depth=3), ROWS[:, 0], "predict", ""),
        (RandomForestClassifier(3, max_depth=3), THREE, "predict_proba", "probability"),
        (GradientBoostingClassifier(n_estimators=3), TWO, "decision_function", "log-odds"),
        (HistGradientBoostingClassifier(max_iter=2), THREE, "decision_function", "margin"),
    ],
)
def test_ensembles_of_scikit_learn_have_the_background_game_s_values(model, target, asked, units):
    model = model.set_params(random_state=0).fit(ROWS, target)
    e = TreeExplainer(model, WEIGHTED)(SAMPLES)
    expected = shapley(getattr(model, asked), SAMPLES, WEIGHTED.rows, WEIGHTED.weights)
    assert agree(e.values.reshape(expected.shape), expected, 1e-6)
    assert e.units == units
    assert (e.provenance["estimand"], e.provenance["source"]) == ("shapley", "shap")


@pytest.mark.parametrize("kind", BOOSTERS)
def test_boosters_have_their_library_s_values(kind):
    model, library, table = BOOSTERS[kind]()
    e = TreeExplainer(model, WEIGHTED)(SAMPLES)
    expected = np.moveaxis(np.asarray(table(SAMPLES)).reshape(4, -1, 5), 1, 2)
    assert agree(e.values.reshape(4, 4, -1), expected[:, :4], 1e-12)
    assert agree(e.base_values.reshape(4, -1), expected[:, 4], 1e-12)
    assert np.abs(e.additivity_gap).max() <= 1e-6 * np.abs(e.predictions).max()
    assert e.provenance["estimand"] == "tree_path_dependent"
    assert e.provenance["source"] == library
    assert e.provenance["base"] == "mean_of_link"
    three = "three" in kind
    assert e.values.shape == ((4, 4, 3) if three else (4, 4))
    assert e.units == ("" if "regressor" in kind else "margin" if three else "log-odds")


def test_path_dependent_values_are_not_those_of_the_background_game():
    model = xgboosted(TWO)
    e = TreeExplainer(model, WEIGHTED)(SAMPLES)

    def margin(rows):
        return model.predict(rows, output_margin=True)

    expected = shapley(margin, SAMPLES, WEIGHTED.rows, WEIGHTED.weights)[..., 0]
    assert not agree(e.values, expected, 0.05)


def test_the_best_iteration_is_explained_after_an_early_stop():
    import xgboost

    stopped = xgboost.XGBClassifier(n_estimators=30, n_jobs=1, early_stopping_rounds=2)
    stopped.fit(ROWS[:60], TWO[:60], eval_set=[(ROWS[60:], 1 - TWO[60:])], verbose=False)
    assert stopped.best_iteration + 1 < stopped.get_booster().num_boosted_rounds()
    e = TreeExplainer(stopped, WEIGHTED)(SAMPLES)
    assert agree(e.predictions, stopped.predict(SAMPLES, output_margin=True), 1e-6)


def test_the_logit_link_is_what_margins_of_two_classes_are():
    two = TreeExplainer(xgboosted(TWO), WEIGHTED, link="logit", output_names=["no", "yes"])
    assert two(SAMPLES).output_names == ("yes",)
    with pytest.raises(InputError, match=r"`link` must be left out.*this model in margin"):
        TreeExplainer(xgboosted(THREE), WEIGHTED, link="logit")


def test_text_columns_and_missing_values_reach_catboost():
    frame = FRAME.assign(kind=np.where(TWO, "x", "y"))
    frame.iloc[::3, 0] = np.nan
    model = catboosted(TWO, frame, cat_features=["kind"])
    e = TreeExplainer(model, frame[:6])(frame[20:24])
    assert e.feature_names == ("a", "b", "c", "d", "kind")
    assert np.abs(e.additivity_gap).max() <= 1e-9
    assert np.abs(e.values[:, 4]).max() > 0


def test_what_has_no_trees_is_refused():
    for model, reason in (
        (Ridge().fit(ROWS, TWO), "a Ridge, which is no single tree ensemble"),
        (AdaBoostRegressor(n_estimators=2).fit(ROWS, TWO), "no single tree ensemble"),
        (xgboosted(TWO, booster="gblinear"), r"linear functions \(gblinear\), without trees"),
        (
            lightgbm_fitted(SCORE, linear_tree=True),
            "a LightGBM model with linear functions in its leaves",
        ),
        (
            HistGradientBoostingClassifier(max_iter=1, categorical_features=[4]).fit(
                np.column_stack([ROWS, THREE]), TWO
            ),
            "with categorical columns, unread by shap",
        ),
        (
            GradientBoostingClassifier(n_estimators=1, loss="exponential").fit(ROWS, TWO),
            "with exponential loss, unread by shap",
        ),
        (
            GradientBoostingClassifier(n_estimators=1, init=LogisticRegression()).fit(ROWS, TWO),
            "that starts from another model, unread by shap",
        ),
        (
            GradientBoostingClassifier(n_estimators=2).fit(ROWS, THREE),
            "more than two classes, unread by shap",
        ),
        (lambda rows: rows, "got a function"),
    ):
        with pytest.raises(InputError, match=rf"{reason}.*Use PermutationExplainer"):
            TreeExplainer(model, WEIGHTED)


def test_without_shap_the_extra_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **options):
        if name == "shap":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r'pip install "shapviz\[shap\]"'):
        TreeExplainer(DecisionTreeRegressor().fit(ROWS, TWO), WEIGHTED)


def test_sums_that_miss_and_libraries_that_fail_are_said(monkeypatch):
    explainer = TreeExplainer(xgboosted(TWO), WEIGHTED)
    honest = trees.OwnLibrary.sharing

    def off(self, background):
        def share(rows):
            values, base = honest(self, background)(rows)
            return values * 1.01, base

        return share

    monkeypatch.setattr(trees.OwnLibrary, "sharing", off)
    with pytest.raises(EstimationError, match=r"explained by xgboost with values that add up"):
        explainer(SAMPLES)

    def broken(self, background):
        raise RuntimeError("no room")

    monkeypatch.setattr(trees.OwnLibrary, "sharing", broken)
    with pytest.raises(
        EstimationError, match=r"got RuntimeError for \d rows. It said: no room. Use Perm"
    ):
        explainer(SAMPLES)


def test_numbers_between_two_leaves_fall_where_the_model_lets_them() -> None:
    # scikit-learn's trees compare in single precision: measured columns have such numbers.
    X, y = load_diabetes(return_X_y=True)
    forest = RandomForestRegressor(10, max_depth=4, random_state=0).fit(X, y)
    explanation = TreeExplainer(forest, X[:30])(X[:60])
    scale = np.abs(explanation.predictions).max()
    assert np.abs(explanation.additivity_gap).max() < 1e-6 * scale
