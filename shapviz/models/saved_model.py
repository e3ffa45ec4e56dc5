"""TensorFlow's SavedModel folders: one signature as a function of rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shapviz.errors import InputError, ModelError, Words, complaint

__all__ = ["SavedFunction", "read_saved_model"]


class SavedFunction:
    """A signature with one input and one output, called with rows.

    Parameters
    ----------
    loaded : object
        What `tf.saved_model.load` gives; it holds the weights.
    function : callable
        The signature.
    """

    def __init__(self, loaded: Any, function: Any, name: str) -> None:
        self._loaded, self._function, self._name = loaded, function, name
        (self._input, self._spec), *others = function.structured_input_signature[1].items()
        self._outputs = sorted(function.structured_outputs)
        if others or len(self._outputs) != 1:
            got = f"{1 + len(others)} inputs and the outputs {', '.join(self._outputs)}"
            raise ModelError(
                complaint(
                    "signature",
                    "take one tensor and return one",
                    Words(f"{name!r} with {got}"),
                    "Load it with tf.saved_model.load and wrap it in a function of one array.",
                )
            )

    def __call__(self, rows: Any) -> Any:
        """Return the signature's answer to rows, as an array."""
        import tensorflow as tf

        array = rows.to_numpy() if isinstance(rows, pd.DataFrame) else np.asarray(rows)
        fed = tf.constant(array, dtype=None if array.dtype.kind in "OU" else self._spec.dtype)
        return self._function(**{self._input: fed})[self._outputs[0]].numpy()

    def __repr__(self) -> str:
        return f"SavedFunction({self._name!r})"


def read_saved_model(path: Path, signature: str) -> SavedFunction:
    """The named signature of a SavedModel folder.

    Raises
    ------
    InputError
        It has no such signature; the message lists those it has.
    """
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    names = sorted(loaded.signatures)
    if signature not in names:
        raise InputError(
            complaint(
                "signature",
                f"be one of the folder's, {', '.join(map(repr, names)) or 'which has none'}",
                signature,
                "Name one of them, or export the model with one: model.export(folder).",
            )
        )
    return SavedFunction(loaded, loaded.signatures[signature], signature)
