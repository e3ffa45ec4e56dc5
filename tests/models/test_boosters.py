"""XGBoost, LightGBM and CatBoost as predictors: their own answers, names, units and digests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shapviz.errors import InputError, ModelError
from shapviz.models import as_predictor
from tests.explainers.boosters import (
    FRAME,
    ROWS,
    SCORE,
    THREE,
    TWO,
    catboosted,
    lightgbm_fitted,
    xgboosted,
)

MAKERS = {"xgboost": xgboosted, "lightgbm": lightgbm_fitted, "catboost": catboosted}


@pytest.mark.parametrize("library", MAKERS)
def test_classifiers_answer_with_probabilities_regressors_in_their_units(library):
    make = MAKERS[library]
    for target, count in ((TWO, 2), (THREE, 3)):
        model = make(target)
        predictor = as_predictor(model)
        np.testing.assert_allclose(predictor(ROWS), model.predict_proba(ROWS))
        assert (predictor.kind, predictor.units) == (library, "probability")
        assert predictor.output_names == tuple(map(str, range(count)))
        assert predictor.feature_shape == (4,)
    model = make(SCORE)
    predictor = as_predictor(model)
    np.testing.assert_allclose(predictor(ROWS)[:, 0], model.predict(ROWS))
    assert (predictor.units, predictor.output_names) == ("", None)


@pytest.mark.parametrize("library", MAKERS)
def test_margins_are_the_log_odds(library):
    predictor = as_predictor(MAKERS[library](TWO))
    margins = predictor.as_margins(["no", "yes"], None)
    p = predictor(ROWS)[:, 1]
    np.testing.assert_allclose(margins(ROWS)[:, 0], np.log(p / (1 - p)), rtol=1e-5)
    assert (margins.units, margins.output_names) == ("log-odds", ("yes",))


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_raw_boosters_answer_as_their_wrappers(library):
    for target in (TWO, THREE):
        model = MAKERS[library](target)
        booster = model.get_booster() if library == "xgboost" else model.booster_
        expected = model.predict_proba(ROWS)
        expected = expected if target is THREE else expected[:, 1:]
        np.testing.assert_allclose(as_predictor(booster)(ROWS), expected, rtol=1e-6)


def test_a_booster_of_labels_is_asked_for_probabilities():
    import xgboost

    settings = {"objective": "multi:softmax", "num_class": 3, "max_depth": 2, "nthread": 1}
    labels = xgboost.train(settings, xgboost.DMatrix(ROWS, THREE), num_boost_round=3)
    answers = as_predictor(labels)(ROWS)
    np.testing.assert_allclose(answers.sum(axis=1), 1.0, rtol=1e-6)
    np.testing.assert_array_equal(answers.argmax(axis=1), labels.predict(xgboost.DMatrix(ROWS)))


@pytest.mark.parametrize("library", MAKERS)
def test_columns_are_named_ordered_and_missed(library):
    predictor = as_predictor(MAKERS[library](TWO, FRAME))
    assert predictor.feature_names == ("a", "b", "c", "d")
    expected = predictor(FRAME)
    np.testing.assert_array_equal(predictor(FRAME[["d", "b", "a", "c"]]), expected)
    np.testing.assert_array_equal(predictor(ROWS), expected)
    with pytest.raises(InputError, match=r"columns the model was trained on, 'c' too"):
        predictor(FRAME.rename(columns={"c": "sea"}))
    unnamed = as_predictor(MAKERS[library](TWO))
    assert unnamed.feature_names is None
    np.testing.assert_array_equal(unnamed(FRAME), unnamed(ROWS))


def test_lightgbm_keeps_names_with_underscores_for_spaces():
    spaced = pd.DataFrame(ROWS, columns=["a a", "b", "c", "d"])
    predictor = as_predictor(lightgbm_fitted(TWO, spaced))
    np.testing.assert_array_equal(predictor(spaced), predictor(ROWS))


@pytest.mark.parametrize("library", MAKERS)
def test_digests_follow_what_was_learned(library):
    make = MAKERS[library]
    model = make(TWO)
    first = as_predictor(model).digest
    assert len(first) == 64
    assert first == as_predictor(model).digest
    assert first != as_predictor(make(1 - TWO)).digest
    assert first != as_predictor(model).as_margins(None, None).digest
    assert as_predictor(model, model_id="mine").digest != first


def test_unfitted_boosters_are_refused():
    import catboost
    import lightgbm
    import xgboost

    for model in (
        xgboost.XGBClassifier(),
        lightgbm.LGBMClassifier(),
        catboost.CatBoostClassifier(allow_writing_files=False),
    ):
        with pytest.raises(ModelError, match="`model` must be fitted"):
            as_predictor(model)
