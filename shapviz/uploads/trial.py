"""A model's first load and run: in the child alone. What it says of itself comes back as JSON."""

from __future__ import annotations

import time
from importlib.util import find_spec
from math import prod
from typing import Any

import numpy as np

from shapviz.errors import ShapvizError
from shapviz.explainers.trees import not_trees
from shapviz.models.linear_form import not_linear
from shapviz.models.loading import load_model

__all__ = ["load_and_run"]

MOST_NAMES = 10_000
ROWS = 2
TEXTS = ("one text", "and another")
SCALING = ("Rescaling", "Normalization")
"""Layers of Keras that bring raw numbers to the size that a network works with."""


def load_and_run(path: str) -> dict[str, Any]:
    """Load a model, ask it about two rows of zeros, and say what was seen.

    Parameters
    ----------
    path : str
        The file, under its library's own ending.

    Returns
    -------
    dict
        ``library``, ``shape`` of one row (or None), ``outputs`` (or None), ``output_names``,
        ``feature_names`` (or None), ``parameters`` (or None), ``units``, ``ran``, ``said`` (why it
        did not run), ``seconds``, ``texts`` (whether it answered texts), ``scales`` (whether a
        layer of its own scales what it is given) and ``method`` ("linear" or "tree" where its own
        form gives its values, else "").

    Raises
    ------
    ModelError, InputError, MissingExtraError
        It cannot be opened.
    """
    # Not at the top: this module is imported before it is known which library is needed.
    from shapviz.models import as_predictor

    started = time.perf_counter()
    model = load_model(path)
    predictor = as_predictor(model)
    ran, said = _run(predictor)
    inputs = predictor.inputs
    return {
        "library": predictor.kind,
        "shape": None if predictor.feature_shape is None else list(predictor.feature_shape),
        "outputs": predictor.n_outputs,
        "output_names": _names(predictor.output_names),
        "feature_names": _names(predictor.feature_names),
        "inputs": None if inputs is None else [str(each) for each in inputs.names],
        "parameters": _parameters(model),
        "units": predictor.units,
        "ran": ran,
        "said": said,
        "seconds": time.perf_counter() - started,
        "texts": not ran and _takes_texts(predictor),
        "scales": _scales(model),
        "method": _method(model),
    }


def _names(names: Any) -> list[str] | None:
    return None if names is None else [str(name) for name in names][:MOST_NAMES]


def _parameters(model: Any) -> int | None:
    count = getattr(model, "count_params", None)
    return int(count()) if callable(count) else None


def _run(predictor: Any) -> tuple[bool, str]:
    """Whether zeros could be asked about, and why not: a model may want text, or certain tokens."""
    shape = predictor.feature_shape
    if shape is None or any(not isinstance(size, int) for size in shape):
        return False, "It does not say what it takes."
    if prod(shape) > 10**8:
        return False, "Its rows are too large for a trial."
    try:
        predictor.answers(np.zeros((ROWS, *shape), dtype=np.float32))
    except ShapvizError as error:
        return False, str(error)[:1000]
    return True, ""


def _takes_texts(predictor: Any) -> bool:
    """Whether a model that numbers were not right for answers a column of texts."""
    shape = predictor.feature_shape
    if shape not in (None, (), (1,)):
        return False
    # A pipeline of text steps takes plain texts, not rows of one.
    texts = np.array(TEXTS, dtype=object).reshape(len(TEXTS), *(shape or ()))
    try:
        predictor.answers(texts)
    except ShapvizError:
        return False
    return True


def _scales(model: Any) -> bool:
    layers = getattr(model, "_flatten_layers", None)
    if layers is None:
        return False
    return any(type(each).__name__ in SCALING for each in layers(recursive=True))


def _method(model: Any) -> str:
    """The method that reads a model's values off its own form, as the automatic choice has it."""
    if not_linear(model) is None:
        return "linear"
    if not_trees(model) is not None:
        return ""
    # scikit-learn's trees are explained by shap, boosters by their own libraries.
    needs_shap = type(model).__module__.startswith("sklearn.")
    return "" if needs_shap and find_spec("shap") is None else "tree"
