"""Keras models: one tensor in, one tensor of rank 1 or 2 out.

The only file of this room that imports TensorFlow, and only once a Keras model is at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import InputError, ModelError, Words, complaint
from shapviz.models import keras_facts as facts
from shapviz.models.base import Predictor
from shapviz.models.keras_digest import keras_digest
from shapviz.models.keras_parts import is_pair, part_of

__all__ = ["KerasPredictor", "TensorFlowPredictor", "matches", "wrap"]

PROBABILITIES = ("sigmoid", "softmax")


class KerasPredictor(Predictor):
    """A Keras model on any backend, asked through `predict_on_batch`."""

    kind = "keras"

    def _ask(self, rows: Any) -> Any:
        return self.model.predict_on_batch(self._as_input(rows))

    def _content_digest(self) -> str | None:
        return keras_digest(self.model)

    @property
    def input_dtype(self) -> str:
        """The dtype the model takes, for example "float32"."""
        inputs = facts.inputs(self.model)
        return str(inputs[0].dtype) if inputs else str(self.model.compute_dtype or "float32")

    def _as_input(self, rows: Any) -> NDArray[Any]:
        """Rows as one array of the model's dtype; InputError for text given to numbers."""
        array = rows.to_numpy() if isinstance(rows, pd.DataFrame) else np.asarray(rows)
        dtype = self.input_dtype
        if facts.inputs(self.model) is None and is_text(array):
            # A subclassed model does not say what it takes.
            dtype = "string"
        if dtype == "string":
            return text_only(array)
        try:
            converted = array.astype(_storage(dtype), copy=False)
        except (TypeError, ValueError) as error:
            raise _not_numbers(dtype, rows) from error
        if converted.dtype.kind in "iub" and array.dtype.kind == "f" and (converted != array).any():
            raise InputError(
                complaint(
                    "rows",
                    f"hold whole numbers, as the model takes {dtype}",
                    rows,
                    "Round them as for training, in the background too.",
                )
            )
        return converted


