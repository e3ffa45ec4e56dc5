"""Exact Shapley values by playing every coalition."""

from __future__ import annotations

from functools import lru_cache
from math import comb
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from shapviz.coalitions import enumerate_all
from shapviz.errors import InputError, Words, complaint
from shapviz.explainers import checks
from shapviz.explainers.base import Call
from shapviz.explainers.coalitional import CoalitionExplainer, Plan, Reading
from shapviz.explainers.interactions import PairOptions, check_axes, index_of, wants_pairs
from shapviz.explainers.options import Options

Floats = NDArray[np.float64]

__all__ = ["ExactExplainer", "enumeration"]

MOST_PLAYERS = 16
"""Default largest number of players: 65,536 coalitions a sample."""


def shapley_weights(sizes: NDArray[np.int64], d: int) -> Floats:
    """What joining a coalition of that size counts: s!(d−s−1)!/d! = 1/(d·C(d−1, s))."""
    table = np.array([1.0 / (d * comb(d - 1, s)) for s in range(d)])
    return table[sizes]


@lru_cache(maxsize=4)
def enumeration(d: int) -> Plan:
    """The plan that plays all 2^d coalitions of d ≥ 1 players; values exact to rounding."""
    everything = enumerate_all(d)
    coalitions = np.concatenate([everything[[0, -1]], everything[1:-1]])
    sizes = coalitions.sum(axis=1)
    joining = np.zeros(len(coalitions))
    joining[sizes > 0] = shapley_weights(sizes[sizes > 0] - 1, d)
    staying = np.zeros(len(coalitions))
    staying[sizes < d] = shapley_weights(sizes[sizes < d], d)
    # Each coalition's outcome counts for its members and against everyone else.
    matrix = np.where(coalitions, joining[:, None], -staying[:, None]).T

    def read(outcomes: Floats) -> Reading:
        # Outcomes are centred first: a large base value would cost digits.
        values: Floats = matrix @ (outcomes - outcomes[:, :1])
        return Reading(values, np.zeros_like(values))

    def pairs(outcomes: Floats) -> Floats:
        n, m, K = outcomes.shape
        flat = (outcomes - outcomes[:, :1]).transpose(1, 0, 2).reshape(m, n * K)
        return np.moveaxis(index_of(coalitions, flat).reshape(d, d, n, K), 2, 0)

    return Plan(coalitions, read, "enumerated", pairs=pairs)


class ExactExplainer(CoalitionExplainer):
    """Exact Shapley values of the background game: every coalition is played.

    Absent features take the values of the background rows, one row after the other. Costs
    2^d × background rows for each sample, where d counts the features that differ from some
    background row; the others get exactly 0.

    Parameters
    ----------
    model, background, link, feature_names, feature_units, output_names, units, model_id
        As for every explainer, see `BaseExplainer`.
    max_players : int, default 16
        Refuse samples with more varying features than this.

    Raises
    ------
    InputError
        When called with a `budget`, or on a sample with more than `max_players` players.

    Notes
    -----
    φᵢ = Σ_S |S|!(d−|S|−1)!/d! · (v(S∪i) − v(S)), in float64; standard errors are zero.

    A call takes ``interactions=True``, for samples of one feature axis: the explanation then has
    `interactions` too, from the same coalitions. Half the Shapley interaction index of features i
    and j, Σ_S |S|!(d−|S|−2)!/(d−1)! · (v(S∪ij) − v(S∪i) − v(S∪j) + v(S)), stands at (i, j), half
    at (j, i), and on the diagonal what is left of the SHAP value, the main effect.

    References
    ----------
    Shapley (1953), A value for n-person games. Lundberg & Lee (2017), A unified approach to
    interpreting model predictions, NeurIPS. Grabisch & Roubens (1999), An axiomatic approach to
    the concept of interaction among players in cooperative games, International Journal of Game
    Theory 28. Lundberg et al. (2020), From local explanations to global understanding with
    explainable AI for trees, Nature Machine Intelligence 2.

    Examples
    --------
    >>> import numpy as np
    >>> explainer = ExactExplainer(lambda X: X[:, 0] * X[:, 1], np.zeros((1, 2)))
    >>> explainer(np.array([[2.0, 3.0]])).values
    array([[3., 3.]])
    """

    name: ClassVar[str] = "exact"
    takes_budget: ClassVar[bool] = False
    options: ClassVar[type[Options]] = PairOptions

    def __init__(
        self, model: Any, background: Any, *, max_players: int = MOST_PLAYERS, **options: Any
    ) -> None:
        super().__init__(model, background, **options)
        self.max_players = checks.whole_number(
            "max_players", max_players, 1, "16 asks for 65,536 coalitions a sample."
        )

    def _check_call(self, X: Any, call: Call) -> None:
        if wants_pairs(call.options):
            check_axes(self.masker.player_shape)
        most = max(len(group.players) for group in self._groups(X))
        if most > self.max_players:
            raise InputError(
                complaint(
                    "X",
                    f"have at most {self.max_players} features that differ from the background "
                    "for exact values",
                    Words(f"{most} of them, which is 2^{most} coalitions a sample"),
                    "Use KernelExplainer, or raise max_players.",
                )
            )

    def _plan(self, d: int, budget: int, call: Call) -> Plan:
        return enumeration(d)

    def _coalitions(self, d: int, budget: int) -> int:
        return max(2**d, 2)

    def _default_budget(self, d: int) -> int:
        return 2 ** min(d, self.max_players)
