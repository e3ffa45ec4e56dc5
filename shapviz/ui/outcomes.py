"""Predictions against the truth: which samples are right, by how much the others miss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from shapviz.explanation import Explanation

__all__ = ["Outcomes", "outcomes"]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What is known about the truth; all None where the explanation has none to compare.

    Attributes
    ----------
    correct, wrong : bool arrays of shape (n,) or None
        Classification: whether the predicted class was the true one; a sample without a truth
        is neither.
    predicted : array of str of shape (n,) or None
        The class with the largest output, where each output is a class.
    miss : float array of shape (n,) or None
        Regression: |prediction − truth| in output units. Classification: how far the probability
        of the true class is from one. NaN where the truth is missing.
    score : (str, float) or None
        "Accuracy" or "R²" over all samples, those without a truth left out.
    """

    correct: Any = None
    wrong: Any = None
    predicted: Any = None
    miss: Any = None
    score: tuple[str, float] | None = None


def outcomes(explanation: Explanation) -> Outcomes:
    """Return how an explanation's predictions compare with its truth.

    Parameters
    ----------
    explanation : Explanation

    Returns
    -------
    Outcomes
        Only `predicted` where no truth came with it, or where it cannot be compared.
    """
    predicted = _predicted(explanation)
    truth = explanation.truth
    known = None if truth is None else _known(truth)
    if truth is None or known is None or not known.any():
        return Outcomes(predicted=predicted)
    if predicted is not None:
        return _among_classes(explanation, truth, known, predicted)
    if explanation.has_outputs:
        return Outcomes()  # each sample has its own outputs: their classes are not comparable
    if _probabilities(explanation) is not None:
        return _yes_or_no(explanation, truth, known)
    return _regression(explanation, truth, known)


def _known(truth: Any) -> Any:
    return np.array([value is not None and value == value for value in truth], dtype=bool)


def _word(value: Any) -> str:
    """Return a class as a word: the number 3.0 is the class “3”."""
    is_whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if is_whole else str(value)


def _probabilities(explanation: Explanation) -> Any:
    """Return predictions as probabilities, or None where they are something else."""
    if explanation.units == "log-odds":
        return expit(explanation.predictions)
    return explanation.predictions if explanation.units == "probability" else None


def _predicted(explanation: Explanation) -> Any:
    names = explanation.output_names
    if not explanation.has_outputs or isinstance(names, np.ndarray):
        return None
    return np.array(names, dtype=object)[np.argmax(explanation.predictions, axis=1)]


def _classified(correct: Any, known: Any, predicted: Any, chance: Any) -> Outcomes:
    return Outcomes(
        correct=correct & known,
        wrong=~correct & known,
        predicted=predicted,
        miss=None if chance is None else np.where(known, 1 - chance, np.nan),
        score=("Accuracy", float(np.mean(correct[known]))),
    )


def _among_classes(explanation: Explanation, truth: Any, known: Any, predicted: Any) -> Outcomes:
    names = [str(name) for name in explanation.output_names]
    words = np.array([_word(value) for value in truth], dtype=object)
    if not set(words[known]) & set(names):
        return Outcomes(predicted=predicted)
    chances = _probabilities(explanation)
    chance = None
    if chances is not None:
        # A true class that is not among the outputs got no probability here.
        column = np.array([names.index(w) if w in names else -1 for w in words])
        chance = np.where(column < 0, 0.0, chances[np.arange(len(words)), column])
    return _classified(words == predicted, known, predicted, chance)


def _yes_or_no(explanation: Explanation, truth: Any, known: Any) -> Outcomes:
    chances = _probabilities(explanation)
    name = str(explanation.output_names[0])
    yes = np.array([_word(value) in (name, "1", "True") for value in truth], dtype=bool)
    return _classified((chances >= 0.5) == yes, known, None, np.where(yes, chances, 1 - chances))


def _regression(explanation: Explanation, truth: Any, known: Any) -> Outcomes:
    try:
        numbers = truth.astype(np.float64)
    except (TypeError, ValueError):
        return Outcomes()  # words beside an output that is no class: nothing to compare
    miss = np.abs(explanation.predictions - numbers)
    spread = float(np.sum((numbers[known] - numbers[known].mean()) ** 2))
    score = ("R²", 1 - float(np.sum(miss[known] ** 2)) / spread) if spread > 0 else None
    return Outcomes(miss=miss, score=score)
