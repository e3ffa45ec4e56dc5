"""Why did my model predict this? SHAP values for any model, kept and shown.

Importing this loads nothing heavy: every public name is fetched when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapviz import figures, links, maskers
    from shapviz.background import Background, kmeans, sample
    from shapviz.explainers.additive import AdditiveExplainer
    from shapviz.explainers.auto import Explainer
    from shapviz.explainers.deep import DeepExplainer
    from shapviz.explainers.exact import ExactExplainer
    from shapviz.explainers.gradient import GradientExplainer
    from shapviz.explainers.kernel import KernelExplainer
    from shapviz.explainers.lime import LimeExplainer
    from shapviz.explainers.linear import LinearExplainer
    from shapviz.explainers.partition import PartitionExplainer
    from shapviz.explainers.permutation import PermutationExplainer
    from shapviz.explainers.permutation_importance import permutation_importance
    from shapviz.explainers.sampling import SamplingExplainer
    from shapviz.explainers.tree import TreeExplainer
    from shapviz.explanation import Explanation, concat
    from shapviz.interop import from_values, read_values
    from shapviz.models.loading import load_model
    from shapviz.store import Store

__version__ = "0.1.0"

_HOMES = {
    "AdditiveExplainer": "shapviz.explainers.additive",
    "Background": "shapviz.background",
    "DeepExplainer": "shapviz.explainers.deep",
    "ExactExplainer": "shapviz.explainers.exact",
    "Explainer": "shapviz.explainers.auto",
    "Explanation": "shapviz.explanation",
    "GradientExplainer": "shapviz.explainers.gradient",
    "KernelExplainer": "shapviz.explainers.kernel",
    "LimeExplainer": "shapviz.explainers.lime",
    "LinearExplainer": "shapviz.explainers.linear",
    "PartitionExplainer": "shapviz.explainers.partition",
    "PermutationExplainer": "shapviz.explainers.permutation",
    "SamplingExplainer": "shapviz.explainers.sampling",
    "Store": "shapviz.store",
    "TreeExplainer": "shapviz.explainers.tree",
    "concat": "shapviz.explanation",
    "from_values": "shapviz.interop",
    "kmeans": "shapviz.background",
    "load_model": "shapviz.models.loading",
    "permutation_importance": "shapviz.explainers.permutation_importance",
    "read_values": "shapviz.interop",
    "sample": "shapviz.background",
}
_ROOMS = ("errors", "figures", "links", "maskers", "views")

__all__ = [
    "AdditiveExplainer",
    "Background",
    "DeepExplainer",
    "ExactExplainer",
    "Explainer",
    "Explanation",
    "GradientExplainer",
    "KernelExplainer",
    "LimeExplainer",
    "LinearExplainer",
    "PartitionExplainer",
    "PermutationExplainer",
    "SamplingExplainer",
    "Store",
    "TreeExplainer",
    "concat",
    "errors",
    "figures",
    "from_values",
    "kmeans",
    "links",
    "load_model",
    "maskers",
    "permutation_importance",
    "read_values",
    "sample",
    "views",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name in _ROOMS:
        value = import_module(f"shapviz.{name}")
    else:
        raise AttributeError(f"module 'shapviz' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
