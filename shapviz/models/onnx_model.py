"""ONNX models, run by onnxruntime: one tensor in, or one input a column; scores out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import InputError, MissingExtraError, ModelError, Words, complaint
from shapviz.models.base import Predictor

__all__ = ["OnnxModel", "OnnxPredictor", "matches", "wrap"]

DTYPES: dict[str, Any] = {
    "tensor(float16)": np.float16,
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int8)": np.int8,
    "tensor(uint8)": np.uint8,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}
"""What ONNX calls a type → NumPy's."""

SCORES = ("tensor(float16)", "tensor(float)", "tensor(double)")
LABELLED = "seq(map("
"""How the type of a ZipMap begins: a dict of class to probability a row."""


PROVIDERS = ("CUDAExecutionProvider", "ROCMExecutionProvider", "CPUExecutionProvider")
"""Where models run, the first there is. Not TensorRT, which compiles for minutes, nor services."""


@dataclass(frozen=True)
class OnnxModel:
    """An ONNX model's bytes, and which of its outputs to explain.

    Attributes
    ----------
    content : bytes
        The file, weights included.
    output : str, optional
        Needed where several outputs hold scores.
    """

    content: bytes = field(repr=False)
    output: str | None = None

    @cached_property
    def session(self) -> Any:
        """The onnxruntime session, made when first asked for."""
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError(
                complaint(
                    "onnxruntime",
                    "be installed to run ONNX models",
                    Words("no such package"),
                    "Install it: pip install 'shapviz[onnx]'.",
                )
            ) from error
        try:
            here = onnxruntime.get_available_providers()
            return onnxruntime.InferenceSession(
                self.content, providers=[name for name in PROVIDERS if name in here]
            )
        except Exception as error:
            said = " ".join(str(error).split())
            raise ModelError(
                complaint(
                    "model",
                    "be an ONNX model that onnxruntime can run",
                    Words(f"{len(self.content):,} bytes that it cannot"),
                    f"onnxruntime says: {said[:300]}",
                )
            ) from error

    def __reduce__(self) -> Any:
        # A session cannot be pickled; the bytes make a new one.
        return (OnnxModel, (self.content, self.output))


class OnnxPredictor(Predictor):
    """An ONNX model asked through onnxruntime, a fixed batch size filled up where it has one."""

    kind = "onnx"

    def __init__(self, model: Any, session: Any, output: Any, **known: Any) -> None:
        super().__init__(model, **known)
        self._session, self._output = session, output
        self._inputs = session.get_inputs()

    def _ask(self, rows: Any) -> Any:
        parts = [self._answer(batch) for batch in self._batches(self._feed(rows), len(rows))]
        answers = np.concatenate(parts)[: len(rows)]
        return answers

    def _answer(self, batch: dict[str, NDArray[Any]]) -> NDArray[Any]:
        (found,) = self._session.run([self._output.name], batch)
        if not isinstance(found, list):
            return np.asarray(found)
        labels = list(found[0])
        if self.output_names is None:
            self.output_names = tuple(str(label) for label in labels)
        return np.array([[row[label] for label in labels] for row in found])

    def _batches(self, feed: dict[str, NDArray[Any]], n: int) -> Iterator[dict[str, NDArray[Any]]]:
        """The whole feed, or parts of the model's own batch size, the last row repeated."""
        size = next(iter(self._inputs[0].shape), None)
        if not isinstance(size, int):
            yield feed
            return
        for start in range(0, n, size):
            at = np.minimum(np.arange(start, start + size), n - 1)
            yield {name: array[at] for name, array in feed.items()}

    def _feed(self, rows: Any) -> dict[str, NDArray[Any]]:
        if len(self._inputs) == 1:
            (one,) = self._inputs
            array = rows.to_numpy() if isinstance(rows, pd.DataFrame) else np.asarray(rows)
            return {one.name: _as_type(array, one)}
        columns = _columns(rows, [one.name for one in self._inputs])
        return {
            one.name: _as_type(column.reshape(-1, *[1] * (len(one.shape) - 1)), one)
            for one, column in zip(self._inputs, columns, strict=True)
        }

    def _content_digest(self) -> str | None:
        """SHA-256 of the model's bytes; None for a session, which does not give them back."""
        if not isinstance(self.model, OnnxModel):
            return None
        return hashlib.sha256(
            f"onnx:{self._output.name}:".encode() + self.model.content
        ).hexdigest()


