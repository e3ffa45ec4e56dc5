"""What counts as an answer, and what a model is told when it gives none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shapviz.errors import InputError, ModelError
from shapviz.models import as_predictor, check_deterministic
from shapviz.models.answers import as_answers, first_not_finite

X = np.arange(6.0).reshape(3, 2)


@pytest.mark.parametrize(
    ("raw", "single"),
    [
        (np.ones(3), True),
        (np.ones((3, 1)), True),
        (np.ones((3, 4)), False),
        ([1, 2, 3], True),
        (np.array([True, False, True]), True),
        (np.array([1, 2.5, 3], dtype=object), True),
        (pd.Series([1, 2, 3]), True),
        (pd.DataFrame({"a": [1, 2, 3], "b": [1.0, 2.0, 3.0]}), False),
        (np.ones(3, dtype=np.float16), True),
    ],
)
def test_answers_become_float64_tables(raw, single):
    answers, said_single = as_answers(raw, 3)
    assert answers.dtype == np.float64
    assert answers.shape == (3, 1 if said_single else np.shape(raw)[1])
    assert said_single is single
    np.testing.assert_array_equal(answers.reshape(np.shape(raw)), np.asarray(raw, dtype=np.float64))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (np.ones(2), "an array of shape (2,), float64"),
        (5.0, "return one answer a row"),
        (np.ones((3, 2, 2)), "an array of shape (3, 2, 2), float64"),
        (np.ones((3, 0)), "an array of shape (3, 0), float64"),
        (None, "return one answer a row"),
        ((np.ones(3), np.ones(3)), "2 values in a tuple"),
        ({"a": np.ones(3)}, "1 values in a dict"),
        ([np.ones((3, 2)), np.ones((3, 2))], "2 values in a list"),
        (["yes", "no", "yes"], "must return real numbers"),
        (np.array(["yes", "no", None], dtype=object), "must return real numbers"),
        (np.ones(3, dtype=complex), "must return real numbers"),
        ([[1], [1, 2], [3]], "cannot be read as an array"),
    ],
)
def test_other_answers_are_refused(raw, words):
    with pytest.raises(ModelError) as caught:
        as_answers(raw, 3)
    assert words in str(caught.value)


def test_the_first_bad_row_is_found():
    answers = np.zeros((4, 2))
    assert first_not_finite(answers) is None
    answers[2, 1] = np.inf
    answers[3, 0] = np.nan
    assert first_not_finite(answers) == 2
    # Finite numbers whose sum is not must not be taken for bad ones.
    assert first_not_finite(np.full((2, 1), 1.7e308)) is None


def test_nan_and_infinity_name_the_row():
    predictor = as_predictor(lambda rows: np.where(rows[:, 0] == 2, np.nan, 1.0))
    with pytest.raises(ModelError) as caught:
        predictor(X)
    assert str(caught.value) == (
        "`model` must return finite numbers; got a value that is not a number for row 1. "
        "Look at that row for missing or extreme values."
    )
    with pytest.raises(ModelError, match=r"an infinite value \(-inf\) for row 0"):
        as_predictor(lambda rows: np.full(len(rows), -np.inf))(X)
    assert np.isnan(predictor.answers(X)[1, 0])


def test_a_failing_model_is_quoted():
    def broken(rows):
        raise KeyError("weight")

    with pytest.raises(ModelError, match="KeyError for 3 rows") as caught:
        as_predictor(broken)(X)
    assert "weight" in str(caught.value)
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_steady_model_passes_and_a_changing_one_does_not():
    steady = as_predictor(lambda rows: rows.sum(axis=1))
    np.testing.assert_array_equal(check_deterministic(steady, X)[:, 0], X.sum(axis=1))
    rng = np.random.default_rng(0)
    changing = as_predictor(lambda rows: rows.sum(axis=1) + rng.normal(size=len(rows)))
    with pytest.raises(ModelError, match="give the same answer to the same rows") as caught:
        check_deterministic(changing, X)
    assert "between two identical calls" in str(caught.value)


@pytest.mark.parametrize(("noise", "passes"), [(1e-6, True), (1e-3, False)])
def test_the_tolerance_of_repetition_is_relative(noise, passes):
    calls = iter([1000.0, 1000.0 * (1 + noise)])
    predictor = as_predictor(lambda rows: np.full(len(rows), next(calls)))
    if passes:
        check_deterministic(predictor, X)
    else:
        with pytest.raises(ModelError):
            check_deterministic(predictor, X)


def test_outputs_are_learnt_once_and_held():
    widths = iter([2, 2, 3])
    predictor = as_predictor(lambda rows: np.ones((len(rows), next(widths))))
    assert (predictor.n_outputs, predictor.single_output) == (None, None)
    predictor(X)
    predictor(X)
    assert (predictor.n_outputs, predictor.single_output) == (2, False)
    with pytest.raises(ModelError, match="return 2 outputs as it did before; got 3"):
        predictor(X)


def test_output_names_must_fit():
    predictor = as_predictor(lambda rows: rows, output_names=["a", "b", "c"])
    with pytest.raises(InputError, match="name the model's 2 outputs"):
        predictor(X)


def test_functions_have_a_digest_only_by_id():
    def f(rows):
        return rows.sum(axis=1)

    assert as_predictor(f).digest is None
    first, second = as_predictor(f, model_id="v1").digest, as_predictor(f, model_id="v2").digest
    assert len(first) == 64
    assert first != second
    assert as_predictor(f, model_id="v1").digest == first


def test_predictors_pass_through_and_can_be_renamed():
    predictor = as_predictor(lambda rows: rows, output_names=["a", "b"])
    assert as_predictor(predictor) is predictor
    renamed = as_predictor(predictor, output_names=["c", "d"])
    assert (renamed.output_names, predictor.output_names) == (("c", "d"), ("a", "b"))
    assert as_predictor(predictor, model_id="x").output_names == ("a", "b")


@pytest.mark.parametrize("model", [3, "model", None, [1, 2], dict])
def test_what_is_no_model(model):
    with pytest.raises(ModelError, match="be a Keras model, a scikit-learn estimator"):
        as_predictor(model)
