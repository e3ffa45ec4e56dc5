"""The configuration in a ``.keras`` file, read as JSON before Keras sees it.

Keras's safe mode refuses Lambda layers; this scan comes first and lets through only modules of
Keras that hold layers and what layers are made of, no text that names a file or an address, and no
layer that promises more parameters than the file has bytes.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

from shapviz.errors import UploadError, Words, complaint

__all__ = ["check_keras_config"]

ROOMS = (
    "activations",
    "constraints",
    "dtype_policies",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "random",
    "regularizers",
)
"""Modules of Keras that hold what a model is made of, as ``keras.X`` and ``keras.src.X``."""

AT_THE_TOP = ("DTypePolicy", "FloatDTypePolicy", "Functional", "KerasTensor", "Model", "Sequential")
"""What else a configuration may name straight in ``keras``."""

PLAIN = ("__bytes__", "__keras_tensor__", "__numpy__", "__tensor__", "__tuple__", "slice", "Slice")
"""Values that Keras writes like objects; they have no module, or Python's own."""

REFUSED_CLASSES = {
    "Lambda": "which runs code kept in the file",
    "TFSMLayer": "which runs a TensorFlow program from a folder",
    "TorchModuleWrapper": "which unpickles a PyTorch module",
    "JaxLayer": "which runs code kept in the file",
    "FlaxLayer": "which runs code kept in the file",
    "__lambda__": "code kept in the file",
    "__typespec__": "a TensorFlow type",
}

FILES = ("vocabulary", "file_path", "filepath", "path", "url", "origin")
"""Settings that, given as text, are read from a file or an address when the layer is made."""

SIZES = (
    ("units",),
    ("filters",),
    ("input_dim", "output_dim"),
    ("num_heads", "key_dim"),
    ("head_dim",),
)
"""Settings whose product no layer's parameters can be fewer than."""

