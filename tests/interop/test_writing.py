"""Files for other tools: they read back equal, run nothing, and leave nothing half written."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest

import shapviz
from shapviz.errors import InputError
from shapviz.explanation import Explanation
from shapviz.interop import write_csv, write_parquet, write_shap
from shapviz.interop.writing import shap_line
from tests.store.fakes import rich_explanation

HOSTILE = ["=1+1", "+x", "-x", "@SUM(A1)", "\t=1", "\r\n=1", 'a,b\n"c"']


@pytest.mark.parametrize("outputs", [0, 3])
@pytest.mark.parametrize(("write", "end"), [(write_csv, "csv"), (write_parquet, "parquet")])
def test_tables_read_back_equal(write, end, outputs, tmp_path, monkeypatch):
    monkeypatch.setattr("shapviz.interop.writing.CELLS", 20)  # several pieces
    e = rich_explanation(outputs=outputs)
    path = tmp_path / f"values.{end}"
    write(e, path)
    read = shapviz.read_values(path)
    assert np.array_equal(read.values, e.values)
    assert np.array_equal(read.base_values, e.base_values)
    assert np.array_equal(read.predictions, e.predictions)
    assert (read.feature_names, read.sample_names) == (e.feature_names, e.sample_names)
    assert not outputs or read.output_names == e.output_names
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_no_cell_of_a_csv_is_a_formula(tmp_path):
    names = [*HOSTILE, "age"]
    e = Explanation(
        values=np.full((len(names), len(names), 2), -1.5),
        base_values=0.0,
        feature_names=names,
        sample_names=names,
        output_names=["=out", "well"],
    )
    told = write_csv(e, tmp_path / "x.csv")
    assert told == 7  # six names above and one output
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    cells = [cell for row in rows for cell in row]
    begun = [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert set(begun) == {"-1.5", "-12.0"}  # values, and what they sum up to
    assert "'=1+1" in rows[0]
    assert 'a,b\n"c"' in rows[0]


def test_a_parquet_file_keeps_names_as_they_are(tmp_path):
    e = Explanation(values=np.ones((1, 7)), base_values=0.0, feature_names=HOSTILE)
    write_parquet(e, tmp_path / "x.parquet")
    assert list(pd.read_parquet(tmp_path / "x.parquet").columns)[1:8] == HOSTILE


def test_parquet_refuses_two_columns_of_a_name(tmp_path):
    e = Explanation(values=[[1.0, 2.0]], base_values=0.0, feature_names=["sample", "b"])
    with pytest.raises(InputError, match="'sample' more than once"):
        write_parquet(e, tmp_path / "x.parquet")
    assert list(tmp_path.iterdir()) == []


def test_shap_reads_the_arrays_with_one_line_and_no_pickle(tmp_path):
    e = rich_explanation(outputs=3)
    write_shap(e, tmp_path / "x.npz")
    read = np.load(tmp_path / "x.npz", allow_pickle=False)
    assert np.array_equal(read["values"], e.values)
    assert read["data"].tolist()[0][0] == "rouge"
    shap = pytest.importorskip("shap")
    line = shap_line(tmp_path / "x.npz")
    theirs = eval(line, {"shap": shap, "numpy": np})  # noqa: S307 - the line users are told
    assert np.array_equal(theirs.values, e.values)
    assert list(theirs.feature_names) == list(e.feature_names)
    assert list(theirs.output_names) == list(e.output_names)
    one = theirs[0, :, 1]
    assert np.array_equal(one.values, e.values[0, :, 1])
    assert one.base_values == e.base_values[0, 1]


def test_where_nothing_can_be_written_it_says_so(tmp_path):
    e = rich_explanation()
    for write in (write_csv, write_parquet, write_shap):
        with pytest.raises(
            InputError, match=r"`file` must be one that can be written; got .*No such"
        ):
            write(e, tmp_path / "no" / "x")
