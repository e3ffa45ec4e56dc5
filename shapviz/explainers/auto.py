"""Picking a method, and saying why."""

from __future__ import annotations

from typing import Any

from shapviz.errors import UnsupportedOpError
from shapviz.explainers.base import BaseExplainer
from shapviz.explainers.registry import find
from shapviz.models import as_predictor

__all__ = ["Explainer"]

FEW = 12
"""Up to this many features every coalition is played: 4,096 a sample."""


def Explainer(  # noqa: N802 (reads as the class it stands for, as users of shap know it)
    model: Any, background: Any, algorithm: str = "auto", **options: Any
) -> BaseExplainer:
    """Return the explainer that suits the model, with a sentence saying why in ``.why``.

    Parameters
    ----------
    model : keras.Model, scikit-learn estimator or callable
        Anything an explainer takes.
    background : array, DataFrame, Background or masker
        The rows that stand in for absence.
    algorithm : str, default "auto"
        "auto", or a name in `shapviz.explainers.REGISTRY`. Auto: Deep for a Keras model, Gradient
        for one with an operation that Deep has no rule for; otherwise Exact for up to 12
        features, else Kernel.
    **options
        Handed to the explainer: link, feature_names …

    Returns
    -------
    BaseExplainer
        Nothing has been explained yet.

    Raises
    ------
    InputError
        No explainer has this name.
    UnsupportedOpError
        Neither Deep nor Gradient can take the Keras model.

    Examples
    --------
    >>> import numpy as np
    >>> Explainer(lambda X: X.sum(axis=1), np.zeros((1, 3))).why
    'Exact: with 3 features all 8 coalitions can be played.'
    """
    if algorithm != "auto":
        chosen = find(algorithm)(model, background, **options)
        chosen.why = f"{algorithm.capitalize()}: asked for by name."
        return chosen
    names, model_id = options.get("output_names"), options.get("model_id")
    if as_predictor(model, output_names=names, model_id=model_id).kind == "keras":
        return _for_keras(model, background, options)
    # Kernel first: it only wraps model and background, and then knows the number of features.
    chosen = find("kernel")(model, background, **options)
    d = chosen.masker.n_players
    if d <= FEW:
        chosen = find("exact")(model, background, **options)
        plays = f"all {2**d:,} coalitions can be played"
        chosen.why = f"Exact: with {d} feature{'' if d == 1 else 's'} {plays}."
    else:
        chosen.why = (
            f"Kernel: {d} features; Exact doubles its cost with each and is picked up to {FEW}."
        )
    return chosen


def _for_keras(model: Any, background: Any, options: dict[str, Any]) -> BaseExplainer:
    """Deep, or Gradient where Deep has no rule for an operation."""
    try:
        chosen = find("deep")(model, background, **options)
    except UnsupportedOpError as error:
        chosen = find("gradient")(model, background, **options)
        chosen.why = f"Gradient: Deep has no rule for part of this Keras model. {error}"
    else:
        chosen.why = "Deep: a Keras model, and every operation in it has a rule."
    return chosen
