"""Shapley values of models without interactions, from one feature at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from shapviz.background import Background
from shapviz.errors import EstimationError, InputError, Words, complaint
from shapviz.explainers.base import BaseExplainer, Call, Estimate, take
from shapviz.games import Game
from shapviz.maskers import Tabular, as_masker

__all__ = ["AdditiveExplainer"]

Floats = NDArray[np.float64]

TOLERANCE = 1e-4
"""Largest part of a row's range by which one feature at a time may miss all at once: above
the rounding of float32 models, below any interaction worth the name."""

PART_CELLS = 2**21
"""Answers held at a time: rows × (features + 2) × outputs."""


@dataclass(frozen=True)
class Effects:
    """What a model answers to rows, and what each of their features does on its own.

    Attributes
    ----------
    answers : float64 (n, K)
        In link units.
    effects : float64 (n, d, K)
        The answer to the reference row with this one feature changed, minus that to the row.
    """

    answers: Floats
    effects: Floats


class AdditiveExplainer(BaseExplainer):
    """Exact Shapley values of a model in which no features interact.

    Where f(x) = Σ hⱼ(xⱼ), a feature's value is hⱼ(xⱼ) minus its mean over the background, and hⱼ
    shows when only feature j changes. The first background row is changed so, once towards every
    background row and once towards every sample. Costs d + 1 model rows for each background row
    and each sample, instead of coalitions times background rows.

    Parameters
    ----------
    model, background, feature_names, feature_units, output_names, units, model_id
        As for every explainer, see `BaseExplainer`. Also for generalised additive models,
        explainable boosting machines without pairs, and sums of any kind.
    link : "identity", "logit" or Link, default "identity"
        The scale on which the model must be additive: "logit" for the probabilities of an
        additive classifier. Base values are the mean of the link over the background.

    Raises
    ------
    InputError
        The background is a masker of another kind than rows.
    EstimationError
        When called: the model is not additive on the scale of the link. The message says by how
        much the single effects miss its answers, and for which row.

    Notes
    -----
    Held to its word on every background row and sample: f(x) − f(r) must be the sum of the single
    effects, r the first background row, to 1e-4 of the range of the background's answers and the
    sample's. ``provenance`` keeps the largest miss as ``not_additive``, a part of that range.
    Interactions that cancel in all these rows go unseen, so give more than a couple of background
    rows. Standard errors are zero.

    References
    ----------
    Štrumbelj & Kononenko (2014), Explaining prediction models and individual predictions with
    feature contributions, Knowledge and Information Systems 41.

    Examples
    --------
    >>> import numpy as np
    >>> explainer = AdditiveExplainer(lambda X: X[:, 0] ** 2 - X[:, 1], np.zeros((1, 2)))
    >>> explainer(np.array([[2.0, 3.0]])).values
    array([[ 4., -3.]])
    """

    name: ClassVar[str] = "additive"
    base: ClassVar[str] = "mean_of_link"
    takes_budget: ClassVar[bool] = False

    def __init__(self, model: Any, background: Any, **options: Any) -> None:
        super().__init__(model, background, **options)
        if not isinstance(self.masker, Tabular):
            raise InputError(
                complaint(
                    "background",
                    "be rows for the additive explainer",
                    self.masker,
                    "It changes one feature of a row at a time: give the rows themselves.",
                )
            )

    def _expected(self) -> Floats:
        mean: Floats = self._weights @ self._game().predict(self.masker.background.rows)
        return mean

    @property
    def _weights(self) -> Floats:
        return np.asarray(self.masker.background.weights, dtype=np.float64)

    def _estimate(self, X: Any, call: Call) -> Estimate:
        rows, d = self.masker.background.rows, self.masker.n_players
        call.meter.plan((len(rows) + len(X)) * (d + 1))
        game = self._reference_game(call)
        of_background = self._effects(rows, game, call)
        of_samples = self._effects(X, game, call)
        missed = _missed(of_background, of_samples)
        base = self._weights @ of_background.answers
        mean = np.einsum("b,bdk->dk", self._weights, of_background.effects)
        # The mean of equal effects need not be equal to them, to the last digit.
        first = of_background.effects[:1]
        idle = (of_background.effects == first).all(axis=0) & (of_samples.effects == first)
        values = np.where(idle, 0.0, of_samples.effects - mean)
        chosen = list(call.outputs)
        return Estimate(
            values[..., chosen],
            np.tile(base[chosen], (len(X), 1)),
            of_samples.answers[:, chosen],
            standard_errors=np.zeros_like(values[..., chosen]),
            provenance={"model_rows": int(game.model_rows), "not_additive": missed},
        )

    def _reference_game(self, call: Call) -> Game:
        """The game whose only background row is the first one."""
        first = take(self.masker.background.rows, slice(0, 1))
        masker = as_masker(
            Background(first),
            feature_names=self.masker.feature_names,
            packed=self.predictor.inputs is not None,
        )
        return Game(self.predictor, masker, self.link, progress=call.meter, cancel=call.cancel)

    def _effects(self, rows: Any, game: Game, call: Call) -> Effects:
        d = self.masker.n_players
        coalitions = np.concatenate([np.zeros((1, d)), np.ones((1, d)), np.eye(d)]).astype(bool)
        size = max(1, PART_CELLS // (len(coalitions) * max(self.predictor.n_outputs or 1, 1)))
        played = []
        for start in range(0, len(rows), size):
            call.stop_if_cancelled()
            part = take(rows, slice(start, start + size))
            call.meter.begin(len(part) * (d + 1))
            played.append(game.play(part, coalitions, first=start))
        outcomes = np.concatenate(played)
        return Effects(outcomes[:, 1], outcomes[:, 2:] - outcomes[:, :1])


def _missed(of_background: Effects, of_samples: Effects) -> float:
    """The largest miss of the single effects over all rows, as a part of a row's range.

    A row's range is that of the background's answers and its own, or its largest effect where
    that is larger.

    Raises
    ------
    EstimationError
        It is above the tolerance.
    """
    known = of_background.answers
    worst, where = 0.0, ""
    for noun, found in (("background row", of_background), ("sample", of_samples)):
        gap = np.abs(found.answers - known[0] - found.effects.sum(axis=1))
        low, high = (
            np.minimum(known.min(0), found.answers),
            np.maximum(known.max(0), found.answers),
        )
        span = np.maximum(high - low, np.abs(found.effects).max(axis=1))
        # Answers that do not differ still have rounding.
        span = np.maximum(span, 1e-9 * np.maximum(np.abs(low), np.abs(high)))
        parts = np.divide(gap, span, out=np.zeros_like(gap), where=span > 0)
        if parts.max() > worst:
            row, output = np.unravel_index(parts.argmax(), parts.shape)
            worst, where = float(parts.max()), f"{noun} {row}, output {output}"
    if worst > TOLERANCE:
        raise EstimationError(
            complaint(
                "model",
                "be additive on the scale of the link: no features may interact",
                Words(f"single effects that miss by {worst:.2g} of its range ({where})"),
                "Use ExactExplainer for up to 16 features, else KernelExplainer; for the "
                'probabilities of an additive classifier, link="logit".',
            )
        )
    return worst
