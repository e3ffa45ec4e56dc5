"""What goes in comes out: every kind of cell, column and container, through real JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapviz.errors import StoreError
from shapviz.explanation_fields import default_names
from shapviz.store.codec import pack, pack_entries, unpack


def there_and_back(value: Any) -> Any:
    arrays: dict[str, np.ndarray] = {}
    node = json.loads(json.dumps(pack(value, "it", arrays)))
    assert all(array.dtype.kind in "biufc" for array in arrays.values())
    return unpack(node, arrays.__getitem__)


def same(a: Any, b: Any) -> bool:
    """Equal, of one type, and NaN is NaN; −0.0 is not 0.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return repr(a) == repr(b)
    return a is b if a is pd.NaT or a is pd.NA else bool(a == b)


def test_same_tells_things_apart() -> None:
    pairs = [(1, 1.0), (1, True), (0.0, -0.0), (float("nan"), None), (pd.NaT, pd.NA), ("1", 1)]
    assert not any(same(a, b) for a, b in pairs)


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.dates(),
    st.times(),
    st.datetimes(),
    st.timedeltas(),
    st.decimals(allow_nan=False),
    st.sampled_from([pd.NaT, pd.NA, pd.Timestamp("2026-11-20", tz="UTC"), pd.Timedelta("1s")]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=8))
def test_mixed_cells_come_back_as_they_were(cells: list[Any]) -> None:
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    back = there_and_back(array)
    assert back.dtype == object
    assert all(same(a, b) for a, b in zip(cells, back, strict=True))


@pytest.mark.parametrize(
    "cell",
    [
        "\ud800 lone",
        date(2026, 1, 1),
        datetime(2026, 1, 1, tzinfo=UTC),
        time(1, 2),
        timedelta(days=-1, microseconds=1),
        Decimal("1.10"),
        float("-inf"),
        10**40,
    ],
)
def test_single_cells(cell: Any) -> None:
    assert same(there_and_back(cell), cell)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(max_size=6), min_size=1, max_size=4, unique=True),
    st.integers(min_value=1, max_value=5),
)
def test_tables_with_any_column_names(names: list[str], rows: int) -> None:
    table = pd.DataFrame({name: np.arange(rows) * 1.5 for name in names})
    pd.testing.assert_frame_equal(there_and_back(table), table)


COLUMNS = {
    "float32": pd.Series([1.5, np.nan], dtype="float32"),
    "bool": pd.Series([True, False]),
    "uint8": pd.Series([0, 255], dtype="uint8"),
    "text": pd.Series(["a", None], dtype="str"),
    "string": pd.Series(["a", pd.NA], dtype="string"),
    "Int64": pd.Series([2**62 + 1, pd.NA], dtype="Int64"),
    "boolean": pd.Series([True, pd.NA], dtype="boolean"),
    "Float32": pd.Series([0.5, pd.NA], dtype="Float32"),
    "ordered": pd.Series(pd.Categorical(["lo", None], ["lo", "hi"], ordered=True)),
    "categories of numbers": pd.Series(pd.Categorical([3, 1])),
    "datetime": pd.Series(pd.to_datetime(["2026-01-01", None])),
    "zoned": pd.Series(pd.to_datetime(["2026-01-01", None]).tz_localize("Asia/Tokyo")),
    "duration": pd.Series(pd.to_timedelta(["1s", None])),
    "objects": pd.Series([1, "one"], dtype=object),
    "text as objects": pd.Series(["a", "b"], dtype=object),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_keep_their_type_and_what_is_missing(kind: str) -> None:
    table = pd.DataFrame({kind: COLUMNS[kind]})
    pd.testing.assert_frame_equal(there_and_back(table), table)


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(5, 1, -2, name="down"),
        pd.Index(["a", "b"], name="names"),
        pd.Index([10, 20]),
        pd.DatetimeIndex(["2026-01-01", "2026-01-03"]),
    ],
)
def test_indexes_stay(index: pd.Index) -> None:
    table = pd.DataFrame({"a": [1, 2]}, index=index)
    back = there_and_back(table)
    pd.testing.assert_frame_equal(back, table, check_freq=False)
    pd.testing.assert_series_equal(there_and_back(table["a"]), table["a"], check_freq=False)
    assert there_and_back(index).equals(index)


def test_containers_keep_their_kind() -> None:
    value = {"a": (1, [2, None]), "b": {"c": np.arange(3)}, "empty": [], "t": ()}
    back = there_and_back(value)
    np.testing.assert_array_equal(back["b"].pop("c"), value["b"].pop("c"))
    assert back == value
    assert isinstance(back["a"], tuple)
    assert isinstance(back["t"], tuple)


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a", "bc"]),
        np.array(["2026-01-01", "NaT"], dtype="datetime64[s]"),
        np.array([1 + 2j]),
        np.array(5.0),
        np.zeros((0, 3)),
        np.array([True]),
    ],
)
def test_arrays_keep_their_type(array: np.ndarray) -> None:
    back = there_and_back(array)
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (pd.DataFrame({"ok": [1], "bad": [object()]}), r"it\['bad'\]"),
        (pd.DataFrame({"bad": pd.arrays.IntervalArray.from_breaks([0, 1])}), r"it\['bad'\]"),
        ({1: "a"}, "it"),
        (np.zeros(2, dtype="V4"), "it"),
        (np.zeros(2, dtype=np.longdouble), "it"),
        ({"a": {1, 2}}, "it/0"),
    ],
)
def test_anything_else_is_refused_by_name(value: Any, named: str) -> None:
    with pytest.raises(StoreError, match=f"`{named}` must hold numbers, text, categories"):
        there_and_back(value)


def test_a_kind_from_the_future_is_refused() -> None:
    with pytest.raises(StoreError, match="hold values of a kind known to this version"):
        unpack({"is": "hologram"}, {}.__getitem__)


@pytest.mark.parametrize("units", [("",) * 12, ("px", *("",) * 11)])
@pytest.mark.parametrize("named", [True, False])
def test_names_that_only_count_take_no_room(named: bool, units: tuple[str, ...]) -> None:
    shape = (2, 3, 2)
    names = default_names(shape) if not named else tuple(f"pixel {k}" for k in range(12))
    nodes = json.loads(json.dumps(pack_entries(names, units, shape)))
    assert unpack(nodes["feature_names"], {}.__getitem__) == names
    assert unpack(nodes["feature_units"], {}.__getitem__) == units
    assert ("items" in nodes["feature_names"]) is named
    assert ("items" in nodes["feature_units"]) is any(units)
