"""Where each method lives: adding an explainer is one line here.

Names map to "module:Class" so that reading the table imports no method.
"""

from __future__ import annotations

from importlib import import_module

from shapviz.errors import InputError, complaint
from shapviz.explainers.base import BaseExplainer

__all__ = ["REGISTRY", "class_named", "find"]

REGISTRY: dict[str, str] = {
    "exact": "shapviz.explainers.exact:ExactExplainer",
    "permutation": "shapviz.explainers.permutation:PermutationExplainer",
    "kernel": "shapviz.explainers.kernel:KernelExplainer",
    "deep": "shapviz.explainers.deep:DeepExplainer",
    "gradient": "shapviz.explainers.gradient:GradientExplainer",
    "linear": "shapviz.explainers.linear:LinearExplainer",
    "tree": "shapviz.explainers.tree:TreeExplainer",
    "additive": "shapviz.explainers.additive:AdditiveExplainer",
    "sampling": "shapviz.explainers.sampling:SamplingExplainer",
    "lime": "shapviz.explainers.lime:LimeExplainer",
}
"""Registry name → where its class is."""

LATER = {
    "partition": "Use 'permutation' or 'kernel', which value each feature on its own, without a "
    "hierarchy.",
}
"""Names that users of shap know and that stand for nothing here yet → what to use instead."""


def class_named(class_name: str) -> type[BaseExplainer] | None:
    """The explainer class of that name, or None where the registry has none."""
    for name, address in REGISTRY.items():
        if address.endswith(f":{class_name}"):
            return find(name)
    return None


def find(name: str) -> type[BaseExplainer]:
    """The explainer class registered under `name`, imported on first use.

    Raises
    ------
    InputError
        No explainer has this name.
    """
    if name not in REGISTRY:
        raise InputError(
            complaint(
                "algorithm",
                f"be 'auto' or one of {', '.join(map(repr, REGISTRY))}",
                name,
                LATER.get(name, "Use 'auto' to have one picked."),
            )
        )
    module, _, attribute = REGISTRY[name].partition(":")
    found: type[BaseExplainer] = getattr(import_module(module), attribute)
    return found
