"""scikit-learn estimators and pipelines as predictors."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from shapviz.errors import InputError, ModelError
from shapviz.models import as_predictor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])
BINARY = (X[:, 0] > 0).astype(int)
THREE = np.array(["low", "mid", "high"])[np.digitize(X[:, 1], [-0.5, 0.5])]


@pytest.fixture(autouse=True)
def _no_warnings():
    """Feature-name warnings would mean that rows reach the model in the wrong container."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_binary_classifiers_keep_both_probabilities():
    model = LogisticRegression().fit(X, BINARY)
    predictor = as_predictor(model)
    np.testing.assert_array_equal(predictor(X), model.predict_proba(X))
    assert predictor.kind == "sklearn"
    assert predictor.output_names == ("0", "1")
    assert (predictor.n_outputs, predictor.single_output) == (2, False)
    assert predictor.units == "probability"
    assert predictor.feature_shape == (3,)
    assert predictor.feature_names is None


def test_class_names_become_output_names():
    predictor = as_predictor(LogisticRegression().fit(X, THREE))
    assert predictor.output_names == ("high", "low", "mid")
    assert as_predictor(predictor.model, output_names=["H", "L", "M"]).output_names[0] == "H"
    with pytest.raises(InputError, match="name the model's 3 outputs"):
        as_predictor(predictor.model, output_names=["one"])


def test_regressors_answer_in_their_own_units():
    model = LinearRegression().fit(X, X[:, 0])
    predictor = as_predictor(model)
    np.testing.assert_array_equal(predictor(X)[:, 0], model.predict(X))
    assert predictor.single_output is True
    assert (predictor.units, predictor.output_names) == ("", None)
    assert as_predictor(LinearRegression().fit(X, X[:, :2]))(X).shape == (40, 2)


def test_decision_function_where_there_are_no_probabilities():
    model = RidgeClassifier().fit(X, BINARY)
    predictor = as_predictor(model)
    np.testing.assert_array_equal(predictor(X)[:, 0], model.decision_function(X))
    assert (predictor.units, predictor.output_names) == ("", ("1",))
    several = as_predictor(RidgeClassifier().fit(X, THREE))
    assert several(X).shape == (40, 3)
    pairs = as_predictor(SVC(decision_function_shape="ovo").fit(X, THREE))
    assert pairs(X).shape == (40, 3)


def test_several_decision_scores_take_class_names():
    predictor = as_predictor(RidgeClassifier().fit(X, THREE))
    assert predictor.output_names == ("high", "low", "mid")


def test_labels_only_are_refused():
    with pytest.raises(ModelError, match="have predict_proba or decision_function"):
        as_predictor(KMeans(2, n_init=1).fit(X))


def test_several_targets_are_refused_when_asked():
    model = MultiOutputClassifier(LogisticRegression()).fit(X, np.c_[BINARY, BINARY])
    with pytest.raises(ModelError, match="2 values in a list"):
        as_predictor(model)(X)


def test_unfitted_is_refused():
    for model in (LogisticRegression(), make_pipeline(StandardScaler(), LogisticRegression())):
        with pytest.raises(ModelError, match="`model` must be fitted"):
            as_predictor(model)


def test_frames_reach_pipelines_with_names_and_types():
    frame = FRAME.assign(kind=pd.Categorical(np.where(BINARY, "x", "y")))
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough"),
        LogisticRegression(),
    ).fit(frame, BINARY)
    predictor = as_predictor(model)
    assert predictor.feature_names == ("a", "b", "c", "kind")
    shuffled = frame[["kind", "c", "a", "b"]]
    np.testing.assert_array_equal(predictor(shuffled), model.predict_proba(frame))
    with pytest.raises(InputError, match="'kind' too"):
        predictor(frame.rename(columns={"kind": "sort"}))


def test_arrays_and_frames_are_exchanged_as_the_model_was_fitted():
    on_frame, on_array = LinearRegression().fit(FRAME, BINARY), LinearRegression().fit(X, BINARY)
    np.testing.assert_allclose(as_predictor(on_frame)(X), as_predictor(on_frame)(FRAME))
    np.testing.assert_allclose(as_predictor(on_array)(FRAME), as_predictor(on_array)(X))


def test_wrong_width_is_refused_before_the_model_sees_it():
    with pytest.raises(InputError, match=r"have the shape the model takes, \(n, 3\)"):
        as_predictor(LinearRegression().fit(X, BINARY))(X[:, :2])


@pytest.mark.parametrize("kind", ["forest", "boosting"])
def test_a_tree_has_one_digest_however_often_it_is_read(kind, tmp_path):
    """Between the fields of a tree's nodes there is room that nobody writes."""
    import skops.io
    from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor

    kinds = {"forest": RandomForestRegressor, "boosting": GradientBoostingRegressor}
    X = np.random.default_rng(0).normal(size=(80, 3))
    fitted = kinds[kind](n_estimators=20, random_state=0).fit(X, X[:, 0])
    skops.io.dump(fitted, tmp_path / "model.skops")
    first = as_predictor(fitted).digest
    trusted = skops.io.get_untrusted_types(file=tmp_path / "model.skops")
    for filler in (0x00, 0xFF):
        # Memory that held something else before.
        used = [np.full(64 * 200, filler, dtype=np.uint8) for _ in range(200)]
        del used
        again = skops.io.load(tmp_path / "model.skops", trusted=trusted)
        assert as_predictor(again).digest == first
    np.ravel(fitted.estimators_)[0].tree_.value[0] += 1e-3
    assert as_predictor(fitted).digest != first


@pytest.mark.parametrize("algorithm", ["kd_tree", "ball_tree"])
def test_neighbours_have_one_digest_however_often_they_were_asked(algorithm):
    rows = np.random.default_rng(0).normal(size=(40, 3))
    models = [
        KNeighborsRegressor(3, algorithm=algorithm).fit(some, some[:, 0])
        for some in (rows, rows + 0.1)
    ]
    first, other = (as_predictor(model).digest for model in models)
    models[0].predict(rows[:5])
    assert as_predictor(models[0]).digest == first
    assert other != first


def test_digests_follow_content():
    def fit(seed):
        return RandomForestClassifier(3, random_state=seed).fit(X, BINARY)

    first, again, other = (as_predictor(fit(seed)).digest for seed in (0, 0, 1))
    assert len(first) == 64
    assert first == again
    assert first != other
    assert as_predictor(fit(0), model_id="mine").digest != first


def test_a_local_function_inside_leaves_no_digest():
    scale = FunctionTransformer(lambda rows: rows * 2).fit(X)
    model = make_pipeline(scale, LinearRegression()).fit(X, BINARY)
    assert as_predictor(model).digest is None
    assert as_predictor(model, model_id="doubling").digest is not None
