"""Links: the scale on which contributions add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.special import logit as _logit

from shapviz.errors import InputError, complaint
from shapviz.types import FloatArray

__all__ = ["Link", "as_link", "identity", "logit"]


@dataclass(frozen=True)
class Link:
    """A monotone function from model outputs to the scale on which values add up.

    Attributes
    ----------
    name : str
        ``"identity"`` or ``"logit"`` for the built-in ones.
    forward : callable
        Elementwise, outputs to link units.
    inverse : callable
        Elementwise, link units to outputs.
    units : str
        What the link scale is measured in; empty when it is the model's own.
    """

    name: str
    forward: Callable[[FloatArray], FloatArray]
    inverse: Callable[[FloatArray], FloatArray]
    units: str = ""


def _same(x: FloatArray) -> FloatArray:
    return x


def _log_odds(p: FloatArray) -> FloatArray:
    return np.asarray(_logit(p))


def _probability(z: FloatArray) -> FloatArray:
    return np.asarray(expit(z))


identity = Link("identity", _same, _same)
logit = Link("logit", _log_odds, _probability, units="log-odds")

_BY_NAME = {link.name: link for link in (identity, logit)}


def as_link(link: str | Link) -> Link:
    """Return the link of that name, or the link itself.

    Parameters
    ----------
    link : str or Link
        ``"identity"``, ``"logit"`` or a `Link`.

    Returns
    -------
    Link

    Raises
    ------
    InputError
        For an unknown name or another type.

    Examples
    --------
    >>> as_link("logit").units
    'log-odds'
    """
    if isinstance(link, Link):
        return link
    if isinstance(link, str) and link in _BY_NAME:
        return _BY_NAME[link]
    raise InputError(
        complaint(
            "link",
            f"be one of {', '.join(map(repr, _BY_NAME))} or a shapviz.links.Link",
            link,
            'Use "logit" for probabilities whose log-odds should add up, else "identity".',
        )
    )
