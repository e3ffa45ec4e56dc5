"""The hostile corpus against the policy: refused by content, with words, nothing run."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shapviz.errors import UploadError
from shapviz.settings import Settings
from shapviz.store import Store
from shapviz.uploads import admit_model, admit_registered, admit_table, check_data, check_model
from shapviz.uploads.arrays import read_npy
from shapviz.uploads.hdf5_shapes import check_keras_weights
from shapviz.uploads.kinds import KINDS, recognise
from shapviz.uploads.limits import DataLimits
from shapviz.uploads.parcels import read_parcel
from shapviz.uploads.policy import DATA, MODELS, RISKY, clean_name
from shapviz.uploads.registered import registered_models, upload_limits
from tests.uploads import corpus


@pytest.fixture
def upload(tmp_path) -> Path:
    """Where an upload lies: a name that says nothing."""
    return tmp_path / "upload"


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return Store(str(tmp_path_factory.mktemp("store")))


def refused(path: Path, words: str, name: str = "model.keras", check=check_model) -> None:
    with pytest.raises(UploadError, match=words) as told:
        check(path, name)
    # What, why, and what to do instead.
    assert str(told.value).startswith(f"`{name}` must ")
    assert str(told.value).rstrip().endswith(".")


# What a file is ---------------------------------------------------------------------------------


def test_every_rule_is_of_a_kind_that_can_be_told():
    kinds = {kind.name for kind in KINDS}
    assert {*MODELS, *DATA, *RISKY} <= kinds


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_by_another_name_is_a_pickle_and_is_not_opened(tmp_path, upload, protocol):
    mark = tmp_path / corpus.MARK
    upload.write_bytes(corpus.pickled(mark, protocol))
    refused(upload, "a pickle: opening a pickle runs whatever code it holds")
    refused(upload, "a pickle", "table.csv", check_data)
    assert not mark.exists()


def test_other_formats_that_run_code_are_refused_with_what_to_do_instead(tmp_path, upload):
    cases = {
        "compressed pickle.*not compressed": gzip.compress(corpus.pickled(tmp_path / corpus.MARK)),
        r"Lambda layers.*save\('model\.keras'\)": b"\x89HDF\r\n\x1a\n" + bytes(100),
        "a program": b"\x7fELF" + bytes(100),
        "a web page": b"<!DOCTYPE html><script>",
        "a file of no known kind": bytes(range(32)) * 20,
        "an empty file": b"",
    }
    for words, content in cases.items():
        upload.write_bytes(content)
        refused(upload, words)
    zips = {
        "a SavedModel: .*can read and write files": "m/saved_model.pb",
        "a PyTorch file: .*torch.onnx.export": "archive/data.pkl",
        "a zip holding pickles": "model.joblib",
        "a zip": "readme.txt",
    }
    for words, member in zips.items():
        refused(corpus.zipped(upload, {member: b"x"}), words)
    (tmp_path / "folder").mkdir()
    refused(tmp_path / "folder", "a SavedModel")
    (tmp_path / "link").symlink_to("/etc/passwd")
    refused(tmp_path / "link", "be a file")


def test_data_of_other_formats_says_what_to_save_instead(upload):
    for words, member in {
        r"several arrays.*np\.save": "a.npy",
        "workbooks are not read.*as CSV": "[Content_Types].xml",
        "holds no images": "readme.txt",
    }.items():
        refused(corpus.zipped(upload, {member: b"x"}), words, "data", check_data)
    for words, content in {
        "Save it as Parquet": b"ARROW1\0\0",
        "Unpack it": gzip.compress(b"a,b\n1,2\n"),
        "into one zip": b"\x89PNG\r\n\x1a\n",
        "its end is missing": b"PAR1" + bytes(50),
    }.items():
        upload.write_bytes(content)
        refused(upload, words, "data", check_data)


def test_names_of_files_lose_what_misleads():
    assert clean_name("../../a/b.csv") == "b.csv"
    assert clean_name("C:\\x\\m.keras") == "m.keras"
    assert clean_name("a\u202egpj\n\0.keras") == "agpj.keras"
    assert clean_name("\n") == "file"
    assert len(clean_name("x" * 999)) == 120


# Zips -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (corpus.zip_bomb, "a zip bomb"),
        (corpus.overlapping_zip, "inside another"),
        (corpus.nested_zip, "hold no archive inside it"),
        (corpus.linked_zip, "'model.weights.h5', a link"),
        (corpus.twice_zip, "twice"),
        (lambda p: corpus.traversing_zip(p, "../../evil"), "which leaves its folder"),
        (lambda p: corpus.traversing_zip(p, "/etc/evil"), "an absolute name"),
        (lambda p: corpus.traversing_zip(p, "C:/evil"), "an absolute name"),
        (lambda p: corpus.traversing_zip(p, "a\\..\\evil"), "backslash"),
        (lambda p: corpus.traversing_zip(p, "model.py"), "alone; got 'model.py'"),
    ],
)
def test_zips_are_refused_before_anything_is_unpacked(upload, make, words):
    refused(make(upload), words)
    assert [each.name for each in upload.parent.iterdir()] == ["upload"]


def test_a_directory_too_large_to_list_is_not_listed(upload):
    corpus.many_members(upload)
    assert recognise(upload).name == "a zip"
    refused(upload, "a zip")


def test_a_bomb_inside_a_skops_file_is_found(upload):
    refused(corpus.nested_bomb(upload), "a zip bomb")


def test_broken_zips_are_refused(upload):
    corpus.zipped(upload, {"config.json": b"{}", "model.weights.h5": b"x" * 1000})
    whole = upload.read_bytes()
    upload.write_bytes(whole[:-30])
    refused(upload, "a zip")
    upload.write_bytes(whole.replace(b"x" * 1000, b"x" * 900))
    refused(upload, "model|a zip")


# Keras ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", corpus.HOSTILE_CONFIGS)
def test_configurations_that_attack_are_refused_before_keras_sees_them(upload, case):
    config, words = corpus.HOSTILE_CONFIGS[case]
    refused(corpus.keras_file(upload, config), words)
    assert not Path(corpus.MARK).exists()


def test_an_ordinary_configuration_passes(upload):
    dense = corpus.layer(
        "Dense",
        units=2,
        dtype={
            "module": "keras",
            "class_name": "DTypePolicy",
            "config": {"name": "float32"},
            "registered_name": None,
            "shared_object_id": 140239300038864,
        },
    )
    model = {
        **corpus.sequential(corpus.INPUT, dense),
        "compile_config": {"loss": {"class_name": "x"}},
    }
    assert check_model(corpus.keras_file(upload, model), "m").name == "a Keras model"
    refused(corpus.zipped(upload, {"config.json": b"{}"}), "hold model.weights.h5")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (corpus.shape_bomb, "shape \\(524288, 524288\\)"),
        (corpus.outside_weights, "in other files"),
        (corpus.linked_weights, "a link at /layers"),
        (lambda: b"\x89HDF\r\n\x1a\n" + bytes(500), "readable weights"),
    ],
)
def test_weights_that_promise_more_or_lie_elsewhere_are_refused_in_the_child(
    upload, store, make, words
):
    model = corpus.sequential(corpus.INPUT, corpus.layer("Dense", units=2))
    corpus.keras_file(upload, model, make())
    with pytest.raises(UploadError, match=words):
        admit_model(upload, "m.keras", store)


def test_a_broken_zip_never_reaches_keras_which_would_leave_it_open(upload):
    model = corpus.sequential(corpus.INPUT, corpus.layer("Dense", units=2))
    whole = corpus.keras_file(upload, model).read_bytes()
    assert check_keras_weights(upload, "m.keras")
    at = whole.index(b"model.weights.h5") + 900
    upload.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
    check_model(upload, "m.keras")
    with pytest.raises(UploadError, match=r"whole zip file; got 'model\.weights\.h5': "):
        check_keras_weights(upload, "m.keras")


# ONNX -------------------------------------------------------------------------------------------


def test_onnx_tensors_elsewhere_or_larger_than_the_file_are_refused(upload):
    good = corpus.onnx_file(upload, corpus.tensor(2, 3, raw=bytes(24)))
    assert check_model(good, "m").name == "an ONNX model"
    refused(corpus.onnx_file(upload, corpus.tensor(2, outside="/etc/passwd")), "in another file")
    huge = corpus.tensor(2**20, 2**20, raw=bytes(4))
    refused(corpus.onnx_file(upload, huge), "1,099,511,627,776 numbers")
    whole = corpus.onnx_file(upload, corpus.tensor(6, raw=bytes(24))).read_bytes()
    upload.write_bytes(whole[:-12])
    refused(upload, "ends in the middle")


# Boosters ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lightgbm_text() -> bytes:
    lightgbm = pytest.importorskip("lightgbm")
    rows = np.random.default_rng(0).normal(size=(200, 3))
    options = {"verbose": -1, "num_threads": 1, "num_leaves": 7}
    model = lightgbm.train(options, lightgbm.Dataset(rows, rows[:, 0]), 2)
    return model.model_to_string().encode()


def test_lightgbm_files_cut_short_are_refused(upload, lightgbm_text):
    upload.write_bytes(lightgbm_text)
    assert check_model(upload, "m.txt").name == "a LightGBM model"
    for share in (3, 2):
        upload.write_bytes(lightgbm_text[: len(lightgbm_text) // share])
        refused(upload, "cut short")
    upload.write_bytes(lightgbm_text.replace(b"\nTree=1\n", b"\nTree=x\n"))
    refused(upload, "1 trees where it states 2")


def test_one_that_ends_its_process_ends_the_child_alone(upload, store, lightgbm_text):
    upload.write_bytes(lightgbm_text.replace(b"left_child=", b"left_child=77777777 "))
    with pytest.raises(UploadError, match="without ending its process; got its library gave up"):
        admit_model(upload, "m.txt", store)
    assert store.materials.models() == []


# Tables -----------------------------------------------------------------------------------------


def test_a_file_of_two_gigabytes_is_refused_by_its_size(upload):
    corpus.sparse_file(upload, 2 * 2**30)
    refused(upload, "at most 500 MB; got 2,048 MB", "t.csv", check_data)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,\0\n" + b"2,3\n" * 50, "a NUL byte in line 2"),
        ("a,b\n1,é\n".encode("latin-1"), "UTF-8 .*byte 0xe9 in line 2.*encoding='utf-8'"),
        ("a,b\n".encode("utf-32"), "UTF-32"),
        ("a,b\n1,2\n".encode("utf-16-le"), "NUL byte|no known kind"),
    ],
)
def test_text_that_is_none_is_refused(upload, content, words):
    upload.write_bytes(content)
    refused(upload, words, "t.csv", check_data)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (",".join(f"c{i}" for i in range(50_000)) + "\n", "at most 10,000 columns; got 50,000"),
        ("x," * 2**20, "a first line of more than"),
        ("a,a\n1,2\n", "'a' more than once"),
        ("1.5,2.5\n3,4\n5,6\n", "name its columns in the first line"),
        ("a,b\n1,2\n3\n4,5\n", "Expected 2 columns, got 1"),
        ("a,b\n", "at least one row"),
        ("\n \n\n", "hold something; got 3 blank lines"),
        ("a" * 600 + ",b\n1,2\n", "at most 500 characters"),
    ],
)
def test_tables_out_of_bounds_are_refused(upload, store, content, words):
    upload.write_text(content)
    with pytest.raises(UploadError, match=words):
        admit_table(upload, "t.csv", store)


def test_hostile_names_and_cells_stay_text(upload, store):
    frame = pd.DataFrame(
        {name: list(corpus.HOSTILE_CELLS) for name in corpus.HOSTILE_NAMES} | {"x": range(5)}
    )
    frame.to_csv(upload, index=False)
    found = admit_table(upload, "hostile.csv", store)
    assert "names" in found.notes[0]
    kept = store.materials.table(found.record.digest)
    assert kept["<script>alert(1)</script>"].tolist() == list(corpus.HOSTILE_CELLS)
    assert "two lines" in kept
    assert "txt.exe" in kept
    assert all(name.isprintable() for name in kept)


def test_arrays_with_objects_or_a_false_header_are_refused(upload):
    np.save(upload.with_suffix(".npy"), np.array([[{}]]), allow_pickle=True)
    refused(upload.with_suffix(".npy"), "Python objects, which are pickled", "a.npy", check_data)
    for descr, shape, words in [
        ("<f8", "(1000000, 1000000)", "hold the numbers it promises"),
        ("<f8", "(-1,)", "shape"),
        ("|V8", "(1,)", "numbers or text"),
        ("<f8", "__import__('os').system('touch x')", "whole .npy file"),
        ("O", "(1,)", "Python objects"),
    ]:
        refused(corpus.npy(upload, descr, shape, bytes(8)), words, "a.npy", check_data)


def test_images_that_lie_are_refused_and_others_become_one_array(upload, store):
    corpus.zipped(upload, {"a.png": corpus.huge_png(60_000, 60_000)})
    with pytest.raises(UploadError, match="at most 50,000,000 pixels"):
        admit_table(upload, "i.zip", store)
    corpus.zipped(upload, {"a.png": corpus.huge_png(6, 4)})
    found = admit_table(upload, "i.zip", store)
    assert found.record.shape == (1, 4, 6, 1)
    assert found.names == ("a.png",)
    corpus.zipped(upload, {f"{k}/a.png": corpus.huge_png(6, 2 * k) for k in (1, 2)})
    with pytest.raises(UploadError, match="Choose the model first"):
        admit_table(upload, "i.zip", store)
    found = admit_table(upload, "i.zip", store, size=(2, 6), channels=3)
    assert found.record.shape == (2, 2, 6, 3)
    assert found.notes == (
        "One image is scaled to 2 × 6 pixels; nothing is cut off, so its proportions change.",
        "Both images are read as colour.",
    )
    assert store.materials.names(found.record.digest) == ("1/a.png", "2/a.png")
    with pytest.raises(UploadError, match="grey or colour, 1 or 3 channels; got 4"):
        admit_table(upload, "i.zip", store, channels=4)
    corpus.zipped(upload, {"a.png": corpus.huge_png(6, 4), "b.jpg": b"\x4d\x4d"})
    with pytest.raises(UploadError, match=r"'b\.jpg'"):
        admit_table(upload, "i.zip", store)
    corpus.zipped(upload, {"__MACOSX/a.png": corpus.huge_png(6, 4)})
    with pytest.raises(UploadError, match="hold images; got none but what macOS adds"):
        admit_table(upload, "i.zip", store)


def test_what_was_done_to_images_is_counted_in_words(upload, store):
    from PIL import Image

    def png(mode: str, side: int) -> bytes:
        held = io.BytesIO()
        Image.new(mode, (side, side)).save(held, "png")
        return held.getvalue()

    clear, plain = png("RGBA", 4), png("RGB", 4)
    corpus.zipped(upload, {"a.png": clear, "b.png": plain, "about.txt": b"mine"})
    assert admit_table(upload, "i.zip", store).notes == (
        "1 file that is no image was left out.",
        "One image is partly transparent; its colours alone are read.",
    )
    corpus.zipped(upload, {"a.png": clear, "b.png": clear, "c": b"c", "d": b"d"})
    assert admit_table(upload, "i.zip", store, size=(8, 8)).notes == (
        "2 files that are no images were left out.",
        "Both images are scaled to 8 × 8 pixels; nothing is cut off.",
        "Both images are partly transparent; their colours alone are read.",
    )


# What is right gets in --------------------------------------------------------------------------


def _frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "count": [1, 2, 3],
            "share": [0.5, np.nan, -1.5],
            "word": ["NA", "ü", None],
            "day": pd.to_datetime(["2020-01-01", "2021-02-03", "2022-03-04"]),
            "yes": [True, False, True],
        }
    )


def _utf16(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, encoding="utf-16", sep=";", decimal=",")


@pytest.mark.parametrize(
    "write",
    [
        lambda f, p: f.to_csv(p, index=False),
        lambda f, p: f.to_csv(p, index=False, encoding="utf-8-sig", sep="\t"),
        lambda f, p: f.to_csv(p, index=False, sep="|"),
        _utf16,
        lambda f, p: f.to_parquet(p),
    ],
    ids=["csv", "tsv with mark", "bars", "utf-16 with decimal commas", "parquet"],
)
def test_tables_come_in_as_they_are(upload, store, write):
    write(_frame(), upload)
    found = admit_table(upload, "t", store)
    kept = store.materials.table(found.record.digest)
    assert kept["count"].tolist() == [1, 2, 3]
    assert np.allclose(kept["share"], [0.5, np.nan, -1.5], equal_nan=True)
    assert kept["word"].tolist()[:2] == ["NA", "ü"]
    assert kept["word"].isna().tolist() == [False, False, True]
    assert kept["day"].dt.year.tolist() == [2020, 2021, 2022]
    assert kept["yes"].tolist() == [True, False, True]
    assert store.materials.missing(found.record.digest) == {"share": 1, "word": 1}


def test_text_and_arrays_come_in(upload, store):
    upload.write_text("What a film, really!\r\nNever again.\r\n", newline="")
    found = admit_table(upload, "reviews.txt", store)
    kept = store.materials.table(found.record.digest)
    assert kept["text"].tolist() == ["What a film, really!", "Never again."]
    np.save(upload.with_suffix(".npy"), np.arange(12.0).reshape(2, 3, 2))
    found = admit_table(upload.with_suffix(".npy"), "a.npy", store)
    assert found.record.shape == (2, 3, 2)
    with pytest.raises(UploadError, match="at most 1 rows"):
        admit_table(upload.with_suffix(".npy"), "a.npy", store, limits=DataLimits(rows=1))


# Settings and the registered folder -------------------------------------------------------------


def test_a_pickle_is_taken_from_the_registered_folder_alone_and_only_when_trusted(tmp_path, store):
    mark = tmp_path / corpus.MARK
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "m.pkl").write_bytes(corpus.pickled(mark))
    plain = Settings(models=str(folder))
    assert registered_models(plain) == ["m.pkl"]
    assert registered_models(Settings()) == []
    with pytest.raises(UploadError, match="a pickle"):
        admit_registered("m.pkl", store, plain)
    trusting = Settings(models=str(folder), trust_models=True)
    found = admit_registered("m.pkl", store, trusting)
    assert found.record.trusted
    assert found.record.format == "pkl"
    for name in ("../store", str(folder / "m.pkl"), "other"):
        with pytest.raises(UploadError, match="in the registered folder"):
            admit_registered(name, store, trusting)
    with pytest.raises(UploadError, match="SHAPVIZ_MODELS"):
        registered_models(Settings(models=str(tmp_path / "none")))
    assert not mark.exists()


def test_uploads_can_be_limited_and_switched_off():
    assert upload_limits(Settings(upload_mb=3)).bytes == 3 * 2**20
    with pytest.raises(UploadError, match="SHAPVIZ_UPLOADS=0"):
        upload_limits(Settings(uploads=False))


def test_what_a_child_leaves_for_reading_is_looked_at_before_it_is_believed(tmp_path):
    good = tmp_path / "good.npy"
    np.save(good, np.arange(6).reshape(2, 3))
    assert read_npy(good, "t", 2**20).tolist() == [[0, 1, 2], [3, 4, 5]]
    (tmp_path / "link.npy").symlink_to(good)
    os.mkfifo(tmp_path / "pipe.npy")
    np.save(tmp_path / "other.npy", np.asfortranarray(np.ones((2, 3))))
    for name in ("link", "pipe", "other", "none"):
        with pytest.raises(UploadError, match="come back whole"):
            read_npy(tmp_path / f"{name}.npy", "t", 2**20)
    with pytest.raises(UploadError, match="come back whole"):
        read_npy(good, "t", 100)


def test_a_parcel_that_lies_is_refused(tmp_path):
    limits = DataLimits()
    columns = [["a", "float64"], ["b", "text"]]
    arrays = {
        "float64": np.ones((1, 2)),
        "bytes": np.frombuffer(b"xy", np.uint8),
        "offsets": np.array([0, 1, 2]),
        "missing": np.array([False, True]),
    }

    def read(told=columns, **changed):
        for name, array in {**arrays, **changed}.items():
            np.save(tmp_path / f"{name}.npy", array)
        return read_parcel(told, tmp_path, "t", limits)

    assert read()["b"].tolist()[0] == "x"
    assert read()["b"].isna().tolist() == [False, True]
    lies = [
        {"told": [["a", "object"]]},
        {"told": [["a", "float64"]] * 2},
        {"told": "columns"},
        {"offsets": np.array([0, 2, 1])},
        {"offsets": np.array([0, 1, 2**40])},
        {"offsets": np.array([-5, 1, 2])},
        {"bytes": np.frombuffer(b"\xff\xff", np.uint8)},
        {"float64": np.ones((2, 2))},
        {"float64": np.ones((1, 3))},
        {"float64": np.ones((1, 2), np.float32)},
    ]
    for lie in lies:
        with pytest.raises(UploadError):
            read(**lie)
