"""Permutation importance as bars: how much a metric drops without each feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shapviz.labels import count
from shapviz.views.bar import BarView
from shapviz.views.checks import at_least_one
from shapviz.views.words import Span, amount_text, inline, say, strong

if TYPE_CHECKING:
    # Explainers are heavy, and a view needs nothing of them but a table of numbers.
    from shapviz.explainers.permutation_importance import PermutationImportance

__all__ = ["permutation_importance"]


def permutation_importance(found: PermutationImportance, *, max_display: int = 10) -> BarView:
    """Return permutation importance as a bar view, for `figures.bar`.

    Parameters
    ----------
    found : PermutationImportance
    max_display : int, default 10
        Features with a bar of their own.

    Raises
    ------
    InputError
        For `max_display` below 1.
    """
    at_least_one("max_display", max_display)
    sizes, order = found.means, found.order
    d = len(found.feature_names)
    shown = order if d <= max_display + 1 else order[:max_display]
    interval = found.interval
    return BarView(
        title="Which features does the score need?",
        sentence=_sentence(found),
        footnote=_footnote(found, shown.size),
        head=f"Mean drop in {found.metric}",
        measure="drop",
        features=shown,
        names=tuple(found.feature_names[j] for j in shown),
        sizes=sizes[shown],
        low=None if interval is None else interval[0][shown],
        high=None if interval is None else interval[1][shown],
        others=order[len(shown) :],
        others_total=float(sizes[order[len(shown) :]].sum()),
        output="",
        units="",
        quantity=f"Mean drop in {found.metric}",
    )


def _sentence(found: PermutationImportance) -> tuple[Span, ...]:
    first = int(found.order[0])
    if found.means[first] <= 0:
        return say(f"No feature is needed: shuffling any of them costs no {found.metric}.")
    drop, score = amount_text(float(found.means[first])), amount_text(found.score)
    return say(
        strong(inline(found.feature_names[first])),
        f" is needed most: with its values shuffled, {found.metric} falls by {drop} from {score}.",
    )


def _footnote(found: PermutationImportance, shown: int) -> str:
    d, repeats = found.drops.shape
    lines = ", lines: 95% intervals over shuffles" if found.interval is not None else ""
    shuffles = "shuffle" if repeats == 1 else "shuffles"
    below = ", below 0: better without" if np.any(found.means < 0) else ""
    return (
        f"{count(shown)} of {count(d)} features, {count(repeats)} {shuffles} of each. "
        f"Bars: mean drop in {found.metric}{below}{lines}."
    )
