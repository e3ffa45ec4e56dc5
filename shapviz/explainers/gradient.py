"""GradientExplainer: expected gradients, stratified over the background, with standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from shapviz.errors import InputError, complaint
from shapviz.explainers.base import Call, Estimate
from shapviz.explainers.deep.cost import CALL_ELEMENTS, CALL_WORK, MOST_OUTPUTS
from shapviz.explainers.deep.engine import seed_rows
from shapviz.explainers.deep.gradient_step import enters_later, make_gradient_step
from shapviz.explainers.deep.keras_explainer import KerasExplainer
from shapviz.explainers.gradient_design import Design, Stratum, leading, make_design
from shapviz.explainers.gradient_errors import Tally, enough, neighbours, project, variances
from shapviz.explainers.gradient_tolerance import doubled, until
from shapviz.explainers.options import Options, checked_tolerance

__all__ = ["GradientExplainer"]

Floats = NDArray[np.float64]

DEFAULT_BUDGET = 200

MOST_BUDGET = 12_800
"""Evaluations at which a tolerance gives up when no budget is given."""


@dataclass(frozen=True)
class GradientOptions(Options):
    """What a call of Gradient takes: see `GradientExplainer`."""

    tolerance: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "tolerance", checked_tolerance(self.tolerance))


@dataclass(frozen=True)
class Rows:
    """Samples (n, *features), and the model's outputs (n, K) there and (b, K) at the background."""

    samples: NDArray[Any]
    predictions: Floats
    of_background: Floats

    def take(self, rows: NDArray[np.int64]) -> Rows:
        """These samples alone."""
        return Rows(self.samples[rows], self.predictions[rows], self.of_background)


