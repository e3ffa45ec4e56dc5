"""Masking rows of tables with columns of every type."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shapviz.errors import InputError
from shapviz.maskers import Tabular, as_masker

LEVELS = pd.CategoricalDtype(["low", "mid", "high"], ordered=True)


def table() -> pd.DataFrame:
    """Every kind of column, each with a missing value where it can have one."""
    return pd.DataFrame(
        {
            "age": [30, 40, 50],
            "bmi": [20.5, np.nan, 31.0],
            "smoker": [True, False, True],
            "city": ["Ulm", None, "Köln \N{SNOWMAN}"],
            "mixed": pd.Series(["a", 1, None], dtype=object),
            "level": pd.Categorical(["low", "high", None], dtype=LEVELS),
            "count": pd.array([1, None, 3], dtype="Int64"),
            "seen": pd.to_datetime(["2020-01-01", None, "2021-05-06"]),
            "zone": pd.to_datetime(["2020-01-01", "2020-01-02", None], utc=True),
            "small": np.array([1, 2, 3], dtype=np.float32),
        }
    )


def same(a, b) -> bool:
    return (pd.isna(a) and pd.isna(b)) or a == b


@given(hnp.arrays(bool, st.tuples(st.integers(1, 6), st.just(10))), st.integers(0, 2))
@settings(max_examples=40, deadline=None)
def test_every_cell_and_type_is_kept(coalitions, i):
    frame = table()
    masker = as_masker(frame)
    X = masker.check(frame.iloc[::-1])
    found = masker.rows(X.iloc[i : i + 1], coalitions)
    assert found.dtypes.equals(frame.dtypes)
    assert len(found) == 3 * len(coalitions)
    for q, kept in enumerate(coalitions):
        for b in range(3):
            for j, name in enumerate(frame.columns):
                expected = X[name].iloc[i] if kept[j] else frame[name].iloc[b]
                assert same(found[name].iloc[3 * q + b], expected)


@pytest.mark.parametrize("columns", [["age", "count", "level"], ["bmi"], ["city", "mixed"]])
def test_one_sample_per_coalition(columns):
    frame = table()[columns]
    masker = as_masker(frame)
    coalitions = np.random.default_rng(0).random((3, len(columns))) < 0.5
    together = masker.rows(frame, coalitions)
    for i in range(3):
        alone = masker.rows(frame.iloc[i : i + 1], coalitions[i : i + 1])
        pd.testing.assert_frame_equal(
            together.iloc[3 * i : 3 * i + 3].reset_index(drop=True), alone
        )
    part = masker.rows(frame, coalitions, slice(1, 3))
    expected = together.iloc[[1, 2, 4, 5, 7, 8]].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, expected)


def test_uniform_tables_take_the_fast_path_to_the_same_rows():
    rng = np.random.default_rng(1)
    uniform = pd.DataFrame(rng.normal(size=(4, 3)), columns=["a", "b", "c"])
    coalitions = rng.random((5, 3)) < 0.5
    fast = as_masker(uniform).rows(uniform.iloc[:1], coalitions)
    slow = as_masker(uniform.astype({"c": "Float64"})).rows(
        uniform.astype({"c": "Float64"}).iloc[:1], coalitions
    )
    pd.testing.assert_frame_equal(fast, slow.astype({"c": "float64"}))
    np.testing.assert_array_equal(
        fast, Tabular(uniform.to_numpy()).rows(uniform.to_numpy()[0], coalitions)
    )


def test_varying_treats_missing_as_equal():
    rows = pd.DataFrame(
        {
            "a": [1.0, 1.0],
            "b": [None, None],
            "c": pd.array([pd.NA, pd.NA], dtype="Int64"),
            "d": pd.Categorical(["x", "x"]),
            "e": [1, 2],
        }
    )
    masker = as_masker(rows)
    x = masker.check(rows.iloc[:1])
    assert masker.varying(x).tolist() == [False, False, False, False, True]
    other = x.assign(a=2.0, b=pd.Series(["s"], dtype=object), c=pd.array([3], dtype="Int64"))
    assert masker.varying(other).tolist() == [True, True, True, False, True]


def test_columns_are_put_in_order_by_name():
    masker = as_masker(table())
    shuffled = table()[list(reversed(table().columns))]
    assert masker.check(shuffled).columns.tolist() == table().columns.tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="bmi"), "a table that lacks 'bmi'"),
        (lambda t: t.assign(extra=1), "a table that also has 'extra'"),
        (lambda t: t.rename(columns={"bmi": "BMI"}), "a table that lacks 'bmi'"),
        (lambda t: t.iloc[:0], "hold at least one sample"),
        (lambda t: t.assign(age=30.5), "column 'age' of the background's type, int64; got float64"),
        (lambda t: t.assign(age=np.nan), "column 'age'"),
        (lambda t: t.assign(age="30"), "column 'age'"),
        (lambda t: t.assign(city=5), "column 'city'"),
        (lambda t: t.assign(level="extreme"), "with the unknown category 'extreme'"),
        (lambda t: pd.concat([t, t[["bmi"]]], axis=1), "distinct column names"),
        (lambda t: t.to_numpy(), "be a DataFrame, as the background is"),
        (lambda t: np.zeros((2, 3)), "have the background's 10 columns"),
        (lambda t: 3.0, "have the background's 10 columns"),
    ],
)
def test_bad_tables_are_named(change, words):
    with pytest.raises(InputError) as caught:
        as_masker(table()).check(change(table()))
    assert words in str(caught.value)


def test_lossless_conversions_are_made():
    masker = as_masker(table())
    X = table().assign(
        age=[30.0, 40.0, 50.0],
        bmi=[20, 21, 22],
        level=["low", "mid", None],
        smoker=pd.array([True, False, True], dtype="boolean"),
    )
    found = masker.check(X)
    assert found.dtypes.equals(table().dtypes)
    assert found["bmi"].tolist() == [20.0, 21.0, 22.0]
    assert found["level"].iloc[1] == "mid"


def test_repeated_background_columns_are_refused():
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(InputError, match="'a' more than once"):
        as_masker(frame)


def test_labels_may_be_anything():
    frame = pd.DataFrame([[1.0, 2.0]], columns=[0, ("x", 1)])
    masker = as_masker(frame)
    assert masker.feature_names == ("0", "('x', 1)")
    assert masker.rows(frame, np.array([[True, False]])).columns.tolist() == [0, ("x", 1)]


def test_numeric_arrays_are_taken_for_numeric_tables():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3, 4]})
    masker = as_masker(frame)
    found = masker.check(np.array([[5.0, 6.0]]))
    assert found.dtypes.equals(frame.dtypes)
    with pytest.raises(InputError, match="column 'b'"):
        masker.check(np.array([[5.0, 6.5]]))


def test_only_numeric_tables_are_dense():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3, 4]})
    np.testing.assert_array_equal(as_masker(frame).dense_background, [[1, 3], [2, 4]])
    assert as_masker(table()).dense_background is None


def test_the_original_is_not_touched():
    frame, X = table(), table()
    masker = as_masker(frame)
    rows = masker.rows(masker.check(X).iloc[:1], np.ones((1, 10), dtype=bool))
    rows.loc[:, "age"] = 0
    pd.testing.assert_frame_equal(X, table())
    pd.testing.assert_frame_equal(masker.background.rows, table())
