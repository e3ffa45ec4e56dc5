"""Rows, features, finished parts and known rows: each equal to the same of the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
import zarr

from shapviz.errors import InputError, StoreError
from shapviz.explanation import Explanation, concat
from shapviz.store import Store, codec, layout
from shapviz.store.arrays import ArrayFiles
from shapviz.store.commit import commit
from shapviz.store.journal import begin
from shapviz.store.question import ask
from shapviz.store.row_digests import row_digests
from shapviz.store.sources import PartSource, source_of
from shapviz.store.staging import stage_part, stage_row_digests
from tests.store.fakes import FakeExplainer, rich_explanation, table


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks, shards and blocks of text so small that a few hundred rows have many."""
    monkeypatch.setattr(layout, "ROW_BYTES", 64)
    monkeypatch.setattr(layout, "LEAST_ROWS", 8)
    monkeypatch.setattr(layout, "WHOLE_BYTES", 128)
    monkeypatch.setattr(layout, "CHUNK_BYTES", 8)
    monkeypatch.setattr(layout, "SHARD_SAMPLES", 64)
    monkeypatch.setattr(layout, "LEAST_SHARD_BYTES", 1)
    monkeypatch.setattr(codec, "BLOCK_CELLS", 60)


SHAPES = [
    ((1000, 7, 3), "f4", 1),
    ((70_000, 7), "f8", 1),
    ((5,), "?", 0),
    ((), "f8", 0),
    ((0, 3), "f4", 1),
    ((300, 12, 12, 1, 10), "f4", 3),
    ((30, 5, 5, 2), ">f8", 1),
    ((10, 2), "c16", 0),
    ((3_000_000,), "u1", 0),
]


@pytest.mark.parametrize(("shape", "dtype", "axes"), SHAPES)
@pytest.mark.parametrize("cut", ["large", "small"])
def test_arrays_come_back_whole_by_row_by_feature_and_to_any_zarr_reader(
    tmp_path: Path, shape: Any, dtype: str, axes: int, cut: str, request: Any
) -> None:
    if cut == "small":
        if int(np.prod(shape)) > 60_000:
            shape = (min(shape[0], 200), *shape[1:3])
            axes = min(axes, 1)
        request.getfixturevalue("small")
    rng = np.random.default_rng(0)
    array = (rng.normal(size=shape) * 100).astype(dtype)
    files = ArrayFiles(str(tmp_path))
    entry = files.write("g", {"x/y z": array}, {"x/y z": axes})["x/y z"]
    place = ("g", "x/y z", entry, "this")
    back = files.read(*place)
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    np.testing.assert_array_equal(back, array)
    by_zarr = zarr.open_array(store=tmp_path / "g", path="x/y z", mode="r")[...]
    np.testing.assert_array_equal(by_zarr.reshape(shape), array)
    if not array.size or not array.ndim:
        return
    np.testing.assert_array_equal(files.rows(*place, slice(2, 4)), array[2:4])
    some = rng.integers(0, len(array), 20)
    np.testing.assert_array_equal(files.rows(*place, some), array[some])
    if axes:
        feature = tuple(size - 1 for size in array.shape[1 : 1 + axes])
        np.testing.assert_array_equal(files.column(*place, feature), array[(slice(None), *feature)])


@pytest.mark.parametrize("outputs", [0, 3])
def test_rows_and_features_equal_those_of_the_whole(
    tmp_path: Path, small: None, outputs: int
) -> None:
    store = Store(tmp_path)
    whole = rich_explanation(300, outputs=outputs)
    key = store.put(whole, name="rich")
    assert store.get(key).equals(whole)
    for start, stop in ((0, 1), (59, 131), (299, 300), (0, 300)):
        assert store.rows(key, start, stop).equals(whole[start:stop])
    positions = np.random.default_rng(0).permutation(300)[:50]
    taken = store.take(key, positions)
    assert taken.equals(concat([whole[int(i) : int(i) + 1] for i in positions]))
    for j, name in enumerate(whole.feature_names):
        found = store.feature(key, name)
        np.testing.assert_array_equal(found.values, whole.values[:, j])
        np.testing.assert_array_equal(found.standard_errors, whole.standard_errors[:, j])
        assert pd.Series(found.data).equals(pd.Series(whole.data[:, j]))


