"""Models in files: what may be opened by anyone, and what only by those who trust its source.

A new format is one function and one line in `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from shapviz.errors import InputError, MissingExtraError, ModelError, ShapvizError, Words, complaint
from shapviz.models.keras_files import read_keras
from shapviz.models.onnx_model import OnnxModel
from shapviz.models.saved_model import read_saved_model
from shapviz.models.skops_files import read_skops

__all__ = ["FORMATS", "Asked", "Format", "check_file", "load_model"]


@dataclass(frozen=True)
class Asked:
    """What `load_model` was asked for besides the path."""

    custom_objects: Mapping[str, Any] | None
    trusted: bool
    signature: str
    output: str | None


@dataclass(frozen=True)
class Format:
    """A kind of model file.

    Attributes
    ----------
    name : str
    read : callable
        Path and what was asked to the model.
    danger : str
        Why a file of unknown source must not be opened; empty for formats that are data alone.
    takes : tuple of str
        Which of `Asked`'s choices mean something here.
    packages : tuple of str
        What must be importable, the extra's name second: "xgboost" or "onnxruntime onnx".
    """

    name: str
    read: Callable[[Path, Asked], Any]
    danger: str = ""
    takes: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


def _keras(path: Path, asked: Asked) -> Any:
    return read_keras(path, asked.custom_objects, trusted=asked.trusted)


def _saved_model(path: Path, asked: Asked) -> Any:
    return read_saved_model(path, asked.signature)


def _skops(path: Path, asked: Asked) -> Any:
    return read_skops(path, trusted=asked.trusted)


def _pickle(path: Path, asked: Asked) -> Any:
    import joblib

    return joblib.load(path)


def _onnx(path: Path, asked: Asked) -> Any:
    model = OnnxModel(path.read_bytes(), asked.output)
    # Made here, so that a broken file is told of now.
    _ = model.session
    return model


def _xgboost(path: Path, asked: Asked) -> Any:
    import xgboost

    booster = xgboost.Booster()
    booster.load_model(path)
    return booster


def _lightgbm(path: Path, asked: Asked) -> Any:
    import lightgbm

    return lightgbm.Booster(model_file=path)


def _catboost(path: Path, asked: Asked) -> Any:
    import catboost

    found = catboost.CatBoost().load_model(str(path))
    kind = catboost.CatBoostClassifier if len(found.classes_) else catboost.CatBoostRegressor
    return kind().load_model(str(path))


KERAS, TENSORFLOW = ("keras tensorflow",), ("tensorflow tensorflow",)
RUNS_CODE = "opening a pickle runs whatever code it holds"

KERAS_FILE = Format("Keras", _keras, takes=("custom_objects",), packages=KERAS)
H5_FILE = Format(
    "Keras HDF5",
    _keras,
    "it may hold Lambda layers, code that runs with the model",
    ("custom_objects",),
    KERAS,
)
SAVED_MODEL = Format(
    "SavedModel",
    _saved_model,
    "it is a TensorFlow program, which can read and write files when run",
    ("signature",),
    TENSORFLOW,
)
PICKLE = Format("pickle", _pickle, RUNS_CODE)
XGBOOST = Format("XGBoost", _xgboost, packages=("xgboost xgboost",))

FORMATS: dict[str, Format] = {
    ".keras": KERAS_FILE,
    ".h5": H5_FILE,
    ".hdf5": H5_FILE,
    ".skops": Format("skops", _skops, packages=("skops skops",)),
    ".onnx": Format("ONNX", _onnx, takes=("output",), packages=("onnxruntime onnx",)),
    ".json": XGBOOST,
    ".ubj": XGBOOST,
    ".txt": Format("LightGBM", _lightgbm, packages=("lightgbm lightgbm",)),
    ".cbm": Format("CatBoost", _catboost, packages=("catboost catboost",)),
    ".pkl": PICKLE,
    ".pickle": PICKLE,
    ".joblib": PICKLE,
}
"""Ending → format. A folder is a SavedModel."""


def load_model(
    path: str | Path,
    custom_objects: Mapping[str, Any] | None = None,
    trusted: bool = False,
    *,
    signature: str = "serving_default",
    output: str | None = None,
) -> Any:
    """Return the model in a file, as the library that wrote it has it.

    Parameters
    ----------
    path : str or Path
        ``.keras``, ``.skops``, ``.onnx``, XGBoost's ``.json`` and ``.ubj``, LightGBM's ``.txt``,
        CatBoost's ``.cbm``; with `trusted` also ``.h5``, ``.pkl``, ``.joblib`` and a SavedModel
        folder.
    custom_objects : dict of str to class or function, optional
        Own layers of a Keras model.
    trusted : bool, default False
        Whether the file's source may run code here: opens the formats that do so, Lambda layers
        in ``.keras`` and types in ``.skops`` that are not known to be data alone.
    signature : str, default "serving_default"
        Of a SavedModel.
    output : str, optional
        Of an ONNX model with several outputs of scores.

    Returns
    -------
    object
        A keras.Model, an estimator, a booster, an `OnnxModel`, or for a SavedModel a function of
        rows: whatever it is, explainers take it.

    Raises
    ------
    InputError
        No such file, an unknown ending, an argument that means nothing for the format, or a
        format that needs ``trusted=True``; the message says why.
    ModelError
        The library cannot read it; a model saved by tf_keras is named as one.
    MissingExtraError
        The library is not installed.
    """
    path = Path(path)
    asked = Asked(custom_objects, bool(trusted), signature, output)
    kind = check_file(path, trusted=asked.trusted)
    _check_choices(kind, asked)
    for package in kind.packages:
        _check_installed(kind, *package.split())
    try:
        return kind.read(path, asked)
    except ShapvizError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())
        raise ModelError(
            complaint(
                "path",
                f"be a readable {kind.name} model",
                str(path),
                f"Reading it failed: {type(error).__name__}: {said[:300]}",
            )
        ) from error


def check_file(path: str | Path, *, trusted: bool = False) -> Format:
    """Return the format of a model's file, by its ending, without opening it or its library.

    Raises
    ------
    InputError
        No such file, an unknown ending, or a format that needs ``trusted=True``; the message says
        why.
    """
    kind = _format_of(Path(path))
    if kind.danger and not trusted:
        raise InputError(
            complaint(
                "trusted",
                f"be True to open a {kind.name} file: {kind.danger}",
                trusted,
                f"Only if you trust where {str(path)!r} comes from; .keras, .skops and .onnx "
                "files need no trust.",
            )
        )
    return kind


def _format_of(path: Path) -> Format:
    if not path.exists():
        raise InputError(complaint("path", "exist", str(path), "Check it."))
    if path.is_dir():
        if (path / "saved_model.pb").is_file():
            return SAVED_MODEL
        rule = "be a file, or a SavedModel folder (one with saved_model.pb)"
        raise InputError(complaint("path", rule, str(path), "Name the model's file."))
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        rule = f"end in {', '.join(FORMATS)}"
        fix = "Rename it, or load the model yourself and give that to the explainer."
        raise InputError(complaint("path", rule, str(path), fix))
    return kind


def _check_choices(kind: Format, asked: Asked) -> None:
    """InputError for a choice that the format would not look at."""
    default = Asked(None, False, "serving_default", None)
    for name in ("custom_objects", "signature", "output"):
        value = getattr(asked, name)
        if value != getattr(default, name) and name not in kind.takes:
            raise InputError(
                complaint(name, f"be left out for a {kind.name} file", value, "Leave it out.")
            )


def _check_installed(kind: Format, package: str, extra: str) -> None:
    try:
        import_module(package)
    except ImportError as error:
        raise MissingExtraError(
            complaint(
                package,
                f"be installed to read a {kind.name} file",
                Words("no such package"),
                f"Install it: pip install 'shapviz[{extra}]'.",
            )
        ) from error
