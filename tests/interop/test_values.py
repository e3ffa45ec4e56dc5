"""Arrays, tables and files of values computed elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import shapviz
from shapviz.errors import InputError
from shapviz.explanation import Explanation

RNG = np.random.default_rng(0)
VALUES, DATA = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3))
NAMES = ["age", "bmi", "city"]
S = pd.DataFrame(VALUES, columns=NAMES, index=list("vwxyz"))
XS = pd.DataFrame(DATA, columns=NAMES, index=list("vwxyz")).assign(city=list("abcde"), id=range(5))


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (1.5, [1.5] * 5),
        (np.array([1.5]), [1.5] * 5),
        (np.arange(5.0), list(range(5))),
        (np.arange(5.0)[:, None], list(range(5))),
        ([2.0], [2.0] * 5),
    ],
)
def test_base_values_of_one_output(base, expected):
    e = shapviz.from_values(VALUES, DATA, base)
    assert e.base_values.tolist() == expected
    assert not e.has_outputs


@pytest.mark.parametrize("base", [[1.0, 2.0], np.tile([1.0, 2.0], (5, 1)), np.array([1.0, 2.0])])
@pytest.mark.parametrize("how", [list, tuple, lambda parts: np.stack(parts, axis=-1)])
def test_outputs_as_lists_and_arrays(base, how):
    e = shapviz.from_values(how([VALUES, -VALUES]), DATA, base)
    assert e.has_outputs
    np.testing.assert_array_equal(e.values[..., 1], -VALUES)
    assert e.base_values[3].tolist() == [1.0, 2.0]


def test_lists_of_numbers_are_one_output_and_lists_of_pictures_several():
    assert shapviz.from_values(VALUES.tolist(), base_values=0.0).values.shape == (5, 3)
    deep = np.stack([VALUES, -VALUES], axis=-1)
    e = shapviz.from_values(deep.tolist(), DATA, [0.0, 1.0])
    np.testing.assert_array_equal(e.values, deep)
    pictures = [np.ones((2, 4, 4, 1)), np.zeros((2, 4, 4, 1))]
    e = shapviz.from_values(pictures, np.zeros((2, 4, 4, 1)), [0.0, 1.0])
    assert e.feature_shape == (4, 4, 1)
    assert e.values.shape[-1] == 2


def test_named_matrices_name_the_outputs():
    e = shapviz.from_values({"ill": S, "well": -S}, XS, {"a": 1}.get("a"))
    assert e.output_names == ("ill", "well")
    assert e.feature_names == tuple(NAMES)
    assert e.sample_names == tuple("vwxyz")


def test_tables_are_matched_by_column_and_what_is_left_is_kept():
    e = shapviz.from_values(S, XS[["id", "city", "bmi", "age"]], 0.5, units="€")
    assert e.data[:, 2].tolist() == list("abcde")
    np.testing.assert_array_equal(e.data[:, 0].astype(float), DATA[:, 0])
    assert e.metadata["id"].tolist() == list(range(5))
    assert e.units == "€"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ((VALUES, DATA), "`base_values` must say what the values add up from"),
        ((S, XS.drop(columns="bmi"), 0.0), "none named 'bmi'"),
        ((S, XS.iloc[::-1], 0.0), "in the same order"),
        ((S, XS.iloc[:3], 0.0), "in the same order"),
        (([VALUES, VALUES[:2]], None, 0.0), "the same samples and features for each output"),
        (([S, S[NAMES[::-1]]], None, 0.0), "the same samples and features for each output"),
    ],
)
def test_what_does_not_fit_is_named(asked, words):
    with pytest.raises(InputError) as caught:
        shapviz.from_values(*asked)
    assert words in str(caught.value)


def test_nothing_claims_that_values_add_up_to_predictions_nobody_gave():
    unknown = shapviz.from_values(VALUES, DATA, 1.0)
    view = shapviz.views.trust(unknown)
    assert "Not known" in view.sentence[0].text
    assert dict(view.metrics)["Additivity gap"] == "–"
    assert "Gap" not in view.footnote
    known = shapviz.from_values(VALUES, DATA, 1.0, predictions=VALUES.sum(axis=1) + 1)
    assert "The values add up" in shapviz.views.trust(known).sentence[0].text
    off = shapviz.from_values(VALUES, DATA, 1.0, predictions=VALUES.sum(axis=1) + 3)
    assert "miss the prediction" in shapviz.views.trust(off).sentence[0].text


@pytest.fixture
def several():
    return Explanation(
        values=RNG.normal(size=(4, 3, 2)),
        base_values=[0.5, 1.0],
        predictions=RNG.normal(size=(4, 2)),
        feature_names=NAMES,
        output_names=["no", "yes"],
        sample_names=["007", "b", "c", "d"],
    )


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "tsv", "parquet"])
@pytest.mark.parametrize("output", [slice(None), 1])
def test_our_own_frames_are_read_again(several, tmp_path, kind, output):
    e, path = several[..., output], tmp_path / f"values.{kind}"
    frame = e.to_frame()
    if kind == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, sep="\t" if kind == "tsv" else ",")
    back = shapviz.read_values(path)
    for name in ("values", "base_values", "predictions", "additivity_gap"):
        assert getattr(back, name) == pytest.approx(getattr(e, name), rel=1e-12, abs=1e-12)
    assert back.feature_names == e.feature_names
    assert back.has_outputs == e.has_outputs
    assert back.sample_names == e.sample_names
    if e.has_outputs:
        assert back.output_names == e.output_names


def test_files_of_r_are_read_by_their_row_names(tmp_path):
    """As write.csv leaves them: a nameless first column."""
    S.to_csv(tmp_path / "S.csv")
    XS.to_csv(tmp_path / "X.csv")
    e = shapviz.read_values(tmp_path / "S.csv", tmp_path / "X.csv", 2.0)
    assert e.values == pytest.approx(VALUES)
    assert e.sample_names == tuple("vwxyz")
    assert e.display_data[1, 2] == "b"
    assert e.metadata.columns.tolist() == ["id"]
    classes = shapviz.read_values(
        {"a": tmp_path / "S.csv", "b": tmp_path / "S.csv"}, tmp_path / "X.csv", [2.0, 3.0]
    )
    assert classes.output_names == ("a", "b")
    XS.iloc[::-1].to_csv(tmp_path / "turned.csv")
    with pytest.raises(InputError, match="in the same order"):
        shapviz.read_values(tmp_path / "S.csv", tmp_path / "turned.csv", 2.0)


def test_other_files_are_refused(tmp_path):
    S.to_csv(tmp_path / "S.csv", index=False)
    with pytest.raises(InputError, match="be a file that exists"):
        shapviz.read_values(tmp_path / "none.csv", base_values=0.0)
    with pytest.raises(InputError, match=r"ending in .csv, .tsv, .parquet; got 'S.xlsx'"):
        shapviz.read_values("S.xlsx", base_values=0.0)
    with pytest.raises(InputError, match="`base_values` must say"):
        shapviz.read_values(tmp_path / "S.csv")
    taken = pd.DataFrame({"age": [1.0], "output": [0.5]})
    taken.to_csv(tmp_path / "taken.csv", index=False)
    with pytest.raises(InputError, match="named as a column of results, 'output'"):
        shapviz.read_values(tmp_path / "taken.csv", tmp_path / "taken.csv", 0.0)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "hold a table"),
        ("a,b\n1,2\n1,2,3,4\n", "hold a table"),
        ("a;b\n1;2\n", "separate its columns with commas"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path, text, rule):
    path = tmp_path / "values.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=rule) as refused:
        shapviz.read_values(path, base_values=0.0)
    assert "values.csv" in str(refused.value)
