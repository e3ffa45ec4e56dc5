"""What Deep and Gradient share: a traced Keras graph in link units, its base and predictions."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.background import Background
from shapviz.errors import InputError, ModelError, Words, complaint
from shapviz.explainers.base import BaseExplainer, Call, Estimate, take
from shapviz.explainers.call import Meter
from shapviz.explainers.deep import padding as fill
from shapviz.explainers.deep.packed import Packed, packing
from shapviz.explainers.deep.trace import Graph, trace
from shapviz.explainers.joining import joined
from shapviz.games import Game
from shapviz.maskers import as_masker
from shapviz.maskers.arrays import is_text
from shapviz.models.keras_parts import at_step

Floats = NDArray[np.float64]

FORWARD_ELEMENTS = 2**24
"""Input elements per forward call."""


COMPANY = 8
"""Background rows asked together, to see whether they answer as they do among their like."""

OWN_ANSWER = 1e-3
"""Largest change of a row's answer in other company, relative to it: far above rounding."""


class _GraphGame(Game):
    """A game whose predictions come from the graph, where the link cancels a final activation."""

    def __init__(self, explainer: KerasExplainer) -> None:
        super().__init__(explainer.predictor, explainer.masker, explainer.link)
        self._explainer = explainer

    def predict(self, X: Any, *, first: int = 0) -> Floats:
        return self._explainer.linked(X)

    def learn(self, X: Any, answers: Floats) -> Floats:
        # Of the graph too: the model's own answers may be rounded to where the link has no value.
        self._own = self.predict(X)
        return self._own


