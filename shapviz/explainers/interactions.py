"""Pairwise interaction values: what every method that has them shares.

The Shapley interaction index of players i and j is the mean of v(S∪ij) − v(S∪i) − v(S∪j) + v(S)
over coalitions S of the others, each size of S counting alike. As TreeSHAP does, half of it stands
at (i, j) and half at (j, i), and (i, i) holds what is left of the SHAP value: the main effect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from shapviz.errors import InputError, Words, complaint
from shapviz.explainers.options import Options

__all__ = ["PairOptions", "check_axes", "index_of", "wants_pairs", "with_main_effects"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PairOptions(Options):
    """What a call takes whose method knows interactions.

    Attributes
    ----------
    interactions : bool
        Whether pairwise interaction values are wanted beside the SHAP values.
    """

    interactions: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.interactions, bool | np.bool_):
            raise InputError(
                complaint("interactions", "be True or False", self.interactions, "Use True.")
            )


def wants_pairs(options: Options) -> bool:
    """Whether a call asks for interaction values."""
    return isinstance(options, PairOptions) and bool(options.interactions)


def check_axes(feature_shape: tuple[int, ...]) -> None:
    """Refuse samples of several axes.

    Raises
    ------
    InputError
        A sample is a picture, a sequence or the like.
    """
    if len(feature_shape) != 1:
        raise InputError(
            complaint(
                "interactions",
                "be False for samples of several axes",
                Words(f"True for samples of shape {feature_shape}"),
                "Explain samples with one feature axis, such as tables.",
            )
        )


def index_of(coalitions: Bools, outcomes: Floats) -> Floats:
    """The share (d, d, c) of these coalitions in the interaction index; 0 on the diagonal.

    All 2^d coalitions with their outcomes give the index itself.

    Parameters
    ----------
    coalitions : bool (m, d), d ≥ 1
    outcomes : float64 (m, c)
    """
    d = coalitions.shape[1]
    kept = coalitions.sum(axis=1)
    # s!(d−s−2)!/(d−1)!: what a coalition of s others counts.
    logs = gammaln(np.arange(1, d)) + gammaln(np.arange(d - 1, 0, -1)) - gammaln(d)
    weights = np.concatenate([np.zeros(2), np.exp(logs), np.zeros(2)])
    inside = coalitions.astype(np.float64)
    outside = 1.0 - inside
    found = np.empty((d, d, outcomes.shape[1]))
    for k, column in enumerate(outcomes.T):
        # Of the two players there may be both, one or none in the coalition.
        both = inside.T @ (inside * (column * weights[kept])[:, None])
        one = inside.T @ (outside * (column * weights[kept + 1])[:, None])
        none = outside.T @ (outside * (column * weights[kept + 2])[:, None])
        found[..., k] = both - one - one.T + none
    found[np.diag_indices(d)] = 0.0
    return found


def with_main_effects(index: Floats, values: Floats) -> Floats:
    """Interaction values (n, d, d, K) from the index and the SHAP values (n, d, K).

    The index is halved; the diagonal, whatever it held, makes rows sum to the SHAP values.
    """
    halves: Floats = (index + np.swapaxes(index, 1, 2)) / 4.0
    at = np.arange(values.shape[1])
    halves[:, at, at] = 0.0
    halves[:, at, at] = values - halves.sum(axis=2)
    return halves
