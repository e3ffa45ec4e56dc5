"""`shapviz export`: the format by ending or by name, what is said, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import shapviz
from shapviz.store import Store
from tests.store.fakes import rich_explanation
from tests.test_cli import call, store

__all__ = ["store"]


@pytest.mark.parametrize(
    ("name", "more", "begins"),
    [
        ("x.html", [], b"<!doctype html>"),
        ("x.html", ["--sample", "-1", "--output", "class 1"], b"<!doctype html>"),
        ("x.CSV", [], b"sample,output,"),
        ("x.parquet", [], b"PAR1"),
        ("x.npz", [], b"PK"),
        ("x", ["--format", "csv"], b"sample,output,"),
    ],
)
def test_each_format(store, tmp_path: Path, name: str, more: list[str], begins: bytes) -> None:
    key = store.put(rich_explanation(outputs=3), name="one\nname")
    file = tmp_path / name
    status, said = call("export", key[:8], str(file), *more)
    assert (status, said.splitlines()[0].split(" is in ")[0]) == (0, f"one name ({key})")
    assert file.read_bytes().startswith(begins)


def test_csv_is_read_again_and_formulas_are_told(store, tmp_path: Path) -> None:
    e = rich_explanation().replace(feature_names=["=1+1", "b", "c"])
    key = store.put(e, name="one")
    file = tmp_path / "x.csv"
    status, said = call("export", key, str(file))
    assert status == 0
    assert "1 name that a spreadsheet would run got a ' in front." in said
    assert np.array_equal(shapviz.read_values(file).values, e.values)


def test_tables_of_texts_hold_the_words(store, tmp_path: Path) -> None:
    words = np.array([["good", "null", ""], ["=1+1", "007", "film "]], dtype=object)
    e = shapviz.Explanation(
        values=np.arange(12.0).reshape(2, 3, 2),
        base_values=np.zeros((2, 2)),
        data=words,
        display_data=words,
        feature_names=["token 0", "token 1", "token 2"],
        output_names=["bad", "good"],
        provenance={"modality": "text"},
    )
    key = store.put(e, name="one")
    told = [["good", "null", ""], ["=1+1", "007", "film"]]
    for name in ("x.csv", "x.parquet"):
        assert call("export", key, str(tmp_path / name))[0] == 0
        found = shapviz.read_values(tmp_path / name)
        assert np.array_equal(found.values, e.values)
        assert found.feature_names == e.feature_names
        told[1][0] = "'=1+1" if name == "x.csv" else "=1+1"
        assert found.display_data.tolist() == told
    head, first, _ = (tmp_path / "x.csv").read_text().split("\n", 2)
    assert head.endswith("additivity_gap,token 0: text,token 1: text,token 2: text")
    assert first.endswith(",good,null,")
    # Of a table the raw values are no words.
    plain = store.put(e.replace(provenance={"modality": "table"}), name="two")
    call("export", plain, str(tmp_path / "y.csv"))
    assert ": text" not in (tmp_path / "y.csv").read_text()


def test_what_cannot_be_exported_is_a_message(store, tmp_path: Path) -> None:
    key = store.put(rich_explanation(), name="one")
    for arguments, words in [
        (["x.txt"], "`file` must end in .html, .csv, .parquet, .npz, .zip"),
        (["x.csv", "--format", "word"], "`--format` must be one of html, csv"),
        (["x.csv", "--sample", "1"], "`--sample` must be given for html alone; got 1 for csv"),
        (["x.html", "--sample", "6"], "`--sample` must be from 0 to 5; got 6"),
        (["x.html", "--sample", "nobody"], "or a sample's name; got 'nobody'. "),
        (["x.html", "--output", "no"], "`output`"),
        (["no/x.csv"], "`file` must be one that can be written"),
    ]:
        file = str(tmp_path / arguments[0])
        status, said = call("export", key, file, *arguments[1:])
        assert status == 1
        assert words in said
        assert "Traceback" not in said
    assert [each.name for each in tmp_path.glob("x*")] == []


def test_a_zip_goes_into_another_store(store, tmp_path: Path) -> None:
    e = rich_explanation(outputs=3)
    key = store.put(e, name="one")
    file, other = tmp_path / "x.zip", str(tmp_path / "other")
    assert call("export", key, str(file))[0] == 0
    status, said = call("import", str(file), "--store", other)
    assert (status, said) == (0, f"one ({key}) is in {other}.\n")
    assert Store(other).get(key).equals(e)
    file.write_bytes(file.read_bytes()[:-30])
    status, said = call("import", str(file), "--store", other)
    assert status == 1
    assert "Traceback" not in said
    assert len(Store(other).list()) == 1