KERNELS = ("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
PARTS_OF_A_BYTE = 8
DEEPEST = 200
MOST_OBJECTS = 2_000_000
LARGEST_CONFIG = 2**26
LARGEST_INPUT = 10**8
LARGEST_SIZE = 10**9


def check_keras_config(archive: zipfile.ZipFile, name: str) -> None:
    """UploadError for a configuration that names what it must not, or promises too much.

    Parameters
    ----------
    archive : ZipFile
        The ``.keras`` file, its directory already checked.
    name : str
        What to call it in the message.
    """
    weights = [each for each in archive.infolist() if each.filename == "model.weights.h5"]
    if not weights:
        raise _refused(name, "hold model.weights.h5", "no such member", "Save it with Keras 3.")
    config = _json(archive, "config.json", name)
    if "metadata.json" in archive.namelist():
        version = str(_mapping(_json(archive, "metadata.json", name)).get("keras_version", "3"))
        if not version.startswith("3"):
            fix = "Build the same layers in Keras 3, set_weights, and save that."
            raise _refused(name, "be saved by Keras 3", f"Keras {version[:20]}", fix)
    # Left out because it is never read: models are loaded uncompiled, nested ones are looked at.
    whole = {key: value for key, value in _mapping(config).items() if key != "compile_config"}
    parameters = weights[0].file_size * PARTS_OF_A_BYTE
    for each in _objects(whole, name):
        _check_place(each, name)
        _check_files(each, name)
        _check_sizes(each, parameters, name)


def _refused(name: str, rule: str, got: str, fix: str) -> UploadError:
    return UploadError(complaint(name, rule, Words(got), fix))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _json(archive: zipfile.ZipFile, member: str, name: str) -> Any:
    try:
        info = archive.getinfo(member)
        if info.file_size > LARGEST_CONFIG:
            rule = f"have a configuration of at most {LARGEST_CONFIG:,} bytes"
            raise _refused(name, rule, f"{info.file_size:,}", "Save a smaller model.")
        found = json.loads(archive.read(info))
    except (KeyError, ValueError, RecursionError, zipfile.BadZipFile, EOFError) as error:
        fix = "Save the model anew: model.save('model.keras')."
        got = f"{member} that cannot be read ({type(error).__name__})"
        raise _refused(name, "hold a readable configuration", got, fix) from error
    if not isinstance(found, dict):
        raise _refused(
            name, "hold a readable configuration", f"{member} that is no JSON object", "Save anew."
        )
    return found


def _objects(whole: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Every JSON object in it, however deep, without recursion."""
    waiting: list[tuple[Any, int]] = [(whole, 0)]
    count = 0
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if depth > DEEPEST or count > MOST_OBJECTS:
            got = f"more than {DEEPEST} levels" if depth > DEEPEST else f"{MOST_OBJECTS:,} entries"
            raise _refused(name, "be a model of ordinary depth", got, "Save a simpler model.")
        if isinstance(value, dict):
            yield value
            waiting += [(inner, depth + 1) for inner in value.values()]
        elif isinstance(value, list):
            waiting += [(inner, depth + 1) for inner in value]


def _check_place(each: dict[str, Any], name: str) -> None:
    """UploadError for an object whose class is none of Keras's layers and their parts."""
    if "class_name" not in each:
        return
    found, module = str(each["class_name"]), each.get("module")
    if found in REFUSED_CLASSES:
        raise _refused(
            name,
            "hold no code of its own",
            f"{found}, {REFUSED_CLASSES[found]}",
            "Replace it by a layer of Keras or one from keras.ops, and save the model anew.",
        )
    if found in PLAIN and module in (None, "builtins"):
        return
    if found == "function" and module in (None, "builtins"):
        _check_function(each, name)
        return
    if not isinstance(module, str) or not _is_kerass(module, found):
        place = f"{module}.{found}" if module else str(each.get("registered_name") or found)
        raise _refused(
            name,
            "be made of Keras's own layers alone",
            f"{place[:100]!r}",
            "Files that name other code are not opened here. Build the model from layers of Keras "
            "and save that, or explain it with the library: shapviz.load_model(path, "
            "custom_objects={…}).",
        )
    registered = each.get("registered_name")
    if registered is not None and ">" in str(registered):
        raise _refused(
            name,
            "be made of Keras's own layers alone",
            f"{str(registered)[:100]!r}, a class registered elsewhere",
            "Build the model from layers of Keras and save that.",
        )


def _check_function(each: dict[str, Any], name: str) -> None:
    called = each.get("config")
    if not isinstance(called, str) or not called.isidentifier():
        rule = "name functions of Keras alone"
        raise _refused(name, rule, f"{str(called)[:80]!r}", "Use an activation of Keras.")


def _is_kerass(module: str, found: str) -> bool:
    if not found.isidentifier() or found.startswith("_"):
        return False
    steps = module.split(".")
    if steps[0] != "keras" or not all(step.isidentifier() for step in steps):
        return False
    rest = steps[2:] if steps[1:2] == ["src"] else steps[1:]
    return rest[0] in ROOMS if rest else steps == ["keras"] and found in AT_THE_TOP


def _check_files(each: dict[str, Any], name: str) -> None:
    for key in FILES:
        value = each.get(key)
        if isinstance(value, str) and value:
            raise _refused(
                name,
                "name no file and no address",
                f"{key}={value[:80]!r}",
                "Give the layer its words as a list and save the model anew.",
            )


def _check_sizes(each: dict[str, Any], parameters: int, name: str) -> None:
    """UploadError for a layer of more parameters than the file can hold, or a huge input."""
    settings = _mapping(each.get("config"))
    for names in SIZES:
        sizes = [_whole(settings.get(key)) for key in names]
        if all(sizes) and prod(sizes) > parameters:
            _too_many(each, f"{' × '.join(names)} = {prod(sizes):,}", name)
    kernel = settings.get("kernel_size")
    if each.get("class_name") in KERNELS and isinstance(kernel, list):
        found = prod(map(_whole, kernel)) * max(1, _whole(settings.get("filters")))
        if found > parameters:
            _too_many(each, f"kernel_size × filters = {found:,}", name)
    for key, value in settings.items():
        if _whole(value) > LARGEST_SIZE and key not in ("seed", "shared_object_id"):
            _too_many(each, f"{key[:40]} = {value:,}", name)
    shape = settings.get("batch_shape") or settings.get("batch_input_shape")
    if isinstance(shape, list) and prod(_whole(size) or 1 for size in shape) > LARGEST_INPUT:
        raise _refused(
            name,
            f"take at most {LARGEST_INPUT:,} numbers a row",
            f"an input of shape {str(shape)[:80]}",
            "Upload a model with a smaller input.",
        )


def _whole(value: Any) -> int:
    return abs(value) if isinstance(value, int) and not isinstance(value, bool) else 0


def _too_many(each: dict[str, Any], got: str, name: str) -> None:
    raise _refused(
        name,
        "promise no more parameters than it holds",
        f"a {str(each.get('class_name'))[:40]} of {got}",
        "Save the model anew: model.save('model.keras').",
    )