def test_pictures_and_names_per_sample_are_cut_too(tmp_path: Path, small: None) -> None:
    rng = np.random.default_rng(0)
    names = np.array([["a", "b"], ["b", "c"]], dtype=object)[rng.integers(0, 2, 40)]
    image = Explanation(
        values=rng.normal(size=(40, 4, 4, 1, 2)).astype(np.float32),
        base_values=np.zeros((40, 2)),
        data=rng.integers(0, 17, size=(40, 4, 4, 1)),
        output_names=names,
    )
    store = Store(tmp_path)
    key = store.put(image, name="image")
    assert store.rows(key, 7, 9).equals(image[7:9])
    found = store.feature(key, "y2 x3")
    np.testing.assert_array_equal(found.values, image.values[:, 2, 3, 0])
    np.testing.assert_array_equal(found.data, image.data[:, 2, 3, 0])


def test_a_range_or_feature_that_is_not_there_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    key = store.put(rich_explanation(), name="a")
    for start, stop in ((0, 7), (-1, 2), (3, 3)):
        with pytest.raises(InputError, match="`rows` must be a range of rows within 0 to 6"):
            store.rows(key, start, stop)
    with pytest.raises(InputError, match="`rows` must be a range"):
        store.take(key, [])
    with pytest.raises(
        InputError, match=r"`name` must be a feature; got 'bim'. Did you mean 'bmi'"
    ):
        store.feature(key, "bim")


def test_damage_is_found_by_whoever_reads_it(tmp_path: Path, small: None) -> None:
    store = Store(tmp_path)
    key = store.put(rich_explanation(300), name="a")
    row = store.catalogue.row(key)
    assert row is not None
    file = tmp_path / row["location"] / "values" / "c" / "1" / "0"
    content = bytearray(file.read_bytes())
    content[10] ^= 0xFF
    file.write_bytes(content)
    assert store.rows(key, 0, 1).values.shape == (1, 3)
    with pytest.raises(StoreError, match="`values` must read back as it was written"):
        store.rows(key, 64, 65)
    with pytest.raises(StoreError, match="`values` must read back as it was written"):
        store.get(key)
    # Another shard's file in its place has the right length and checksums of its own.
    file.write_bytes((file.parent.parent / "0" / "0").read_bytes())
    fresh = Store(tmp_path)
    for read in (lambda: fresh.rows(key, 64, 65), lambda: fresh.get(key)):
        with pytest.raises(StoreError, match="`values` must read back as it was written"):
            read()
    file.unlink()
    with pytest.raises(StoreError, match="`values` must read back as it was written"):
        Store(tmp_path).rows(key, 64, 65)


def parts_of(whole: Explanation, ranges: list[tuple[int, int]], files: ArrayFiles) -> list[Any]:
    return [
        {
            "explanation": "k",
            "index": i,
            "start": a,
            "stop": b,
            **stage_part(files, "k", i, whole[a:b]),
        }
        for i, (a, b) in enumerate(ranges)
    ]


