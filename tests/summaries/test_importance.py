"""Importance: the mean, honest intervals, outputs, ties, and large explanations."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from shapviz.explanation import Explanation
from shapviz.summaries import importance


def explained(values: np.ndarray) -> Explanation:
    outputs = values.ndim == 3
    shape = (len(values), values.shape[2]) if outputs else len(values)
    return Explanation(values=values, base_values=np.zeros(shape))


def test_mean_order_and_top() -> None:
    found = importance(explained(np.array([[1.0, -3.0, 0.0], [-1.0, 1.0, 0.0]])))
    np.testing.assert_array_equal(found.mean_abs, [1.0, 2.0, 0.0])
    np.testing.assert_array_equal(found.order, [1, 0, 2])
    np.testing.assert_array_equal(found.top(2), [1, 0])
    assert (found.low <= found.mean_abs).all()
    assert (found.mean_abs <= found.high).all()


def test_outputs_are_ranked_each_for_itself() -> None:
    values = np.zeros((4, 3, 2))
    values[:, 0, 0], values[:, 2, 1] = 1.0, -5.0
    found = importance(explained(values))
    assert found.mean_abs.shape == (3, 2)
    assert found.order[0].tolist() == [0, 2]
    np.testing.assert_array_equal(found.total(), [1.0, 0.0, 5.0])
    np.testing.assert_array_equal(found.top(1), [2])


def test_ties_keep_the_features_order() -> None:
    np.testing.assert_array_equal(importance(explained(np.ones((3, 4)))).order, [0, 1, 2, 3])


def test_one_sample_has_no_width() -> None:
    found = importance(explained(np.array([[2.0, -1.0]])))
    np.testing.assert_array_equal(found.low, found.high)


def test_the_seed_decides_the_interval() -> None:
    e = explained(np.random.default_rng(1).normal(size=(50, 2)))
    a, b, c = importance(e, seed=0), importance(e, seed=0), importance(e, seed=1)
    np.testing.assert_array_equal(a.low, b.low)
    assert (a.low != c.low).any()


@pytest.mark.parametrize("n", [300, 1001, 5000])
def test_the_interval_has_the_width_of_the_central_limit(n: int) -> None:
    values = np.random.default_rng(n).exponential(size=(n, 40))
    found = importance(explained(values))
    expected = 2 * 1.96 * values.std(axis=0) / np.sqrt(n)
    ratio = (found.high - found.low) / expected
    assert abs(ratio.mean() - 1) < 0.05
    assert (abs(ratio - 1) < 0.15).all()


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(15):
        found = importance(explained(rng.exponential(size=(1500, 40))))
        covered.append((found.low <= 1.0) & (found.high >= 1.0))
    assert 0.91 < np.mean(covered) < 0.98


def test_a_hundred_thousand_samples_take_about_a_second() -> None:
    e = explained(np.random.default_rng(0).normal(size=(100_000, 20)))
    started = time.perf_counter()
    importance(e)
    assert time.perf_counter() - started < 3.0


def test_images_are_flat() -> None:
    e = Explanation(values=np.ones((3, 2, 2, 1)), base_values=0.0, data=np.zeros((3, 2, 2, 1)))
    assert importance(e).mean_abs.shape == (4,)


def test_of_very_many_entries_the_interval_comes_from_their_spread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    e = explained(np.random.default_rng(3).exponential(size=(400, 60)))
    resampled = importance(e)
    module = sys.modules["shapviz.summaries.importance"]  # the package names its function so
    monkeypatch.setattr(module, "MOST_RESAMPLED", 50)
    spread = importance(e)
    np.testing.assert_array_equal(spread.mean_abs, resampled.mean_abs)
    ratio = (spread.high - spread.low) / (resampled.high - resampled.low)
    assert abs(ratio.mean() - 1) < 0.02
    assert (spread.low <= spread.mean_abs).all()
