"""What may be uploaded: one table of models, one of data, and the reason for every refusal.

These checks read a file's own bytes in plain Python. What needs a library in C (HDF5, Parquet,
images, the model itself) is looked at in a child process, by `trial` and `tables`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from shapviz.errors import UploadError, Words, complaint
from shapviz.uploads.arrays import npy_header
from shapviz.uploads.keras_config import check_keras_config
from shapviz.uploads.kinds import Kind, recognise
from shapviz.uploads.lightgbm_text import check_lightgbm
from shapviz.uploads.limits import DataLimits
from shapviz.uploads.onnx_wire import check_onnx
from shapviz.uploads.texts import DIRECTIONS, check_text
from shapviz.uploads.zips import IMAGES_ZIP, ZipLimits, checked_zip

__all__ = ["DATA", "MODELS", "RISKY", "Rule", "check_data", "check_model", "clean_name"]

MEGABYTE = 2**20


@dataclass(frozen=True)
class Rule:
    """What is done about one kind of file.

    Attributes
    ----------
    refused : str
        Why it is not accepted; empty where it is.
    instead : str
        What to do, one or more sentences.
    check : callable
        Path and name of an accepted file; raises UploadError.
    """

    refused: str = ""
    instead: str = ""
    check: Callable[[Path, str], None] = lambda path, name: None


KERAS_ZIP = ZipLimits(members=10_000, total=4 * 2**30)
SKOPS_ZIP = ZipLimits(members=50_000, total=4 * 2**30, nested=(".npz",))


def _keras(path: Path, name: str) -> None:
    with checked_zip(path, KERAS_ZIP, name) as archive:
        for member in archive.namelist():
            if member not in KERAS_MEMBERS and not member.startswith("assets/"):
                raise UploadError(
                    complaint(
                        name,
                        f"hold {', '.join(KERAS_MEMBERS)} and assets/ alone",
                        member[:80],
                        "Save it anew: model.save('model.keras').",
                    )
                )
        check_keras_config(archive, name)


KERAS_MEMBERS = ("config.json", "metadata.json", "model.weights.h5")


def _zip(limits: ZipLimits) -> Callable[[Path, str], None]:
    def check(path: Path, name: str) -> None:
        with checked_zip(path, limits, name):
            pass

    return check


def _npy(path: Path, name: str) -> None:
    npy_header(path, name)


SKLEARN_INSTEAD = (
    "Save a scikit-learn model with skops.io.dump(model, 'model.skops'), a booster in its own "
    "format: XGBoost .json or .ubj, LightGBM .txt, CatBoost .cbm."
)
KERAS_INSTEAD = "Convert it: keras.models.load_model(path).save('model.keras')."
NO_MODEL = (
    "Upload a Keras model (.keras), scikit-learn by skops (.skops), XGBoost (.json, .ubj), "
    "LightGBM (.txt), CatBoost (.cbm) or ONNX (.onnx)."
)
NO_DATA = "Upload a table (CSV, TSV, Parquet), an array (.npy), images in a zip or a text file."

PICKLE = Rule("opening a pickle runs whatever code it holds", SKLEARN_INSTEAD)

MODELS: Mapping[str, Rule] = {
    "a Keras model": Rule(check=_keras),
    "a skops model": Rule(check=_zip(SKOPS_ZIP)),
    "an XGBoost model": Rule(),
    "a CatBoost model": Rule(),
    "a LightGBM model": Rule(check=check_lightgbm),
    "an ONNX model": Rule(check=check_onnx),
    "a pickle": PICKLE,
    "a zip holding pickles": PICKLE,
    "a compressed file, as joblib makes them too": Rule(
        "it may be a compressed pickle, and opening one runs whatever code it holds",
        SKLEARN_INSTEAD + " Upload it as it is, not compressed.",
    ),
    "a SavedModel": Rule(
        "it is a TensorFlow program, which can read and write files when it runs",
        "Save the Keras model itself: model.save('model.keras'), or convert the program to ONNX.",
    ),
    "an HDF5 file": Rule("it may hold Lambda layers, code that runs with the model", KERAS_INSTEAD),
    "a PyTorch file": Rule(
        "opening it unpickles it, which runs whatever code it holds",
        "Export it: torch.onnx.export(model, example, 'model.onnx').",
    ),
}
"""Kind of file → what is done about it as a model; other kinds are no models."""

RISKY = (
    "a pickle",
    "a compressed file, as joblib makes them too",
    "a SavedModel",
    "an HDF5 file",
)
"""What an administrator may allow from the registered folder; never from the browser."""

DATA: Mapping[str, Rule] = {
    "a text file": Rule(check=check_text),
    "a Parquet table": Rule(),
    "a NumPy array": Rule(check=_npy),
    "a zip of images": Rule(check=_zip(IMAGES_ZIP)),
    "a broken Parquet table": Rule("its end is missing", "Write it anew: frame.to_parquet(path)."),
    "a pickle": Rule(
        PICKLE.refused, "Save the table as Parquet or CSV: frame.to_parquet('data.parquet')."
    ),
    "a NumPy .npz archive": Rule(
        "it holds several arrays", "Save the one you mean: np.save('data.npy', array)."
    ),
    "an Excel workbook or another Office file": Rule(
        "workbooks are not read here", "Save the sheet as CSV (UTF-8) in the spreadsheet."
    ),
    "an Arrow or Feather file": Rule(
        "Feather files are not read here", "Save it as Parquet: frame.to_parquet('data.parquet')."
    ),
    "a compressed file, as joblib makes them too": Rule(
        "what it unpacks to cannot be told beforehand", "Unpack it and upload what is in it."
    ),
    "an image": Rule("one image is no set of samples", "Put all images into one zip."),
    "a zip": Rule(
        "it holds no images of a kind that is read",
        "Save images as PNG or JPEG; upload a table as it is, not zipped.",
    ),
    "an HDF5 file": Rule(
        "HDF5 files are not read here", "Save the array: np.save('data.npy', array)."
    ),
}
"""Kind of file → what is done about it as data."""


def check_model(
    path: Path, name: str, *, limit: int = DataLimits().bytes, allow: Collection[str] = ()
) -> Kind:
    """Return what a model's file is, once its content has passed.

    Parameters
    ----------
    path : Path
    name : str
        What to call it in messages: the name it was uploaded under, already clean.
    limit : int
        Bytes it may have.
    allow : collection of str
        Kinds accepted although they are refused by default; an administrator's choice.

    Raises
    ------
    UploadError
        It is refused; the message says why and what to do instead.
    """
    return _check(path, name, limit, MODELS, allow, "a model", NO_MODEL)


def check_data(path: Path, name: str, *, limits: DataLimits | None = None) -> Kind:
    """Return what a file of data is, once what can be told without parsing it has passed.

    Raises
    ------
    UploadError
        It is refused; the message says why and what to do instead.
    """
    limits = DataLimits() if limits is None else limits
    return _check(path, name, limits.bytes, DATA, (), "data", NO_DATA)


def clean_name(name: str) -> str:
    """Return an upload's name with what could mislead or leave its place taken out.

    Controls, line ends and marks that change the direction of writing go, so does every folder;
    markup stays text, which the pages escape.

    Examples
    --------
    >>> clean_name("../../etc/passwd"), clean_name("model\\u202egpj.keras")
    ('passwd', 'modelgpj.keras')
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if c.isprintable() and c not in DIRECTIONS).strip(" .")
    return kept[:120] or "file"


def _check(
    path: Path,
    name: str,
    limit: int,
    rules: Mapping[str, Rule],
    allow: Collection[str],
    role: str,
    instead: str,
) -> Kind:
    if path.is_symlink() or not path.exists():
        raise UploadError(complaint(name, "be a file", Words("none"), "Upload it again."))
    size = 0 if path.is_dir() else os.stat(path).st_size
    if size > limit:
        raise UploadError(
            complaint(
                name,
                f"have at most {limit // MEGABYTE:,} MB",
                Words(f"{size / MEGABYTE:,.0f} MB"),
                "Upload a smaller file, or use the command line on the machine itself. "
                "SHAPVIZ_UPLOAD_MB sets the limit.",
            )
        )
    if size == 0 and not path.is_dir():
        raise UploadError(complaint(name, "hold something", Words("an empty file"), instead))
    kind = recognise(path)
    rule = rules.get(kind.name)
    if rule is None:
        raise UploadError(complaint(name, f"be {role}", Words(kind.name), instead))
    if rule.refused and kind.name not in allow:
        got = Words(f"{kind.name}: {rule.refused}")
        raise UploadError(complaint(name, f"be {role} that may be opened", got, rule.instead))
    rule.check(path, name)
    return kind