class KerasExplainer(BaseExplainer):
    """A `BaseExplainer` for Keras models on TensorFlow.

    Parameters
    ----------
    model, background, **options
        As in `BaseExplainer`.
    padding : "free" or "fixed", default "free"
        Fixed: every background row takes the sample's padding, whose values are then exactly 0,
        and base_values differ by sample.
    padding_id : optional
        What fills rows up; default what the model masks.
    output_step : int, optional
        The step to explain, of outputs (n, steps, outputs).
    """

    base = "mean_of_link"

    def __init__(
        self,
        model: Any,
        background: Any,
        *,
        padding: str = "free",
        padding_id: Any = None,
        output_step: int | None = None,
        **options: Any,
    ) -> None:
        self.padding = fill.checked_padding(padding)
        if output_step is not None:
            model = at_step(model, output_step)
        super().__init__(model, background, **options)
        self._check_model()
        inputs = self.predictor.inputs
        self._packing: Packed | None = None if inputs is None else packing(inputs)
        if self._packing is not None and self.padding == "fixed":
            raise InputError(
                complaint(
                    "padding",
                    "be 'free' for a model with several inputs",
                    self.padding,
                    "Explain a model of the one input that is padded, by a pair of tensors.",
                )
            )
        # Traced at once, so that a model without rules is refused before anything is asked of it.
        self.graph: Graph = trace(
            self.predictor.model,
            self.masker.feature_shape,
            self.link.name,
            text=is_text(self.masker.background.rows),
            packed=self._packing,
        )
        own = fill.padding_of(self.predictor.model, self.graph.dtype.name)
        self.padding_id = own if padding_id is None else padding_id
        if self.padding == "fixed":
            fill.required(self.padding_id)

    def _parameters(self) -> dict[str, Any]:
        if self.padding == "free":
            return super()._parameters()
        return {**super()._parameters(), "padding": "fixed", "padding_id": self.padding_id}

    def _check_model(self) -> None:
        name = type(self).__name__
        if self.predictor.kind != "keras":
            raise InputError(
                complaint(
                    "model",
                    f"be a Keras model for {name}",
                    self.predictor.model,
                    "Use KernelExplainer, which takes any model.",
                )
            )
        import keras

        if keras.config.backend() != "tensorflow":
            raise InputError(
                complaint(
                    "model",
                    f"run on Keras' TensorFlow backend for {name}",
                    Words(f"the {keras.config.backend()} backend"),
                    "Use KernelExplainer, which takes any model.",
                )
            )
        if self.link.name not in ("identity", "logit"):
            raise InputError(
                complaint(
                    "link",
                    f"be 'identity' or 'logit' for {name}, which differentiates it",
                    self.link.name,
                    "Append another function to the model as a layer.",
                )
            )

    @property
    def baselines(self) -> NDArray[Any]:
        """Background rows (b, *features) in the model's dtype."""
        return self.as_rows(self.masker.background.rows)

    @property
    def weights(self) -> Floats:
        """Background weights (b,), summing to one."""
        return np.asarray(self.masker.background.weights, dtype=np.float64)

    @property
    def noisy(self) -> NDArray[np.bool_]:
        """Which entries of a row may have noise added; of packed inputs the floats."""
        if self._packing is None:
            return np.asarray(self.graph.differentiable)
        return self._packing.floats

    def as_rows(self, X: Any) -> NDArray[Any]:
        """Rows of an array or a DataFrame as one array of the model's dtype."""
        rows = X.to_numpy() if hasattr(X, "to_numpy") else np.asarray(X)
        if self._packing is not None:
            return self._packing.rows(rows)
        if not self.graph.dtype.is_floating:
            # Fractions given for whole numbers, and numbers given for text, are refused there.
            return np.ascontiguousarray(self.predictor._as_input(rows))  # type: ignore[attr-defined]
        try:
            return np.ascontiguousarray(rows, dtype=self.graph.dtype.as_numpy_dtype)
        except (TypeError, ValueError) as error:
            raise InputError(
                complaint(
                    "X",
                    "be numbers, as the model takes them",
                    rows,
                    "Encode text columns as they were for training.",
                )
            ) from error

    def linked(self, X: Any, call: Call | None = None) -> Floats:
        """The model's outputs (n, K) in link units, from the graph that is explained."""
        import tensorflow as tf

        rows = self.as_rows(X)
        size = max(FORWARD_ELEMENTS // max(int(self.row_elements), 1), 2)
        parts = []
        for start in range(0, len(rows), size):
            if call is not None:
                call.stop_if_cancelled()
            part = rows[start : start + size]
            # A lone row takes another kernel, with other rounding, than the same row in a batch.
            pair = np.repeat(part, 2, axis=0) if len(part) == 1 else part
            parts.append(self.graph.forward(tf.constant(pair)).numpy()[: len(part)])
        answers = np.concatenate(parts).astype(np.float64)
        if not np.isfinite(answers).all():
            row = int(np.argwhere(~np.isfinite(answers))[0, 0])
            raise ModelError(
                complaint(
                    "model",
                    f"return finite numbers in link units ({self.link.name})",
                    Words(f"{answers[row].tolist()} for row {row}"),
                    "Look at that row for missing or extreme values, and at the link.",
                )
            )
        return answers

    @cached_property
    def row_elements(self) -> float:
        """Elements written while one row passes through the model."""
        from shapviz.explainers.deep.cost import visits

        return visits(self.graph.body)

    def _game(self, call: Call | None = None) -> Game:
        return _GraphGame(self)

    def _answer(self, X: Any, call: Call) -> Estimate:
        if self.padding == "free":
            return super()._answer(X, call)
        rows, k = self.as_rows(X), len(call.outputs)
        groups = fill.patterns(rows, self.padding_id)
        call.meter.plan(len(rows))
        parts, cells = [], []
        for pattern, positions in groups:
            call.meter.begin(len(positions))
            part = self._padded_like(pattern)._estimate(
                take(X, positions), replace(call, meter=Meter(call.meter))
            )
            parts.append(part)
            cells.append((positions, np.tile(np.arange(k), (len(positions), 1))))
        whole = joined(parts, cells, len(rows), k)
        return replace(
            whole, provenance={**whole.provenance, "padding": "fixed", "base_values": "by sample"}
        )

    def _padded_like(self, pattern: NDArray[np.bool_]) -> KerasExplainer:
        """This explainer with every background row padded where the pattern says."""
        background = self.masker.background
        rows = self.as_rows(background.rows).copy()
        rows[:, pattern] = self.padding_id
        twin = copy(self)
        twin.masker = as_masker(
            Background(rows, background.weights), feature_names=self.masker.feature_names
        )
        return twin

    def _check_rows_are_apart(self) -> None:
        """Refuse a model that mixes the rows of a batch: no row of it has an answer of its own.

        The first and the last row are asked in company and among copies of themselves: a mean, a
        maximum or a sum over rows, or rows that change places, show in one of them.
        """
        rows = self.masker.background.rows[:COMPANY]
        together = self.linked(rows)
        for place in (0, -1):
            alone = self.linked(take(rows, [place] * len(rows)))[place]
            change = float(np.abs(together[place] - alone).max())
            if change > OWN_ANSWER * max(float(np.abs(alone).max()), float(np.abs(together).max())):
                raise ModelError(
                    complaint(
                        "model",
                        "answer each row by itself",
                        Words(f"an answer that changes by {change:.3g} with the rows beside it"),
                        "Look for an op over the first axis, which holds the rows: a mean, a "
                        "maximum, a sort, a reversal.",
                    )
                )

    def _expected(self) -> Floats:
        self._check_rows_are_apart()
        mean: Floats = self.weights @ self.linked(self.masker.background.rows)
        return mean

    @property
    def base_row(self) -> Floats:
        """The base values (K,) of all outputs."""
        return np.atleast_1d(np.asarray(self.expected_value, dtype=np.float64))