class TensorFlowPredictor(KerasPredictor):
    """A Keras model on TensorFlow: compiled once, and able to expand coalitions on the device."""

    def __init__(self, model: Any, **known: Any) -> None:
        super().__init__(model, **known)
        self._compiled: dict[tuple[str, str, tuple[int, ...]], Callable[..., Any]] = {}

    @property
    def row_bytes(self) -> int:
        """Memory one row takes on its way: the two largest tensors it meets, in float32."""
        sizes = [1, *(prod(s) for s in (facts.tensor_shapes(self.model)))]
        return 8 * max(sizes)

    def _ask(self, rows: Any) -> Any:
        array = self._as_input(rows)
        forward = self._function("forward", array)
        # A lone row takes another kernel (matrix times vector) with other rounding; two rows
        # answer to the last bit as in any larger batch, so a sample's values do not depend on
        # how the work is cut.
        answers = forward(np.repeat(array, 2, axis=0) if len(array) == 1 else array).numpy()
        return answers[: len(array)]

    def expand(
        self,
        x: Any,
        background: Any,
        coalitions: NDArray[np.bool_],
        weights: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the background-weighted mean answer to each (sample, coalition) pair.

        The q·b mixed rows exist only inside the compiled function, on the GPU where there is one.
        Means are taken in float64.

        Parameters
        ----------
        x : array of shape (q, *features) or DataFrame
            One sample per pair.
        background : array of shape (b, *features) or DataFrame
        coalitions : bool (q, d)
            True where the sample's entry is kept; d is the product of the feature shape.
        weights : float64 (b,)
            Summing to one.

        Returns
        -------
        float64 (q, outputs)
            NaN and infinities are left in.

        Raises
        ------
        InputError
            The rows are not of the model's width or type.
        ModelError
            The model answers with the wrong shape.
        """
        self._check_width(x)
        self._check_width(background)
        samples, rows = self._as_input(x), self._as_input(background)
        expand = self._function("expand", samples)
        q, b = len(samples), len(rows)
        flat, kept = samples.reshape(q, -1), np.asarray(coalitions)
        if q * b == 1:
            # As in `_ask`: never a lone row.
            flat, kept = np.repeat(flat, 2, axis=0), np.repeat(kept, 2, axis=0)
        means = expand(flat, rows.reshape(b, -1), kept, weights).numpy()[:q]
        self._learn(means.shape[1], means.shape[1] == 1)
        return np.asarray(means, dtype=np.float64)

    def _function(self, task: str, rows: NDArray[Any]) -> Callable[..., Any]:
        """The compiled function of a task, traced once per feature shape for any batch size."""
        dtype = "string" if rows.dtype.kind == "O" else self.input_dtype
        key = (task, dtype, rows.shape[1:])
        if key not in self._compiled:
            self._compiled[key] = _TASKS[task](self.model, key[1], key[2])
        return self._compiled[key]


def _compile_forward(model: Any, dtype: str, features: tuple[int, ...]) -> Callable[..., Any]:
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((None, *features), dtype)])  # type: ignore[untyped-decorator, unused-ignore]
    def forward(rows: Any) -> Any:
        return tf.cast(_two_axes(model(rows, training=False)), tf.float64)

    return forward  # type: ignore[no-any-return, unused-ignore]


def _compile_expand(model: Any, dtype: str, features: tuple[int, ...]) -> Callable[..., Any]:
    import tensorflow as tf

    d = prod(features)
    signature = [
        tf.TensorSpec((None, d), dtype),
        tf.TensorSpec((None, d), dtype),
        tf.TensorSpec((None, d), tf.bool),
        tf.TensorSpec((None,), tf.float64),
    ]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator, unused-ignore]
    def expand(x: Any, background: Any, coalitions: Any, weights: Any) -> Any:
        q, b = tf.shape(x)[0], tf.shape(background)[0]
        mixed = tf.where(coalitions[:, None], x[:, None], background[None])
        answers = _two_axes(model(tf.reshape(mixed, (q * b, *features)), training=False))
        table = tf.reshape(tf.cast(answers, tf.float64), (q, b, -1))
        return tf.reduce_sum(table * weights[:, None], axis=1)

    return expand  # type: ignore[no-any-return, unused-ignore]


_TASKS: dict[str, Callable[[Any, str, tuple[int, ...]], Callable[..., Any]]] = {
    "forward": _compile_forward,
    "expand": _compile_expand,
}


def _two_axes(answer: Any) -> Any:
    """A model's answer as (n, outputs); ModelError for several tensors or more axes."""
    if isinstance(answer, dict | list | tuple):
        if len(answer) != 1:
            raise _one_only("output", len(answer))
        answer = next(iter(answer.values() if isinstance(answer, dict) else answer))
    rank = len(answer.shape)
    if rank not in (1, 2):
        raise _wrong_rank(tuple(answer.shape))
    return answer[:, None] if rank == 1 else answer


def matches(model: Any) -> bool:
    """Whether this is a `keras.Model`, told by its classes so that Keras need not be loaded.

    A pair of an inner tensor and an output is one too.
    """
    return is_pair(model) or any(
        kind.__name__ == "Model" and kind.__module__.split(".")[0] == "keras"
        for kind in type(model).__mro__
    )


def wrap(model: Any, output_names: Sequence[str] | None, model_id: str | None) -> KerasPredictor:
    """Return the Keras model as a predictor.

    Raises
    ------
    ModelError
        It has no weights yet, several inputs or outputs, or an output of rank above 2.
    """
    import keras

    if is_pair(model):
        model = part_of(model)
    if not model.built:
        raise ModelError(
            complaint(
                "model",
                "be built, so that it has weights",
                Words(f"{type(model).__name__} {model.name!r}, never called"),
                "Train it, load its weights, or call it once on data.",
            )
        )
    inputs, outputs = facts.inputs(model), facts.outputs(model)
    for what, tensors in (("input", inputs), ("output", outputs)):
        if tensors is not None and len(tensors) != 1:
            raise _one_only(what, len(tensors))
    features = None if not inputs else tuple(inputs[0].shape[1:])
    answer = None if not outputs else tuple(outputs[0].shape)
    if answer is not None and len(answer) not in (1, 2):
        if str(inputs[0].dtype) != "string":  # type: ignore[index]
            raise _wrong_rank(answer)
        # Counting text drops an axis that the model's own description keeps: ask the model.
        answer = None
    n_outputs = None if answer is None else (1 if len(answer) == 1 else answer[1])
    kind = TensorFlowPredictor if keras.backend.backend() == "tensorflow" else KerasPredictor
    return kind(
        model,
        output_names=output_names,
        model_id=model_id,
        feature_shape=None if features is None or None in features else features,
        n_outputs=n_outputs,
        single_output=None if n_outputs is None else n_outputs == 1,
        units="probability" if facts.final_activation(model) in PROBABILITIES else "",
    )


def is_text(array: NDArray[Any]) -> bool:
    """Whether the rows hold text alone."""
    if array.dtype.kind == "O":
        return array.size > 0 and all(isinstance(cell, str | bytes) for cell in array.flat)
    return array.dtype.kind in "US"


def text_only(array: NDArray[Any]) -> NDArray[Any]:
    """The array as objects; InputError where an entry is not text."""
    objects = array.astype(object)
    strange = next((cell for cell in objects.flat if not isinstance(cell, str | bytes)), None)
    if strange is not None:
        raise InputError(
            complaint(
                "rows", "hold text, as the model takes it", strange, "Write missing entries as ''."
            )
        )
    return objects


def _storage(dtype: str) -> str:
    """The NumPy dtype that carries a tensor dtype exactly enough to be cast on the way in."""
    return "float32" if dtype == "bfloat16" else dtype


def _not_numbers(dtype: str, rows: Any) -> InputError:
    return InputError(
        complaint(
            "rows",
            f"be numbers, as the model takes {dtype}",
            rows,
            "Encode text columns as they were for training.",
        )
    )


def _one_only(what: str, count: int) -> ModelError:
    return ModelError(
        complaint(
            "model",
            f"have one {what}",
            Words(f"{count} {what}s"),
            f"Build a keras.Model with the one {what} to explain, or wrap it in a function.",
        )
    )


def _wrong_rank(shape: tuple[int | None, ...]) -> ModelError:
    return ModelError(
        complaint(
            "model",
            "return one row of outputs a sample, of shape (n,) or (n, outputs)",
            Words(f"outputs of shape {shape}"),
            "Add a pooling or Flatten layer, or pick the time step or pixel to explain.",
        )
    )
