"""Any Python function of an array or a DataFrame as a predictor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapviz.models.base import Predictor

__all__ = ["CallablePredictor", "matches", "wrap"]


class CallablePredictor(Predictor):
    """A function ``f(rows) -> (n,) or (n, outputs)``.

    Its digest is None without `model_id`: two functions of the same name may differ in what they
    refer to, so content cannot be told from code.
    """

    kind = "callable"

    def _ask(self, rows: Any) -> Any:
        return self.model(rows)


def matches(model: Any) -> bool:
    """Whether this is anything that can be called, save a class."""
    return callable(model) and not isinstance(model, type)


def wrap(model: Any, output_names: Sequence[str] | None, model_id: str | None) -> CallablePredictor:
    """Return the function as a predictor."""
    return CallablePredictor(model, output_names=output_names, model_id=model_id)
