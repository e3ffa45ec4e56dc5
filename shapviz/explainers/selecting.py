"""Feature selection before regression, for those who ask for shap's `l1_reg`.

The lasso picks features from the outcomes of a paired design; weighted least squares over the
picked ones gives their values, and the others get exactly 0. No standard errors: a selection made
from the same outcomes cannot judge itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.coalitions import Design
from shapviz.errors import EstimationError, InputError, Words, complaint
from shapviz.explainers.coalitional import Plan, Reading
from shapviz.explainers.regression import regression

__all__ = ["Selection", "as_selection", "selecting_plan"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pick = Callable[[Floats, Floats, float], Ints]
"""Weighted statements (m, d), what they say (m,), the rule's number → positions of features."""

ENUMERATED_ENOUGH = 0.2
"""Share of all coalitions from which on "auto" selects nothing, as shap documents."""

ROUNDING = 1e-9
"""Part of prediction and base value below which their difference needs no feature to carry it."""

_COUNT = re.compile(r"num_features\((\d+)\)")


@dataclass(frozen=True)
class Selection:
    """How features are picked.

    Attributes
    ----------
    rule : str
        "num_features", "aic", "bic" or "lasso".
    number : float
        How many features, or the lasso's alpha; 0 for the criteria.
    """

    rule: str
    number: float = 0.0


def as_selection(l1_reg: Any, share: float) -> Selection | None:
    """The selection that `l1_reg` asks for, None for none.

    Parameters
    ----------
    l1_reg : False, "auto", "aic", "bic", "num_features(k)" or float
        "auto" is "aic" while less than a fifth of all coalitions is played, and nothing from
        there on. 0, like False, keeps all features.
    share : float
        Coalitions played / coalitions there are.

    Raises
    ------
    InputError
        For anything else.
    """
    if l1_reg is False or l1_reg is None:
        return None
    if l1_reg == "auto":
        return Selection("aic") if share < ENUMERATED_ENOUGH else None
    if l1_reg in ("aic", "bic"):
        return Selection(l1_reg)
    found = _COUNT.fullmatch(l1_reg.replace(" ", "")) if isinstance(l1_reg, str) else None
    if found and int(found[1]) >= 1:
        return Selection("num_features", int(found[1]))
    number = isinstance(l1_reg, Real) and not isinstance(l1_reg, bool | np.bool_)
    if number and 0 <= float(l1_reg) < np.inf:
        return Selection("lasso", float(l1_reg)) if l1_reg > 0 else None
    raise InputError(
        complaint(
            "l1_reg",
            'be False, "auto", "aic", "bic", "num_features(k)" or a number above 0',
            l1_reg,
            "Use False to keep all features.",
        )
    )


def _first_in(statements: Floats, said: Floats, number: float) -> Ints:
    from sklearn.linear_model import lars_path

    return np.asarray(lars_path(statements, said, max_iter=int(number))[1], dtype=np.int64)


def _by_criterion(criterion: str) -> Pick:
    def pick(statements: Floats, said: Floats, number: float) -> Ints:
        from sklearn.linear_model import LassoLarsIC

        spread = statements.std(axis=0)
        scaled = statements / np.where(spread > 0, spread, 1.0)
        return np.flatnonzero(LassoLarsIC(criterion=criterion).fit(scaled, said).coef_)

    return pick


def _by_alpha(statements: Floats, said: Floats, number: float) -> Ints:
    from sklearn.linear_model import Lasso

    return np.flatnonzero(Lasso(alpha=number).fit(statements, said).coef_)


RULES: dict[str, Pick] = {
    "num_features": _first_in,
    "aic": _by_criterion("aic"),
    "bic": _by_criterion("bic"),
    "lasso": _by_alpha,
}


def selecting_plan(design: Design, selection: Selection) -> Plan:
    """The plan that plays a design's coalitions and reads selected features off them.

    A coalition makes two statements: its members' values sum to what it adds to the empty one,
    and the others' to what it lacks of the full one, weighted by how many they are. The lasso
    reads all of them; so no feature has to be eliminated for the sum beforehand.

    Parameters
    ----------
    design : Design
        Of d ≥ 2 players.
    selection : Selection

    References
    ----------
    Lundberg & Lee (2017), A unified approach to interpreting model predictions, NeurIPS. Efron et
    al. (2004), Least angle regression, Annals of Statistics 32(2). Zou, Hastie & Tibshirani
    (2007), On the degrees of freedom of the lasso, Annals of Statistics 35(5).
    """
    pairs = np.concatenate([design.pairs, ~design.pairs])
    sizes, weights = pairs.sum(axis=1), np.tile(design.weights / 2, 2)
    roots = np.sqrt(np.concatenate([weights * (design.d - sizes), weights * sizes]))
    statements = np.concatenate([pairs, pairs - 1.0]) * roots[:, None]
    pick, P = RULES[selection.rule], len(design.pairs)

    def read(outcomes: Floats) -> Reading:
        n, _, K = outcomes.shape
        gains = outcomes[:, 2:] - outcomes[:, :1]
        totals = outcomes[:, 1] - outcomes[:, 0]
        values = np.zeros((n, design.d, K))
        for i, k in np.ndindex(n, K):
            said = np.concatenate([gains[i, :, k], gains[i, :, k] - totals[i, k]]) * roots
            chosen = pick(statements, said, selection.number)
            if chosen.size:
                part = regression(
                    Design(design.pairs[:, chosen], design.weights, design.strata, design.shares)
                )
                odd = (outcomes[i, 2 : 2 + P, k] - outcomes[i, 2 + P :, k]) / 2
                values[i, chosen, k] = part.values(odd[:, None], totals[i, k : k + 1])[:, 0]
            elif abs(totals[i, k]) > ROUNDING * np.abs(outcomes[i, :2, k]).max():
                raise _nothing_left(selection, float(totals[i, k]))
        used = np.full((n, K), f"wls after {selection.rule}", dtype=object)
        return Reading(values, None, {"estimator": used})

    return Plan(design.coalitions, read, "paired leverage sampling", at_once=1)


def _nothing_left(selection: Selection, total: float) -> EstimationError:
    asked = f"{selection.number:g}" if selection.rule == "lasso" else repr(selection.rule)
    return EstimationError(
        complaint(
            "l1_reg",
            "leave at least one feature to carry prediction − base value",
            Words(f"{asked}, which leaves none to carry {total:.3g}"),
            "Lower it, or use False to keep all features.",
        )
    )
