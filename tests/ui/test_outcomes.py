"""Right and wrong, error and score, for each kind of truth."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import Explanation
from shapviz.ui.outcomes import outcomes


def explained(predictions, truth, **fields):
    fx = np.asarray(predictions, dtype=float)
    values = np.zeros((len(fx), 1, *fx.shape[1:]))
    values[:, 0] = fx
    return Explanation(
        values=values, base_values=np.zeros(fx.shape[1:]), truth=truth, predictions=fx, **fields
    )


def test_a_yes_or_no_output_in_log_odds():
    found = outcomes(
        explained(
            [2.0, -2.0, 2.0, -2.0],
            np.array(["sick", "well", "well", None], dtype=object),
            output_names=["sick"],
            units="log-odds",
        )
    )
    assert found.correct.tolist() == [True, True, False, False]
    assert found.wrong.tolist() == [False, False, True, False]  # no truth: neither
    assert found.score == ("Accuracy", pytest.approx(2 / 3))
    p = 1 / (1 + np.exp(-2.0))
    np.testing.assert_allclose(found.miss[:3], [1 - p, 1 - p, p])
    assert np.isnan(found.miss[3])


def test_numbers_one_and_zero_stand_for_the_class():
    found = outcomes(explained([0.9, 0.2], [1, 1], output_names=["sick"], units="probability"))
    assert found.correct.tolist() == [True, False]
    np.testing.assert_allclose(found.miss, [0.1, 0.8])


@pytest.mark.parametrize("truth", [["3", "7"], [3, 7], [3.0, 7.0]], ids=["words", "ints", "floats"])
def test_the_class_with_the_largest_output_is_the_prediction(truth):
    found = outcomes(
        explained([[0.9, 0.1], [0.8, 0.2]], truth, output_names=["3", "7"], units="probability")
    )
    assert found.predicted.tolist() == ["3", "3"]
    assert found.correct.tolist() == [True, False]
    np.testing.assert_allclose(found.miss, [0.1, 0.8])


def test_a_true_class_that_is_not_an_output_got_no_probability():
    found = outcomes(
        explained(
            [[0.9, 0.1], [0.8, 0.2]], ["3", "5"], output_names=["3", "7"], units="probability"
        )
    )
    assert found.correct.tolist() == [True, False]
    np.testing.assert_allclose(found.miss, [0.1, 1.0])


def test_regression_has_errors_and_r2_but_nothing_is_right_or_wrong():
    found = outcomes(explained([1.0, 2.0, 4.0], [1.0, 2.0, 3.0], units="€"))
    assert found.correct is None
    assert found.miss.tolist() == [0.0, 0.0, 1.0]
    assert found.score == ("R²", pytest.approx(0.5))


@pytest.mark.parametrize(
    "truth", [None, [np.nan, np.nan], ["a", "b"]], ids=["none", "all missing", "words"]
)
def test_a_truth_that_cannot_be_compared_says_nothing(truth):
    found = outcomes(explained([1.0, 2.0], truth))
    assert found.correct is None
    assert found.miss is None
    assert found.score is None


def test_a_constant_truth_has_no_r2():
    assert outcomes(explained([1.0, 2.0], [5.0, 5.0])).score is None
