"""The outputs of a Keras model side by side: one table (n, outputs), and its columns' names.

Imports Keras and TensorFlow inside functions only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shapviz.errors import ModelError, Words, complaint

__all__ = ["column_names", "leaves", "table", "two_axes", "width_of"]


def leaves(answer: Any) -> list[Any]:
    """The tensors of an answer in Keras' order: lists as they stand, mappings by sorted keys."""
    import keras

    return list(keras.tree.flatten(answer))


def two_axes(answer: Any) -> Any:
    """One output as (n, outputs); ModelError for more axes."""
    rank = len(answer.shape)
    if rank not in (1, 2):
        raise wrong_rank(tuple(answer.shape))
    return answer[:, None] if rank == 1 else answer


def table(answer: Any) -> Any:
    """A model's answer, one tensor or several, as one tensor (n, outputs)."""
    import tensorflow as tf

    parts = [two_axes(part) for part in leaves(answer)]
    if len(parts) == 1:
        return parts[0]
    return tf.concat([tf.cast(part, tf.float64) for part in parts], axis=1)


def array_table(answer: Any) -> Any:
    """As `table`, for what a model on another backend has answered; one array as it is."""
    if not isinstance(answer, Mapping | list | tuple):
        return answer
    return np.concatenate([two_axes(np.asarray(part)) for part in leaves(answer)], axis=1)


def width_of(shapes: Sequence[tuple[int | None, ...]]) -> int | None:
    """Columns of outputs of these shapes (n, …) together; None where one is open.

    Raises
    ------
    ModelError
        An output of rank above 2.
    """
    widths = []
    for shape in shapes:
        if len(shape) not in (1, 2):
            raise wrong_rank(shape, several=len(shapes) > 1)
        widths.append(1 if len(shape) == 1 else shape[1])
    return None if None in widths else sum(width for width in widths if width is not None)


def column_names(
    outputs: Any, tensors: Sequence[Any], layer_names: Sequence[str]
) -> tuple[str, ...] | None:
    """What the columns of several outputs are called; None where a width is open.

    Parameters
    ----------
    outputs : mapping, list or tuple
        The model's outputs as it returns them; the keys of a mapping are their names.
    tensors : sequence of tensors
        The same in Keras' order.
    layer_names : sequence of str
        What they are called otherwise.
    """
    names = list(layer_names)
    if isinstance(outputs, Mapping):
        keys = {id(tensor): str(key) for key, tensor in outputs.items()}
        names = [keys.get(id(tensor), name) for tensor, name in zip(tensors, names, strict=True)]
    often = Counter(names)
    # A layer used twice: numbered by its place among the outputs.
    names = [name if often[name] == 1 else f"{name} ({i})" for i, name in enumerate(names)]
    columns: list[str] = []
    for name, tensor in zip(names, tensors, strict=True):
        width = 1 if len(tensor.shape) == 1 else tensor.shape[1]
        if width is None:
            return None
        columns += [name] if width == 1 else [f"{name} {k}" for k in range(width)]
    return tuple(columns)


def wrong_rank(shape: tuple[int | None, ...], several: bool = False) -> ModelError:
    """What is said of an output with more axes than (n, outputs)."""
    fix = "Add a pooling or Flatten layer, or pick the time step or pixel to explain."
    if several:
        fix = (
            "Choose outputs by a pair, (model.inputs, model.outputs[0]), then a time step by "
            "`output_step=`, or add a pooling or Flatten layer."
        )
    return ModelError(
        complaint(
            "model",
            "return one row of outputs a sample, of shape (n,) or (n, outputs)",
            Words(f"outputs of shape {shape}"),
            fix,
        )
    )
