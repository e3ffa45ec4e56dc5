"""Rows sent to the model: in batches bounded in memory and time, counted, stopped when asked.

It knows of samples and coalitions what makes rows of them, and nothing of links or values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import ceil
from time import perf_counter
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import JobCancelled, ModelError, Words, complaint
from shapviz.games.pace import Pace, cut_pairs, cut_rows
from shapviz.games.questions import Questions
from shapviz.maskers import Masker
from shapviz.models import ExpandingPredictor, Predictor
from shapviz.models.answers import first_not_finite, not_finite_words
from shapviz.types import Cancel, Progress

__all__ = ["Asker", "place", "take"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
T = TypeVar("T")


class Asker:
    """Asks one model about rows and about mixed rows.

    Parameters
    ----------
    predictor, masker, progress, cancel, max_bytes
        As `Game` takes them.
    sent : int, default 0
        Rows sent before.

    Attributes
    ----------
    sent : int
        Rows sent so far.
    """

    def __init__(
        self,
        predictor: Predictor,
        masker: Masker,
        progress: Progress | None,
        cancel: Cancel | None,
        max_bytes: int,
        sent: int = 0,
    ) -> None:
        self._predictor = predictor
        self._masker = masker
        self._progress = progress
        self._cancel = cancel
        self._weights = np.asarray(masker.weights, dtype=np.float64)
        self._expanding: ExpandingPredictor | None = (
            predictor
            if isinstance(predictor, ExpandingPredictor) and masker.dense_background is not None
            else None
        )
        row_bytes = mixed_bytes = max(1, masker.row_bytes)
        if self._expanding is not None:
            row_bytes = max(row_bytes, self._expanding.row_bytes)
            # A pair's sample is held as given, in the model's type, and as a coalition's half.
            mixed_bytes = self._expanding.mixed_bytes + ceil(3 * mixed_bytes / len(self._weights))
        self._pace = Pace(max_bytes // row_bytes)
        self._mixed_pace = Pace(max_bytes // mixed_bytes)
        self.sent = sent
        self._done = self._total = 0

    def plan(self, total: int) -> None:
        """Begin to tell progress, of so many rows; 0 ends it."""
        self._done, self._total = 0, total

    def rows(
        self,
        rows: Any,
        noun: str,
        first: int | Ints,
        chosen: Ints | None = None,
        plain: Callable[[Any], Any] | None = None,
    ) -> Floats:
        """Return answers to rows as they are, (n, K); to the chosen ones only, where given.

        `plain` makes the model's rows of samples.
        """
        n = len(rows) if chosen is None else chosen.size
        parts = []
        for at in self._timed(cut_rows(n, self._pace), self._pace):
            where = at if chosen is None else chosen[at]
            # A copy: what a model does to its input must not reach the caller's rows.
            asked = take(rows, where).copy()
            answers = self._predictor.answers(asked if plain is None else plain(asked))
            bad = first_not_finite(answers)
            if bad is not None:
                position = at.start + bad if chosen is None else int(chosen[at.start + bad])
                self._complain(answers[bad], f"{noun} {place(first, position)}")
            parts.append(answers)
        return np.concatenate(parts)

    def mixed(
        self, X: Any, asked: Questions, coalitions: Bools, first: int | Ints
    ) -> Floats | None:
        """Return mean answers to mixed pairs, (t, K) in their order; None when there are none."""
        n = len(asked.plans)
        if self._expanding is None or n == 1 or not asked.alike:
            return self._pairs(X, asked.samples, coalitions, asked.coalitions, first)
        # A predictor that mixes rows itself can use what a coalition's samples have in common.
        c = len(asked.plans[0].mixed)
        samples, positions = np.tile(np.arange(n), c), np.repeat(asked.plans[0].mixed, n)
        means = self._pairs(X, samples, coalitions, positions, first, n)
        if means is None:
            return None
        return means.reshape(c, n, -1).transpose(1, 0, 2).reshape(c * n, -1)

    def _pairs(
        self,
        X: Any,
        samples: Ints,
        coalitions: Bools,
        positions: Ints,
        first: int | Ints,
        run: int = 1,
    ) -> Floats | None:
        """Mean answers to (sample, coalition) pairs, (t, K); None when there are none.

        Each coalition comes `run` times in a row.
        """
        means: Floats | None = None
        cuts = cut_pairs(len(samples), len(self._weights), self._mixed_pace, run)
        for pairs, part in self._timed(cuts, self._mixed_pace):
            each = min(run, pairs.stop - pairs.start)
            x, kept = take(X, samples[pairs]), coalitions[positions[pairs][::each]]
            answers = self._mean(x, kept, part)
            bad = first_not_finite(answers)
            if bad is not None:
                sample = place(first, int(samples[pairs.start + bad]))
                self._complain(answers[bad], f"sample {sample} with some features hidden")
            if means is None:
                means = np.zeros((len(samples), answers.shape[1]))
            means[pairs] += answers
        return means

    def _mean(self, x: Any, coalitions: Bools, part: slice) -> Floats:
        """Weighted sum of answers over a part of the background, for each pair, (q, K)."""
        weights = self._weights[part]
        background = self._masker.dense_background
        if self._expanding is not None and background is not None:
            kept = np.asarray(self._masker.entries(coalitions))
            return self._expanding.expand(x, background[part], kept, weights)
        answers = self._predictor.answers(self._masker.rows(x, coalitions, part))
        table = answers.reshape(len(coalitions), len(weights), -1)
        # A weight of 0 times NaN is NaN: the model is asked, so it must answer.
        return np.asarray(np.einsum("qbk,b->qk", table, weights))

    def _complain(self, answers: Floats, where: str) -> None:
        raise ModelError(
            complaint(
                "model",
                "return finite numbers",
                not_finite_words(answers, where),
                "Look there for missing or extreme values, or fill them in before the model.",
            )
        )

    def _timed(self, cuts: Iterable[tuple[T, int]], pace: Pace) -> Iterator[T]:
        """Yield each batch, then account for the rows its user sent; stop when asked to."""
        for batch, rows in cuts:
            if self._cancel is not None and self._cancel.is_set():
                raise JobCancelled(
                    complaint(
                        "cancel",
                        "stay unset until the work is finished",
                        Words(f"a request to stop after {self.sent} model rows"),
                        "Start again to compute it.",
                    )
                )
            started = perf_counter()
            yield batch
            pace.observe(rows, perf_counter() - started)
            self.sent += rows
            self._done += rows
            if self._progress is not None and self._total:
                self._progress(self._done, self._total)


def place(first: int | Ints, row: int) -> int:
    """A row's position among all samples."""
    return first + row if isinstance(first, int) else int(first[row])


def take(X: Any, where: Any) -> Any:
    """Rows of an array or a DataFrame by position."""
    return X.iloc[where] if isinstance(X, pd.DataFrame) else X[where]