def _columns(rows: Any, names: list[str]) -> list[NDArray[Any]]:
    """One array a model input: by name from a table that has them all, else by position."""
    if isinstance(rows, pd.DataFrame):
        here = [str(name) for name in rows.columns]
        if not set(names) <= set(here):
            missing = ", ".join(repr(name) for name in names if name not in here)
            raise InputError(
                complaint(
                    "rows",
                    f"have a column for each input of the model, {missing} too",
                    rows,
                    "Rename or add the missing columns.",
                )
            )
        return [rows.iloc[:, here.index(name)].to_numpy() for name in names]
    return list(np.asarray(rows).T)


def _as_type(array: NDArray[Any], one: Any) -> NDArray[Any]:
    """Rows in the type an input takes; InputError where that would change them."""
    wanted = DTYPES.get(one.type)
    if wanted is None:
        raise ModelError(
            complaint(
                "model", f"take one of {', '.join(DTYPES)}", one.type, "Convert it for such inputs."
            )
        )
    try:
        if wanted is np.object_:
            if not all(isinstance(cell, str) for cell in array.flat):
                raise TypeError("not all of it is text")
            return array.astype(object)
        found = array.astype(wanted)
    except (TypeError, ValueError) as error:
        raise InputError(
            complaint(
                "rows",
                f"hold what input {one.name!r} takes, {one.type}",
                array,
                "Fill in missing values, and give numbers as numbers and text as text.",
            )
        ) from error
    if found.dtype.kind in "iub" and array.dtype.kind in "fO" and (found != array).any():
        raise InputError(
            complaint(
                "rows",
                f"hold whole numbers for input {one.name!r}, which takes {one.type}",
                array,
                "Round them as for training, in the background too.",
            )
        )
    return np.asarray(found)


def matches(model: Any) -> bool:
    """Whether this is an `OnnxModel`, an onnx.ModelProto or an onnxruntime session."""
    home = type(model).__module__.split(".")[0]
    proto = home == "onnx" and hasattr(model, "SerializeToString")
    session = home == "onnxruntime" and hasattr(model, "get_inputs")
    return isinstance(model, OnnxModel) or proto or session


def wrap(model: Any, output_names: Sequence[str] | None, model_id: str | None) -> OnnxPredictor:
    """Return the model as a predictor.

    Raises
    ------
    ModelError
        onnxruntime cannot run it, it has several inputs that are no columns, or it is not clear
        which output holds the scores.
    MissingExtraError
        onnxruntime is not installed.
    """
    if hasattr(model, "SerializeToString"):
        model = OnnxModel(model.SerializeToString())
    session = model.session if isinstance(model, OnnxModel) else model
    inputs = session.get_inputs()
    output = _scores(session.get_outputs(), getattr(model, "output", None))
    known: dict[str, Any] = {}
    if len(inputs) > 1:
        _check_columns(inputs)
        known = {
            "feature_names": [one.name for one in inputs],
            "feature_shape": (len(inputs),),
        }
    elif inputs[0].shape and all(isinstance(size, int) for size in inputs[0].shape[1:]):
        known = {"feature_shape": tuple(inputs[0].shape[1:])}
    probable = output.type.startswith(LABELLED) or "prob" in output.name.lower()
    return OnnxPredictor(
        model,
        session,
        output,
        output_names=output_names,
        model_id=model_id,
        units="probability" if probable else "",
        **known,
    )


def _check_columns(inputs: Sequence[Any]) -> None:
    wide = [one.name for one in inputs if list(one.shape[1:]) not in ([], [1])]
    if wide:
        raise ModelError(
            complaint(
                "model",
                "have one input, or one a column",
                Words(f"{len(inputs)} inputs, {wide[0]!r} wider than a column"),
                "Wrap it in a function of one array that fills the inputs.",
            )
        )


def _scores(outputs: Sequence[Any], wanted: str | None) -> Any:
    """The output to explain: the one asked for, else the only one with scores."""
    if wanted is not None:
        named = [one for one in outputs if one.name == wanted]
        if named:
            return named[0]
    scores = [one for one in outputs if one.type in SCORES or one.type.startswith(LABELLED)]
    if wanted is None and len(scores) == 1:
        return scores[0]
    listed = ", ".join(f"{one.name!r} ({one.type})" for one in outputs)
    fix = f"Pass OnnxModel(content, output=…) or load_model(path, output=…). It has {listed}."
    rule = "have the output asked for" if wanted else "have one output of scores"
    got = Words(repr(wanted)) if wanted else Words(f"{len(scores)}")
    raise ModelError(complaint("model", rule, got, fix))
