"""CSV for spreadsheets: nothing in it is calculated, nothing is lost."""

from __future__ import annotations

import io

import pandas as pd

from shapviz.interop.spreadsheets import as_text, write_csv


def test_formulas_are_text_in_cells_names_and_index_and_numbers_stay_numbers():
    table = pd.DataFrame(
        {
            "=a": ["=1+1", "plain", None],
            "x": [-1.5, 2.0, 3.0],
            "c": pd.Categorical(["+1", "b", "b"]),
        },
        index=pd.Index(["@one", "two", "-three"], name="=name"),
    )
    stream = io.StringIO()
    write_csv(table, stream, index=True)
    lines = stream.getvalue().splitlines()
    assert lines == ["'=name,'=a,x,c", "'@one,'=1+1,-1.5,'+1", "two,plain,2.0,b", "'-three,,3.0,b"]
    assert table.iloc[0, 0] == "=1+1", "the table itself is as it was"
    assert as_text("a=1") == "a=1"