@pytest.mark.parametrize("outputs", [0, 3])
def test_parts_across_shards_compact_to_the_whole(
    tmp_path: Path, small: None, outputs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shapviz.store.commit.SHARD_SAMPLES", 32)
    whole = rich_explanation(300, outputs=outputs)
    store = Store(tmp_path / "parts")
    files = store._files
    ranges = [(0, 2), (2, 30), (30, 31), (31, 150), (150, 300)]
    parts = parts_of(whole, ranges, files)
    row = {"key": "k", "name": "a", "state": "computing", "samples": 300, "location": ""}
    store.catalogue.insert(row)
    commit("k", PartSource(parts, 300, files, whole.provenance), files, store.catalogue)
    assert store.get("k").equals(whole)
    # One content, however it came.
    assert store.put(whole, name="a") == "k"
    with pytest.raises(StoreError, match="`parts` must cover rows 0 to 300 without a hole"):
        PartSource(parts[:2] + parts[3:], 300, files, whole.provenance)


def own_players(widths: list[int]) -> Explanation:
    """Samples with regions and trees of their own, each part as wide as its widest."""
    rng = np.random.default_rng(0)
    pieces = []
    for width in widths:
        trees = np.full((4, width - 1, 3), np.nan)
        trees[:, 0] = [0, 1, 0.5]
        pieces.append(
            Explanation(
                values=rng.normal(size=(4, width)),
                base_values=0.0,
                feature_names=[f"region {j}" for j in range(width)],
                regions=rng.integers(-1, width, size=(4, 3, 3)),
                wholes=rng.normal(size=(4, 3, 3, 1)),
                trees=trees,
            )
        )
    return concat(pieces)


@pytest.mark.parametrize("widths", [[5, 5, 5], [3, 5, 4]])
def test_samples_with_players_of_their_own_are_kept_and_cut(
    tmp_path: Path, small: None, widths: list[int]
) -> None:
    store, whole = Store(tmp_path), own_players(widths)
    pieces = [own_players([width]) for width in widths]
    parts = [
        {"explanation": "k", "index": i, "start": 4 * i, "stop": 4 * i + 4}
        | stage_part(store.files, "k", i, piece)
        for i, piece in enumerate(pieces)
    ]
    row = {"key": "k", "name": "a", "state": "computing", "samples": 12, "location": ""}
    store.catalogue.insert(row)
    commit("k", source_of(parts, 12, store.files, {}), store.files, store.catalogue)
    assert store.get("k").equals(concat(pieces))
    key = store.put(whole, name="b")
    assert store.get(key).equals(whole)
    cut = store.rows(key, 3, 7)
    np.testing.assert_array_equal(cut.regions, whole.regions[3:7])
    np.testing.assert_array_equal(cut.wholes, whole.wholes[3:7])
    np.testing.assert_array_equal(cut.trees, whole.trees[3:7])


def test_parts_made_elsewhere_become_what_explain_makes(tmp_path: Path) -> None:
    explainer, X = FakeExplainer(), table(100)
    whole = Store(tmp_path / "a").explain(explainer, X, name="n", about={"sample_noun": "wine"})
    store = Store(tmp_path / "b")
    asked = ask(explainer, X, {}, {"sample_noun": "wine"}, "n")
    begin(store.catalogue, asked, "n", None)
    store.catalogue.plan(asked.key, 0, [(0, 8), (8, 60), (60, 100)])
    stage_row_digests(store._files, asked.key, row_digests(asked.rows))
    for index in (2, 0, 1):
        part = store.catalogue.parts(asked.key)[index]
        rows, call = asked.part(part["start"], part["stop"])
        if index == 1:
            with pytest.raises(StoreError, match="`parts` must cover rows 0 to 100"):
                store.compact(asked.key)
        staged = stage_part(store.files, asked.key, index, explainer(rows, **call))
        store.catalogue.part_done(asked.key, index, seconds=1.0, **staged)
        store.sweep()
    store.compact(asked.key, asked.about)
    made = store.get(asked.key)
    assert made.equals(whole)
    assert store.known_rows(str(asked.alike), row_digests(X[5:6])).position.tolist() == [5]
    assert store._files.children("staged") == []


def test_finished_parts_can_be_read_before_the_rest(tmp_path: Path) -> None:
    def fail(row: Any) -> None:
        if row[0] == 50:
            raise InputError("row 50 is bad")

    store, X = Store(tmp_path), table(100)
    with pytest.raises(InputError, match="row 50"):
        store.explain(FakeExplainer(at_row=fail), X, name="a")
    (record,) = store.list()
    found = store.partial(record.key)
    assert found is not None
    assert len(found) == record.done > 0
    np.testing.assert_array_equal(found.values, X[: record.done])
    assert found.provenance["rows"][0] == [0, 8]
    whole = store.explain(FakeExplainer(), X, name="a")
    again = store.partial(record.key)
    assert again is not None
    assert again.equals(whole)
    with pytest.raises(StoreError, match="must be stored in"):
        store.partial("nothing")


def test_rows_explained_before_are_found_in_any_table(tmp_path: Path) -> None:
    store, X = Store(tmp_path), table(100)
    store.explain(FakeExplainer(), X[:60], name="a")
    store.explain(FakeExplainer(weight=2.0), X[60:], name="another model")
    mixed = np.concatenate([X[[5, 70, 5, 59]], X[:2] + 1e-9])
    asked = ask(FakeExplainer(), mixed, {}, None, "b")
    assert asked.alike is not None
    known = store.known_rows(asked.alike, row_digests(asked.rows))
    np.testing.assert_array_equal(known.missing, [1, 4, 5])
    np.testing.assert_array_equal(known.source, [0, -1, 0, 0, -1, -1])
    taken = store.take(known.keys[0], known.position[[0, 2, 3]])
    np.testing.assert_array_equal(taken.values, X[[5, 5, 59]])
    other = ask(FakeExplainer(), mixed, {"budget": 9}, None, "b")
    assert other.alike != asked.alike
    assert store.known_rows(str(other.alike), row_digests(mixed)).keys == ()


def test_a_rows_digest_knows_its_types_and_columns() -> None:
    frame = pd.DataFrame({"a": [1, 2, 1], "b": ["x", "y", "x"], "c": [np.nan, 0.0, np.nan]})
    found = row_digests(frame)
    assert found.shape == (3, 16)
    np.testing.assert_array_equal(found[0], found[2])
    assert (found[0] != found[1]).any()
    for other in (
        frame.rename(columns={"a": "z"}),
        frame.astype({"a": "int8"}),
        frame.assign(b=["1", "y", "x"]),
    ):
        assert (row_digests(other)[0] != found[0]).any()
    array = np.arange(12.0).reshape(3, 2, 2)
    assert (row_digests(array)[0] != row_digests(array.astype(np.float32))[0]).any()
    assert (row_digests(array)[0] != row_digests(array.reshape(3, 4))[0]).any()
    np.testing.assert_array_equal(row_digests(array)[2], row_digests(array[2:])[0])


def test_a_catalogue_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    store = Store(tmp_path)
    key = store.put(rich_explanation(), name="old")
    with store.catalogue.engine.begin() as connection:
        connection.execute(sa.text("DROP INDEX ix_explanations_asked"))
        connection.execute(sa.text("ALTER TABLE explanations DROP COLUMN asked"))
        connection.execute(sa.text("UPDATE schema SET version = 1"))
    again = Store(tmp_path)
    assert again.get(key).equals(rich_explanation())
    again.explain(FakeExplainer(), table(5), name="new")
    assert len(Store(tmp_path).list()) == 2


def test_arrays_of_the_first_schema_are_still_read(tmp_path: Path) -> None:
    from shapviz.store.array_writing import checksum

    array = np.arange(60.0).reshape(20, 3)
    group = zarr.open_group(store=tmp_path / "old", mode="w")
    group.create_array(
        "values", shape=array.shape, dtype=array.dtype, chunks=(5, 1), shards=(20, 3)
    )[...] = array
    files = ArrayFiles(str(tmp_path))
    entry = {"sha256": checksum(array), "shape": [20, 3], "dtype": "<f8"}
    np.testing.assert_array_equal(files.read("old", "values", entry, "x"), array)
    np.testing.assert_array_equal(files.rows("old", "values", entry, "x", slice(3, 4)), array[3:4])
    np.testing.assert_array_equal(files.column("old", "values", entry, "x", (2,)), array[:, 2])
