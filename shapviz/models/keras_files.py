"""Keras models in files, and who wrote them."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shapviz.errors import ModelError, complaint

__all__ = ["keras_2", "read_keras"]


def read_keras(path: Path, custom_objects: Mapping[str, Any] | None, *, trusted: bool) -> Any:
    """The Keras model of a ``.keras`` or ``.h5`` file; its own code is run only if trusted.

    Raises
    ------
    ModelError
        Keras cannot load it; a file of tf_keras (Keras 2) is named as one.
    """
    import keras

    try:
        return keras.saving.load_model(
            path, custom_objects=custom_objects, compile=False, safe_mode=not trusted
        )
    except Exception as error:
        old = keras_2(path)
        if old is not None:
            raise _of_keras_2(path, old) from error
        said = " ".join(str(error).split())
        more = "" if trusted else ", and trusted=True runs code in the file (Lambda layers)"
        raise ModelError(
            complaint(
                "path",
                "be a model that Keras can load",
                str(path),
                f"Keras says: {type(error).__name__}: {said[:300]} "
                f"custom_objects={{name: class}} makes own layers known{more}.",
            )
        ) from error


def _of_keras_2(path: Path, version: str) -> ModelError:
    return ModelError(
        complaint(
            "path",
            f"be a model of Keras 3, and was saved by tf_keras (Keras {version})",
            str(path),
            "Where tf_keras is installed: m = tf_keras.models.load_model(path); "
            'm.export("folder"), and load that folder with trusted=True. For Deep and Gradient, '
            "build the same layers in Keras 3 and hand the weights over: "
            "new.set_weights(m.get_weights()); new.save(path).",
        )
    )


def keras_2(path: Path) -> str | None:
    """The version of Keras 2 (tf_keras) that wrote the file; None for Keras 3 and other files."""
    version, config = _written_by(path)
    if version.startswith("2."):
        return version
    return "2" if '"tf_keras' in config else None


def _written_by(path: Path) -> tuple[str, str]:
    """Version and configuration as the file states them; empty where it is none of Keras's."""
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
                texts = [
                    archive.read(name).decode("utf-8", "replace") if name in names else "{}"
                    for name in ("metadata.json", "config.json")
                ]
            return str(json.loads(texts[0]).get("keras_version", "")), texts[1]
        except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, EOFError):
            # Broken: what Keras says of it is what there is to say.
            return "", ""
    import h5py

    if not h5py.is_hdf5(path):
        return "", ""
    with h5py.File(path, "r") as file:
        return str(file.attrs.get("keras_version", "")), str(file.attrs.get("model_config", ""))
