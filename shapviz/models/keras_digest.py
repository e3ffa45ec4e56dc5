"""SHA-256 of a Keras model: configuration, weights, vocabularies and the user's own code."""

from __future__ import annotations

import hashlib
import inspect
import json
from functools import cache
from typing import Any

import numpy as np

from shapviz.digests import digest

__all__ = ["keras_digest"]

NAMED_BY_LAYER = ("input_layers", "output_layers", "keras_history")
"""Configuration entries that refer to layers by name, as the first item of a list."""


def keras_digest(model: Any) -> str | None:
    """Return the SHA-256 of what decides a Keras model's answers.

    Automatic layer names count up within a process; they are replaced by positions, so that the
    same network built twice has one digest.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    str or None
        None for a subclassed model whose configuration cannot be read.
    """
    try:
        config = model.get_config()
    except (NotImplementedError, TypeError):
        # A Lambda over a module, say, cannot be written down either.
        return None
    layers = model._flatten_layers(include_self=True, recursive=True)
    names: dict[str, str] = {}
    parts: list[Any] = []
    for layer in layers:
        names.setdefault(layer.name, f"#{len(names)}")
        parts.append([_kind(layer), _vocabulary(layer), _own_code(layer)])
    for layer in layers:
        # A functional model's single operations are counted as well: a mask's "not_equal_3".
        for operation in getattr(layer, "operations", ()):
            names.setdefault(operation.name, f"#{len(names)}")
    hasher = hashlib.sha256()
    hasher.update(
        json.dumps([_anonymous(config, names), parts], default=str, sort_keys=True).encode()
    )
    for weight in model.weights:
        hasher.update(digest(_as_array(weight)).encode())
    return hasher.hexdigest()


def _anonymous(entry: Any, names: dict[str, str], key: str = "") -> Any:
    """The configuration with layer names replaced, and only where a layer name is meant."""
    if isinstance(entry, dict):
        return {
            k: names.get(v, v) if k == "name" and isinstance(v, str) else _anonymous(v, names, k)
            for k, v in entry.items()
            if k not in ("shared_object_id", "compile_config", "build_config")
        }
    if isinstance(entry, list | tuple):
        if key in NAMED_BY_LAYER and entry and isinstance(entry[0], str):
            return [names.get(entry[0], entry[0]), *entry[1:]]
        return [_anonymous(item, names, key) for item in entry]
    return entry


def _kind(layer: Any) -> str:
    return f"{type(layer).__module__}.{type(layer).__qualname__}"


def _own_code(layer: Any) -> list[Any] | None:
    """Source and plain attributes of a class outside Keras: its `call` may depend on both.

    Keras derives such a model's configuration from the defaults of its constructor, whatever it
    was given, so the configuration alone does not tell two of them apart.
    """
    kind = type(layer)
    if kind.__module__.split(".")[0] == "keras":
        return None
    try:
        source = inspect.getsource(kind)
    except (OSError, TypeError):
        source = ""
    usual = _usual_attributes()
    own = {key: _plain(value) for key, value in vars(layer).items() if key not in usual}
    return [source, own]


@cache
def _usual_attributes() -> frozenset[str]:
    """Attributes that Keras itself gives a model, by compiling and fitting it too."""
    import keras

    class Bare(keras.Model):  # type: ignore[misc, unused-ignore]
        """Nothing of its own."""

    bare = Bare()
    bare.compile(loss="mse")
    return frozenset(vars(bare)) | {"history", "train_function", "_eval_epoch_iterator"}


def _plain(value: Any) -> Any:
    """A value that JSON holds; arrays by content, other objects by their type."""
    if isinstance(value, str | int | float | bool | type(None)):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return digest(value)
    if isinstance(value, dict):
        return [[str(key), _plain(item)] for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _kind(value)


def _vocabulary(layer: Any) -> list[str] | None:
    """A lookup's adapted words, which are neither configuration nor weights."""
    if not hasattr(layer, "get_vocabulary"):
        return None
    return [str(word) for word in layer.get_vocabulary()]


def _as_array(weight: Any) -> Any:
    array = weight.numpy() if hasattr(weight, "numpy") else weight
    # bfloat16 has no NumPy kind of its own; float32 holds it exactly.
    return array.astype("float32") if str(array.dtype) == "bfloat16" else array
