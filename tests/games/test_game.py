"""The game: right numbers, every row counted, bounded batches, and a stop that is heard."""

from __future__ import annotations

import threading
import time
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import logit

from shapviz.background import Background
from shapviz.errors import EstimationError, InputError, JobCancelled, ModelError
from shapviz.games import Game
from shapviz.maskers import Tabular, as_masker
from shapviz.models import as_predictor

RNG = np.random.default_rng(0)
BACKGROUND = RNG.normal(size=(7, 4))
X = RNG.normal(size=(5, 4))
COALITIONS = RNG.random((20, 4)) < 0.5


def two_outputs(rows):
    return np.c_[np.sin(rows).sum(axis=1) + rows[:, 0] * rows[:, 1], rows[:, 2] ** 2]


def probability(rows):
    return 1 / (1 + np.exp(-rows.sum(axis=1)))


def game(f=two_outputs, background=BACKGROUND, link="identity", **options):
    return Game(as_predictor(f), as_masker(background), link, **options)


def brute(f, x, background, weights, coalitions):
    """Mean answers, one row and one call at a time."""
    value = []
    for kept in coalitions:
        answers = [
            np.atleast_1d(f(np.where(kept.reshape(x.shape), x, row)[None])[0]) for row in background
        ]
        value.append(np.average(answers, axis=0, weights=weights))
    return np.array(value)


class Recorder:
    """A model that remembers what it was shown."""

    def __init__(self, f, seconds_per_row=0.0):
        self.f, self.seconds_per_row, self.batches = f, seconds_per_row, []

    def __call__(self, rows):
        self.batches.append(np.array(rows))
        time.sleep(self.seconds_per_row * len(rows))
        return self.f(rows)

    @property
    def rows(self):
        return np.concatenate(self.batches)


def test_values_are_the_background_mean_of_the_answers():
    weights = np.arange(1.0, 8.0)
    found = game(background=Background(BACKGROUND, weights)).play(X, COALITIONS)
    assert found.shape == (5, 20, 2)
    for i in range(5):
        expected = brute(two_outputs, X[i], BACKGROUND, weights, COALITIONS)
        np.testing.assert_allclose(found[i], expected, rtol=1e-12)


