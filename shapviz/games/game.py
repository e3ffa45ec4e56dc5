"""The game: coalitions of features in, the model's background-averaged answers out.

``v_x(S) = link(Σ_b w_b f(x_S, b_S̄))``. What shows the model the same rows is asked once; an
`Asker` sends them. It knows nothing of Shapley values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import EstimationError, InputError, Words, complaint
from shapviz.games.asker import Asker, place, take
from shapviz.games.questions import plan_all
from shapviz.links import Link, as_link
from shapviz.maskers import Masker
from shapviz.models import Predictor
from shapviz.models.answers import first_not_finite
from shapviz.types import Cancel, Progress

__all__ = ["DEFAULT_MAX_BYTES", "Game", "Known"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

DEFAULT_MAX_BYTES = 48 * 2**20
"""Masked rows held at a time; what the model makes of them comes on top. Tensors of half of it
stay below the size (32 MiB) from which the C library asks the system for memory each time."""


@dataclass(frozen=True)
class Known:
    """What the model has answered before a game begins, so that it is not asked again.

    Attributes
    ----------
    answers : float64 (n, K)
        To the samples as they are, before the link, by their positions among all samples.
    background : float64 (K,) or None
        Mean answer to the background rows.
    rows : int
        Model rows that this took.
    """

    answers: Floats
    background: Floats | None
    rows: int

    def of(self, positions: Ints, *, rows: int) -> Known:
        """The same for some of the samples, at the cost of so many rows."""
        return Known(self.answers[positions], self.background, rows)


class Game:
    """Plays coalitions for samples.

    Parameters
    ----------
    predictor : Predictor
        Asked for answers; one that expands coalitions itself is given x, background and
        coalitions instead of masked rows.
    masker : Masker
        Makes the masked rows and holds the weighted background.
    link : Link or str, default "identity"
        Applied to the mean over the background, not to each answer.
    progress : callable (done, total), optional
        Told after every batch of a play how many of its model rows are done; never falls, ends at
        the total. Each play starts again.
    cancel : object with ``is_set()``, optional
        Looked at before every batch.
    known : Known, optional
        What the model need not be asked again. `first` must then be the samples' positions in it.
    max_bytes : int, default 48 MiB
        Bound on the masked rows held at a time.

    Notes
    -----
    Coalitions that show a sample's model the same rows are evaluated once: the full one takes one
    row, the empty one one row per background row and game, equal ones and those that differ only
    in features that are constant (equal in the sample and every background row) share theirs.
    `model_rows` counts what was really sent. Batch sizes follow the clock: a model whose
    answer to a row depends, in its last digit, on the rows beside it shows that here.
    """

    def __init__(
        self,
        predictor: Predictor,
        masker: Masker,
        link: Link | str = "identity",
        progress: Progress | None = None,
        cancel: Cancel | None = None,
        *,
        known: Known | None = None,
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> None:
        self.predictor = predictor
        self.masker = masker
        self.link = as_link(link)
        sent = 0 if known is None else known.rows
        self._asker = Asker(predictor, masker, progress, cancel, max_bytes, sent)
        self._weights = np.asarray(masker.weights, dtype=np.float64)
        self._background_mean = None if known is None else known.background
        self._own = None if known is None else known.answers

    @property
    def model_rows(self) -> int:
        """Rows sent to the model so far."""
        return self._asker.sent

    def base(self) -> Floats:
        """Return the empty coalition's value.

        Returns
        -------
        float64 (K,)
            ``link(Σ_b w_b f(b))``; evaluated once per game.

        Raises
        ------
        ModelError, EstimationError, JobCancelled
            As `play` does.
        """
        return self._linked(self._of_background(), "the background")

    def predict(self, X: Any, *, first: int = 0) -> Floats:
        """Return the link of the model's own answers.

        Parameters
        ----------
        X : array (n, *features) or DataFrame
            Checked by the masker.
        first : int, default 0
            Position of the first row among all samples, for messages.

        Returns
        -------
        float64 (n, K)

        Raises
        ------
        ModelError, EstimationError, JobCancelled
            As `play` does.
        """
        answers = self._asker.rows(X, "sample", first, plain=self.masker.plain)
        return self._linked(answers, "sample", first)

    def learn(self, X: Any, answers: Floats) -> Floats:
        """Return what `predict` does, given the model's own answers (s, K) to the first samples."""
        rest = take(X, slice(len(answers), len(X)))
        asked = []
        if len(rest):
            asked = [self._asker.rows(rest, "sample", len(answers), plain=self.masker.plain)]
        self._own = np.concatenate([answers, *asked])
        return self._linked(self._own, "sample")

    def known(self, rows: int = 0) -> Known:
        """What has been learnt, at the cost of this game's model rows and `rows` more."""
        own = np.empty((0, 0)) if self._own is None else self._own
        return Known(own, self._background_mean, self._asker.sent + rows)

    def play_one(self, x: Any, coalitions: Bools, *, first: int = 0) -> Floats:
        """Return one sample's values of its own coalitions.

        Parameters
        ----------
        x : array (*features) or (1, *features), or DataFrame of one row
        coalitions : bool (m, d)
        first : int, default 0
            The sample's position, for messages.

        Returns
        -------
        float64 (m, K)
        """
        shape = self.masker.feature_shape
        rows = x if isinstance(x, pd.DataFrame) else np.reshape(x, (1, *shape))
        return np.asarray(self.play(rows, coalitions, first=first)[0])

    def play(self, X: Any, coalitions: Bools, *, first: int | Ints = 0) -> Floats:
        """Return every sample's value of every coalition.

        Parameters
        ----------
        X : array (n, *features) or DataFrame
            Checked by the masker.
        coalitions : bool (m, d)
            True where the sample's feature is kept; d counts all features, constant ones too.
        first : int or int (n,), default 0
            Position of the first row among all samples, or of each, for messages.

        Returns
        -------
        float64 (n, m, K)
            In link units. Held in memory whole: cut X into parts where that is much.

        Raises
        ------
        InputError
            The coalitions are not boolean or of another width.
        ModelError
            The model answers with NaN, infinity or the wrong shape; the sample is named.
        EstimationError
            A mean that the link has no value for, such as a probability of exactly 1 under the
            logit link. Nothing is clipped.
        JobCancelled
            `cancel` is set.
        """
        coalitions = self._checked(coalitions)
        varying = (self.masker.varying(take(X, slice(i, i + 1))) for i in range(len(X)))
        asked = plan_all(coalitions, varying, alike=self.masker.base_rows is not None)
        b = len(self._weights)
        total = asked.samples.size * b
        total += asked.alone.size if self._own is None else 0
        total += b if asked.background and self._background_mean is None else 0
        self._asker.plan(total)
        means = asked.assemble(
            self._of_background() if asked.background else None,
            self._alone(X, asked.alone, first) if asked.alone.size else None,
            self._asker.mixed(X, asked, coalitions, first),
        )
        self._asker.plan(0)
        return self._linked(means, "sample", first)

    def _checked(self, coalitions: Bools) -> Bools:
        d = self.masker.n_players
        array = np.asarray(coalitions)
        if array.dtype != np.bool_ or array.ndim != 2 or array.shape[1] != d or len(array) == 0:
            raise InputError(
                complaint(
                    "coalitions",
                    f"be booleans of shape (m, {d}), one column per player",
                    array,
                    "True keeps the sample's feature.",
                )
            )
        return array

    def _of_background(self) -> Floats:
        """Mean answer to the background rows themselves, (K,)."""
        if self._background_mean is None:
            rows = self.masker.base_rows
            if rows is None:
                raise InputError(
                    complaint(
                        "expected_value",
                        "be asked of an explanation where what stands for absence depends on "
                        "the sample",
                        Words(f"an explainer with {type(self.masker).__name__}"),
                        "Read explanation.base_values.",
                    )
                )
            answers = self._asker.rows(rows, "background row", 0)
            self._background_mean = self._weights @ answers
        return self._background_mean

    def _alone(self, X: Any, chosen: Ints, first: int | Ints) -> Floats:
        """Answers to the chosen samples as they are, (n, K)."""
        if self._own is None:
            return self._asker.rows(X, "sample", first, chosen, plain=self.masker.plain)
        return self._own[[place(first, int(row)) for row in chosen]]

    def _linked(self, means: Floats, noun: str, first: int | Ints = 0) -> Floats:
        """The link of means (…, K); EstimationError where it has no value."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            values = np.asarray(self.link.forward(means), dtype=np.float64)
        if first_not_finite(values) is None:
            return values
        bad = tuple(np.argwhere(~np.isfinite(values))[0])
        where = noun if means.ndim == 1 else f"{noun} {place(first, int(bad[0]))}"
        raise EstimationError(
            complaint(
                "link",
                "have a value at every mean answer of the model",
                Words(f"{self.link.name} of {means[bad]:.6g} for {where}, output {int(bad[-1])}"),
                'Use link="identity" to explain the model\'s own answers. For a Keras model that '
                "ends in a sigmoid, DeepExplainer and GradientExplainer explain its log-odds.",
            )
        )
