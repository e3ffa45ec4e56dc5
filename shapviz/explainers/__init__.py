"""The methods: each turns a model, a background and rows into an Explanation.

Classes are imported on first use, so that reading explanations loads none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapviz.explainers.auto import Explainer
from shapviz.explainers.base import BaseExplainer, Call, Estimate
from shapviz.explainers.registry import REGISTRY, class_named

if TYPE_CHECKING:
    from shapviz.explainers.additive import AdditiveExplainer
    from shapviz.explainers.deep import DeepExplainer
    from shapviz.explainers.exact import ExactExplainer
    from shapviz.explainers.gradient import GradientExplainer
    from shapviz.explainers.kernel import KernelExplainer
    from shapviz.explainers.lime import LimeExplainer
    from shapviz.explainers.linear import LinearExplainer
    from shapviz.explainers.permutation import PermutationExplainer
    from shapviz.explainers.sampling import SamplingExplainer
    from shapviz.explainers.tree import TreeExplainer

__all__ = [
    "REGISTRY",
    "AdditiveExplainer",
    "BaseExplainer",
    "Call",
    "DeepExplainer",
    "Estimate",
    "ExactExplainer",
    "Explainer",
    "GradientExplainer",
    "KernelExplainer",
    "LimeExplainer",
    "LinearExplainer",
    "PermutationExplainer",
    "SamplingExplainer",
    "TreeExplainer",
]


def __getattr__(name: str) -> Any:
    found = class_named(name)
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found