@given(st.data(), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(1, 600))
@settings(max_examples=50, deadline=None)
def test_any_batching_of_any_shape_gives_the_same(data, d, n, b, max_bytes):
    # Few distinct values, so that constant features and equal masked rows come up.
    small = st.sampled_from([0.0, 1.0, 2.0])
    samples = data.draw(hnp.arrays(float, (n, d), elements=small))
    background = data.draw(hnp.arrays(float, (b, d), elements=small))
    coalitions = data.draw(hnp.arrays(bool, (data.draw(st.integers(1, 6)), d)))

    def f(rows):
        return np.sin(rows @ np.arange(1.0, d + 1)) + rows.prod(axis=1)

    model = Recorder(f)
    played = game(model, background, max_bytes=max_bytes)
    found = played.play(samples, coalitions)
    for i in range(n):
        expected = brute(f, samples[i], background, np.ones(b), coalitions)
        np.testing.assert_allclose(found[i], expected, rtol=1e-12, atol=1e-12)
    assert played.model_rows == len(model.rows)
    assert max(len(batch) for batch in model.batches) <= max(1, max_bytes // (8 * d))


def test_images_are_played_entry_by_entry():
    background, images = RNG.normal(size=(3, 2, 2, 1)), RNG.normal(size=(2, 2, 2, 1))

    def f(rows):
        assert rows.shape[1:] == (2, 2, 1)
        return np.tanh(rows).sum(axis=(1, 2, 3)) + rows[:, 0, 0, 0] * rows[:, 1, 1, 0]

    found = game(f, background).play(images, COALITIONS)
    for i in range(2):
        expected = brute(f, images[i], background, np.ones(3), COALITIONS)
        np.testing.assert_allclose(found[i], expected, rtol=1e-12)


def test_frames_reach_the_model_as_frames():
    frame = pd.DataFrame({"size": [1.0, 2.0, 3.0], "kind": ["a", "b", "a"]})

    def f(rows):
        assert rows.dtypes.equals(frame.dtypes)
        return rows["size"].to_numpy() * np.where(rows["kind"] == "a", 1.0, 10.0)

    coalitions = np.array([[True, False], [False, True]])
    played = game(f, frame)
    found = played.play(frame.iloc[1:2], coalitions)
    np.testing.assert_allclose(found[0, :, 0], [np.mean([2, 20, 2]), np.mean([10, 20, 30])])
    one = played.play_one(frame.iloc[1:2], coalitions)
    np.testing.assert_array_equal(one, found[0])


def test_predict_base_and_play_one_agree_with_play():
    played = game(probability, link="logit")
    ends = played.play(X, np.array([[False] * 4, [True] * 4]))
    np.testing.assert_allclose(np.broadcast_to(played.base(), (5, 1)), ends[:, 0])
    np.testing.assert_allclose(played.predict(X), ends[:, 1])
    np.testing.assert_allclose(played.base(), logit(probability(BACKGROUND).mean()))
    whole = played.play(X, COALITIONS)
    np.testing.assert_allclose(played.play_one(X[2], COALITIONS), whole[2])
    np.testing.assert_allclose(played.play_one(X[2:3], COALITIONS), whole[2])


def test_the_link_is_taken_of_the_mean():
    found = game(probability, link="logit").play(X[:1], COALITIONS[:3])
    expected = logit(brute(probability, X[0], BACKGROUND, np.ones(7), COALITIONS[:3]))
    np.testing.assert_allclose(found[0], expected, rtol=1e-12)


# Counting ------------------------------------------------------------------------------------


def test_rows_are_counted_exactly():
    model = Recorder(two_outputs)
    played = game(model)
    coalitions = np.array([[0, 0, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 1, 1]], dtype=bool)
    played.play(X, coalitions)
    # The background once, each sample once, and two mixed coalitions of 7 rows for 5 samples.
    assert played.model_rows == len(model.rows) == 7 + 5 + 2 * 7 * 5
    played.play(X, coalitions[:1])
    played.base()
    assert played.model_rows == len(model.rows) == 82, "the background is asked about once"
    played.predict(X)
    assert played.model_rows == len(model.rows) == 87


def test_equal_coalitions_are_asked_about_once():
    played = game()
    found = played.play(X, np.array([[True, False, True, False]] * 9))
    assert played.model_rows == 5 * 7
    assert (found == found[:, :1]).all()


def test_constant_features_make_no_rows():
    background = BACKGROUND.copy()
    background[:, 1], background[:, 3] = 0.5, np.nan
    samples = X.copy()
    samples[:2, 1] = 0.5
    samples[:, 3] = np.nan

    def f(rows):
        return rows[:, :3].sum(axis=1)

    coalitions = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [1, 1, 0, 0], [1, 0, 0, 1]], dtype=bool)
    model = Recorder(f)
    played = game(model, background)
    found = played.play(samples, coalitions)
    for i in range(5):
        expected = brute(f, samples[i], background, np.ones(7), coalitions)
        np.testing.assert_allclose(found[i], expected, rtol=1e-12)
    # Two samples: background, sample, one mixed. Three: no sample, no background, four or less.
    assert played.model_rows == len(model.rows) == 7 + 2 * (1 + 7) + 3 * 4 * 7


# Progress and cancel -------------------------------------------------------------------------


def test_progress_never_falls_and_ends_at_the_total():
    seen = []
    played = game(progress=lambda done, total: seen.append((done, total)), max_bytes=8 * 4 * 20)
    played.play(X, COALITIONS)
    done, totals = zip(*seen, strict=True)
    assert list(done) == sorted(set(done))
    assert set(totals) == {done[-1]} == {played.model_rows}
    assert len(seen) > 5
    del seen[:]
    played.predict(X)
    assert seen == [], "only a play knows its total"


def test_cancel_is_answered_within_a_second():
    model = Recorder(two_outputs, seconds_per_row=1e-3)
    cancel = threading.Event()
    played = game(model, cancel=cancel)
    timer = threading.Timer(0.8, cancel.set)
    timer.start()
    started = time.perf_counter()
    with pytest.raises(JobCancelled, match=r"after [0-9]+ model rows"):
        played.play(np.repeat(X, 100, axis=0), COALITIONS)
    assert time.perf_counter() - started < 0.8 + 1.0
    assert played.model_rows == len(model.rows) > 0


def test_a_cancelled_game_asks_nothing():
    cancel = threading.Event()
    cancel.set()
    played = game(cancel=cancel)
    for ask in (lambda: played.predict(X), played.base, lambda: played.play(X, COALITIONS)):
        with pytest.raises(JobCancelled):
            ask()
    assert played.model_rows == 0


def test_batches_take_about_a_fifth_of_a_second():
    model = Recorder(two_outputs, seconds_per_row=2e-4)
    game(model).play(np.repeat(X, 4, axis=0), COALITIONS)
    assert max(len(batch) for batch in model.batches) * 2e-4 <= 0.3
    assert len(model.batches) < 30


# Bad models ----------------------------------------------------------------------------------


