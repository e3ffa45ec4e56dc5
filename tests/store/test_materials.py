"""Models and tables by content: once, whole, exactly, on a local root and elsewhere."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shapviz.errors import InputError, StoreError
from shapviz.store import Store


@pytest.fixture(params=["local", "memory"])
def store(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if request.param == "local":
        return Store(tmp_path / "store")
    return Store(f"memory://{tmp_path.name}", f"sqlite:///{tmp_path}/catalogue.sqlite")


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Größe": [1.5, np.nan, 3.0],
            "n": np.array([1, 2, 3], dtype=np.int8),
            "kind": pd.Categorical(["a", "b", "a"], categories=["b", "a"], ordered=True),
            "when": pd.date_range("2026-01-01", periods=3, tz="Europe/Zurich"),
            "text": ["x", None, "\u2028"],
            "maybe": pd.array([1, None, 3], dtype="Int64"),
        },
        index=pd.Index(["p", "q", "r"], name="patient"),
    )


def test_a_model_comes_back_byte_for_byte_and_twice_is_once(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "Model.KERAS"
    file.write_bytes(b"model" * 1000)
    made = store.materials.add_model(file, name="<b>first</b>")
    again = store.materials.add_model(file, name="second")
    assert made == again
    assert (made.format, made.name, made.bytes, made.trusted) == (
        "keras",
        "<b>first</b>",
        5000,
        False,
    )
    path = store.materials.model_path(made.digest)
    assert path.suffix == ".keras"
    assert path.read_bytes() == file.read_bytes()
    assert store.materials.models() == [made]
    # Trust is gained, never lost by adding without it.
    assert store.materials.add_model(file, name="x", trusted=True).trusted
    assert store.materials.add_model(file, name="x").trusted


def test_a_model_folder_is_kept_whole(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "data").write_bytes(b"weights")
    made = store.materials.add_model(folder, name="m", trusted=True)
    assert made == store.materials.add_model(folder, name="m")
    path = store.materials.model_path(made.digest)
    assert made.format == "saved_model"
    assert (path / "variables" / "data").read_bytes() == b"weights"
    (folder / "variables" / "data").write_bytes(b"weightz")
    assert store.materials.add_model(folder, name="m").digest != made.digest


def test_a_table_comes_back_equal_with_types_and_index(store: Store) -> None:
    table = frame()
    made = store.materials.add_table(table, name="patients")
    assert store.materials.add_table(frame(), name="again") == made
    assert (made.kind, made.rows, made.shape) == ("table", 3, (3, 6))
    assert made.columns[0] == "Größe"
    back = store.materials.table(made.digest)
    pd.testing.assert_frame_equal(back, table)
    # Somebody's change stays theirs.
    back.loc["p", "n"] = 99
    assert store.materials.table(made.digest).loc["p", "n"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"index": ["p", "q", "z"]},
        {"n": np.array([1, 2, 3], dtype=np.int16)},
        {"kind": pd.Categorical(["a", "b", "a"], categories=["a", "b"], ordered=True)},
    ],
)
def test_what_a_model_could_see_is_part_of_the_digest(store: Store, change: dict[str, Any]) -> None:
    other = frame()
    for name, value in change.items():
        if name == "index":
            other.index = value
        else:
            other[name] = value
    one = store.materials.add_table(frame(), name="a")
    assert store.materials.add_table(other, name="a").digest != one.digest


def test_an_array_is_mapped_not_loaded(store: Store) -> None:
    array = np.arange(24.0, dtype=np.float32).reshape(4, 3, 2)
    made = store.materials.add_table(array, name="images")
    back = store.materials.table(made.digest)
    assert isinstance(back, np.memmap)
    assert not back.flags.writeable
    np.testing.assert_array_equal(back, array)
    assert (made.kind, made.shape, made.dtypes) == ("array", (4, 3, 2), ("<f4",))


def test_what_cannot_be_kept_is_refused_by_name(store: Store, tmp_path: Path) -> None:
    materials = store.materials
    with pytest.raises(InputError, match="`table` must hold numbers or text"):
        materials.add_table(np.array([[object()]]), name="a")
    with pytest.raises(InputError, match="`table` must have at least one row"):
        materials.add_table(np.zeros((0, 3)), name="a")
    with pytest.raises(StoreError, match="`table` must have columns of one type"):
        materials.add_table(pd.DataFrame({"a": [1, "one"]}), name="a")
    with pytest.raises(InputError, match="`path` must exist"):
        materials.add_model(tmp_path / "none.keras", name="a")
    hostile = tmp_path / "model.a b"
    hostile.write_bytes(b"x")
    with pytest.raises(InputError, match="`format` must be a short ending"):
        materials.add_model(hostile, name="a")
    with pytest.raises(InputError, match="`format` must be a short ending"):
        materials.add_model(hostile, name="a", format="../../x")
    with pytest.raises(StoreError, match="`digest` must be the digest of one of this store's"):
        materials.table("nothing")
    assert materials.models() == []
    assert materials.tables() == []


def test_threads_that_add_the_same_make_one(store: Store) -> None:
    rng = np.random.default_rng(0)
    array, made = rng.normal(size=(1000, 5)), []
    threads = [
        threading.Thread(target=lambda: made.append(store.materials.add_table(array, name="a")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len(set(made)) == 1
    assert store.materials.tables() == made[:1]


def test_what_was_fetched_damaged_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    store = Store(f"memory://{tmp_path.name}-x", f"sqlite:///{tmp_path}/catalogue.sqlite")
    file = tmp_path / "m.onnx"
    file.write_bytes(b"model")
    made = store.materials.add_model(file, name="m")
    place = f"{store._files.path}/materials/models/{made.digest}.onnx"
    store._files.fs.pipe_file(place, b"other")
    with pytest.raises(StoreError, match=r"`materials` must hold .* as it was added; got checksum"):
        store.materials.model_path(made.digest)
