"""Picking a method, and saying why."""

from __future__ import annotations

from typing import Any

from shapviz.errors import MissingExtraError, UnsupportedOpError
from shapviz.explainers.base import BaseExplainer
from shapviz.explainers.registry import find
from shapviz.explainers.scale import suits
from shapviz.explainers.trees import not_trees, trees_of
from shapviz.maskers import OwnPlayers
from shapviz.models import as_predictor
from shapviz.models.linear_form import linear_form, not_linear

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
        "auto", or a name in `shapviz.explainers.REGISTRY`. Auto: Partition where a hierarchy is
        given and for the maskers Image, Text, Sequence and Composite; Linear for a linear model;
        Tree for boosters and scikit-learn's trees; Deep for a Keras model, Gradient for one with an
        operation that Deep has no rule for; otherwise Exact for up to 12 features, else Kernel.
        These two alone where `groups` are given.
        Linear and Tree explain the scale on which the model adds up, a classifier's log-odds or
        margins, and are passed over where another link is asked for.
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
    'Exact: 3 features make only 8 coalitions, few enough to ask for all of them.'
    """
    if algorithm != "auto":
        chosen = find(algorithm)(model, background, **options)
        return _saying(chosen, f"{algorithm.capitalize()}: asked for by name.")
    if options.get("hierarchy") is not None:
        chosen = find("partition")(model, background, **options)
        why = "Partition: a hierarchy of features was given, and its Owen values follow one."
        return _saying(chosen, why)
    options.pop("hierarchy", None)
    if isinstance(background, OwnPlayers):
        chosen = find("partition")(model, background, **options)
        return _saying(chosen, f"Partition: {_grouped(background)}.")
    if options.get("groups") is not None:
        return _by_coalitions(model, background, options, "features and groups")
    options.pop("groups", None)
    names, model_id = options.get("output_names"), options.get("model_id")
    if as_predictor(model, output_names=names, model_id=model_id).kind == "keras":
        return _for_keras(model, background, options)
    link, called = options.get("link", "identity"), type(model).__name__
    if not_linear(model) is None and suits(link, linear_form(model).units):
        chosen = find("linear")(model, background, **options)
        return _saying(chosen, f"Linear: the coefficients of a {called} give exact values.")
    without_shap = ""
    if not_trees(model) is None:
        try:
            trees = trees_of(model)
            if suits(link, trees.predictor.units):
                chosen = find("tree")(model, background, **options)
                return _saying(chosen, f"Tree: {trees.source} explains a {called} by its trees.")
        except MissingExtraError as error:
            without_shap = f" Tree would suit it. {error}"
    return _by_coalitions(model, background, options, "features", without_shap)


HIDDEN = {
    "Image": "regions of an image",
    "Text": "words of a text",
    "Sequence": "parts of a window",
    "Composite": "parts of several inputs",
}
"""What a masker hides one by one or together, as people call it."""


def _grouped(masker: OwnPlayers) -> str:
    """Why the hierarchy that comes with a masker asks for Partition."""
    what = HIDDEN.get(type(masker).__name__, "parts of a sample")
    return (
        f"{what} belong together in groups; it hides whole groups first, which asks the model "
        "about far fewer coalitions than hiding each alone"
    )


def _by_coalitions(
    model: Any, background: Any, options: dict[str, Any], players: str, more: str = ""
) -> BaseExplainer:
    """Exact for few players, else Kernel."""
    # Kernel first: it only wraps model and background, and then knows the number of players.
    chosen = find("kernel")(model, background, **options)
    d = chosen.masker.n_players
    noun = "feature" if (d, players) == (1, "features") else players
    if d <= FEW:
        chosen = find("exact")(model, background, **options)
        verb = "makes" if d == 1 else "make"
        all_ = "both" if d == 1 else "all of them"
        why = f"Exact: {d} {noun} {verb} only {2**d:,} coalitions, few enough to ask for {all_}."
    else:
        why = (
            f"Kernel: {d} {noun} make too many coalitions to ask for all of them, so some are "
            f"drawn; Exact asks for all, up to {FEW} {players}."
        )
    return _saying(chosen, why + more)


def _saying(chosen: Any, why: str) -> BaseExplainer:
    """The explainer with its reason, and what must be said of its values."""
    explainer: BaseExplainer = chosen
    explainer.why = f"{why} {explainer.remark}".strip()
    return explainer


def _for_keras(model: Any, background: Any, options: dict[str, Any]) -> BaseExplainer:
    """Deep, or Gradient where Deep has no rule for an operation."""
    try:
        chosen = find("deep")(model, background, **options)
    except UnsupportedOpError as error:
        chosen = find("gradient")(model, background, **options)
        chosen.why = f"Gradient: Deep cannot follow part of this Keras model. {error}"
    else:
        chosen.why = "Deep: it can follow every operation inside this Keras model."
    return chosen
