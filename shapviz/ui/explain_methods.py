"""How an explanation may be asked for: methods and measures of exactness, as tables.

Words and rules for the Explain page; no method is imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "AUTO",
    "MEASURES",
    "METHODS",
    "OWN",
    "Measure",
    "Method",
    "call_of",
    "measures",
    "suiting",
]

AUTO = "auto"
NEURAL = ("keras",)
TREES = ("xgboost", "lightgbm", "catboost", "sklearn")


@dataclass(frozen=True)
class Method:
    """One explainer in words.

    Attributes
    ----------
    name : str
        Registry name, or "auto".
    title, about : str
        For the select, and the sentence below it.
    measures : tuple of str
        Names in `MEASURES` that it takes besides its own default.
    kinds : tuple of str
        Kinds of model it can explain; empty for any.
    rows : bool
        Whether it needs background rows, and cannot hide samples behind themselves.
    """

    name: str
    title: str
    about: str
    measures: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    rows: bool = False


SAMPLED = ("budget", "tolerance")

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(AUTO, "Automatic", "The method that suits the model best is picked."),
        Method(
            "kernel",
            "Kernel",
            "Works for any model: thousands of combinations of features are tried for each sample.",
            SAMPLED,
        ),
        Method(
            "deep",
            "Deep",
            "Reads a neural network layer by layer: fast, and always adds up.",
            ("segments", "tolerance"),
            NEURAL,
            rows=True,
        ),
        Method(
            "gradient",
            "Gradient",
            "Follows a neural network’s slopes between the background and each sample.",
            SAMPLED,
            NEURAL,
            rows=True,
        ),
        Method(
            "tree",
            "Tree",
            "Reads trees and boosters directly: exact, and very fast.",
            kinds=TREES,
            rows=True,
        ),
        Method(
            "linear",
            "Linear",
            "Reads the coefficients of a linear model: exact.",
            kinds=("sklearn",),
            rows=True,
        ),
        Method(
            "exact",
            "Exact",
            "Plays every combination: exact, for a dozen features or so; each further one doubles "
            "the cost.",
        ),
        Method(
            "permutation",
            "Permutation",
            "Works for any model: features change one after the other, in many orders.",
            SAMPLED,
        ),
        Method(
            "sampling",
            "Sampling",
            "Works for any model: each feature in independent random orders.",
            SAMPLED,
        ),
        Method(
            "partition",
            "Partition",
            "Keeps what belongs together, together: parts of an image, correlated columns.",
            ("budget",),
        ),
        Method(
            "additive",
            "Additive",
            "Exact for models without interactions; refuses others.",
            rows=True,
        ),
        Method(
            "lime",
            "LIME",
            "A local stand-in model, for comparison: its weights are not SHAP values.",
            ("budget",),
            rows=True,
        ),
    )
}
"""Name → method, the most wanted ones first."""


@dataclass(frozen=True)
class Measure:
    """One way to say how exact the answer should be.

    Attributes
    ----------
    title : str
        For the select.
    label, help : str
        Of the number's field.
    default, least, most, step : number
        Whole numbers make a field of whole numbers.
    call : callable
        The number to arguments of the call.
    """

    title: str
    label: str = ""
    help: str = ""
    default: float = 0
    least: float = 0
    most: float = 0
    step: float = 1
    call: Callable[[Any], dict[str, Any]] = lambda value: {}


OWN = "own"
MEASURES: dict[str, Measure] = {
    OWN: Measure("The method’s default"),
    "budget": Measure(
        "By evaluations",
        "Evaluations per sample",
        "More evaluations cost more time and give smaller standard errors.",
        default=1024,
        least=2,
        most=1_000_000,
        step=256,
        call=lambda value: {"budget": int(value)},
    ),
    "tolerance": Measure(
        "By standard error",
        "Largest standard error",
        "As a part of the range of a sample’s values: 0.05 is a twentieth. Samples that reach it "
        "stop early.",
        default=0.05,
        least=0.001,
        most=1.0,
        step=0.01,
        call=lambda value: {"tolerance": float(value)},
    ),
    "segments": Measure(
        "By steps",
        "Steps from background to sample",
        "One step is DeepLIFT; more come nearer to exact Shapley values and cost as much more.",
        default=4,
        least=1,
        most=1024,
        step=1,
        call=lambda value: {"segments": int(value)},
    ),
}
"""Name → measure; the first is what every method takes."""

ALONG: Mapping[tuple[str, str], dict[str, Any]] = {("deep", "tolerance"): {"segments": "auto"}}
"""What a measure brings along for one method."""


def suiting(kind: str) -> list[str]:
    """Return the names of the methods that can explain a kind of model; all when it is unknown.

    Examples
    --------
    >>> suiting("keras")[:4]
    ['auto', 'kernel', 'deep', 'gradient']
    >>> "deep" in suiting("xgboost"), "deep" in suiting("")
    (False, True)
    """
    return [m.name for m in METHODS.values() if not kind or not m.kinds or kind in m.kinds]


def measures(method: str) -> list[str]:
    """Return the names of the measures a method takes, its own default first.

    Examples
    --------
    >>> measures("kernel"), measures("tree")
    (['own', 'budget', 'tolerance'], ['own'])
    """
    return [OWN, *METHODS[method].measures]


def call_of(method: str, measure: str, amount: float | None) -> dict[str, Any]:
    """Return the arguments of the call that a measure stands for.

    Examples
    --------
    >>> call_of("deep", "tolerance", 0.1)
    {'tolerance': 0.1, 'segments': 'auto'}
    >>> call_of("kernel", "own", None)
    {}
    """
    if measure not in measures(method) or measure == OWN:
        return {}
    chosen = MEASURES[measure]
    value = chosen.default if amount is None else amount
    return {**chosen.call(value), **ALONG.get((method, measure), {})}
