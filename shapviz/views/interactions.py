"""Interactions: how much two features do together that neither does alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.labels import count
from shapviz.types import FloatArray, IntArray
from shapviz.views.checks import at_least_one
from shapviz.views.one_output import OneOutput, one_output
from shapviz.views.words import Span, amount_text, inline, say, share, strong

__all__ = ["InteractionsView", "interactions"]


@dataclass(frozen=True, eq=False)
class InteractionsView:
    """Mean absolute main effects and pairwise interactions of the leading features.

    Attributes
    ----------
    features : int array of shape (rows,)
        Positions, by mean absolute SHAP value, largest first.
    names : tuple of str
    sizes : float array of shape (rows, rows)
        On the diagonal the mean absolute main effect; at (i, j) and (j, i) the mean absolute
        interaction of the two, both halves together; in `units`.
    """

    title: str
    sentence: tuple[Span, ...]
    footnote: str
    features: IntArray
    names: tuple[str, ...]
    sizes: FloatArray
    output: str
    units: str

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The number written in each cell."""
        return tuple(tuple(amount_text(float(x), self.units, 2) for x in row) for row in self.sizes)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per cell, each pair once: feature, with (itself: main effect), size."""
        cells = [(i, j) for i in range(len(self.names)) for j in range(i + 1)]
        return pd.DataFrame(
            {
                "feature": [self.names[i] for i, _ in cells],
                "with": [self.names[j] for _, j in cells],
                "size": [float(self.sizes[cell]) for cell in cells],
            }
        )


def interactions(
    explanation: Explanation, *, output: str | int | None = None, max_display: int = 6
) -> InteractionsView:
    """Return main effects and interactions of the features that matter most.

    Parameters
    ----------
    explanation : Explanation
        With interaction values.
    output : str or int, optional
        Default: the first.
    max_display : int, default 6
        Features with a row of their own.

    Raises
    ------
    InputError
        For an explanation without interactions, an unknown output, or `max_display` below 1.
    """
    one = one_output(explanation, output)
    at_least_one("max_display", max_display)
    pairs = one.explanation.interactions
    if pairs is None:
        raise InputError(
            complaint(
                "explanation",
                "have interactions",
                None,
                "Explain with interactions=True: Exact, Kernel and Tree know them.",
            )
        )
    sizes = np.abs(pairs).mean(axis=0, dtype=np.float64)
    sizes *= 2.0 - np.eye(one.d)
    mean_abs = np.abs(one.values).mean(axis=0, dtype=np.float64)
    shown = np.argsort(-mean_abs, kind="stable")[:max_display]
    return InteractionsView(
        title="Which features work together?",
        sentence=_sentence(one, sizes),
        footnote=_footnote(one, shown.size),
        features=shown,
        names=tuple(one.names[j] for j in shown),
        sizes=sizes[np.ix_(shown, shown)],
        output=one.output,
        units=one.units,
    )


def _sentence(one: OneOutput, sizes: FloatArray) -> tuple[Span, ...]:
    """The strongest pair of all features, and what all pairs carry beside the main effects."""
    rows, columns = np.tril_indices(one.d, -1)
    each = sizes[rows, columns]
    if not each.size:
        return say("There is only one feature, which has none to work with.")
    together, alone = float(each.sum()), float(np.trace(sizes))
    if together == 0:
        return say("No two features interact: each moves the output by itself.")
    best = int(np.argmax(each))
    pair = sorted((int(rows[best]), int(columns[best])), key=lambda j: -sizes[j, j])
    return say(
        strong(one.names[pair[0]]),
        " and ",
        strong(inline(one.names[pair[1]])),
        f" interact most: together they move the output by {one.amount(float(each[best]))} on "
        "average beyond what each does alone. Interactions carry "
        f"{share(together / (together + alone))} of all effects.",
    )


def _footnote(one: OneOutput, shown: int) -> str:
    unit = f" in {one.said_units}" if one.units else ""
    errors = one.explanation.standard_errors
    # Where all coalitions were played the values' own errors are exactly zero.
    doubt = "" if errors is None or not errors.any() else "Estimated; how far off is not known. "
    return (
        f"{count(shown)} of {count(one.d)} features, {count(one.n)} of {count(one.n)} "
        f"{'sample' if one.n == 1 else 'samples'}. Diagonal: mean |main effect|; below it: mean "
        f"|interaction| of the two{unit}. {doubt}Effects on the model\u2019s output are not causes."
    )