class GradientExplainer(KerasExplainer):
    """Explains a Keras model by expected gradients.

    The contribution of a feature is its difference from a background row times the model's slope,
    averaged over the straight way between the two and over background rows. Absence of a feature
    means its value in a background row. Every background row is met equally often (by its
    weight), at evenly spaced points that start elsewhere for each row; rows that the model predicts
    alike fill each other's gaps.

    Parameters
    ----------
    model : keras.Model
        On TensorFlow; inputs of any dtype, outputs of shape (n,) or (n, outputs). Run in inference
        mode.
    background : array, DataFrame, Background or masker
        The rows that stand in for absence.
    link : "identity" or "logit", default "identity"
        Appended to the graph. "logit" cancels a final sigmoid or softmax into log-odds.
    local_smoothing : float, default 0.0
        Standard deviation, in the input's units, of noise added to every point (of several inputs
        to those of floats). The values then
        approach the slopes of a smoothed model. What its sum is short of the model's own is put
        back as well, and is no longer an error that more evaluations remove: so it tells nothing
        of the sampling error, and there are no standard errors.
    feature_names, feature_units, output_names, units, model_id : optional
        As in `BaseExplainer`.

    Raises
    ------
    InputError
        Another kind of model, another backend or link, a negative `local_smoothing`, or one for
        a model without float inputs.

    Notes
    -----
    A call takes, besides what all calls do:

    tolerance : float, optional
        The budget is doubled from 200 on, for each sample and output, until the largest standard
        error is at most this part of the range of its values. ``budget`` is then the most for one
        answer, default 12,800; ``provenance`` says how many answers (a sample's values for an
        output) took which budget, and how many stayed ``beyond_tolerance``. All that is computed
        on the way costs at most twice the last budget.

    ``budget`` counts gradient evaluations per sample and output, default 200; any number will do,
    also below the number of background rows. Progress counts the same, over all samples and
    outputs. Each row's contributions should add up to f(x) − f(b), so the error of their sum is
    known: it calibrates the standard errors, which are about the method's own limit
    (``provenance["estimand"]``, "expected_gradients"), and it is put back onto features by their
    variance. ``raw_additivity_gap`` is the gap before that. With fewer than 8 rows met,
    standard_errors are None.

    References
    ----------
    Erion, Janizek, Sturmfels, Lundberg & Lee (2021), Improving performance of deep learning models
    with axiomatic attribution priors and expected gradients, Nature Machine Intelligence 3.
    Smilkov, Thorat, Kim, Viégas & Wattenberg (2017), SmoothGrad, arXiv:1706.03825.
    """

    name = "gradient"
    estimand = "expected_gradients"
    takes_budget: ClassVar[bool] = True
    most_budget: ClassVar[int | None] = 1_000_000
    options: ClassVar[type[Options]] = GradientOptions

    def __init__(
        self, model: Any, background: Any, *, local_smoothing: Any = 0.0, **options: Any
    ) -> None:
        if not isinstance(local_smoothing, Real) or not 0 <= float(local_smoothing) < np.inf:
            raise InputError(
                complaint(
                    "local_smoothing",
                    "be a number of at least 0",
                    local_smoothing,
                    "Use 0.0 for none, or a small part of a feature's spread.",
                )
            )
        super().__init__(model, background, **options)
        self.local_smoothing = float(local_smoothing)
        later = enters_later(self.graph)
        if later and self.local_smoothing > 0 and not self.noisy.any():
            raise InputError(
                complaint(
                    "local_smoothing",
                    "be 0 for an input that cannot be differentiated",
                    local_smoothing,
                    "Leave it out, or explain from the embedding's output on.",
                )
            )
        self._step = make_gradient_step(self.graph, later)

    def _parameters(self) -> dict[str, Any]:
        return {**super()._parameters(), "local_smoothing": self.local_smoothing}

    def _estimate(self, X: Any, call: Call) -> Estimate:
        rows = Rows(
            self.as_rows(X),
            self.linked(X, call),
            self.linked(self.masker.background.rows, call),
        )
        n, k = len(rows.samples), len(call.outputs)
        tolerance = call.options.tolerance if isinstance(call.options, GradientOptions) else None
        if tolerance is None:
            budget = DEFAULT_BUDGET if call.budget is None else call.budget
            call.meter.plan(n * budget * k)
            return self._at(rows, list(call.outputs), budget, call)
        budgets = doubled(DEFAULT_BUDGET, call.budget or MOST_BUDGET)
        call.meter.plan(n * sum(budgets) * k)

        def at(samples: NDArray[np.int64], outputs: list[int], budget: int) -> Estimate:
            return self._at(rows.take(samples), outputs, budget, call)

        return until(at, n, call.outputs, budgets, tolerance)

    def _at(self, rows: Rows, chosen: list[int], budget: int, call: Call) -> Estimate:
        """The estimate for these rows and outputs at a budget."""
        likeness = leading(rows.of_background, self.weights)
        design = make_design(self.weights, budget, call.seed, likeness)
        size = self._samples_at_once(design, len(chosen))
        parts = []
        for start in range(0, len(rows.samples), size):
            part = slice(start, start + size)
            known = rows.predictions[part, None, :] - rows.of_background[None]
            for first in range(0, len(chosen), MOST_OUTPUTS):
                outputs = chosen[first : first + MOST_OUTPUTS]
                tally = self._tally(rows.samples[part], known[..., outputs], design, outputs, call)
                parts.append((part, slice(first, first + len(outputs)), tally))
        base = np.tile(self.base_row[chosen], (len(rows.samples), 1))
        return self._assembled(parts, rows.predictions[:, chosen], base, design)

    def _samples_at_once(self, design: Design, outputs: int) -> int:
        """Samples per step, so that a step stays within the bounds of memory and time."""
        k = min(outputs, MOST_OUTPUTS)
        points = min(CALL_WORK / (2 + k), CALL_ELEMENTS) / self.row_elements
        whole = all(len(s.rows) <= self._rows_at_once(s) for s in design.strata)
        return max(int(points // design.evaluations), 1) if whole else 1

    def _rows_at_once(self, stratum: Stratum) -> int:
        """Background rows per step; at least two, as neighbours are compared.

        The same for any samples and outputs: which rows are neighbours in a step shows, slightly,
        in how a gap is shared. Several samples go together only where all rows fit in one step.
        """
        points = min(CALL_WORK / (2 + MOST_OUTPUTS), CALL_ELEMENTS) / self.row_elements
        return max(int(points // stratum.points.shape[1]), 2)

    def _tally(
        self,
        samples: NDArray[Any],
        known: Floats,
        design: Design,
        outputs: list[int],
        call: Call,
    ) -> Tally:
        """Sums over the whole design for these samples; known differences are (s, b, k)."""
        k, s = len(outputs), len(samples)
        tally = Tally.empty(k, s, int(np.prod(samples.shape[1:])))
        seeds, baselines = seed_rows(outputs, self.graph.n_outputs), self.baselines
        for stratum in design.strata:
            size = self._rows_at_once(stratum)
            for start in range(0, len(stratum.rows), size):
                call.stop_if_cancelled()
                block = slice(start, start + size)
                rows, points = stratum.rows[block], stratum.points[block]
                weights = stratum.weights[block]
                call.meter.begin(points.size * s * k)
                values, within, across, jumps, sums, sum_within = (
                    part.numpy()
                    for part in self._step(
                        samples,
                        baselines[rows],
                        points,
                        weights,
                        seeds,
                        self._noise(rows, points.shape[1], call.seed),
                    )
                )
                expected = np.moveaxis(known[:, rows], -1, 0)
                errors = neighbours(expected - sums, weights)
                tally.values += values
                if points.shape[1] > 1 and design.left_out == 0:
                    tally.within += within
                    tally.jumps += jumps
                    tally.sum_within += sum_within
                    tally.error_within += errors
                else:
                    tally.across += across
                    tally.sum_across += neighbours(sums, weights)
                    tally.error_across += errors
                    tally.error_across += design.left_out * neighbours(expected, weights)
                call.meter(1, 1)
        return tally

    def _noise(self, rows: NDArray[np.int64], count: int, seed: int) -> NDArray[Any]:
        """Noise (r, c, *features) of each row's own stream, or one zero for all."""
        shape, dtype = self.graph.row_shape, self.graph.noise_dtype.as_numpy_dtype
        if self.local_smoothing == 0:
            return np.zeros((1, 1, *shape), dtype)
        draws = [
            np.random.default_rng([seed, int(row)]).standard_normal((count, *shape)) for row in rows
        ]
        return (self.local_smoothing * np.stack(draws) * self.noisy).astype(dtype)

    def _assembled(
        self,
        parts: list[tuple[slice, slice, Tally]],
        predictions: Floats,
        base: Floats,
        design: Design,
    ) -> Estimate:
        n, k = predictions.shape
        values = np.empty((n, parts[0][2].values.shape[-1], k))
        variance, raw = np.empty_like(values), np.empty((n, k))
        smoothed = self.local_smoothing > 0
        for i, j, tally in parts:
            gap = (predictions - base)[i, j].T - tally.values.sum(-1)
            spread = variances(tally, design.points_per_row)
            found = project(tally.values, gap, spread)
            values[i, :, j], variance[i, :, j] = (np.moveaxis(a, 0, -1) for a in found)
            raw[i, j] = gap.T
        honest = enough(design) and not smoothed
        return Estimate(
            values=values,
            base_values=base,
            predictions=predictions,
            standard_errors=np.sqrt(variance) if honest else None,
            raw_additivity_gap=raw,
            provenance={
                "budget": design.evaluations,
                "model_rows": n * design.evaluations + n + len(self.weights),
                "backward_rows": n * design.evaluations * k,
            },
        )
