"""How many rows a job will send to the model: counted by a model that answers at once."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from shapviz.explainers.base import BaseExplainer, take
from shapviz.explainers.coalitional import PlanExplainer
from shapviz.jobs.loading import Ready
from shapviz.maskers import OwnPlayers
from shapviz.types import IntArray

__all__ = ["rows_of"]

COUNTING_SECONDS = 1.5
"""Samples with players of their own are counted one by one for so long."""

KINDS = 8
"""Sets of players that are counted one by one; of more, each number of players is counted once."""

LOOKED_THROUGH = 50_000
"""Samples whose players are looked for one at a time."""


def rows_of(found: Ready, wanted: IntArray, sizes: Sequence[int], piece: Any) -> tuple[int, bool]:
    """Return the rows that a job will send to the model, and whether exactly.

    Parameters
    ----------
    found : Ready
    wanted : int array
        Positions of the samples to be computed.
    sizes : sequence of int
        Samples in each call of the explainer.
    piece : Explanation or None
        Of some samples, for methods that send as many for each sample.
    """
    explainer = found.explainer
    exact = found.spec.call.get("tolerance") is None and not _ranked(found.spec.call)
    if isinstance(explainer, PlanExplainer):
        return _planned_rows(found, explainer, wanted, sizes, exact)
    one, two = _sent(explainer, found, 1), _sent(explainer, found, 2)
    if max(sizes) <= 2:
        return one * sum(size == 1 for size in sizes) + two * sum(
            size == 2 for size in sizes
        ), exact
    if piece is None or len(piece) < 3:
        # Parts have more samples than were tried, so a sample is soon explained.
        count, sent = 3, _sent(explainer, found, 3)
    else:
        count, sent = len(piece), int(piece.provenance["model_rows"])
    each = (sent - two) / (count - 2)
    return round(len(wanted) * each) + _fixed(sizes, one - each, two - 2 * each), exact


class _Silent:
    """A predictor that answers at once, always the same: for counting what would be asked."""

    def __init__(self, predictor: Any, outputs: int) -> None:
        self._predictor = predictor
        self._outputs = outputs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._predictor, name)

    def answers(self, rows: Any) -> Any:
        """Return one half for every row and output: a value that every link takes."""
        return np.full((len(rows), self._outputs), 0.5)

    __call__ = answers


def _fixed(sizes: Sequence[int], alone: float, fixed: float) -> int:
    """What calls take whatever their size: one sample alone is asked about twice, as two are."""
    singles = sum(size == 1 for size in sizes)
    return round(singles * alone + (sum(size > 0 for size in sizes) - singles) * fixed)


def _sent(explainer: BaseExplainer, found: Ready, size: int) -> int:
    rows, call = found.part(0, size)
    return int(explainer(rows, **call).provenance["model_rows"])


def _ranked(call: Any) -> bool:
    outputs = call.get("outputs")
    return isinstance(outputs, str) and outputs.startswith("top")


def _planned_rows(
    found: Ready, explainer: PlanExplainer, wanted: IntArray, sizes: Sequence[int], exact: bool
) -> tuple[int, bool]:
    """Rows by who a sample's players are; the model itself is asked about one row."""
    outputs = explainer.predictor.n_outputs
    if outputs is None:
        outputs = explainer.predictor.answers(take(found.rows, slice(0, 1))).shape[1]
    silent = copy.copy(explainer)
    silent.predictor = _Silent(explainer.predictor, int(outputs))  # type: ignore[assignment]
    if isinstance(explainer.masker, OwnPlayers):
        return _own_rows(found, silent, wanted, sizes, exact)
    kinds, complete = _kinds(found, explainer, wanted)
    scale = len(wanted) / sum(count for _, count in kinds)
    total = alone = fixed = 0.0
    for position, count in kinds:
        one, two, three = (_counted(silent, found, [position] * n) for n in (1, 2, 3))
        each = three - two
        total += each * count * scale
        alone, fixed = max(alone, one - each), max(fixed, two - 2 * each)
    return round(total) + _fixed(sizes, alone, fixed), exact and complete


def _own_rows(
    found: Ready, silent: BaseExplainer, wanted: IntArray, sizes: Sequence[int], exact: bool
) -> tuple[int, bool]:
    """Rows where every sample has players of its own: counted one by one while there is time.

    What is left then costs what those counted do on average; they are drawn from everywhere, since
    texts often lie sorted.
    """
    order = np.random.default_rng(0).permutation(wanted)
    one, two, three = (_counted(silent, found, [int(order[0])] * n) for n in (1, 2, 3))
    each = three - two
    counted, total, end = 1, float(each), time.monotonic() + COUNTING_SECONDS
    while counted < len(order) and time.monotonic() < end:
        total += _counted(silent, found, [int(order[counted])]) - (one - each)
        counted += 1
    rows = round(total * len(wanted) / counted) + _fixed(sizes, one - each, two - 2 * each)
    return rows, exact and counted == len(wanted)


def _counted(silent: BaseExplainer, found: Ready, positions: list[int]) -> int:
    rows = take(found.rows, np.asarray(positions))
    return int(silent(rows, **found.spec.call).provenance["model_rows"])


def _kinds(
    found: Ready, explainer: BaseExplainer, wanted: IntArray
) -> tuple[list[tuple[int, int]], bool]:
    """Samples by who their players are: the first of each kind and how many there are.

    Whether all samples were looked at, and each kind counted for itself, comes second.
    """
    masker = explainer.masker
    plain = take(masker.background.rows, slice(0, 1))
    settled = np.flatnonzero(~masker.varying(plain))
    if not settled.size:
        # Every player differs within the background: it matters to every sample.
        return [(int(wanted[0]), len(wanted))], True
    complete = True
    if not hasattr(found.rows, "iloc") and masker.n_players == np.prod(masker.feature_shape):
        columns = np.asarray(found.rows).reshape(len(found.rows), -1)[:, settled][wanted]
        own = np.asarray(plain).reshape(-1)[settled]
        flags = ~((columns == own) | ((columns != columns) & (own != own)))
    else:
        if len(wanted) > LOOKED_THROUGH:
            wanted, complete = wanted[:: -(-len(wanted) // LOOKED_THROUGH)], False
        checked = masker.check(explainer.packed(found.rows))
        flags = np.array([masker.varying(take(checked, slice(i, i + 1))) for i in wanted])
    packed = np.packbits(flags, axis=1)
    _, first, counts = np.unique(packed, axis=0, return_index=True, return_counts=True)
    if len(first) > KINDS:
        # As many players, as many coalitions, whoever they are.
        _, first, counts = np.unique(flags.sum(axis=1), return_index=True, return_counts=True)
    return [(int(wanted[i]), int(n)) for i, n in zip(first, counts, strict=True)], complete
