"""Keras models: rows of one or several inputs in, outputs of rank 1 or 2 side by side out.

TensorFlow is imported only once a Keras model is at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import ModelError, Words, complaint
from shapviz.models import keras_facts as facts
from shapviz.models.base import Predictor
from shapviz.models.inputs import InputLayout, as_dtype, is_text, layout_of, learnt_layout
from shapviz.models.keras_digest import keras_digest
from shapviz.models.keras_expand import compile_expand, goes_in_parts
from shapviz.models.keras_outputs import array_table, column_names, leaves, table, width_of
from shapviz.models.keras_parts import is_pair, part_of
from shapviz.models.keras_text import check_ids, tokenizer_of, vocabulary_of

__all__ = ["KerasPredictor", "TensorFlowPredictor", "matches", "wrap"]

PROBABILITIES = ("sigmoid", "softmax")


class KerasPredictor(Predictor):
    """A Keras model on any backend, asked through `predict_on_batch`."""

    kind = "keras"

    def _ask(self, rows: Any) -> Any:
        return array_table(self.model.predict_on_batch(self._as_input(rows)))

    def _content_digest(self) -> str | None:
        return keras_digest(self.model)

    @property
    def input_dtype(self) -> str:
        """The dtype the model takes, for example "float32"."""
        inputs = facts.inputs(self.model)
        return str(inputs[0].dtype) if inputs else str(self.model.compute_dtype or "float32")

    @cached_property
    def tokenizer(self) -> Any:  # type: ignore[override]
        """The TextVectorization layer that texts go through, or None."""
        return tokenizer_of(self.model)

    @cached_property
    def _vocabulary(self) -> int | None:
        return vocabulary_of(self.model)

    def taking(self, rows: Any) -> Predictor:
        """The predictor for rows like these: a subclassed model's inputs show in them alone."""
        if facts.inputs(self.model) is not None or not _hold_inputs(self.model, rows):
            return self
        layout = learnt_layout(rows, str(self.model.compute_dtype or "float32"))
        return self if layout is None else _several(self, layout, rows)

    def _as_input(self, rows: Any) -> NDArray[Any]:
        """Rows as one array of the model's dtype; InputError for text given to numbers, and ids."""
        array = rows.to_numpy() if isinstance(rows, pd.DataFrame) else np.asarray(rows)
        # A subclassed model does not say what it takes.
        unknown = facts.inputs(self.model) is None and is_text(array)
        rows = as_dtype(array, "string" if unknown else self.input_dtype)
        check_ids(rows, self._vocabulary)
        return rows


class SeveralInputsPredictor(KerasPredictor):
    """A Keras model of several inputs, asked about rows in which they are packed side by side.

    Parameters
    ----------
    model : keras.Model
    inputs : InputLayout
    **known
        As `Predictor` takes it.
    """

    def __init__(self, model: Any, *, inputs: InputLayout, **known: Any) -> None:
        if not inputs.is_open:
            known |= {"feature_names": inputs.feature_names, "feature_shape": (inputs.width,)}
        super().__init__(model, **known)
        self.inputs: InputLayout = inputs
        self._forward: Callable[..., Any] | None = None

    def taking(self, rows: Any) -> Predictor:
        """The predictor whose open sizes are those of these rows."""
        closed = self.inputs.closed(rows, "background")
        return self if closed == self.inputs else _several(self, closed, rows)

    def packed(self, rows: Any, name: str) -> NDArray[Any]:
        """The inputs' rows as one array (n, p); see `InputLayout.pack`."""
        return self.inputs.pack(rows, name)

    def answers(self, rows: Any) -> NDArray[np.float64]:
        """As `Predictor.answers`, for packed rows or for inputs yet to be packed."""
        return super().answers(rows if hasattr(rows, "shape") else self.packed(rows, "rows"))

    def _ask(self, rows: Any) -> Any:
        parts = self.inputs.unpack(np.asarray(rows))
        if not facts.on_tensorflow():
            return array_table(self.model.predict_on_batch(self.inputs.structured(parts)))
        if self._forward is None:
            self._forward = _compile_several(self.model, self.inputs)
        # As in `TensorFlowPredictor`: never a lone row.
        lone = len(rows) == 1
        answers = self._forward(*(np.repeat(p, 2, axis=0) if lone else p for p in parts)).numpy()
        return answers[: len(rows)]


def _hold_inputs(model: Any, rows: Any) -> bool:
    """Whether rows for a model that does not tell its inputs are those of several."""
    if isinstance(rows, Mapping):
        return len(rows) > 0
    recorded = list((getattr(model, "_build_shapes_dict", None) or {}).values())
    several = len(recorded) == 1 and isinstance(recorded[0], list)
    return several and isinstance(rows, list | tuple) and len(rows) == len(recorded[0])