def test_nan_names_the_sample_even_when_cut_out_of_many():
    def f(rows):
        return np.where(rows[:, 0] > 100, np.nan, 1.0)

    samples = X.copy()
    samples[3, 0] = 1000.0
    full = np.ones((1, 4), dtype=bool)
    with pytest.raises(ModelError) as caught:
        game(f).play(samples, full, first=175)
    assert "got a value that is not a number for sample 178." in str(caught.value)
    with pytest.raises(ModelError, match="sample 178"):
        game(f).predict(samples, first=175)
    with pytest.raises(ModelError, match="sample 178 with some features hidden"):
        game(f).play(samples, np.array([[True, False, False, False]]), first=175)
    with pytest.raises(ModelError, match="background row 2"):
        game(f, np.where(np.arange(7)[:, None] == 2, 101.0, BACKGROUND)).base()


def test_infinity_is_refused_too():
    with pytest.raises(ModelError, match=r"an infinite value \(inf\) for sample 0"):
        game(lambda rows: np.full(len(rows), np.inf)).predict(X)


def test_wrong_shapes_are_refused():
    with pytest.raises(ModelError, match="return one answer a row"):
        game(lambda rows: np.ones(3)).play(X, COALITIONS)


@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_certain_probabilities_have_no_log_odds_and_are_not_clipped(certain):
    def f(rows):
        return np.where(rows[:, 0] > 100, certain, 0.5)

    samples = X.copy()
    samples[1, 0] = 1000.0
    with pytest.raises(EstimationError) as caught:
        game(f, link="logit").predict(samples, first=10)
    assert f"got logit of {certain:.0f} for sample 11, output 0." in str(caught.value)
    assert 'Use link="identity"' in str(caught.value)
    assert game(f).predict(samples)[1, 0] == certain


def test_answers_outside_the_link_are_refused():
    with pytest.raises(EstimationError, match="logit of 3 for the background"):
        game(lambda rows: np.full(len(rows), 3.0), link="logit").base()


@pytest.mark.parametrize(
    "coalitions",
    [np.ones((2, 4)), np.ones((2, 3), dtype=bool), np.ones(4, dtype=bool), np.ones((0, 4), bool)],
)
def test_bad_coalitions_are_refused(coalitions):
    with pytest.raises(InputError, match=r"be booleans of shape \(m, 4\)"):
        game().play(X, coalitions)


def test_a_model_that_writes_into_its_input_harms_nobody():
    def f(rows):
        rows[:, 0] = 0.0
        return rows.sum(axis=1)

    samples = X.copy()
    played = game(f)
    played.predict(samples)
    played.base()
    played.play(samples, np.ones((1, 4), dtype=bool))
    np.testing.assert_array_equal(samples, X)
    np.testing.assert_allclose(played.predict(samples)[:, 0], X[:, 1:].sum(axis=1))


# Memory --------------------------------------------------------------------------------------


def test_memory_is_bounded_by_the_batch():
    d, b, m = 784, 100, 400
    background, x = RNG.normal(size=(b, d)), RNG.normal(size=(1, d))
    played = game(lambda rows: rows.sum(axis=1), background, max_bytes=8 * 2**20)
    coalitions = RNG.random((m, d)) < 0.5
    tracemalloc.start()
    played.play(x, coalitions)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All masked rows together are 250 MB; a batch is at most 8 MiB.
    assert peak < 3 * 8 * 2**20


def test_a_background_larger_than_the_batch_is_cut():
    background = RNG.normal(size=(1000, 4))
    model = Recorder(two_outputs)
    found = game(model, background, max_bytes=8 * 4 * 50).play(X, COALITIONS)
    assert max(len(batch) for batch in model.batches) <= 50
    expected = game(background=background).play(X, COALITIONS)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


# Keras ---------------------------------------------------------------------------------------


def test_keras_games_equal_those_of_the_same_function():
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(8, activation="tanh"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    coalitions = np.vstack([COALITIONS, np.zeros((1, 4), bool), np.ones((1, 4), bool)])
    inside = Game(as_predictor(model), as_masker(BACKGROUND), "logit")
    outside = game(lambda rows: model.predict_on_batch(rows), link="logit")
    found, expected = inside.play(X, coalitions), outside.play(X, coalitions)
    # float32 kernels round differently with the batch they see.
    rounding = 1e-6 * np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=10 * rounding)
    assert inside.model_rows == outside.model_rows
    cut = Game(as_predictor(model), as_masker(BACKGROUND), "logit", max_bytes=200)
    np.testing.assert_allclose(cut.play(X, coalitions), found, rtol=0, atol=rounding)
    frame = Game(as_predictor(model), Tabular(pd.DataFrame(BACKGROUND)), "logit")
    np.testing.assert_allclose(
        frame.play(pd.DataFrame(X), coalitions), found, rtol=0, atol=rounding
    )


def test_nan_inside_keras_names_the_sample():
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    samples = X.copy()
    samples[2, 1] = np.nan
    played = Game(as_predictor(model), as_masker(BACKGROUND))
    with pytest.raises(ModelError, match="not a number for sample 2 with some features hidden"):
        played.play(samples, np.array([[False, True, False, False]]))
