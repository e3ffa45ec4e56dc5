"""The link of methods that explain a model on the scale on which it adds up by itself."""

from __future__ import annotations

from shapviz.errors import InputError, complaint
from shapviz.links import Link, as_link, identity

__all__ = ["own_scale", "suits"]


def suits(link: str | Link, units: str) -> bool:
    """Whether a link asks for what a model's own scale, in these units, is already."""
    name = as_link(link).name
    return name == "identity" or (name == "logit" and units == "log-odds")


def own_scale(link: str | Link, units: str, method: str) -> Link:
    """The identity, where the link asked for is what the model's own scale is already.

    Parameters
    ----------
    link : str or Link
        As the caller gave it.
    units : str
        Unit of the model's own scale; "log-odds" is what the logit link asks for.
    method : str
        The method, for messages.

    Raises
    ------
    InputError
        Another link than the identity, or the logit of something other than log-odds.
    """
    if suits(link, units):
        return identity
    scale = units or "its own scores"
    raise InputError(
        complaint(
            "link",
            f"be left out for the {method} explainer",
            as_link(link).name,
            f"It explains this model in {scale}. KernelExplainer takes any link.",
        )
    )
