"""Small boosters of every library, each with the table its library gives for it."""

from __future__ import annotations

import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
ROWS = rng.normal(size=(100, 4))
FRAME = pd.DataFrame(ROWS, columns=list("abcd"))
TWO = (ROWS[:, 0] * ROWS[:, 1] > 0).astype(int)
THREE = np.digitize(ROWS[:, 1] + ROWS[:, 2], [-0.5, 0.5])
SCORE = ROWS[:, 0] * ROWS[:, 3]


def xgboosted(target, rows=ROWS, **options):
    import xgboost

    kind = xgboost.XGBRegressor if target is SCORE else xgboost.XGBClassifier
    return kind(n_estimators=5, max_depth=3, n_jobs=1, **options).fit(rows, target)


def lightgbm_fitted(target, rows=ROWS, **options):
    import lightgbm

    kind = lightgbm.LGBMRegressor if target is SCORE else lightgbm.LGBMClassifier
    settings = {"n_estimators": 5, "num_leaves": 5, "n_jobs": 1, "verbose": -1, **options}
    return kind(**settings).fit(rows, target)


def catboosted(target, rows=ROWS, **options):
    import catboost

    kind = catboost.CatBoostRegressor if target is SCORE else catboost.CatBoostClassifier
    settings = {"iterations": 5, "depth": 3, "verbose": 0, "thread_count": 1}
    return kind(**settings, allow_writing_files=False, **options).fit(rows, target)


def _xgboost(target, raw=False):
    import xgboost

    model = xgboosted(target)
    booster = model.get_booster()

    def table(rows):
        return booster.predict(xgboost.DMatrix(rows), pred_contribs=True)

    return (booster if raw else model), "xgboost", table


def _lightgbm(target, raw=False):
    model = lightgbm_fitted(target)

    def table(rows):
        return model.booster_.predict(rows, pred_contrib=True)

    return (model.booster_ if raw else model), "lightgbm", table


def _catboost(target):
    import catboost

    model = catboosted(target)

    def table(rows):
        return model.get_feature_importance(catboost.Pool(rows), type="ShapValues")

    return model, "catboost", table


BOOSTERS = {
    "xgboost two": lambda: _xgboost(TWO),
    "xgboost three": lambda: _xgboost(THREE),
    "xgboost regressor": lambda: _xgboost(SCORE),
    "xgboost three, raw": lambda: _xgboost(THREE, raw=True),
    "lightgbm two": lambda: _lightgbm(TWO),
    "lightgbm three": lambda: _lightgbm(THREE),
    "lightgbm regressor": lambda: _lightgbm(SCORE),
    "lightgbm two, raw": lambda: _lightgbm(TWO, raw=True),
    "catboost two": lambda: _catboost(TWO),
    "catboost three": lambda: _catboost(THREE),
    "catboost regressor": lambda: _catboost(SCORE),
}
"""Name → () → model, library, rows → the library's contributions with the base value last."""
