"""The predictor: any model as ``rows -> float64 (n, outputs)``, with what is known about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from shapviz.digests import digest_of_json
from shapviz.errors import InputError, ModelError, ShapvizError, Words, complaint
from shapviz.models.answers import as_answers, first_not_finite, not_finite_words
from shapviz.models.inputs import InputLayout

__all__ = ["ExpandingPredictor", "Predictor"]

Answers = NDArray[np.float64]


@runtime_checkable
class ExpandingPredictor(Protocol):
    """A predictor that mixes samples with the background itself, where the model runs."""

    @property
    def row_bytes(self) -> int:
        """Memory one row takes while it passes through the model."""
        ...

    @property
    def mixed_bytes(self) -> int:
        """Memory one mixed row takes, sample and background apart."""
        ...

    def expand(
        self,
        x: Any,
        background: Any,
        coalitions: NDArray[np.bool_],
        weights: NDArray[np.float64],
    ) -> Answers:
        """Return the background-weighted mean answer to each (sample, coalition) pair.

        x is (q, …) and coalitions (u, d): each coalition is of the next q/u samples.
        """
        ...


class Predictor(ABC):
    """A model as a callable; subclasses say how to ask it and what is known beforehand.

    Parameters
    ----------
    model : object
        What was given.
    output_names : sequence of str, optional
        One per output.
    model_id : str, optional
        Stands in for the model's content in `digest`.

    Attributes
    ----------
    kind : str
        "keras", "sklearn", "onnx" or "callable".
    model : object
        What was given.
    output_names : tuple of str or None
        As given, else as the model calls them.
    feature_names : tuple of str or None
        The columns the model was trained on, where it says.
    feature_shape : tuple of int or None
        Shape of one row, where the model says.
    units : str
        "probability", or "" when the model does not say.
    inputs : InputLayout or None
        How rows are put together, of a model that takes several inputs.
    tokenizer : object or None
        What cuts texts into tokens inside the model, where it takes texts and says so.
    """

    kind: ClassVar[str]
    inputs: InputLayout | None = None
    tokenizer: Any = None

    def __init__(
        self,
        model: Any,
        *,
        output_names: Sequence[str] | None = None,
        model_id: str | None = None,
        feature_names: Sequence[str] | None = None,
        feature_shape: tuple[int, ...] | None = None,
        n_outputs: int | None = None,
        single_output: bool | None = None,
        units: str = "",
    ) -> None:
        self.model = model
        self.output_names = None if output_names is None else tuple(map(str, output_names))
        self.feature_names = None if feature_names is None else tuple(map(str, feature_names))
        self.feature_shape = feature_shape
        self.units = units
        self._model_id = model_id
        self._single_output = single_output
        self._n_outputs: int | None = None
        if n_outputs is not None:
            self._learn(n_outputs, bool(single_output))

    @property
    def n_outputs(self) -> int | None:
        """Number of outputs; None until the model has said or been asked."""
        return self._n_outputs

    @property
    def single_output(self) -> bool | None:
        """Whether the model's own answer is (n,) or (n, 1); None until it has been asked."""
        return self._single_output

    @property
    def digest(self) -> str | None:
        """SHA-256 of the model's content as it is now; None where that cannot be read.

        Not remembered: a model may be trained further between two explanations.
        """
        if self._model_id is not None:
            return digest_of_json(["model_id", self._model_id])
        return self._content_digest()

    def __call__(self, rows: Any) -> Answers:
        """Return the model's answers.

        Parameters
        ----------
        rows : array_like of shape (n, *features) or DataFrame

        Returns
        -------
        float64 (n, outputs)

        Raises
        ------
        InputError
            The rows are not of the model's width.
        ModelError
            The model fails, answers with the wrong shape, or with NaN or infinity.
        """
        answers = self.answers(rows)
        bad = first_not_finite(answers)
        if bad is not None:
            raise ModelError(
                complaint(
                    "model",
                    "return finite numbers",
                    not_finite_words(answers[bad], f"row {bad}"),
                    "Look at that row for missing or extreme values.",
                )
            )
        return answers

    def answers(self, rows: Any) -> Answers:
        """Return the answers with their shape checked, NaN and infinities left in.

        For callers that know which sample a row belongs to and complain in those words.
        """
        rows = rows if hasattr(rows, "shape") else np.asarray(rows)
        self.check_width(rows)
        try:
            raw = self._ask(rows)
        except ShapvizError:
            raise
        except Exception as error:
            reason = str(error).strip() or "no message"
            raise ModelError(
                complaint(
                    "model",
                    "accept the rows it is asked about",
                    Words(f"{type(error).__name__} for {len(rows)} rows"),
                    f"It said: {reason}",
                )
            ) from error
        answers, single = as_answers(raw, len(rows))
        self._learn(answers.shape[1], single)
        return answers

    def taking(self, rows: Any) -> Predictor:
        """The predictor for rows like these, where only they tell what the model takes."""
        return self

    def packed(self, rows: Any, name: str) -> Any:
        """Rows as the predictor is asked about them: several inputs in one array, others as is."""
        return rows

    @abstractmethod
    def _ask(self, rows: Any) -> Any:
        """The model's own answer, whatever its type."""

    def _content_digest(self) -> str | None:
        """SHA-256 of what the model is; None where that cannot be read."""
        return None

    def check_width(self, rows: Any, name: str = "rows") -> None:
        """InputError for rows (n, …) of another shape than the model takes, by their name."""
        shape = tuple(rows.shape[1:])
        if self.feature_shape is not None and shape != self.feature_shape:
            wanted = ", ".join(map(str, self.feature_shape))
            raise InputError(
                complaint(
                    name,
                    f"have the shape the model takes, (n, {wanted})",
                    rows,
                    "Give the model the features it was trained on.",
                )
            )

    def _learn(self, n_outputs: int, single: bool) -> None:
        """Remember the number of outputs the first time, hold the model to it afterwards."""
        if self._n_outputs is None:
            names = self.output_names
            if names is not None and len(names) != n_outputs:
                raise InputError(
                    complaint(
                        "output_names",
                        f"name the model's {n_outputs} outputs",
                        names,
                        "Give one name per output, or leave it out.",
                    )
                )
            self._n_outputs, self._single_output = n_outputs, single
        elif n_outputs != self._n_outputs:
            raise ModelError(
                complaint(
                    "model",
                    f"return {self._n_outputs} outputs as it did before",
                    n_outputs,
                    "The number of outputs must not depend on the rows.",
                )
            )