def _several(known: KerasPredictor, inputs: InputLayout, rows: Any) -> SeveralInputsPredictor:
    """A predictor with these inputs, and what else was known of the model."""
    names, n_outputs = known.output_names, known.n_outputs
    if n_outputs is None:
        n_outputs, found = _described(known.model, inputs, rows)
        names = names or found
    return SeveralInputsPredictor(
        known.model,
        inputs=inputs,
        output_names=names,
        model_id=known._model_id,
        n_outputs=n_outputs,
        single_output=n_outputs == 1,
        units=known.units,
    )


def _described(
    model: Any, inputs: InputLayout, rows: Any
) -> tuple[int | None, tuple[str, ...] | None]:
    """Number of outputs, and names of several, as the model's answer to two of the rows shows."""
    parts = inputs.unpack(inputs.pack(rows, "background")[:2])
    try:
        answer = model(inputs.structured(parts), training=False)
    except Exception as error:
        raise ModelError(
            complaint(
                "model",
                "take the inputs that the background holds",
                Words(", ".join(f"{name!r} {shape}" for name, shape in inputs.by_name.items())),
                f"It said: {type(error).__name__}: {str(error)[:300]}",
            )
        ) from error
    tensors = leaves(answer)
    count = width_of([tuple(tensor.shape) for tensor in tensors])
    if len(tensors) == 1:
        return count, None
    return count, column_names(answer, tensors, [f"output {i}" for i in range(len(tensors))])


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

    @cached_property
    def mixed_bytes(self) -> int:
        """Memory one mixed row takes: none where only so many are ever made at a time."""
        return 0 if goes_in_parts(self.model, self.input_dtype) else self.row_bytes

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

        The q·b mixed rows exist only inside the compiled function, on the GPU where there is one;
        of a model that begins with a Dense layer only what that layer makes of them does. Means
        are taken in float64.

        Parameters
        ----------
        x : array of shape (q, *features) or DataFrame
            One sample per pair.
        background : array of shape (b, *features) or DataFrame
        coalitions : bool (u, d)
            True where the sample's entry is kept; d is the product of the feature shape. Each is
            of the next q/u samples.
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
        self.check_width(x)
        self.check_width(background)
        samples, rows = self._as_input(x), self._as_input(background)
        expand = self._function("expand", samples)
        q, b = len(samples), len(rows)
        flat, kept = samples.reshape(q, -1), np.asarray(coalitions)
        if q == 1:
            # As in `_ask`: never a lone row, of a half of the first layer's either.
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
        return tf.cast(table(model(rows, training=False)), tf.float64)

    return forward  # type: ignore[no-any-return, unused-ignore]


def _compile_several(model: Any, inputs: InputLayout) -> Callable[..., Any]:
    import tensorflow as tf

    signature = [
        tf.TensorSpec((None, *shape), dtype)
        for shape, dtype in zip(inputs.by_name.values(), inputs.dtypes, strict=True)
    ]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator, unused-ignore]
    def forward(*parts: Any) -> Any:
        return tf.cast(table(model(inputs.structured(parts), training=False)), tf.float64)

    return forward  # type: ignore[no-any-return, unused-ignore]


_TASKS: dict[str, Callable[[Any, str, tuple[int, ...]], Callable[..., Any]]] = {
    "forward": _compile_forward,
    "expand": compile_expand,
}


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
        It has no weights yet, or an output of rank above 2.
    """
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
    inputs, outputs = facts.inputs(model) or [], facts.outputs(model) or []
    shapes: list[tuple[int | None, ...]] = [tuple(each.shape) for each in outputs]
    text = any(str(each.dtype) == "string" for each in inputs)
    # Counting text drops an axis that the model's own description keeps: ask the model.
    unsure = not outputs or (text and any(len(shape) > 2 for shape in shapes))
    n_outputs = None if unsure else width_of(shapes)
    if output_names is None and n_outputs is not None and len(outputs) > 1:
        output_names = column_names(model.output, outputs, model.output_names)
    known: dict[str, Any] = {
        "output_names": output_names,
        "model_id": model_id,
        "n_outputs": n_outputs,
        "single_output": None if n_outputs is None else n_outputs == 1,
        "units": "probability" if _are_probabilities(model) else "",
    }
    layout = layout_of(model)
    if layout is not None:
        return SeveralInputsPredictor(model, inputs=layout, **known)
    features = tuple(inputs[0].shape[1:]) if inputs else (None,)
    kind = TensorFlowPredictor if facts.on_tensorflow() else KerasPredictor
    return kind(model, feature_shape=None if None in features else features, **known)


def _are_probabilities(model: Any) -> bool:
    """Whether every output comes from a function that ends in probabilities."""
    found = facts.final_activations(model)
    return bool(found) and all(name in PROBABILITIES for name in found)
