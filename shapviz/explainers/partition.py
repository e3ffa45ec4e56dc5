"""Owen values: Shapley values of players that come in groups, on a binary tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from shapviz.background import Background
from shapviz.digests import digest_of_json
from shapviz.errors import InputError, Words, complaint
from shapviz.explainers.base import Call, Estimate
from shapviz.explainers.coalitional import Plan, PlanExplainer
from shapviz.explainers.orders import balancing, count_of_all
from shapviz.explainers.owen import cut_plan, enumerated_plan, walks_plan
from shapviz.hierarchy import Hierarchy
from shapviz.hierarchy_makers import as_hierarchy, side_by_side
from shapviz.maskers import OwnPlayers
from shapviz.maskers.clustering import default_tree

__all__ = ["PartitionExplainer"]

Ints = NDArray[np.int64]

DEFAULT_PAIRS = 8
"""Antithetic pairs when no budget is given: balanced for merges up to eight levels deep."""

FEWEST = 4
"""Coalitions that part the root once: empty, full, one side, the other."""


class PartitionExplainer(PlanExplainer):
    """Owen values on a hierarchy of features: groups stay together while they join.

    Features join in orders in which the members of every group stand next to each other, so that
    correlated columns, or the pixels of a patch, are mostly shown and hidden together; a feature's
    value is its mean marginal contribution over those orders. A group's values sum to what the
    group is worth among its neighbours. Absent features take the background rows' values, one row
    after the other. Costs at most budget × background rows for each sample.

    Parameters
    ----------
    model, background, link, feature_names, feature_units, output_names, units, model_id
        As for every explainer, see `BaseExplainer`.
    hierarchy : Hierarchy, linkage matrix or nested lists, optional
        The tree: a `shapviz.hierarchy.Hierarchy`, a matrix (d−1, 4) as
        ``scipy.cluster.hierarchy.linkage`` gives it, or nested lists of feature names, where
        more than two in a list are halved. Default: for tables the background's columns
        clustered by Spearman's correlation (distance 1 − |ρ|, average linkage); for samples with
        several axes halves of the longer axis, again and again; several inputs each have their
        own tree. A masker that has a tree brings it: `maskers.Partition`, and those whose trees
        differ by sample (`Image`, `Text`, `Sequence`, `Composite`).

    Attributes
    ----------
    hierarchy : Hierarchy
        InputError where every sample has its own: see `Explanation.hierarchy_of`.

    Raises
    ------
    InputError
        The hierarchy is no tree over these features, or the background's columns cannot be put in
        an order; when called, a `budget` below 4.

    Notes
    -----
    `budget` counts coalitions, the empty and the full one included. Where it covers all that the
    tree's orders pass through (2 + 2·Σ 2^depth over merges: about ⅔d² for a balanced tree, 2^d for
    a chain), they are played and the values are exact, with standard errors 0. From 2d on,
    1, 2, 3, 4, 8, 16 … consistent orders are walked forwards and backwards, as many as fit at
    2(d−1) coalitions each (by default 8), which is exact for interactions of up to two features.
    The orders balance each other: which side of a merge comes first follows a Hadamard matrix
    with random signs, so that what three features do together mostly cancels too. Numbers in
    between would balance worse. All samples share the orders.

    Below 2d one order is walked over budget // 2 groups: half of them the same for every sample,
    then those of a sample with the largest values are split again and again. The members of a
    group that was not split share alike.

    Standard errors come from the spread between orders, less what balancing cancels, from four
    orders on; fewer than that have none. Features equal to every background
    row are no players: exactly 0, standard error 0. ``provenance["hierarchy"]`` holds the merges
    with their heights, from which `Hierarchy.from_list` makes the tree again; where every sample
    has its own, the explanation's ``trees`` do.

    References
    ----------
    Owen (1977), Values of games with a priori unions, in Mathematical economics and game theory.
    Winter (1989), A value for cooperative games with levels structure of cooperation,
    International Journal of Game Theory 18. Lundberg & Lee (2017), A unified approach to
    interpreting model predictions, NeurIPS.

    Examples
    --------
    >>> import numpy as np
    >>> explainer = PartitionExplainer(
    ...     lambda X: X[:, 0] * X[:, 1] * X[:, 2], np.zeros((1, 3)),
    ...     feature_names=["a", "b", "c"], hierarchy=[["a", "b"], "c"])
    >>> explainer(np.array([[2.0, 2.0, 2.0]])).values
    array([[2., 2., 4.]])
    """

    name: ClassVar[str] = "partition"
    estimand: ClassVar[str] = "owen"
    by_tree: ClassVar[bool] = True

    def __init__(
        self, model: Any, background: Any, *, hierarchy: Any = None, **options: Any
    ) -> None:
        super().__init__(model, background, **options)
        self._hierarchy: Hierarchy | None = None
        if isinstance(self.masker, OwnPlayers):
            if hierarchy is not None:
                rule = f"be left out with {type(self.masker).__name__}, which has trees of its own"
                got = Words(type(hierarchy).__name__)
                raise InputError(complaint("hierarchy", rule, got, "Leave it out."))
        elif hierarchy is not None:
            self._hierarchy = as_hierarchy(hierarchy, self.feature_names)
        elif self.masker.tree is not None:
            self._hierarchy = self.masker.tree
        elif self.predictor.inputs is None:
            self._hierarchy = default_tree(self.masker.background)
        else:
            self._hierarchy = _of_inputs(self.masker.background, self.predictor.inputs.by_name)

    @property
    def hierarchy(self) -> Hierarchy:
        """The tree; InputError where every sample has its own."""
        found = self.masker.tree if self._hierarchy is None else self._hierarchy
        if found is None:
            rule = "be asked of an explanation where every sample has a tree of its own"
            got = Words(type(self.masker).__name__)
            fix = "Read explanation.hierarchy_of(sample)."
            raise InputError(complaint("hierarchy", rule, got, fix))
        return found

    def _parameters(self) -> dict[str, Any]:
        own = self._hierarchy
        return {} if own is None else {"hierarchy": digest_of_json(own.to_list())}

    def _check_call(self, X: Any, call: Call) -> None:
        if call.budget is not None and call.budget < FEWEST:
            rule = f"be at least {FEWEST} for the partition explainer"
            fix = f"Use {2 * self.masker.n_players} or more to tell every feature apart."
            raise InputError(complaint("budget", rule, call.budget, fix))

    def _estimate(self, X: Any, call: Call) -> Estimate:
        estimate = super()._estimate(X, call)
        if isinstance(self.masker, OwnPlayers) and not self.masker.shares_tree:
            return estimate
        kept = {**estimate.provenance, "hierarchy": self.hierarchy.to_list()}
        return replace(estimate, provenance=kept)

    def _plan_for(self, players: Ints, budget: int, call: Call) -> Plan:
        tree = self.hierarchy.restricted(players)
        if count_of_all(tree) <= budget:
            return enumerated_plan(tree)
        rng = np.random.default_rng([call.seed, tree.d])
        pairs = _pairs(tree.d, budget)
        return walks_plan(tree, pairs, rng) if pairs else cut_plan(tree, budget // 2, rng)

    def _coalitions_for(self, players: Ints, budget: int) -> int:
        if not len(players):
            return 2
        tree = self.hierarchy.restricted(players)
        if count_of_all(tree) <= budget:
            return count_of_all(tree)
        pairs = _pairs(tree.d, budget)
        return 2 + 2 * (tree.d - 1) * pairs if pairs else 2 * (budget // 2)

    def _default_budget(self, d: int) -> int:
        return min(count_of_all(self.hierarchy), 2 + 2 * (d - 1) * DEFAULT_PAIRS)


def _of_inputs(background: Background, shapes: Mapping[str, tuple[int, ...]]) -> Hierarchy:
    """Each input's own tree, joined above: entries of two inputs are never one group alone."""
    rows, parts, start = np.asarray(background.rows), [], 0
    for shape in shapes.values():
        stop = start + prod(shape)
        own = rows[:, start:stop].reshape(-1, *(shape or (1,)))
        parts.append(default_tree(Background(own, background.weights)))
        start = stop
    return side_by_side(parts)


def _pairs(d: int, budget: int) -> int:
    """Antithetic pairs to walk within a budget: 0 where it covers none."""
    most = (budget - 2) // (2 * (d - 1))
    return balancing(most) if most else 0
