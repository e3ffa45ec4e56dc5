"""Masking samples in numeric arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shapviz.background import Background
from shapviz.errors import InputError
from shapviz.maskers import Masker, Tabular, as_masker

BACKGROUND = np.array([[0.0, 1.0, np.nan], [2.0, 1.0, np.nan]])


def naive(x, rows, coalitions):
    """Masked rows, one entry at a time."""
    out = []
    for kept in coalitions:
        for row in rows:
            mixed = row.copy().astype(np.result_type(row, x))
            flat, own = mixed.reshape(-1), np.asarray(x).reshape(-1)
            for j, keep in enumerate(kept):
                if keep:
                    flat[j] = own[j]
            out.append(mixed)
    return np.array(out)


@st.composite
def cases(draw):
    shape = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    dtype = draw(st.sampled_from(["f4", "f8", "i8", "u1", "?"]))
    b, m = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    rows = draw(hnp.arrays(dtype, (b, *shape)))
    x = draw(hnp.arrays(dtype, shape))
    coalitions = draw(hnp.arrays(bool, (m, int(np.prod(shape)))))
    return x, rows, coalitions


@given(cases())
@settings(max_examples=60, deadline=None)
def test_rows_equal_the_naive_ones(case):
    x, rows, coalitions = case
    masker = Tabular(rows)
    found = masker.rows(x, coalitions)
    assert found.dtype == rows.dtype
    np.testing.assert_array_equal(found, naive(x, rows, coalitions))
    np.testing.assert_array_equal(masker.rows(x[None], coalitions), found)


@given(cases(), st.data())
@settings(max_examples=30, deadline=None)
def test_one_sample_per_coalition_and_parts_of_the_background(case, data):
    x, rows, coalitions = case
    masker = Tabular(rows)
    m, b = len(coalitions), len(rows)
    several = data.draw(hnp.arrays(x.dtype, (m, *x.shape)))
    found = masker.rows(several, coalitions)
    for i in range(m):
        alone = masker.rows(several[i], coalitions[i : i + 1])
        np.testing.assert_array_equal(found[i * b : (i + 1) * b], alone)
    whole = masker.rows(x, coalitions).reshape(m, b, -1)
    part = masker.rows(x, coalitions, slice(1, None)).reshape(m, b - 1, x.size)
    np.testing.assert_array_equal(part, whole[:, 1:])


@given(cases())
@settings(max_examples=60, deadline=None)
def test_varying_finds_what_no_coalition_can_change(case):
    x, rows, _ = case
    varying = Tabular(rows).varying(x)
    for j in range(x.size):
        column, own = rows.reshape(len(rows), -1)[:, j], x.reshape(-1)[j]
        expected = not all(r == own or (r != r and own != own) for r in column)
        assert varying[j] == expected


def test_a_full_coalition_is_the_sample_and_an_empty_one_the_background():
    masker = Tabular(BACKGROUND)
    x = np.array([5.0, 6.0, 7.0])
    both = masker.rows(x, np.array([[True] * 3, [False] * 3]))
    np.testing.assert_array_equal(both, np.vstack([x, x, BACKGROUND]))


def test_nan_equals_nan():
    masker = Tabular(BACKGROUND)
    assert masker.varying(np.array([0.0, 1.0, np.nan])).tolist() == [True, False, False]
    assert masker.varying(np.array([0.0, np.nan, 1.0])).tolist() == [True, True, True]


def test_what_it_says_of_itself():
    masker = Tabular(np.zeros((2, 8, 8, 1)))
    assert isinstance(masker, Masker)
    assert (masker.n_players, masker.feature_shape) == (64, (8, 8, 1))
    assert masker.feature_names[:2] == ("y0 x0", "y0 x1")
    assert len(set(masker.feature_names)) == 64
    assert Tabular(BACKGROUND).feature_names == ("feature 0", "feature 1", "feature 2")
    assert Tabular(BACKGROUND, ["a", "b", "c"]).feature_names == ("a", "b", "c")
    assert Tabular(np.zeros((1, 3)), ["a", "b", "c"]).row_bytes == 24


def test_mixed_number_types_widen():
    masker = Tabular(np.array([[1, 2]]))
    rows = masker.rows(masker.check(np.array([[0.5, 0.5]]))[0], np.array([[True, False]]))
    np.testing.assert_array_equal(rows, [[0.5, 2.0]])


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (np.zeros((2, 4)), "shape (n, 3); got an array of shape (2, 4), float64"),
        (np.zeros(3), "Pass X[None] to explain one sample."),
        (np.zeros((2, 3, 1)), "shape (n, 3)"),
        (np.zeros((0, 3)), "hold at least one sample"),
        (5.0, "shape (n, 3)"),
        (np.array([["a", "b", "c"]]), "`X` must hold numbers"),
        (np.array([[None, 1, 2]], dtype=object), "`X` must hold numbers"),
        (np.zeros((1, 3), dtype=complex), "`X` must hold numbers"),
        (np.zeros((1, 3), dtype="M8[D]"), "`X` must hold numbers"),
        ([[1, 2, 3], [1, 2]], "rectangular array"),
        (pd.DataFrame({"a": ["x"], "b": [1], "c": [2]}), "`X` must hold numbers"),
    ],
)
def test_bad_samples_are_named(X, words):
    with pytest.raises(InputError) as caught:
        Tabular(BACKGROUND).check(X)
    assert words in str(caught.value)


def test_frames_are_put_in_the_order_of_given_names():
    masker = as_masker(BACKGROUND, feature_names=["a", "b", "c"])
    frame = pd.DataFrame({"c": [3.0], "a": [1.0], "b": [2.0]})
    np.testing.assert_array_equal(masker.check(frame), [[1.0, 2.0, 3.0]])
    with pytest.raises(InputError, match="have the columns 'a', 'b', 'c'"):
        masker.check(frame.rename(columns={"a": "z"}))
    np.testing.assert_array_equal(as_masker(BACKGROUND).check(frame), frame.to_numpy())


def test_sparse_input_becomes_dense():
    dense = np.array([[0.0, 1.0], [2.0, 0.0]])
    masker = as_masker(scipy.sparse.csr_matrix(dense))
    found = masker.check(scipy.sparse.csc_array(dense))
    np.testing.assert_array_equal(found, dense)
    assert masker.digest == as_masker(dense).digest


def test_mixed_backgrounds_need_a_frame():
    with pytest.raises(InputError, match="`background` must hold numbers") as caught:
        Tabular(np.array([["a", 1.0]], dtype=object))
    assert "DataFrame" in str(caught.value)


def test_text_is_masked_whole():
    masker = Tabular(np.array([["a", "b"]]))
    X = masker.check(np.array([["longer", "b"]]))
    rows = masker.rows(X[0], np.array([[True, False], [False, True]]))
    assert rows.tolist() == [["longer", "b"], ["a", "b"]]
    assert masker.varying(X[0]).tolist() == [True, False]
    with pytest.raises(InputError, match="`X` must hold text, as the background does"):
        masker.check(np.zeros((1, 2)))


def test_empty_backgrounds_are_refused():
    with pytest.raises(InputError, match="at least one row"):
        as_masker(np.zeros((0, 3)))


def test_names_must_fit():
    with pytest.raises(InputError, match="name the 3 features"):
        Tabular(BACKGROUND, ["a"])
    with pytest.raises(InputError, match="name the masker's 3 players"):
        as_masker(Tabular(BACKGROUND), feature_names=["a"])


def test_digests_follow_rows_and_weights():
    digest = as_masker(BACKGROUND).digest
    assert digest == as_masker(BACKGROUND.copy()).digest
    assert digest != as_masker(BACKGROUND + 1).digest
    assert digest != as_masker(Background(BACKGROUND, [0.9, 0.1])).digest


def test_as_masker_takes_backgrounds_and_maskers():
    background = Background(BACKGROUND, [0.9, 0.1])
    masker = as_masker(background)
    assert masker.background is background
    assert as_masker(masker) is masker
