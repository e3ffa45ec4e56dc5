"""Partition: rows stand in for absence, and a tree over the features comes with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapviz.hierarchy import Hierarchy
from shapviz.hierarchy_makers import as_hierarchy
from shapviz.maskers.clustering import by_metric, default_tree
from shapviz.maskers.tabular import Tabular

__all__ = ["Partition"]


class Partition(Tabular):
    """A `Tabular` masker that brings the tree that `PartitionExplainer` walks.

    Parameters
    ----------
    background : Background, array of shape (b, *features), sparse matrix or DataFrame
    feature_names : sequence of str, optional
        As `Tabular` takes them.
    clustering : str, linkage matrix, Hierarchy or nested lists, default "spearman"
        "spearman" joins the most correlated columns first (1 − |ρ|, average linkage), and entries
        of several axes by where they are; another word is a metric of
        ``scipy.spatial.distance.pdist`` between standardised columns. A matrix is as
        ``scipy.cluster.hierarchy.linkage`` gives it; lists hold feature names.

    Raises
    ------
    InputError
        As `Tabular`'s; or the clustering is none of these, or not over these features.

    Examples
    --------
    >>> import numpy as np
    >>> masker = Partition(np.zeros((1, 3)), ["a", "b", "c"], clustering=[["a", "b"], "c"])
    >>> masker.tree.nested(masker.feature_names)
    [['a', 'b'], 'c']
    """

    def __init__(
        self,
        background: Any,
        feature_names: Sequence[str] | None = None,
        *,
        clustering: Any = "spearman",
    ) -> None:
        super().__init__(background, feature_names)
        if isinstance(clustering, str):
            self._tree = (
                default_tree(self.background)
                if clustering == "spearman"
                else by_metric(self.background, clustering)
            )
        else:
            self._tree = as_hierarchy(clustering, self.feature_names)

    @property
    def tree(self) -> Hierarchy:
        """The tree over the features."""
        return self._tree
