"""Permutation importance: against scikit-learn's, for every kind of model, seeded, with errors."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance as reference
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import r2_score

from shapviz import figures, permutation_importance, views
from shapviz.errors import InputError, JobCancelled, ModelError
from tests.oracles import agree

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
TARGET = 3 * X[:, 0] + X[:, 1] + RNG.normal(size=80)
SICK = (TARGET > 0).astype(int)
TABLE = pd.DataFrame(X, columns=["age", "bmi", "bp", "sex"])


def linear():
    return LinearRegression().fit(TABLE, TARGET)


def test_means_are_what_theory_and_scikit_learn_say():
    found = permutation_importance(linear(), TABLE, TARGET, repeats=60)
    theirs = reference(linear(), TABLE, TARGET, n_repeats=60, random_state=0)
    assert found.feature_names == tuple(TABLE.columns)
    assert found.score == pytest.approx(linear().score(TABLE, TARGET))
    assert (np.abs(found.means - theirs.importances_mean) < 5 * found.standard_errors + 1e-12).all()
    assert found.top(2).tolist() == [0, 1]
    assert found.standard_errors == pytest.approx(found.drops.std(axis=1, ddof=1) / np.sqrt(60))
    # Shuffled, a linear term counts twice its variance.
    gone = 2 * (linear().coef_ ** 2) * X.var(axis=0) / TARGET.var()
    assert found.means == pytest.approx(gone, abs=5 * found.standard_errors.max())


def test_any_model_and_any_container_give_the_same():
    model = linear()
    table = permutation_importance(model, TABLE, TARGET, repeats=3)
    array = permutation_importance(lambda rows: rows @ model.coef_ + model.intercept_, X, TARGET,
                                   repeats=3, feature_names=list(TABLE.columns))  # fmt: skip
    assert agree(array.drops, table.drops, 1e-9)
    assert array.feature_names == table.feature_names
    other = permutation_importance(model, TABLE, TARGET, repeats=3, seed=1)
    assert not np.allclose(other.drops, table.drops)


@pytest.mark.parametrize("scoring", [None, "accuracy", "roc_auc", "neg_log_loss"])
def test_functions_of_probabilities_are_scored_as_the_classifier_is(scoring):
    model = LogisticRegression().fit(X, SICK)
    own = permutation_importance(model, X, SICK, repeats=2, scoring=scoring)
    both = permutation_importance(model.predict_proba, X, SICK, repeats=2, scoring=scoring)
    one = permutation_importance(
        lambda rows: model.predict_proba(rows)[:, 1], X, SICK, repeats=2, scoring=scoring
    )
    assert own.metric == (scoring or "accuracy")
    assert agree(both.drops, own.drops, 1e-12)
    assert agree(one.drops, own.drops, 1e-9)
    words = np.where(SICK, "yes", "no")
    assert permutation_importance(model.predict_proba, X, words, repeats=2).score == pytest.approx(
        model.score(X, SICK)
    )


def test_a_metric_may_be_a_function():
    def median_error(model, rows, answers):
        return -float(np.median(np.abs(model.predict(rows) - answers)))

    found = permutation_importance(
        lambda rows: rows @ [3, 1, 0, 0], X, TARGET, scoring=median_error
    )
    assert found.metric == "median_error"
    assert found.score < 0
    assert (found.drops[2:] == 0).all()
    several = np.stack([TARGET, X[:, 2]], axis=1)
    both = permutation_importance(
        lambda rows: np.stack([rows @ [3, 1, 0, 0], rows[:, 2]], axis=1), X, several, repeats=2
    )
    assert both.score == pytest.approx(r2_score(several, np.stack([X @ [3, 1, 0, 0], X[:, 2]], 1)))


def test_columns_of_every_type_keep_it_and_the_callers_rows_stay():
    table = TABLE.assign(city=pd.Categorical(np.where(SICK, "Ulm", "Köln")), n=range(80))
    seen = []

    def model(rows):
        seen.append(rows.dtypes)
        return rows["age"].to_numpy() + (rows["city"] == "Ulm").to_numpy()

    before = table.copy()
    found = permutation_importance(model, table, TARGET, repeats=2)
    pd.testing.assert_frame_equal(table, before)
    assert all(kinds.equals(table.dtypes) for kinds in seen)
    assert found.means[4] > 0
    pictures = X.reshape(80, 2, 2)
    flat = permutation_importance(lambda rows: rows[:, 0, 1], pictures, X[:, 1], repeats=2)
    assert flat.order[0] == 1


def test_progress_counts_rows_and_cancel_stops():
    told = []
    permutation_importance(
        linear(), TABLE, TARGET, repeats=2, progress=lambda done, total: told.append((done, total))
    )
    assert told[0] == (80, 720)
    assert told[-1] == (720, 720)
    assert len(told) == 9
    stop = threading.Event()
    stop.set()
    with pytest.raises(JobCancelled, match="stay unset"):
        permutation_importance(linear(), TABLE, TARGET, cancel=stop)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"scoring": "wonder"}, "sklearn.metrics.get_scorer_names"),
        ({"repeats": 0}, "`repeats` must be a whole number of at least 1"),
        ({"y": TARGET[:5]}, "have one entry for each of the 80 samples"),
        ({"X": X[:1], "y": TARGET[:1]}, "at least two samples to shuffle"),
        ({"y": np.arange(80) % 3, "scoring": "accuracy"}, "as many classes as the model"),
    ],
)
def test_wrong_arguments_are_named(asked, words):
    with pytest.raises(InputError) as caught:
        permutation_importance(**{"model": lambda rows: rows[:, 0], "X": X, "y": TARGET, **asked})
    assert words in str(caught.value)


def test_a_metric_without_a_number_is_told():
    with pytest.raises(ModelError, match="give a finite number"):
        permutation_importance(linear(), TABLE, TARGET, scoring=lambda *_: np.nan)
    with pytest.raises(ModelError, match=r"AttributeError from roc_auc\. It said: "):
        permutation_importance(linear(), TABLE, TARGET, scoring="roc_auc")


def test_columns_in_another_order_reach_the_model_in_its_own():
    turned = TABLE[["sex", "bp", "bmi", "age"]]
    found = permutation_importance(linear(), turned, TARGET, repeats=2)
    assert found.feature_names[found.order[0]] == "age"
    assert found.score == pytest.approx(linear().score(TABLE, TARGET))


def test_one_shuffle_claims_no_error():
    found = permutation_importance(linear(), TABLE, TARGET, repeats=1)
    assert found.standard_errors is None
    assert found.interval is None
    assert found.to_frame().columns.tolist() == ["drop"]
    assert views.permutation_importance(found).low is None


def test_bars_show_it_with_intervals_and_below_zero():
    found = permutation_importance(linear(), TABLE, TARGET, repeats=5)
    view = views.permutation_importance(found)
    assert view.names[:2] == ("age", "bmi")
    assert view.sizes == pytest.approx(found.means[found.order])
    assert (view.low <= view.sizes).all()
    figure = figures.bar(view)
    assert list(figure.data[0].x) == pytest.approx(list(view.sizes))
    assert "Mean drop in r2" in figure.data[0].hovertext[0]
    assert figure.layout.xaxis.range[0] <= view.low.min()
    assert view.to_frame()["feature"].tolist() == found.to_frame().index.tolist()
    few = views.permutation_importance(found, max_display=2)
    assert few.others_name == "2 other features"
    assert "2 of 4 features, 5 shuffles of each" in few.footnote
    assert "r2 falls by" in "".join(span.text for span in view.sentence)
